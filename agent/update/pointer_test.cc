#include "agent/update/pointer.h"

#include <gtest/gtest.h>

namespace assist::agent::update {
namespace {

Pointer Full() {
  Pointer pointer;
  pointer.selected = "1.2.0-7";
  pointer.previous = "1.1.0-3";
  pointer.trial = true;
  pointer.boot_id = "boot";
  pointer.deadline = FromUnixMillis(1'780'000'000'123);
  pointer.installed = "1.0.0";
  return pointer;
}

TEST(PointerTest, WhatIsWrittenIsReadAgain) {
  EXPECT_EQ(*DecodePointer(EncodePointer(Full())), Full());
  EXPECT_EQ(*DecodePointer(EncodePointer({})), Pointer{});
}

TEST(PointerTest, MembersOfLaterVersionsArePassedOver) {
  const Result<Pointer> pointer =
      DecodePointer(R"({"Format":1,"Selected":"1.2.0-7","State":"good","Tries":2,"Later":{"a":[1]}})");
  ASSERT_TRUE(pointer) << pointer.error().detail;
  EXPECT_EQ(pointer->selected, "1.2.0-7");
  EXPECT_EQ(pointer->previous, "");
  EXPECT_FALSE(pointer->trial);
}

TEST(PointerTest, AWrongFileIsNoPointer) {
  for (const char* text :
       {"", "{", "[]", "null", R"({"Format":1})", R"({"Format":2,"Selected":"","State":"good"})",
        R"({"Format":1,"Selected":"../../bin-1","State":"good"})", R"({"Format":1,"Selected":7,"State":"good"})",
        R"({"Format":1,"Selected":"1.0-1","State":"perhaps"})",
        R"({"Format":1,"Selected":"1.0-1","Previous":"..","State":"good"})"}) {
    const Result<Pointer> pointer = DecodePointer(text);
    ASSERT_FALSE(pointer) << text;
    EXPECT_EQ(pointer.error().code, Errc::kInvalid) << text;
  }
  EXPECT_FALSE(DecodePointer(std::string(kMaxPointerBytes + 1, ' ')));
  EXPECT_FALSE(DecodePointer(std::string(1000, '[')));
}

TEST(PointerTest, ASlotIsNamedByVersionAndSequence) {
  EXPECT_EQ(SlotName("1.2.0~rc1", 42), "1.2.0~rc1-42");
  EXPECT_EQ(VersionOfSlot("1.2.0~rc1-42"), "1.2.0~rc1");
  EXPECT_EQ(VersionOfSlot("1.2-3-42"), "1.2-3");
  for (const char* name : {"", "1.2", "-3", "1.2-", "1.2-x", "../1-2", "1/2-3", ".-1", "1.2-12345678901234567890"}) {
    EXPECT_FALSE(IsSlotName(name)) << name;
  }
}

TEST(PointerTest, TriesThatCannotBeReadAreTooMany) {
  const Tries tries = DecodeTries(EncodeTries({"1.2.0-7", "boot", 2}));
  EXPECT_EQ(tries.slot, "1.2.0-7");
  EXPECT_EQ(tries.boot_id, "boot");
  EXPECT_EQ(tries.count, 2);
  EXPECT_GT(DecodeTries("").count, 1000);
  EXPECT_GT(DecodeTries(R"({"Slot":"a","BootId":"b","Count":-1})").count, 1000);
}

}  // namespace
}  // namespace assist::agent::update
