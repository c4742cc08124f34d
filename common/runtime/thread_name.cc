#include "common/runtime/thread_name.h"

#include <pthread.h>

#ifdef __FreeBSD__
#include <pthread_np.h>
#endif

namespace assist {

void NameThisThread(const std::string& name) { ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str()); }

}  // namespace assist
