// Hands the lists that transport fetches to task_engine, timetable and files, and tells what this machine is. One
// executor.
#pragma once

#include <string>

#include "agent/files/file_engine.h"
#include "agent/inventory/facts.h"
#include "agent/service/rest_keeper.h"
#include "agent/task_engine/task_engine.h"
#include "agent/timetable/timetable.h"
#include "agent/transport/transport.h"
#include "agent/transport/work_sink.h"

namespace assist::agent::service {

class WorkDesk final : public transport::WorkSink {
 public:
  /// Before transport starts. All outlive this.
  void Connect(task_engine::TaskEngine& engine, timetable::Timetable& timetable, files::FileEngine& files) {
    engine_ = &engine;
    timetable_ = &timetable;
    files_ = &files;
  }

  asio::awaitable<void> Take(wire::TaskList list) override;
  [[nodiscard]] std::int64_t highest_delivery() const override;

 private:
  task_engine::TaskEngine* engine_ = nullptr;
  timetable::Timetable* timetable_ = nullptr;
  files::FileEngine* files_ = nullptr;
};

class FactDesk final : public transport::FactSource {
 public:
  FactDesk(std::string machine_id, const Clock& clock) : machine_id_(std::move(machine_id)), clock_(clock) {}
  /// Before transport starts: hears that the facts were asked for, which every heart-beat does. Outlives this.
  void Connect(RestKeeper& rest) { rest_ = &rest; }
  [[nodiscard]] transport::MachineFacts Facts() override;

 private:
  const std::string machine_id_;  ///< As registered; empty: the machine's own.
  const Clock& clock_;
  RestKeeper* rest_ = nullptr;
};

}  // namespace assist::agent::service
