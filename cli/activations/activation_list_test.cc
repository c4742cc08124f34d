#include "cli/activations/activation_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<ActivationRow> Rows() {
  std::vector<ActivationRow> rows;
  const auto page = json::ParseObject(R"({"ActivationList":[
    {"ActivationId":"A-1","CreationTime":"2026-03-01T00:00:00Z","TimeToLiveInHours":4,"InstanceCount":10,
     "RegisteredCount":3,"DeregisteredCount":2,"InstanceName":"web","IpAddressRange":"10.0.0.0/8","Description":"d"},
    {"ActivationId":"A-2","CreationTime":"2026-03-01T00:00:00Z","TimeToLiveInHours":4,"InstanceCount":3,
     "RegisteredCount":3},
    {"ActivationId":"A-3","CreationTime":"2026-02-01T00:00:00Z","TimeToLiveInHours":4,"InstanceCount":3},
    {"ActivationId":"A-4","CreationTime":"2026-03-01T00:00:00Z","TimeToLiveInHours":4,"Disabled":true}]})");
  EXPECT_TRUE(ReadActivations(page.value(), rows));
  return rows;
}

Look At(std::string_view now) {
  Look look;
  look.now = *ParseIso8601(now);
  return look;
}

TEST(ActivationListTest, StateSaysWhetherACodeIsGoodForAnything) {
  EXPECT_EQ(ActivationTable(Rows(), At("2026-03-01T01:00:00Z")).Render(Look{}, {false, false}),
            "A-1\tactive\t3/10\t2026-03-01T04:00:00Z\tweb\t10.0.0.0/8\td\n"
            "A-2\tused up\t3/3\t2026-03-01T04:00:00Z\t-\t-\t-\n"
            "A-3\texpired\t0/3\t2026-02-01T04:00:00Z\t-\t-\t-\n"
            "A-4\tdisabled\t0/0\t2026-03-01T04:00:00Z\t-\t-\t-\n");
  EXPECT_EQ(ActivationStateCell(Rows()[0], At("2026-03-01T04:00:00Z")).text, "expired");
  EXPECT_THAT(ActivationsJson(Rows()), HasSubstr(R"("ExpirationTime":"2026-03-01T04:00:00Z")"));
}

TEST(ActivationListTest, LinesAreShownForWhatTheServerHas) {
  NewActivation made{"A-1", "a'b c", "https://10.0.0.1:8443", "sha256:abcd", "", "", "", false};
  EXPECT_THAT(NewActivationText(made, Look{}), HasSubstr(" | assist-agent register"));
  EXPECT_THAT(NewActivationText(made, Look{}), Not(HasSubstr("install.")));
  EXPECT_THAT(NewActivationJson(made), HasSubstr(R"("ActivationCode":"a'b c","RegisterCommand":"echo )"));
  EXPECT_THAT(NewActivationJson(made), HasSubstr(R"("InstallCommands":{})"));
  made.sh_sha256 = "01";
  made.ps1_sha256 = "23";
  const std::string text = NewActivationText(made, Look{});
  EXPECT_THAT(text, HasSubstr("\n  " + LinuxInstallLine(made) + "\n"));
  EXPECT_THAT(text, HasSubstr("\n  " + WindowsInstallLine(made) + "\n"));
  EXPECT_THAT(text, Not(HasSubstr(FreeBsdInstallLine(made))));
  made.freebsd = true;
  EXPECT_THAT(NewActivationText(made, Look{}), HasSubstr("\n  " + FreeBsdInstallLine(made) + "\n"));
  EXPECT_THAT(NewActivationJson(made), HasSubstr(R"("FreeBSD":"echo )"));
}

TEST(ActivationListTest, AnAnswerThatIsNoneIsRefused) {
  std::vector<ActivationRow> rows;
  EXPECT_FALSE(ReadActivations(json::ParseObject(R"({"ActivationList":[{}]})").value(), rows));
}

}  // namespace
}  // namespace assist::cli
