// A machine for tests of Timetable: task_engine's, with schedules. Only tests include it.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/task_engine/testing/fake_machine.h"
#include "agent/timetable/timetable.h"
#include "common/schedule/fake_zones.h"

namespace assist::agent::timetable {

class FakeTimetableMachine : public task_engine::FakeMachine {
 public:
  FakeTimetableMachine() { clock.StepWall(*ParseIso8601("2026-03-10T12:00:00Z") - clock.Now()); }
  ~FakeTimetableMachine() override { Kill(); }

  void EngineMade() override {
    timetable = std::make_unique<Timetable>(
        timetable_options, io->get_executor(), clock, random, zones,
        [this] {
          ++zone_asked;
          return local;
        },
        host->boot_id(), *journal, *engine, *sink, log);
    engine->SetRunBoard(timetable->board());
  }
  void EngineStarted() override {
    auto started = Call(timetable->Start());
    ASSERT_TRUE(started && *started);
  }
  void EngineGoes() override { timetable.reset(); }

  static wire::TaskEntry Cron(const std::string& id, const std::string& text, std::int64_t delivery = 0) {
    wire::TaskEntry entry = Entry(id, delivery);
    entry.repeat = wire::Repeat::kPeriod;
    entry.cron = text;
    entry.assist->schedule.emplace();
    return entry;
  }
  static wire::TaskEntry Rate(const std::string& id, const std::string& text, SystemTime created,
                              std::int64_t delivery = 0) {
    wire::TaskEntry entry = Cron(id, text, delivery);
    entry.repeat = wire::Repeat::kRate;
    entry.creation_time = created;
    return entry;
  }
  static wire::TaskEntry Boot(const std::string& id, wire::Repeat repeat, std::int64_t delivery = 0) {
    wire::TaskEntry entry = Cron(id, "", delivery);
    entry.repeat = repeat;
    return entry;
  }
  static wire::TaskEntry ToStock(wire::TaskEntry entry) {
    entry.assist.reset();
    return entry;
  }
  task_engine::Accepted Schedule(wire::TaskEntry entry) {
    auto accepted = Call(timetable->Accept(std::vector<wire::TaskEntry>(1, std::move(entry))));
    EXPECT_TRUE(accepted);
    return accepted.value_or(task_engine::Accepted{});
  }
  void StopSchedule(const std::string& id, bool process_only = false) {
    wire::TaskEntry entry = Cron(id, "");
    if (process_only) entry.assist->termination = wire::Termination::kProcess;
    CallVoid(timetable->StopSchedules(std::vector<wire::TaskEntry>(1, std::move(entry))));
  }

  /// `accepted; 1 finish; 2+3 missed Late; stopped completed` …: what a schedule's reports say.
  [[nodiscard]] std::string Told(const std::string& id, std::size_t from = 0) const {
    std::string text;
    const auto reports = sink->Of(id);
    for (std::size_t i = from; i < reports.size(); ++i) {
      const wire::Report& report = reports[i];
      if (!text.empty()) text += "; ";
      if (report.occurrence) text += std::to_string(report.occurrence->number);
      if (report.missed) text += "+" + std::to_string(report.missed->count);
      if (report.occurrence) text += " ";
      text += Name(report.kind);
      if (report.missed) text += " " + std::string(Name(report.missed->reason));
      if (!report.result.empty()) text += " " + report.result;
      if (!report.value.empty()) text += " " + report.value;
    }
    return text;
  }

  Options timetable_options;
  FakeZones zones;
  std::shared_ptr<const Zone> local = Zone::Fixed("Asia/Shanghai", std::chrono::hours(8));
  std::size_t zone_asked = 0;
  std::unique_ptr<Timetable> timetable;
};

}  // namespace assist::agent::timetable
