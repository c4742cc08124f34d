// A variable of this process's environment, on every system. Not while another thread may read it.
#pragma once

#include <cstdlib>

namespace assist::test {

inline void SetVariable(const char* name, const char* value) {
#ifdef _WIN32
  ::_putenv_s(name, value);
#else
  ::setenv(name, value, 1);
#endif
}

inline void UnsetVariable(const char* name) {
#ifdef _WIN32
  ::_putenv_s(name, "");
#else
  ::unsetenv(name);
#endif
}

}  // namespace assist::test
