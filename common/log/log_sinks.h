// Where log lines go: stderr, a file, or the memory of a test.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/log/log.h"

namespace assist {

/// Lines on stderr. Any thread.
[[nodiscard]] std::unique_ptr<LogSink> MakeStderrLogSink();

struct LogFileOptions {
  std::string path;
  std::size_t max_bytes = std::size_t{64} << 20;  ///< Then the file becomes `<path>.1`, that `<path>.2` …
  std::size_t max_files = 5;                      ///< Older ones are deleted.
};
/// Any thread. Fails when the file cannot be opened.
[[nodiscard]] Result<std::unique_ptr<LogSink>> MakeFileLogSink(const LogFileOptions& options);

/// Keeps lines for tests. One thread.
class MemoryLogSink final : public LogSink {
 public:
  void Write(LogLevel level, std::string_view text) override { lines_.emplace_back(level, text); }
  [[nodiscard]] const std::vector<std::pair<LogLevel, std::string>>& lines() const noexcept { return lines_; }
  /// How many lines begin with this event's name.
  [[nodiscard]] std::size_t Count(std::string_view event) const;

 private:
  std::vector<std::pair<LogLevel, std::string>> lines_;
};

}  // namespace assist
