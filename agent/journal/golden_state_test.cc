// What earlier versions have written must be read, and what this one writes must be what they read: bytes of each kind
// of record, as the versions named in test/data/state wrote them. When this fails, a format has changed: see
// docs/agent-update.md, "Formats", before anything is written anew (ASSIST_WRITE_GOLDEN=FILE writes this version's).
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>

#include "agent/journal/records.h"
#include "agent/record/frame.h"
#include "agent/supervisor/spool.h"

namespace assist::agent::journal {
namespace {

constexpr std::string_view kMark = "12345678";

std::string Hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += kDigits[(static_cast<unsigned char>(c) >> 4) & 15];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string Bytes(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) out += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  return out;
}

/// One of each type, every member set.
Record Sample(RecordType type) {
  Record record;
  record.type = type;
  record.highest = 4711;
  record.id = "t-sample";
  record.delivery = 42;
  record.boot_id = "boot";
  record.stop = StopWish::kProcess;
  record.entry_lost = true;
  record.at = FromUnixMillis(1'780'000'000'000);
  record.entry = "entry";
  record.conclusion = "conclusion";
  record.ranges = {{1, 5}, {7, 9}};
  record.hashes = {1, 0xffffffffffffffff};
  record.version = 3;
  record.state.next_number = 12;
  record.state.last_due = FromUnixMillis(1'780'000'001'000);
  record.state.accounted = FromUnixMillis(1'780'000'002'000);
  record.state.boot_id = "seen";
  record.state.queued = 11;
  record.state.queued_due = FromUnixMillis(1'780'000'003'000);
  record.state.ending = Ending::kStopProcess;
  record.state.uncertain = true;
  record.definition_only = true;
  record.range.number = 8;
  record.range.count = 2;
  record.range.due = FromUnixMillis(1'780'000'004'000);
  record.range.last_due = FromUnixMillis(1'780'000'005'000);
  record.range.reason = 2;
  record.owed = true;
  record.merge = true;
  record.seen_boot = "other";
  return record;
}

constexpr int kTypes = 14;  ///< Never fewer. One more: read for two releases before it is written.

std::string SpoolHead() {
  supervisor::StartMark mark;
  mark.boot_id = "boot";
  mark.wall = FromUnixMillis(1'780'000'006'000);
  return supervisor::EncodeHead(mark);
}

std::string SpoolExit() {
  supervisor::ExitRecord exit;
  exit.message = "message";
  exit.end = FromUnixMillis(1'780'000'007'000);
  exit.output_bytes = 100;
  exit.dropped_bytes = 3;
  return supervisor::EncodeExit(exit);
}

/// What this version writes, by name.
std::map<std::string, std::string> Written() {
  std::map<std::string, std::string> out;
  out["header"] = EncodeHeader(kMark);
  for (int type = 1; type <= kTypes; ++type) {
    out["record-" + std::to_string(type)] = EncodeRecord(kMark, Sample(static_cast<RecordType>(type)));
  }
  out["spool-head"] = SpoolHead();
  out["spool-exit"] = SpoolExit();
  out["spool-output"] = supervisor::EncodeOutputHeader("output") + "output";
  out["spool-gap"] = supervisor::EncodeGap(5);
  return out;
}

std::map<std::string, std::string> Golden(const std::string& version) {
  std::ifstream file(std::string(ASSIST_TEST_DATA) + "/state/" + version + ".txt");
  EXPECT_TRUE(file.is_open()) << version;
  std::map<std::string, std::string> out;
  std::string name;
  std::string hex;
  while (file >> name >> hex) out[name] = Bytes(hex);
  return out;
}

class GoldenStateTest : public testing::TestWithParam<const char*> {};

TEST_P(GoldenStateTest, WhatThisVersionWritesIsWhatThatOneWrote) {
  const std::map<std::string, std::string> written = Written();
  if (const char* path = std::getenv("ASSIST_WRITE_GOLDEN")) {
    std::ofstream file(path);
    for (const auto& [name, bytes] : written) file << name << " " << Hex(bytes) << "\n";
  }
  const std::map<std::string, std::string> golden = Golden(GetParam());
  for (const auto& [name, bytes] : golden) {
    ASSERT_TRUE(written.contains(name)) << name;
    EXPECT_EQ(Hex(written.at(name)), Hex(bytes)) << name;
  }
}

TEST_P(GoldenStateTest, WhatThatVersionWroteIsRead) {
  const std::map<std::string, std::string> golden = Golden(GetParam());
  EXPECT_EQ(DecodeHeader(golden.at("header")), std::string(kMark));
  int records = 0;
  for (const auto& [name, bytes] : golden) {
    if (!name.starts_with("record-")) continue;
    ++records;
    record::Frame frame;
    ASSERT_EQ(record::DecodeFrame(std::string_view(bytes).substr(kMarkBytes), kMaxPayload, frame),
              record::FrameState::kWhole)
        << name;
    const std::optional<Record> read = DecodePayload(frame.type, frame.payload);
    ASSERT_TRUE(read) << name;
    EXPECT_EQ(Hex(EncodeRecord(kMark, *read)), Hex(bytes)) << name;
  }
  EXPECT_EQ(records, kTypes);
  std::string head = golden.at("spool-head");
  EXPECT_TRUE(supervisor::DecodeHead(head).start);
  EXPECT_FALSE(supervisor::DecodeHead(head).damaged);
}

INSTANTIATE_TEST_SUITE_P(Versions, GoldenStateTest, testing::Values("0.1.0"));

/// The way back of an update: what a later version may have written is told from what this one knows.
TEST(GoldenRecordTypesTest, RecordsOfLaterVersionsAreNotTakenForOthers) {
  const std::string known = EncodeRecord(kMark, Sample(RecordType::kForget));
  record::Frame frame;
  ASSERT_EQ(record::DecodeFrame(std::string_view(known).substr(kMarkBytes), kMaxPayload, frame),
            record::FrameState::kWhole);
  for (int type = 0; type < 256; ++type) {
    const bool is_known = type >= 1 && type <= kTypes;
    const std::string bytes =
        EncodeRecord(kMark, Sample(is_known ? static_cast<RecordType>(type) : RecordType::kForget));
    record::Frame each;
    ASSERT_EQ(record::DecodeFrame(std::string_view(bytes).substr(kMarkBytes), kMaxPayload, each),
              record::FrameState::kWhole);
    EXPECT_EQ(DecodePayload(static_cast<std::uint8_t>(type), each.payload).has_value(), is_known) << type;
  }
}

}  // namespace
}  // namespace assist::agent::journal
