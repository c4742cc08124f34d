#include "server/openapi/render.h"

#include <charconv>

#include "protocol/api/names.h"
#include "protocol/encoding/utf8.h"

namespace assist::server::openapi {
namespace {

void MakeUtf8(json::Value& value) {
  if (auto* text = value.if_string()) {
    if (!encoding::IsUtf8(json::View(*text))) *text = encoding::ToValidUtf8(json::View(*text));
  } else if (auto* object = value.if_object()) {
    for (auto& member : *object) MakeUtf8(member.value());
  } else if (auto* array = value.if_array()) {
    for (auto& item : *array) MakeUtf8(item);
  }
}

bool FitsXml(char32_t c) { return c >= 0x20 ? c != 0xFFFE && c != 0xFFFF : c == '\t' || c == '\n' || c == '\r'; }

void AppendXmlText(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::string_view before = text;
    const auto character = encoding::TakeCharacter(text);
    if (!character || !FitsXml(*character)) {
      encoding::AppendUtf8(out, 0xFFFD);
    } else if (*character == '&') {
      out += "&amp;";
    } else if (*character == '<') {
      out += "&lt;";
    } else if (*character == '>') {
      out += "&gt;";
    } else if (*character == '\r') {
      out += "&#13;";  // a bare one would be read as a line feed
    } else {
      out += before.substr(0, before.size() - text.size());
    }
  }
}

bool FitsElementName(char c, bool first) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  return letter || (!first && ((c >= '0' && c <= '9') || c == '-' || c == '.'));
}

/// The name of a member as that of an element. The operations' own names are made of letters and stay as they are;
/// elsewhere what XML does not take in a name becomes `_` (`made` holds the new one).
std::string_view ElementName(std::string_view key, std::string& made) {
  bool fits = !key.empty();
  for (std::size_t i = 0; i < key.size() && fits; ++i) fits = FitsElementName(key[i], i == 0);
  if (fits) return key;
  made = key.empty() ? "_" : key;
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (!FitsElementName(made[i], i == 0)) made[i] = '_';
  }
  return made;
}

/// `name` is that of an element.
void AppendXml(std::string& out, std::string_view name, const json::Value& value) {
  if (value.is_null()) return;
  if (const auto* array = value.if_array()) {
    for (const auto& item : *array) AppendXml(out, name, item);
    return;
  }
  out += '<';
  out += name;
  out += '>';
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      std::string made;
      AppendXml(out, ElementName({member.key().data(), member.key().size()}, made), member.value());
    }
  } else if (const auto* text = value.if_string()) {
    AppendXmlText(out, json::View(*text));
  } else {
    out += json::Write(value);  // a number, true or false
  }
  out += "</";
  out += name;
  out += '>';
}

std::string Write(Format format, const std::string& root, const json::Object& object) {
  if (format == Format::kJson) return json::Write(object);
  std::string out = "<?xml version='1.0' encoding='UTF-8'?>";
  std::string made;
  AppendXml(out, ElementName(root, made), object);
  return out;
}

}  // namespace

std::string_view ContentType(Format format) noexcept {
  return format == Format::kJson ? api::kJsonContentType : api::kXmlContentType;
}

std::string Render(Format format, std::string_view operation, std::string_view request_id, json::Object answer) {
  json::Object whole;
  whole.reserve(answer.size() + 1);
  whole["RequestId"] = request_id;
  for (auto& member : answer) {
    if (format == Format::kJson) MakeUtf8(member.value());
    whole.emplace(member.key(), std::move(member.value()));
  }
  return Write(format, std::string(operation) + "Response", whole);
}

std::string RenderError(Format format, std::string_view request_id, std::string_view host, const ApiError& error) {
  json::Object whole;
  whole["RequestId"] = request_id;
  whole["HostId"] = host;
  whole["Code"] = error.code;
  whole["Message"] = error.message;
  for (auto& member : whole) MakeUtf8(member.value());
  return Write(format, "Error", whole);
}

}  // namespace assist::server::openapi
