#include "agent/service/trust_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <utility>

#include "agent/service/machine.h"
#include "agent/service/settings.h"
#include "agent/trust/publishers.h"
#include "agent/trust/store/publisher_store.h"
#include "protocol/package/envelope.h"

namespace assist::agent::service {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr const char* kBoth = "packages,agent";

int Complain(const Error& error) {
  std::fprintf(stderr, "assist-agent: %s\n", error.detail.c_str());
  return error.code == Errc::kInvalid ? kUsage : kFailed;
}

Result<trust::Publisher> Read(const std::string& key, const std::string& name, const std::string& words) {
  trust::Publisher publisher;
  Result<package::PublisherKey> parsed = package::ParsePublisherKey(key);
  if (!parsed) return Fail(Errc::kInvalid, "\"" + key + "\": " + parsed.error().detail);
  publisher.key = std::move(*parsed);
  publisher.name = name;
  if (Status purpose = trust::ParseFor(words, publisher); !purpose) {
    return Fail(Errc::kInvalid, "--for: " + purpose.error().detail);
  }
  return publisher;
}

Status Change(const std::string& root, const std::string& verb, const std::string& which,
              std::vector<trust::Publisher> more) {
  if (Status taken = TakeFolder(root, kRootMode); !taken) return taken;
  const trust::PublisherStore store(root);
  Result<trust::Publishers> publishers = store.Load();
  if (!publishers) return Forward(publishers);
  for (trust::Publisher& one : more) {
    if (Status added = trust::Add(std::move(one), *publishers); !added) return added;
  }
  if (verb == "remove") {
    if (Status removed = trust::Remove(which, *publishers); !removed) return removed;
  }
  return store.Save(*publishers);
}

int List(const std::string& root, bool json) {
  Result<trust::Publishers> publishers = trust::PublisherStore(root).Load();
  if (!publishers) return Complain(publishers.error());
  if (json) {
    std::printf("%s", trust::WritePublishers(*publishers).c_str());
    return 0;
  }
  if (publishers->empty()) {
    std::printf("no publisher is pinned: no package and no release is taken (assist-agent trust add ed25519:…)\n");
  }
  for (const trust::Publisher& one : *publishers) {
    std::printf("%s  %s  %s  %s\n", package::FormatKey(one.key).c_str(), package::KeyId(one.key).c_str(),
                trust::ForWords(one).c_str(), one.name.c_str());
  }
  return 0;
}

}  // namespace

TrustCommand::TrustCommand(CLI::App& app) : for_(kBoth), root_(kDefaultRoot) {
  trust_ = app.add_subcommand("trust", "Publishers whose packages and releases this machine takes");
  trust_->require_subcommand(1);
  CLI::App* add = trust_->add_subcommand("add", "Pin a publisher's key, or change what a pinned one is for");
  add->add_option("key", key_, "ed25519:…")->required();
  add->add_option("--name", name_, "For people");
  add->add_option("--for", for_, "packages, agent, or both")->capture_default_str();
  CLI::App* list = trust_->add_subcommand("list", "Key, key id, purposes and name of each");
  list->add_flag("--json", json_, "Print JSON");
  CLI::App* remove = trust_->add_subcommand("remove", "Pin it no longer; what it published stays installed");
  remove->add_option("publisher", key_, "Key, key id or name")->required();
  for (CLI::App* command : {add, list, remove}) {
    command->add_option("--root", root_, "Folder of this agent's files")->capture_default_str();
    command->callback([this, command] { verb_ = command->get_name(); });
  }
}

bool TrustCommand::parsed() const { return trust_->parsed(); }

int TrustCommand::Run() const {
  Result<AgentSettings> settings = LoadSettings(root_);
  if (!settings) return Complain(settings.error());
  if (verb_ == "list") return List(settings->root, json_);
  std::vector<trust::Publisher> more;
  if (verb_ == "add") {
    Result<trust::Publisher> one = Read(key_, name_, for_);
    if (!one) return Complain(one.error());
    more.push_back(std::move(*one));
  }
  Status changed = Change(settings->root, verb_, key_, std::move(more));
  return changed ? 0 : Complain(changed.error());
}

Status CheckPublisherKeys(const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    if (Result<trust::Publisher> one = Read(key, "", kBoth); !one) {
      return Fail(Errc::kInvalid, "--publisher-key " + one.error().detail);
    }
  }
  return {};
}

Status PinPublishers(const std::string& root, const std::vector<std::string>& keys) {
  if (keys.empty()) return {};
  std::vector<trust::Publisher> more;
  for (const std::string& key : keys) {
    Result<trust::Publisher> one = Read(key, "", kBoth);
    if (!one) return Forward(one);
    more.push_back(std::move(*one));
  }
  return Change(root, "add", "", std::move(more));
}

}  // namespace assist::agent::service
