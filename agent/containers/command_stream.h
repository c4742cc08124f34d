// The output of RunLine() (command_lines.h), piece by piece: what the shell around the script says is taken out. Pure;
// one thread. Holds back at most a mark's length, and before the beginning kMaxBefore bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "agent/containers/command_lines.h"

namespace assist::agent::containers {

class CommandStream {
 public:
  static constexpr std::size_t kMaxBefore = 4096;
  explicit CommandStream(Marks marks) : marks_(std::move(marks)) {}

  /// Appends to `output` what the script wrote.
  void Put(std::string_view bytes, std::string& output);
  /// No more comes: appends what was held back.
  void PutEnd(std::string& output);

  /// The script was started.
  [[nodiscard]] bool begun() const noexcept { return begun_; }
  /// Its exit code; what comes behind that is passed over.
  [[nodiscard]] const std::optional<int>& exit_code() const noexcept { return exit_code_; }
  /// What came instead of the beginning: the runtime's words.
  [[nodiscard]] const std::string& before() const noexcept { return before_; }

 private:
  void PutBefore();
  void PutBehind(std::string& output);

  const Marks marks_;
  bool begun_ = false;
  std::optional<int> exit_code_;
  std::string before_;
  std::string held_;
};

}  // namespace assist::agent::containers
