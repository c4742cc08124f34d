#include "common/runtime/thread_name.h"

#if !defined(_WIN32)
#include <pthread.h>
#endif

#ifdef __FreeBSD__
#include <pthread_np.h>
#endif

namespace assist {

#if defined(_WIN32)
void NameThisThread(const std::string&) {}  // threads have no names before Windows 10
#else
void NameThisThread(const std::string& name) { ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str()); }
#endif

}  // namespace assist
