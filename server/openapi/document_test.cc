// The checked-in documentation is what the declarations say. To write it anew:
//   ASSIST_WRITE_DOCUMENTS=1 build/release/bin/server_openapi_test --gtest_filter='DocumentTest.*'
#include "server/openapi/document.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "server/openapi/operations/list.h"

namespace assist::server::openapi {
namespace {

/// Compares, or writes when ASSIST_WRITE_DOCUMENTS is set.
void CompareFile(const std::string& path, const std::string& wanted) {
  const std::string whole = std::string(ASSIST_SOURCE_DIR) + '/' + path;
  if (std::getenv("ASSIST_WRITE_DOCUMENTS") != nullptr) {
    std::ofstream(whole, std::ios::binary) << wanted;
  }
  std::ifstream file(whole, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_TRUE(text.str() == wanted)
      << path << " is not what the declarations in server/openapi/operations say; write it anew with\n"
      << "  ASSIST_WRITE_DOCUMENTS=1 build/release/bin/server_openapi_test --gtest_filter='DocumentTest.*'";
}

TEST(DocumentTest, TheEnglishPageIsWhatTheDeclarationsSay) {
  CompareFile("docs/api.md", ApiPage(DocumentLanguage::kEnglish));
}

TEST(DocumentTest, TheChinesePageIsWhatTheDeclarationsSay) {
  CompareFile("docs/api_cn.md", ApiPage(DocumentLanguage::kChinese));
}

TEST(DocumentTest, TheTableOfTheCommandLineIsWhatTheDeclarationsSay) {
  CompareFile("cli/ecs/api_table.cc", CommandLineTable());
}

void ExpectSays(const ParameterSpec& spec, const std::string& where) {
  EXPECT_FALSE(spec.note.empty()) << where << '.' << spec.name << " needs Says(english, chinese)";
  for (const ParameterSpec& member : spec.members) ExpectSays(member, where + '.' + std::string(spec.name));
}

TEST(DocumentTest, EverythingIsExplainedInBothLanguages) {
  for (const Operation& operation : AllOperations(model::Limits::Large())) {
    const std::string name(operation.name);
    EXPECT_FALSE(operation.summary.empty()) << name;
    EXPECT_TRUE(operation.example.starts_with(operation.name)) << name;
    for (const Saying& note : operation.notes) EXPECT_FALSE(note.empty()) << name;
    std::set<std::string_view> seen;
    for (const ParameterSpec& spec : operation.parameters) {
      ExpectSays(spec, name);
      EXPECT_TRUE(seen.insert(spec.name).second) << name << '.' << spec.name << " is declared twice";
    }
  }
}

}  // namespace
}  // namespace assist::server::openapi
