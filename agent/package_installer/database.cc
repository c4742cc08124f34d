#include "agent/package_installer/database.h"

#include <utility>

#include "common/crypto/hash.h"
#include "protocol/json/json.h"
#include "protocol/json/reader.h"

namespace assist::agent::package_installer {
namespace {

/// First line: mark, format, SHA-256 of what follows.
constexpr std::string_view kMark = "assist-packages ";
constexpr std::string_view kFormat = "1";
constexpr std::size_t kHash = 64;

void ReadInstalled(json::Reader& in, Database& out) {
  in.Each("Installed", [&out](json::Reader& item) {
    Installed one;
    const std::string name(item.String("Name"));
    if (!package::IsName(name)) item.Refuse("Name", "is no name of a package");
    one.version = item.String("Version");
    one.sequence = item.Int("Sequence", 1);
    one.folder = item.String("Folder");
    if (!package::IsInnerPath(one.folder)) item.Refuse("Folder", "is no name of a folder");
    one.since = item.StringOr("Since", "");
    item.Each("Dependencies", [&one](json::Reader& each) {
      one.dependencies.push_back({std::string(each.String("Name")), std::string(each.StringOr("Version", ""))});
    });
    if (!out.installed.emplace(name, std::move(one)).second) item.Refuse("Name", "is there twice");
  });
}

}  // namespace

std::string_view Name(Verb verb) noexcept { return verb == Verb::kInstall ? "install" : "uninstall"; }

Result<Database> ParseDatabase(std::string_view text) {
  const std::size_t line = text.find('\n');
  if (line == std::string_view::npos || !text.starts_with(kMark)) return Fail(Errc::kInvalid, "is damaged");
  const std::string_view head = text.substr(kMark.size(), line - kMark.size());
  const std::size_t blank = head.find(' ');
  const std::string_view body = text.substr(line + 1);
  if (blank == std::string_view::npos || head.size() - blank - 1 != kHash ||
      Sha256Hex(body) != head.substr(blank + 1)) {
    return Fail(Errc::kInvalid, "is damaged");
  }
  if (head.substr(0, blank) != kFormat) {
    return Fail(Errc::kInvalid, "is of a newer assist-agent (format " + std::string(head.substr(0, blank)) + ")");
  }
  auto object = json::ParseObject(body);
  if (!object) return Fail(Errc::kInvalid, "is damaged: " + object.error().detail);
  Database out;
  json::Reader in(*object);
  ReadInstalled(in, out);
  in.Each("Highest", [&out](json::Reader& item) {
    const std::string name(item.String("Name"));
    out.highest[name] = item.Int("Sequence", 1);
  });
  in.Each("Untold", [&out](json::Reader& item) {
    const std::string name(item.String("Name"));
    out.untold[name] = {std::string(item.String("Version")), item.BoolOr("Removed", false)};
  });
  if (auto item = in.Child("Pending")) {
    Pending pending;
    const std::string_view verb = item->String("Verb");
    if (verb != Name(Verb::kInstall) && verb != Name(Verb::kUninstall)) item->Refuse("Verb", "is none");
    pending.verb = verb == Name(Verb::kUninstall) ? Verb::kUninstall : Verb::kInstall;
    pending.name = item->String("Name");
    pending.folder = item->String("Folder");
    pending.force = item->BoolOr("Force", false);
    pending.attempts = static_cast<int>(item->IntOr("Attempts", 0, 0, 1'000'000));
    if (!package::IsName(pending.name)) item->Refuse("Name", "is no name of a package");
    if (!package::IsInnerPath(pending.folder)) item->Refuse("Folder", "is no name of a folder");
    out.pending = std::move(pending);
  }
  if (!in.status()) return in.Error();
  return out;
}

std::string WriteDatabase(const Database& database) {
  json::Object out;
  json::Array list;
  for (const auto& [name, one] : database.installed) {
    json::Object item;
    item["Name"] = name;
    item["Version"] = one.version;
    item["Sequence"] = one.sequence;
    item["Folder"] = one.folder;
    item["Since"] = one.since;
    json::Array dependencies;
    for (const package::Dependency& dependency : one.dependencies) {
      json::Object each;
      each["Name"] = dependency.name;
      each["Version"] = dependency.version;
      dependencies.push_back(std::move(each));
    }
    item["Dependencies"] = std::move(dependencies);
    list.push_back(std::move(item));
  }
  out["Installed"] = std::move(list);
  json::Array highest;
  for (const auto& [name, sequence] : database.highest) {
    json::Object item;
    item["Name"] = name;
    item["Sequence"] = sequence;
    highest.push_back(std::move(item));
  }
  out["Highest"] = std::move(highest);
  json::Array untold;
  for (const auto& [name, told] : database.untold) {
    json::Object item;
    item["Name"] = name;
    item["Version"] = told.version;
    item["Removed"] = told.removed;
    untold.push_back(std::move(item));
  }
  out["Untold"] = std::move(untold);
  if (database.pending) {
    json::Object item;
    item["Verb"] = Name(database.pending->verb);
    item["Name"] = database.pending->name;
    item["Folder"] = database.pending->folder;
    item["Force"] = database.pending->force;
    item["Attempts"] = database.pending->attempts;
    out["Pending"] = std::move(item);
  }
  const std::string body = json::Write(out) + "\n";
  return std::string(kMark) + std::string(kFormat) + " " + Sha256Hex(body) + "\n" + body;
}

std::vector<std::string> DependentsOf(const Database& database, const std::string& name) {
  std::vector<std::string> dependents;
  for (const auto& [other, one] : database.installed) {
    for (const package::Dependency& dependency : one.dependencies) {
      if (dependency.name != name) continue;
      dependents.push_back(other);
      break;
    }
  }
  return dependents;
}

}  // namespace assist::agent::package_installer
