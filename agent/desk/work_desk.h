// Hands the lists that the link fetches to those who carry them out: task_engine, timetable and files. Owned by
// agent/service, one per agent. One executor: that of the agent.
#pragma once

#include "agent/files/file_engine.h"
#include "agent/link/work_sink.h"
#include "agent/task_engine/task_engine.h"
#include "agent/timetable/timetable.h"

namespace assist::agent::desk {

namespace asio = boost::asio;

class WorkDesk final : public link::WorkSink {
 public:
  /// Before the link starts. All outlive this. Without `files`, what is sent as a file is not taken.
  void Connect(task_engine::TaskEngine& engine, timetable::Timetable& timetable, files::FileEngine* files = nullptr) {
    engine_ = &engine;
    timetable_ = &timetable;
    files_ = files;
  }

  asio::awaitable<void> Take(wire::TaskList list) override;
  [[nodiscard]] std::int64_t highest_delivery() const override;
  /// Reports that wait for their next try are sent now.
  void LinkIsBack();

 private:
  task_engine::TaskEngine* engine_ = nullptr;
  timetable::Timetable* timetable_ = nullptr;
  files::FileEngine* files_ = nullptr;
};

}  // namespace assist::agent::desk
