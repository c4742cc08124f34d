// Contract, part: lists and their totals, whatever happened before, are what a walk over all rows finds.
#pragma once

#include <algorithm>
#include <set>

#include "common/base/random.h"
#include "server/store/contract/store_contract.h"

namespace assist::server::store::contract {

class ListContract : public StoreContract {
 protected:
  static constexpr int kMachines = 5;

  std::int64_t Below(std::int64_t end) {
    return static_cast<std::int64_t>(random_.Below(static_cast<std::uint64_t>(end)));
  }
  bool OneIn(std::int64_t n) { return Below(n) == 0; }
  std::string Digit(const char* before, std::int64_t end) { return before + std::to_string(Below(end)); }
  model::Tags SomeTags() {
    model::Tags tags;
    if (OneIn(2)) tags.push_back({"k", Digit("v", 3)});
    if (OneIn(3)) tags.push_back({"l", "v"});
    return tags;
  }

  // Changes.

  void Insert(Tx& tx) {
    model::Invocation row;
    const bool file = OneIn(4);
    row.id = InvokeId((file ? "f-" : "t-") + std::to_string(++made_));
    row.type = static_cast<model::CommandType>(1 + Below(3));
    if (file) {
      row.file.emplace().name = Digit("file-", 3);
    } else {
      row.command_id = CommandId(Digit("c-", 3));
      row.command_name = Digit("name-", 3);
      if (OneIn(3)) row.repeat_mode = static_cast<model::RepeatMode>(2 + Below(3));
    }
    row.targets = 1 + Below(kMachines);
    row.creating = OneIn(5);
    row.created = kNow;
    row.tags = SomeTags();
    row.content = tx.KeepContent("echo");
    row.run_content = row.content;
    tx.InsertInvocation(row);
    std::vector<model::MachineKey> machines = machines_;
    machines.resize(static_cast<std::size_t>(row.targets));
    const std::int64_t first = row.creating ? Below(row.targets) : 0;  // the others are never written: it was stopped
    tx.InsertTasks(row, first, std::span(machines).subspan(static_cast<std::size_t>(first)));
    rows_.insert(row.key);
  }
  /// Of an invocation somewhere in the list.
  model::InvocationKey Any() {
    auto at = rows_.lower_bound({1 + Below(rows_.rbegin()->value)});
    return *at;
  }
  void ChangeTask(Tx& tx) {
    const auto tasks = tx.TasksOf(Any(), {}, kMachines);
    if (tasks.empty()) return;
    model::Task task = tasks[static_cast<std::size_t>(Below(static_cast<std::int64_t>(tasks.size())))].task;
    const model::TaskState before = task.progress.state;
    task.progress.state = model::kAllTaskStates[static_cast<std::size_t>(Below(model::kTaskStateCount))];
    task.progress.updated = kNow + std::chrono::seconds(made_);
    tx.SaveTask(task, before);
  }
  void ChangeOne(Tx& tx) {
    switch (Below(9)) {
      case 0:
        return Insert(tx);
      case 1: {
        const auto key = Any();
        if (rows_.size() > 1 && tx.DeleteInvocation(key, 1 + Below(3))) rows_.erase(key);
        return;
      }
      case 2:
        return tx.FinishCreating(Any(), kNow);
      case 3:
        return tx.SaveTags({model::Taggable::kInvocation, Any().value}, SomeTags());
      case 4: {
        auto row = tx.LoadInvocation(Any());
        if (!row || !row->is_schedule()) return;
        row->command_id = CommandId(Digit("c-", 3));
        return tx.SaveTerms(*row);
      }
      default:
        return ChangeTask(tx);
    }
  }
  /// A whole job; `fails`: it is undone.
  void ChangeSome(int changes, bool fails) {
    const auto rows = rows_;
    const Status status = Write([&](Tx& tx) -> Status {
      for (int i = 0; i < changes; ++i) {
        const bool undone = OneIn(6);
        const auto before = rows_;
        (void)tx.Nested([&]() -> Status {
          ChangeOne(tx);
          if (undone) return Fail(Errc::kConflict, "undone");
          return {};
        });
        if (undone) rows_ = before;
      }
      if (fails) return Fail(Errc::kConflict, "undone");
      return {};
    });
    EXPECT_EQ(status.has_value(), !fails);
    if (fails) rows_ = rows;
  }

  // What a walk finds, in the order of lists.

