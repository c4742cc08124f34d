// What Boost.Asio uses of FreeBSD's <sys/event.h>, by its manual page kqueue(2). See procctl.h beside this.
#pragma once

#include <stdint.h>
#include <sys/types.h>

#define EVFILT_READ (-1)
#define EVFILT_WRITE (-2)
#define EV_ADD 0x0001
#define EV_DELETE 0x0002
#define EV_ENABLE 0x0004
#define EV_DISABLE 0x0008
#define EV_ONESHOT 0x0010
#define EV_CLEAR 0x0020
#define EV_FLAG1 0x2000
#define EV_ERROR 0x4000
#define EV_EOF 0x8000

struct kevent {
  uintptr_t ident;
  short filter;
  unsigned short flags;
  unsigned int fflags;
  int64_t data;
  void* udata;
  uint64_t ext[4];
};

#define EV_SET(event, a, b, c, d, e, f) \
  do {                                  \
    struct kevent* at = (event);        \
    at->ident = (a);                    \
    at->filter = (b);                   \
    at->flags = (c);                    \
    at->fflags = (d);                   \
    at->data = (e);                     \
    at->udata = (f);                    \
  } while (0)

extern "C" {
int kqueue(void);
int kevent(int queue, const struct kevent* changes, int change_count, struct kevent* events, int event_count,
           const struct timespec* timeout);
}
