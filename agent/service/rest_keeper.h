// Sees the agent come to rest: it hears of every report and heart-beat, and when none was for a while it does what rest
// is for.
// One executor.
#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include "agent/task_engine/report_sink.h"
#include "common/async/clock.h"
#include "common/base/unique_function.h"

namespace assist::agent::service {

/// Every task and every run of a schedule begins and ends with a report, so reports tell of work. No timer runs at
/// rest.
class RestKeeper final : public task_engine::ReportSink {
 public:
  /// `next` takes the reports; it and `clock` outlive this. `rest` is called on `executor` once after each busy time.
  RestKeeper(task_engine::ReportSink& next, asio::any_io_executor executor, Clock& clock,
             std::chrono::microseconds quiet, UniqueFunction<void()> rest)
      : next_(next), executor_(std::move(executor)), clock_(clock), quiet_(quiet), rest_(std::move(rest)) {}

  asio::awaitable<task_engine::ReportOutcome> Send(wire::Report report) override {
    Worked();
    if (ended_ && wire::IsFinal(report.kind)) ended_();
    task_engine::ReportOutcome outcome = co_await next_.Send(std::move(report));
    Worked();
    co_return outcome;
  }
  /// `ended` is called when the end of a task goes to the server, each time that is tried.
  void OnEnd(UniqueFunction<void()> ended) { ended_ = std::move(ended); }
  /// Something was done that is no report: the time of quiet begins anew.
  void Worked() {
    last_ = clock_.Steady();
    if (!timer_) Wait();
  }

 private:
  void Wait() {
    timer_ = clock_.CallAt(last_ + quiet_, executor_, [this] { Look(); });
  }
  void Look() {
    if (clock_.Steady() - last_ < quiet_) return Wait();
    timer_.reset();
    rest_();
  }

  task_engine::ReportSink& next_;
  asio::any_io_executor executor_;
  Clock& clock_;
  const std::chrono::microseconds quiet_;
  UniqueFunction<void()> rest_;
  UniqueFunction<void()> ended_;
  SteadyTime last_{};
  std::unique_ptr<Timer> timer_;
};

}  // namespace assist::agent::service
