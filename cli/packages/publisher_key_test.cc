#include "cli/packages/publisher_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/json/json.h"

namespace assist::cli {
namespace {

using ::testing::HasSubstr;

const package::PublisherKey kKey{std::string(32, '\0')};
const std::string kLine = "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

TEST(PublisherKeyTest, TheTextSaysHowMachinesComeToTrustIt) {
  const std::string text = PublisherKeyText(kKey, Look());
  EXPECT_THAT(text, HasSubstr(kLine + "\n"));
  EXPECT_THAT(text, HasSubstr("sha256:66687aadf862bd77"));
  EXPECT_THAT(text, HasSubstr("\n  assist-agent trust add " + kLine + "\n"));
  EXPECT_THAT(text, HasSubstr("\n  assist run --all -- '\"$ASSIST_AGENT_PROGRAM\" trust add " + kLine +
                              " --root \"$ASSIST_AGENT_ROOT\"'\n"));
  EXPECT_THAT(text, HasSubstr("--type bat -- '\"%ASSIST_AGENT_PROGRAM%\" trust add " + kLine));
  EXPECT_THAT(text, HasSubstr("\n  --publisher-key " + kLine + "\n"));
}

TEST(PublisherKeyTest, ProgramsGetTheSame) {
  const auto document = json::ParseObject(PublisherKeyJson(kKey, "a.pem"));
  ASSERT_TRUE(document);
  EXPECT_EQ(document->at("PublicKey").as_string(), kLine);
  EXPECT_EQ(document->at("KeyId").as_string(), "sha256:66687aadf862bd77");
  EXPECT_EQ(document->at("TrustCommand").as_string(), "assist-agent trust add " + kLine);
  EXPECT_EQ(document->at("File").as_string(), "a.pem");
}

}  // namespace
}  // namespace assist::cli
