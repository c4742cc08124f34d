// How the program ends; scripts rely on these. Never renumber.
#pragma once

namespace assist::cli {

enum class ExitCode : int {
  kSuccess = 0,
  kSomeFailed = 1,      ///< `assist run`: at least one machine did not succeed.
  kUsage = 2,           ///< A wrong command line or configuration; nothing was sent.
  kRefused = 3,         ///< The server said no.
  kUnreachable = 4,     ///< No server there, or none that can be trusted.
  kInterrupted = 130,   ///< Ctrl-C; what runs goes on.
  kOutputClosed = 141,  ///< Nobody reads the output any more.
};

}  // namespace assist::cli
