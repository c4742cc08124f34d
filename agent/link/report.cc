// Carrying reports.
#include <utility>

#include "agent/link/link_impl.h"
#include "protocol/wire/names.h"
#include "protocol/wire/report_codec.h"

namespace assist::agent::link {

using task_engine::Delivery;
using task_engine::ReportOutcome;

asio::awaitable<ReportOutcome> Link::Impl::Send(wire::Report report) {
  if (!stopping_ && !reachable_.is_set()) {
    const SteadyTime give_up = clock_.Steady() + options_.report_patience;
    const bool back = co_await reachable_.WaitUntil(clock_, give_up);
    if (!back) co_return ReportOutcome{};
  }
  if (stopping_) co_return ReportOutcome{};
  if (options_.ours) co_return co_await SendToOurs(std::move(report));
  co_return co_await SendToStock(std::move(report));
}

Request Link::Impl::ReportRequest(const wire::Report& report) {
  Request request;
  request.method = "POST";
  request.target = wire::ReportTarget(report);
  request.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
  request.body = report.body.Reveal();
  return request;
}

asio::awaitable<ReportOutcome> Link::Impl::SendToOurs(wire::Report report) {
  Request request = ReportRequest(report);
  if (report.output_offset) {
    request.headers.emplace_back(wire::header::kAssistOffset, std::to_string(*report.output_offset));
  }
  auto response = co_await pool_.Send(std::move(request), options_.request_timeout, true);
  ReportOutcome outcome;
  if (!response) {
    log_.Debug("report.failed", {{"task", report.task_id}, {"why", response.error().detail}});
  } else if (response->status == 200) {
    outcome.delivery = Delivery::kDone;
    outcome.next = wire::ParseReportAnswer(response->body).next;
  } else if (response->status == 410) {
    outcome.delivery = Delivery::kGone;
  } else {
    log_.Warn("report.refused", {{"task", report.task_id}, {"kind", Name(report.kind)}, {"status", response->status}});
  }
  co_return outcome;
}

asio::awaitable<ReportOutcome> Link::Impl::SendToStock(wire::Report report) {
  ReportOutcome outcome;
  if (report.kind == wire::ReportKind::kAccepted || report.kind == wire::ReportKind::kMissed) {
    outcome.delivery = Delivery::kDone;  // no such message there
    co_return outcome;
  }
  // Output has no numbers there: what may have arrived must not be sent again. The end of a file is told once, as the
  // stock agent tells it.
  const bool once = report.kind == wire::ReportKind::kRunning || report.file.has_value();
  auto response = co_await pool_.Send(ReportRequest(report), options_.request_timeout, !once);
  if (once || (response && response->status <= 400)) outcome.delivery = Delivery::kDone;
  co_return outcome;
}

}  // namespace assist::agent::link
