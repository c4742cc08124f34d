#include "agent/supervisor/spool.h"

#include <gtest/gtest.h>

#include "agent/supervisor/client_word.h"
#include "agent/supervisor/spec.h"

namespace assist::agent::supervisor {
namespace {

StartMark Mark() {
  return {"0f6e6c6e-6a3c-4a2c-9a4e-2f6b2f7d9d10", FromUnixMillis(1'700'000'000'123),
          SteadyTime(std::chrono::microseconds(987'654'321))};
}

ExitRecord Exit() {
  ExitRecord exit;
  exit.kind = ExitKind::kStartFailed;
  exit.code = 13;
  exit.message = "execve /bin/sh: Permission denied";
  exit.end = FromUnixMillis(1'700'000'001'000);
  exit.output_bytes = 77;
  exit.dropped_bytes = 5'000'000'000;
  return exit;
}

std::string Sealed(const ExitRecord& exit) {
  std::string head = EncodeHead(Mark());
  const std::string frame = EncodeExit(exit);
  head.replace(kExitSlot, frame.size(), frame);
  return head;
}

TEST(SpoolTest, AnEmptyFileTellsThatNothingWasStarted) {
  const Head head = DecodeHead("");
  EXPECT_FALSE(head.start);
  EXPECT_FALSE(head.exit);
  EXPECT_FALSE(head.damaged);
}

TEST(SpoolTest, AFreshHeadHasTheStartMarkAndNoExit) {
  const std::string bytes = EncodeHead(Mark());
  ASSERT_EQ(bytes.size(), kHeadBytes);
  const Head head = DecodeHead(bytes);
  ASSERT_TRUE(head.start);
  EXPECT_EQ(*head.start, Mark());
  EXPECT_FALSE(head.exit);
  EXPECT_FALSE(head.damaged);
}

TEST(SpoolTest, TheExitRecordIsReadBack) {
  const Head head = DecodeHead(Sealed(Exit()));
  ASSERT_TRUE(head.exit);
  EXPECT_EQ(*head.exit, Exit());
  ExitRecord negative = Exit();
  negative.code = -1;
  EXPECT_EQ(*DecodeHead(Sealed(negative)).exit, negative);
}

TEST(SpoolTest, TheTimeOfTheFirstOutputHasASlotOfItsOwn) {
  const SystemTime when = FromUnixMicros(1'700'000'000'000'123);
  std::string head = Sealed(Exit());
  EXPECT_FALSE(DecodeHead(head).first_output);
  const std::string frame = EncodeFirstOutput(when);
  ASSERT_LE(frame.size(), kOutputSlotBytes);
  head.replace(kOutputSlot, frame.size(), frame);
  EXPECT_EQ(DecodeHead(head).first_output, when);
  EXPECT_EQ(*DecodeHead(head).exit, Exit());
  // Damaged, it is not there, and says nothing about the rest.
  head[kOutputSlot + 5] = static_cast<char>(head[kOutputSlot + 5] ^ 1);
  EXPECT_FALSE(DecodeHead(head).first_output);
  EXPECT_TRUE(DecodeHead(head).start);
  EXPECT_FALSE(DecodeHead(head).damaged);
}

TEST(SpoolTest, ALongMessageIsCutAndStillFitsTheSlot) {
  ExitRecord exit = Exit();
  exit.message = std::string(5000, 'x');
  const std::string frame = EncodeExit(exit);
  EXPECT_LE(frame.size(), kExitSlotBytes);
  EXPECT_EQ(DecodeHead(Sealed(exit)).exit->message, std::string(255, 'x'));
}

TEST(SpoolTest, ADamagedStartMarkIsPerhapsStartedNeverFresh) {
  const std::string good = EncodeHead(Mark());
  for (std::size_t bit = 0; bit < 100 * 8; ++bit) {
    std::string bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    const Head head = DecodeHead(bytes);
    EXPECT_TRUE(head.damaged || head.start == Mark()) << bit;
  }
  for (std::size_t size = 1; size < kHeadBytes; size += 7) {
    const Head head = DecodeHead(good.substr(0, size));
    EXPECT_TRUE(head.damaged || head.start == Mark()) << size;
  }
  EXPECT_TRUE(DecodeHead(std::string(kHeadBytes, '\0')).damaged);
}

TEST(SpoolTest, ADamagedExitRecordIsNone) {
  const std::string good = Sealed(Exit());
  for (std::size_t bit = kExitSlot * 8; bit < (kExitSlot + EncodeExit(Exit()).size()) * 8; ++bit) {
    std::string bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(DecodeHead(bytes).exit) << bit;
    EXPECT_TRUE(DecodeHead(bytes).start) << bit;
  }
}

TEST(SpoolTest, FramesFollowEachOtherAndATornOneEndsTheReading) {
  const std::string output("bi\0nary\xff", 8);
  const std::string body = EncodeOutputHeader(output) + output + EncodeGap(123) + EncodeOutputHeader("torn") + "to";
  Frame frame;
  ASSERT_EQ(DecodeFrame(body, frame), FrameState::kWhole);
  EXPECT_EQ(frame.type, FrameType::kOutput);
  EXPECT_EQ(frame.payload, output);
  std::string_view rest = std::string_view(body).substr(frame.size);
  ASSERT_EQ(DecodeFrame(rest, frame), FrameState::kWhole);
  EXPECT_EQ(frame.type, FrameType::kGap);
  EXPECT_EQ(frame.gap, 123u);
  rest.remove_prefix(frame.size);
  EXPECT_EQ(DecodeFrame(rest, frame), FrameState::kIncomplete);
}

TEST(SpoolTest, AnExceededBudgetIsReadBackAndTheRecordIsOtherwiseAsBefore) {
  ExitRecord exit = Exit();
  exit.kind = ExitKind::kSignalled;
  exit.message.assign(255, 'm');
  const std::string plain = EncodeExit(exit);
  exit.exceeded = Exceeded{Budget::kOutput, 1ULL << 40, (1ULL << 40) + 1};
  const std::string told = EncodeExit(exit);
  EXPECT_LE(told.size(), kExitSlotBytes);
  EXPECT_EQ(DecodeHead(Sealed(exit)).exit, exit);
  // What stands behind the record's end is new; an agent of before reads the rest as it always did.
  constexpr std::size_t kFrameHeader = 9;
  EXPECT_EQ(told.substr(kFrameHeader, plain.size() - kFrameHeader), plain.substr(kFrameHeader));
}

TEST(SpecTest, EverythingIsReadBack) {
  Spec spec;
  spec.attempts = {{"/usr/bin/python3", "-u", "/x/script"}, {"/bin/sh", "-c", "/x/script"}};
  spec.working_directory = "/home/user";
  spec.environment = {"PATH=/bin", "EMPTY="};
  spec.run_as = RunAs{1000, 1001, {1001, 27}};
  spec.timeout = std::chrono::seconds(60);
  spec.on_timeout = TerminationMode::kProcess;
  spec.boot_id = "boot";
  spec.cap_bytes = 1 << 20;
  spec.tail_bytes = 4096;
  spec.notify_path = "/x/run/events";
  spec.ticket = 0xfedcba9876543210ULL;
  auto read = DecodeSpec(EncodeSpec(spec));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(*read, spec);
}

TEST(SpecTest, AClientIsReadBackAsOne) {
  Spec spec;
  spec.attempts = {{"/usr/sbin/assist-container", "run", "/order"}};
  const std::string plain = EncodeSpec(spec);
  EXPECT_FALSE(DecodeSpec(plain)->client);
  spec.client = true;
  const auto read = DecodeSpec(EncodeSpec(spec));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, spec);
}

TEST(SpecTest, BudgetsAreReadBackAndWithoutThemTheSpecIsAsBefore) {
  Spec spec;
  spec.attempts = {{"/bin/sh", "-c", "x"}};
  const std::string plain = EncodeSpec(spec);
  EXPECT_EQ(plain[8], 1) << "the version of before: an older supervisor reads it";
  for (const bool client : {false, true}) {
    spec.client = client;
    spec.budgets = {30, 512 << 20, 50, 10 << 20};
    const auto read = DecodeSpec(EncodeSpec(spec));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, spec);
    EXPECT_EQ(EncodeSpec(spec)[8], 3) << "an older supervisor refuses it rather than to leave the budgets out";
  }
}

TEST(SpecTest, AConsolesCodePageIsReadBackAndWithoutOneTheSpecIsAsBefore) {
  Spec spec;
  spec.attempts = {{"C:\\Windows\\System32\\cmd.exe", "/C", "x"}};
  for (const std::uint64_t processes : {0, 7}) {
    spec.budgets.processes = processes;
    spec.console_code_page = 0;
    EXPECT_EQ(EncodeSpec(spec)[8], processes == 0 ? 1 : 3);
    spec.console_code_page = 65001;
    EXPECT_EQ(EncodeSpec(spec)[8], 4);
    const auto read = DecodeSpec(EncodeSpec(spec));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, spec);
  }
}

