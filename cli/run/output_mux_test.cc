#include "cli/run/output_mux.h"

#include <gtest/gtest.h>

namespace assist::cli {
namespace {

OutputMux::Options With(bool prefix, bool whole_lines, bool escape) {
  OutputMux::Options options;
  options.prefix = prefix;
  options.whole_lines = whole_lines;
  options.escape = escape;
  return options;
}

TEST(OutputMuxTest, LinesOfTwoMachinesAreNeverMixed) {
  OutputMux mux(With(true, true, false));
  mux.SetName(0, "a");
  mux.SetName(1, "b");
  std::string out;
  mux.Append(0, "one ", out);
  mux.Append(1, "uno\ndos", out);
  EXPECT_EQ(out, "b | uno\n");
  mux.Append(0, "line\n\ntwo", out);
  mux.Finish(1, out);
  mux.Finish(0, out);
  EXPECT_EQ(out, "b | uno\na | one line\na | \nb | dos\na | two\n");
}

TEST(OutputMuxTest, ASingleMachineInAPipeIsPassedThroughByteByByte) {
  OutputMux mux(With(false, false, false));
  std::string out;
  const std::string bytes("\x1b[1m\0\xff\r\nno line feed", 20);
  mux.Append(0, bytes.substr(0, 5), out);
  EXPECT_EQ(out, bytes.substr(0, 5));
  mux.Append(0, bytes.substr(5), out);
  mux.Finish(0, out);
  EXPECT_EQ(out, bytes);
}

TEST(OutputMuxTest, ASingleMachineAtATerminalIsShownAtOnceAndEndsItsLine) {
  OutputMux mux(With(false, false, true));
  std::string out;
  mux.Append(0, "password?\x1b[2J", out);
  EXPECT_EQ(out, "password?\\x1b[2J");
  mux.Append(0, "\xe4", out);
  mux.Finish(0, out);
  EXPECT_EQ(out, "password?\\x1b[2J\\xe4\n");
}

TEST(OutputMuxTest, ATerminalGetsEscapesAndAlignedNames) {
  auto options = With(true, true, true);
  options.name_width = 3;
  OutputMux mux(options);
  mux.SetName(0, "名");
  mux.SetName(1, "long-name");
  std::string out;
  mux.Append(0, "x\r\n\a\n", out);
  mux.Append(1, "y\n", out);
  EXPECT_EQ(out, "名  | x\n名  | \\x07\nlong-name | y\n");
}

TEST(OutputMuxTest, ALineTooLongToKeepIsCutBetweenCharacters) {
  auto options = With(true, true, false);
  options.max_line = 8;
  OutputMux mux(options);
  mux.SetName(0, "a");
  std::string out;
  mux.Append(0, "1234567", out);
  EXPECT_EQ(out, "");
  mux.Append(0, "你好你", out);
  EXPECT_EQ(out, "a | 1234567\na | 你好\na | 你\n");
  out.clear();
  mux.Append(0, std::string(20, '\x80') + "\n", out);
  EXPECT_EQ(out, "a | " + std::string(8, '\x80') + "\na | " + std::string(8, '\x80') + "\na | " +
                     std::string(4, '\x80') + "\n");
}

TEST(OutputMuxTest, WithoutPrefixLinesOfSeveralMachinesStayWhole) {
  OutputMux mux(With(false, true, false));
  std::string out;
  mux.Append(0, "a", out);
  mux.Append(1, "b\n", out);
  mux.Append(0, "a\n", out);
  EXPECT_EQ(out, "b\naa\n");
}

}  // namespace
}  // namespace assist::cli
