#include "agent/containers/command_stream.h"

#include <algorithm>
#include <charconv>

namespace assist::agent::containers {
namespace {

constexpr std::size_t kMaxDigits = 10;

/// How many bytes at the end of `text` may be the beginning of `mark`.
std::size_t PartAtEnd(std::string_view text, std::string_view mark) {
  for (std::size_t size = std::min(text.size(), mark.size() - 1); size > 0; --size) {
    if (text.ends_with(mark.substr(0, size))) return size;
  }
  return 0;
}

}  // namespace

void CommandStream::Put(std::string_view bytes, std::string& output) {
  if (exit_code_) return;
  held_ += bytes;
  if (!begun_) PutBefore();
  if (begun_) PutBehind(output);
}

void CommandStream::PutBefore() {
  const std::size_t at = held_.find(marks_.begin);
  begun_ = at != std::string::npos;
  const std::size_t size = begun_ ? at : held_.size() - PartAtEnd(held_, marks_.begin);
  before_.append(held_, 0, std::min(size, kMaxBefore - before_.size()));
  held_.erase(0, begun_ ? at + marks_.begin.size() : size);
}

void CommandStream::PutBehind(std::string& output) {
  for (;;) {
    const std::size_t at = held_.find(marks_.end);
    const std::size_t size = at == std::string::npos ? held_.size() - PartAtEnd(held_, marks_.end) : at;
    output.append(held_, 0, size);
    held_.erase(0, size);
    if (at == std::string::npos) return;
    const std::size_t digits = marks_.end.size();
    const std::size_t dot = held_.find('.', digits);
    if (dot == std::string::npos && held_.size() <= digits + kMaxDigits) return;  // the rest is on its way
    int code = 0;
    const char* const until = held_.data() + std::min(dot, held_.size());
    const auto [end, error] = std::from_chars(held_.data() + digits, until, code);
    if (dot != std::string::npos && error == std::errc() && end == until) {
      exit_code_ = code;
      held_.clear();
      return;
    }
    // The script wrote that: it is output.
    output.append(held_, 0, digits);
    held_.erase(0, digits);
  }
}

void CommandStream::PutEnd(std::string& output) {
  if (begun_) {
    output += held_;
  } else {
    before_.append(held_, 0, kMaxBefore - before_.size());
  }
  held_.clear();
}

}  // namespace assist::agent::containers
