#include "common/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace assist {

void CheckFailed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, expression);
  std::fflush(stderr);
  std::abort();
}

}  // namespace assist
