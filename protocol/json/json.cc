#include "protocol/json/json.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace assist::json {

Result<Value> Parse(std::string_view text, std::size_t max_depth) {
  boost::json::parse_options options;
  options.max_depth = max_depth;
  boost::json::error_code error;
  try {
    Value value = boost::json::parse(boost::json::string_view(text.data(), text.size()), error, {}, options);
    if (!error) return value;
  } catch (const std::exception& e) {  // std::bad_alloc, std::length_error
    return Fail(Errc::kTooLarge, e.what());
  }
  return Fail(Errc::kInvalid, "not JSON: " + error.message());
}

Result<Object> ParseObject(std::string_view text, std::size_t max_depth) {
  auto value = Parse(text, max_depth);
  if (!value) return Forward(value);
  if (!value->is_object()) return Fail(Errc::kInvalid, "not a JSON object");
  return std::move(value->get_object());
}

std::string Write(const Value& value) { return boost::json::serialize(value); }
std::string Write(const Object& object) { return boost::json::serialize(object); }

}  // namespace assist::json
