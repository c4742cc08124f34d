#include "cli/why/explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>

#include "cli/answer/escape.h"
#include "cli/answer/refusal_text.h"
#include "cli/table/times.h"
#include "protocol/encoding/utf8.h"
#include "protocol/json/json.h"

namespace assist::cli {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kNamesShown = 3;
constexpr std::int64_t kSignals = 128;  // an exit code above it: ended by a signal

/// What went wrong, in the server's words.
std::string WhatWentWrong(const WhyCase& one) {
  const std::string& told = one.error_detail.empty() ? one.error_info : one.error_detail;
  return EscapeLine(told.empty() ? one.error_code : told);
}

std::optional<milliseconds> RunTime(const WhyCase& one) {
  return one.timeline.Between("Started", "Exited", ClockOf::kAgent);
}

/// What stands in the place of a span when only one machine is spoken of and the span is known.
std::string WithSpan(const Look& look, bool alone, std::optional<milliseconds> span, const Message<1>& with,
                     const Message<0>& without) {
  return alone && span ? look.text(with, ShowSpan(*span)) : look.text(without);
}

/// Since a moment of the server's until now.
std::optional<milliseconds> Ago(const WhyCase& one, std::string_view event, const Look& look) {
  const auto time = one.timeline.At(event, ClockOf::kServer);
  if (!time || *time > look.now) return std::nullopt;
  return std::chrono::floor<milliseconds>(look.now - *time);
}

std::string Ended(const WhyCase& one, const Look& look, bool alone) {
  const std::string code = one.row.exit_code ? std::to_string(*one.row.exit_code) : "?";
  const auto span = RunTime(one);
  return alone && span ? look.text(msg::kWhyExitedAfter, code, ShowSpan(*span)) : look.text(msg::kWhyExited, code);
}

/// The budget with its limit and what was measured; of several machines the limit, since each measured something else.
std::string OverBudget(const WhyCase& one, const Look& look, bool alone) {
  std::string what = WhatWentWrong(one);
  if (!alone) what.resize(std::min(what.size(), what.find(", ")));
  if (one.row.exit_code && *one.row.exit_code <= kSignals) {
    return look.text(msg::kWhyExitedOverBudget, std::to_string(*one.row.exit_code), what);
  }
  const auto span = RunTime(one);
  return alone && span ? look.text(msg::kWhyOverBudgetAfter, what, ShowSpan(*span))
                       : look.text(msg::kWhyOverBudget, what);
}

std::string OrderRefused(const WhyCase& one, const Look& look, bool alone) {
  const package::Refusal word = one.refusal->refusal;
  const std::string meaning = RefusalMeaning(word, look.text);
  return alone ? look.text(msg::kWhyOrderRefused, package::Name(word), meaning, EscapeLine(one.refusal->text))
               : look.text(msg::kWhyOrderRefusedFor, package::Name(word), meaning);
}

std::string NotDelivered(const WhyCase& one, const Look& look) {
  return look.text(one.machine ? msg::kWhyBeingWoken : msg::kWhyNotDelivered);
}

std::string TooOld(const WhyCase& one, const Look& look) {
  return one.error_detail.empty() ? look.text(msg::kWhyAgentTooOld)
                                  : look.text(msg::kWhyAgentTooOldFor, EscapeLine(one.error_detail));
}

std::string Scheduled(const WhyCase& one, const Look& look) {
  if (one.row.state == MachineState::kRunning) return look.text(msg::kWhyScheduledRuns, one.row.runs);
  return one.row.next_due.empty() ? look.text(msg::kWhyScheduled, one.row.runs)
                                  : look.text(msg::kWhyScheduledNext, one.row.runs, one.row.next_due);
}

std::string Offline(const WhyCase& one, const Look& look, bool alone) {
  if (!alone || !one.machine || one.machine->last_seen.empty()) return look.text(msg::kWhyOffline);
  return look.text(msg::kWhyOfflineSince, one.machine->last_seen);
}

/// Where a task stands: a clause that begins small, without a name. `alone`: with the spans and times of this one
/// machine.
std::string TaskClause(const WhyCase& one, Verdict verdict, const Look& look, bool alone) {
  const Text& text = look.text;
  switch (verdict) {
    case Verdict::kScheduled:
      return Scheduled(one, look);
    case Verdict::kWaitsForTurn:
      return text(msg::kWhyWaitsForTurn, EscapeLine(one.max_concurrency));
    case Verdict::kDuplicate:
      return text(msg::kWhyDuplicate);
    case Verdict::kOffline:
      return Offline(one, look, alone);
    case Verdict::kDeaf:
      return text(msg::kWhyDeaf);
    case Verdict::kNotDelivered:
      return NotDelivered(one, look);
    case Verdict::kDelivered:
      return WithSpan(look, alone, Ago(one, "Fetched", look), msg::kWhyDeliveredAgo, msg::kWhyDelivered);
    case Verdict::kWaitsThere:
      return text(msg::kWhyWaitsThere);
    case Verdict::kRunning:
      return WithSpan(look, alone, Ago(one, "Started", look), msg::kWhyRunningFor, msg::kWhyRunning);
    case Verdict::kStopping:
      return WithSpan(look, alone, Ago(one, "StopAsked", look), msg::kWhyStoppingFor, msg::kWhyStopping);
    case Verdict::kEnded:
      return Ended(one, look, alone);
    case Verdict::kOrderRefused:
      return OrderRefused(one, look, alone);
    case Verdict::kOverBudget:
      return OverBudget(one, look, alone);
    case Verdict::kTimedOut:
      return WithSpan(look, alone, RunTime(one), msg::kWhyTimedOutAfter, msg::kWhyTimedOut);
    case Verdict::kStopped:
      return WithSpan(look, alone, RunTime(one), msg::kWhyStoppedAfter, msg::kWhyStopped);
    case Verdict::kCancelled:
      return text(msg::kWhyCancelled);
    case Verdict::kCancelledThere:
      return text(msg::kWhyCancelledThere);
    case Verdict::kTooManyErrors:
      return text(msg::kWhyTooManyErrors, WhatWentWrong(one));
    case Verdict::kRefused:
      return text(msg::kWhyRefused, WhatWentWrong(one));
    case Verdict::kCouldNotStart:
      return text(msg::kWhyCouldNotStart, WhatWentWrong(one));
    case Verdict::kAgentTooOld:
      return TooOld(one, look);
    case Verdict::kDeregistered:
      return text(msg::kWhyDeregistered);
    case Verdict::kTimesPassed:
      return text(msg::kWhyTimesPassed);
    case Verdict::kNotTaken:
      return text(msg::kWhyNotTaken);
    case Verdict::kNoWord:
      return text(msg::kWhyNoWord);
    case Verdict::kSilentBeforeStart:
      return text(msg::kWhySilentBeforeStart);
    case Verdict::kSilent:
      return text(msg::kWhySilent);
    case Verdict::kUnknown:
      return text(msg::kWhyUnknown, WhatWentWrong(one));
  }
  return {};
}

/// The same of a schedule, too: when it is over, it stands where its last run does.
std::string Clause(const WhyCase& one, Verdict verdict, const Look& look, bool alone) {
  std::string clause = TaskClause(one, verdict, look, alone);
  if (!one.schedule || one.row.runs == 0 || !IsFinal(one.row.state)) return clause;
  return look.text(msg::kWhyScheduleOver, one.row.runs, clause);
}

/// How to do so; a schedule cannot be run again.
std::string Rerun(const WhyCase& one, const Look& look, const Message<1>& line) {
  return one.schedule ? std::string() : look.text(line, EscapeLine(one.invoke_id));
}

std::string Advice(const WhyCase& one, Verdict verdict, const Look& look) {
  const Text& text = look.text;
  const std::string id = EscapeLine(one.invoke_id);
  switch (verdict) {
    case Verdict::kWaitsForTurn:
    case Verdict::kNotDelivered:
    case Verdict::kDelivered:
    case Verdict::kWaitsThere:
    case Verdict::kRunning:
    case Verdict::kScheduled:
    case Verdict::kCancelled:
    case Verdict::kCancelledThere:
    case Verdict::kStopped:
      return {};
    case Verdict::kEnded:
      return one.row.exit_code == 0 ? std::string() : text(msg::kWhySeeOutput, id);
    case Verdict::kOrderRefused:
      return RefusalWayOut(one.refusal->refusal, text) + Rerun(one, look, msg::kWhyRerunIt);
    case Verdict::kTimedOut:
      return text(msg::kWhyLongerTimeout, id);
    case Verdict::kOverBudget:
      return text(msg::kWhyLargerBudget, id);
    case Verdict::kOffline:
      return text(msg::kWhyStartTheAgent, id);
    case Verdict::kDeaf:
      return text(msg::kWhyWaitForIt, id);
    case Verdict::kDuplicate:
      return text(msg::kWhyRegisterAnew);
    case Verdict::kStopping:
      return text(msg::kWhyStopWaits);
    case Verdict::kTooManyErrors:
    case Verdict::kRefused:
    case Verdict::kCouldNotStart:
      return text(msg::kWhyRunAgain) + Rerun(one, look, msg::kWhyRerunIt);
    case Verdict::kAgentTooOld:
      return text(msg::kWhyUpdateAgent) + Rerun(one, look, msg::kWhyRerunIt);
    case Verdict::kDeregistered:
      return text(msg::kWhyRegisterAndRun);
    case Verdict::kNotTaken:
      return text(msg::kWhyRunAgainOnline) + Rerun(one, look, msg::kWhyRerunUnknown);
    case Verdict::kTimesPassed:
      return text(msg::kWhyNewSchedule);
    case Verdict::kNoWord:
    case Verdict::kSilentBeforeStart:
    case Verdict::kSilent:
      return text(msg::kWhyReportReplaces);
    case Verdict::kUnknown:
      return text(msg::kWhyLookThere) + Rerun(one, look, msg::kWhyRerunUnknown);
  }
  return {};
}

/// `web-3 got it 40 ms after the call and started it at 10:02:03.120`, as far as that is known; else the name alone.
std::string Way(const WhyCase& one, const Look& look, bool& told) {
  const std::string name = EscapeLine(one.name);
  const auto got = one.timeline.Between("Created", "Fetched", ClockOf::kServer);
  const auto started = one.timeline.At("Started", ClockOf::kAgent);
  told = got || started;
  const auto day = one.timeline.At("Created", ClockOf::kServer);
  if (got && started) return look.text(msg::kWhyGotAndStarted, name, ShowSpan(*got), ShowMoment(*started, day));
  if (got) return look.text(msg::kWhyGot, name, ShowSpan(*got));
  if (started) return look.text(msg::kWhyStartedAt, name, ShowMoment(*started, day));
  return name;
}

/// From the end on the machine to the result in the store, without the way between them: no clock sees both.
std::optional<milliseconds> ToTheStore(const TaskTimeline& timeline) {
  const auto there = timeline.Between("Exited", "Reported", ClockOf::kAgent);
  const auto here = timeline.Between("Reported", "Committed", ClockOf::kServer);
  if (!there || !here) return std::nullopt;
  return *there + *here;
}

bool WasReported(Verdict verdict) {
  return verdict == Verdict::kEnded || verdict == Verdict::kOrderRefused || verdict == Verdict::kOverBudget ||
         verdict == Verdict::kTimedOut || verdict == Verdict::kStopped;
}

/// What did not succeed, what is not over, what succeeded.
int Rank(const WhyGroup& group) {
  if (group.state == MachineState::kSucceeded) return 2;
  return IsFinal(group.state) ? 0 : 1;
}

std::string NamesText(const std::vector<std::string>& names, const Look& look) {
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < kNamesShown; ++i) {
    out += (i == 0 ? "" : look.text(msg::kListComma)) + EscapeLine(names[i]);
  }
  if (names.size() > kNamesShown) out += " ...";
  return out;
}

