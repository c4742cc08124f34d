#include "cli/settings/settings.h"

#include <gtest/gtest.h>

namespace assist::cli {
namespace {

Layer Good() {
  Layer layer;
  layer.endpoint = "127.0.0.1:8443";
  layer.access_key_id = "id";
  layer.access_key_secret = Secret<std::string>("secret");
  return layer;
}

std::string WhyNot(const Layer& layer) {
  const auto settings = Complete(layer, Text(Language::kEnglish));
  return settings ? "" : settings.error().detail;
}

TEST(SettingsTest, RegionAndFormatHaveDefaults) {
  const auto settings = Complete(Good(), Text(Language::kEnglish));
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(settings->endpoint.port, 8443);
  EXPECT_EQ(settings->region_id, "cn-hangzhou");
  EXPECT_EQ(settings->output_format, OutputFormat::kJson);
  EXPECT_EQ(settings->ca_file, "");
}

TEST(SettingsTest, WhatIsMissingIsNamedWithWhatToDo) {
  Layer layer = Good();
  layer.endpoint.reset();
  EXPECT_NE(WhyNot(layer).find("ASSIST_ENDPOINT"), std::string::npos);
  layer = Good();
  layer.access_key_id.reset();
  EXPECT_NE(WhyNot(layer).find("ASSIST_ACCESS_KEY_ID"), std::string::npos);
  layer = Good();
  layer.access_key_secret.reset();
  EXPECT_NE(WhyNot(layer).find("ASSIST_ACCESS_KEY_SECRET"), std::string::npos);
}

TEST(SettingsTest, WrongValuesAreRefused) {
  Layer layer = Good();
  layer.endpoint = "http://example.com";
  EXPECT_NE(WhyNot(layer).find("loopback"), std::string::npos);
  layer = Good();
  layer.access_key_id = "id\r\nHost: x";
  EXPECT_NE(WhyNot(layer), "");
  layer = Good();
  layer.output_format = "table";
  EXPECT_NE(WhyNot(layer).find("'table'"), std::string::npos);
  layer = Good();
  layer.ca_fingerprint = "sha256:12";
  EXPECT_NE(WhyNot(layer).find("64 hex"), std::string::npos);
}

TEST(SettingsTest, FingerprintsAreReadInTheFormsOfCommonTools) {
  const std::string digits = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  EXPECT_EQ(*FingerprintDigits("sha256:" + digits, Text(Language::kEnglish)), digits);
  std::string colons;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    if (i > 0) colons += ':';
    colons += static_cast<char>(std::toupper(digits[i]));
    colons += static_cast<char>(std::toupper(digits[i + 1]));
  }
  EXPECT_EQ(*FingerprintDigits(colons, Text(Language::kEnglish)), digits);
  EXPECT_FALSE(FingerprintDigits("sha256:" + digits + "0", Text(Language::kEnglish)));
  EXPECT_FALSE(FingerprintDigits("sha256:x" + digits.substr(1), Text(Language::kEnglish)));
}

}  // namespace
}  // namespace assist::cli
