// The agent's promises under kills, power cuts, full disks, lost answers and a server that comes and goes, by seed.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "agent/task_engine/testing/engine_test.h"

namespace assist::agent::task_engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using supervisor::ExitKind;

/// What a server keeps of a task, by our protocol: output by its place, one end.
struct ServerTask {
  std::int64_t delivery = 0;
  bool accepted = false;
  std::string output;  // contiguous
  std::uint64_t dropped = 0;
  std::optional<wire::Report> last;
};

class CrashTest : public ::testing::Test, protected FakeMachine {
 protected:
  ReportOutcome Answer(const wire::Report& report) {
    if (random.Below(100) < loss_) return {Delivery::kLater, {}};  // never arrived
    ServerTask& task = server_[report.task_id];
    task.accepted = true;
    std::uint64_t offset = report.output_offset.value_or(task.output.size());
    const std::string& body = report.body.Reveal();
    if (!body.empty()) {
      // Bytes that the report says were left out lie right before its body.
      if (report.dropped > 0) offset -= static_cast<std::uint64_t>(report.dropped);
      if (offset <= task.output.size() && offset + body.size() > task.output.size()) {
        task.output += body.substr(static_cast<std::size_t>(task.output.size() - offset));
      }
    }
    if (IsFinal(report.kind) && !task.last) task.last = report;
    if (random.Below(100) < loss_) return {Delivery::kLater, {}};  // the answer is lost
    return {Delivery::kDone, task.output.size()};
  }
  /// As the server does: everything not accepted is offered again, under its number.
  void Offer() {
    std::vector<wire::TaskEntry> list;
    for (const auto& [id, task] : server_) {
      if (!task.accepted && !task.last) list.push_back(Entry(id, task.delivery));
    }
    if (list.empty()) return;
    auto accepted = Call(engine->Accept(std::move(list)));
    static_cast<void>(accepted);  // it may hang on a disk that is being killed
  }
  void Invent() {
    const std::string id = "t-" + std::to_string(++next_);
    server_[id].delivery = next_;
  }
  /// One of the supervisors that live.
  std::string AnyRunning() {
    std::vector<std::string> alive;
    for (const auto& [folder, running] : supervisors) {
      if (running) alive.push_back(folder.substr(6));
    }
    return alive.empty() ? std::string() : alive[random.Below(alive.size())];
  }
  void Write(const std::string& id) {
    std::string bytes(random.Below(50) + 1, 'x');
    for (auto& c : bytes) c = static_cast<char>('a' + random.Below(26));
    written_[id] += bytes;
    Output(id, bytes, random.Below(2) == 0);
  }
  /// Handlers run one by one up to a random place, and then the agent is gone.
  void RunAWhile() {
    io->restart();
    for (std::uint64_t i = random.Below(60); i > 0 && io->poll_one() > 0; --i) {
    }
  }
  void Heal() {
    disk->full = false;
    disk->sync_fails = false;
    disk->tear_next_append.reset();
  }

  std::uint64_t loss_ = 0;
  std::int64_t next_ = 0;
  std::map<std::string, ServerTask> server_;
  std::map<std::string, std::string> written_;
};

class CrashSeedTest : public CrashTest, public ::testing::WithParamInterface<std::uint64_t> {};

TEST_P(CrashSeedTest, NothingStartsTwiceAndNoResultIsLost) {
  constexpr std::uint64_t kSeedsInOne = 15;
  for (std::uint64_t seed = GetParam() * kSeedsInOne; seed < (GetParam() + 1) * kSeedsInOne; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Kill();
    random = SeededRandom(seed);
    disk = std::make_unique<disk::FakeDisk>(io->get_executor());
    supervisors.clear();
    starts.clear();
    kept.clear();
    dropped.clear();
    server_.clear();
    written_.clear();
    next_ = 0;
    loss_ = random.Below(3) == 0 ? 40 : 0;
    options.max_running = 1 + random.Below(4);
    options.output_every = milliseconds(random.Below(2) * 200);
    journal_options.compact_bytes = 500 + random.Below(5000);
    answer = [this](const wire::Report& report) { return Answer(report); };
    const bool cuts = random.Below(2) == 0;
    std::set<std::string> cut_tasks;  // a power cut may have taken what was not yet told
    Boot();
    for (int step = 0; step < 60; ++step) {
      switch (random.Below(10)) {
        case 0:
        case 1:
          Invent();
          [[fallthrough]];
        case 2:
          Offer();
          break;
        case 3:
        case 4:
          if (const std::string id = AnyRunning(); !id.empty()) Write(id);
          break;
        case 5:
          if (const std::string id = AnyRunning(); !id.empty()) {
            Exit(id, ExitKind::kExited, static_cast<int>(random.Below(5)));
          }
          break;
        case 6:
          Advance(milliseconds(random.Below(1000)));
          break;
        case 7:
          RunAWhile();
          break;
        case 8:
          if (random.Below(3) == 0) {
            RunAWhile();
            if (cuts && random.Below(3) == 0) {
              for (const auto& [folder, running] : supervisors) cut_tasks.insert(folder.substr(6));
              for (const auto& [id, task] : server_) {
                if (!task.last) cut_tasks.insert(id);
              }
              PowerCut();
              Boot();
            } else {
              Restart();
            }
          }
          break;
        default:
          disk->sync_fails = random.Below(4) == 0;
          disk->full = random.Below(8) == 0;
          if (random.Below(8) == 0) disk->tear_next_append = random.Below(60);
          Poll();
          Heal();
      }
      for (const auto& [id, count] : starts) ASSERT_LE(count, 1) << id;
    }
    // Everything gets well: every task the server knows comes to its end.
    Heal();
    loss_ = 0;
    for (int round = 0; round < 200; ++round) {
      Offer();
      for (std::string id = AnyRunning(); !id.empty(); id = AnyRunning()) Exit(id);
      Advance(seconds(61));
      bool open = engine->counts().running + engine->counts().waiting + engine->counts().reporting > 0;
      for (const auto& [id, task] : server_) open = open || !task.last;
      if (!open) break;
    }
    for (const auto& [id, task] : server_) {
      ASSERT_LE(starts[id], 1) << id;
      ASSERT_TRUE(task.last) << id << " never came to an end";
      if (task.last->kind == wire::ReportKind::kFinish) {
        ASSERT_EQ(starts[id], 1) << id;
        if (!cut_tasks.contains(id)) {
          ASSERT_EQ(task.output, written_[id]) << id;
        }
        ASSERT_EQ(task.last->dropped, static_cast<std::int64_t>(kept[id] - task.output.size())) << id;
      } else if (!cut_tasks.contains(id)) {
        // Without a power cut the only other end is a disk that was full when the script was to be written.
        ASSERT_EQ(Name(task.last->kind), "error") << id;
        ASSERT_NE(task.last->err_code, "ExecutionInterrupted") << id;
        ASSERT_EQ(starts[id], 0) << id;
      }
    }
    ASSERT_TRUE(journal->live().empty());
    for (const auto& path : disk->Paths()) ASSERT_FALSE(path.starts_with("tasks/")) << path << " is left";
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, CrashSeedTest, ::testing::Range<std::uint64_t>(0, 8));

}  // namespace
}  // namespace assist::agent::task_engine
