#include "agent/trust/publishers.h"

#include <algorithm>
#include <utility>

#include "protocol/json/json.h"
#include "protocol/json/reader.h"

namespace assist::agent::trust {
namespace {

constexpr std::string_view kPackages = "packages";
constexpr std::string_view kAgent = "agent";

bool IsName(std::string_view name) {
  return name.size() <= 64 &&
         std::none_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

bool May(const Publisher& publisher, package::Kind kind) {
  return kind == package::Kind::kAgent ? publisher.agent : publisher.packages;
}

}  // namespace

Status ParseFor(std::string_view words, Publisher& publisher) {
  publisher.packages = publisher.agent = false;
  while (true) {
    const std::size_t comma = words.find(',');
    const std::string_view word = words.substr(0, comma);
    if (word == kPackages) {
      publisher.packages = true;
    } else if (word == kAgent) {
      publisher.agent = true;
    } else {
      return Fail(Errc::kInvalid, "\"" + std::string(word) + "\" is neither packages nor agent");
    }
    if (comma == std::string_view::npos) return {};
    words.remove_prefix(comma + 1);
  }
}

std::string ForWords(const Publisher& publisher) {
  std::string words(publisher.packages ? kPackages : "");
  if (publisher.agent) words.append(words.empty() ? "" : ",").append(kAgent);
  return words;
}

Result<Publishers> ParsePublishers(std::string_view text) {
  auto object = json::ParseObject(text);
  if (!object) return Fail(Errc::kInvalid, "is no JSON object: " + object.error().detail);
  Publishers out;
  json::Reader in(*object);
  in.Each("Publishers", [&out](json::Reader& item) {
    Publisher publisher;
    publisher.name = item.StringOr("Name", "");
    auto key = package::ParsePublisherKey(item.String("Key"));
    if (!key) return item.Refuse("Key", key.error().detail);
    publisher.key = std::move(*key);
    publisher.packages = false;
    for (const std::string& word : item.Strings("For")) {
      if (word == kPackages) {
        publisher.packages = true;
      } else if (word == kAgent) {
        publisher.agent = true;
      } else {
        item.Refuse("For", "has a word that is neither packages nor agent");
      }
    }
    if (Status added = Add(std::move(publisher), out); !added) item.Refuse("Name", added.error().detail);
  });
  if (!in.status()) return in.Error();
  return out;
}

std::string WritePublishers(const Publishers& publishers) {
  json::Array list;
  for (const Publisher& publisher : publishers) {
    json::Object item;
    item["Name"] = publisher.name;
    item["Key"] = package::FormatKey(publisher.key);
    json::Array words;
    if (publisher.packages) words.emplace_back(kPackages);
    if (publisher.agent) words.emplace_back(kAgent);
    item["For"] = std::move(words);
    list.push_back(std::move(item));
  }
  json::Object out;
  out["Publishers"] = std::move(list);
  return json::Write(out) + "\n";
}

Status Add(Publisher publisher, Publishers& publishers) {
  if (!IsName(publisher.name)) {
    return Fail(Errc::kInvalid, "the name of a publisher has at most 64 bytes and no control characters");
  }
  for (Publisher& known : publishers) {
    if (known.key != publisher.key) continue;
    if (publisher.name.empty()) publisher.name = known.name;
    known = std::move(publisher);
    return {};
  }
  if (publishers.size() >= kMaxPublishers) return Fail(Errc::kTooLarge, "64 publishers are pinned already");
  publishers.push_back(std::move(publisher));
  return {};
}

Status Remove(std::string_view which, Publishers& publishers) {
  const auto is_meant = [which](const Publisher& publisher) {
    return which == package::FormatKey(publisher.key) || which == package::KeyId(publisher.key) ||
           (!publisher.name.empty() && which == publisher.name);
  };
  const auto found = std::count_if(publishers.begin(), publishers.end(), is_meant);
  if (found == 0)
    return Fail(Errc::kNotFound, "no pinned publisher has this key, key id or name: " + std::string(which));
  if (found > 1) {
    return Fail(Errc::kConflict, std::to_string(found) + " publishers have the name " + std::string(which) +
                                     ": say the key or the key id (assist-agent trust list)");
  }
  std::erase_if(publishers, is_meant);
  return {};
}

Status MayPublish(const Publishers& publishers, const package::PublisherKey& key, package::Kind kind) {
  const std::string purpose(kind == package::Kind::kAgent ? kAgent : kPackages);
  const auto known =
      std::find_if(publishers.begin(), publishers.end(), [&](const Publisher& one) { return one.key == key; });
  if (known != publishers.end() && May(*known, kind)) return {};
  const std::string who = package::FormatKey(key) + " (" + package::KeyId(key) + ")";
  std::string why = known != publishers.end()
                        ? "the publisher's key " + who + " is pinned on this machine, but not for " + purpose
                    : publishers.empty() ? "no publisher is pinned on this machine; this one has the key " + who
                                         : "the publisher's key " + who + " is not pinned on this machine";
  return Fail(Errc::kDenied, std::move(why) + "; when you trust it: assist-agent trust add " + package::FormatKey(key) +
                                 " --for " + purpose);
}

}  // namespace assist::agent::trust