  struct Walked {
    model::Invocation row;
    std::vector<model::Task> tasks;
  };
  void Walk(ReadTx& tx) {
    all_.clear();
    for (auto key = rows_.rbegin(); key != rows_.rend(); ++key) {
      auto row = tx.LoadInvocation(*key);
      ASSERT_TRUE(row);
      Walked& one = all_.emplace_back();
      one.row = std::move(*row);
      for (const TaskOn& task : tx.TasksOf(*key, {}, kMachines)) one.tasks.push_back(task.task);
      model::StateCounts counts;
      for (const model::Task& task : one.tasks) counts.Add(task.progress.state, 1);
      EXPECT_EQ(one.row.counts, counts);
    }
  }
  static bool HasTags(const model::Tags& tags, const std::vector<TagMatch>& wanted) {
    return std::all_of(wanted.begin(), wanted.end(), [&tags](const TagMatch& match) {
      return std::any_of(tags.begin(), tags.end(), [&match](const model::Tag& tag) {
        return tag.key == match.key && (!match.value || *match.value == tag.value);
      });
    });
  }
  static bool Fits(const Walked& one, const InvocationFilter& filter) {
    const model::Invocation& row = one.row;
    const model::InvocationStatus status = model::WholeStatus(row.counts);
    if (row.is_file() != filter.files) return false;
    if (!filter.file_name.empty() && (!row.file || row.file->name != filter.file_name)) return false;
    if (!filter.command.empty() && row.command_id != filter.command) return false;
    if (!filter.command_name.empty() && row.command_name != filter.command_name) return false;
    if (filter.type && row.type != *filter.type) return false;
    if (filter.status && !filter.status->Matches(status, model::WholeInvokeStatus(row.counts))) return false;
    if (filter.whole && status != *filter.whole) return false;
    if (filter.repeat_mode && row.repeat_mode != *filter.repeat_mode) return false;
    if (filter.timed && (row.is_schedule() && !row.finished) != *filter.timed) return false;
    const bool on = std::any_of(one.tasks.begin(), one.tasks.end(),
                                [&](const model::Task& task) { return task.machine == filter.machine; });
    return (!filter.machine || on) && HasTags(row.tags, filter.tags);
  }

  // What is asked.

