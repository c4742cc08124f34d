#include "server/openapi/fake_shape.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace assist::server::openapi {
namespace {

constexpr std::string_view kLeftOut[] = {"Category",           "Latest",
                                         "Provider",           "Version",
                                         "ExitCode",           "OssOutputDelivery",
                                         "OssOutputErrorCode", "OssOutputErrorInfo",
                                         "OssOutputStatus",    "OssOutputUri"};

bool IsLeftOut(std::string_view name) {
  return std::find(std::begin(kLeftOut), std::end(kLeftOut), name) != std::end(kLeftOut);
}

void Expect(const json::Object& schema, const json::Value& value, const std::string& where) {
  const std::string_view type = json::View(schema.at("type").as_string());
  if (type == "object") {
    ASSERT_TRUE(value.is_object()) << where;
    for (const auto& property : schema.at("properties").as_object()) {
      const std::string_view name(property.key().data(), property.key().size());
      const json::Value* field = value.get_object().if_contains(property.key());
      if (field == nullptr) {
        EXPECT_TRUE(IsLeftOut(name)) << where << '.' << name << " is missing";
      } else {
        Expect(property.value().as_object(), *field, where + '.' + std::string(name));
      }
    }
  } else if (type == "array") {
    ASSERT_TRUE(value.is_array()) << where;
    for (const auto& item : value.get_array()) Expect(schema.at("items").as_object(), item, where + "[]");
  } else if (type == "integer") {
    EXPECT_TRUE(value.is_int64()) << where;
  } else if (type == "boolean") {
    EXPECT_TRUE(value.is_bool()) << where;
  } else {
    EXPECT_EQ(type, "string") << where;
    EXPECT_TRUE(value.is_string()) << where;
  }
}

}  // namespace

void ExpectShape(std::string_view operation, const FakeApi::Reply& reply) {
  std::ifstream file(ASSIST_TEST_DATA "/openapi.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto reference = json::ParseObject(text.str());
  ASSERT_TRUE(reference) << "test/data/openapi.json";
  const auto& schema = reference->at("operations").at(operation).at("response").as_object();
  Expect(schema, json::Value(reply.body), std::string(operation));
}

}  // namespace assist::server::openapi
