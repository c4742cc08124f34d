#include "common/log/log_sinks.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace assist {
namespace {

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

class SpdlogSink final : public LogSink {
 public:
  explicit SpdlogSink(spdlog::sink_ptr sink) : logger_("assist", std::move(sink)) {
    logger_.set_formatter(
        std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%fZ %v", spdlog::pattern_time_type::utc));
    logger_.set_level(spdlog::level::trace);
    logger_.flush_on(spdlog::level::trace);
    logger_.set_error_handler([](const std::string&) {});  // a log that cannot be written has nowhere to say so
  }
  void Write(LogLevel level, std::string_view text) override {
    std::string line(Name(level));
    line.append(" ").append(text);
    logger_.log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
  }

 private:
  spdlog::logger logger_;
};

}  // namespace

std::unique_ptr<LogSink> MakeStderrLogSink() {
  return std::make_unique<SpdlogSink>(std::make_shared<spdlog::sinks::stderr_sink_mt>());
}

Result<std::unique_ptr<LogSink>> MakeFileLogSink(const LogFileOptions& options) {
  try {
    return std::unique_ptr<LogSink>(std::make_unique<SpdlogSink>(
        std::make_shared<spdlog::sinks::rotating_file_sink_mt>(options.path, options.max_bytes, options.max_files)));
  } catch (const spdlog::spdlog_ex& e) {
    return Fail(Errc::kUnavailable, "cannot write the log to " + options.path + ": " + e.what());
  }
}

std::size_t MemoryLogSink::Count(std::string_view event) const {
  std::size_t count = 0;
  for (const auto& [level, text] : lines_) {
    count += text == event || (text.starts_with(event) && text.size() > event.size() && text[event.size()] == ' ');
  }
  return count;
}

}  // namespace assist
