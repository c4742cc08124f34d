#include "server/model/content.h"

#include <gtest/gtest.h>

namespace assist::server::model {
namespace {

const Limits kLimits = Limits::Compat();

std::string_view ReasonOf(std::string_view content) {
  auto names = ParameterNames(content, kLimits);
  return names ? std::string_view() : names.error().reason;
}

TEST(ContentTest, SizeCountsInBase64) {
  EXPECT_EQ(Base64Size(0), 0);
  EXPECT_EQ(Base64Size(1), 4);
  EXPECT_EQ(Base64Size(3), 4);
  EXPECT_EQ(Base64Size(4), 8);
  EXPECT_TRUE(CheckContentSize(std::string(18'432, 'x'), kLimits));
  Status over = CheckContentSize(std::string(18'433, 'x'), kLimits);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().reason, "CmdContent.ExceedLimit");
  EXPECT_TRUE(CheckContentSize(std::string(1 << 20, 'x'), Limits::Large()));
  EXPECT_FALSE(CheckContentSize(std::string((1 << 20) + 3, 'x'), Limits::Large()));
}

TEST(ContentTest, NamesComeInOrderOfFirstUseAndOnce) {
  const auto names =
      ParameterNames("echo {{ b }} {{a}} {{B}} {{\n a\t}} {{ACS::InstanceId}} {{ ACS :: InvokeId }}", kLimits);
  ASSERT_TRUE(names);
  EXPECT_EQ(*names, (std::vector<std::string>{"b", "a"}));
}

TEST(ContentTest, BracesThatDoNotCloseAreText) {
  const auto names = ParameterNames("f() {{ echo; }; }", kLimits);
  ASSERT_TRUE(names);
  EXPECT_TRUE(names->empty());
}

TEST(ContentTest, EachBadNameHasItsReason) {
  EXPECT_EQ(ReasonOf("{{}}"), "CmdParam.EmptyKey");
  EXPECT_EQ(ReasonOf("{{  }}"), "CmdParam.EmptyKey");
  EXPECT_EQ(ReasonOf("{{a b}}"), "CmdParam.InvalidParamName");
  EXPECT_EQ(ReasonOf("{{a.b}}"), "CmdParam.InvalidParamName");
  EXPECT_EQ(ReasonOf("{{ACS::Nothing}}"), "CmdParam.InvalidParamName");
  EXPECT_EQ(ReasonOf("{{oos-secret:x}}"), "ParameterStore.NotSupported");
  EXPECT_EQ(ReasonOf("{{oos:x}}"), "ParameterStore.NotSupported");
  EXPECT_EQ(ReasonOf("{{" + std::string(64, 'n') + "}}"), "");
  EXPECT_EQ(ReasonOf("{{" + std::string(65, 'n') + "}}"), "CmdParamName.ExceedLimit");
  std::string many;
  for (int i = 0; i < 20; ++i) many += "{{n" + std::to_string(i) + "}}";
  EXPECT_EQ(ReasonOf(many), "");
  EXPECT_EQ(ReasonOf(many + "{{N0}}"), "");
  EXPECT_EQ(ReasonOf(many + "{{other}}"), "CmdParamCount.ExceedLimit");
}

TEST(ContentTest, ParametersMustFitTheNames) {
  const std::vector<std::string> names = {"name", "x"};
  const auto reason = [&](const Parameters& parameters) {
    Status status = CheckParameters(names, parameters, kLimits);
    return status ? std::string_view() : status.error().reason;
  };
  EXPECT_EQ(reason({}), "");
  EXPECT_EQ(reason({{"NAME", "v"}, {"x", ""}}), "");
  EXPECT_EQ(reason({{"", "v"}}), "InvalidParameter.Parameters");
  EXPECT_EQ(reason({{std::string(65, 'k'), "v"}}), "ParameterKey.ExceedLimit");
  EXPECT_EQ(reason({{"name", "1"}, {"Name", "2"}}), "ParameterKey.Duplicate");
  EXPECT_EQ(reason({{"other", "1"}}), "Parameter.NotMatched");
  EXPECT_EQ(reason({{"name", "{{ oos-secret:key }}"}}), "ParameterStore.NotSupported");
  Parameters many;
  for (int i = 0; i < 11; ++i) many.emplace_back("k" + std::to_string(i), "");
  EXPECT_EQ(reason(many), "ParameterCount.ExceedLimit");
}

TEST(ContentTest, ValuesGoInOnceAndBuiltinsStayForTheAgent) {
  const auto filled =
      FillIn("a {{ Name }} {{none}}| {{ ACS :: InstanceId }} {{ open", {{"name", "{{none}} $&"}}, kLimits);
  ASSERT_TRUE(filled);
  EXPECT_EQ(FillInVariables(*filled, {}), "a {{none}} $& | {{ACS::InstanceId}} {{ open");
  EXPECT_TRUE(NamesBuiltins("{{ ACS::InvokeId }}"));
  EXPECT_FALSE(NamesBuiltins("{{ name }} ACS::InvokeId"));
}

TEST(ContentTest, BracesOfValuesStayWhatTheyAreBesideVariables) {
  const std::map<std::string, std::string> variables = {{"InstanceId", "mi-1"}, {"RegionId", "{{ACS::InstanceId}}"}};
  const auto whole = [&](const std::string& script, const std::string& value) {
    const auto filled = FillIn(script, {{"x", value}}, kLimits);
    EXPECT_TRUE(filled);
    EXPECT_EQ(HasBraceOfValue(*filled), value.find('{') != std::string::npos) << value;
    return FillInVariables(*filled, variables);
  };
  EXPECT_EQ(whole("{{ ACS :: InstanceId }} {{x}}", "{{ACS::InstanceId}}"), "mi-1 {{ACS::InstanceId}}");
  EXPECT_EQ(whole("{{x}}{{ACS::InstanceId}}", "{"), "{mi-1");
  EXPECT_EQ(whole("{{x}}{{ACS::InstanceId}}", "{{"), "{{mi-1");
  EXPECT_EQ(whole("{{x}}ACS::InstanceId}} {{ACS::InstanceId}}", "{{"), "{{ACS::InstanceId}} mi-1");
  EXPECT_EQ(whole("{{x}} {{ACS::InstanceId}}", "{{ACS::}}"), "{{ACS::}} mi-1");
  EXPECT_EQ(whole("{{x}} {{ACS::RegionId}}", "$1"), "$1 {{ACS::InstanceId}}") << "nor is a variable looked at again";
  EXPECT_EQ(whole("{{x}} {{ACS::CommandId}}", "v"), "v {{ACS::CommandId}}") << "without a value";
  const auto plain = FillIn("{{x}} {{x}}", {{"x", "{{ACS::InstanceId}}"}}, kLimits);
  EXPECT_EQ(*plain, "{{ACS::InstanceId}} {{ACS::InstanceId}}") << "nobody fills this in";
}

TEST(ContentTest, TheLimitCountsBytesThatAgentsGet) {
  auto limits = kLimits;
  limits.content_base64_bytes = Base64Size(300);
  const std::string script = "{{x}}{{ACS::InstanceId}}";
  EXPECT_TRUE(FillIn(script, {{"x", std::string(281, '{')}}, limits));
  EXPECT_FALSE(FillIn(script, {{"x", std::string(282, '{')}}, limits));
}

TEST(ContentTest, AShortScriptCannotGrowWithoutEnd) {
  std::string script;
  for (int i = 0; i < 3'000; ++i) script += "{{n}}";
  const auto filled = FillIn(script, {{"n", std::string(10'000, 'v')}}, kLimits);
  ASSERT_FALSE(filled);
  EXPECT_EQ(filled.error().reason, "CmdContent.ExceedLimit");
}

}  // namespace
}  // namespace assist::server::model
