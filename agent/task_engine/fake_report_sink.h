// A server for tests: keeps every report, answers as told. One executor.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/task_engine/report_sink.h"
#include "common/async/event.h"

namespace assist::agent::task_engine {

class FakeReportSink final : public ReportSink {
 public:
  explicit FakeReportSink(asio::any_io_executor executor) : open_(std::move(executor)) { open_.Set(); }

  /// What the next reports are answered; kDone without `next` when it is empty.
  std::function<ReportOutcome(const wire::Report&)> answer;
  std::vector<wire::Report> reports;  ///< In order of arrival.
  std::size_t in_flight = 0;
  std::size_t most_bytes_in_flight = 0;

  /// Reports wait for their answer until Release().
  void Hold() { open_.Reset(); }
  void Release() { open_.Set(); }

  [[nodiscard]] std::vector<wire::Report> Of(const std::string& task) const {
    std::vector<wire::Report> found;
    for (const auto& report : reports) {
      if (report.task_id == task) found.push_back(report);
    }
    return found;
  }
  /// `accepted running finish` …
  [[nodiscard]] std::string Kinds(const std::string& task) const {
    std::string kinds;
    for (const auto& report : Of(task)) {
      if (!kinds.empty()) kinds += ' ';
      kinds += Name(report.kind);
    }
    return kinds;
  }
  /// Bodies put together by their offsets.
  [[nodiscard]] std::string Output(const std::string& task) const {
    std::string output;
    for (const auto& report : Of(task)) {
      const std::string& body = report.body.Reveal();
      const std::size_t at = report.output_offset ? static_cast<std::size_t>(*report.output_offset) : output.size();
      if (body.empty()) continue;
      if (output.size() < at + body.size()) output.resize(at + body.size(), '?');
      output.replace(at, body.size(), body);
    }
    return output;
  }

  asio::awaitable<ReportOutcome> Send(wire::Report report) override {
    reports.push_back(report);
    ++in_flight;
    bytes_ += report.body.Reveal().size();
    most_bytes_in_flight = std::max(most_bytes_in_flight, bytes_);
    while (!open_.is_set()) co_await open_.Wait();
    --in_flight;
    bytes_ -= report.body.Reveal().size();
    ReportOutcome outcome;
    outcome.delivery = Delivery::kDone;
    if (answer) outcome = answer(report);
    co_return outcome;
  }

 private:
  Event open_;
  std::size_t bytes_ = 0;
};

}  // namespace assist::agent::task_engine
