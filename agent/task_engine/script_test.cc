#include "agent/task_engine/script.h"

#include <gtest/gtest.h>

namespace assist::agent::task_engine {
namespace {

using Words = std::vector<std::string>;
using Attempts = std::vector<std::vector<std::string>>;

TEST(ScriptTest, OnlyIdsThatAreFolderNamesAreSafe) {
  for (const char* id : {"t-hz01abc", "a", "A_b-9.x"}) EXPECT_TRUE(IsSafeTaskId(id)) << id;
  for (const char* id : {"", ".", "..", ".x", "a/b", "a b", "ä", "../../etc/passwd"})
    EXPECT_FALSE(IsSafeTaskId(id)) << id;
  EXPECT_FALSE(IsSafeTaskId(std::string("a\0b", 3)));
  EXPECT_TRUE(IsSafeTaskId(std::string(128, 'a')));
  EXPECT_FALSE(IsSafeTaskId(std::string(129, 'a')));
}

std::string Filled(std::string_view text) {
  const auto result = ReplaceParameters(text, {{"InvokeId", "t-1"}, {"Empty", ""}, {"Braces", "{{ACS::InvokeId}}"}});
  return result ? *result : result.error().param + "|" + result.error().value;
}

TEST(ScriptTest, BuiltInParametersAreFilledInAndOtherBracesStay) {
  EXPECT_EQ(Filled("echo {{ACS::InvokeId}}"), "echo t-1");
  EXPECT_EQ(Filled("{{ ACS::InvokeId }}{{\n\tACS::InvokeId}}"), "t-1t-1");
  EXPECT_EQ(Filled("[{{ACS::Empty}}]"), "[]");
  EXPECT_EQ(Filled("{{name}} {{ACS::}} {{ACS::a-b}} {{ }} {{"), "{{name}} {{ACS::}} {{ACS::a-b}} {{ }} {{");
  EXPECT_EQ(Filled("{{{ACS::InvokeId}}}"), "{t-1}");
  EXPECT_EQ(Filled("{{a {{ACS::InvokeId}}"), "{{a t-1");
  EXPECT_EQ(Filled("{{ACS::Braces}}"), "{{ACS::InvokeId}}") << "what was filled in is not read again";
}

TEST(ScriptTest, AnUnknownNameAndTheParameterStoreAreRefused) {
  EXPECT_EQ(Filled("{{ACS::Nope}}"), "InvalidEnvironmentParameter|The environment parameter Nope is invalid");
  EXPECT_EQ(Filled("{{oos:x}}").substr(0, 27), "ParameterStoreNotAccessible");
  EXPECT_EQ(Filled("{{ oos-secret:x }}").substr(0, 27), "ParameterStoreNotAccessible");
}

TEST(ScriptTest, TheInterpreterLineIsReadAsTheKernelReadsIt) {
  EXPECT_EQ(Shebang("#!/bin/bash\necho"), (Words{"/bin/bash"}));
  EXPECT_EQ(Shebang("#! /usr/bin/env python3 -u \nx"), (Words{"/usr/bin/env", "python3 -u"}));
  EXPECT_EQ(Shebang("#!/bin/sh -e"), (Words{"/bin/sh", "-e"}));
  EXPECT_EQ(Shebang("#!/bin/bash\r\n"), (Words{"/bin/bash\r"}));
  EXPECT_EQ(Shebang("echo #!/bin/sh"), Words{});
  EXPECT_EQ(Shebang("#!\n"), Words{});
  EXPECT_EQ(Shebang("#!"), Words{});
  EXPECT_EQ(Shebang(""), Words{});
}

TEST(ScriptTest, AScriptWithoutInterpreterLineRunsUnderTheShell) {
  EXPECT_EQ(ShellAttempts("echo 1", "/x/t.sh"), (Attempts{{"/bin/sh", "/x/t.sh"}}));
  EXPECT_EQ(ShellAttempts("#!/usr/bin/python3\n", "/x/t.sh"),
            (Attempts{{"/usr/bin/python3", "/x/t.sh"}, {"/bin/sh", "-c", "\"$0\"", "/x/t.sh"}}));
}

TEST(ScriptTest, ALauncherNamesTheScriptAndItsEnding) {
  const std::string python = "python3 -u {{ACS::ScriptFileName|Ext(\".py\")}}";
  EXPECT_EQ(LauncherEnding(python, ".sh"), ".py");
  EXPECT_EQ(LauncherAttempts(python, "/x/t.py"), (Attempts{{"/bin/sh", "-c", "exec python3 -u \"$0\"", "/x/t.py"}}));
  EXPECT_EQ(LauncherEnding("bash {{ ACS::ScriptFileName }}", ".sh"), ".sh");
  EXPECT_EQ(LauncherAttempts("bash {{ ACS::ScriptFileName }} -x", "/x/t.sh"),
            (Attempts{{"/bin/sh", "-c", "exec bash \"$0\" -x", "/x/t.sh"}}));
  EXPECT_EQ(LauncherAttempts("bash -x", "/x/t.sh"), (Attempts{{"/bin/sh", "-c", "exec bash -x \"$0\"", "/x/t.sh"}}));
}

TEST(ScriptTest, AnEndingThatLeavesTheFolderIsNotTaken) {
  for (const char* ending : {"/../x", "py", ".p/y", ".aaaaaaaaaaaaaaaaaaaaaaaaa", ""}) {
    const std::string launcher = std::string("x {{ACS::ScriptFileName|Ext(\"") + ending + "\")}}";
    EXPECT_EQ(LauncherEnding(launcher, ".sh"), ".sh") << ending;
  }
}

}  // namespace
}  // namespace assist::agent::task_engine
