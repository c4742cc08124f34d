// The script of bench/latency: prints the time at which its process began to run, in nanoseconds of the wall clock.
#include <cinttypes>
#include <cstdio>
#include <ctime>

int main() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  std::printf("%" PRId64 "\n", static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec);
  return 0;
}
