#include "agent/service/local_agent.h"

#include "agent/service/programs.h"
#include "agent/service/root_folder.h"
#include "agent/service/settings.h"
#include "agent/service/update_files.h"
#include "common/files/files.h"
#include "protocol/json/json.h"
#include "protocol/json/reader.h"

namespace assist::agent::service {
namespace {

constexpr std::chrono::seconds kSelfCheckPatience{60};
constexpr std::chrono::seconds kServicePatience{60};

}  // namespace

LocalAgent::LocalAgent(std::string root, std::string self) : root_(std::move(root)), installed_(std::move(self)) {}

asio::awaitable<update::AgentSeen> LocalAgent::Look() {
  update::AgentSeen seen;
  seen.running = RootFolder::IsLocked(root_);
  if (!seen.running) co_return seen;
  seen.pid = RootFolder::ReadPid(root_);
  std::optional<StatusNote> note = RootFolder::ReadStatus(root_);
  if (!note) co_return seen;
  seen.noted = true;
  seen.slot = std::move(note->slot);
  seen.version = std::move(note->version);
  seen.run = std::move(note->run);
  seen.connected = note->connected;
  seen.beat = note->beat;
  seen.problem = std::move(note->problem);
  if (!note->installed.empty()) installed_ = std::move(note->installed);
  service_ = note->service;
  co_return seen;
}

asio::awaitable<Status> LocalAgent::AskRestart() {
  Status written = WriteFileAtomically(RestartWord(root_), "restart\n", 0600);
  if (!written) co_return written;
  const std::int64_t pid = RootFolder::ReadPid(root_);
  if (!RootFolder::IsLocked(root_)) co_return Fail(Errc::kNotFound, "no agent runs");
  co_return Nudge(pid);
}

asio::awaitable<Status> LocalAgent::Kill(std::string slot) {
  Status all;
  // The holder of the lock, and one that has not come so far. Each is looked at again before it is ended.
  for (const std::int64_t pid : {RootFolder::ReadPid(root_), LaunchedPid(root_)}) {
    Status ended = EndIfFrom(pid, SlotPath(root_, slot));
    if (!ended) all = std::move(ended);
  }
  co_return all;
}

asio::awaitable<Status> LocalAgent::Start() {
  bool service = service_;
  if (!service && root_ == kDefaultRoot) {
    const Result<Finished> status = RunProgram({installed_, "service", "status"}, kServicePatience);
    service = status && (status->exit == 0 || status->exit == 3);  // 4: it is not installed as one
  }
  if (service) {
    const Result<Finished> started = RunProgram({installed_, "service", "start"}, kServicePatience);
    if (started && started->exit == 0) co_return Status();
  }
  co_return StartDetached({installed_, "run", "--root", root_}, root_ + "/run/agent.log");
}

asio::awaitable<update::Outcome<std::string>> LocalAgent::Run(std::string slot) {
  using package::Refusal;
  const std::string program = slot.empty() ? installed_ : SlotProgram(root_, slot);
  const Result<Finished> ran = RunProgram({program, "self-check", "--root", root_, "--json"}, kSelfCheckPatience);
  if (!ran) {
    const Errc code = ran.error().code;
    const Refusal word = code == Errc::kInvalid  ? Refusal::kWrongPlatform
                         : code == Errc::kDenied ? Refusal::kNotSupported
                                                 : Refusal::kVerifyFailed;
    co_return update::Refuse(word, ran.error().detail);
  }
  const Result<json::Object> report = json::ParseObject(ran->output, 8);
  if (!report) {
    co_return update::Refuse(Refusal::kVerifyFailed, "its self-check ended with " + std::to_string(ran->exit) +
                                                         " and said nothing that is understood");
  }
  json::Reader in(*report);
  const bool good = in.Bool("Ok");
  const std::string version(in.String("Version"));
  const std::string problem(in.StringOr("Problem", ""));
  if (!in.status()) co_return update::Refuse(Refusal::kVerifyFailed, "its self-check: " + in.status().error().detail);
  if (!good || ran->exit != 0) co_return update::Refuse(Refusal::kVerifyFailed, "its self-check: " + problem);
  co_return version;
}

std::string LocalAgent::InstalledVersion() {
  const std::optional<StatusNote> note = RootFolder::ReadStatus(root_);
  if (note && !note->installed.empty()) installed_ = note->installed;
  const Result<Finished> ran = RunProgram({installed_, "--version"}, kServicePatience);
  if (!ran || ran->exit != 0) return {};
  return ran->output.substr(0, ran->output.find_first_of("\r\n"));
}

}  // namespace assist::agent::service
