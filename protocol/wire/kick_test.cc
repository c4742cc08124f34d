#include "protocol/wire/kick.h"

#include <gtest/gtest.h>

#include "test/support/captures/captures.h"

namespace assist::wire {
namespace {

TEST(KickTest, FormsReadBackAsTheyWereWritten) {
  for (const KickKind kind : {KickKind::kTaskRun, KickKind::kTaskStop, KickKind::kFileCreate, KickKind::kFileStop,
                              KickKind::kSessionStart, KickKind::kSessionStop}) {
    const Kick kick{kind, "t-1"};
    const Kick back = ParseKick(FormatKick(kick));
    EXPECT_EQ(back.kind, kind);
    EXPECT_EQ(back.argument, "t-1");
  }
  EXPECT_EQ(FormatKick(Kick{KickKind::kTaskRun, "t-1"}), "kick_vm task run t-1");
  EXPECT_EQ(FormatKick(Kick{KickKind::kTaskStop, "t-1"}), "kick_vm task stop t-1");
  EXPECT_EQ(FormatKick(Kick{}), "kick_vm");
}

TEST(KickTest, AKickWithoutItsIdIsSentPlainSinceAStockReceiverWouldBreak) {
  EXPECT_EQ(FormatKick(Kick{KickKind::kTaskRun, ""}), "kick_vm");
  EXPECT_EQ(FormatKick(Kick{KickKind::kSessionStop, ""}), "kick_vm");
}

TEST(KickTest, ShortAndOddTextsAreUnknown) {
  for (const char* text : {"", "hello", "hello world", "kick_vm task", "kick_vm agent", "kick_vm  task run t-1",
                           "kick_vm task pause t-1", "kick_vm foo bar", "kick_vm noop x"}) {
    EXPECT_EQ(ParseKick(text).kind, KickKind::kUnknown) << text;
  }
  EXPECT_EQ(ParseKick("anything task run t-1").kind, KickKind::kTaskRun);
  EXPECT_EQ(ParseKick("kick_vm agent deregister").kind, KickKind::kAgent);
  EXPECT_EQ(ParseKick("kick_vm agent deregister").argument, "deregister");
  EXPECT_EQ(ParseKick("kick_vm task run").argument, "");
}

// Every answer of the stock agent in the captures, except where it is known to do otherwise: our parse must judge
// alike.
TEST(KickTest, JudgesEveryCapturedKickAsTheStockAgentDid) {
  int compared = 0;
  for (const std::string& name : test::CaptureNames()) {
    for (const auto& exchange : test::LoadCapture(name)) {
      for (const auto& frame : exchange.frames) {
        if (frame.from != "agent" || frame.opcode != "text") continue;
        const auto reply = ParseKickReply(frame.payload);
        if (!reply) continue;                                                  // a session's frame
        if (reply->text.find("kick_vm agent") != std::string::npos) continue;  // our agent refuses what stock ones do
        const bool known = ParseKick(reply->text).kind != KickKind::kUnknown;
        if (reply->reply != KickReply::kReject) {
          EXPECT_EQ(known, reply->reply == KickReply::kAccept) << name << ": " << reply->text;
        }
        EXPECT_EQ(FormatKickReply(reply->reply, reply->text), frame.payload);
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 50);
}

}  // namespace
}  // namespace assist::wire
