// libFuzzer's program: ASSIST_FUZZ_TARGET names the target. scripts/fuzz.py runs it.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "test/fuzz/targets.h"

namespace {

const assist::fuzz::Target& Chosen() {
  const char* name = std::getenv("ASSIST_FUZZ_TARGET");
  const assist::fuzz::Target* target = name == nullptr ? nullptr : assist::fuzz::FindTarget(name);
  if (target != nullptr) return *target;
  std::fputs("ASSIST_FUZZ_TARGET names no target; there are:\n", stderr);
  for (const auto& known : assist::fuzz::Targets()) std::fprintf(stderr, "  %s\n", std::string(known.name).c_str());
  std::exit(2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const assist::fuzz::Target& target = Chosen();
  target.run({reinterpret_cast<const char*>(data), size});
  return 0;
}
