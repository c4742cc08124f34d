#include "cli/table/output.h"

#include <gtest/gtest.h>

namespace assist::cli {
namespace {

TEST(OutputTest, ThreeKindsAreKnownByName) {
  EXPECT_EQ(ParseOutputKind("table"), OutputKind::kTable);
  EXPECT_EQ(ParseOutputKind("json"), OutputKind::kJson);
  EXPECT_EQ(ParseOutputKind("ids"), OutputKind::kIds);
  EXPECT_EQ(ParseOutputKind("JSON"), std::nullopt);
  EXPECT_EQ(ParseOutputKind(""), std::nullopt);
}

TEST(OutputTest, AnErrorIsADocumentToo) {
  EXPECT_EQ(ErrorDocument("InvalidInvokeId.NotFound", "no \"t-1\"", "R-1", ExitCode::kRefused),
            R"({"Error":{"Code":"InvalidInvokeId.NotFound","Message":"no \"t-1\"","RequestId":"R-1","ExitCode":3}})");
}

}  // namespace
}  // namespace assist::cli
