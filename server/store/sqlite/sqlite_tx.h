// store::Tx in SQL. One object a connection, used only between BEGIN and COMMIT by the thread that runs the job; on a
// reader's connection only the ReadTx half is handed out. The methods are spread over files by what they touch.
#pragma once

#include <memory>
#include <vector>

#include "server/store/sqlite/block_counts.h"
#include "server/store/sqlite/database.h"
#include "server/store/tx.h"

namespace assist::server::store::sqlite {

class MachineRoster;
class SqlitePackages;
class SqlitePlugins;
class SqliteRollouts;
class Where;

class SqliteTx final : public Tx {
 public:
  /// `roster` belongs to the connection; null: none is kept.
  explicit SqliteTx(Database& db, MachineRoster* roster = nullptr);
  ~SqliteTx() override;
  SqliteTx(const SqliteTx&) = delete;
  SqliteTx& operator=(const SqliteTx&) = delete;

  // commands.cc
  std::optional<model::Command> FindCommand(const CommandId& id) override;
  std::int64_t CountCommands() override;
  model::Page<model::Command> ListCommands(const CommandFilter& filter, const model::PageRequest& page) override;
  std::string LoadContent(model::ContentKey key) override;
  model::ContentKey KeepContent(std::string_view bytes) override;
  void ShareContent(model::ContentKey key) override;
  void DropContent(model::ContentKey key) override;
  void InsertCommand(model::Command& command) override;
  void CountInvoke(model::CommandKey command) override;
  void DeleteCommand(const model::Command& command) override;
  void SaveCommand(const model::Command& command) override;

  // tags.cc
  std::optional<model::TagOwner> FindTagOwner(model::Taggable kind, const std::string& id) override;
  model::Tags TagsOf(const model::TagOwner& owner) override;
  model::Page<model::TagRow> ListTags(const TagListFilter& filter, const model::PageRequest& page) override;
  void SaveTags(const model::TagOwner& owner, const model::Tags& tags) override;

  // invocations.cc
  std::optional<model::Invocation> FindInvocation(const InvokeId& id) override;
  std::optional<model::Invocation> LoadInvocation(model::InvocationKey key) override;
  model::Page<model::Invocation> ListInvocations(const InvocationFilter& filter,
                                                 const model::PageRequest& page) override;
  bool HasOpenInvocation(const CommandId& command) override;
  std::int64_t CountInvocations() override;
  std::int64_t CountFiles() override;
  std::vector<InvokeId> UnfinishedInvocations(std::int64_t limit) override;
  std::vector<model::InvocationKey> ExpiredInvocations(SystemTime now, std::int64_t limit) override;
  std::vector<model::InvocationKey> WavesWithRoom(std::int64_t limit) override;
  std::vector<model::InvocationKey> OldInvocations(SystemTime before, std::int64_t limit) override;
  std::vector<model::InvocationKey> OldFiles(SystemTime before, std::int64_t limit) override;
  void InsertInvocation(model::Invocation& invocation) override;
  void SaveTargets(model::InvocationKey invocation, std::int64_t first,
                   std::span<const model::MachineKey> machines) override;
  std::optional<Targets> TakeTargets(model::InvocationKey invocation) override;
  void KeepStops(model::InvocationKey invocation, const Stops& stops) override;
  std::optional<Stops> TakeStops(model::InvocationKey invocation) override;
  void SaveWave(model::InvocationKey invocation, const model::WaveMarks& marks) override;
  void MoveDeliveryDeadline(model::InvocationKey invocation, SystemTime to) override;
  void ClearDeliveryDeadline(model::InvocationKey invocation) override;
  void SaveTerms(const model::Invocation& invocation) override;
  void SaveSpread(model::InvocationKey invocation, std::optional<model::TaskKey> before) override;
  std::optional<model::TaskKey> SpreadOf(model::InvocationKey invocation) override;
  bool DeleteInvocation(model::InvocationKey invocation, std::int64_t limit) override;

  // progress.cc
  void FinishCreating(model::InvocationKey invocation, SystemTime at) override;
  /// Must be the last before a commit: the numbers of blocks follow everything that was done.
  void WriteCounts();

