// Typed reads of one snapshot. Every method may throw store::Failure (store.h). Lists are newest first.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/api/audit.h"
#include "server/model/entities.h"
#include "server/model/inventory.h"
#include "server/model/paging.h"
#include "server/model/tagging.h"

namespace assist::server::store {

class PackageReads;
class PluginReads;
class RolloutReads;

/// All filters given must match. A tag without value matches any value.
struct TagMatch {
  std::string key;
  std::optional<std::string> value;
};
/// A text to find: as a whole, or with * at the beginning, the end or both.
struct CommandFilter {
  CommandId id;
  std::string name;
  std::string description;
  std::optional<model::CommandType> type;
  std::vector<TagMatch> tags;
};
struct InvocationFilter {
  bool files = false;     ///< Those that send a file; else those that run a command.
  std::string file_name;  ///< With `files`.
  InvokeId id;
  CommandId command;
  std::string command_name;
  std::optional<model::CommandType> type;
  model::MachineKey machine;  ///< Has a task on it.
  std::optional<model::StatusFilter> status;
  std::optional<model::InvocationStatus> whole;  ///< Exactly this.
  std::optional<model::RepeatMode> repeat_mode;
  std::optional<bool> timed;  ///< Will it run by itself in future.
  std::vector<TagMatch> tags;
};
struct TaskFilter {
  model::InvocationKey invocation;  ///< None: of all that run commands.
  model::MachineKey machine;
  CommandId command;
  std::optional<model::StatusFilter> status;
  std::vector<TagMatch> tags;  ///< Of the invocation.
};
struct OccurrenceFilter {
  model::InvocationKey invocation;            ///< Needed.
  model::MachineKey machine;                  ///< None: all of it.
  std::optional<std::int64_t> number;         ///< With `machine`: the row that holds this number.
  std::optional<model::StatusFilter> status;  ///< Then runs only.
};
struct ScheduleFilter {
  model::InvocationKey invocation;
  model::MachineKey machine;
  bool live = false;  ///< Only those that are not over.
  std::optional<bool> overdue;
};
struct MachineFilter {
  std::vector<model::MachineKey> keys;  ///< Empty: any.
  ActivationId activation;
  std::string name;
  std::string ip;  ///< Inner or outer.
  std::string machine_id;
  std::optional<model::OsType> os_type;
  std::vector<TagMatch> tags;
};
struct ActivationFilter {
  ActivationId id;
  std::string instance_name;
  std::vector<TagMatch> tags;
};

/// Things of one kind that have tags: all of the conditions hold.
struct TagListFilter {
  model::Taggable kind = model::Taggable::kCommand;
  std::vector<std::int64_t> owners;  ///< Empty: any.
  std::vector<TagMatch> tags;
  /// A tag whose key and, if some are given, one of whose values are like these texts: with * at the beginning, the
  /// end or both.
  struct Like {
    std::string key;
    std::vector<std::string> values;
  };
  std::vector<Like> like;
};

/// A repeat of a call finds what the first one answered.
struct StoredAnswer {
  std::string params_hash;
  std::string answer;  ///< The use case's own form.
};

/// A task with the id of its machine: what slices over an invocation need.
struct TaskOn {
  model::Task task;
  InstanceId instance;
};

/// An address that stands for a machine.
struct Binding {
  std::string address;  ///< In its usual text form.
  model::MachineKey machine;
  InstanceId instance;
  SystemTime bound{};
};

/// Leave for one machine to be taken over by an agent with a new key (control/move_machine.h).
struct MoveCode {
  std::string hash;  ///< 32 bytes, SHA-256 of the code; the code itself is nowhere.
  model::MachineKey machine;
  SystemTime expires{};
  bool used = false;
};

/// A standing task: its row and its marks.
struct StandingTask {
  model::Task task;
  model::ScheduleMarks marks;
};
/// The live standing tasks of one schedule that are evaluated in one zone.
struct ScheduleGroup {
  model::InvocationKey invocation;
  std::string zone;  ///< As told by the agents; empty: not told.
  std::int64_t machines = 0;
  // Of the invocation.
  model::RepeatMode repeat_mode = model::RepeatMode::kPeriod;
  std::string cron;
  SystemTime created{};
};

class ReadTx {
 public:
  virtual ~ReadTx() = default;

