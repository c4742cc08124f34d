#include "agent/files/file_engine.h"

#include <gtest/gtest.h>

#include "agent/files/testing/fake_files_machine.h"

namespace assist::agent::files {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using task_engine::Delivery;
using task_engine::ReportOutcome;

TEST_F(FilesTest, AFileIsAcceptedPutInPlaceAndToldOnce) {
  Boot();
  wire::FileTask file = File("f-1", 1, "a.txt", "hello\n");
  file.owner = "demo";
  file.group = "staff";
  file.mode = "0600";
  EXPECT_EQ(Send(file).fresh, 1u);
  Advance(seconds(1));
  EXPECT_EQ(Bytes("a.txt"), "hello\n");
  EXPECT_EQ(Made("a.txt").owner, "demo");
  EXPECT_EQ(Made("a.txt").group, "staff");
  EXPECT_EQ(Made("a.txt").mode, 0600u);
  EXPECT_EQ(Told("f-1"), "accepted; finish Success 0");
  EXPECT_EQ(files->size(), 0u);
  EXPECT_TRUE(journal->live().empty());
  EXPECT_FALSE(Has(".assist-f-1.part"));

  Put("a.txt", "changed by its owner");
  file.overwrite = true;
  EXPECT_EQ(Send(file).known, 1u);
  file.assist->delivery = 2;
  EXPECT_EQ(Send(file).known, 1u) << "the id was had";
  Restart();
  EXPECT_EQ(Send(file).known, 1u);
  Advance(seconds(1));
  EXPECT_EQ(Bytes("a.txt"), "changed by its owner");
  EXPECT_EQ(Told("f-1"), "");
}

TEST_F(FilesTest, WhileTheDiskIsFullNoneIsTakenAndThatIsSaid) {
  journal_options.reserve_bytes = 16'384;
  Boot();
  disk->room = disk->Used() + 100;
  EXPECT_EQ(Send(File("f-1", 1, "a.txt", "hello\n")).refused, 1u);
  Advance(seconds(1));
  EXPECT_EQ(Told("f-1"), "finish Failed 1");
  EXPECT_EQ(files->size(), 0u);
  disk->room = {};
  EXPECT_EQ(Send(File("f-1", 1, "a.txt", "hello\n")).known, 1u);
  EXPECT_EQ(Send(File("f-2", 2, "a.txt", "hello\n")).fresh, 1u);
  Advance(seconds(1));
  EXPECT_EQ(Bytes("a.txt"), "hello\n");
}

TEST_F(FilesTest, TheTaskOfACommandMayHaveTheSameId) {
  Boot();
  Accept(Entry("x-1", 1));
  EXPECT_EQ(Send(File("x-1", 2, "a.txt", "x")).fresh, 1u);
  Advance(seconds(1));
  EXPECT_EQ(starts["x-1"], 1);
  EXPECT_EQ(Bytes("a.txt"), "x");
  EXPECT_EQ(engine->counts().running, 1u) << "the engine has nothing to do with files";
}

TEST_F(FilesTest, WhatIsWrongIsToldInTheStockWords) {
  Boot();
  Send(File("f-0", 1, "a.txt", "old"));
  const auto told = [this](const std::string& id, auto change) {
    wire::FileTask file = File(id, 0, "b.txt", "x");
    change(file);
    EXPECT_EQ(Send(file).fresh, 1u);
    Advance(seconds(1));
    EXPECT_FALSE(Has("b.txt"));
    EXPECT_FALSE(Has(".assist-" + id + ".part"));
    const std::string words = Told(id);
    EXPECT_TRUE(words.starts_with("accepted; ")) << words;
    return words.substr(words.find(';') + 2);
  };
  EXPECT_EQ(told("f-1", [](auto& file) { file.name = ""; }), "invalid FileNameInvalid ");
  EXPECT_EQ(told("f-2", [](auto& file) { file.content = Secret<std::string>(""); }), "invalid EmptyFile ");
  EXPECT_EQ(told("f-3", [](auto& file) { file.content = Secret<std::string>("@@@"); }), "invalid InvalidFileContent ");
  EXPECT_EQ(told("f-4", [](auto& file) { file.signature = "00"; }), "invalid InvalidSignature 00");
  EXPECT_EQ(told("f-5", [](auto& file) { file.mode = "77"; }), "invalid InvalidFileMode 77");
  EXPECT_EQ(told("f-6", [](auto& file) { file.name = "a.txt"; }), "invalid FileExist a.txt");
  world.folder_fails = Problem{Trouble::kFolder, "no"};
  EXPECT_EQ(told("f-7", [](auto& file) { file.mode = "77"; }), "finish Failed 4") << "the folder comes before the mode";
  world.folder_fails.reset();
  const auto write = [&](const std::string& id, Trouble trouble) {
    world.write_fails = Problem{trouble, "no"};
    return told(id, [](auto& file) {
      file.owner = "ghost";
      file.group = "ghosts";
    });
  };
  EXPECT_EQ(write("f-8", Trouble::kNotWritten), "finish Failed 1");
  EXPECT_EQ(write("f-9", Trouble::kMode), "finish Failed 3");
  EXPECT_EQ(write("f-10", Trouble::kNoOwner), "invalid FileOwnerNotExist ghost");
  EXPECT_EQ(write("f-11", Trouble::kNoGroup), "invalid FileGroupNotExist ghosts");
  EXPECT_EQ(write("f-12", Trouble::kOwner), "finish Failed 2");
  world.write_fails.reset();
  world.place_fails = PlaceResult{Placing::kNotPlaced, "no"};
  EXPECT_EQ(told("f-13", [](auto&) {}), "finish Failed 1");
  world.place_fails = PlaceResult{Placing::kExists, "it came just now"};
  EXPECT_EQ(told("f-14", [](auto&) {}), "invalid FileExist b.txt");
  world.place_fails = PlaceResult{Placing::kGone, "somebody took it"};
  EXPECT_EQ(told("f-15", [](auto&) {}), "finish Failed 1");
  EXPECT_EQ(sink->Of("f-15").back().err_desc, "somebody took it");
  world.place_fails = PlaceResult{Placing::kUnsynced, "no answer"};
  EXPECT_EQ(told("f-16", [](auto&) {}), "error ExecutionInterrupted");
  EXPECT_EQ(Bytes("a.txt"), "old");
  EXPECT_TRUE(journal->live().empty());
}

TEST_F(FilesTest, AnExistingFileIsReplacedOnlyWhenToldTo) {
  Boot();
  Send(File("f-1", 1, "a.txt", "one"));
  Send(File("f-2", 2, "a.txt", "two"));
  Advance(seconds(1));
  EXPECT_EQ(Bytes("a.txt"), "one");
  EXPECT_EQ(Told("f-2"), "accepted; invalid FileExist a.txt");
  Send(File("f-3", 3, "a.txt", "three", true));
  Advance(seconds(1));
  EXPECT_EQ(Bytes("a.txt"), "three");
  EXPECT_EQ(Told("f-3"), "accepted; finish Success 0");
}

TEST_F(FilesTest, FilesForOnePlaceComeInTheirOrder) {
  Boot();
  std::vector<wire::FileTask> list;
  for (int i = 1; i <= 20; ++i) list.push_back(File("f-" + std::to_string(i), i, "a", std::to_string(i), true));
  EXPECT_EQ(Send(std::move(list)).fresh, 20u);
  Advance(seconds(1));
  EXPECT_EQ(Bytes("a"), "20");
  for (const auto& [serial, made] : world.made) EXPECT_EQ(made.placed, 1) << serial;
}

TEST_F(FilesTest, OurServerIsToldUntilItHasTakenIt) {
  int refusals = 3;
  answer = [&refusals](const wire::Report&) {
    return ReportOutcome{refusals-- > 0 ? Delivery::kLater : Delivery::kDone, {}};
  };
  Boot();
  Send(File("f-1", 1, "a.txt", "x"));
  Advance(milliseconds(1));
  EXPECT_EQ(Told("f-1"), "accepted");
  EXPECT_EQ(Bytes("a.txt"), "x") << "the work does not wait for the server";
  Advance(seconds(60));
  EXPECT_EQ(Told("f-1"), "accepted; finish Success 0; finish Success 0; finish Success 0") << "it has ended meanwhile";
  EXPECT_TRUE(journal->live().empty());
}

TEST_F(FilesTest, AfterARestartTheEndIsToldAgainAndTheSame) {
  answer = [](const wire::Report&) { return ReportOutcome{Delivery::kLater, {}}; };
  Boot();
  Send(File("f-1", 1, "a.txt", "x"));
  world.write_fails = Problem{Trouble::kNoOwner, "no"};
  Send(File("f-2", 2, "b.txt", "x"));
  Advance(seconds(3));
  const wire::Report before = sink->Of("f-1").back();
  world.write_fails.reset();
  answer = nullptr;
  Restart();
  Advance(seconds(1));
  EXPECT_EQ(Told("f-1"), "finish Success 0");
  EXPECT_EQ(Told("f-2"), "invalid FileOwnerNotExist ");
  EXPECT_EQ(sink->Of("f-1").back().start, before.start);
  EXPECT_EQ(sink->Of("f-1").back().end, before.end);
  EXPECT_NE(before.end, SystemTime{});
  EXPECT_FALSE(Has("b.txt"));
  EXPECT_TRUE(journal->live().empty());
}

TEST_F(FilesTest, WhatTheServerNeverTakesIsForgotten) {
  answer = [](const wire::Report&) { return ReportOutcome{Delivery::kGone, {}}; };
  Boot();
  Send(File("f-1", 1, "a.txt", "x"));
  Advance(seconds(1));
  EXPECT_EQ(Told("f-1"), "accepted");
  EXPECT_TRUE(journal->live().empty());
}

TEST_F(FilesTest, AStockServerIsToldTheEndAlone) {
  Boot();
  Send(ToStock(File("f-1", 0, "a.txt", "x")));
  Advance(seconds(1));
  EXPECT_EQ(Told("f-1"), "finish Success 0");
  EXPECT_EQ(sink->Of("f-1").back().start, SystemTime{});
  EXPECT_EQ(Send(ToStock(File("f-1", 0, "a.txt", "x"))).known, 1u);
}

TEST_F(FilesTest, WhatIsFullOrOddIsNotAccepted) {
  files_options.max_accepted = 2;
  files_options.max_content = 100;
  answer = [](const wire::Report&) { return ReportOutcome{Delivery::kLater, {}}; };
  Boot();
  std::vector<wire::FileTask> list;
  list.push_back(File("f-1", 1, "a", "x"));
  list.push_back(File("f-1", 2, "a", "x"));
  list.push_back(File("../f", 3, "b", "x"));
  list.push_back(File("f-4", 4, "c", std::string(100, 'x')));
  list.push_back(File("f-5", 5, "d", "x"));
  list.push_back(File("f-6", 6, "e", "x"));
  const auto accepted = Send(std::move(list));
  EXPECT_EQ(accepted.fresh, 2u);
  EXPECT_EQ(accepted.known, 1u);
  EXPECT_EQ(accepted.refused, 2u);
  EXPECT_EQ(accepted.deferred, 1u);
  Advance(milliseconds(1));
  EXPECT_EQ(Told("../f"), "invalid TaskIdInvalid A task id has letters, digits, hyphens and underscores only");
  EXPECT_EQ(Told("f-4"), "finish Failed 1");
  EXPECT_FALSE(Has("c"));
  EXPECT_FALSE(Has("e"));
  answer = nullptr;
  Restart();
  Advance(seconds(1));
  EXPECT_EQ(Send(File("f-6", 6, "e", "x")).fresh, 1u) << "there is room again";
}

TEST_F(FilesTest, WithoutAJournalNothingIsAccepted) {
  Boot();
  disk->sync_fails = true;
  EXPECT_EQ(Send(File("f-1", 1, "a.txt", "x")).deferred, 1u);
  disk->sync_fails = false;
  Advance(seconds(1));
  EXPECT_FALSE(Has("a.txt"));
  EXPECT_EQ(Told("f-1"), "");
  EXPECT_EQ(Send(File("f-1", 1, "a.txt", "x")).fresh, 1u);
  Advance(seconds(1));
  EXPECT_EQ(Bytes("a.txt"), "x");
}

TEST_F(FilesTest, NothingTakesItsPlaceBeforeTheJournalKnowsThatItMay) {
  Boot();
  world.on_written = [this] {
    disk->trouble_at = "journal";
    disk->sync_fails = true;
  };
  Send(File("f-1", 1, "a.txt", "x"));
  Advance(seconds(5));
  EXPECT_TRUE(Has(".assist-f-1.part"));
  EXPECT_FALSE(Has("a.txt"));
  EXPECT_EQ(Told("f-1"), "accepted");
  world.on_written = nullptr;
  disk->sync_fails = false;
  Advance(seconds(60));
  EXPECT_EQ(Bytes("a.txt"), "x");
  EXPECT_EQ(Told("f-1"), "accepted; finish Success 0");
}

TEST_F(FilesTest, NothingIsToldBeforeTheJournalHasTheEnd) {
  Boot();
  world.on_placed = [this] {
    disk->trouble_at = "journal";
    disk->sync_fails = true;
  };
  Send(File("f-1", 1, "a.txt", "x"));
  Advance(seconds(5));
  EXPECT_EQ(Bytes("a.txt"), "x");
  EXPECT_EQ(Told("f-1"), "accepted");
  disk->sync_fails = false;
  Advance(seconds(60));
  EXPECT_EQ(Told("f-1"), "accepted; finish Success 0");
}

TEST_F(FilesTest, AfterDamageOfTheJournalNothingIsWrittenAgain) {
  answer = [](const wire::Report&) { return ReportOutcome{Delivery::kLater, {}}; };
  Boot();
  Send(File("f-1", 1, "a.txt", "x"));
  Send(File("f-2", 2, "b.txt", "x"));
  Advance(milliseconds(1));
  world.on_written = [this] { disk->sync_fails = true; };
  Send(File("f-3", 3, "c.txt", "x"));
  Advance(milliseconds(1));
  EXPECT_TRUE(Has(".assist-f-3.part"));
  Kill();
  world.on_written = nullptr;
  disk->sync_fails = false;
  std::string file;
  for (const auto& path : disk->Paths()) {
    if (path.starts_with("journal/") && path.ends_with(".log")) file = path;
  }
  std::string bytes = disk->Content(file);
  // The entry of f-2 cannot be read any more, and what follows can.
  const auto at = bytes.find("f-2@file");
  ASSERT_NE(at, std::string::npos);
  bytes[at + 40] ^= 1;
  disk->Put(file, bytes);
  Put("a.txt", "changed since");
  answer = nullptr;
  Boot();
  Advance(seconds(1));
  // f-1 had ended and stands as such; f-2 is not known; of f-3 nobody knows how far it had come.
  Send(File("f-2", 2, "b.txt", "y", true));
  Advance(seconds(1));
  EXPECT_EQ(Told("f-1"), "finish Success 0");
  EXPECT_EQ(Told("f-2"), "error ExecutionInterrupted");
  EXPECT_EQ(Told("f-3"), "accepted; error ExecutionInterrupted");
  EXPECT_FALSE(Has("c.txt"));
  EXPECT_FALSE(Has(".assist-f-3.part"));
  EXPECT_EQ(Bytes("a.txt"), "changed since");
  EXPECT_NE(Bytes("b.txt"), "y");
  for (const auto& [serial, made] : world.made) EXPECT_LE(made.placed, 1);
  EXPECT_TRUE(journal->live().empty());
}

}  // namespace
}  // namespace assist::agent::files
