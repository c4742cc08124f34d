#include "agent/files/outcome.h"

#include <gtest/gtest.h>

#include "protocol/wire/report_codec.h"

namespace assist::agent::files {
namespace {

std::string Target(const Outcome& outcome, bool ours) {
  const std::string target = wire::ReportTarget(ToReport(outcome, "f-1", ours));
  return target.substr(target.rfind('/') + 1);
}

TEST(FileOutcomeTest, AStockServerIsToldExactlyWhatTheStockAgentSays) {
  Outcome placed;
  placed.start = placed.end = FromUnixMillis(5);
  EXPECT_EQ(Target(placed, false), "finish?taskId=f-1&status=Success&taskType=sendfile&errorcode=0");
  Outcome failed = Failed(wire::FileTrouble::kOwner, "why");
  failed.start = FromUnixMillis(5);
  EXPECT_EQ(Target(failed, false), "finish?taskId=f-1&status=Failed&taskType=sendfile&errorcode=2");
  EXPECT_EQ(Target(Refused("FileExist", "a b"), false),
            "invalid?taskId=f-1&taskType=sendfile&param=FileExist&value=a+b");
  EXPECT_EQ(Target(Interrupted("why"), false), "finish?taskId=f-1&status=Failed&taskType=sendfile&errorcode=1");
}

TEST(FileOutcomeTest, OurServerIsToldWhenAndWhy) {
  Outcome failed = Failed(wire::FileTrouble::kFolder, "no way");
  failed.start = FromUnixMillis(5);
  failed.end = FromUnixMillis(7);
  EXPECT_EQ(Target(failed, true),
            "finish?taskId=f-1&status=Failed&taskType=sendfile&errorcode=4&errDesc=no+way&start=5&end=7");
  EXPECT_EQ(Target(Interrupted("why"), true),
            "error?taskId=f-1&taskType=sendfile&errCode=ExecutionInterrupted&errDesc=ExecutionInterrupted%3A+why");
}

TEST(FileOutcomeTest, TheJournalGivesBackWhatItWasGiven) {
  Outcome interrupted = Interrupted("why");
  Outcome failed = Failed(wire::FileTrouble::kMode, "no");
  Outcome refused = Refused("FileExist", "a.txt");
  for (Outcome* outcome : {&interrupted, &failed, &refused}) {
    outcome->start = FromUnixMillis(5);
    outcome->end = FromUnixMillis(6);
    EXPECT_EQ(Target(DecodeOutcome(EncodeOutcome(*outcome)), true), Target(*outcome, true));
  }
  EXPECT_TRUE(DecodeOutcome(EncodeOutcome(Outcome())).placed());
  for (const std::string& bytes : {std::string(), std::string("rubbish"), EncodeOutcome(failed).substr(0, 20)}) {
    EXPECT_EQ(DecodeOutcome(bytes).err_code, wire::kErrInterrupted);
    EXPECT_FALSE(DecodeOutcome(bytes).placed());
  }
}

TEST(FileOutcomeTest, LongTextsAreCutBetweenCharacters) {
  const std::string text = std::string(254, 'x') + "\u00e9";
  EXPECT_EQ(Refused("FileExist", text).value, std::string(254, 'x'));
  EXPECT_EQ(Failed(wire::FileTrouble::kNotWritten, text).err_desc, std::string(254, 'x'));
}

}  // namespace
}  // namespace assist::agent::files
