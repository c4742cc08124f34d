#include "common/base/secret.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace assist {
namespace {

template <class T>
concept Streams = requires(std::ostream& out, const T& value) {
  out << value;
};

TEST(SecretTest, CannotBeWrittenToAStream) {
  static_assert(Streams<std::string>);
  static_assert(!Streams<Secret<std::string>>);
  EXPECT_EQ(Secret<std::string>("key").Reveal(), "key");
}

}  // namespace
}  // namespace assist
