#include "test/support/captures/captures.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/base/check.h"
#include "protocol/encoding/base64.h"
#include "protocol/encoding/hex.h"
#include "protocol/json/json.h"

namespace assist::test {
namespace {

std::string Text(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(json::View(value->get_string())) : std::string();
}

/// A text, or `{"base64": …}`.
std::string Bytes(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(name);
  if (value == nullptr || !value->is_object()) return Text(object, name);
  auto bytes = encoding::Base64Decode(Text(value->get_object(), "base64"));
  return bytes ? *bytes : std::string();
}

CapturedFrame ReadFrame(const json::Object& object) {
  CapturedFrame frame;
  frame.from = Text(object, "from");
  frame.opcode = Text(object, "opcode");
  if (object.contains("payload_hex")) {
    auto bytes = encoding::HexDecode(Text(object, "payload_hex"));
    ASSIST_CHECK(bytes.has_value());
    frame.payload = *bytes;
  } else {
    frame.payload = Text(object, "payload");
  }
  return frame;
}

CapturedExchange ReadExchange(const json::Object& object) {
  CapturedExchange exchange;
  exchange.kind = Text(object, "kind");
  exchange.method = Text(object, "method");
  exchange.target = Text(object, "target");
  exchange.body = Bytes(object, "body");
  if (const json::Value* headers = object.if_contains("headers"); headers != nullptr && headers->is_array()) {
    for (const json::Value& header : headers->get_array()) {
      const json::Array& pair = header.get_array();
      exchange.headers.emplace_back(json::View(pair.at(0).get_string()), json::View(pair.at(1).get_string()));
    }
  }
  if (const json::Value* response = object.if_contains("response"); response != nullptr && response->is_object()) {
    const json::Value* status = response->get_object().if_contains("status");
    if (status != nullptr && status->is_int64()) exchange.status = static_cast<int>(status->get_int64());
    exchange.response_body = Bytes(response->get_object(), "body");
  }
  if (const json::Value* frames = object.if_contains("frames"); frames != nullptr && frames->is_array()) {
    for (const json::Value& frame : frames->get_array()) exchange.frames.push_back(ReadFrame(frame.get_object()));
  } else if (exchange.kind == "websocket_frame") {
    exchange.frames.push_back(ReadFrame(object));
  }
  return exchange;
}

}  // namespace

std::string_view CapturedExchange::path() const {
  return std::string_view(target).substr(0, std::string_view(target).find('?'));
}

std::string_view CapturedExchange::query() const {
  const std::size_t mark = target.find('?');
  return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

std::string CapturedExchange::Header(std::string_view name) const {
  const auto same = [name](const auto& header) {
    return std::equal(header.first.begin(), header.first.end(), name.begin(), name.end(),
                      [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
  };
  const auto found = std::find_if(headers.begin(), headers.end(), same);
  return found == headers.end() ? std::string() : found->second;
}

std::vector<CapturedExchange> LoadCapture(std::string_view name) {
  const std::filesystem::path path = std::filesystem::path(ASSIST_CAPTURES) / (std::string(name) + ".json");
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  auto object = json::ParseObject(text);
  ASSIST_CHECK(object.has_value());
  std::vector<CapturedExchange> exchanges;
  for (const json::Value& exchange : object->at("exchanges").get_array()) {
    exchanges.push_back(ReadExchange(exchange.get_object()));
  }
  ASSIST_CHECK(!exchanges.empty());
  return exchanges;
}

std::vector<std::string> CaptureNames() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(ASSIST_CAPTURES)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  ASSIST_CHECK(!names.empty());
  return names;
}

}  // namespace assist::test
