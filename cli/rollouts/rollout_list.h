// Rollouts of agent releases as DescribeAgentRollouts tells them. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/run/names.h"
#include "cli/table/table.h"
#include "cli/text/text.h"
#include "common/base/result.h"
#include "protocol/json/json.h"

namespace assist::cli {

struct RolloutRow {
  std::string id;
  std::string name;
  std::string version;
  std::string state;        ///< The API's word: Running, Paused …
  std::string reason;       ///< Of a pause or an end.
  std::string reason_text;  ///< For people, from the server.
  std::string waiting_for;
  std::string wait_until;
  std::string waves;
  std::string created;
  std::string ended;
  std::int64_t wave = 0;
  std::int64_t wait = 0;
  std::int64_t min_healthy = 0;
  std::int64_t max_restarts = 0;
  std::int64_t max_memory = 0;
  struct Counts {
    std::int64_t failed = 0, ordered = 0, rollback_failed = 0, rolled_back = 0, rolling_back = 0, skipped = 0,
                 total = 0, updated = 0, waiting = 0;
    friend bool operator==(const Counts&, const Counts&) = default;
  } counts;
  struct Reason {
    std::string state;
    std::string reason;
    std::int64_t count = 0;
  };
  std::vector<Reason> reasons;  ///< Of machines.
  json::Object raw;

  /// Nothing happens any more by itself.
  [[nodiscard]] bool over() const noexcept;
  /// So that an operator has to decide.
  [[nodiscard]] bool paused() const noexcept { return state == "Paused"; }
  [[nodiscard]] std::int64_t wave_count() const noexcept;
};
[[nodiscard]] Status ReadRollouts(const json::Object& page, std::vector<RolloutRow>& into);

struct RolloutMachine {
  std::string id;
  std::string state;
  std::string reason;
  std::string reason_text;
  std::string version;
  std::string changed;
  std::string invoke_id;
  std::int64_t wave = 0;
  json::Object raw;
};
[[nodiscard]] Status ReadRolloutMachines(const json::Object& page, std::vector<RolloutMachine>& into);

/// What a word of the API is called.
[[nodiscard]] std::string RolloutStateWord(std::string_view state, const Text& text);
[[nodiscard]] std::string MachineStateWord(std::string_view state, const Text& text);
/// Why a machine stands so: of a refusal what the word means. Empty for an empty one.
[[nodiscard]] std::string ReasonMeaning(std::string_view reason, const Text& text);

[[nodiscard]] Table RolloutTable(const std::vector<RolloutRow>& rows, const Look& look);
/// One rollout, with what there is to do when it is paused.
[[nodiscard]] std::string RolloutFacts(const RolloutRow& row, const Look& look);
[[nodiscard]] Table RolloutMachineTable(const std::vector<RolloutMachine>& rows, const NameBook& names,
                                        const Look& look);
/// `running, wave 2 of 4: 10 updated, 1 failed, 89 waiting; it waits for results`: the same line while nothing changes.
[[nodiscard]] std::string RolloutLine(const RolloutRow& row, const Text& text);
/// Lines each for why machines failed or were left out, and the way out of refusals. Escaped.
[[nodiscard]] std::string RolloutReasons(const RolloutRow& row, const Text& text);

/// {"RolloutList":[…],"TotalCount":n}
[[nodiscard]] std::string RolloutsJson(std::vector<RolloutRow> rows);
/// {"Rollout":{…},"Machines":[…]}; without machines when they were not asked for.
[[nodiscard]] std::string RolloutJson(RolloutRow row, std::vector<RolloutMachine> machines, bool with_machines,
                                      const NameBook& names);

}  // namespace assist::cli
