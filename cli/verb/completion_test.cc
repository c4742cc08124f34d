#include "cli/verb/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace assist::cli {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;
using Words = std::vector<std::string>;

std::vector<VerbSpec> Verbs() {
  return {
      {.name = "run",
       .summary = msg::kRunSummary,
       .options = {{msg::kGroupOptions,
                    {
                        {"-i", "--instance", "ID", msg::kRunOptInstance, Offer::kMachine, "", true},
                        {"-f", "--file", "FILE", msg::kRunOptFile, Offer::kFile},
                        {"", "--prefix", "WHEN", msg::kRunOptPrefix, Offer::kChoices, "auto always never"},
                        {"-a", "--all", "", msg::kRunOptAll},
                    }}},
       .script = true},
      {.name = "inv",
       .summary = msg::kRunSummary,
       .verbs = {{.name = "ls", .summary = msg::kRunSummary},
                 {.name = "show", .summary = msg::kRunSummary, .words = Offer::kInvocation, .most_words = 1}}},
      {.name = "ecs", .summary = msg::kEcsSummary, .words = Offer::kAction, .most_words = 1},
  };
}

Suggestions At(const Words& words) {
  const auto parameters = [](std::string_view action) {
    return std::vector<Suggestion>{{"--" + std::string(action) + "Parameter", ""}};
  };
  return Suggest(Verbs(), words, parameters, Text(Language::kEnglish));
}
Words Offered(const Words& words) {
  Words out;
  for (const Suggestion& suggestion : At(words).words) out.push_back(suggestion.word);
  return out;
}

TEST(CompletionTest, FirstComeTheVerbs) {
  EXPECT_EQ(Offered({""}), (Words{"run", "inv", "ecs", "help", "version"}));
  EXPECT_EQ(Offered({"help", ""}), (Words{"run", "inv", "ecs"}));
  EXPECT_EQ(Offered({"inv", ""}), (Words{"ls", "show"}));
  EXPECT_EQ(Offered({"help", "inv", ""}), (Words{"ls", "show"}));
  EXPECT_EQ(Offered({"--lang", ""}), (Words{"en", "zh"}));
  EXPECT_EQ(Offered({"--lang", "zh", ""}), (Words{"run", "inv", "ecs", "help", "version"}));
  EXPECT_THAT(Offered({"frob", ""}), IsEmpty());
}

TEST(CompletionTest, OptionsAreThoseOfTheVerb) {
  EXPECT_THAT(Offered({"run", "--"}), Contains("--instance"));
  EXPECT_THAT(Offered({"run", "--"}), Contains("--endpoint"));
  EXPECT_THAT(Offered({"inv", "ls", "-"}), Not(Contains("--instance")));
  EXPECT_THAT(Offered({"run", "--", "--"}), IsEmpty()) << "the script";
}

TEST(CompletionTest, ValuesAreThoseOfTheOption) {
  EXPECT_EQ(Offered({"run", "--prefix", ""}), (Words{"auto", "always", "never"}));
  EXPECT_EQ(At({"run", "-f", "x"}).more, Offer::kFile);
  EXPECT_EQ(At({"run", "-i", ""}).more, Offer::kMachine);
  EXPECT_EQ(At({"run", "-i", "mi-1", ""}).more, Offer::kMachine) << "it takes several";
  EXPECT_EQ(At({"run", "-f", "x", ""}).more, Offer::kNothing) << "it takes one";
  EXPECT_EQ(At({"run", "-a", ""}).more, Offer::kNothing);
  EXPECT_THAT(Offered({"run", "-i", "mi-1", "-"}), Contains("--all"));
  EXPECT_EQ(At({"inv", "show", ""}).more, Offer::kInvocation);
}

TEST(CompletionTest, EcsOffersActionsThenTheirParameters) {
  EXPECT_EQ(At({"ecs", ""}).more, Offer::kAction);
  EXPECT_THAT(Offered({"ecs", "RunCommand", "--"}), Contains("--RunCommandParameter"));
}

TEST(CompletionTest, LinesAreThoseThatBeginAsTyped) {
  EXPECT_EQ(SuggestionLines({{"mi-1", "web"}, {"mi-2", "a\tb\nc"}, {"t-1", ""}, {"mi-\n3", ""}, {"mi-4", ""}}, "mi"),
            "mi-1\tweb\nmi-2\ta b c\nmi-4\n");
}

TEST(CompletionTest, ThreeShellsHaveAScript) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    EXPECT_NE(CompletionScript(shell).find("__complete"), std::string_view::npos);
  }
  EXPECT_EQ(CompletionScript("csh"), "");
}

}  // namespace
}  // namespace assist::cli
