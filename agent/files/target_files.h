// Port: files anywhere on the machine, put in place so that nothing half-written is ever seen and nobody who owns a
// folder on the way can redirect them. The real one is agent/files/posix, tests use fake_target_files.h. Owned by
// agent/service, one per agent. One executor: that of the agent.
//
// A file is written under another name beside its place (a *part*), with its owner and mode, and synced; then it takes
// its place in one step. Between the two the caller notes durably that the second may happen: so after a crash Place()
// tells whether it did.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>

namespace assist::agent::files {

namespace asio = boost::asio;

/// Where a file goes.
struct Target {
  std::string folder;  ///< Absolute; empty: the home of the agent's account.
  std::string name;    ///< Joined to the folder as it is: may lead to another folder, which is not made.
  std::string part;    ///< Name of the part; no "/".
};

struct NewFile {
  Target target;
  std::string bytes;
  std::string owner;  ///< A name. Empty: root, with `group` empty too as below.
  std::string group;  ///< The same. Both empty: as in the file that is replaced, else the agent's own.
  std::uint32_t mode = 0644;
  bool overwrite = false;
};

/// What went wrong, in the words of the reports (agent-protocol.md, 14).
enum class Trouble : std::uint8_t {
  kFolder,      ///< Cannot be made, is no folder, or not absolute.
  kExists,      ///< There is something in its place, and it may not be replaced.
  kNotWritten,  ///< It cannot be written there.
  kMode,        ///< Its mode cannot be set.
  kNoOwner,     ///< There is no such account.
  kNoGroup,     ///< There is no such group.
  kOwner,       ///< It cannot be given to them.
};
struct Problem {
  Trouble trouble = Trouble::kNotWritten;
  std::string detail;  ///< For people.
};

/// How a step into place went.
enum class Placing : std::uint8_t {
  kPlaced,     ///< It is in its place, and stays there after a power cut.
  kExists,     ///< There is something in its place, and it may not be replaced. The part stands.
  kNotPlaced,  ///< The system does not do it. The part stands.
  kGone,       ///< Neither the part nor what is in its place is the file.
  kUnsynced,   ///< It is in its place; the disk did not confirm it.
};
struct PlaceResult {
  Placing placing = Placing::kPlaced;
  std::string detail;
};

class TargetFiles {
 public:
  virtual ~TargetFiles() = default;

  /// With all its parents, 0777 without the umask; one that is there is left as it is. Only kFolder.
  virtual asio::awaitable<tl::expected<void, Problem>> MakeFolder(std::string folder) = 0;
  /// Writes the part, whole, and syncs it and its name; one of an earlier try is replaced. Returns what it is
  /// recognised by, wherever it stands, across restarts of agent and machine. After a failure there is no part.
  virtual asio::awaitable<tl::expected<std::string, Problem>> Write(NewFile file) = 0;
  /// Puts the part in its place. May be called again after any crash, with what Write() returned: it goes on.
  virtual asio::awaitable<PlaceResult> Place(Target target, std::string recognised_by, bool overwrite) = 0;
  /// Removes the part, if there is one. Best effort: an empty text, or why it stays.
  virtual asio::awaitable<std::string> Discard(Target target) = 0;
};

}  // namespace assist::agent::files
