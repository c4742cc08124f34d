#include "cli/ecs/action_help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/ecs/actions.h"

namespace assist::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const ApiAction& Find(std::string_view name) {
  const auto actions = ApiActions();
  const auto found =
      std::find_if(actions.begin(), actions.end(), [name](const ApiAction& action) { return action.name == name; });
  EXPECT_NE(found, actions.end()) << name;
  return *found;
}

TEST(ActionHelpTest, OneOperationIsExplainedWhole) {
  const std::string help = DescribeAction(Find("RunCommand"), Language::kEnglish, Style());
  EXPECT_THAT(help, HasSubstr("RunCommand - Runs a script on machines"));
  EXPECT_THAT(help, HasSubstr("  assist ecs RunCommand --Type RunShellScript"));
  EXPECT_THAT(help, HasSubstr("  Type  (string, mandatory, RunBatScript, RunPowerShellScript, RunShellScript)\n"));
  EXPECT_THAT(help, HasSubstr("  Timeout  (integer, 1–2592000; compat: 1–86400"));
  EXPECT_THAT(help, HasSubstr("default 60)\n      Seconds after which a run is ended"));
  EXPECT_THAT(help, HasSubstr("InstanceId.N  (list, "));
  EXPECT_THAT(help, HasSubstr("A list is written --InstanceId a b"));
  EXPECT_THAT(help, HasSubstr("  DeliveryTimeout  (integer, extension, "));
  EXPECT_THAT(help, HasSubstr("  ClientToken  (string, "));
  EXPECT_THAT(help, HasSubstr("  RegionId  (string, mandatory)\n"));
  EXPECT_THAT(help, HasSubstr("  InvokeId: string\n"));
  EXPECT_THAT(help, HasSubstr("  404 InvalidInstance.NotFound\n      The specified instance does not exist.\n"));
}

TEST(ActionHelpTest, ItSpeaksChineseToo) {
  const std::string help = DescribeAction(Find("RunCommand"), Language::kChinese, Style());
  EXPECT_THAT(help, HasSubstr("RunCommand - 在机器上执行脚本"));
  EXPECT_THAT(help, HasSubstr("  Type  (string，必选，RunBatScript"));
  EXPECT_THAT(help, HasSubstr("列表写作 --InstanceId a b"));
  EXPECT_THAT(help, Not(HasSubstr("mandatory")));
  EXPECT_THAT(ListActions(Language::kChinese), HasSubstr("在机器上执行脚本"));
}

TEST(ActionHelpTest, FieldsOfObjectsStandUnderTheirParameter) {
  const std::string help = DescribeAction(Find("ModifyCloudAssistantSettings"), Language::kEnglish, Style());
  EXPECT_THAT(help, HasSubstr("  ResourceUsageConfig  (JSON)\n"));
  EXPECT_THAT(help, HasSubstr("  ResourceUsageConfig → CpuLimit  (integer, 10–95, default 20)\n      Percent.\n"));
}

TEST(ActionHelpTest, EveryOperationHasALineAndAPage) {
  const std::string list = ListActions(Language::kEnglish);
  for (const ApiAction& action : ApiActions()) {
    EXPECT_THAT(list, HasSubstr("  " + std::string(action.name) + " "));
    EXPECT_THAT(DescribeAction(action, Language::kEnglish, Style()), HasSubstr("\nExample:\n  assist ecs "));
  }
}

}  // namespace
}  // namespace assist::cli
