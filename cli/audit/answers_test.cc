#include "cli/audit/answers.h"

#include <gtest/gtest.h>

namespace assist::cli {
namespace {

std::vector<api::AuditRecord> Rows() {
  api::AuditRecord row;
  row.number = 1;
  for (const auto& [name, member] : api::kAuditTexts) row.*member = std::string(name);
  row.action = "access-key.create";
  row.code = "OK";
  row.previous_hash = api::FirstAuditHash();
  row.hash = api::AuditHash(row);
  api::AuditRecord next = row;
  next.number = 12;
  next.access_key_name = "a\nb";
  return {row, next};
}
std::string Body(const std::string& records) {
  const std::string head = "12:" + std::string(64, 'a');
  return records.substr(0, records.size() - 1) + R"(,"NextToken":"12","Start":"0:)" + api::FirstAuditHash() +
         R"(","Head":")" + head + "\"}";
}

TEST(AuditAnswersTest, WhatIsWrittenIsRead) {
  const auto rows = Rows();
  const auto page = ParseAuditPage(Body(AuditJson(rows)));
  ASSERT_TRUE(page) << page.error().detail;
  EXPECT_EQ(page->rows, rows);
  EXPECT_EQ(page->next_token, "12");
  EXPECT_EQ(page->start.number, 0);
  EXPECT_EQ(page->head.number, 12);
}

TEST(AuditAnswersTest, WhatIsMissingIsNamed) {
  EXPECT_FALSE(ParseAuditPage("no"));
  EXPECT_EQ(ParseAuditPage("{}").error().detail, "AuditRecords.AuditRecord is missing or of another type");
  const std::string good = Body(AuditJson(Rows()));
  for (const std::string name : {"Number", "Time", "ResultIds", "Hash", "NextToken", "Start", "Head"}) {
    std::string bad = good;
    bad.replace(bad.find("\"" + name + "\""), name.size() + 2, "\"Other\"");
    EXPECT_EQ(ParseAuditPage(bad).error().detail, name + " is missing or of another type");
  }
}

TEST(AuditAnswersTest, TheTableFitsPeopleAndPipes) {
  const Text english(Language::kEnglish);
  const std::string pipe = AuditTable(Rows(), false, english);
  EXPECT_TRUE(pipe.starts_with("NUMBER\tTIME\tKEY\tFROM\tACTION\tRESULT\tON\tIDS\n"));
  EXPECT_NE(pipe.find("\n12\tTime\tAccessKeyId (a\\nb)\tSource\taccess-key.create\tOK\tResources\tResultIds\n"),
            std::string::npos)
      << pipe;
  const std::string people = AuditTable(Rows(), true, english);
  EXPECT_EQ(people.find("TIME"), people.find("Time") - people.find("\n1 ") - 1) << people;
  EXPECT_EQ(people.find('\t'), std::string::npos);
}

}  // namespace
}  // namespace assist::cli