std::string WithAdvice(const Explanation& explanation) {
  return explanation.sentence + "\n" + (explanation.advice.empty() ? "" : explanation.advice + "\n");
}

std::string SkewText(const WhyCase& one, const Look& look) {
  std::optional<milliseconds> skew = one.timeline.skew();
  if (!skew && one.machine && one.machine->clock_skew_ms) skew = milliseconds(*one.machine->clock_skew_ms);
  if (!skew || std::chrono::abs(*skew) <= kNotableSkew) return {};
  return look.text(skew->count() > 0 ? msg::kWhyAhead : msg::kWhyBehind, ShowSpan(std::chrono::abs(*skew))) + "\n";
}

}  // namespace

const VerbSpec& WhySpec() {
  static const VerbSpec kSpec = {
      .name = "why",
      .summary = msg::kWhySummary,
      .usage = {"[ID] [MACHINE...] [OPTIONS]"},
      .examples = {{"assist why t-0123 web-3", msg::kWhyExampleOne}, {"assist why t-0123", msg::kWhyExampleAll}},
      .options = {ShowOutputGroup()},
      .words = Offer::kInvocation,
      .most_words = 1'000,
      .notes = {msg::kWhyNote}};
  return kSpec;
}

WhyOptions ReadWhy(const VerbWords& words) {
  WhyOptions options;
  options.output = ReadOutput(words);
  for (const std::string& word : words.words) {
    const bool is_run = &word == &words.words.front() && (word.starts_with("t-") || word.starts_with("f-"));
    if (is_run) {
      options.id = word;
    } else {
      options.machines.push_back(word);
    }
  }
  return options;
}

