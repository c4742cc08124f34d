// What a server hands to an agent: entries of the task list (agent-protocol reference, sections 9, 14, 15). Semantic
// messages, apart from the carrier that brings them (task_codec.h has the stock JSON form). Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/secret.h"
#include "common/base/time.h"

namespace assist::wire {

/// When a task runs. The names are the wire's (`Once`, `Period`, …).
enum class Repeat : std::uint8_t {
  kOnce = 0,
  kPeriod = 1,  ///< cron
  kRate = 2,
  kAt = 3,
  kNextRebootOnly = 4,
  kEveryReboot = 5,
  kUnknown = 255,  ///< A word that is none of these: stock agents drop such an entry without a report.
};
[[nodiscard]] std::string_view Name(Repeat repeat) noexcept;
[[nodiscard]] Repeat ParseRepeat(std::string_view name) noexcept;

/// What a stop and a time-out end. The names are the API's (`ProcessTree`, `Process`).
enum class Termination : std::uint8_t {
  kProcessTree = 0,  ///< The script and everything it started. Ours when nothing is said.
  kProcess = 1,      ///< The script's process only.
};
[[nodiscard]] std::string_view Name(Termination termination) noexcept;

struct OutputSettings {
  std::chrono::milliseconds interval{3000};  ///< Between output reports; agents take less than 1000 as 1000.
  std::int64_t log_quota = 24576;            ///< Bytes kept in total; stock agents take less than 12000 as 12000.
  bool skip_empty = true;                    ///< No `running` without new output (stock: one a minute at least).
  bool send_start = false;                   ///< An empty `running` when the process starts.
};

/// What an agent does about an occurrence whose time passed while it could not start it (it was down, the machine
/// slept, the clock was set). Either way the occurrence is reported as missed.
enum class MissedPolicy : std::uint8_t {
  kSkip = 0,     ///< Nothing more: the schedule goes on with its next time.
  kRunOnce = 1,  ///< One run for all that were missed, as soon as it can be.
};
[[nodiscard]] std::string_view Name(MissedPolicy policy) noexcept;  ///< Skip, RunOnce: also the API's words.
[[nodiscard]] std::optional<MissedPolicy> ParseMissedPolicy(std::string_view name) noexcept;

/// What it does about an occurrence whose time comes while the one before still runs.
enum class OverlapPolicy : std::uint8_t {
  kSkip = 0,   ///< It is missed.
  kQueue = 1,  ///< One waits until the one before has ended; those that come meanwhile are missed.
};
[[nodiscard]] std::string_view Name(OverlapPolicy policy) noexcept;  ///< Skip, Queue: also the API's words.
[[nodiscard]] std::optional<OverlapPolicy> ParseOverlapPolicy(std::string_view name) noexcept;

/// Of a schedule, for our agent. The occurrences of a schedule on a machine are numbered from 1 in the order of their
/// times; each number is used once, for a run or for one that was missed.
struct SchedulePart {
  MissedPolicy missed = MissedPolicy::kSkip;
  OverlapPolicy overlap = OverlapPolicy::kSkip;
  std::chrono::seconds splay{0};  ///< Each run begins up to this much later, by a fixed share for each machine.
  /// For an agent that does not know the schedule (any more): the number of its next occurrence, and the time up to
  /// which the server has heard of occurrences (epoch: of none). An agent that knows the schedule goes on from its own.
  std::int64_t next_occurrence = 1;
  SystemTime heard_until{};
};

/// What each run may use at most; 0: no such budget. Only for agents that say that they keep them (names.h, can).
struct BudgetPart {
  std::int64_t cpu_seconds = 0;
  std::int64_t memory_mib = 0;
  std::int64_t processes = 0;
  std::int64_t output_kib = 0;
  friend bool operator==(const BudgetPart&, const BudgetPart&) = default;
};

/// The member `assist` of an entry: what our server tells our agent beyond the stock protocol. Stock agents ignore it.
struct AssistPart {
  std::int64_t delivery = 0;  ///< Counts a machine's deliveries from 1; 0 means none was given.
  Termination termination = Termination::kProcessTree;
  std::string launcher;                  ///< Interpreter line; empty: the shell of the task's type.
  std::optional<SchedulePart> schedule;  ///< With every `repeat` but kOnce.
  std::optional<BudgetPart> budgets;
  /// A question about a task that was accepted: it has no script, runs nothing, and the agent says how the task is.
  bool asked = false;
};

/// An entry of `run`, `stop` or `test`. In `stop` only task_id, invoke_version, repeat and cron need be there.
struct TaskEntry {
  std::string task_id;              ///< The InvokeId; part of file names: letters, digits, `-`, `_`.
  std::int64_t invoke_version = 0;  ///< Raised when a schedule changes; echoed in reports.
  std::string type;                 ///< RunShellScript, RunBatScript, RunPowerShellScript; others give `invalid`.
  std::string command_id;
  std::string command_name;            ///< Prefix of the script's file name.
  Secret<std::string> content;         ///< The script as it travels: standard base64 of UTF-8 text.
  std::chrono::seconds timeout{3600};  ///< 0: no limit. On the wire a string; not a number there means 3600.
  std::string working_directory;       ///< Empty: the home of the user.
  std::string args;                    ///< Not used by any agent.
  std::string cron;                    ///< Schedule expression when `repeat` is one of kPeriod, kRate, kAt.
  std::string username;                ///< Empty: the agent's own account.
  std::string windows_password_name;   ///< Name of the secret that holds the password of `username`.
  bool enable_parameter = false;       ///< Replace {{ACS::…}} in the script.
  std::map<std::string, std::string> built_in_parameters;
  std::optional<SystemTime> creation_time;  ///< Base of rate(…), to the ms.
  std::string container_id;
  std::string container_name;
  std::string instance_id;  ///< Agents overwrite it with that of the list.

