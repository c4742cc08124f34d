// JSON text to values and back (Boost.JSON, compiled once in json_impl.cc). Pure; any thread. No exception leaves here.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace assist::json {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;

/// RFC 8259 exactly: one value, UTF-8, no comments, nothing behind it. Deeper than `max_depth` is refused, since a
/// value is read and destroyed by recursion. Of equal keys in one object the last counts. The caller bounds the size.
[[nodiscard]] Result<Value> Parse(std::string_view text, std::size_t max_depth = 32);
/// The same for a text that must be an object.
[[nodiscard]] Result<Object> ParseObject(std::string_view text, std::size_t max_depth = 32);

/// Compact, with raw UTF-8: only the quote, the backslash and control characters are escaped. Bytes in strings go out
/// as they are; who has bytes of unknown origin makes them UTF-8 first (protocol/encoding/utf8.h).
[[nodiscard]] std::string Write(const Value& value);
[[nodiscard]] std::string Write(const Object& object);

/// Boost.JSON's strings are its own type; this is a view of one.
[[nodiscard]] inline std::string_view View(const boost::json::string& text) noexcept {
  return {text.data(), text.size()};
}

}  // namespace assist::json