  // tasks.cc
  std::optional<model::Task> LoadTask(model::TaskKey key) override;
  std::optional<model::Task> FindTask(model::InvocationKey invocation, model::MachineKey machine) override;
  model::Page<model::Task> ListTasks(const TaskFilter& filter, const model::PageRequest& page) override;
  std::vector<TaskOn> OpenTasksOf(model::InvocationKey invocation, model::TaskKey after, std::int64_t limit) override;
  Waiting WaitingTasksOf(model::InvocationKey invocation, model::TaskKey after, std::int64_t limit,
                         std::int64_t window) override;
  std::vector<TaskOn> TasksOf(model::InvocationKey invocation, model::TaskKey after, std::int64_t limit) override;
  std::vector<model::Task> OpenTasksOn(model::MachineKey machine, model::TaskKey after, std::int64_t limit) override;
  std::vector<model::Task> WorkOn(model::MachineKey machine, model::TaskKey after, std::int64_t limit) override;
  std::int64_t CountWithAgent(model::MachineKey machine) override;
  std::int64_t CountRunningOn(model::MachineKey machine) override;
  bool HasWork(model::MachineKey machine, bool unaccepted) override;
  std::vector<model::Task> SilentTasks(SystemTime now, std::int64_t limit) override;
  void InsertTasks(const model::Invocation& invocation, std::int64_t first,
                   std::span<const model::MachineKey> machines) override;
  void SaveTask(const model::Task& task, model::TaskState before) override;

  // schedules.cc
  std::vector<std::string> StockVersions(model::InvocationKey invocation) override;
  std::optional<model::ScheduleMarks> LoadMarks(model::TaskKey standing) override;
  model::Page<StandingTask> ListSchedules(const ScheduleFilter& filter, const model::PageRequest& page) override;
  std::vector<model::TaskKey> OverdueSchedules(SystemTime now, std::int64_t limit) override;
  std::vector<ScheduleGroup> ScheduleGroups(const ScheduleFilter& filter, const ScheduleGroup& after,
                                            std::int64_t limit) override;
  std::vector<InstanceId> MachinesOf(const ScheduleGroup& group, std::int64_t limit) override;
  void SaveMarks(model::TaskKey standing, const model::ScheduleMarks& marks) override;

  // occurrences.cc
  std::optional<model::Occurrence> FindOccurrence(model::TaskKey standing, std::int64_t number) override;
  std::optional<model::Occurrence> FindRunDue(model::TaskKey standing, SystemTime due) override;
  std::optional<model::Occurrence> FindMissedDue(model::TaskKey standing, SystemTime due) override;
  std::vector<model::Occurrence> OccurrencesIn(model::TaskKey standing, std::int64_t from, std::int64_t end,
                                               std::int64_t limit) override;
  std::optional<model::Occurrence> LoadOccurrence(model::OccurrenceKey key) override;
  std::vector<model::Occurrence> LatestOccurrences(model::TaskKey standing, std::int64_t limit) override;
  std::vector<model::Occurrence> OpenRunsOf(model::TaskKey standing) override;
  model::Page<model::Occurrence> ListOccurrences(const OccurrenceFilter& filter,
                                                 const model::PageRequest& page) override;
  std::vector<model::Occurrence> SilentRuns(SystemTime now, std::int64_t limit) override;
  void InsertOccurrence(model::Occurrence& occurrence) override;
  void SaveOccurrence(const model::Occurrence& occurrence) override;
  Forgotten ForgetOccurrences(model::TaskKey standing, std::int64_t limit) override;

  // output.cc
  std::string ReadOutput(model::OutputKey key, std::int64_t offset, std::int64_t length, std::int64_t* at) override;
  void AppendOutput(model::OutputKey key, std::int64_t offset, std::string_view bytes, bool last) override;

