#include "server/model/agent_order.h"

#include <gtest/gtest.h>

namespace assist::server::model {
namespace {

TEST(AgentOrderTest, EveryVerbHasANameThatIsReadBack) {
  for (int i = 1; i <= 7; ++i) {
    const auto verb = static_cast<OrderVerb>(i);
    EXPECT_FALSE(Name(verb).empty());
    EXPECT_EQ(ParseOrderVerb(Name(verb)), verb);
  }
  EXPECT_EQ(ParseOrderVerb("install"), std::nullopt);
}

TEST(AgentOrderTest, TheShellScriptRunsTheAgentsOwnProgram) {
  const std::string script = OrderScript({OrderVerb::kInstall, "nginx-conf", "1.2~rc1"}, false);
  EXPECT_NE(script.find("exec \"$ASSIST_AGENT_PROGRAM\" pkg install 'nginx-conf' --version '1.2~rc1' --root "
                        "\"$ASSIST_AGENT_ROOT\"\n"),
            std::string::npos)
      << script;
}

TEST(AgentOrderTest, TheBatchFileHandsTheExitCodeOn) {
  const std::string script = OrderScript({OrderVerb::kUninstall, "nginx-conf", ""}, true);
  EXPECT_NE(script.find("\"%ASSIST_AGENT_PROGRAM%\" pkg uninstall \"nginx-conf\" --root \"%ASSIST_AGENT_ROOT%\"\r\n"
                        "exit /b %ERRORLEVEL%\r\n"),
            std::string::npos)
      << script;
}

TEST(AgentOrderTest, AReleaseIsNamedByItsVersionAlone) {
  const std::string script = OrderScript({OrderVerb::kApplyRelease, "assist-agent", "2.0"}, false);
  EXPECT_NE(script.find("release apply --version '2.0' --root"), std::string::npos) << script;
}

TEST(AgentOrderTest, TheWayBackNamesTheVersionThatIsLeft) {
  const std::string shell = OrderScript({OrderVerb::kRollBackRelease, "assist-agent", "2.0"}, false);
  EXPECT_NE(shell.find("release rollback --from '2.0' --root"), std::string::npos) << shell;
  const std::string batch = OrderScript({OrderVerb::kRollBackRelease, "assist-agent", "2.0"}, true);
  EXPECT_NE(batch.find("release rollback --from \"2.0\" --root"), std::string::npos) << batch;
}

TEST(AgentOrderDeathTest, ANameThatCouldEndTheQuotesEndsTheProgram) {
  EXPECT_DEATH((void)OrderScript({OrderVerb::kInstall, "a';reboot;'", ""}, false), "");
  EXPECT_DEATH((void)OrderScript({OrderVerb::kInstall, "a", "%PATH%"}, true), "");
}

}  // namespace
}  // namespace assist::server::model
