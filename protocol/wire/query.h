// Query strings as the agents write and read them: parameters in a fixed order, values escaped as Go's QueryEscape does
// (a space is `+`). Pure; any thread.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/time.h"
#include "protocol/encoding/form.h"

namespace assist::wire {

/// Builds `path?name=value&…`.
class QueryWriter {
 public:
  explicit QueryWriter(std::string_view path) : text_(path) {}
  QueryWriter& Add(std::string_view name, std::string_view value);
  QueryWriter& Add(std::string_view name, std::int64_t value) { return AddRaw(name, std::to_string(value)); }
  QueryWriter& Add(std::string_view name, SystemTime time) { return Add(name, ToUnixMillis(time)); }
  /// `value` goes out as it is.
  QueryWriter& AddRaw(std::string_view name, std::string_view value);
  [[nodiscard]] std::string Take() && { return std::move(text_); }

 private:
  std::string text_;
  char next_ = '?';
};

/// Whole text a decimal number in the range of int64; empty otherwise.
[[nodiscard]] std::optional<std::int64_t> ParseInt(std::string_view text) noexcept;

/// Looks parameters up; the first of equal names counts.
class QueryReader {
 public:
  explicit QueryReader(std::string_view query) : fields_(encoding::ParseForm(query)) {}
  /// Null when absent.
  [[nodiscard]] const std::string* Find(std::string_view name) const noexcept;
  [[nodiscard]] std::string Text(std::string_view name) const;
  /// 0 when absent or malformed.
  [[nodiscard]] std::int64_t Int(std::string_view name) const noexcept;
  /// Present, but no number.
  [[nodiscard]] bool Malformed(std::string_view name) const noexcept;
  /// A time in ms; the epoch when absent, malformed or out of range.
  [[nodiscard]] SystemTime Time(std::string_view name) const noexcept;

 private:
  encoding::FormFields fields_;
};

/// `ms` as a time; the epoch when it is below 0 or behind the year 9999.
[[nodiscard]] SystemTime BoundedTime(std::int64_t ms) noexcept;

}  // namespace assist::wire
