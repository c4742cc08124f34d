#include "protocol/api/audit.h"

#include <gtest/gtest.h>

#include <vector>

namespace assist::api {
namespace {

std::vector<AuditRecord> Log(std::int64_t rows) {
  std::vector<AuditRecord> log;
  std::string previous = FirstAuditHash();
  for (std::int64_t number = 1; number <= rows; ++number) {
    AuditRecord record;
    record.number = number;
    for (const auto& [name, member] : kAuditTexts) record.*member = std::string(name) + std::to_string(number);
    record.previous_hash = previous;
    record.hash = AuditHash(record);
    previous = record.hash;
    log.push_back(std::move(record));
  }
  return log;
}

std::string Check(const std::vector<AuditRecord>& log, std::optional<AuditHead> kept = std::nullopt,
                  AuditHead start = {0, FirstAuditHash()}) {
  AuditCheck check(std::move(start), std::move(kept));
  for (const AuditRecord& record : log) {
    if (const Status next = check.Next(record); !next) return next.error().detail;
  }
  const Status end = check.Finish();
  return end ? "" : end.error().detail;
}
AuditHead HeadOf(const AuditRecord& record) { return {record.number, record.hash}; }

TEST(AuditTest, TheHashIsWhatTheHeaderSays) {
  AuditRecord record;
  record.number = 1;
  record.previous_hash = FirstAuditHash();
  // printf of the lines | sha256sum
  EXPECT_EQ(AuditHash(record), "d509bd10654588f65c7a3ecfe5a3312e4edd836bf36c272546dbb43497d77a07");
}

TEST(AuditTest, AChangedByteInAnyColumnOfAnyRowIsFoundThere) {
  const auto log = Log(5);
  EXPECT_EQ(Check(log), "");
  for (std::size_t row = 0; row < log.size(); ++row) {
    const std::string says = "row " + std::to_string(row + 1) + " ";
    for (const auto& [name, member] : kAuditTexts) {
      auto changed = log;
      (changed[row].*member)[0] ^= 1;
      EXPECT_EQ(Check(changed).rfind(says, 0), 0u) << name << ": " << Check(changed);
      changed = log;
      (changed[row].*member).clear();
      EXPECT_EQ(Check(changed).rfind(says, 0), 0u) << name << ": " << Check(changed);
    }
    auto changed = log;
    changed[row].hash[0] ^= 1;
    EXPECT_EQ(Check(changed), says + "was changed");
  }
}

TEST(AuditTest, MissingMovedAndAddedRowsAreFound) {
  auto gone = Log(5);
  gone.erase(gone.begin() + 2);
  EXPECT_EQ(Check(gone), "row 3 is missing: row 4 stands in its place");
  auto first = Log(5);
  first.erase(first.begin());
  EXPECT_EQ(Check(first), "row 1 is missing: row 2 stands in its place");
  auto swapped = Log(5);
  std::swap(swapped[1], swapped[2]);
  EXPECT_EQ(Check(swapped), "row 2 is missing: row 3 stands in its place");
  std::swap(swapped[1].number, swapped[2].number);
  EXPECT_EQ(Check(swapped), "row 2 does not follow what stands before it");
  auto twice = Log(5);
  twice.insert(twice.begin() + 2, twice[2]);
  EXPECT_EQ(Check(twice), "row 4 is missing: row 3 stands in its place");
  auto closed = Log(5);  // a row taken out, and all behind it numbered and hashed anew, but for one link
  closed.erase(closed.begin() + 2);
  for (std::size_t i = 2; i < closed.size(); ++i) {
    closed[i].number = static_cast<std::int64_t>(i) + 1;
    closed[i].hash = AuditHash(closed[i]);
  }
  EXPECT_EQ(Check(closed), "row 3 does not follow what stands before it");
}

TEST(AuditTest, AKeptHeadFindsACutEndAndALogWrittenAnew) {
  auto log = Log(5);
  EXPECT_EQ(Check(log, HeadOf(log[4])), "");
  EXPECT_EQ(Check(log, HeadOf(log[2])), "");
  EXPECT_EQ(Check(log, AuditHead{0, log[2].hash}), "");
  const AuditHead last = HeadOf(log[4]);
  log.pop_back();
  EXPECT_EQ(Check(log), "");  // nothing in what is left tells of it
  EXPECT_EQ(Check(log, last), "the end is missing: the log ends with row 4, and the kept head is row 5");
  EXPECT_EQ(Check(log, AuditHead{0, last.hash}),
            "the end is missing: the log ends with row 4, and the kept head is not in it");
  EXPECT_EQ(Check({}, last), "the end is missing: the log ends with row 0, and the kept head is row 5");
  AuditHead other = HeadOf(log[1]);
  other.hash[0] = other.hash[0] == '0' ? '1' : '0';
  EXPECT_EQ(Check(log, other), "row 2 is not the one whose hash was kept: the log was written anew");
}

TEST(AuditTest, ALogThatBeginsLaterIsCheckedFromThere) {
  const auto log = Log(6);
  const std::vector<AuditRecord> rest(log.begin() + 3, log.end());
  const AuditHead start = HeadOf(log[2]);
  EXPECT_EQ(Check(rest, std::nullopt, start), "");
  EXPECT_EQ(Check(rest, HeadOf(log[5]), start), "");
  EXPECT_EQ(Check(rest, start, start), "");
  EXPECT_EQ(Check(rest, HeadOf(log[0]), start),
            "row 1, whose hash was kept, has been deleted for its age; the log begins behind row 3");
  EXPECT_EQ(Check(rest), "row 1 is missing: row 4 stands in its place");
  EXPECT_EQ(Check(rest, std::nullopt, AuditHead{3, log[1].hash}), "row 4 does not follow what stands before it");
}

TEST(AuditTest, HeadsAreRead) {
  const std::string hash(64, 'a');
  EXPECT_EQ(ParseAuditHead("12:" + hash + "\n")->number, 12);
  EXPECT_EQ(FormatAuditHead(*ParseAuditHead("12:" + hash)), "12:" + hash);
  EXPECT_EQ(ParseAuditHead(hash)->number, 0);
  const std::vector<std::string> wrong = {"",           "12",       "x:" + hash,         "1x:" + hash,
                                          "-1:" + hash, hash + "a", std::string(64, 'A')};
  for (const std::string& text : wrong) {
    EXPECT_FALSE(ParseAuditHead(text)) << text;
  }
}

}  // namespace
}  // namespace assist::api