Explanation Explain(const WhyCase& one, const Look& look) {
  Explanation out;
  out.verdict = VerdictOf(one);
  bool told = false;
  const std::string way = Way(one, look, told);
  const std::string clause = Clause(one, out.verdict, look, true);
  out.sentence = look.text(told ? msg::kWhyThen : msg::kWhyColon, way, clause);
  if (WasReported(out.verdict)) {
    if (const auto span = ToTheStore(one.timeline)) out.sentence += look.text(msg::kWhyCommittedLater, ShowSpan(*span));
  }
  out.sentence += look.text(msg::kWhyStop);
  out.advice = Advice(one, out.verdict, look);
  return out;
}

std::vector<WhyGroup> Group(const std::vector<WhyCase>& cases, const Look& look) {
  std::vector<WhyGroup> groups;
  for (const WhyCase& one : cases) {
    Explanation same;
    same.verdict = VerdictOf(one);
    same.sentence = Clause(one, same.verdict, look, false) + look.text(msg::kWhyStop);
    same.advice = Advice(one, same.verdict, look);
    auto found = std::find_if(groups.begin(), groups.end(), [&same](const WhyGroup& group) {
      return group.explanation.verdict == same.verdict && group.explanation.sentence == same.sentence;
    });
    if (found == groups.end()) {
      WhyGroup fresh;
      fresh.state = one.row.state;
      fresh.explanation = std::move(same);
      groups.push_back(std::move(fresh));
      found = std::prev(groups.end());
    }
    found->names.push_back(one.name);
  }
  std::stable_sort(groups.begin(), groups.end(), [](const WhyGroup& a, const WhyGroup& b) {
    if (Rank(a) != Rank(b)) return Rank(a) < Rank(b);
    return a.names.size() < b.names.size();
  });
  return groups;
}

