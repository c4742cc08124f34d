// The fixture of the journal's tests: a journal on a fake disk.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/disk/fake_disk.h"
#include "agent/journal/journal.h"
#include "common/async/scope.h"

namespace assist::agent::journal {

using disk::FakeDisk;

// A journal on a disk in memory; calls run to their end, or as far as they come.
class JournalTest : public ::testing::Test {
 protected:
  JournalTest() { MakeJournal(); }
  ~JournalTest() override {
    journal_.reset();
    io_.restart();
    io_.poll();
  }

  void MakeJournal() {
    scope_ = std::make_unique<Scope>(io_.get_executor(), [](std::string_view name, std::string_view what) {
      ADD_FAILURE() << name << ": " << what;
    });
    journal_ = std::make_unique<Journal>(options_, io_.get_executor(), *disk_, random_);
  }
  void Poll() {
    io_.restart();
    io_.poll();
  }

  template <class T>
  struct Slot {
    std::optional<T> value;
  };
  template <class T>
  static asio::awaitable<void> Keep(asio::awaitable<T> call, std::shared_ptr<Slot<T>> slot) {
    T value = co_await std::move(call);
    slot->value.emplace(std::move(value));
  }
  template <class T>
  std::shared_ptr<Slot<T>> Begin(asio::awaitable<T> call) {
    auto slot = std::make_shared<Slot<T>>();
    scope_->Spawn("call", Keep(std::move(call), slot));
    return slot;
  }
  template <class T>
  T Run(asio::awaitable<T> call) {
    auto slot = Begin(std::move(call));
    Poll();
    EXPECT_TRUE(slot->value) << "the call did not end";
    return std::move(*slot->value);
  }
  Opened Open() {
    auto opened = Run(journal_->Open());
    EXPECT_TRUE(opened) << opened.error().detail;
    return opened ? std::move(*opened) : Opened{};
  }
  Status Accept(std::vector<Acceptance> tasks) { return Run(journal_->Accept(std::move(tasks))); }
  Status Accept(Acceptance task) { return Accept(std::vector<Acceptance>(1, std::move(task))); }

  /// kill -9: what is written stays, synced or not.
  Opened Restart() {
    journal_.reset();
    scope_.reset();
    Poll();
    MakeJournal();
    return Open();
  }
  /// Power cut.
  Opened Crash() {
    disk_->Hold();
    journal_.reset();
    scope_.reset();
    auto next = std::make_unique<FakeDisk>(io_.get_executor());
    next->TakeOver(*disk_);
    dead_.push_back(std::move(disk_));
    disk_ = std::move(next);
    disk_->Crash(random_);
    Poll();
    MakeJournal();
    return Open();
  }
  std::string File() {
    std::string found;
    for (const auto& path : disk_->Paths()) {
      if (path.ends_with(".log")) found = path;
    }
    return found;
  }
  static std::vector<std::string> Ids(const Opened& opened) {
    std::vector<std::string> ids;
    for (const auto& task : opened.tasks) ids.push_back(task.id);
    return ids;
  }

  asio::io_context io_;
  SeededRandom random_{7};
  std::vector<std::unique_ptr<FakeDisk>> dead_;
  std::unique_ptr<FakeDisk> disk_ = std::make_unique<FakeDisk>(io_.get_executor());
  Options options_;
  std::unique_ptr<Scope> scope_;
  std::unique_ptr<Journal> journal_;
};

}  // namespace assist::agent::journal