TEST(SpecTest, AnAccountOfWindowsIsReadBackAndAnOlderSupervisorRefusesIt) {
  Spec spec;
  spec.attempts = {{"C:\\Windows\\System32\\cmd.exe", "/C", "x"}};
  for (const std::uint32_t page : {0U, 65001U}) {
    spec.console_code_page = page;
    spec.logon = WindowsLogon{"CORP\\deploy", "deploy", "C:/a/passwords", "C:/a/tasks/t/t.bat"};
    EXPECT_EQ(EncodeSpec(spec)[8], 5);
    const auto read = DecodeSpec(EncodeSpec(spec));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, spec);
    spec.logon.reset();
    EXPECT_EQ(EncodeSpec(spec)[8], page == 0 ? 1 : 4);
  }
}

TEST(WindowsLogonTest, AnAccountIsSplitAsWindowsTakesIt) {
  EXPECT_EQ(SplitAccount("deploy"), (AccountParts{".", "deploy"}));
  EXPECT_EQ(SplitAccount("CORP\\deploy"), (AccountParts{"CORP", "deploy"}));
  EXPECT_EQ(SplitAccount(".\\deploy"), (AccountParts{".", "deploy"}));
  EXPECT_EQ(SplitAccount("deploy@corp.example"), (AccountParts{"", "deploy@corp.example"}));
}

