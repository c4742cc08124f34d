#include "sim/disk/sim_disk.h"

#include <gtest/gtest.h>

#include "common/async/scope.h"

namespace assist::sim::disk {
namespace {

struct Rig {
  explicit Rig(std::uint64_t seed, Options options = {})
      : world(seed, {}),
        process(world.Spawn("agent")),
        disk(std::make_unique<SimDisk>(options, files, process)),
        scope(std::make_unique<Scope>(process->main()->executor(),
                                      [](std::string_view, std::string_view what) { ADD_FAILURE() << what; })) {}
  ~Rig() { Kill(); }
  void Kill() {
    world.Kill(process, [this] {
      scope.reset();
      disk.reset();
    });
  }
  void Run() {
    while (world.Step()) {
    }
  }
  world::World world;
  files::FileSystem files;
  std::shared_ptr<world::Process> process;
  std::unique_ptr<SimDisk> disk;
  std::unique_ptr<Scope> scope;
};

/// As the journal writes: a file under a new name, synced, renamed, the folder synced, then appended to.
asio::awaitable<void> WriteLikeAJournal(SimDisk& disk, int& promised) {
  const agent::disk::Access access;
  Status done = co_await disk.CreateFolder("j", access);
  EXPECT_TRUE(done);
  done = co_await disk.SyncFolder("");
  EXPECT_TRUE(done);
  done = co_await disk.WriteFile("j/new", "head", access);
  EXPECT_TRUE(done);
  const std::vector<std::string> synced(1, "j/new");
  done = co_await disk.SyncFiles(synced);
  EXPECT_TRUE(done);
  done = co_await disk.Rename("j/new", "j/log");
  EXPECT_TRUE(done);
  done = co_await disk.SyncFolder("j");
  EXPECT_TRUE(done);
  promised = 1;
  for (int i = 0; i < 5; ++i) {
    done = co_await disk.Append("j/log", "record", true);
    EXPECT_TRUE(done);
    ++promised;
  }
}

TEST(SimDiskTest, WhatWasPromisedSurvivesAPowerCutAtAnyStep) {
  std::uint64_t steps = 0;
  {
    Rig rig(3);
    int promised = 0;
    rig.scope->Spawn("writer", WriteLikeAJournal(*rig.disk, promised));
    rig.Run();
    EXPECT_EQ(promised, 6);
    EXPECT_EQ(rig.files.Find("j/log")->bytes(), "headrecordrecordrecordrecordrecord");
    steps = rig.world.steps();
  }
  bool lost = false;
  for (std::uint64_t cut = 0; cut < steps; ++cut) {
    Rig rig(3);
    int promised = 0;
    rig.scope->Spawn("writer", WriteLikeAJournal(*rig.disk, promised));
    while (rig.world.steps() < cut && rig.world.Step()) {
    }
    rig.Kill();
    world::Dice dice(cut, "cut");
    const auto before = rig.files.Find("j/log");
    const std::size_t written = before == nullptr ? 0 : before->bytes().size();
    rig.files.PowerCut(dice);
    const auto file = rig.files.Find("j/log");
    if (promised == 0) continue;
    ASSERT_NE(file, nullptr);
    std::string expected = "head";
    for (int i = 1; i < promised; ++i) expected += "record";
    EXPECT_EQ(file->bytes().substr(0, expected.size()), expected) << "cut at step " << cut;
    lost = lost || file->bytes().size() < written;
  }
  EXPECT_TRUE(lost) << "no cut took anything: the test proves nothing";
}

TEST(SimDiskTest, ADiskWhoseSyncIsOffLosesWhatWasPromised) {
  bool lost = false;
  for (std::uint64_t seed = 1; seed < 20 && !lost; ++seed) {
    Options options;
    options.sync_works = false;
    Rig rig(seed, options);
    int promised = 0;
    rig.scope->Spawn("writer", WriteLikeAJournal(*rig.disk, promised));
    rig.Run();
    rig.Kill();
    world::Dice dice(seed, "cut");
    rig.files.PowerCut(dice);
    const auto file = rig.files.Find("j/log");
    lost = file == nullptr || file->bytes() != "headrecordrecordrecordrecordrecord";
  }
  EXPECT_TRUE(lost);
}

asio::awaitable<void> Errors(SimDisk& disk, files::FileSystem& fs) {
  const agent::disk::Access access;
  auto read = co_await disk.Read("none", 0, 10);
  EXPECT_EQ(read.error().code, Errc::kNotFound);
  Status done = co_await disk.RemoveFile("none");
  EXPECT_EQ(done.error().code, Errc::kNotFound);
  done = co_await disk.RemoveTree("none");
  EXPECT_TRUE(done);
  done = co_await disk.Append("none/f", "x", true);
  EXPECT_EQ(done.error().code, Errc::kNotFound);
  fs.OnOperation([](files::Operation operation, std::string_view) {
    return operation == files::Operation::kWrite ? files::Trouble::kFull : files::Trouble::kNone;
  });
  done = co_await disk.Append("f", "bytes", true);
  EXPECT_EQ(done.error().code, Errc::kTooLarge);
  fs.OnOperation([](files::Operation operation, std::string_view) {
    return operation == files::Operation::kSync ? files::Trouble::kIo : files::Trouble::kNone;
  });
  const std::vector<std::string> synced(1, "f");
  done = co_await disk.SyncFiles(synced);
  EXPECT_EQ(done.error().code, Errc::kInternal);
  fs.OnOperation({});
  done = co_await disk.CreateFolder("d", access);
  EXPECT_TRUE(done);
  done = co_await disk.WriteFile("d/a", "1", access);
  EXPECT_TRUE(done);
  done = co_await disk.WriteFile("d/b", "22", access);
  EXPECT_TRUE(done);
  auto names = co_await disk.List("d");
  EXPECT_EQ(*names, (std::vector<std::string>{"a", "b"}));
  auto size = co_await disk.Size("d/b");
  EXPECT_EQ(*size, 2u);
  done = co_await disk.RemoveTree("d");
  EXPECT_TRUE(done);
  names = co_await disk.List("d");
  EXPECT_EQ(names.error().code, Errc::kNotFound);
}

TEST(SimDiskTest, ErrorsAreThoseOfThePort) {
  Rig rig(1);
  rig.scope->Spawn("errors", Errors(*rig.disk, rig.files));
  rig.Run();
  EXPECT_EQ(rig.scope->running(), 0u);
}

}  // namespace
}  // namespace assist::sim::disk
