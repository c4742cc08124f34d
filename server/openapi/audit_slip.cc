#include "server/openapi/audit_slip.h"

#include <algorithm>
#include <unordered_set>

#include "common/crypto/hash.h"
#include "protocol/encoding/base64.h"
#include "protocol/encoding/hex.h"

namespace assist::server::openapi {
namespace {

constexpr std::size_t kMaxText = 1'000;

/// As the call says it, else as the operation takes it.
std::string WordOf(const WireCall& wire, const Operation& operation, std::string_view name) {
  const std::string& given = wire.parameters.Get(name);
  if (!given.empty()) return given;
  for (const ParameterSpec& spec : operation.parameters) {
    if (spec.name == name) return std::string(spec.fallback.value_or(""));
  }
  return {};
}

std::string Printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c <= ' ' || c > '~'; }, '?');
  return text;
}

}  // namespace

void HashForAudit(const WireCall& wire, const Operation& operation, api::AuditRecord& record) {
  record.parameters_hash = encoding::HexEncode(HashOwnParameters(wire.parameters, operation.name, {}));
  const bool file = operation.name == "SendFile";
  const std::string& content = wire.parameters.Get(file ? "Content" : "CommandContent");
  if (content.empty()) return;
  const std::string word = WordOf(wire, operation, file ? "ContentType" : "ContentEncoding");
  if (word != "PlainText") {
    if (const auto bytes = encoding::Base64Decode(content)) {
      record.content_hash = Sha256Hex(*bytes);
      return;
    }
  }
  record.content_hash = Sha256Hex(content);
}

std::string ResourcesText(const std::vector<control::Need>& needs) {
  std::string out;
  std::unordered_set<std::string> seen;
  std::size_t left_out = 0;
  const auto add = [&](std::string text) {
    text = Printable(std::move(text));
    if (!seen.insert(text).second) return;
    if (out.size() + text.size() + 1 > kMaxText) {
      ++left_out;
      return;
    }
    out += (out.empty() ? "" : " ") + text;
  };
  for (const control::Need& need : needs) {
    for (const control::Touched& touched : need.any_of) {
      const std::string kind(Name(touched.kind));
      for (const std::string& id : touched.ids) add(kind + "/" + id);
      if (!touched.ids.empty() || !touched.of.empty() || touched.kind == policy::Kind::kNone) continue;
      std::string tags;
      for (const model::Tag& tag : touched.with) tags += (tags.empty() ? "?" : "&") + tag.key + "=" + tag.value;
      add(kind + "/*" + tags);
    }
  }
  if (left_out > 0) out += " and " + std::to_string(left_out) + " more";
  return out;
}

}  // namespace assist::server::openapi