  // Commands and scripts.
  [[nodiscard]] virtual std::optional<model::Command> FindCommand(const CommandId& id) = 0;
  [[nodiscard]] virtual std::int64_t CountCommands() = 0;
  [[nodiscard]] virtual model::Page<model::Command> ListCommands(const CommandFilter& filter,
                                                                 const model::PageRequest& page) = 0;
  /// Bytes of a script; empty for none.
  [[nodiscard]] virtual std::string LoadContent(model::ContentKey key) = 0;

  // Invocations.
  // Of both kinds, commands and files, unless it says otherwise.
  [[nodiscard]] virtual std::optional<model::Invocation> FindInvocation(const InvokeId& id) = 0;
  [[nodiscard]] virtual std::optional<model::Invocation> LoadInvocation(model::InvocationKey key) = 0;
  [[nodiscard]] virtual model::Page<model::Invocation> ListInvocations(const InvocationFilter& filter,
                                                                       const model::PageRequest& page) = 0;
  [[nodiscard]] virtual bool HasOpenInvocation(const CommandId& command) = 0;
  [[nodiscard]] virtual std::int64_t CountInvocations() = 0;  ///< Of commands.
  [[nodiscard]] virtual std::int64_t CountFiles() = 0;        ///< Invocations that send a file.
  /// Being created, stopping or spreading: there are slices to be written. Oldest first.
  [[nodiscard]] virtual std::vector<InvokeId> UnfinishedInvocations(std::int64_t limit) = 0;
  /// Whose delivery deadline has passed and was not worked off, oldest deadline first.
  [[nodiscard]] virtual std::vector<model::InvocationKey> ExpiredInvocations(SystemTime now, std::int64_t limit) = 0;
  /// Waves with a free turn and tasks that may wait for one, oldest first.
  [[nodiscard]] virtual std::vector<model::InvocationKey> WavesWithRoom(std::int64_t limit) = 0;
  /// The versions of stock agents on machines that have an open task of it, each once.
  [[nodiscard]] virtual std::vector<std::string> StockVersions(model::InvocationKey invocation) = 0;
  /// Of commands, finished and created before `before`, oldest first.
  [[nodiscard]] virtual std::vector<model::InvocationKey> OldInvocations(SystemTime before, std::int64_t limit) = 0;
  /// The same of files.
  [[nodiscard]] virtual std::vector<model::InvocationKey> OldFiles(SystemTime before, std::int64_t limit) = 0;

  // Tasks.
  [[nodiscard]] virtual std::optional<model::Task> LoadTask(model::TaskKey key) = 0;
  [[nodiscard]] virtual std::optional<model::Task> FindTask(model::InvocationKey invocation,
                                                            model::MachineKey machine) = 0;
  [[nodiscard]] virtual model::Page<model::Task> ListTasks(const TaskFilter& filter,
                                                           const model::PageRequest& page) = 0;
  /// Open tasks of an invocation with a key below `after` (0: from the highest), highest first.
  [[nodiscard]] virtual std::vector<TaskOn> OpenTasksOf(model::InvocationKey invocation, model::TaskKey after,
                                                        std::int64_t limit) = 0;
  /// Pending tasks of an invocation that were not given out, in the same order and way; among at most `window` tasks
  /// that are looked at. `after` is how far it came; 0: to the end.
  struct Waiting {
    struct One {
      model::TaskKey task;
      InstanceId machine;
    };
    std::vector<One> tasks;
    model::TaskKey after;
  };
  [[nodiscard]] virtual Waiting WaitingTasksOf(model::InvocationKey invocation, model::TaskKey after,
                                               std::int64_t limit, std::int64_t window) = 0;
  /// Machines of an invocation's tasks, in the same order and way.
  [[nodiscard]] virtual std::vector<TaskOn> TasksOf(model::InvocationKey invocation, model::TaskKey after,
                                                    std::int64_t limit) = 0;
  /// Open tasks of a machine, without those of invocations that are being created: oldest first.
  [[nodiscard]] virtual std::vector<model::Task> OpenTasksOn(model::MachineKey machine, model::TaskKey after,
                                                             std::int64_t limit) = 0;
  /// Of these only what a fetch may have to hand out: stops, and what is not accepted.
  [[nodiscard]] virtual std::vector<model::Task> WorkOn(model::MachineKey machine, model::TaskKey after,
                                                        std::int64_t limit) = 0;
  /// Open tasks that lie with a machine's agent; schedules and files do not count.
  [[nodiscard]] virtual std::int64_t CountWithAgent(model::MachineKey machine) = 0;
  /// Running now.
  [[nodiscard]] virtual std::int64_t CountRunningOn(model::MachineKey machine) = 0;
  /// Something to fetch: not delivered (where a turn is free), delivered but not accepted (with `unaccepted`), or a
  /// stop not answered.
  [[nodiscard]] virtual bool HasWork(model::MachineKey machine, bool unaccepted) = 0;
  /// Tasks whose silent_after has passed, longest silence first.
  [[nodiscard]] virtual std::vector<model::Task> SilentTasks(SystemTime now, std::int64_t limit) = 0;

