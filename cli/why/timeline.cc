#include "cli/why/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "protocol/json/reader.h"

namespace assist::cli {
namespace {

using std::chrono::milliseconds;

/// `2026-11-23T10:02:03.120Z`
std::optional<SystemTime> ParseMillis(std::string_view text) {
  if (text.size() != 24 || text[19] != '.') return std::nullopt;
  const auto seconds = ParseIso8601(std::string(text.substr(0, 19)) + "Z");
  int millis = 0;
  const auto [end, error] = std::from_chars(text.data() + 20, text.data() + 23, millis);
  if (!seconds || error != std::errc() || end != text.data() + 23 || millis < 0) return std::nullopt;
  return *seconds + milliseconds(millis);
}

/// What happens on the way of a task, in its order, with the words for people.
struct Step {
  std::string_view name;
  Message<0> word;
};
constexpr std::array kSteps = {
    Step{"Created", msg::kWhyCreated},     Step{"Woken", msg::kWhyWoken},         Step{"Fetched", msg::kWhyFetched},
    Step{"Journaled", msg::kWhyJournaled}, Step{"Accepted", msg::kWhyAccepted},   Step{"Started", msg::kWhyStarted},
    Step{"FirstOutput", msg::kWhyOutput},  Step{"StopAsked", msg::kWhyStopAsked}, Step{"Exited", msg::kWhyEnded},
    Step{"Reported", msg::kWhyReported},   Step{"Committed", msg::kWhyCommitted}, Step{"Concluded", msg::kWhyConcluded},
};

std::string Since(const std::optional<SystemTime>& before, const std::optional<SystemTime>& time) {
  if (!before || !time) return {};
  const auto span = std::chrono::floor<milliseconds>(*time - *before);
  return span.count() < 0 ? "-" + ShowSpan(-span) : "+" + ShowSpan(span);
}

}  // namespace

TaskTimeline::TaskTimeline(const json::Object& row) {
  json::Reader in(row);
  auto timeline = in.Child("Timeline");
  if (!timeline) return;
  timeline->Each("TimelineEvent", [this](json::Reader& item) {
    Event event;
    event.name = std::string(item.StringOr("Event", ""));
    event.clock = item.StringOr("Clock", "") == "Agent" ? ClockOf::kAgent : ClockOf::kServer;
    const auto time = ParseMillis(item.StringOr("Time", ""));
    if (!time) return;
    event.time = *time;
    events_.push_back(std::move(event));
  });
}

std::optional<SystemTime> TaskTimeline::At(std::string_view name, ClockOf clock) const {
  const auto found = std::find_if(events_.begin(), events_.end(),
                                  [&](const Event& event) { return event.name == name && event.clock == clock; });
  return found == events_.end() ? std::nullopt : std::optional<SystemTime>(found->time);
}

std::optional<milliseconds> TaskTimeline::Between(std::string_view from, std::string_view to, ClockOf clock) const {
  const auto begin = At(from, clock);
  const auto end = At(to, clock);
  if (!begin || !end || *end < *begin) return std::nullopt;
  return std::chrono::floor<milliseconds>(*end - *begin);
}

std::optional<milliseconds> TaskTimeline::skew() const {
  const auto sent = At("Reported", ClockOf::kAgent);
  const auto came = At("Reported", ClockOf::kServer);
  if (!sent || !came) return std::nullopt;
  return std::chrono::floor<milliseconds>(*sent - *came);
}

std::string ShowSpan(milliseconds span) {
  const std::int64_t ms = span.count();
  if (ms < 1'000) return fmt::format("{} ms", ms);
  if (ms < 60'000) return fmt::format("{}.{} s", ms / 1'000, ms / 100 % 10);
  const std::int64_t seconds = ms / 1'000;
  if (seconds < 3'600) return fmt::format("{}:{:02} min", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02} h", seconds / 3'600, seconds / 60 % 60, seconds % 60);
}

std::string ShowMoment(SystemTime time, std::optional<SystemTime> day) {
  const std::string text = FormatIso8601Millis(time);
  const bool same = day && FormatIso8601Millis(*day).substr(0, 10) == text.substr(0, 10);
  return same ? text.substr(11, 12) : text.substr(0, 10) + " " + text.substr(11, 12);
}

Table TimelineTable(const TaskTimeline& timeline, const Look& look) {
  const Text& text = look.text;
  Table table({{text(msg::kWhyColumnStep)},
               {text(msg::kWhyColumnServer)},
               {text(msg::kWhyColumnAfter), Column::kWhole, 0, true},
               {text(msg::kWhyColumnAgent)},
               {text(msg::kWhyColumnAfter), Column::kWhole, 0, true}});
  std::optional<SystemTime> day;
  std::optional<SystemTime> server_before;
  std::optional<SystemTime> agent_before;
  for (const Step& step : kSteps) {
    const auto server = timeline.At(step.name, ClockOf::kServer);
    const auto agent = timeline.At(step.name, ClockOf::kAgent);
    if (!server && !agent) continue;
    table.Add({text(step.word), server ? ShowMoment(*server, day) : "", Since(server_before, server),
               agent ? ShowMoment(*agent, day) : "", Since(agent_before, agent)});
    if (server) server_before = server;
    if (agent) agent_before = agent;
    if (!day) day = server ? server : agent;
  }
  return table;
}

}  // namespace assist::cli
