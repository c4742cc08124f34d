// An agent's fetch (agent-protocol.md, 9; design.md, sections 1 and 4). Deliveries are numbered and marked, and that is
// committed before the list goes out.
#pragma once

#include <map>

#include "common/base/secret.h"
#include "server/control/context.h"
#include "server/model/entities.h"

namespace assist::server::control {

struct FetchTasksIn {
  InstanceId machine;                   ///< Whose signature was verified.
  std::optional<std::string> key_hash;  ///< By which key: HasKey() of register_machine.h.
  bool startup = false;                 ///< reason=startup: first fetch of an agent's process.
  bool cold_start = false;              ///< The first since the machine booted (stock agents: EveryReboot).
  std::string time_zone;  ///< Of the agent; empty: not told. Where expressions without a zone are evaluated.
  /// currentTime of the request (ms): repeats of one fetch carry the same, so they are the same run. It also orders the
  /// startup fetches of our agent: one that is not younger than the youngest seen is a late copy. 0: not told.
  std::int64_t agent_time_ms = 0;
  /// When the last wake was sent to it; empty: none was, as far as is known.
  std::optional<SystemTime> woken;
  /// X-Assist-Delivery: highest number this agent has had; only ours sends it.
  std::optional<std::int64_t> highest_delivery;
  // The agent says so: X-Assist-Can; only ours can.
  bool keeps_budgets = false;
  bool takes_packages = false;  ///< Orders about packages (model/agent_order.h).
  bool takes_releases = false;  ///< Orders about its own release.
  /// A C++ agent (agent-protocol.md, 21 and 22): it knows neither users, containers, parameters, reboots nor schedules
  /// other than cron of six fields, and tells nothing of its runs, so it gets a task once.
  bool cpp = false;
  /// What is asked for: those of 2018 ask for each kind apart.
  enum class Which : std::uint8_t { kAll, kRuns, kStops, kSchedules };
  Which which = Which::kAll;
  /// Schedules that the agent may have already are wanted too; it knows them by their ids.
  bool all_schedules = false;
};
/// Of a schedule, for our agent.
struct SchedulePart {
  model::MissedPolicy missed = model::MissedPolicy::kSkip;
  model::OverlapPolicy overlap = model::OverlapPolicy::kSkip;
  std::chrono::seconds splay{0};
  /// For an agent that does not know the schedule (any more): number of its next occurrence, and the time up to which
  /// the server has heard of occurrences (empty: of none).
  std::int64_t next_occurrence = 1;
  std::optional<SystemTime> heard_until;
};
/// An entry of `run`. The wire's taskID is `invocation`.
struct RunEntry {
  InvokeId invocation;
  std::int64_t delivery = 0;  ///< For the member `assist` of the entry.
  bool asked = false;         ///< Nothing was heard of it for long: a question, without a script.
  std::int64_t version = 0;   ///< invokeVersion
  model::CommandType type = model::CommandType::kRunShellScript;
  CommandId command;
  std::string command_name;
  Secret<std::string> content;  ///< Bytes; the wire has them in Base64.
  std::chrono::seconds timeout{60};
  std::string working_dir;
  std::string username;
  std::string windows_password_name;
  std::string launcher;
  std::string container_id;
  std::string container_name;
  model::TerminationMode termination_mode = model::TerminationMode::kDefault;
  bool enable_parameter = false;
  std::map<std::string, std::string> builtins;  ///< RegionId, AccountId, InstanceName; only with enable_parameter.
  model::RepeatMode repeat_mode = model::RepeatMode::kOnce;
  std::string cron;  ///< As agents are given it; empty for reboots and run-once.
  SystemTime created{};
  std::optional<SchedulePart> schedule;  ///< With every repeat_mode but kOnce.
  model::Budgets budgets;
};
/// An entry of `file`. The wire's taskID is `invocation`.
struct FileEntry {
  InvokeId invocation;
  std::int64_t delivery = 0;  ///< For the member `assist` of the entry.
  model::FileTerms file;
  Secret<std::string> content;  ///< Bytes; the wire has them in Base64.
  std::chrono::seconds timeout{60};
};
/// An entry of `stop`.
struct StopEntry {
  InvokeId invocation;
  std::int64_t version = 0;
  model::RepeatMode repeat_mode = model::RepeatMode::kOnce;
  std::string cron;
  model::TerminationMode termination_mode = model::TerminationMode::kDefault;
};
struct FetchTasksOut {
  std::vector<RunEntry> run;
  std::vector<StopEntry> stop;
  std::vector<FileEntry> file;
  bool ours = false;  ///< The machine runs our agent.
  /// There is more than fits into this list: wake the agent again after its answers.
  bool more = false;
  std::int64_t output_bytes = 0;  ///< logQuota for the entries.
};
/// Our agent gets again what is delivered but not accepted. A stock agent gets a task again only in the same run of its
/// process, while no report has come, and never a container task or one that names a secret; after its `startup` fetch
/// what an earlier run was given becomes unknown, unless the invocation is repeatable. A file it writes as soon as it
/// gets it: that counts as the start, and it does not go out again. Reason Machine.Gone: unknown or deregistered.
Result<FetchTasksOut> FetchTasks(store::Tx& tx, Context& context, const FetchTasksIn& in);

/// Which of these machines have something to fetch (undelivered, or a stop not answered): for wakes after a restart and
/// for repeats. At most 2,000 at a time.
struct FindWorkIn {
  std::vector<InstanceId> machines;
};
struct FindWorkOut {
  std::vector<InstanceId> with_work;
};
Result<FindWorkOut> FindWork(store::ReadTx& tx, const ReadContext& context, const FindWorkIn& in);

}  // namespace assist::server::control
