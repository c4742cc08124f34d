#include "protocol/wire/query.h"

#include "protocol/encoding/percent.h"

namespace assist::wire {
namespace {
constexpr std::int64_t kLastMillis = 253'402'300'799'999;  // 9999-12-31T23:59:59.999Z
}  // namespace

QueryWriter& QueryWriter::Add(std::string_view name, std::string_view value) {
  std::string escaped = encoding::PercentEncode(value);
  std::string out;
  out.reserve(escaped.size());
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    if (escaped.compare(i, 3, "%20") == 0) {
      out.push_back('+');
      i += 2;
    } else {
      out.push_back(escaped[i]);
    }
  }
  return AddRaw(name, out);
}

QueryWriter& QueryWriter::AddRaw(std::string_view name, std::string_view value) {
  text_.push_back(next_);
  next_ = '&';
  text_.append(name).append("=").append(value);
  return *this;
}

std::optional<std::int64_t> ParseInt(std::string_view text) noexcept {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

const std::string* QueryReader::Find(std::string_view name) const noexcept {
  for (const auto& [key, value] : fields_) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::string QueryReader::Text(std::string_view name) const {
  const std::string* value = Find(name);
  return value != nullptr ? *value : std::string();
}

std::int64_t QueryReader::Int(std::string_view name) const noexcept {
  const std::string* value = Find(name);
  return value != nullptr ? ParseInt(*value).value_or(0) : 0;
}

bool QueryReader::Malformed(std::string_view name) const noexcept {
  const std::string* value = Find(name);
  return value != nullptr && !ParseInt(*value);
}

SystemTime QueryReader::Time(std::string_view name) const noexcept { return BoundedTime(Int(name)); }

SystemTime BoundedTime(std::int64_t ms) noexcept {
  return ms < 0 || ms > kLastMillis ? SystemTime{} : FromUnixMillis(ms);
}

}  // namespace assist::wire