  // machines.cc
  std::optional<model::Machine> FindMachine(const InstanceId& id) override;
  std::optional<model::Machine> LoadMachine(model::MachineKey key) override;
  std::vector<Target> ResolveMachines(std::span<const InstanceId> ids) override;
  std::vector<model::MachineKey> GoneAmong(std::span<const model::MachineKey> keys) override;
  std::optional<model::Machine> FindMachineWithKey(const std::string& machine_id,
                                                   const std::string& public_key) override;
  InstanceId InstanceOf(model::MachineKey key) override;
  std::optional<model::Machine> FindMachineAt(const std::string& address) override;
  std::vector<Binding> ListBindings(model::MachineKey machine) override;
  std::optional<MoveCode> FindMoveCode(std::string_view hash) override;
  void ReplaceAgent(const model::Machine& machine) override;
  void PutMoveCode(const MoveCode& code) override;
  std::vector<model::InventoryItem> InventoryOf(model::MachineKey machine, const std::string& type) override;
  void PutInventory(model::MachineKey machine, const model::InventoryItem& item) override;
  std::vector<Target> MachinesWithTags(const std::vector<TagMatch>& tags, std::int64_t limit) override;
  std::int64_t CountMachines() override;
  model::Page<model::Machine> ListMachines(const MachineFilter& filter, const model::PageRequest& page,
                                           const KeepMachine& keep) override;
  void InsertMachine(model::Machine& machine) override;
  void RenameMachine(model::MachineKey machine, const std::string& name) override;
  void Deregister(model::MachineKey machine, SystemTime at) override;
  void BindAddress(const std::string& address, model::MachineKey machine, SystemTime at) override;
  bool UnbindAddress(const std::string& address) override;
  void SaveDeliveryMarks(const model::Machine& machine) override;
  void Touch(std::span<const SeenRow> seen) override;
  bool DeleteGoneMachines(SystemTime before, std::int64_t limit) override;

  // calls.cc
  std::optional<std::string> FindSetting(const std::string& name) override;
  void SaveSetting(const std::string& name, const std::string& value) override;
  std::optional<model::Activation> FindActivation(const ActivationId& id) override;
  std::int64_t CountActivations() override;
  model::Page<model::Activation> ListActivations(const ActivationFilter& filter,
                                                 const model::PageRequest& page) override;
  void InsertActivation(model::Activation& activation) override;
  void SaveActivation(const model::Activation& activation) override;
  void DeleteActivation(model::ActivationKey activation) override;
  std::optional<model::AccessKey> FindAccessKey(const std::string& id) override;
  std::vector<model::AccessKey> ListAccessKeys() override;
  void InsertAccessKey(const model::AccessKey& key) override;
  void SaveAccessKey(const model::AccessKey& key) override;

  // audit.cc
  std::string ContentHash(model::ContentKey key) override;
  api::AuditHead AuditStart() override;
  api::AuditHead AuditEnd() override;
  std::vector<api::AuditRecord> ReadAudit(std::int64_t from, bool newest_first, std::int64_t limit) override;
  void AppendAudit(const api::AuditRecord& record) override;
  void ForgetAudit(std::int64_t up_to) override;
  bool DeleteAccessKey(const std::string& id) override;
  std::optional<StoredAnswer> FindAnswer(std::string_view token_hash, SystemTime now) override;
  bool UseNonce(std::string_view hash, SystemTime now, SystemTime expires) override;
  void KeepAnswer(std::string_view token_hash, const StoredAnswer& answer, SystemTime expires) override;
  bool DeleteExpired(SystemTime now, std::int64_t limit) override;
  Status Nested(UniqueFunction<Status()> change) override;

  // more_tables.cc
  PackageReads& packages() override;
  PluginReads& plugins() override;
  RolloutReads& rollouts() override;
  PackageTables& package_tables() override;
  PluginTables& plugin_tables() override;
  RolloutTables& rollout_tables() override;

 private:
  using TagKind = model::Taggable;
  void PutTags(TagKind kind, std::int64_t owner, const model::Tags& tags);
  [[nodiscard]] model::Tags TagsOf(TagKind kind, std::int64_t owner);
  void DropTags(TagKind kind, std::int64_t owner);
  /// Adds a condition for each tag; `id` is the column of the owner's key.
  static void MatchTags(Where& where, TagKind kind, std::string_view id, const std::vector<TagMatch>& tags);
  /// Conditions on rows `t` of tags, one for each thing that has all of these tags (some are given).
  [[nodiscard]] Where RowsOfTags(TagKind kind, const std::vector<TagMatch>& tags);

