// What spdlog uses of FreeBSD's <pthread_np.h>; pthread_setname_np(3), there since 12.2, is in the C library's own
// <pthread.h> here. See sys/procctl.h.
#pragma once

#include <pthread.h>

extern "C" int pthread_getthreadid_np(void);
