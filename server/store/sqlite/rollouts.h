// store::RolloutTables in SQL. One object a SqliteTx.
#pragma once

#include "server/store/rollout_tables.h"
#include "server/store/sqlite/database.h"

namespace assist::server::store::sqlite {

class SqliteRollouts final : public RolloutTables {
 public:
  explicit SqliteRollouts(Database& db) : db_(db) {}

  std::optional<model::Rollout> Find(const model::RolloutId& id) override;
  std::optional<model::Rollout> Load(model::RolloutKey key) override;
  std::optional<model::Rollout> LiveOf(const std::string& name) override;
  std::vector<model::RolloutKey> Live(std::int64_t limit) override;
  model::Page<model::Rollout> List(const RolloutFilter& filter, const model::PageRequest& page) override;
  std::optional<RolloutMachineRow> FindMachine(model::RolloutKey rollout, model::MachineKey machine) override;
  std::vector<RolloutMachineRow> MachinesIn(model::RolloutKey rollout, model::MachineRollout state, std::int64_t before,
                                            std::int64_t limit) override;
  std::vector<RolloutMachineRow> MachinesOfWave(model::RolloutKey rollout, int wave, std::int64_t before,
                                                std::int64_t limit) override;
  model::Page<RolloutMachineRow> ListMachines(const RolloutMachineFilter& filter,
                                              const model::PageRequest& page) override;
  bool HasOpenOrder(model::MachineKey machine) override;
  model::RolloutCounts Count(model::RolloutKey rollout) override;
  model::RolloutCounts CountWave(model::RolloutKey rollout, int wave) override;
  std::vector<ReasonCount> CountReasons(model::RolloutKey rollout) override;
  std::vector<RolloutCandidate> Candidates(model::MachineKey after, const std::vector<TagMatch>& tags,
                                           std::int64_t limit) override;

  void Insert(model::Rollout& rollout) override;
  void Save(const model::Rollout& rollout) override;
  void PutMachine(const model::RolloutMachine& machine) override;
  std::int64_t MoveMachines(model::RolloutKey rollout, const Move& move, std::int64_t limit) override;
  void CountRestart(model::MachineKey machine) override;
  bool ForgetOld(std::int64_t keep, std::int64_t limit) override;

 private:
  std::vector<RolloutMachineRow> Rows(std::string_view condition, model::RolloutKey rollout, std::int64_t value,
                                      std::int64_t before, std::int64_t limit);

  Database& db_;
};

}  // namespace assist::server::store::sqlite
