#include "cli/rollouts/rollout_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "cli/answer/escape.h"
#include "cli/answer/refusal_text.h"
#include "cli/table/times.h"
#include "protocol/json/reader.h"

namespace assist::cli {
namespace {

struct Word {
  std::string_view name;
  Message<0> text;
  Tone tone;
};

constexpr std::array<Word, 8> kRolloutStates = {{
    {"Preparing", msg::kRelPreparing, Tone::kMoving},
    {"Running", msg::kRelRunning, Tone::kMoving},
    {"Trailing", msg::kRelTrailing, Tone::kMoving},
    {"Paused", msg::kRelPaused, Tone::kCareful},
    {"RollingBack", msg::kRelRollingBack, Tone::kCareful},
    {"RolledBack", msg::kRelRolledBack, Tone::kBad},
    {"Finished", msg::kRelFinished, Tone::kGood},
    {"Ended", msg::kRelEnded, Tone::kFaint},
}};
constexpr std::array<Word, 8> kMachineStates = {{
    {"Updated", msg::kRelMUpdated, Tone::kGood},
    {"Failed", msg::kRelMFailed, Tone::kBad},
    {"RollbackFailed", msg::kRelMRollbackFailed, Tone::kBad},
    {"RollingBack", msg::kRelMRollingBack, Tone::kCareful},
    {"RolledBack", msg::kRelMRolledBack, Tone::kCareful},
    {"Ordered", msg::kRelMOrdered, Tone::kMoving},
    {"Waiting", msg::kRelMWaiting, Tone::kFaint},
    {"Skipped", msg::kRelMSkipped, Tone::kFaint},
}};
constexpr std::array<Word, 5> kWaits = {{
    {"Machines", msg::kRelWaitMachines, Tone::kPlain},
    {"Results", msg::kRelWaitResults, Tone::kPlain},
    {"Wait", msg::kRelWaitGate, Tone::kPlain},
    {"Window", msg::kRelWaitWindow, Tone::kPlain},
    {"Disabled", msg::kRelWaitDisabled, Tone::kPlain},
}};
constexpr std::array<Word, 12> kReasons = {{
    {"NotSeen", msg::kRelNotSeen, Tone::kPlain},
    {"AlreadyThere", msg::kRelAlreadyThere, Tone::kPlain},
    {"StockAgent", msg::kRelStockAgent, Tone::kPlain},
    {"NoPackage", msg::kRelNoPackage, Tone::kPlain},
    {"NotReached", msg::kRelNotReached, Tone::kPlain},
    {"Deregistered", msg::kRelDeregistered, Tone::kPlain},
    {"Ended", msg::kRelOverBefore, Tone::kPlain},
    {"Unknown", msg::kRelUnknownEnd, Tone::kPlain},
    {"TimedOut", msg::kRelTimedOut, Tone::kPlain},
    {"Stopped", msg::kRelStopped, Tone::kPlain},
    {"NotStarted", msg::kRelNotStarted, Tone::kPlain},
    {"ExitCode", msg::kRelExitCode, Tone::kPlain},
}};

template <std::size_t N>
const Word* Find(const std::array<Word, N>& words, std::string_view name) {
  const auto found = std::find_if(words.begin(), words.end(), [name](const Word& word) { return word.name == name; });
  return found == words.end() ? nullptr : &*found;
}

/// A word that a newer server has is shown as it is.
template <std::size_t N>
std::string Shown(const std::array<Word, N>& words, std::string_view name, const Text& text) {
  const Word* const word = Find(words, name);
  return word == nullptr ? EscapeLine(name) : text(word->text);
}
template <std::size_t N>
Cell ShownCell(const std::array<Word, N>& words, std::string_view name, const Text& text) {
  const Word* const word = Find(words, name);
  return word == nullptr ? Cell(std::string(name)) : Cell(text(word->text), word->tone);
}

std::optional<package::Refusal> RefusalOfWord(std::string_view word) {
  for (int code = 0; code < 256; ++code) {
    const auto refusal = package::RefusalOfExitCode(code);
    if (refusal && package::Name(*refusal) == word) return refusal;
  }
  return std::nullopt;
}

std::int64_t CountIn(const RolloutRow::Counts& c, std::string_view state) {
  if (state == "Updated") return c.updated;
  if (state == "Failed") return c.failed;
  if (state == "RollbackFailed") return c.rollback_failed;
  if (state == "RollingBack") return c.rolling_back;
  if (state == "RolledBack") return c.rolled_back;
  if (state == "Ordered") return c.ordered;
  return state == "Waiting" ? c.waiting : c.skipped;
}

std::string CountsText(const RolloutRow& row, const Text& text) {
  std::string out;
  for (const Word& word : kMachineStates) {
    const std::int64_t count = CountIn(row.counts, word.name);
    if (count == 0) continue;
    out += (out.empty() ? "" : text(msg::kListComma)) + text(msg::kCountOfState, count, text(word.text));
  }
  return out;
}

std::string WaitText(const RolloutRow& row, const Text& text) {
  if (row.waiting_for == "Wait" && !row.wait_until.empty()) {
    return text(msg::kRelWaitsUntil, EscapeLine(row.wait_until));
  }
  return row.waiting_for.empty() ? "" : text(msg::kRelWaits, Shown(kWaits, row.waiting_for, text));
}

RolloutRow::Counts ReadCounts(json::Reader& item) {
  RolloutRow::Counts counts;
  auto in = item.Child("Counts");
  if (!in) return counts;
  counts.failed = in->IntOr("Failed", 0);
  counts.ordered = in->IntOr("Ordered", 0);
  counts.rollback_failed = in->IntOr("RollbackFailed", 0);
  counts.rolled_back = in->IntOr("RolledBack", 0);
  counts.rolling_back = in->IntOr("RollingBack", 0);
  counts.skipped = in->IntOr("Skipped", 0);
  counts.total = in->IntOr("Total", 0);
  counts.updated = in->IntOr("Updated", 0);
  counts.waiting = in->IntOr("Waiting", 0);
  return counts;
}

}  // namespace

bool RolloutRow::over() const noexcept { return state == "Finished" || state == "RolledBack" || state == "Ended"; }

std::int64_t RolloutRow::wave_count() const noexcept { return std::count(waves.begin(), waves.end(), ',') + 1; }

Status ReadRollouts(const json::Object& page, std::vector<RolloutRow>& into) {
  json::Reader in(page);
  auto outer = in.Child("AgentRollouts");
  if (!outer) return in.status() ? Status(Fail(Errc::kInvalid, "AgentRollouts: is missing")) : in.Error();
  std::size_t index = 0;
  outer->Each("AgentRollout", [&](json::Reader& item) {
    RolloutRow row;
    row.raw = page.at("AgentRollouts").as_object().at("AgentRollout").as_array().at(index++).as_object();
    row.id = std::string(item.String("RolloutId"));
    row.name = std::string(item.StringOr("Name", ""));
    row.version = std::string(item.StringOr("Version", ""));
    row.state = std::string(item.String("State"));
    row.reason = std::string(item.StringOr("Reason", ""));
    row.reason_text = std::string(item.StringOr("ReasonText", ""));
    row.waiting_for = std::string(item.StringOr("WaitingFor", ""));
    row.wait_until = std::string(item.StringOr("WaitUntil", ""));
    row.waves = std::string(item.StringOr("Waves", ""));
    row.created = std::string(item.StringOr("CreationTime", ""));
    row.ended = std::string(item.StringOr("EndTime", ""));
    row.wave = item.IntOr("Wave", 0);
    row.wait = item.IntOr("Wait", 0);
    row.min_healthy = item.IntOr("MinHealthyPercent", 0);
    row.max_restarts = item.IntOr("MaxRestarts", 0);
    row.max_memory = item.IntOr("MaxMemoryPercent", 0);
    row.counts = ReadCounts(item);
    if (auto reasons = item.Child("Reasons")) {
      reasons->Each("Reason", [&row](json::Reader& one) {
        row.reasons.push_back(
            {std::string(one.StringOr("State", "")), std::string(one.StringOr("Reason", "")), one.IntOr("Count", 0)});
      });
    }
    into.push_back(std::move(row));
  });
  if (!in.status()) return in.Error();
  return {};
}

Status ReadRolloutMachines(const json::Object& page, std::vector<RolloutMachine>& into) {
  json::Reader in(page);
  auto outer = in.Child("RolloutMachines");
  if (!outer) return in.status() ? Status(Fail(Errc::kInvalid, "RolloutMachines: is missing")) : in.Error();
  std::size_t index = 0;
  outer->Each("RolloutMachine", [&](json::Reader& item) {
    RolloutMachine row;
    row.raw = page.at("RolloutMachines").as_object().at("RolloutMachine").as_array().at(index++).as_object();
    row.id = std::string(item.String("InstanceId"));
    row.state = std::string(item.String("State"));
    row.reason = std::string(item.StringOr("Reason", ""));
    row.reason_text = std::string(item.StringOr("ReasonText", ""));
    row.version = std::string(item.StringOr("AgentVersion", ""));
    row.changed = std::string(item.StringOr("ChangeTime", ""));
    row.invoke_id = std::string(item.StringOr("InvokeId", ""));
    row.wave = item.IntOr("Wave", 0);
    into.push_back(std::move(row));
  });
  if (!in.status()) return in.Error();
  return {};
}

std::string RolloutStateWord(std::string_view state, const Text& text) { return Shown(kRolloutStates, state, text); }
std::string MachineStateWord(std::string_view state, const Text& text) { return Shown(kMachineStates, state, text); }

std::string ReasonMeaning(std::string_view reason, const Text& text) {
  if (const auto refusal = RefusalOfWord(reason)) return RefusalMeaning(*refusal, text);
  return Shown(kReasons, reason, text);
}

Table RolloutTable(const std::vector<RolloutRow>& rows, const Look& look) {
  const Text& text = look.text;
  Table table({{text(msg::kColumnRollout)},
               {text(msg::kColumnVersion)},
               {text(msg::kColumnState)},
               {text(msg::kColumnWave)},
               {text(msg::kColumnUpdated), Column::kWhole, 3, true},
               {text(msg::kColumnFailed), Column::kWhole, 4, true},
               {text(msg::kColumnWaiting), Column::kWhole, 5, true},
               {text(msg::kColumnBegun), Column::kWhole, 2},
               {text(msg::kColumnWhy), 12, 6}});
  for (const RolloutRow& row : rows) {
    table.Add({row.id, row.version, ShownCell(kRolloutStates, row.state, text),
               fmt::format("{}/{}", row.wave, row.wave_count()), std::to_string(row.counts.updated),
               std::to_string(row.counts.failed), std::to_string(row.counts.waiting), When(row.created, look),
               row.reason_text.empty() ? row.reason : row.reason_text});
  }
  return table;
}

std::string RolloutLine(const RolloutRow& row, const Text& text) {
  return text(msg::kRelLine, RolloutStateWord(row.state, text), row.wave, row.wave_count(), CountsText(row, text),
              WaitText(row, text));
}

std::string RolloutReasons(const RolloutRow& row, const Text& text) {
  std::string out;
  std::string ways;
  for (const RolloutRow::Reason& reason : row.reasons) {
    if (reason.reason.empty()) continue;
    out += fmt::format("  {} {}: {}: {}\n", reason.count, MachineStateWord(reason.state, text),
                       EscapeLine(reason.reason), ReasonMeaning(reason.reason, text));
    const auto refusal = RefusalOfWord(reason.reason);
    if (!refusal) continue;
    std::string way = text(msg::kRefusalWay, reason.reason, RefusalWayOut(*refusal, text));
    if (ways.find(way) == std::string::npos) ways += way;
  }
  return out + ways;
}

std::string RolloutFacts(const RolloutRow& row, const Look& look) {
  const Text& text = look.text;
  const std::string id = EscapeLine(row.id);
  Facts facts;
  facts.Add(text(msg::kFactRollout), Cell(row.id, Tone::kStrong));
  facts.Add(text(msg::kFactVersion), fmt::format("{} {}", row.name, row.version));
  const Cell state = ShownCell(kRolloutStates, row.state, text);
  facts.Add(text(msg::kFactState), state);
  facts.Add(text(msg::kFactWave), fmt::format("{}/{} ({} %)", row.wave, row.wave_count(), row.waves));
  facts.Add(text(msg::kFactMachines), fmt::format("{}: {}", row.counts.total, CountsText(row, text)));
  if (!row.waiting_for.empty()) {
    const bool gate = row.waiting_for == "Wait" && !row.wait_until.empty();
    facts.Add(text(msg::kFactWaitsFor), Shown(kWaits, row.waiting_for, text) + (gate ? " " + row.wait_until : ""));
  }
  facts.Add(text(msg::kFactGate),
            text(msg::kRelGateText, row.min_healthy, row.max_restarts, row.max_memory, fmt::format("{} s", row.wait)));
  facts.Add(text(msg::kFactBegun), WhenExactly(row.created, look));
  if (!row.ended.empty()) facts.Add(text(msg::kFactOver), WhenExactly(row.ended, look));
  std::string out = facts.Render(look);
  if (row.paused()) {
    out += text(msg::kRelPausedBy, EscapeLine(row.reason), EscapeLine(row.reason_text)) + "\n";
    out += text(msg::kRelPausedHow, id) + "\n";
  } else if (!row.reason_text.empty()) {
    out += EscapeLine(row.reason_text) + "\n";
  }
  const std::string reasons = RolloutReasons(row, text);
  if (!reasons.empty()) out += text(msg::kFactReasons) + "\n" + reasons;
  return out;
}

Table RolloutMachineTable(const std::vector<RolloutMachine>& rows, const NameBook& names, const Look& look) {
  const Text& text = look.text;
  Table table({{text(msg::kColumnMachine), 12},
               {text(msg::kColumnState)},
               {text(msg::kColumnWave), Column::kWhole, 4, true},
               {text(msg::kColumnVersion), Column::kWhole, 3},
               {text(msg::kColumnRun), Column::kWhole, 5},
               {text(msg::kColumnWhy), 16, 2}});
  for (const RolloutMachine& row : rows) {
    const std::string name = names.NameOf(row.id);
    std::string why = row.reason.empty() ? "" : row.reason + ": ";
    if (!row.reason.empty()) why += row.reason_text.empty() ? ReasonMeaning(row.reason, text) : row.reason_text;
    table.Add({name.empty() ? row.id : name, ShownCell(kMachineStates, row.state, text),
               row.wave == 0 ? "" : std::to_string(row.wave), row.version, row.invoke_id, std::move(why)});
  }
  return table;
}

std::string RolloutsJson(std::vector<RolloutRow> rows) {
  json::Array list;
  for (RolloutRow& row : rows) list.emplace_back(std::move(row.raw));
  json::Object document;
  document["TotalCount"] = list.size();
  document["RolloutList"] = std::move(list);
  return json::Write(document);
}

std::string RolloutJson(RolloutRow row, std::vector<RolloutMachine> machines, bool with_machines,
                        const NameBook& names) {
  json::Object document;
  document["Rollout"] = std::move(row.raw);
  if (with_machines) {
    json::Array list;
    for (RolloutMachine& machine : machines) {
      if (const std::string name = names.NameOf(machine.id); !name.empty()) machine.raw["InstanceName"] = name;
      list.emplace_back(std::move(machine.raw));
    }
    document["Machines"] = std::move(list);
  }
  return json::Write(document);
}

}  // namespace assist::cli
