#include "agent/service/root_folder.h"

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <utility>

#include "agent/service/machine.h"
#include "agent/service/update_files.h"
#include "common/files/files.h"
#include "common/runtime/own_program.h"

namespace assist::agent::service {
namespace {

std::string LockPath(const std::string& root) { return root + "/run/lock"; }
std::string StatusPath(const std::string& root) { return root + "/run/status.json"; }
std::string PidPath(const std::string& root) { return root + "/run/pid"; }

}  // namespace

Result<RootFolder> RootFolder::Open(const std::string& root) {
  constexpr std::array<std::pair<const char*, unsigned>, 5> kFolders{
      {{"", kRootMode}, {"/run", 0700}, {"/identity", 0700}, {"/journal", 0700}, {"/tasks", kRootMode}}};
  for (const auto& [folder, mode] : kFolders) {
    if (Status taken = TakeFolder(root + folder, mode); !taken) return Forward(taken);
  }
  Result<FileLock> lock = FileLock::TakeSoon(LockPath(root));
  if (!lock && lock.error().code == Errc::kConflict) {
    return Fail(Errc::kConflict,
                "an assist-agent runs with the folder " + root + " already; several on one machine need a --root each");
  }
  if (!lock) {
    return Fail(lock.error().code, lock.error().detail + "; run as root, or name a folder of your own with --root");
  }
  // The note of the agent before says how that one was doing. Who finds the lock taken reads it as ours.
  for (const std::string& path : {StatusPath(root), RestartWord(root)}) {
    if (Status removed = RemoveFile(path); !removed) return Forward(removed);
  }
  // Nothing of the agent's own work needs it: on a full disk it serves all the same.
  static_cast<void>(WriteFileAtomically(PidPath(root), std::to_string(OwnProcessId()) + "\n", 0600));
  return RootFolder(root, std::move(*lock));
}

bool RootFolder::IsLocked(const std::string& root) { return FileLock::IsTaken(LockPath(root)); }

void RootFolder::ForgetStatus(const std::string& root) {
  const Result<FileLock> lock = FileLock::Take(LockPath(root));
  if (lock) static_cast<void>(RemoveFile(StatusPath(root)));
}

std::int64_t RootFolder::ReadPid(const std::string& root) {
  const Result<std::string> text = ReadFile(PidPath(root), 64);
  std::int64_t pid = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), pid);
  return pid;
}

Status RootFolder::WriteStatus(const StatusNote& note) const {
  boost::json::object json;
  json["Connected"] = note.connected;
  json["Since"] = note.since;
  json["Version"] = note.version;
  json["Pid"] = note.pid;
  json["Problem"] = note.problem;
  json["Run"] = note.run;
  json["Slot"] = note.slot;
  json["Installed"] = note.installed;
  json["Service"] = note.service;
  json["Beat"] = note.beat;
  return WriteFileAtomically(StatusPath(root_), boost::json::serialize(json) + "\n", 0600);
}

std::optional<StatusNote> RootFolder::ReadStatus(const std::string& root) {
  Result<std::string> text = ReadFile(StatusPath(root), 65536);
  if (!text) return std::nullopt;
  boost::system::error_code error;
  const boost::json::value json = boost::json::parse(*text, error);
  if (error || !json.is_object()) return std::nullopt;
  const boost::json::object& object = json.get_object();
  const auto text_of = [&](const char* name) {
    const boost::json::value* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  StatusNote note;
  const boost::json::value* connected = object.if_contains("Connected");
  note.connected = connected != nullptr && connected->is_bool() && connected->get_bool();
  const boost::json::value* pid = object.if_contains("Pid");
  note.pid = pid != nullptr && pid->is_int64() ? pid->get_int64() : 0;
  const boost::json::value* beat = object.if_contains("Beat");
  note.beat = beat != nullptr && beat->is_int64() ? beat->get_int64() : 0;
  note.since = text_of("Since");
  note.version = text_of("Version");
  note.problem = text_of("Problem");
  note.run = text_of("Run");
  note.slot = text_of("Slot");
  note.installed = text_of("Installed");
  const boost::json::value* service = object.if_contains("Service");
  note.service = service != nullptr && service->is_bool() && service->get_bool();
  return note;
}

}  // namespace assist::agent::service
