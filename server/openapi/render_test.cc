#include "server/openapi/render.h"

#include <gtest/gtest.h>

#include "protocol/encoding/utf8.h"
#include "test/support/xml/xml.h"

namespace assist::server::openapi {
namespace {

json::Object Tree() {
  json::Object answer;
  answer["Count"] = 3;
  answer["Disabled"] = false;
  answer["Absent"] = nullptr;
  answer["Empty"] = "";
  answer["Commands"] = json::Object{{"Command", json::Array{json::Object{{"Id", "a"}}, json::Object{{"Id", "b"}}}}};
  answer["Tags"] = json::Object{{"Tag", json::Array{}}};
  answer["Instances"] = json::Array{json::Object{{"X", 1}}, json::Object{{"X", 2}}};
  return answer;
}

TEST(RenderTest, JsonIsCompactWithTheRequestIdFirst) {
  EXPECT_EQ(Render(Format::kJson, "Op", "R", Tree()),
            R"({"RequestId":"R","Count":3,"Disabled":false,"Absent":null,"Empty":"","Commands":{"Command":[{"Id":"a"},)"
            R"({"Id":"b"}]},"Tags":{"Tag":[]},"Instances":[{"X":1},{"X":2}]})");
}

TEST(RenderTest, XmlRepeatsElementsAndLeavesOutNull) {
  EXPECT_EQ(Render(Format::kXml, "Op", "R", Tree()),
            "<?xml version='1.0' encoding='UTF-8'?><OpResponse><RequestId>R</RequestId><Count>3</Count>"
            "<Disabled>false</Disabled><Empty></Empty><Commands><Command><Id>a</Id></Command><Command><Id>b</Id>"
            "</Command></Commands><Tags></Tags><Instances><X>1</X></Instances><Instances><X>2</X></Instances>"
            "</OpResponse>");
}

TEST(RenderTest, TextThatIsNotUtf8BecomesReplacementCharacters) {
  json::Object answer;
  answer["Output"] = "a\xff中\"";
  EXPECT_EQ(Render(Format::kJson, "Op", "R", answer), "{\"RequestId\":\"R\",\"Output\":\"a\xEF\xBF\xBD中\\\"\"}");
}

TEST(RenderTest, XmlReplacesWhatItCannotHold) {
  json::Object answer;
  answer["O"] = std::string_view("<&>\"\r\n\t\x01\x1b\0\xff\xEF\xBF\xBE中", 17);
  EXPECT_EQ(Render(Format::kXml, "Op", "R", answer),
            "<?xml version='1.0' encoding='UTF-8'?><OpResponse><RequestId>R</RequestId><O>&lt;&amp;&gt;\"&#13;\n\t"
            "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD中</O></OpResponse>");
}

TEST(RenderTest, XmlNamesOfElementsAreAlwaysNames) {
  json::Object answer;
  for (const std::string_view key : {"a b", "1", "<x>", "", "中", "ok.-1", "x\"/"}) answer[key] = "v";
  const std::string text = Render(Format::kXml, "O p", "R", answer);
  const auto root = test::ParseXml(text);
  ASSERT_TRUE(root) << root.error().detail << text;
  EXPECT_EQ(root->name, "O_pResponse");
  std::string names;
  for (const auto& child : root->children) names += child.name + ' ';
  EXPECT_EQ(names, "RequestId a_b _ _x_ _ ___ ok.-1 x__ ");
}

TEST(RenderTest, XmlOfEveryCharacterIsWellFormed) {
  std::string every;
  std::string expected;
  for (char32_t c = 0; c <= 0x10FFFF; c += c < 0x3000 ? 1 : 0x101) {
    const bool held =
        (c >= 0x20 && c != 0xFFFE && c != 0xFFFF && (c < 0xD800 || c > 0xDFFF)) || c == 9 || c == 10 || c == 13;
    encoding::AppendUtf8(every, c);
    if (c >= 0xD800 && c <= 0xDFFF) {
      every.resize(every.size() - 3);
      continue;
    }
    encoding::AppendUtf8(expected, held ? c : 0xFFFD);
  }
  const auto root = test::ParseXml(Render(Format::kXml, "Op", "R", {{"O", every}}));
  ASSERT_TRUE(root) << root.error().detail;
  EXPECT_EQ(root->at("O").text, expected);
}

TEST(RenderTest, ErrorsHaveTheirEnvelope) {
  const ApiError error{404, "InvalidCmdId.NotFound", "The specified command ID does not exist."};
  EXPECT_EQ(RenderError(Format::kJson, "R", "127.0.0.1:8080", error),
            R"({"RequestId":"R","HostId":"127.0.0.1:8080","Code":"InvalidCmdId.NotFound",)"
            R"("Message":"The specified command ID does not exist."})");
  EXPECT_EQ(RenderError(Format::kXml, "R", "h<", error),
            "<?xml version='1.0' encoding='UTF-8'?><Error><RequestId>R</RequestId><HostId>h&lt;</HostId>"
            "<Code>InvalidCmdId.NotFound</Code><Message>The specified command ID does not exist.</Message></Error>");
}

}  // namespace
}  // namespace assist::server::openapi
