#include "sim/program/workers.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace assist::sim::program {
namespace {

run::Outcome Made(std::uint64_t number) {
  run::Outcome outcome;
  outcome.counts.tasks = number;
  if (number % 5 == 0) outcome.breaches.push_back("a fifth of them");
  return outcome;
}

TEST(WorkersTest, WhatEachProcessPlayedIsAddedUp) {
  for (const unsigned jobs : {1u, 2u, 3u, 64u}) {
    const Totals totals = PlayAll(20, jobs, Made);
    EXPECT_EQ(totals.runs, 20u) << jobs;
    EXPECT_EQ(totals.failed, 4u) << jobs;
    EXPECT_EQ(totals.counts.tasks, 190u) << jobs;
  }
}

TEST(WorkersTest, AProcessThatDiesIsAFailedRun) {
  const Totals totals = PlayAll(4, 2, [](std::uint64_t number) {
    if (number == 2) _Exit(3);
    run::Outcome outcome;
    outcome.counts.tasks = 1;
    return outcome;
  });
  EXPECT_EQ(totals.failed, 1u);
  EXPECT_EQ(totals.counts.tasks, 3u);
}

}  // namespace
}  // namespace assist::sim::program
