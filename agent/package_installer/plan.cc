#include "agent/package_installer/plan.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "agent/artifact/refuse.h"
#include "protocol/package/version.h"

namespace assist::agent::package_installer {
namespace {

using package::Manifest;
using package::Refusal;

enum class Mark : std::uint8_t { kNew, kOpen, kDone };

std::string Words(const package::Dependency& dependency) {
  return dependency.name + (dependency.version.empty() ? "" : " " + dependency.version);
}

/// A walk over what needs what. Its depth is at most the number of offered manifests.
class Walk {
 public:
  Walk(const std::vector<Manifest>& offered, const Database& database)
      : offered_(offered), database_(database), marks_(offered.size(), Mark::kNew) {}

  Status Visit(std::size_t at) {
    if (marks_[at] == Mark::kDone) return {};
    if (marks_[at] == Mark::kOpen) {
      return artifact::Refuse(Refusal::kDependency, "the packages need each other in a circle: " + offered_[at].name);
    }
    marks_[at] = Mark::kOpen;
    for (const package::Dependency& dependency : offered_[at].dependencies) {
      if (Status met = Meet(offered_[at], dependency); !met) return met;
    }
    marks_[at] = Mark::kDone;
    order_.push_back(at);
    return {};
  }
  [[nodiscard]] const std::vector<std::size_t>& order() const noexcept { return order_; }

 private:
  Status Meet(const Manifest& who, const package::Dependency& dependency) {
    const auto is = [&](const Manifest& one) {
      return one.name == dependency.name && package::Satisfies(one.version, dependency.version);
    };
    const auto found = std::find_if(offered_.begin(), offered_.end(), is);
    const auto at = static_cast<std::size_t>(found - offered_.begin());
    const auto installed = database_.installed.find(dependency.name);
    const bool there =
        installed != database_.installed.end() && package::Satisfies(installed->second.version, dependency.version);
    // One that is on its way already is looked at even when the installed one would do: a circle is one anyway.
    if (there && (found == offered_.end() || marks_[at] == Mark::kNew)) return {};
    if (found != offered_.end()) return Visit(at);
    std::string why = who.name + " " + who.version + " needs " + Words(dependency);
    if (installed != database_.installed.end()) why += "; installed is " + installed->second.version;
    return artifact::Refuse(Refusal::kDependency, why + ", and none that fits is offered");
  }

  const std::vector<Manifest>& offered_;
  const Database& database_;
  std::vector<Mark> marks_;
  std::vector<std::size_t> order_;
};

}  // namespace

Result<std::vector<std::size_t>> PlanInstall(const std::vector<Manifest>& offered, const Database& database) {
  Walk walk(offered, database);
  if (Status visited = walk.Visit(0); !visited) return Forward(visited);
  const auto version_after = [&](const std::string& name) -> std::optional<std::string> {
    for (const std::size_t at : walk.order()) {
      if (offered[at].name == name) return offered[at].version;
    }
    return std::nullopt;
  };
  for (const auto& [name, one] : database.installed) {
    if (version_after(name)) continue;  // its needs are those of the new one
    for (const package::Dependency& dependency : one.dependencies) {
      const auto version = version_after(dependency.name);
      if (!version || package::Satisfies(*version, dependency.version)) continue;
      return artifact::Refuse(Refusal::kDependency, name + " " + one.version + ", which is installed, needs " +
                                                        Words(dependency) + "; " + *version + " would break it");
    }
  }
  return walk.order();
}

}  // namespace assist::agent::package_installer
