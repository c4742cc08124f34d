// One task and the server: accepted, output, end, forgotten. See engine_impl.h.
#include <algorithm>
#include <limits>
#include <utility>

#include "agent/supervisor/spec.h"
#include "agent/task_engine/engine_impl.h"

namespace assist::agent::task_engine {
namespace {

using std::chrono::milliseconds;

// A notice that is left out (a supervisor sends at most one in 10 ms) is made up for by looking again after this.
constexpr milliseconds kLookAgain{100};
// A server that answers "next" without progress this often is not listened to any more.
constexpr int kMaxStuck = 3;
// A spool that has ended and that could not be read this often, with back-off between, is told as far as it was read.
constexpr std::size_t kMaxReadTries = 8;

// The stock protocol (agent-protocol.md, 11.2 and 11.3).
constexpr milliseconds kStockInterval{1000};
constexpr std::chrono::seconds kStockSilence{60};
constexpr std::size_t kStockChunk = 2048;
constexpr std::uint64_t kStockEarly = 6000;
constexpr std::int64_t kStockMinQuota = 12'000;
constexpr std::int64_t kStockMaxQuota = 1 << 20;

}  // namespace

struct TaskEngine::Impl::Flow {
  explicit Flow(disk::Disk& disk, std::string spool_) : spool(spool_), reader(disk, std::move(spool_)) {}
  const std::string spool;
  SpoolReader reader;
  bool names_synced = false;   ///< Of the spool and of its folder.
  bool sync_failed = false;    ///< Once: from then on no sync of this file is proof.
  std::size_t tries = 0;       ///< Of the report that is due, so far without success.
  std::size_t unreadable = 0;  ///< Reads that failed, one after the other.
  int stuck = 0;
  std::uint64_t server_has = 0;  ///< As far as its answers tell.
  bool start_told = false;
  bool over = false;  ///< The last report was taken.
  SteadyTime last_sent{};
};

wire::Report TaskEngine::Impl::Blank(const Task& task, wire::ReportKind kind) const {
  wire::Report report;
  report.kind = kind;
  report.task_id = task.wire_id;
  report.invoke_version = task.facts->invoke_version;
  if (task.mark) report.start = task.mark->wall;
  report.container = task.facts->container;
  if (task.facts->ours) report.times = {task.accepted, task.first_output, clock_.Now()};
  if (task.occurrence) {
    if (task.facts->ours) report.occurrence = task.occurrence;
    if (board_ != nullptr) board_->Dress(report);
  }
  return report;
}

wire::Report TaskEngine::Impl::LastReport(const Task& task, std::uint64_t read_to) const {
  const Outcome& outcome = *task.outcome;
  wire::Report report = Blank(task, outcome.kind);
  report.start = outcome.start;
  report.end = outcome.end;
  report.exit_code = outcome.exit_code;
  report.err_code = outcome.err_code;
  report.err_desc = outcome.err_desc;
  report.param = outcome.param;
  report.value = outcome.value;
  report.result = outcome.result;
  // What the exit record speaks of and a power cut has taken is dropped, too.
  const std::uint64_t lost = outcome.kept && *outcome.kept > read_to ? *outcome.kept - read_to : 0;
  report.dropped = static_cast<std::int64_t>(outcome.dropped + lost);
  return report;
}

asio::awaitable<void> TaskEngine::Impl::Report(Task& task) {
  // Drive may read them meanwhile.
  for (std::size_t tries = 0; !task.facts; ++tries) {
    wire::TaskEntry entry;
    auto bytes = co_await journal_.Entry(task.id);
    if (task.facts) break;
    if (!bytes && bytes.error().code != Errc::kNotFound && tries < kMaxReadTries) {
      co_await BackOff(tries);
      continue;
    }
    task.facts = bytes && Parse(*bytes, entry) ? FactsOf(entry) : TaskFacts{};
  }
  Flow flow(disk_, task.folder + "/" + std::string(supervisor::kSpoolFile));
  bool wanted = true;
  if (task.facts->ours) {
    wanted = co_await Greet(task, flow);
    if (wanted) wanted = co_await Stream(task, flow);
  } else {
    wanted = co_await StreamToStock(task, flow);
  }
  if (!wanted) {
    log_.Warn("task.unwanted", {{"task", task.id}});
    while (!task.outcome) {
      co_await task.report_event.Wait();
      task.report_event.Reset();
    }
  }
  co_await Finish(task);
}

asio::awaitable<bool> TaskEngine::Impl::Greet(Task& task, Flow& flow) {
  for (std::size_t tries = 0;; ++tries) {
    // What has ended already needs no greeting, unless the server may have a part of its output; nor does a run: that
    // its schedule is kept was told.
    if ((task.outcome || task.occurrence) && !task.taken_up) co_return true;
    wire::Report report = Blank(task, task.mark ? wire::ReportKind::kRunning : wire::ReportKind::kAccepted);
    flow.start_told = task.mark.has_value();
    const ReportOutcome answer = co_await sink_.Send(std::move(report));
    if (answer.delivery == Delivery::kGone) co_return false;
    if (answer.delivery == Delivery::kDone) {
      if (answer.next) {
        flow.server_has = *answer.next;
        auto sought = co_await flow.reader.Seek(*answer.next);
        static_cast<void>(sought);  // not there yet: from the start
      }
      co_return true;
    }
    co_await BackOff(tries);
  }
}

asio::awaitable<void> TaskEngine::Impl::WaitForOutput(Task& task, Flow& flow) {
  const SteadyTime now = clock_.Steady();
  SteadyTime until = now + options_.poll;
  if (now - task.last_notice < kLookAgain) until = now + kLookAgain;
  if (task.mark && !flow.start_told) until = std::min(until, flow.last_sent + options_.output_every);
  if (!task.report_event.is_set()) co_await task.report_event.WaitUntil(clock_, until);
  task.report_event.Reset();
}

asio::awaitable<bool> TaskEngine::Impl::Stream(Task& task, Flow& flow) {
  flow.last_sent = clock_.Steady();
  while (!flow.over) {
    const bool ended = task.outcome.has_value();
    auto size = co_await disk_.Size(flow.spool);
    const std::uint64_t left = size ? flow.reader.Left(*size) : 0;
    const bool tell_start = task.mark && !flow.start_told && clock_.Steady() >= flow.last_sent + options_.output_every;
    // Output without the start's time is not sent: Drive is about to read it.
    const bool output_due = left > 0 && task.mark;
    if (!output_due && !ended && !tell_start) {
      co_await WaitForOutput(task, flow);
      continue;
    }
    const bool wanted =
        co_await SendOutput(task, flow, static_cast<std::size_t>(std::min<std::uint64_t>(left, options_.chunk_bytes)));
    if (!wanted) co_return false;
  }
  co_return true;
}

asio::awaitable<Status> TaskEngine::Impl::SyncSpool(Task& task, Flow& flow) {
  // Bytes that are on the platter under a name that is not there are lost.
  std::vector<std::string> folders;
  for (std::string folder = task.folder; !flow.names_synced && !folder.empty(); folder = disk::ParentOf(folder)) {
    folders.push_back(folder);
  }
  auto synced = co_await syncs_.Sync(flow.spool, std::move(folders));
  flow.names_synced = flow.names_synced || synced;
  co_return synced;
}

asio::awaitable<bool> TaskEngine::Impl::Secure(Task& task, Flow& flow) {
  if (!task.mark) co_return true;  // nothing of the spool is told
  auto synced = co_await SyncSpool(task, flow);
  if (!synced) {
    flow.sync_failed = true;
    log_.Warn("task.spool_unsynced", {{"task", task.id}, {"why", synced.error().detail}});
  }
  if (synced && !(flow.sync_failed && task.outcome)) co_return true;
  if (!task.outcome) co_return false;
  if (task.journaled) co_return true;
  auto noted = co_await NoteEnd(task, *task.outcome);
  if (!noted) log_.Warn("task.end_not_noted", {{"task", task.id}, {"why", noted.error().detail}});
  co_return noted.has_value();
}

asio::awaitable<void> TaskEngine::Impl::LearnFirstOutput(Task& task) {
  // Drive reads it, too; that may come later than the output itself.
  std::string spool = task.folder + "/" + std::string(supervisor::kSpoolFile);
  auto bytes = co_await disk_.Read(std::move(spool), 0, supervisor::kHeadBytes);
  if (bytes) task.first_output = supervisor::DecodeHead(*bytes).first_output.value_or(SystemTime{});
}

asio::awaitable<bool> TaskEngine::Impl::SendOutput(Task& task, Flow& flow, std::size_t size) {
  // Asked before reading: when it had ended by then, what is read is all there is.
  const bool ended = task.outcome.has_value();
  const std::size_t held = co_await budget_.Take(size);
  auto chunk = co_await flow.reader.Read(options_.chunk_bytes);
  if (!chunk && chunk.error().code != Errc::kNotFound) {
    log_.Warn("task.spool_unreadable", {{"task", task.id}, {"why", chunk.error().detail}});
    if (!ended || flow.unreadable < kMaxReadTries) {
      budget_.Return(held);
      co_await BackOff(flow.unreadable++);
      co_return true;
    }
  }
  if (chunk) {
    flow.unreadable = 0;
  } else {
    chunk = SpoolReader::Chunk{};
    chunk->end = flow.reader.offset();
  }
  const bool last = ended && !chunk->more;
  if (!last && chunk->bytes.empty() && flow.start_told) {
    // A frame that is being written, or a gap: nothing to tell yet.
    budget_.Return(held);
    flow.reader.Advance();
    co_await WaitForOutput(task, flow);
    co_return true;
  }
  if (!chunk->bytes.empty() || last) {
    const bool secure = co_await Secure(task, flow);
    if (!secure) {
      budget_.Return(held);
      co_await BackOff(flow.tries++);
      co_return true;
    }
  }
  const std::size_t bytes = chunk->bytes.size();
  if (bytes > 0 && task.first_output == SystemTime{}) co_await LearnFirstOutput(task);
  // A power cut may have taken from the spool what the server has already.
  const std::uint64_t before = bytes > 0 ? flow.reader.offset() : std::max(flow.reader.offset(), flow.server_has);
  wire::Report report = last ? LastReport(task, before + bytes) : Blank(task, wire::ReportKind::kRunning);
  // Places in the stream as the script wrote it: what is left out lies right before the last part.
  if (bytes > 0 || (last && task.mark)) report.output_offset = before + static_cast<std::uint64_t>(report.dropped);
  report.body = Secret<std::string>(std::move(chunk->bytes));
  flow.start_told = flow.start_told || task.mark.has_value();
  const ReportOutcome answer = co_await sink_.Send(std::move(report));
  budget_.Return(held);
  flow.last_sent = clock_.Steady();
  if (answer.delivery == Delivery::kGone) co_return false;
  if (answer.delivery == Delivery::kLater) {
    co_await BackOff(flow.tries++);
    co_return true;
  }
  flow.tries = 0;
  flow.over = last;
  if (last) co_return true;
  flow.reader.Advance();
  if (bytes > 0) co_await AfterAnswer(flow, before, answer.next);
  // The next one at once when much waits, else after a breath, so that small pieces travel together.
  if (bytes >= options_.chunk_bytes / 2) co_return true;
  const SteadyTime until = flow.last_sent + options_.output_every;
  while (!task.outcome && clock_.Steady() < until) {
    task.report_event.Reset();
    co_await task.report_event.WaitUntil(clock_, until);
  }
  co_return true;
}

asio::awaitable<void> TaskEngine::Impl::AfterAnswer(Flow& flow, std::uint64_t before,
                                                    std::optional<std::uint64_t> next) {
  if (next) flow.server_has = *next;
  if (!next || *next == flow.reader.offset() || flow.stuck >= kMaxStuck) co_return;
  flow.stuck = *next <= before ? flow.stuck + 1 : 0;
  auto sought = co_await flow.reader.Seek(*next);
  static_cast<void>(sought);  // the next Read() says the same
}

asio::awaitable<bool> TaskEngine::Impl::StreamToStock(Task& task, Flow& flow) {
  const wire::OutputSettings output = task.facts->output;
  const auto interval = std::max(output.interval, kStockInterval);
  const auto quota = static_cast<std::uint64_t>(std::clamp(output.log_quota, kStockMinQuota, kStockMaxQuota));
  // What an earlier run of the agent has sent is not known: nothing more before the end.
  const bool early = !task.taken_up;
  bool begun = false;
  while (!task.outcome) {
    const SteadyTime now = clock_.Steady();
    if (task.mark && !std::exchange(begun, true)) flow.last_sent = now;  // the first piece comes after one interval
    const bool start_due = output.send_start && task.mark && !flow.start_told && !task.taken_up;
    if (!start_due && task.facts->scheduled) {  // nothing more before the end
      co_await task.report_event.WaitUntil(clock_, now + options_.poll);
      task.report_event.Reset();
      continue;
    }
    if (!start_due && (!task.mark || now < flow.last_sent + interval)) {
      const SteadyTime until = task.mark ? flow.last_sent + interval : now + options_.poll;
      co_await task.report_event.WaitUntil(clock_, until);
      task.report_event.Reset();
      continue;
    }
    std::string body;
    if (!start_due && early && flow.reader.offset() <= kStockEarly) {
      auto chunk = co_await flow.reader.Read(kStockChunk);
      if (chunk) body = chunk->bytes.substr(0, kStockChunk);
      if (!body.empty() && !co_await Secure(task, flow)) body.clear();
    }
    if (!start_due && body.empty() && output.skip_empty && now < flow.last_sent + kStockSilence) {
      co_await task.report_event.WaitUntil(clock_, now + interval);
      task.report_event.Reset();
      continue;
    }
    auto sought = co_await flow.reader.Seek(flow.reader.offset() + body.size());
    static_cast<void>(sought);
    wire::Report report = Blank(task, wire::ReportKind::kRunning);
    report.body = Secret<std::string>(std::move(body));
    flow.start_told = true;
    flow.last_sent = now;
    // Sent once, like the stock agent: a second copy would be shown twice.
    const ReportOutcome answer = co_await sink_.Send(std::move(report));
    if (answer.delivery == Delivery::kGone) co_return false;
  }
  co_return co_await EndForStock(task, flow, quota);
}

asio::awaitable<bool> TaskEngine::Impl::EndForStock(Task& task, Flow& flow, std::uint64_t quota) {
  const std::uint64_t sent = flow.reader.offset();
  for (std::size_t tries = 0;; ++tries) {
    auto sought = co_await flow.reader.Seek(std::numeric_limits<std::uint64_t>::max());
    bool unreadable = !sought && sought.error().code != Errc::kNotFound;
    const std::uint64_t total = sought ? flow.reader.offset() : sent;
    const std::uint64_t rest = std::min(total - std::min(total, sent), quota - std::min(quota, sent));
    std::string body;
    sought = co_await flow.reader.Seek(total - rest);
    while (sought && body.size() < rest) {
      auto chunk = co_await flow.reader.Read(options_.chunk_bytes);
      unreadable = unreadable || !chunk;
      if (!chunk || chunk->end == flow.reader.offset()) break;
      body += chunk->bytes;
      flow.reader.Advance();
    }
    const bool secure = co_await Secure(task, flow);
    if (!secure || (unreadable && flow.unreadable++ < kMaxReadTries)) {
      co_await BackOff(tries);
      continue;
    }
    wire::Report report = LastReport(task, total);
    report.dropped += static_cast<std::int64_t>(total - std::min(total, sent) - body.size());
    report.body = Secret<std::string>(std::move(body));
    const ReportOutcome answer = co_await sink_.Send(std::move(report));
    if (answer.delivery != Delivery::kLater) co_return answer.delivery == Delivery::kDone;
    co_await BackOff(tries);
  }
}

asio::awaitable<void> TaskEngine::Impl::Finish(Task& task) {
  for (std::size_t tries = 0;; ++tries) {
    auto forgotten = co_await journal_.Forget(task.id);
    if (forgotten) break;
    log_.Warn("task.not_forgotten", {{"task", task.id}, {"why", forgotten.error().detail}});
    co_await BackOff(tries);
  }
  auto removed = co_await disk_.RemoveTree(task.folder);
  if (!removed) log_.Warn("task.folder_stays", {{"task", task.id}, {"why", removed.error().detail}});
  log_.Info("task.forgotten", {{"task", task.id}});
  tickets_.erase(task.ticket);
  const std::string id = task.id;
  const std::string schedule = task.wire_id;
  const std::int64_t number = task.occurrence ? task.occurrence->number : 0;
  if (number > 0) --runs_;
  tasks_.erase(id);
  if (board_ != nullptr && number > 0) board_->RunForgotten(schedule, number);
}

}  // namespace assist::agent::task_engine
