#include "server/service/backup_command.h"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <utility>

#include "common/posix/file.h"
#include "common/runtime/system_clock.h"
#include "server/control/after_restore.h"
#include "server/control/audit.h"
#include "server/control/housekeeping.h"
#include "server/control/start_invocation.h"
#include "server/service/backup_file.h"
#include "server/service/data_folder.h"
#include "server/service/offline_store.h"

namespace assist::server::service {
namespace {

int Complain(const Error& error) {
  std::fprintf(stderr, "assist-server: %s\n", error.detail.c_str());
  return 1;
}

std::string Absolute(const std::string& path) {
  std::error_code error;
  return std::filesystem::absolute(path, error).lexically_normal().string();
}

boost::json::object Json(const BackupFacts& facts, const std::string& file) {
  boost::json::array files;
  for (const std::string& name : facts.files) files.emplace_back(name);
  return {{"File", file},
          {"CreationTime", FormatIso8601(facts.made)},
          {"Version", facts.version},
          {"Schema", facts.schema},
          {"Machines", facts.machines},
          {"Bytes", facts.bytes},
          {"Sha256", facts.sha256},
          {"Files", std::move(files)}};
}

void Print(const BackupFacts& facts, const std::string& file) {
  std::string files;
  for (const std::string& name : facts.files) files += " " + name;
  std::printf("file:      %s\nmade:      %s by assist-server %s\nstore:     schema %lld, %lld machines\nfiles:    %s\n",
              file.c_str(), FormatIso8601(facts.made).c_str(), facts.version.c_str(),
              static_cast<long long>(facts.schema), static_cast<long long>(facts.machines), files.c_str());
  std::printf("size:      %lld bytes\nsha256:    %s\n", static_cast<long long>(facts.bytes), facts.sha256.c_str());
}

control::Origin OriginOf(const BackupFacts& facts) {
  control::Origin origin;
  origin.audit = std::make_shared<control::AuditSlip>();
  origin.audit->record.source = "offline";
  origin.audit->record.action = "server.restore";
  origin.audit->record.resources = "made=" + FormatIso8601(facts.made) + " sha256=" + facts.sha256;
  return origin;
}

/// What the restored store must know of itself before anybody fetches: how many tasks are unknown now.
asio::awaitable<Result<std::int64_t>> Distrust(control::Runner& runner, control::Origin origin) {
  for (;;) {
    control::FindUnfinishedIn any;
    Result<control::FindUnfinishedOut> found = co_await runner.Read(control::FindUnfinished, std::move(any));
    if (!found) co_return Forward(found);
    if (found->invocations.empty()) break;
    for (InvokeId& invocation : found->invocations) {
      Status complete = co_await control::CompleteInvocation(runner, std::move(invocation));
      if (!complete) co_return Forward(complete);
    }
  }
  std::int64_t unknown = 0;
  control::AfterRestoreIn in;
  for (;;) {
    control::AfterRestoreIn slice = in;
    Result<control::AfterRestoreOut> out =
        co_await runner.Change(control::AfterRestore, std::move(slice), std::move(origin));
    if (!out) co_return Forward(out);
    unknown += out->unknown;
    if (!out->next) co_return unknown;
    in.after = out->next;
    origin = {};  // one row in the audit log
  }
}

/// In the folder, which is locked: the number of tasks that are unknown now.
Result<std::int64_t> Restore(const DataFolder& folder, const std::string& file, const BackupFacts& facts) {
  if (Status begun = folder.BeginRestore(); !begun) return Forward(begun);
  constexpr std::array<const char*, 4> kStore{"store.db", "store.db-wal", "store.db-shm", "store.db-journal"};
  for (const char* name : kStore) {
    if (Status removed = RemoveFile(folder.File(name)); !removed) return Forward(removed);
  }
  if (Status unpacked = UnpackBackup(file, facts, folder.path(), folder.File("store.db")); !unpacked) {
    return Forward(unpacked);
  }
  Result<std::unique_ptr<OfflineStore>> store = OfflineStore::Open(folder);
  if (!store) return Forward(store);
  Result<std::int64_t> unknown = (*store)->Run(Distrust((*store)->runner(), OriginOf(facts)));
  if (!unknown) return unknown;
  if (Status closed = (*store)->Close(); !closed) return Forward(closed);
  if (Status ended = folder.EndRestore(); !ended) return Forward(ended);
  return unknown;
}

}  // namespace

int RunBackup(const std::string& data, const std::string& file, bool json) {
  const SystemClock clock;
  const std::string target = Absolute(file);
  const Result<BackupFacts> facts = WriteBackup(Absolute(data), target, clock.Now(), ASSIST_VERSION);
  if (!facts) return Complain(facts.error());
  if (json) {
    std::printf("%s\n", boost::json::serialize(Json(*facts, target)).c_str());
    return 0;
  }
  Print(*facts, target);
  std::fprintf(
      stderr,
      "It holds the CA's key and every access key: keep it as safe as the server itself, on another machine.\n");
  return 0;
}

int RunRestore(const std::string& file, const std::string& data, bool check, bool json) {
  const std::string source = Absolute(file);
  const Result<BackupFacts> facts = CheckBackup(source);
  if (!facts) return Complain(facts.error());
  if (check) {
    if (json) {
      std::printf("%s\n", boost::json::serialize(Json(*facts, source)).c_str());
    } else {
      Print(*facts, source);
      std::printf("whole\n");
    }
    return 0;
  }
  const std::string path = Absolute(data);
  const Result<DataFolder> folder = DataFolder::OpenToRestore(path);
  if (!folder) return Complain(folder.error());
  const Result<std::int64_t> unknown = Restore(*folder, source, *facts);
  if (!unknown) return Complain(unknown.error());
  if (json) {
    boost::json::object answer = Json(*facts, source);
    answer["Data"] = path;
    answer["UnknownTasks"] = *unknown;
    std::printf("%s\n", boost::json::serialize(answer).c_str());
    return 0;
  }
  std::printf("restored into %s, as of %s\n", path.c_str(), FormatIso8601(facts->made).c_str());
  if (*unknown > 0) {
    std::printf("%lld tasks of stock agents may have run since: their outcome is unknown now\n",
                static_cast<long long>(*unknown));
  }
  std::fprintf(stderr,
               "Never run the former server again: two servers with one CA would give out the same work. Access keys "
               "that were deleted since are good again. Now: assist-server run --data %s\n",
               path.c_str());
  return 0;
}

}  // namespace assist::server::service