  std::optional<OutputSettings> output;  ///< Absent: the defaults above.
  Repeat repeat = Repeat::kOnce;
  std::optional<AssistPart> assist;
};

/// An entry of `file` (section 14).
struct FileTask {
  std::string task_id;
  std::string name;             ///< Joined to the folder as it is.
  std::string destination;      ///< The folder, made when it is not there; empty: the home of the agent's account.
  Secret<std::string> content;  ///< Standard base64; not empty.
  std::string signature;        ///< MD5 in hex of the base64 text.
  std::string owner;            ///< A name; empty means root, with `group` empty too: nothing is changed.
  std::string group;            ///< The same.
  std::string mode;             ///< 3 or 4 octal digits; empty: 0644.
  bool overwrite = false;
  std::chrono::seconds timeout{60};      ///< On the wire a number. No agent uses it.
  std::optional<OutputSettings> output;  ///< No agent uses it.
  std::optional<AssistPart> assist;      ///< Only the delivery number travels.
};

/// An entry of `session` (section 15.1).
struct SessionTask {
  std::string channel_id;  ///< At most 32 bytes.
  std::string command;     ///< `cmdContent`
  std::string username;
  std::string windows_password_name;
  std::string port_number;      ///< Not empty: port forwarding.
  std::string target_host;      ///< Empty: localhost.
  std::int64_t flow_limit = 0;  ///< bit/s; 0 or at least 16384: smaller values end a stock agent's process.
};

/// The answer to a fetch.
struct TaskList {
  int code = 200;  ///< 408: ask again after 2 s.
  std::string instance_id;
  std::vector<TaskEntry> run;
  std::vector<TaskEntry> stop;
  std::vector<TaskEntry> test;
  std::vector<FileTask> file;
  std::vector<SessionTask> session;

  /// As stock agents count: without `test`. An empty answer to a kick is asked for once more after 3 s.
  [[nodiscard]] bool empty() const noexcept { return run.empty() && stop.empty() && file.empty() && session.empty(); }
};

/// A fetch (section 9.1).
struct FetchRequest {
  enum class Reason : std::uint8_t { kStartup, kKickoff, kPeriod /* C++ agents of 2020 */ };
  Reason reason = Reason::kKickoff;
  std::optional<bool> cold_start;  ///< With kStartup: first start of the agent since the boot of the machine.
  std::string task_id;             ///< As the kick named it; empty when it named none.
  SystemTime current_time{};
  std::chrono::seconds offset{0};                ///< East of UTC.
  std::string time_zone;                         ///< IANA name, or a form such as `GMT+8:00`.
  std::optional<std::int64_t> highest_delivery;  ///< Ours only: the highest delivery number this agent has had.
  bool keeps_budgets = false;                    ///< Ours only: the header X-Assist-Can has can::kBudgets.
  bool takes_packages = false;                   ///< Ours only: can::kPackages.
  bool takes_releases = false;                   ///< Ours only: can::kReleases.
};

}  // namespace assist::wire
