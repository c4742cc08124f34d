#include "cli/settings/layer.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <array>

#include "protocol/json/json.h"
#include "protocol/json/reader.h"

namespace assist::cli {
namespace {

struct Key {
  const char* name;
  std::optional<std::string> Layer::*member;
};

// The keys of config.toml; access_key_secret stands apart, it is a Secret.
constexpr std::array kKeys = {
    Key{"endpoint", &Layer::endpoint},   Key{"access_key_id", &Layer::access_key_id},
    Key{"region_id", &Layer::region_id}, Key{"output_format", &Layer::output_format},
    Key{"ca_file", &Layer::ca_file},     Key{"ca_fingerprint", &Layer::ca_fingerprint},
};
constexpr std::string_view kSecretKey = "access_key_secret";

std::optional<std::string> NonEmpty(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return std::string(text);
}

std::optional<Secret<std::string>> NonEmptySecret(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return Secret<std::string>(std::string(text));
}

std::string Quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04X}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

Layer Merge(std::span<const Layer> first_wins) {
  Layer merged;
  const auto take = [](auto& into, const auto& from) {
    if (!into && from) into = from;
  };
  for (const Layer& layer : first_wins) {
    const bool trust_known = merged.ca_file || merged.ca_fingerprint;
    take(merged.endpoint, layer.endpoint);
    take(merged.access_key_id, layer.access_key_id);
    take(merged.access_key_secret, layer.access_key_secret);
    take(merged.region_id, layer.region_id);
    take(merged.output_format, layer.output_format);
    if (!trust_known) {
      merged.ca_file = layer.ca_file;
      merged.ca_fingerprint = layer.ca_fingerprint;
    }
  }
  return merged;
}

Layer FromEnvironment(const Environment& get) {
  const auto read = [&get](const char* name) -> std::string_view {
    const char* value = get(name);
    return value == nullptr ? std::string_view() : std::string_view(value);
  };
  Layer layer;
  layer.endpoint = NonEmpty(read("ASSIST_ENDPOINT"));
  layer.access_key_id = NonEmpty(read("ASSIST_ACCESS_KEY_ID"));
  layer.access_key_secret = NonEmptySecret(read("ASSIST_ACCESS_KEY_SECRET"));
  layer.ca_file = NonEmpty(read("ASSIST_CA_FILE"));
  layer.region_id = NonEmpty(read("ASSIST_REGION_ID"));
  return layer;
}

Result<Layer> ParseCredentials(std::string_view json, std::string_view folder, const Text& text) {
  auto object = json::ParseObject(json);
  if (!object) return Fail(Errc::kInvalid, text(msg::kNotAnObject, object.error().detail));
  json::Reader in(*object);
  Layer layer;
  layer.endpoint = NonEmpty(in.String("Endpoint"));
  layer.access_key_id = NonEmpty(in.String("AccessKeyId"));
  layer.access_key_secret = NonEmptySecret(in.String("AccessKeySecret"));
  layer.ca_file = NonEmpty(in.StringOr("CaFile", ""));
  layer.ca_fingerprint = NonEmpty(in.StringOr("CaFingerprint", ""));
  if (!in.status()) return in.Error();
  if (layer.ca_file && !layer.ca_file->starts_with('/') && !folder.empty()) {
    layer.ca_file = fmt::format("{}/{}", folder, *layer.ca_file);
  }
  return layer;
}

Result<Layer> ParseConfig(std::string_view toml, const Text& text) {
  toml::table table;
  try {
    table = toml::parse(toml);
  } catch (const toml::parse_error& error) {
    // Its text may quote the line, and the line may hold the secret.
    return Fail(Errc::kInvalid, text(msg::kNotToml, error.source().begin.line));
  }
  Layer layer;
  for (const auto& [key, node] : table) {
    const auto value = node.value<std::string>();
    const std::string_view name = key.str();
    if (name == kSecretKey && value) {
      layer.access_key_secret = NonEmptySecret(*value);
      continue;
    }
    bool known = name == kSecretKey;
    for (const Key& k : kKeys) {
      if (name != k.name) continue;
      known = true;
      if (value) layer.*(k.member) = NonEmpty(*value);
    }
    if (!known) return Fail(Errc::kInvalid, text(msg::kUnknownKey, name));
    if (!node.is_string()) return Fail(Errc::kInvalid, text(msg::kKeyNotText, name));
  }
  return layer;
}

std::string WriteConfig(const Layer& layer) {
  std::string out = "# Written by `assist configure`. It holds a secret key: keep its mode 0600.\n";
  const auto line = [&out](std::string_view name, std::string_view value) {
    out += fmt::format("{} = {}\n", name, Quote(value));
  };
  for (const Key& key : kKeys) {
    const auto& value = layer.*(key.member);
    if (value) line(key.name, *value);
    if (std::string_view(key.name) == "access_key_id" && layer.access_key_secret) {
      line(kSecretKey, layer.access_key_secret->Reveal());
    }
  }
  return out;
}

}  // namespace assist::cli
