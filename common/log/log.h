// Events with fields, one line each: `log.Info("task.finished", {{"task", id}, {"exit", 0}})` becomes
// `2026-01-02T03:04:05.678901Z info task.finished task=t-1 exit=0`. Any thread. Values are escaped, so that a line
// stays a line. Secret<T> does not convert to a field. Levels: error, someone must act; warn, someone may; info, a
// state changed; debug, for the one who looks for a fault.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

#include "common/base/ids.h"
#include "common/base/result.h"

namespace assist {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError, kOff };

/// "debug", "info", "warn", "error", "off"; kInvalid for anything else.
[[nodiscard]] Result<LogLevel> ParseLogLevel(std::string_view text);
[[nodiscard]] std::string_view Name(LogLevel level) noexcept;

/// A name and a text, an integer, a truth or a TextId. Lives only as long as the call that it is made for.
class LogField {
 public:
  template <class T>
  requires std::convertible_to<const T&, std::string_view> LogField(std::string_view name, const T& value)
      : name_(name), kind_(Kind::kText), text_(value) {}
  template <class T>
  requires std::integral<T> LogField(std::string_view name, T value)
      : name_(name),
        kind_(std::is_same_v<T, bool> ? Kind::kBool
              : std::is_signed_v<T>   ? Kind::kSigned
                                      : Kind::kUnsigned),
        number_(static_cast<std::uint64_t>(value)) {}
  template <class Tag>
  LogField(std::string_view name, const TextId<Tag>& id) : name_(name), kind_(Kind::kText), text_(id.str()) {}

  void AppendTo(std::string& line) const;

 private:
  enum class Kind : std::uint8_t { kText, kSigned, kUnsigned, kBool };
  std::string_view name_;
  Kind kind_;
  std::uint64_t number_ = 0;
  std::string_view text_;
};

/// Where lines go: see log_sinks.h. Any thread.
class LogSink {
 public:
  virtual ~LogSink() = default;
  /// `text` is one line without its end, time and level. Never fails: what cannot be written is lost.
  virtual void Write(LogLevel level, std::string_view text) = 0;
};

/// Passed by reference to everyone who logs; owned by service. `Log()` throws everything away (for tests).
class Log {
 public:
  Log() = default;
  /// `sink` outlives this.
  Log(LogSink& sink, LogLevel threshold) : sink_(&sink), threshold_(threshold) {}
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void Debug(std::string_view event, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kDebug, event, fields);
  }
  void Info(std::string_view event, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kInfo, event, fields);
  }
  void Warn(std::string_view event, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kWarn, event, fields);
  }
  void Error(std::string_view event, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kError, event, fields);
  }
  [[nodiscard]] bool enabled(LogLevel level) const noexcept { return sink_ != nullptr && level >= threshold_; }

 private:
  void Write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);

  LogSink* sink_ = nullptr;
  LogLevel threshold_ = LogLevel::kOff;
};

}  // namespace assist
