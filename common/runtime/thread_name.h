// The name of a thread as ps and debuggers show it; private to common/runtime.
#pragma once

#include <string>

namespace assist {

/// Of the calling thread; cut to 15 characters.
void NameThisThread(const std::string& name);

}  // namespace assist
