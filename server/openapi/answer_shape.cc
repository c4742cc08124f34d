#include "server/openapi/answer_shape.h"

#include <algorithm>
#include <optional>

#include "common/base/check.h"

namespace assist::server::openapi {
namespace {

using Kind = AnswerShape::Kind;

/// The next line without the blanks around it; empty at the end.
std::optional<std::string_view> TakeLine(std::string_view& text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (line.starts_with(' ')) line.remove_prefix(1);
    while (line.ends_with(' ')) line.remove_suffix(1);
    if (!line.empty()) return line;
  }
  return std::nullopt;
}

Kind ParseKind(std::string_view word) {
  if (word == "string") return Kind::kString;
  if (word == "integer") return Kind::kInteger;
  if (word == "boolean") return Kind::kBoolean;
  ASSIST_CHECK(word == "counts");
  return Kind::kCounts;
}

/// The fields up to the line `end`.
AnswerShape ParseFields(std::string_view& text, std::string_view end) {
  AnswerShape shape;
  for (;;) {
    const auto line = TakeLine(text);
    if (!line || *line == end) {
      ASSIST_CHECK(line.has_value() != end.empty());
      return shape;
    }
    const std::size_t colon = line->find(": ");
    ASSIST_CHECK(colon != std::string_view::npos);
    AnswerField field;
    field.name = line->substr(0, colon);
    field.extension = field.name.starts_with('+');
    if (field.extension) field.name.remove_prefix(1);
    field.optional = field.name.ends_with('?');
    if (field.optional) field.name.remove_suffix(1);
    std::string_view type = line->substr(colon + 2);
    if (type == "{") {
      field.shape = ParseFields(text, "}");
    } else if (type == "[{") {
      field.list = true;
      field.shape = ParseFields(text, "}]");
    } else {
      field.list = type.starts_with('[') && type.ends_with(']');
      if (field.list) type = type.substr(1, type.size() - 2);
      field.shape.kind = ParseKind(type);
    }
    shape.fields.push_back(std::move(field));
  }
}

std::string Misfit(const AnswerShape& shape, const json::Value& value, const std::string& where);

std::string MisfitOfField(const AnswerField& field, const json::Value& value, const std::string& where) {
  if (!field.list) return Misfit(field.shape, value, where);
  if (!value.is_array()) return where + " is no list";
  for (const auto& item : value.get_array()) {
    if (std::string misfit = Misfit(field.shape, item, where + "[]"); !misfit.empty()) return misfit;
  }
  return {};
}

std::string MisfitOfObject(const AnswerShape& shape, const json::Object& object, const std::string& where) {
  for (const AnswerField& field : shape.fields) {
    const std::string place = where + '.' + std::string(field.name);
    const json::Value* value = object.if_contains(field.name);
    if (value == nullptr) {
      if (!field.optional) return place + " is missing";
    } else if (std::string misfit = MisfitOfField(field, *value, place); !misfit.empty()) {
      return misfit;
    }
  }
  for (const auto& member : object) {
    const std::string_view name(member.key().data(), member.key().size());
    const bool known = std::any_of(shape.fields.begin(), shape.fields.end(),
                                   [name](const AnswerField& field) { return field.name == name; });
    if (!known && !(where.empty() && name == "RequestId")) return where + '.' + std::string(name) + " is not declared";
  }
  return {};
}

std::string Misfit(const AnswerShape& shape, const json::Value& value, const std::string& where) {
  switch (shape.kind) {
    case Kind::kString:
      return value.is_string() ? "" : where + " is no string";
    case Kind::kInteger:
      return value.is_int64() || value.is_uint64() ? "" : where + " is no integer";
    case Kind::kBoolean:
      return value.is_bool() ? "" : where + " is no boolean";
    case Kind::kCounts:
    case Kind::kObject:
      break;
  }
  const auto* object = value.if_object();
  if (object == nullptr) return where + " is no object";
  if (shape.kind == Kind::kObject) return MisfitOfObject(shape, *object, where);
  const bool counts =
      std::all_of(object->begin(), object->end(), [](const auto& member) { return member.value().is_int64(); });
  return counts ? "" : where + " has something that is no integer";
}

}  // namespace

AnswerShape ParseAnswerShape(std::string_view text) { return ParseFields(text, ""); }

std::string FindMisfit(const AnswerShape& shape, const json::Object& value) { return MisfitOfObject(shape, value, ""); }

}  // namespace assist::server::openapi
