#include "agent/trust/store/publisher_store.h"

#include <gtest/gtest.h>

#include "common/files/files.h"
#include "test/support/system/scratch_folder.h"

namespace assist::agent::trust {
namespace {

TEST(PublisherStoreTest, ADamagedFileIsNotNobody) {
  const test::ScratchFolder folder;
  const PublisherStore store(folder.path());
  const auto none = store.Load();
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
  Publishers publishers;
  ASSERT_TRUE(Add({"ops", {std::string(32, 'a')}, true, false}, publishers));
  ASSERT_TRUE(store.Save(publishers));
  ASSERT_EQ(*store.Load(), publishers);
  ASSERT_TRUE(WriteFileAtomically(store.path(), "{\"Publishers\":[", 0600));
  const auto damaged = store.Load();
  ASSERT_FALSE(damaged);
  EXPECT_NE(damaged.error().detail.find(store.path()), std::string::npos);
  EXPECT_NE(damaged.error().detail.find("assist-agent trust add"), std::string::npos);
}

}  // namespace
}  // namespace assist::agent::trust
