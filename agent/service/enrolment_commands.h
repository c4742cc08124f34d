// `assist-agent register`, `deregister` and `status`: blocking commands with exit codes. 0 done; 1 refused or not
// possible; 2 usage; 4 the server cannot be reached.
#pragma once

#include <string>
#include <vector>

namespace assist::agent::service {

struct RegisterFlags {
  std::string root;
  std::string server;
  std::string activation_id;
  std::string activation_code;  ///< "-": from standard input; empty: from ASSIST_ACTIVATION_CODE.
  std::string move_code;        ///< Instead of the two: "-": from standard input; an empty one: from ASSIST_MOVE_CODE.
  bool move = false;
  std::string name;
  std::vector<std::string> tags;            ///< key=value
  std::vector<std::string> publisher_keys;  ///< ed25519:… to be pinned.
  std::string region;
  std::string ca_fingerprint;
  std::string ca_file;
  bool stock_server = false;
};

int RunRegister(const RegisterFlags& flags);
/// `force`: forget the identity here even when the server cannot be asked.
int RunDeregister(const std::string& root, bool force);
int RunStatus(const std::string& root, bool json);

}  // namespace assist::agent::service
