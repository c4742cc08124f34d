// `assist-agent pkg …`: packages on this machine (agent/package_installer). Orders of the server run it, and people;
// both go the same way. What is done is told line by line on standard output; the last line of a refusal is
// `REFUSED <word>: …`, and its exit code that of the word (protocol/package/refusal.h).
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace assist::agent::service {

struct PkgFlags {
  std::string verb, name, version, channel, file, envelope, root;
  bool all = false;
  bool force = false;
  bool json = false;
  int wait = 600;  ///< Seconds, for another operation to end.
};

class PkgCommand {
 public:
  explicit PkgCommand(CLI::App& app);
  [[nodiscard]] bool parsed() const;
  /// The exit code of the program.
  int Run() const;

 private:
  CLI::App* pkg_ = nullptr;
  PkgFlags flags_;
};

}  // namespace assist::agent::service
