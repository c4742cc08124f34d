#include "cli/settings/layer.h"

#include <gtest/gtest.h>

#include <map>

namespace assist::cli {
namespace {

Layer WithEndpoint(std::string endpoint) {
  Layer layer;
  layer.endpoint = std::move(endpoint);
  return layer;
}

TEST(LayerTest, TheFirstLayerThatKnowsAValueWins) {
  Layer file = WithEndpoint("file");
  file.region_id = "cn-beijing";
  file.access_key_secret = Secret<std::string>("s");
  const Layer layers[] = {Layer{}, WithEndpoint("environment"), file};
  const Layer merged = Merge(layers);
  EXPECT_EQ(merged.endpoint, "environment");
  EXPECT_EQ(merged.region_id, "cn-beijing");
  EXPECT_EQ(merged.access_key_secret->Reveal(), "s");
  EXPECT_FALSE(merged.ca_file);
}

TEST(LayerTest, ACaFileOfALaterLayerNeverMixesWithAFingerprintOfAnEarlierOne) {
  Layer first;
  first.ca_fingerprint = "sha256:aa";
  Layer second;
  second.ca_file = "/old/ca.pem";
  const Layer layers[] = {first, second};
  const Layer merged = Merge(layers);
  EXPECT_EQ(merged.ca_fingerprint, "sha256:aa");
  EXPECT_FALSE(merged.ca_file);
}

TEST(LayerTest, TheEnvironmentIsReadAndEmptyVariablesCountAsAbsent) {
  const std::map<std::string, const char*> environment = {
      {"ASSIST_ENDPOINT", "a:1"},   {"ASSIST_ACCESS_KEY_ID", "id"}, {"ASSIST_ACCESS_KEY_SECRET", "secret"},
      {"ASSIST_CA_FILE", "/c.pem"}, {"ASSIST_REGION_ID", ""},
  };
  const Layer layer = FromEnvironment([&environment](const char* name) -> const char* {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second;
  });
  EXPECT_EQ(layer.endpoint, "a:1");
  EXPECT_EQ(layer.access_key_id, "id");
  EXPECT_EQ(layer.access_key_secret->Reveal(), "secret");
  EXPECT_EQ(layer.ca_file, "/c.pem");
  EXPECT_FALSE(layer.region_id);
}

TEST(LayerTest, AdminJsonIsReadAndARelativeCaFileLiesBesideIt) {
  const auto layer = ParseCredentials(
      R"({"Endpoint":"https://h:8443","AccessKeyId":"id","AccessKeySecret":"s","CaFile":"ca.pem","CaFingerprint":"sha256:00"})",
      "/var/lib/assist-server", Text(Language::kEnglish));
  ASSERT_TRUE(layer) << layer.error().detail;
  EXPECT_EQ(layer->endpoint, "https://h:8443");
  EXPECT_EQ(layer->access_key_id, "id");
  EXPECT_EQ(layer->access_key_secret->Reveal(), "s");
  EXPECT_EQ(layer->ca_file, "/var/lib/assist-server/ca.pem");
  EXPECT_EQ(layer->ca_fingerprint, "sha256:00");

  const auto absolute =
      ParseCredentials(R"({"Endpoint":"h","AccessKeyId":"id","AccessKeySecret":"s","CaFile":"/x/ca.pem"})", "/y",
                       Text(Language::kEnglish));
  ASSERT_TRUE(absolute);
  EXPECT_EQ(absolute->ca_file, "/x/ca.pem");
}

TEST(LayerTest, ABrokenAdminJsonIsRefusedByTheNameOfWhatIsMissing) {
  const auto missing = ParseCredentials(R"({"Endpoint":"h","AccessKeyId":"id"})", "", Text(Language::kEnglish));
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().detail.find("AccessKeySecret"), std::string::npos) << missing.error().detail;
  EXPECT_FALSE(ParseCredentials("[1]", "", Text(Language::kEnglish)));
  EXPECT_FALSE(ParseCredentials("{", "", Text(Language::kEnglish)));
}

TEST(LayerTest, TheConfigurationFileGivesBackWhatWasWritten) {
  Layer layer = WithEndpoint("https://h:1");
  layer.access_key_id = "id";
  layer.access_key_secret = Secret<std::string>("a\"b\\c\td\x7f and '=é");
  layer.region_id = "cn-hangzhou";
  layer.output_format = "json";
  layer.ca_file = "/home/a b/ca.pem";
  const auto read = ParseConfig(WriteConfig(layer), Text(Language::kEnglish));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->endpoint, layer.endpoint);
  EXPECT_EQ(read->access_key_id, layer.access_key_id);
  EXPECT_EQ(read->access_key_secret->Reveal(), layer.access_key_secret->Reveal());
  EXPECT_EQ(read->region_id, layer.region_id);
  EXPECT_EQ(read->output_format, layer.output_format);
  EXPECT_EQ(read->ca_file, layer.ca_file);
  EXPECT_FALSE(read->ca_fingerprint);
}

TEST(LayerTest, AWrongConfigurationFileIsRefusedByTheKeyAndNeverShowsTheSecret) {
  const auto unknown = ParseConfig("endpoint = \"a\"\nendpiont = \"b\"\n", Text(Language::kEnglish));
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().detail.find("'endpiont'"), std::string::npos) << unknown.error().detail;

  const auto type = ParseConfig("region_id = 3\n", Text(Language::kEnglish));
  ASSERT_FALSE(type);
  EXPECT_NE(type.error().detail.find("'region_id'"), std::string::npos) << type.error().detail;

  EXPECT_FALSE(ParseConfig("access_key_secret = 12345\n", Text(Language::kEnglish)));

  const auto broken = ParseConfig("endpoint = \"a\"\naccess_key_secret = hunter2\n", Text(Language::kEnglish));
  ASSERT_FALSE(broken);
  EXPECT_NE(broken.error().detail.find("line 2"), std::string::npos) << broken.error().detail;
  EXPECT_EQ(broken.error().detail.find("hunter2"), std::string::npos) << broken.error().detail;
}

}  // namespace
}  // namespace assist::cli
