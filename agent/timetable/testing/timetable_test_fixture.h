// The fixture of Timetable's tests.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agent/timetable/testing/fake_timetable_machine.h"

namespace assist::agent::timetable {

inline const SystemTime kNoon = *ParseIso8601("2026-03-10T12:00:00Z");  // when a machine is new

class TimetableTest : public ::testing::Test, protected FakeTimetableMachine {
 protected:
  [[nodiscard]] wire::Report Last(const std::string& id) const {
    const auto reports = sink->Of(id);
    return reports.empty() ? wire::Report{} : reports.back();
  }
  /// Runs end at once.
  void EndAll() {
    std::vector<std::string> ids;
    for (const auto& [folder, running] : supervisors) {
      if (running) ids.push_back(folder.substr(6));
    }
    for (const auto& id : ids) Exit(id);
    Poll();
  }
};

}  // namespace assist::agent::timetable
