#include "cli/packages/publisher_key.h"

#include <fmt/format.h>

#include "cli/table/table.h"
#include "protocol/json/json.h"

namespace assist::cli {

// A key is letters, digits, "+", "/", "=" and ":": no shell obeys any of them within a word.

std::string TrustLine(const package::PublisherKey& key) { return "assist-agent trust add " + package::FormatKey(key); }

std::string TrustAllLine(const package::PublisherKey& key) {
  return fmt::format("assist run --all -- '\"$ASSIST_AGENT_PROGRAM\" trust add {} --root \"$ASSIST_AGENT_ROOT\"'",
                     package::FormatKey(key));
}

std::string TrustWindowsLine(const package::PublisherKey& key) {
  return fmt::format(
      "assist run -i MACHINE --type bat -- '\"%ASSIST_AGENT_PROGRAM%\" trust add {} --root \"%ASSIST_AGENT_ROOT%\"'",
      package::FormatKey(key));
}

std::string PublisherKeyText(const package::PublisherKey& key, const Look& look) {
  Facts facts;
  facts.Add(look.text(msg::kFactPublicKey), Cell(package::FormatKey(key), Tone::kStrong));
  facts.Add(look.text(msg::kFactKeyId), package::KeyId(key));
  std::string text = facts.Render(look);
  const auto add = [&text, &look](const Message<0>& head, const std::string& line) {
    text += "\n" + look.text(head) + "\n  " + line + "\n";
  };
  add(msg::kPkgTrustOne, TrustLine(key));
  add(msg::kPkgTrustAll, TrustAllLine(key));
  add(msg::kPkgTrustWindows, TrustWindowsLine(key));
  add(msg::kPkgTrustRegister, "--publisher-key " + package::FormatKey(key));
  return text;
}

std::string PublisherKeyJson(const package::PublisherKey& key, const std::string& file) {
  json::Object document;
  document["PublicKey"] = package::FormatKey(key);
  document["KeyId"] = package::KeyId(key);
  document["TrustCommand"] = TrustLine(key);
  document["TrustAllCommand"] = TrustAllLine(key);
  document["TrustWindowsCommand"] = TrustWindowsLine(key);
  document["File"] = file;
  return json::Write(document);
}

}  // namespace assist::cli
