#include "server/control/audit.h"

#include "server/control/access_keys.h"
#include "server/control/create_command.h"
#include "server/control/fake_server.h"
#include "server/control/housekeeping.h"

namespace assist::server::control {
namespace {

class AuditTest : public ControlTest {
 protected:
  void Note(std::int64_t rows, const std::string& action = "X", const std::string& key = "LTAI1") {
    NoteRefusalIn in;
    in.record.action = action;
    in.record.access_key_id = key;
    in.code = "Forbidden.RAM";
    for (std::int64_t i = 0; i < rows; ++i) ASSERT_TRUE(Change(NoteRefusal, in));
  }
  std::vector<api::AuditRecord> All() {
    DescribeAuditIn in;
    in.oldest_first = true;
    in.limit = 1'000'000;
    return Read(DescribeAudit, in)->rows;
  }
  std::string Check() {
    DescribeAuditIn in;
    in.oldest_first = true;
    in.limit = 1'000'000;
    const auto out = Read(DescribeAudit, in);
    api::AuditCheck check(out->start, out->end);
    for (const api::AuditRecord& row : out->rows) {
      if (const Status next = check.Next(row); !next) return next.error().detail;
    }
    const Status end = check.Finish();
    return end ? "" : end.error().detail;
  }
};

TEST_F(AuditTest, RowsFollowOneAnother) {
  Note(3);
  const auto rows = All();
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].number, 1);
  EXPECT_EQ(rows[0].previous_hash, api::FirstAuditHash());
  EXPECT_EQ(rows[2].previous_hash, rows[1].hash);
  EXPECT_EQ(rows[2].code, "Forbidden.RAM");
  EXPECT_EQ(rows[2].time.size(), std::string("2026-11-23T05:40:00.123Z").size()) << rows[2].time;
  EXPECT_EQ(Check(), "");
}

TEST_F(AuditTest, ARowNamesTheHashOfTheStoredScriptThatRan) {
  const InvokeId id = Start({AddMachine("mi-1")}, "echo 123");
  Edit([&](store::Tx& tx) {
    Context context(clock_.Now(), settings_, presence_, random_);
    AuditResult result;
    result.ids = id.str();
    result.invocation = id;
    WriteAudit(tx, context, AuditSlip{}, nullptr, result);
  });
  // printf 'echo 123' | sha256sum
  EXPECT_EQ(All()[0].content_hash, "67987c01762b379d48949645ab70fbc58ed2de0eff992d15fc036b99f1734671");
  EXPECT_EQ(All()[0].code, "OK");
  EXPECT_EQ(All()[0].result, id.str());
}

TEST_F(AuditTest, PagesGoBothWaysAndFiltersChoose) {
  for (int i = 0; i < 30; ++i) {
    Note(1, i % 3 == 0 ? "A" : "B", i % 2 == 0 ? "LTAI1" : "LTAI2");
    clock_.Advance(std::chrono::seconds(1));
  }
  DescribeAuditIn in;
  in.limit = 7;
  std::vector<std::int64_t> seen;
  do {
    const auto page = Read(DescribeAudit, in);
    for (const auto& row : page->rows) seen.push_back(row.number);
    in.after = page->next;
  } while (in.after > 0);
  ASSERT_EQ(seen.size(), 30u);
  EXPECT_EQ(seen.front(), 30);
  EXPECT_EQ(seen.back(), 1);

  const auto count = [this](DescribeAuditIn filter) { return Read(DescribeAudit, filter)->rows.size(); };
  DescribeAuditIn filter;
  filter.action = "A";
  EXPECT_EQ(count(filter), 10u);
  filter.access_key = "LTAI1";
  EXPECT_EQ(count(filter), 5u);
  filter.code = "OK";
  EXPECT_EQ(count(filter), 0u);
  DescribeAuditIn times;
  times.to = clock_.Now() - std::chrono::seconds(10);
  EXPECT_EQ(count(times), 20u);
  times.from = clock_.Now() - std::chrono::seconds(12);
  EXPECT_EQ(count(times), 2u);
}

TEST_F(AuditTest, WhatIsTooMuchGoesFromTheBeginningAndTheChainHolds) {
  settings_.audit_rows = 100;
  Note(100);
  EXPECT_FALSE(Change(ForgetOld, ForgetOldIn{})->more);
  EXPECT_EQ(All().size(), 100u);
  Note(5);
  while (Change(ForgetOld, ForgetOldIn{})->more) {
  }
  auto rows = All();
  EXPECT_EQ(rows.size(), 101u);  // and one that tells of it
  EXPECT_EQ(rows.front().number, 6);
  EXPECT_EQ(rows.back().action, "audit.prune");
  EXPECT_EQ(rows.back().resources, "rows 1 to 5");
  EXPECT_EQ(rows.back().result, "5:" + rows.front().previous_hash);
  EXPECT_EQ(Check(), "");

  clock_.Advance(settings_.audit_age + std::chrono::hours(30));
  Note(1);
  while (Change(ForgetOld, ForgetOldIn{})->more) {
  }
  rows = All();
  ASSERT_EQ(rows.size(), 3u);  // two were too many, the others too old
  EXPECT_EQ(rows[0].action, "X");
  EXPECT_EQ(rows[1].action, "audit.prune");
  EXPECT_EQ(rows[2].action, "audit.prune");
  EXPECT_EQ(Check(), "");
}

}  // namespace
}  // namespace assist::server::control
