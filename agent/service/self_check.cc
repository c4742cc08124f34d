#include "agent/service/self_check.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <optional>

#include "agent/identity/identity.h"
#include "agent/journal/file_reader.h"
#include "agent/service/machine.h"
#include "agent/service/run_to_end.h"
#include "agent/service/settings.h"
#include "agent/service/update_files.h"
#include "agent/service/version.h"
#include "common/files/files.h"
#include "common/runtime/thread_blocking_pool.h"

namespace assist::agent::service {
namespace {

asio::awaitable<Result<std::size_t>> ReadJournal(disk::Disk& disk) {
  std::size_t records = 0;
  auto names = co_await disk.List("journal");
  if (!names && names.error().code == Errc::kNotFound) co_return records;
  if (!names) co_return Forward(names);
  std::string newest;  // six digits, then more of them: an older file is one that is about to be removed
  for (const std::string& name : *names) {
    const bool later = name.size() > newest.size() || (name.size() == newest.size() && name > newest);
    if (name.ends_with(".log") && later) newest = name;
  }
  if (newest.empty()) co_return records;
  journal::FileReader reader(disk, "journal/" + newest);
  auto readable = co_await reader.Open();
  if (!readable && readable.error().code == Errc::kNotFound) co_return records;  // written anew meanwhile
  if (!readable) co_return Forward(readable);
  if (!*readable) co_return Fail(Errc::kInvalid, "journal/" + newest + " is of no format that this version knows");
  for (;;) {
    auto item = co_await reader.Next();
    if (!item) co_return Forward(item);
    if (!*item) break;
    ++records;
  }
  // An unreadable end may be a record that is just being written.
  if (reader.damaged_bytes() > 0) {
    co_return Fail(Errc::kInvalid, "this version cannot read " + std::to_string(reader.damaged_bytes()) +
                                       " bytes in the middle of journal/" + newest);
  }
  co_return records;
}

asio::awaitable<std::optional<Result<std::size_t>>> ReadJournalOnce(disk::Disk& disk) {
  std::optional<Result<std::size_t>> out;
  out.emplace(co_await ReadJournal(disk));
  co_return out;
}

Status CheckPrograms(const AgentSettings& settings) {
  if (!Exists(settings.supervisor)) return Fail(Errc::kNotFound, settings.supervisor + " is missing");
  Result<Finished> runs = RunProgram({settings.supervisor}, std::chrono::seconds(10));
  // Without a task it says how it is called, and ends; that it runs is what counts.
  if (!runs) return Forward(runs);
  return {};
}

}  // namespace

Result<SelfCheckReport> CheckSelf(const std::string& root) {
  SelfCheckReport report;
  report.version = kVersion;
  if (Status usable = CheckMachine(); !usable) return Forward(usable);
  Result<AgentSettings> settings = LoadSettings(root);
  if (!settings) return Forward(settings);
  Result<identity::Identity> identity = identity::IdentityStore(settings->root).Load();
  if (!identity) return Forward(identity);
  report.instance = identity->instance_id.str();
  if (Status programs = CheckPrograms(*settings); !programs) return Forward(programs);
  ThreadBlockingPool pool(1, "check");
  const std::unique_ptr<disk::Disk> disk = MakeDisk(settings->root, pool);
  std::optional<Result<std::size_t>> records = RunToEnd(ReadJournalOnce(*disk));
  if (!*records) return Forward(*records);
  report.records = **records;
  return report;
}

int RunSelfCheck(const std::string& root, bool as_json) {
  const Result<SelfCheckReport> report = CheckSelf(root);
  const std::string problem = report ? "" : report.error().detail;
  if (as_json) {
    boost::json::object json;
    json["Ok"] = report.has_value();
    json["Version"] = kVersion;
    json["Problem"] = problem;
    json["InstanceId"] = report ? report->instance : "";
    json["JournalRecords"] = report ? report->records : 0;
    std::printf("%s\n", boost::json::serialize(json).c_str());
  } else if (report) {
    std::printf("version %s: good; %s, %zu records in the journal\n", kVersion, report->instance.c_str(),
                report->records);
  } else {
    std::fprintf(stderr, "assist-agent: version %s cannot serve this root: %s\n", kVersion, problem.c_str());
  }
  return report ? 0 : 1;
}

}  // namespace assist::agent::service
