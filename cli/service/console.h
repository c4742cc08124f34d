// Port: where the program shows things. The real one is PosixConsole; tests collect. One thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace assist::cli {

class Console {
 public:
  virtual ~Console() = default;
  /// Standard output: answers and what machines print, nothing else. Waits while the reader is slow. False: nobody
  /// reads any more, and the program should end.
  virtual bool Out(std::string_view bytes) = 0;
  /// Standard error: whole lines about the work.
  virtual void Err(std::string_view lines) = 0;
  /// A line that is drawn over and over at the end of standard error; only on terminals. Empty takes it away.
  virtual void Status(std::string_view line) = 0;

  [[nodiscard]] virtual bool out_is_terminal() const = 0;
  [[nodiscard]] virtual bool err_is_terminal() const = 0;
  /// Of the terminal that shows standard output; some number where it is none.
  [[nodiscard]] virtual std::size_t columns() const = 0;
};

}  // namespace assist::cli