  std::optional<model::StatusFilter> SomeStatus() {
    constexpr std::array kWords = {"Running", "Finished", "Success", "Failed",   "PartialFailed",
                                   "Stopped", "Stopping", "Pending", "Scheduled"};
    model::StatusFilter out;
    EXPECT_TRUE(model::StatusFilter::Parse(kWords[static_cast<std::size_t>(Below(kWords.size()))], &out));
    return out;
  }
  std::vector<TagMatch> SomeMatches() {
    std::vector<TagMatch> out;
    if (OneIn(2)) out.push_back({"k", OneIn(3) ? std::nullopt : std::optional(Digit("v", 3))});
    if (OneIn(3)) out.push_back({"l", "v"});
    return out;
  }
  InvocationFilter SomeInvocations() {
    InvocationFilter filter;
    filter.files = OneIn(3);
    if (OneIn(3)) filter.status = SomeStatus();
    if (OneIn(6)) filter.whole = static_cast<model::InvocationStatus>(1 + Below(8));
    if (OneIn(5)) filter.type = static_cast<model::CommandType>(1 + Below(3));
    if (OneIn(5)) filter.repeat_mode = static_cast<model::RepeatMode>(1 + Below(4));
    if (OneIn(4)) filter.timed = OneIn(2);
    if (OneIn(2)) return filter;
    if (OneIn(3)) filter.tags = SomeMatches();
    if (filter.files && OneIn(2)) filter.file_name = Digit("file-", 3);
    if (!filter.files && OneIn(3)) filter.command = CommandId(Digit("c-", 3));
    if (!filter.files && OneIn(3)) filter.command_name = Digit("name-", 3);
    if (OneIn(3)) filter.machine = machines_[static_cast<std::size_t>(Below(kMachines))];
    return filter;
  }
  /// `wanted` are the keys of all rows of the list.
  template <class List>
  void ExpectPages(const std::vector<std::int64_t>& wanted, List list) {
    model::PageRequest page;
    page.size = 1 + Below(40);
    const auto rows = static_cast<std::int64_t>(wanted.size());
    std::int64_t from = 0;
    if (OneIn(2)) {
      page.number = 1 + Below(rows / page.size + 2);
      from = std::min((page.number - 1) * page.size, rows);
    } else {
      page.by_position = true;
      from = Below(rows + 1);
      if (from > 0) page.after = model::Position{wanted[static_cast<std::size_t>(from - 1)]};
    }
    const std::int64_t end = std::min(from + page.size, rows);
    const auto [keys, total, next] = list(page);
    EXPECT_EQ(total, rows);
    EXPECT_EQ(keys, std::vector<std::int64_t>(wanted.begin() + from, wanted.begin() + end));
    EXPECT_EQ(next.has_value(), page.by_position && end < rows);
    EXPECT_TRUE(!next || next->key == keys.back());
  }
  struct Seen {
    std::vector<std::int64_t> keys;
    std::int64_t total = 0;
    std::optional<model::Position> next;
  };
  template <class T, class KeyOf>
  static Seen SeenOf(const model::Page<T>& page, KeyOf key_of) {
    Seen out{{}, page.total, page.next};
    for (const T& item : page.items) out.keys.push_back(key_of(item));
    return out;
  }
  void CompareInvocations(ReadTx& tx) {
    const InvocationFilter filter = SomeInvocations();
    std::vector<std::int64_t> wanted;
    for (const Walked& one : all_) {
      if (Fits(one, filter)) wanted.push_back(one.row.key.value);
    }
    ExpectPages(wanted, [&](const model::PageRequest& page) {
      return SeenOf(tx.ListInvocations(filter, page), [](const auto& row) { return row.key.value; });
    });
  }
  void CompareTasks(ReadTx& tx) {
    TaskFilter filter;
    if (OneIn(2)) filter.status = SomeStatus();
    if (OneIn(4)) filter.command = CommandId(Digit("c-", 3));
    if (OneIn(3)) filter.tags = SomeMatches();
    if (OneIn(4)) filter.machine = machines_[static_cast<std::size_t>(Below(kMachines))];
    std::vector<std::int64_t> wanted;
    for (const Walked& one : all_) {
      if (one.row.is_file() || !HasTags(one.row.tags, filter.tags)) continue;
      if (!filter.command.empty() && one.row.command_id != filter.command) continue;
      for (const model::Task& task : one.tasks) {
        if (filter.machine && task.machine != filter.machine) continue;
        if (!filter.status || filter.status->Matches(task.progress.state)) wanted.push_back(task.key.value);
      }
    }
    ExpectPages(wanted, [&](const model::PageRequest& page) {
      return SeenOf(tx.ListTasks(filter, page), [](const auto& task) { return task.key.value; });
    });
  }
  void CompareSchedules(ReadTx& tx) {
    ScheduleFilter filter;
    filter.live = OneIn(2);
    if (OneIn(5)) filter.overdue = false;
    std::vector<std::int64_t> wanted;
    for (const Walked& one : all_) {
      if (!one.row.is_schedule()) continue;
      for (const model::Task& task : one.tasks) {
        if (!filter.live || !model::IsFinal(task.progress.state)) wanted.push_back(task.key.value);
      }
    }
    ExpectPages(wanted, [&](const model::PageRequest& page) {
      return SeenOf(tx.ListSchedules(filter, page), [](const auto& row) { return row.task.key.value; });
    });
  }
  void Compare(int times) {
    Look([&](ReadTx& tx) {
      Walk(tx);
      std::int64_t files = 0;
      for (const Walked& one : all_) files += one.row.is_file() ? 1 : 0;
      EXPECT_EQ(tx.CountFiles(), files);
      EXPECT_EQ(tx.CountInvocations(), static_cast<std::int64_t>(all_.size()) - files);
      for (int i = 0; i < times && !HasFailure(); ++i) {
        CompareInvocations(tx);
        CompareTasks(tx);
        CompareSchedules(tx);
      }
    });
  }

  SeededRandom random_{1};
  std::vector<model::MachineKey> machines_;
  std::int64_t made_ = 0;
  std::set<model::InvocationKey> rows_;  ///< Of all invocations that there are.
  std::vector<Walked> all_;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ListContract);

TEST_P(ListContract, TotalsAndPagesAreWhatAWalkFindsAfterAnyChanges) {
  for (int i = 0; i < kMachines; ++i) machines_.push_back(AddMachine("mi-" + std::to_string(i)));
  Compare(5);
  for (int i = 0; i < 3; ++i) {
    Change([&](Tx& tx) {
      for (int row = 0; row < 500; ++row) Insert(tx);
    });
  }
  for (int round = 0; round < 25 && !HasFailure(); ++round) {
    ChangeSome(200, OneIn(5));
    Compare(20);
  }
  // All of them go again.
  while (!rows_.empty()) {
    Change([&](Tx& tx) {
      for (int i = 0; i < 300 && !rows_.empty(); ++i) {
        const auto key = *rows_.begin();
        if (tx.DeleteInvocation(key, 2)) rows_.erase(key);
      }
    });
    Compare(3);
    ASSERT_FALSE(HasFailure());
  }
}

}  // namespace assist::server::store::contract