  /// The keys of ListCommands.
  model::Page<std::int64_t> FindCommands(const CommandFilter& filter, const model::PageRequest& page);

  // Output.
  void AppendPiece(model::OutputKey key, std::int64_t offset, std::string_view piece, bool complete);
  void SealLastBlock(model::OutputKey key);
  void SealBlock(model::OutputKey key, std::int64_t begin);
  void DeleteOutput(model::OutputKey key);

  /// Moves one of the kept totals.
  void AddTotal(std::string_view name, std::int64_t by);
  [[nodiscard]] std::int64_t Total(std::string_view name);

  /// Reads tags, and of a file its terms.
  void Complete(model::Invocation& row);

  /// ListInvocations by something else than block_counts.h counts by: the keys.
  model::Page<std::int64_t> FindInvocations(const InvocationFilter& filter, const model::PageRequest& page);

  // progress.cc
  [[nodiscard]] CountedInvocation LoadProgress(model::InvocationKey invocation);
  /// Sets the states of `now`.
  void SaveProgress(const CountedInvocation& before, CountedInvocation now);
  void InsertProgress(const model::Invocation& row);
  void DeleteProgress(model::InvocationKey invocation);
  /// Tasks came (`sign` 1) or went (-1).
  void AddTasks(model::InvocationKey invocation, const model::StateCounts& more, int sign);
  /// A task changed its state: the counts, states and end of its invocation follow.
  void MoveTask(model::InvocationKey invocation, model::TaskState from, const model::TaskProgress& to);
  // facets.cc
  /// Its key, or 0.
  [[nodiscard]] std::int64_t FindFacet(const FacetValue& value);
  /// When the value is common; else 0. All invocations that have it get it.
  std::int64_t MakeFacet(const FacetValue& value);
  /// After a change of what an invocation has.
  void FollowFacets(const model::Invocation& row);
  void SaveFacets(const CountedInvocation& row);

  /// Else the numbers of blocks are those of before this transaction.
  [[nodiscard]] bool CountsAreWritten() const noexcept;

  /// ListTasks without a machine: the counts of invocations tell where a page begins.
  model::Page<model::Task> WalkTasks(const TaskFilter& filter, const model::PageRequest& page);

  /// ListSchedules of all, in the same way.
  model::Page<StandingTask> WalkSchedules(bool live, const model::PageRequest& page);

  /// Empty marks for the targets [first, first + count).
  void InsertMarks(const model::Invocation& invocation, std::int64_t first, std::size_t count);
  /// A task became final or was opened again: its marks, if it has some, follow.
  void FollowSchedule(model::TaskKey task, bool over);
  void DeleteMarks(model::TaskKey task);
  /// Before a change of marks: the kept counts follow it.
  void FollowMarks(model::TaskKey standing, const model::ScheduleMarks& marks);
  void MoveZone(model::InvocationKey invocation, const std::string& zone, std::int64_t by);
  /// At most `limit` rows of history of an invocation; returns how many.
  std::int64_t DeleteOccurrences(model::InvocationKey invocation, std::int64_t limit);
  void DeleteOccurrence(std::int64_t id);

  // machine_lists.cc
  /// With a name, by one look at every machine.
  model::Page<model::Machine> ListNamed(const MachineFilter& filter, const model::PageRequest& page);
  /// As it is now; `once` is used when the connection keeps none.
  const MachineRoster& Roster(MachineRoster& once);
  /// By tags alone.
  model::Page<model::Machine> ListTagged(const std::vector<TagMatch>& tags, const model::PageRequest& page);
  model::Page<model::Machine> ListKept(const MachineFilter& filter, const model::PageRequest& page,
                                       const KeepMachine& keep);
  void LoadMachines(const std::vector<std::int64_t>& keys, std::vector<model::Machine>& out);

  Database& db_;
  MachineRoster* roster_;
  std::unique_ptr<SqlitePackages> packages_;
  std::unique_ptr<SqlitePlugins> plugins_;
  std::unique_ptr<SqliteRollouts> rollouts_;
  int depth_ = 0;
  std::vector<CountChanges> changes_{1};  ///< One for each Nested under way, and one that is to be written.
};

}  // namespace assist::server::store::sqlite
