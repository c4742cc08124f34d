// The questions of `assist configure`, in the order and form of `aliyuncli configure`, then Endpoint and CA file.
// Only the dialogue: where it asks and where the answers go is the caller's. One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cli/settings/layer.h"
#include "cli/text/text.h"
#include "common/base/result.h"

namespace assist::cli {

/// Where the questions are asked: a terminal, or a pipe that holds the answers line by line.
class Prompter {
 public:
  virtual ~Prompter() = default;
  /// Shows `prompt` and reads a line, without its line feed; a `secret` one is not echoed. Empty: no line is left.
  virtual std::optional<std::string> Ask(std::string_view prompt, bool secret) = 0;
  /// For a wrong answer at a terminal, which is then asked for again.
  virtual void Complain(std::string_view line) = 0;
  [[nodiscard]] virtual bool interactive() const = 0;
};

/// Asks for every value. Enter keeps what `existing` has (shown in brackets, keys as `[****abcd]`); `none` forgets it.
/// In a pipe that ends early the rest is kept, at a terminal the end (Ctrl-D) leaves all as it was: kExpired. A wrong
/// answer in a pipe is kInvalid. `check_ca_file` gives the path to store (absolute) or says what is wrong with the
/// file.
[[nodiscard]] Result<Layer> AskAll(const Layer& existing, Prompter& prompter,
                                   const std::function<Result<std::string>(const std::string&)>& check_ca_file,
                                   const Text& text);

/// `****abcd`: the last four characters, of eight or more.
[[nodiscard]] std::string Masked(std::string_view key);

}  // namespace assist::cli