  // Schedules.
  [[nodiscard]] virtual std::optional<model::ScheduleMarks> LoadMarks(model::TaskKey standing) = 0;
  [[nodiscard]] virtual model::Page<StandingTask> ListSchedules(const ScheduleFilter& filter,
                                                                const model::PageRequest& page) = 0;
  /// Live standing tasks with a due time of which nothing was heard until now, most overdue first.
  [[nodiscard]] virtual std::vector<model::TaskKey> OverdueSchedules(SystemTime now, std::int64_t limit) = 0;
  /// Groups with live standing tasks behind (`after`.invocation, `after`.zone), oldest schedule first.
  [[nodiscard]] virtual std::vector<ScheduleGroup> ScheduleGroups(const ScheduleFilter& filter,
                                                                  const ScheduleGroup& after, std::int64_t limit) = 0;
  /// Machines of a group.
  [[nodiscard]] virtual std::vector<InstanceId> MachinesOf(const ScheduleGroup& group, std::int64_t limit) = 0;
  /// The row of a history that holds this number.
  [[nodiscard]] virtual std::optional<model::Occurrence> FindOccurrence(model::TaskKey standing,
                                                                        std::int64_t number) = 0;
  /// The run with this due time, the row of a missed range that begins with it; the newest, should there be several.
  /// They look through the whole history of the task.
  [[nodiscard]] virtual std::optional<model::Occurrence> FindRunDue(model::TaskKey standing, SystemTime due) = 0;
  [[nodiscard]] virtual std::optional<model::Occurrence> FindMissedDue(model::TaskKey standing, SystemTime due) = 0;
  /// Rows that hold a number of [from, end), in order of their numbers.
  [[nodiscard]] virtual std::vector<model::Occurrence> OccurrencesIn(model::TaskKey standing, std::int64_t from,
                                                                     std::int64_t end, std::int64_t limit) = 0;
  [[nodiscard]] virtual std::optional<model::Occurrence> LoadOccurrence(model::OccurrenceKey key) = 0;
  /// The latest rows, highest number first.
  [[nodiscard]] virtual std::vector<model::Occurrence> LatestOccurrences(model::TaskKey standing,
                                                                         std::int64_t limit) = 0;
  /// Runs that have not ended, in order.
  [[nodiscard]] virtual std::vector<model::Occurrence> OpenRunsOf(model::TaskKey standing) = 0;
  /// Rows of history: standing tasks in the order of ListTasks, on each the highest number first. The total of a list
  /// with a status is counted up to a million.
  [[nodiscard]] virtual model::Page<model::Occurrence> ListOccurrences(const OccurrenceFilter& filter,
                                                                       const model::PageRequest& page) = 0;
  /// Runs whose silent_after has passed, longest silence first.
  [[nodiscard]] virtual std::vector<model::Occurrence> SilentRuns(SystemTime now, std::int64_t limit) = 0;

  // Output.
  /// Kept bytes of the stream from `offset` on, at most `length`, up to the first gap; `*at` is where they begin (the
  /// next kept place at or after `offset`; the stream's end when there is none).
  [[nodiscard]] virtual std::string ReadOutput(model::OutputKey key, std::int64_t offset, std::int64_t length,
                                               std::int64_t* at) = 0;

