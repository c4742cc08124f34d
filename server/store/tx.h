// Typed changes inside one transaction. Every method may throw store::Failure (store.h).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/unique_function.h"
#include "server/store/read_tx.h"

namespace assist::server::store {

class PackageTables;
class PluginTables;
class RolloutTables;

/// Rows that one job writes at most; longer work goes in slices, a job each.
inline constexpr std::int64_t kSliceRows = 2'000;

/// A sign of life to be written.
struct SeenRow {
  InstanceId instance;
  SystemTime at{};
  std::string agent_version;  ///< Empty: unchanged.
  std::string os_version;     ///< Empty: unchanged.
};

class Tx : public ReadTx {
 public:
  /// Runs `change` in a savepoint of its own: when it fails, what it did is undone and the Status handed on.
  virtual Status Nested(UniqueFunction<Status()> change) = 0;

  // Commands and scripts. A script is stored once, by its SHA-256; rows that name it are counted.
  [[nodiscard]] virtual model::ContentKey KeepContent(std::string_view bytes) = 0;
  /// Takes one more reference to a stored script.
  virtual void ShareContent(model::ContentKey key) = 0;
  virtual void DropContent(model::ContentKey key) = 0;
  /// Sets `key`.
  virtual void InsertCommand(model::Command& command) = 0;
  virtual void CountInvoke(model::CommandKey command) = 0;
  virtual void DeleteCommand(const model::Command& command) = 0;
  /// Writes name, description, timeout, working_dir and launcher.
  virtual void SaveCommand(const model::Command& command) = 0;

  // Invocations and tasks.
  /// Sets `key`. Without tasks; `targets` and `creating` as they stand. The row holds one reference to `content`, and
  /// one to `run_content` when that is another row.
  virtual void InsertInvocation(model::Invocation& invocation) = 0;
  /// Inserts the tasks of targets [first, first + machines.size()) of invocation.targets, pending; of a schedule with
  /// their marks. Go from the last targets to the first: keys then ascend, which is fast. Those that a change
  /// adds are the first ones: give the invocation its new `targets` before.
  virtual void InsertTasks(const model::Invocation& invocation, std::int64_t first,
                           std::span<const model::MachineKey> machines) = 0;
  /// Keeps targets whose tasks are not written yet.
  virtual void SaveTargets(model::InvocationKey invocation, std::int64_t first,
                           std::span<const model::MachineKey> machines) = 0;
  struct Targets {
    std::int64_t first = 0;
    std::vector<model::MachineKey> machines;
  };
  /// Takes the kept targets with the highest `first` out; empty when none are left.
  [[nodiscard]] virtual std::optional<Targets> TakeTargets(model::InvocationKey invocation) = 0;
  /// The invocation is whole: agents see it. It has finished when none of its tasks is open.
  virtual void FinishCreating(model::InvocationKey invocation, SystemTime at) = 0;
  /// Tasks that were asked to stop, and are not stopped yet.
  struct Stops {
    std::vector<model::MachineKey> machines;  ///< Empty: all open tasks with a key below `after`.
    model::TaskKey after;                     ///< 0: from the highest.
    bool halted = false;  ///< Not asked for: too many have failed (model/wave.h), and what was given out goes on.
  };
  /// Keeps them: the invocation is stopping. Of several that concern all, the first is kept: it is the furthest; one
  /// that was asked for counts for one that was not, too.
  virtual void KeepStops(model::InvocationKey invocation, const Stops& stops) = 0;
  /// Takes the oldest out; empty when none are left. With the last one the invocation is not stopping any more.
  [[nodiscard]] virtual std::optional<Stops> TakeStops(model::InvocationKey invocation) = 0;
  /// A schedule was changed: writes command, command_id, content, run_content, enable_parameter, builtins, parameters,
  /// frequency, schedule, version and targets, and that it is spreading. References to scripts are the caller's.
  virtual void SaveTerms(const model::Invocation& invocation) = 0;
  /// How far a change has come: tasks with a key below `before` do not have it yet; empty: all have.
  virtual void SaveSpread(model::InvocationKey invocation, std::optional<model::TaskKey> before) = 0;
  /// Empty: it is not spreading.
  [[nodiscard]] virtual std::optional<model::TaskKey> SpreadOf(model::InvocationKey invocation) = 0;
  /// Writes wave->marks.
  virtual void SaveWave(model::InvocationKey invocation, const model::WaveMarks& marks) = 0;
  /// Of one that has not ended.
  virtual void MoveDeliveryDeadline(model::InvocationKey invocation, SystemTime to) = 0;
  /// Its delivery deadline is worked off.
  virtual void ClearDeliveryDeadline(model::InvocationKey invocation) = 0;
  /// Writes task.progress and the output marks. `before` is the state as it was read: the counts of the invocation and
  /// the machine follow it.
  virtual void SaveTask(const model::Task& task, model::TaskState before) = 0;
  /// Deletes at most `limit` tasks and occurrences with their output, then the invocation itself; true when it is gone.
  [[nodiscard]] virtual bool DeleteInvocation(model::InvocationKey invocation, std::int64_t limit) = 0;

