// Standard output and error of this process, and the terminal behind standard input. One of each for a program; one
// thread. SIGPIPE must be ignored.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/service/console.h"
#include "cli/settings/configure.h"

namespace assist::cli {

class PosixConsole final : public Console {
 public:
  PosixConsole();
  ~PosixConsole() override;
  PosixConsole(const PosixConsole&) = delete;
  PosixConsole& operator=(const PosixConsole&) = delete;

  bool Out(std::string_view bytes) override;
  void Err(std::string_view lines) override;
  void Status(std::string_view line) override;
  [[nodiscard]] bool out_is_terminal() const override { return out_is_terminal_; }
  [[nodiscard]] bool err_is_terminal() const override { return err_is_terminal_; }
  [[nodiscard]] std::size_t columns() const override;

 private:
  void HideStatus();

  const bool out_is_terminal_;
  const bool err_is_terminal_;
  const bool can_redraw_;
  bool status_shown_ = false;
  bool in_line_ = false;  ///< The terminal's cursor stands behind output of a machine.
  bool closed_ = false;
};

/// Standard input. At a terminal a secret is read without echo, and Ctrl-C there ends the program with the terminal as
/// it was.
class PosixPrompter final : public Prompter {
 public:
  explicit PosixPrompter(Console& console);
  std::optional<std::string> Ask(std::string_view prompt, bool secret) override;
  void Complain(std::string_view line) override;
  [[nodiscard]] bool interactive() const override { return interactive_; }

 private:
  std::optional<std::string> ReadLine();
  std::optional<std::string> ReadHidden();

  Console& console_;
  const bool interactive_;
};

}  // namespace assist::cli