  // Machines.
  [[nodiscard]] virtual std::optional<model::Machine> FindMachine(const InstanceId& id) = 0;  ///< Also deregistered.
  [[nodiscard]] virtual std::optional<model::Machine> LoadMachine(model::MachineKey key) = 0;
  /// Keys of registered machines, 0 for an unknown or deregistered one; same order.
  struct Target {
    model::MachineKey key;
    model::OsType os_type = model::OsType::kLinux;
  };
  [[nodiscard]] virtual std::vector<Target> ResolveMachines(std::span<const InstanceId> ids) = 0;
  /// Those of `keys` that are deregistered or unknown.
  [[nodiscard]] virtual std::vector<model::MachineKey> GoneAmong(std::span<const model::MachineKey> keys) = 0;
  /// The registered machine that has this machine id and public key: a repeated registration.
  [[nodiscard]] virtual std::optional<model::Machine> FindMachineWithKey(const std::string& machine_id,
                                                                         const std::string& public_key) = 0;
  [[nodiscard]] virtual InstanceId InstanceOf(model::MachineKey key) = 0;
  [[nodiscard]] virtual std::optional<model::Machine> FindMachineAt(const std::string& address) = 0;
  /// All, or those of one machine; by address.
  [[nodiscard]] virtual std::vector<Binding> ListBindings(model::MachineKey machine) = 0;
  /// Unexpired or not.
  [[nodiscard]] virtual std::optional<MoveCode> FindMoveCode(std::string_view hash) = 0;
  /// By type, without contents; with a `type` only that one, with its content.
  [[nodiscard]] virtual std::vector<model::InventoryItem> InventoryOf(model::MachineKey machine,
                                                                      const std::string& type) = 0;
  /// Registered machines that have all these tags, oldest first, at most `limit`.
  [[nodiscard]] virtual std::vector<Target> MachinesWithTags(const std::vector<TagMatch>& tags, std::int64_t limit) = 0;
  [[nodiscard]] virtual std::int64_t CountMachines() = 0;
  /// Chooses machines by what the store does not know. `wanted` is asked for each row that the filter lets through,
  /// with the last-seen time as last written, when that is later than `seen_after`. Empty: all are wanted.
  struct KeepMachine {
    std::function<bool(const InstanceId& machine, std::optional<SystemTime> last_seen)> wanted;
    SystemTime seen_after{};
    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(wanted); }
  };
  /// Registered machines.
  [[nodiscard]] virtual model::Page<model::Machine> ListMachines(const MachineFilter& filter,
                                                                 const model::PageRequest& page,
                                                                 const KeepMachine& keep) = 0;

  // Activations.
  [[nodiscard]] virtual std::optional<model::Activation> FindActivation(const ActivationId& id) = 0;
  [[nodiscard]] virtual std::int64_t CountActivations() = 0;
  [[nodiscard]] virtual model::Page<model::Activation> ListActivations(const ActivationFilter& filter,
                                                                       const model::PageRequest& page) = 0;

  // Tags.
  /// What has this id and may be tagged: no deregistered machine.
  [[nodiscard]] virtual std::optional<model::TagOwner> FindTagOwner(model::Taggable kind, const std::string& id) = 0;
  [[nodiscard]] virtual model::Tags TagsOf(const model::TagOwner& owner) = 0;
  /// All tags of what the filter chooses, newest thing first, the tags of each in their order. By position; `total` is
  /// not counted.
  [[nodiscard]] virtual model::Page<model::TagRow> ListTags(const TagListFilter& filter,
                                                            const model::PageRequest& page) = 0;

  // Settings of the service: texts by name.
  [[nodiscard]] virtual std::optional<std::string> FindSetting(const std::string& name) = 0;

  // Keys, calls.
  [[nodiscard]] virtual std::optional<model::AccessKey> FindAccessKey(const std::string& id) = 0;
  [[nodiscard]] virtual std::vector<model::AccessKey> ListAccessKeys() = 0;
  /// SHA-256 of a script or file, 32 bytes; empty for none.
  [[nodiscard]] virtual std::string ContentHash(model::ContentKey key) = 0;
  /// The last row of the audit log that was deleted for its age; number 0 and api::FirstAuditHash() when none was.
  [[nodiscard]] virtual api::AuditHead AuditStart() = 0;
  /// Its last row; AuditStart() when it is empty.
  [[nodiscard]] virtual api::AuditHead AuditEnd() = 0;
  /// Rows behind `from` in order of their numbers; with `newest_first` those before it (0: from the last one),
  /// backwards.
  [[nodiscard]] virtual std::vector<api::AuditRecord> ReadAudit(std::int64_t from, bool newest_first,
                                                                std::int64_t limit) = 0;
  /// Unexpired only.
  [[nodiscard]] virtual std::optional<StoredAnswer> FindAnswer(std::string_view token_hash, SystemTime now) = 0;

  // Tables with headers of their own; as short-lived as this.
  [[nodiscard]] virtual PackageReads& packages() = 0;  ///< package_tables.h
  [[nodiscard]] virtual PluginReads& plugins() = 0;    ///< plugin_tables.h
  [[nodiscard]] virtual RolloutReads& rollouts() = 0;  ///< rollout_tables.h
};

}  // namespace assist::server::store
