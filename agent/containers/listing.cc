#include "agent/containers/listing.h"

#include "protocol/json/json.h"
#include "protocol/json/reader.h"

namespace assist::agent::containers {
namespace {

constexpr std::string_view kPodName = "io.kubernetes.pod.name";
constexpr std::string_view kPodNamespace = "io.kubernetes.pod.namespace";

}  // namespace

Result<std::vector<Container>> ParseDockerList(std::string_view json) {
  Result<json::Value> value = json::Parse(json);
  if (!value) return Forward(value);
  const json::Array* const list = value->if_array();
  if (list == nullptr) return Fail(Errc::kInvalid, "the list of containers is no array");
  std::vector<Container> containers;
  for (const json::Value& item : *list) {
    json::Reader in(item);
    Container container;
    container.id = in.String("Id");
    container.state = in.StringOr("State", "");
    container.running = container.state == "running";
    for (std::string& name : in.Strings("Names")) {
      if (name.starts_with('/')) name.erase(0, 1);
      container.names.push_back(std::move(name));
    }
    if (!in.status()) return in.Error();
    containers.push_back(std::move(container));
  }
  return containers;
}

Result<std::vector<Container>> ParseCriList(std::string_view json) {
  Result<json::Object> object = json::ParseObject(json);
  if (!object) return Forward(object);
  json::Reader in(*object);
  std::vector<Container> containers;
  in.Each("containers", [&containers](json::Reader& item) {
    Container container;
    container.id = item.String("id");
    container.state = item.StringOr("state", "");
    container.running = container.state == "CONTAINER_RUNNING";
    if (auto about = item.Child("metadata")) {
      const std::string name(about->StringOr("name", ""));
      if (!name.empty()) container.names.push_back(name);
    }
    auto labels = item.Child("labels");
    if (labels && !container.names.empty()) {
      const std::string pod(labels->StringOr(kPodName, ""));
      const std::string space(labels->StringOr(kPodNamespace, ""));
      if (!pod.empty()) container.names.push_back(pod + "/" + container.names[0]);
      if (!pod.empty() && !space.empty()) container.names.push_back(space + "/" + container.names[1]);
    }
    containers.push_back(std::move(container));
  });
  if (!in.status()) return in.Error();
  return containers;
}

std::string DockerMessage(std::string_view body) {
  Result<json::Object> object = json::ParseObject(body);
  if (object) {
    json::Reader in(*object);
    const std::string_view message = in.StringOr("message", "");
    if (in.status() && !message.empty()) return std::string(message);
  }
  return std::string(body);
}

}  // namespace assist::agent::containers
