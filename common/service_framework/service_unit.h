// What a service system is told of a program: described once, rendered for each system. Pure but for AbsolutePath; any
// thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace assist {

/// A program ends with this where starting it again does not help: its configuration is wrong, or it is not registered.
/// Units name it, so that a service system stops trying. Never renumber: units of older packages lie on machines.
inline constexpr int kExitRestartIsNoHelp = 86;
/// The usual code for a wrong command line; units name it too.
inline constexpr int kExitUsage = 2;
/// Between an end and the next start.
inline constexpr std::chrono::seconds kRestartAfter{5};

struct ServiceUnit {
  std::string name;  ///< Of the service: small letters, digits and '-'.
  std::string description;
  std::string program;                 ///< Absolute path.
  std::vector<std::string> arguments;  ///< Of the program that serves in the foreground.
  std::string data;                    ///< The folder that it writes to, absolute.
  std::string user;                    ///< Empty: root.
  std::chrono::seconds watchdog{0};    ///< It tells systemd that it lives at least so often; 0: it does not.
  /// What it has started outlives it (design: running commands outlive the agent), may be as many processes as there
  /// are, and sees the system as everyone does.
  bool outlived_by_children = false;
};

/// kInvalid names what cannot be written into a unit: a relative path, a control character, an odd name.
[[nodiscard]] Status CheckUnit(const ServiceUnit& unit);

/// `path` from the working directory, without "." and ".." and a slash at its end: a service has another directory.
[[nodiscard]] std::string AbsolutePath(const std::string& path);
/// One word for a POSIX shell, quoted where it must be.
[[nodiscard]] std::string ShellWord(std::string_view text);
/// All of them, with spaces between.
[[nodiscard]] std::string ShellWords(const std::vector<std::string>& words);
/// One word of systemd's Exec lines and lists of paths (systemd.service(5), "Command lines").
[[nodiscard]] std::string SystemdWord(std::string_view text);

/// Puts values in place of `@key@`. Every key of the text must be given: an own fault otherwise, which ends the
/// program.
struct Placeholder {
  std::string_view key;  ///< Without the '@'.
  std::string value;
};
[[nodiscard]] std::string FillIn(std::string_view text, const std::vector<Placeholder>& values);

// One function a service system; the unit must have passed CheckUnit.
[[nodiscard]] std::string SystemdUnit(const ServiceUnit& unit);
[[nodiscard]] std::string SysvScript(const ServiceUnit& unit);
[[nodiscard]] std::string OpenRcScript(const ServiceUnit& unit);
[[nodiscard]] std::string UpstartConf(const ServiceUnit& unit);
/// rc.d of FreeBSD, where a name has '_' for '-'.
[[nodiscard]] std::string RcdScript(const ServiceUnit& unit);
[[nodiscard]] std::string RcdName(std::string_view name);

}  // namespace assist
