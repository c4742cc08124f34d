// The fixture of TaskEngine's tests.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "agent/task_engine/testing/fake_machine.h"

namespace assist::agent::task_engine {

class TaskEngineTest : public ::testing::Test, protected FakeMachine {
 protected:
  [[nodiscard]] std::string Kinds(const std::string& id) const { return sink->Kinds(id); }
  [[nodiscard]] wire::Report Last(const std::string& id) const {
    const auto reports = sink->Of(id);
    return reports.empty() ? wire::Report{} : reports.back();
  }
  static ReportOutcome Is(Delivery delivery, std::optional<std::uint64_t> next = {}) { return {delivery, next}; }
};

}  // namespace assist::agent::task_engine
