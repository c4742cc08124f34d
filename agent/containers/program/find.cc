#include "agent/containers/program/find.h"

#include <sys/stat.h>

#include <optional>
#include <utility>

#include "agent/containers/choose.h"
#include "agent/containers/listing.h"
#include "agent/containers/program/child.h"
#include "agent/containers/program/docker_client.h"

namespace assist::agent::containers {
namespace {

constexpr std::chrono::seconds kOnePatience{20};

bool IsThere(const std::string& socket) {
  struct stat info {};
  return !socket.empty() && ::stat(socket.c_str(), &info) == 0;
}

std::string OneLine(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  for (char& c : text) c = c == '\n' ? ' ' : c;
  return text;
}

Result<std::vector<Container>> CriList(const std::string& crictl, const std::string& socket, TimePoint deadline) {
  Result<Finished> finished =
      RunToEnd({crictl, "--runtime-endpoint", "unix://" + socket, "ps", "--all", "--output", "json"}, deadline);
  if (!finished && finished.error().code == Errc::kNotFound) {
    return Fail(Errc::kUnavailable, "the program " + crictl + " is not there, and it is needed for this runtime");
  }
  if (!finished) return Forward(finished);
  if (finished->code != 0) return Fail(Errc::kUnavailable, OneLine(finished->errors));
  return ParseCriList(finished->output);
}

Trouble TroubleOf(const std::string& socket, const Error& error) {
  const std::string why = socket + ": " + error.detail;
  if (error.code == Errc::kExpired) return {false, "ContainerRuntimeTimeout", why};
  if (error.code == Errc::kUnavailable) {
    return {true, "ContainerConnectFailed", "Unable to connect to container to invoke command. " + why};
  }
  return {false, "ContainerRuntimeInternalError", why};
}

}  // namespace

Outcome<Target> Find(const Places& places, const std::string& id, const std::string& name) {
  const Outcome<Wanted> wanted = ParseWanted(id, name);
  if (!wanted) return tl::unexpected<Trouble>(wanted.error());
  const TimePoint end = In(kFindPatience);
  std::vector<std::pair<Runtime, std::string>> runtimes;
  if (wanted->only != Runtime::kCri && IsThere(places.docker)) runtimes.emplace_back(Runtime::kDocker, places.docker);
  for (const std::string& socket : places.cri) {
    if (wanted->only != Runtime::kDocker && IsThere(socket)) runtimes.emplace_back(Runtime::kCri, socket);
  }
  std::optional<Trouble> trouble;
  bool answered = false;
  for (const auto& [runtime, socket] : runtimes) {
    const TimePoint deadline = std::min(end, In(kOnePatience));
    const Result<std::vector<Container>> list =
        runtime == Runtime::kDocker ? DockerClient(socket).List(deadline) : CriList(places.crictl, socket, deadline);
    if (!list) {
      if (!trouble) trouble = TroubleOf(socket, list.error());
      continue;
    }
    answered = true;
    const Outcome<std::optional<std::string>> chosen = Choose(*wanted, *list);
    if (!chosen) return tl::unexpected<Trouble>(chosen.error());
    if (*chosen) return Target{runtime, socket, **chosen};
  }
  if (answered) {
    std::string why = "No container on this machine has this id or name.";
    if (trouble) why += " Not looked at: " + trouble->why;
    return Refuse("ContainerNotFound", std::move(why));
  }
  if (trouble) return tl::unexpected<Trouble>(std::move(*trouble));
  return Refuse("ContainerConnectFailed",
                "Unable to connect to container to invoke command. No available container runtime to find container "
                "for executing command");
}

}  // namespace assist::agent::containers
