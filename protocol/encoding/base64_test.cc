#include "protocol/encoding/base64.h"

#include <gtest/gtest.h>

#include "common/base/random.h"

namespace assist::encoding {
namespace {

TEST(Base64Test, AgreesWithTheVectorsOfRfc4648) {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [plain, coded] : vectors) {
    EXPECT_EQ(Base64Encode(plain), coded);
    EXPECT_EQ(Base64Decode(coded).value(), plain);
    EXPECT_EQ(Base64Size(plain.size()), coded.size());
  }
  EXPECT_EQ(Base64Encode("\xfb\xff\xfe"), "+//+");
}

TEST(Base64Test, EveryByteSurvives) {
  SeededRandom random(3);
  for (std::size_t size = 0; size < 300; ++size) {
    std::string bytes(size, '\0');
    random.Fill({reinterpret_cast<std::uint8_t*>(bytes.data()), size});
    EXPECT_EQ(Base64Decode(Base64Encode(bytes)).value(), bytes);
  }
}

TEST(Base64Test, LineFeedsDoNotCount) {
  EXPECT_EQ(Base64Decode("Zm9v\r\nYg=\n=\n").value(), "foob");
  EXPECT_EQ(Base64Decode("\n").value(), "");
}

TEST(Base64Test, RefusesWhatIsNotBase64) {
  for (const std::string_view text : {"Z", "Zg", "Zg=", "Zg===", "Zm9=v", "=", "====", "Zg==Zg==", "Zm9v=", "Zm 9v",
                                      "Zm9-", "Zm9_", "Zh==", "Zm9=", "echo 123", "Z\xc3\xa4=="}) {
    EXPECT_FALSE(Base64Decode(text)) << text;
  }
}

}  // namespace
}  // namespace assist::encoding
