#include "agent/files/windows/windows_target_files.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <optional>

#include "common/runtime/thread_blocking_pool.h"
#include "common/windows/file.h"
#include "common/windows/wide.h"

namespace assist::agent::files {
namespace {

class WindowsTargetFilesTest : public ::testing::Test {
 protected:
  WindowsTargetFilesTest() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    root_ = PathFromWide(std::filesystem::temp_directory_path().wstring()) + "/assist-targets-" + test->name();
    EXPECT_TRUE(RemoveTree(root_));
    file_.target = {root_ + "\\folder", "file.txt", ".assist-part"};
    file_.bytes = "bytes\r\n";
  }
  ~WindowsTargetFilesTest() override { EXPECT_TRUE(RemoveTree(root_)); }

  template <class T>
  T Run(asio::awaitable<T> work) {
    std::optional<T> out;
    asio::co_spawn(io_, std::move(work), [&](std::exception_ptr, T value) { out.emplace(std::move(value)); });
    io_.restart();
    io_.run();
    return std::move(*out);
  }
  std::vector<std::string> Names() { return ListFolder(file_.target.folder).value_or(std::vector<std::string>{"?"}); }

  asio::io_context io_;
  ThreadBlockingPool pool_{1, "targets"};
  WindowsTargetFiles files_{pool_};
  std::string root_;
  NewFile file_;
};

TEST_F(WindowsTargetFilesTest, AFileTakesItsPlaceInOneStepAndAgainAfterACrash) {
  ASSERT_TRUE(Run(files_.MakeFolder(file_.target.folder)));
  const auto known = Run(files_.Write(file_));
  ASSERT_TRUE(known) << known.error().detail;
  EXPECT_EQ(Names(), (std::vector<std::string>{".assist-part"}));
  EXPECT_EQ(Run(files_.Place(file_.target, *known, false)).placing, Placing::kPlaced);
  EXPECT_EQ(Run(files_.Place(file_.target, *known, false)).placing, Placing::kPlaced);
  EXPECT_EQ(Names(), (std::vector<std::string>{"file.txt"}));
  EXPECT_EQ(*ReadFile(root_ + "/folder/file.txt", 100), "bytes\r\n");
}

TEST_F(WindowsTargetFilesTest, WhatIsThereIsReplacedOnlyWhenThatIsAllowed) {
  ASSERT_TRUE(MakeFolders(file_.target.folder, 0777));
  ASSERT_TRUE(WriteFileAtomically(root_ + "/folder/file.txt", "old", 0644));
  const auto refused = Run(files_.Write(file_));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().trouble, Trouble::kExists);
  file_.overwrite = true;
  const auto known = Run(files_.Write(file_));
  ASSERT_TRUE(known) << known.error().detail;
  EXPECT_EQ(Run(files_.Place(file_.target, *known, false)).placing, Placing::kExists);
  EXPECT_EQ(Run(files_.Place(file_.target, *known, true)).placing, Placing::kPlaced);
  EXPECT_EQ(*ReadFile(root_ + "/folder/file.txt", 100), "bytes\r\n");
}

TEST_F(WindowsTargetFilesTest, WhatCannotBeIsRefusedByItsName) {
  EXPECT_EQ(Run(files_.MakeFolder("folder")).error().trouble, Trouble::kFolder);
  ASSERT_TRUE(MakeFolders(file_.target.folder, 0777));
  file_.owner = "somebody";
  EXPECT_EQ(Run(files_.Write(file_)).error().trouble, Trouble::kNoOwner);
  file_.owner.clear();
  file_.group = "some";
  EXPECT_EQ(Run(files_.Write(file_)).error().trouble, Trouble::kNoGroup);
  file_.group.clear();
  file_.target.name = "file.txt:stream";
  EXPECT_EQ(Run(files_.Write(file_)).error().trouble, Trouble::kNotWritten);
  EXPECT_TRUE(Names().empty());
}

TEST_F(WindowsTargetFilesTest, APartThatWasTakenAwayIsGone) {
  ASSERT_TRUE(MakeFolders(file_.target.folder, 0777));
  const auto known = Run(files_.Write(file_));
  ASSERT_TRUE(known);
  EXPECT_EQ(Run(files_.Discard(file_.target)), "");
  EXPECT_EQ(Run(files_.Discard(file_.target)), "");
  EXPECT_EQ(Run(files_.Place(file_.target, *known, true)).placing, Placing::kGone);
}

}  // namespace
}  // namespace assist::agent::files
