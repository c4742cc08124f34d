#include "protocol/encoding/form.h"

#include <gtest/gtest.h>

namespace assist::encoding {
namespace {

TEST(FormTest, PartsAndDecodes) {
  EXPECT_EQ(ParseForm("a=1&b=x+y%20z%2B&c&d=&a=2=3"),
            (FormFields{{"a", "1"}, {"b", "x y z+"}, {"c", ""}, {"d", ""}, {"a", "2=3"}}));
  EXPECT_EQ(ParseForm("Tag%2E1.Key=%E4%B8%AD"), (FormFields{{"Tag.1.Key", "中"}}));
}

TEST(FormTest, PassesOverPiecesWithoutAName) {
  EXPECT_EQ(ParseForm(""), FormFields{});
  EXPECT_EQ(ParseForm("&&=1&&a=1&"), (FormFields{{"a", "1"}}));
}

TEST(FormTest, WritesWhatItReads) {
  const FormFields fields{{"a b", "c+d"}, {"e&=", ""}, {"中", "%"}};
  EXPECT_EQ(WriteForm(fields), "a%20b=c%2Bd&e%26%3D=&%E4%B8%AD=%25");
  EXPECT_EQ(ParseForm(WriteForm(fields)), fields);
}

}  // namespace
}  // namespace assist::encoding
