// A program that this one runs, its outputs in pipes, its input empty. POSIX; one thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "agent/containers/program/deadline.h"
#include "common/base/result.h"
#include "common/posix/unique_fd.h"

namespace assist::agent::containers {

class Child {
 public:
  Child() = default;
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child();  ///< Kills it when it still runs, and waits for it.

  /// `arguments[0]` is looked for in the PATH. kNotFound: it is not there.
  [[nodiscard]] static Result<Child> Start(const std::vector<std::string>& arguments);

  [[nodiscard]] int output() const noexcept { return output_.get(); }
  [[nodiscard]] int errors() const noexcept { return errors_.get(); }
  void CloseErrors() { errors_.Reset(); }
  /// Waits for its end; kills it at the deadline. The exit code; 128 + n for a signal.
  int Wait(TimePoint deadline);

 private:
  pid_t pid_ = 0;
  int code_ = -1;
  UniqueFd output_;
  UniqueFd errors_;
};

struct Finished {
  int code = 0;
  std::string output;
  std::string errors;  ///< The first 4 KiB.
};
/// Runs it to its end. kNotFound, kExpired, kTooLarge (output over 32 MiB).
[[nodiscard]] Result<Finished> RunToEnd(const std::vector<std::string>& arguments, TimePoint deadline);

}  // namespace assist::agent::containers
