#include "test/support/xml/xml.h"

#include <gtest/gtest.h>

namespace assist::test {
namespace {

const std::string kHead = "<?xml version='1.0' encoding='UTF-8'?>";

TEST(XmlTest, ReadsElementsTextAndReferences) {
  const auto root =
      ParseXml(kHead + "<A><B>x &lt;&amp;&gt;&quot;&apos;&#13;&#x4e2d;\r\n中\r</B><B></B><C1.-_>y</C1.-_></A>");
  ASSERT_TRUE(root) << root.error().detail;
  EXPECT_EQ(root->name, "A");
  ASSERT_EQ(root->children.size(), 3u);
  EXPECT_EQ(root->at("B").text, "x <&>\"'\r中\n中\n");
  EXPECT_EQ(root->at("C1.-_").text, "y");
}

TEST(XmlTest, RefusesWhatIsNotWellFormed) {
  for (const std::string text : {"<A>",
                                 "<A></B>",
                                 "<A></A><B></B>",
                                 "</A>",
                                 "x",
                                 "",
                                 "<1></1>",
                                 "<A B></A B>",
                                 "<A\n></A>",
                                 "<A b='c'></A>",
                                 "<></>",
                                 "<A>&</A>",
                                 "<A>&nbsp;</A>",
                                 "<A>&lt</A>",
                                 "<A>&#0;</A>",
                                 "<A>&#1;</A>",
                                 "<A>&#xFFFE;</A>",
                                 "<A>&#xD800;</A>",
                                 "<A>&#x110000;</A>",
                                 "<A>&#x;</A>",
                                 "<A>\x01</A>",
                                 "<A>\x1b</A>",
                                 "<A>\xff</A>",
                                 "<A>\xC0\x80</A>",
                                 "<A>\xED\xA0\x80</A>",
                                 "<A>\xEF\xBF\xBE</A>",
                                 "<A>]]></A>",
                                 "<A><</A>",
                                 "<A><!-- --></A>",
                                 "<A:B></A:B>",
                                 "<A></A> ",
                                 "<-></->"}) {
    EXPECT_FALSE(ParseXml(kHead + text)) << text;
  }
  EXPECT_FALSE(ParseXml(kHead + "<A>" + std::string(1, '\0') + "</A>"));
  EXPECT_FALSE(ParseXml("<A></A>"));
  EXPECT_TRUE(ParseXml(kHead + "<A>]]&gt;\t\x7f</A>"));
}

}  // namespace
}  // namespace assist::test