  // Schedules.
  virtual void SaveMarks(model::TaskKey standing, const model::ScheduleMarks& marks) = 0;
  /// Sets `key`. The number must be free.
  virtual void InsertOccurrence(model::Occurrence& occurrence) = 0;
  /// Writes last_due, count, progress and output marks.
  virtual void SaveOccurrence(const model::Occurrence& occurrence) = 0;
  struct Forgotten {
    std::int64_t rows = 0;
    std::int64_t up_to = 0;  ///< The highest number among them; 0: none.
  };
  /// Deletes the rows with the lowest numbers, at most `limit`, with their output; runs that go on stay.
  virtual Forgotten ForgetOccurrences(model::TaskKey standing, std::int64_t limit) = 0;

  // Output. The caller trims: `offset` is never below what is kept. Equal outputs are stored once, whatever portions
  // they come in; `last`: nothing more comes (`bytes` may be empty then).
  virtual void AppendOutput(model::OutputKey key, std::int64_t offset, std::string_view bytes, bool last) = 0;

  // Machines.
  virtual void InsertMachine(model::Machine& machine) = 0;  ///< Sets `key`.
  virtual void RenameMachine(model::MachineKey machine, const std::string& name) = 0;
  /// Its addresses are free again, its inventory, its plug-ins and its move code are gone.
  virtual void Deregister(model::MachineKey machine, SystemTime at) = 0;
  /// Writes what tells who its agent is: key, kind of key, protocol, machine id, versions, host name, addresses. Its
  /// bound addresses are free again, its inventory and its plug-ins are gone.
  virtual void ReplaceAgent(const model::Machine& machine) = 0;
  /// In the place of a former one of this machine.
  virtual void PutMoveCode(const MoveCode& code) = 0;
  /// In the place of the one of this type.
  virtual void PutInventory(model::MachineKey machine, const model::InventoryItem& item) = 0;
  /// The address must be free.
  virtual void BindAddress(const std::string& address, model::MachineKey machine, SystemTime at) = 0;
  [[nodiscard]] virtual bool UnbindAddress(const std::string& address) = 0;  ///< False: it was not bound.
  /// Writes last_delivery, agent_run and last_invoked.
  virtual void SaveDeliveryMarks(const model::Machine& machine) = 0;
  virtual void Touch(std::span<const SeenRow> seen) = 0;  ///< Never moves last_seen back.

  // Activations.
  virtual void InsertActivation(model::Activation& activation) = 0;      ///< Sets `key`.
  virtual void SaveActivation(const model::Activation& activation) = 0;  ///< Counts and `disabled`.
  virtual void DeleteActivation(model::ActivationKey activation) = 0;

  // Tags, settings.
  /// In the place of those that it has.
  virtual void SaveTags(const model::TagOwner& owner, const model::Tags& tags) = 0;
  virtual void SaveSetting(const std::string& name, const std::string& value) = 0;

  // Keys, calls.
  virtual void InsertAccessKey(const model::AccessKey& key) = 0;
  /// Writes name, policy and active.
  virtual void SaveAccessKey(const model::AccessKey& key) = 0;
  [[nodiscard]] virtual bool DeleteAccessKey(const std::string& id) = 0;  ///< False: there was none.
  /// The next row of the audit log: number and hashes as they are. It is never changed.
  virtual void AppendAudit(const api::AuditRecord& record) = 0;
  /// Deletes the audit log's rows up to this number, its last row excepted; the log then begins behind them.
  virtual void ForgetAudit(std::int64_t up_to) = 0;
  /// False when it was used before and has not expired.
  [[nodiscard]] virtual bool UseNonce(std::string_view hash, SystemTime now, SystemTime expires) = 0;
  virtual void KeepAnswer(std::string_view token_hash, const StoredAnswer& answer, SystemTime expires) = 0;
  /// Deletes machines that were deregistered before `before` and have no tasks; true when some may be left.
  [[nodiscard]] virtual bool DeleteGoneMachines(SystemTime before, std::int64_t limit) = 0;
  /// Deletes expired nonces and answers, at most `limit` of each; true when some may be left.
  [[nodiscard]] virtual bool DeleteExpired(SystemTime now, std::int64_t limit) = 0;

  // Tables with headers of their own, to be changed; as short-lived as this.
  [[nodiscard]] virtual PackageTables& package_tables() = 0;
  [[nodiscard]] virtual PluginTables& plugin_tables() = 0;
  [[nodiscard]] virtual RolloutTables& rollout_tables() = 0;
};

}  // namespace assist::server::store
