#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>

#include "common/service_framework/service_unit.h"

namespace assist {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ServiceUnit Unit() {
  ServiceUnit unit;
  unit.name = "assist-example";
  unit.description = "An example: it's one";
  unit.program = "/opt/assist it/assist-example";
  unit.arguments = {"run", "--root", "/srv/it's here"};
  unit.data = "/srv/it's here";
  return unit;
}

/// What `sh` says to `script` with `flags`; empty when all is well.
std::string AskShell(const std::string& flags, const std::string& script) {
  char name[] = "/tmp/assist-script-test.XXXXXX";
  const std::string folder = ::mkdtemp(name);
  std::ofstream(folder + "/script") << script;
  const int status = std::system(("sh " + flags + " " + folder + "/script >" + folder + "/out 2>&1").c_str());
  std::ifstream out(folder + "/out");
  std::string said((std::istreambuf_iterator<char>(out)), std::istreambuf_iterator<char>());
  if (status != 0 && said.empty()) said = "ended with " + std::to_string(WEXITSTATUS(status));
  std::filesystem::remove_all(folder);
  return said;
}

TEST(ShellWordTest, AShellReadsBackWhatWasQuoted) {
  for (const std::string text : {"plain", "", "two words", "it's", "$HOME `id` \\ \"", "*", "~"}) {
    EXPECT_EQ(AskShell("", "printf %s " + ShellWord(text)), text);
  }
}

TEST(InitScriptsTest, AShellCanReadEachOfThem) {
  for (const std::string& user : {std::string(), std::string("assist-example")}) {
    ServiceUnit unit = Unit();
    unit.user = user;
    EXPECT_EQ(AskShell("-n", SysvScript(unit)), "");
    EXPECT_EQ(AskShell("-n", OpenRcScript(unit)), "");
    EXPECT_EQ(AskShell("-n", RcdScript(unit)), "");
  }
}

TEST(InitScriptsTest, TheSysvScriptHasTheHeadersOfLsbAndOfChkconfig) {
  const std::string text = SysvScript(Unit());
  for (const char* line :
       {"\n### BEGIN INIT INFO\n# Provides:          assist-example\n", "\n# Required-Start:    ", "$network\n",
        "\n# Default-Start:     2 3 4 5\n", "\n### END INIT INFO\n", "\n# chkconfig: 2345 90 10\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, HasSubstr("'/opt/assist it/assist-example' run --root '/srv/it'\\''s here' &\n"));
  EXPECT_THAT(text, Not(HasSubstr("chroot")));
}

TEST(InitScriptsTest, ExitCodesThatANewStartWouldNotHelpStandInThem) {
  EXPECT_THAT(SysvScript(Unit()), HasSubstr("2 | 86)"));
  EXPECT_THAT(UpstartConf(Unit()), HasSubstr("\nnormal exit 2 86\n"));
}

TEST(InitScriptsTest, AUserIsNamedWhereEachSystemWantsIt) {
  ServiceUnit unit = Unit();
  unit.user = "assist-example";
  EXPECT_THAT(SysvScript(unit), HasSubstr("chroot --userspec=assist-example:assist-example / '/opt/"));
  EXPECT_THAT(OpenRcScript(unit), HasSubstr("\ncommand_user=assist-example:assist-example\n"));
  EXPECT_THAT(OpenRcScript(unit), HasSubstr("checkpath --directory --mode 0700"));
  EXPECT_THAT(UpstartConf(unit), HasSubstr("\nsetuid assist-example\nsetgid assist-example\n"));
  EXPECT_THAT(RcdScript(unit), HasSubstr(" -u assist-example "));
}

TEST(InitScriptsTest, AnOpenRcScriptNeedsNoOtherService) {
  // Where there is none of that name OpenRC does not start it: Debian's has no localmount.
  EXPECT_THAT(OpenRcScript(Unit()), testing::Not(HasSubstr("need ")));
}

TEST(InitScriptsTest, ArgumentsOfOpenRcAndRcdSurviveTheirSecondReading) {
  // Both evaluate command_args once more; so does this.
  for (const std::string& script : {OpenRcScript(Unit()), RcdScript(Unit())}) {
    const std::size_t at = script.find("\ncommand_args=");
    ASSERT_NE(at, std::string::npos);
    const std::string line = script.substr(at + 1, script.find('\n', at + 1) - at);
    const std::string read =
        AskShell("", line + "\neval \"set -- $command_args\"\nfor last; do :; done\nprintf %s \"$last\"\n");
    EXPECT_EQ(read, "/srv/it's here");
  }
}

TEST(InitScriptsTest, RcdNamesHaveNoHyphens) {
  const std::string text = RcdScript(Unit());
  EXPECT_THAT(text, HasSubstr("\nname=assist_example\nrcvar=assist_example_enable\n"));
  EXPECT_THAT(text, HasSubstr("\n# PROVIDE: assist_example\n"));
}

}  // namespace
}  // namespace assist