std::string GroupsText(const std::vector<WhyGroup>& groups, const Look& look) {
  std::string out;
  for (const WhyGroup& group : groups) {
    out += look.text(msg::kWhyGroup, group.names.size(), NamesText(group.names, look)) + WithAdvice(group.explanation);
  }
  return out;
}

std::string RerunText(const std::string& rerun_of, std::string_view machine, const Look& look) {
  if (rerun_of.empty()) return {};
  const std::string former = EscapeLine(rerun_of);
  return (machine.empty() ? look.text(msg::kWhyRerun, former)
                          : look.text(msg::kWhyRerunOne, former, EscapeLine(machine))) +
         "\n";
}

std::string CaseText(const WhyCase& one, const Look& look) {
  std::string out = WithAdvice(Explain(one, look)) + RerunText(one.rerun_of, one.name, look);
  if (one.timeline.events().empty()) return out;
  out += "\n" + TimelineTable(one.timeline, look).Render(look, {});
  const auto& events = one.timeline.events();
  // What only our agent tells; the stock protocol knows the begin and the end.
  const bool stock = std::none_of(events.begin(), events.end(), [](const TaskTimeline::Event& event) {
    return event.clock == ClockOf::kAgent && event.name != "Started" && event.name != "Exited";
  });
  const bool heard = one.timeline.At("Accepted", ClockOf::kServer).has_value();
  if (stock && heard) out += look.text(msg::kWhyTellsNoTimes) + "\n";
  return out + SkewText(one, look);
}

std::string WhyJson(const std::string& invoke_id, const std::string& rerun_of, const std::vector<WhyCase>& cases,
                    const Look& look) {
  json::Array machines;
  for (const WhyCase& one : cases) {
    const Explanation why = Explain(one, look);
    json::Object row;
    row["InstanceId"] = one.row.id;
    if (one.name != one.row.id) row["InstanceName"] = one.name;
    row["Verdict"] = Name(why.verdict);
    row["Sentence"] = why.sentence;
    if (!why.advice.empty()) row["Advice"] = why.advice;
    if (const auto* status = one.row.raw.if_contains("InvocationStatus")) row["InvocationStatus"] = *status;
    row["Outcome"] = one.outcome;
    if (one.row.exit_code) row["ExitCode"] = *one.row.exit_code;
    row["ErrorCode"] = one.error_code;
    row["ErrorDetail"] = one.error_detail;
    if (why.verdict == Verdict::kOrderRefused) {
      row["Refusal"] = package::Name(one.refusal->refusal);
      row["RefusalText"] = encoding::ToValidUtf8(one.refusal->text);
    }
    if (const auto skew = one.timeline.skew()) row["ClockSkewMs"] = static_cast<std::int64_t>(skew->count());
    json::Array events;
    if (const auto* timeline = one.row.raw.if_contains("Timeline"); timeline != nullptr && timeline->is_object()) {
      if (const auto* list = timeline->get_object().if_contains("TimelineEvent"); list != nullptr && list->is_array()) {
        events = list->get_array();
      }
    }
    row["Timeline"] = std::move(events);
    machines.push_back(std::move(row));
  }
  json::Object why;
  why["InvokeId"] = invoke_id;
  if (!rerun_of.empty()) why["RerunOf"] = rerun_of;
  why["Machines"] = std::move(machines);
  json::Object document;
  document["Why"] = std::move(why);
  return json::Write(document);
}

}  // namespace assist::cli
