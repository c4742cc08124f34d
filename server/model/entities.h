// The things the server keeps. Pure values; each is a row (or a few) of the store.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "common/base/secret.h"
#include "common/base/time.h"
#include "server/model/agent_order.h"
#include "server/model/budgets.h"
#include "server/model/file.h"
#include "server/model/keys.h"
#include "server/model/schedule.h"
#include "server/model/status.h"
#include "server/model/task_progress.h"
#include "server/model/wave.h"

namespace assist::server::model {

struct Tag {
  std::string key;
  std::string value;
  friend auto operator<=>(const Tag&, const Tag&) = default;
};
using Tags = std::vector<Tag>;  ///< In the order in which they were given.

/// Written to the store: never renumber.
enum class CommandType : std::uint8_t { kRunShellScript = 1, kRunBatScript = 2, kRunPowerShellScript = 3 };
enum class RepeatMode : std::uint8_t { kOnce = 1, kPeriod = 2, kNextRebootOnly = 3, kEveryReboot = 4 };
enum class TerminationMode : std::uint8_t { kDefault = 0, kProcess = 1, kProcessTree = 2 };
enum class KeyType : std::uint8_t {
  kRsaMd5 = 1,   ///< Stock agents.
  kEd25519 = 2,  ///< Ours.
  kAddress = 3,  ///< None: an agent without identity, known by the addresses that an operator bound to the machine.
};
enum class OsType : std::uint8_t { kLinux = 1, kWindows = 2, kFreeBsd = 3 };

[[nodiscard]] std::string_view Name(CommandType type) noexcept;      ///< RunShellScript, …
[[nodiscard]] std::string_view Name(RepeatMode mode) noexcept;       ///< Once, …
[[nodiscard]] std::string_view Name(TerminationMode mode) noexcept;  ///< Process, ProcessTree; empty for kDefault.
[[nodiscard]] std::string_view Name(OsType os) noexcept;             ///< Linux, Windows, FreeBSD.
[[nodiscard]] std::optional<CommandType> ParseCommandType(std::string_view word) noexcept;
[[nodiscard]] std::optional<RepeatMode> ParseRepeatMode(std::string_view word) noexcept;
[[nodiscard]] std::optional<TerminationMode> ParseTerminationMode(std::string_view word) noexcept;
[[nodiscard]] std::optional<OsType> ParseOsType(std::string_view word) noexcept;  ///< In any case.

/// A stored script. Commands of RunCommand without KeepCommand have no row: their id lives in the invocation alone.
struct Command {
  CommandKey key;
  CommandId id;
  std::string name;
  std::string description;
  CommandType type = CommandType::kRunShellScript;
  ContentKey content;
  bool enable_parameter = false;
  std::vector<std::string> parameter_names;  ///< In order of first use; empty unless enable_parameter.
  std::chrono::seconds timeout{60};
  std::string working_dir;
  std::string launcher;
  std::int64_t invoke_times = 0;
  SystemTime created{};
  Tags tags;
};

/// One call of RunCommand or InvokeCommand, which copies what it needs of the command; or of SendFile (`file`): then
/// what belongs to a script alone is as it is here, and `content` and `run_content` are the file as it was given and
/// its bytes.
struct Invocation {
  InvocationKey key;
  InvokeId id;
  CommandKey command;  ///< None for an inline command that is not kept. May name a deleted row.
  CommandId command_id;
  std::string command_name;
  std::string description;
  CommandType type = CommandType::kRunShellScript;
  ContentKey content;      ///< As given.
  ContentKey run_content;  ///< Parameters filled in (model::FillIn). The same row when nothing was filled in.
  bool enable_parameter = false;
  bool builtins = false;                 ///< The script has `{{ACS::…}}` for the agent to fill in.
  Secret<std::string> parameters{"{}"};  ///< The JSON object as text, as the caller gave it.
  std::chrono::seconds timeout{60};
  std::string working_dir;
  std::string username;
  std::string windows_password_name;
  std::string launcher;
  std::string container_id;
  std::string container_name;
  TerminationMode termination_mode = TerminationMode::kDefault;
  RepeatMode repeat_mode = RepeatMode::kOnce;
  std::string frequency;     ///< As the caller gave it.
  ScheduleTerms schedule;    ///< With every repeat_mode but kOnce.
  std::int64_t version = 0;  ///< invokeVersion on the wire; raised by each change of a schedule.
  std::string region;
  bool repeatable = false;  ///< The caller said that a task may start twice (stock agents after a restart).
  std::optional<SystemTime> delivery_deadline;    ///< Until when it must be accepted; empty: no such time.
  std::chrono::seconds delivery_timeout{86'400};  ///< −1 s: none.
  std::int64_t targets = 0;                       ///< Tasks it will have when it is whole.
  bool creating = false;                          ///< Its last slice is not written yet: agents do not see it.
  bool stopping = false;                          ///< A stop is not worked off yet: nothing of it goes out to start.
  bool spreading = false;  ///< A change of its terms is not with all of its tasks yet; each has it whole or not at all.
  SystemTime created{};
  std::optional<SystemTime> finished;  ///< When its last task became final; moves if a presumed one is replaced.
  StateCounts counts;                  ///< Kept with the row.
  Tags tags;
  Budgets budgets;                  ///< Of each run of it on a machine.
  std::optional<Wave> wave;         ///< It has MaxConcurrency or MaxErrors; runs once.
  InvokeId rerun_of;                ///< It runs this one again; empty: it does not. May name a deleted row.
  std::optional<FileTerms> file;    ///< It sends a file; its id begins with `f-`. Once, and never stopped.
  std::optional<AgentOrder> order;  ///< It is an order to agents: each gets the script of its system. Once.

  [[nodiscard]] bool is_schedule() const noexcept { return repeat_mode != RepeatMode::kOnce; }
  [[nodiscard]] bool is_file() const noexcept { return file.has_value(); }
  [[nodiscard]] bool is_order() const noexcept { return order.has_value(); }
};

/// One invocation on one machine: its one run, or the standing task of a schedule, whose runs are Occurrences. The
/// start, end, exit code and error of a standing task are those of its latest run.
struct Task {
  TaskKey key;
  InvocationKey invocation;
  MachineKey machine;
  std::int32_t occurrence = 0;  ///< Always 0: a schedule's are Occurrences.
  TaskProgress progress;
  std::int64_t output_next = 0;     ///< Bytes of the stream taken in so far (kept or not): the offset wanted next.
  std::int64_t output_size = 0;     ///< Length of the whole stream as far as known, gaps included.
  std::int64_t output_dropped = 0;  ///< Bytes of it that are not kept.
};

/// A registered machine and its agent ("managed instance").
struct Machine {
  MachineKey key;
  InstanceId id;
  std::string name;
  std::string hostname;
  std::string machine_id;  ///< The agent's own; part of what stock agents sign.
  std::string region;
  std::string intranet_ip;
  std::string internet_ip;  ///< Address from which it registered.
  OsType os_type = OsType::kLinux;
  std::string os_version;
  std::string agent_version;
  std::string public_key;  ///< PEM SubjectPublicKeyInfo; empty with kAddress.
  KeyType key_type = KeyType::kRsaMd5;
  std::int32_t assist_protocol = 0;  ///< 0: a stock agent.
  ActivationId activation;
  SystemTime registered{};
  std::optional<SystemTime> deregistered;
  std::optional<SystemTime> last_seen;  ///< As last written; the presence port knows better.
  std::int64_t last_delivery = 0;       ///< Highest delivery number given.
  std::int64_t agent_run = 0;           ///< Its process: currentTime of the `startup` fetch, ms.
  std::int64_t invocations_finished = 0;
  std::optional<SystemTime> last_invoked;
  Tags tags;
  [[nodiscard]] bool is_ours() const noexcept { return assist_protocol > 0; }
};

struct Activation {
  ActivationKey key;
  ActivationId id;
  std::string code_hash;  ///< 32 bytes, SHA-256 of the code; the code itself is nowhere.
  std::string description;
  std::string instance_name;  ///< Default name; empty: the host name.
  std::int32_t instance_count = 10;
  std::string ip_address_range;
  std::chrono::hours time_to_live{4};
  std::int32_t registered_count = 0;    ///< Ever.
  std::int32_t deregistered_count = 0;  ///< Ever; still registered is the difference.
  bool disabled = false;
  SystemTime created{};
  Tags tags;
};

/// A key with which API calls are signed.
struct AccessKey {
  std::string id;
  Secret<std::string> secret;  ///< In clear: HMAC needs it.
  std::string name;            ///< For people.
  std::string policy;          ///< `admin`, `operator`, `read-only`, or a document (server/policy); empty: nothing.
  bool active = true;
  SystemTime created{};
};

}  // namespace assist::server::model
