#include "server/gateway/inventory.h"

#include <gtest/gtest.h>

#include "protocol/encoding/base64.h"

namespace assist::server::gateway {
namespace {

/// Deflate without compression: a stored block for each 65,535 bytes.
std::string Stored(std::string_view text) {
  std::string out;
  do {
    const std::string_view piece = text.substr(0, 65535);
    text.remove_prefix(piece.size());
    const auto size = static_cast<unsigned>(piece.size());
    out.push_back(text.empty() ? '\1' : '\0');
    for (const unsigned word : {size, ~size}) {
      out.push_back(static_cast<char>(word & 0xff));
      out.push_back(static_cast<char>(word >> 8 & 0xff));
    }
    out.append(piece);
  } while (!text.empty());
  return out;
}

std::string Body(std::string_view packed) { return R"({"items":")" + encoding::Base64Encode(packed) + R"("})"; }

TEST(InventoryTest, ItemsAreReadOutOfTheirWrapping) {
  const auto items = ParseInventory(Body(Stored(
      R"([{"CaptureTime":"2026-11-22T13:41:12Z","Content":[{"Name":"a","N":1}],"ContentHash":"h","SchemaVersion":"1.0",)"
      R"("TypeName":"ACS:Application","More":true},{"TypeName":"ACS:File"},{"TypeName":"","Content":[]},)"
      R"({"TypeName":"with space","Content":[]},7,{"TypeName":"ACS:Network","Content":[]}])")));
  ASSERT_TRUE(items) << items.error().detail;
  ASSERT_EQ(items->size(), 2U);
  const model::InventoryItem& first = items->front();
  EXPECT_EQ(first.type, "ACS:Application");
  EXPECT_EQ(first.content, R"([{"Name":"a","N":1}])");
  EXPECT_EQ(first.captured, "2026-11-22T13:41:12Z");
  EXPECT_EQ(first.hash, "h");
  EXPECT_EQ(first.schema_version, "1.0");
  EXPECT_EQ(items->back().type, "ACS:Network");
}

TEST(InventoryTest, CompressedBlocksAreReadToo) {
  // A block of fixed codes, as zlib makes it of this text.
  const auto items = ParseInventory(R"({"items":"i65WCqksSPVLzE1VslJydA628ssvz0gtSlXSUXLOzytJzStRsoo21jHRsYitjQUA"})");
  ASSERT_TRUE(items) << items.error().detail;
  ASSERT_EQ(items->size(), 1U);
  EXPECT_EQ(items->front().type, "ACS:Nowhere");
  EXPECT_EQ(items->front().content, "[3,4,8]");
}

TEST(InventoryTest, WhatCannotBeReadIsRefusedAndNothingUnpacksWithoutBound) {
  for (const std::string& body :
       {std::string("no json"), std::string("{}"), std::string(R"({"items":7})"), std::string(R"({"items":"%"})"),
        std::string(R"({"items":""})"), Body("no deflate at all"), Body(Stored("no json")), Body(Stored("{}")),
        Body(Stored(R"([{"TypeName":"ACS:File","Content":[]}])").substr(0, 20))}) {
    EXPECT_FALSE(ParseInventory(body)) << body;
  }
  const auto most = static_cast<std::size_t>(model::kInventoryBytes);
  EXPECT_FALSE(ParseInventory(Body(Stored("[" + std::string(most, ' ') + "]"))));
  EXPECT_TRUE(ParseInventory(Body(Stored("[" + std::string(most - 2, ' ') + "]"))));
}

TEST(InventoryTest, ItemsAreCountedAndTheirWordsCut) {
  std::string many = "[";
  for (int i = 0; i < 100; ++i) {
    many += (i == 0 ? "" : ",") + std::string(R"({"Content":[],"ContentHash":")") + std::string(1000, 'h') +
            R"(","TypeName":"t)" + std::to_string(i) + R"("})";
  }
  const auto items = ParseInventory(Body(Stored(many + "]")));
  ASSERT_TRUE(items);
  EXPECT_EQ(items->size(), model::kInventoryTypes);
  EXPECT_EQ(items->front().hash.size(), model::kInventoryWord);
}

}  // namespace
}  // namespace assist::server::gateway
