// Reading what an agent packed. See inventory.h; taking it stands in inventory.cc.
#include "server/gateway/inventory.h"

#include <algorithm>
#include <array>
// Beast is built without its sources (BOOST_BEAST_SEPARATE_COMPILATION); of them this file needs, and so compiles, two.
#include <boost/beast/zlib/detail/inflate_stream.ipp>
#include <boost/beast/zlib/impl/error.ipp>
#include <boost/beast/zlib/inflate_stream.hpp>
#include <utility>

#include "protocol/encoding/base64.h"
#include "protocol/json/json.h"

namespace assist::server::gateway {
namespace {

namespace zlib = boost::beast::zlib;

constexpr std::size_t kDeepest = 16;  // of the JSON inside

/// Raw deflate (RFC 1951), at most model::kInventoryBytes of it.
Result<std::string> Inflate(std::string_view packed) {
  std::string out;
  std::array<char, 16384> piece{};
  zlib::inflate_stream stream;
  zlib::z_params step;
  step.next_in = packed.data();
  step.avail_in = packed.size();
  for (;;) {
    step.next_out = piece.data();
    step.avail_out = piece.size();
    boost::system::error_code error;
    stream.write(step, zlib::Flush::sync, error);
    const std::size_t made = piece.size() - step.avail_out;
    out.append(piece.data(), made);
    if (static_cast<std::int64_t>(out.size()) > model::kInventoryBytes) {
      return Fail(Errc::kInvalid, "the inventory is larger than what is kept of a machine");
    }
    // The end is told only when something follows it; a text that was cut off is none for the reader of JSON.
    const bool used_up = step.avail_in == 0 && made < piece.size();
    if (error == zlib::error::end_of_stream || (used_up && (!error || error == zlib::error::need_buffers))) return out;
    if (error) return Fail(Errc::kInvalid, "items: no deflated text");
  }
}

std::string TextOf(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  const std::string_view text = json::View(value->get_string());
  return std::string(text.substr(0, model::kInventoryWord));
}

bool IsWord(std::string_view type) {
  return !type.empty() && type.size() < model::kInventoryWord &&
         std::all_of(type.begin(), type.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

Result<std::vector<model::InventoryItem>> ParseInventory(std::string_view body) {
  auto object = json::ParseObject(body);
  if (!object) return Forward(object);
  const json::Value* items = object->if_contains("items");
  if (items == nullptr || !items->is_string()) return Fail(Errc::kInvalid, "items: a text is wanted");
  auto packed = encoding::Base64Decode(json::View(items->get_string()));
  if (!packed) return Fail(Errc::kInvalid, "items: " + packed.error().detail);
  auto text = Inflate(*packed);
  if (!text) return Forward(text);
  auto list = json::Parse(*text, kDeepest);
  if (!list) return Forward(list);
  if (!list->is_array()) return Fail(Errc::kInvalid, "items: an array is wanted");
  std::vector<model::InventoryItem> out;
  for (const json::Value& entry : list->get_array()) {
    if (!entry.is_object() || out.size() == model::kInventoryTypes) continue;
    const json::Object& row = entry.get_object();
    const json::Value* content = row.if_contains("Content");
    model::InventoryItem item;
    item.type = TextOf(row, "TypeName");
    if (!IsWord(item.type) || content == nullptr || !content->is_array()) continue;
    item.schema_version = TextOf(row, "SchemaVersion");
    item.captured = TextOf(row, "CaptureTime");
    item.hash = TextOf(row, "ContentHash");
    item.content = json::Write(*content);
    out.push_back(std::move(item));
  }
  return out;
}

}  // namespace assist::server::gateway
