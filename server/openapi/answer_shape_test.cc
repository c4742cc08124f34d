#include "server/openapi/answer_shape.h"

#include <gtest/gtest.h>

namespace assist::server::openapi {
namespace {

constexpr std::string_view kText = R"(
Commands: {
  Command: [{
    CommandId: string
    Names: [string]
    +Cut?: boolean
  }]
}
+Counts: counts
Total: integer
)";

TEST(AnswerShapeTest, TheNotationIsRead) {
  const AnswerShape shape = ParseAnswerShape(kText);
  ASSERT_EQ(shape.fields.size(), 3u);
  EXPECT_EQ(shape.fields[0].name, "Commands");
  EXPECT_FALSE(shape.fields[0].list);
  const AnswerField& commands = shape.fields[0].shape.fields.at(0);
  EXPECT_TRUE(commands.list);
  ASSERT_EQ(commands.shape.fields.size(), 3u);
  EXPECT_TRUE(commands.shape.fields[1].list);
  EXPECT_EQ(commands.shape.fields[1].shape.kind, AnswerShape::Kind::kString);
  EXPECT_EQ(commands.shape.fields[2].name, "Cut");
  EXPECT_TRUE(commands.shape.fields[2].optional);
  EXPECT_TRUE(commands.shape.fields[2].extension);
  EXPECT_EQ(shape.fields[1].shape.kind, AnswerShape::Kind::kCounts);
  EXPECT_EQ(shape.fields[2].shape.kind, AnswerShape::Kind::kInteger);
  EXPECT_TRUE(ParseAnswerShape("").fields.empty());
}

TEST(AnswerShapeTest, WhatDoesNotFitIsNamed) {
  const AnswerShape shape = ParseAnswerShape(kText);
  const auto misfit = [&shape](std::string_view text) { return FindMisfit(shape, *json::ParseObject(text)); };
  EXPECT_EQ(misfit(R"({"RequestId":"x","Commands":{"Command":[{"CommandId":"c","Names":["a"],"Cut":true}]},)"
                   R"("Counts":{"Running":1},"Total":3})"),
            "");
  EXPECT_EQ(misfit(R"({"Commands":{"Command":[]},"Counts":{}})"), ".Total is missing");
  EXPECT_EQ(misfit(R"({"Commands":{"Command":{}},"Counts":{},"Total":1})"), ".Commands.Command is no list");
  EXPECT_EQ(misfit(R"({"Commands":[],"Counts":{},"Total":1})"), ".Commands is no object");
  EXPECT_EQ(misfit(R"({"Commands":{"Command":[{"CommandId":1,"Names":[]}]},"Counts":{},"Total":1})"),
            ".Commands.Command[].CommandId is no string");
  EXPECT_EQ(misfit(R"({"Commands":{"Command":[{"CommandId":"c","Names":[2]}]},"Counts":{},"Total":1})"),
            ".Commands.Command[].Names[] is no string");
  EXPECT_EQ(misfit(R"({"Commands":{"Command":[]},"Counts":{"a":"b"},"Total":1})"),
            ".Counts has something that is no integer");
  EXPECT_EQ(misfit(R"({"Commands":{"Command":[]},"Counts":{},"Total":"1"})"), ".Total is no integer");
  EXPECT_EQ(misfit(R"({"Commands":{"Command":[],"RequestId":"x"},"Counts":{},"Total":1})"),
            ".Commands.RequestId is not declared");
}

}  // namespace
}  // namespace assist::server::openapi