TEST(ClientWordTest, AWordIsReadBackAndNothingElseIsOne) {
  const std::string bytes = EncodeClientWord({kClientTimeout, "no answer"});
  const auto word = DecodeClientWord(bytes);
  ASSERT_TRUE(word);
  EXPECT_EQ(word->code, kClientTimeout);
  EXPECT_EQ(word->message, "no answer");
  EXPECT_EQ(DecodeClientWord(EncodeClientWord({}))->code, 0);
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(DecodeClientWord(bytes.substr(0, size)));
  EXPECT_FALSE(DecodeClientWord(EncodeClientWord({5, "no such code"})));
  EXPECT_EQ(DecodeClientWord(EncodeClientWord({kClientFailed, std::string(100'000, 'x')}))->message.size(), 1000u);
}

TEST(SpecTest, NoTruncationAndNoBitFlipIsTaken) {
  Spec spec;
  spec.attempts = {{"/bin/sh"}};
  spec.budgets.processes = 7;
  const std::string good = EncodeSpec(spec);
  ASSERT_TRUE(DecodeSpec(good));
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(DecodeSpec(good.substr(0, size))) << size;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(DecodeSpec(bytes)) << bit;
  }
  EXPECT_FALSE(DecodeSpec(good + "x"));
}

TEST(SpecTest, WhatMakesNoSenseIsRefused) {
  Spec none;
  EXPECT_FALSE(DecodeSpec(EncodeSpec(none)));
  Spec empty;
  empty.attempts = {{""}};
  EXPECT_FALSE(DecodeSpec(EncodeSpec(empty)));
  Spec large;
  large.attempts = {{"/bin/sh"}};
  large.tail_bytes = 1 << 30;
  EXPECT_FALSE(DecodeSpec(EncodeSpec(large)));
}

}  // namespace
}  // namespace assist::agent::supervisor
