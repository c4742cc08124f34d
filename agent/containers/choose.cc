#include "agent/containers/choose.h"

#include <algorithm>

#include "protocol/encoding/hex.h"

namespace assist::agent::containers {
namespace {

constexpr std::size_t kIdDigits = 64;

char Lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool IsNameCharacter(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' ||
         c == '-' || c == '/';
}

bool HasName(const Container& container, const std::string& name) {
  return std::find(container.names.begin(), container.names.end(), name) != container.names.end();
}

}  // namespace

Outcome<Wanted> ParseWanted(std::string_view id, std::string_view name) {
  Wanted wanted;
  if (const std::size_t mark = id.find("://"); mark != std::string_view::npos) {
    const std::string_view runtime = id.substr(0, mark);
    if (runtime == "docker") {
      wanted.only = Runtime::kDocker;
    } else if (runtime == "containerd" || runtime == "cri-o") {
      wanted.only = Runtime::kCri;
    } else {
      return Refuse("UnsupportedContainerRuntime",
                    "The container runtime specified in the containerId is not supported.");
    }
    id.remove_prefix(mark + 3);
    if (id.empty()) return Refuse("InvalidContainerId", "The containerId names a runtime and no container.");
  }
  if (id.size() > kIdDigits || !std::all_of(id.begin(), id.end(), [](char c) { return encoding::HexValue(c) >= 0; })) {
    return Refuse("InvalidContainerId", "A containerId has hexadecimal digits only, at most 64.");
  }
  if (!std::all_of(name.begin(), name.end(), IsNameCharacter)) {
    return Refuse("InvalidContainerName", "A containerName has letters, digits, \"_\", \".\", \"-\" and \"/\" only.");
  }
  wanted.id = id;
  std::transform(wanted.id.begin(), wanted.id.end(), wanted.id.begin(), Lower);
  wanted.name = name;
  return wanted;
}

Outcome<std::optional<std::string>> Choose(const Wanted& wanted, const std::vector<Container>& containers) {
  std::vector<const Container*> found;
  for (const Container& container : containers) {
    if (wanted.id.empty() ? HasName(container, wanted.name) : container.id.starts_with(wanted.id)) {
      found.push_back(&container);
    }
  }
  if (found.empty()) return std::nullopt;
  if (wanted.id.empty()) {
    // A container of Kubernetes that was started anew leaves the ended one behind, under the same name.
    const auto is_running = [](const Container* container) { return container->running; };
    if (std::any_of(found.begin(), found.end(), is_running)) {
      std::erase_if(found, [&](const Container* container) { return !is_running(container); });
    } else {
      found.resize(1);
    }
    if (found.size() > 1) {
      return Refuse("ContainerNameDuplicated", "Several running containers have this name; give the containerId.");
    }
  } else if (found.size() > 1) {
    return Refuse("InvalidContainerId", "Several containers have an id with this beginning.");
  } else if (!wanted.name.empty() && !HasName(*found[0], wanted.name)) {
    return Refuse("ContainerNameAndIdNotMatch", "The container with this id has another name.");
  }
  if (!found[0]->running) return Refuse("ContainerStateAbnormal", "The container is not running: " + found[0]->state);
  return found[0]->id;
}

}  // namespace assist::agent::containers
