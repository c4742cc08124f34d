// The targets of the fuzzers with every seed, and with seeds that were damaged in a few places: without libFuzzer, in
// every build, the same inputs each time.
#include <gtest/gtest.h>

#include <algorithm>

#include "common/base/random.h"
#include "test/fuzz/archive_targets.h"
#include "test/fuzz/targets.h"

namespace assist::fuzz {
namespace {

constexpr std::size_t kDamaged = 3000;  // inputs a target

/// Cuts, repeats, flips and mixes.
std::string Damage(const std::vector<std::string>& seeds, SeededRandom& random) {
  std::string input = seeds[random.Below(seeds.size())];
  for (std::uint64_t i = random.Below(4); i != ~std::uint64_t{0}; --i) {
    const std::size_t at = random.Below(input.size() + 1);
    switch (random.Below(5)) {
      case 0:
        input.resize(at);
        break;
      case 1:
        input.insert(at, input.substr(random.Below(input.size() + 1), random.Below(40)));
        break;
      case 2:
        if (at < input.size()) input[at] = static_cast<char>(random.Below(256));
        break;
      case 3:
        input.erase(at, random.Below(20));
        break;
      default: {
        const std::string& other = seeds[random.Below(seeds.size())];
        input.insert(at, other.substr(random.Below(other.size() + 1), random.Below(60)));
      }
    }
  }
  return input;
}

TEST(FuzzReplayTest, EachTargetHasSeedsAndTakesThemAndWhatIsNearThem) {
  for (const Target& target : Targets()) {
    SCOPED_TRACE(target.name);
    const std::vector<std::string> seeds = SeedsOf(target.name);
    ASSERT_FALSE(seeds.empty());
    for (const std::string& seed : seeds) target.run(seed);
    SeededRandom random(7);
    for (std::size_t i = 0; i < kDamaged; ++i) target.run(Damage(seeds, random));
    target.run({});
  }
}

TEST(FuzzReplayTest, ArchivesToBeginWithAreMostlyGoodOnes) {
  for (const std::string_view target : {"tar", "tar_zst", "zip"}) {
    const std::vector<std::string> seeds = SeedsOf(target);
    const auto taken =
        std::ranges::count_if(seeds, [&](const std::string& seed) { return ArchiveIsTaken(target, seed); });
    EXPECT_GE(taken, 3) << target;
  }
}

TEST(FuzzReplayTest, TargetsAreFoundByTheirName) {
  for (const Target& target : Targets()) EXPECT_EQ(FindTarget(target.name), &target);
  EXPECT_EQ(FindTarget("nonsense"), nullptr);
}

}  // namespace
}  // namespace assist::fuzz
