// Read before each source by check_sources.py: makes of the headers at hand (glibc's) what a source for FreeBSD may use
// of them. A function that FreeBSD 13 has not is an error where it is called, a macro that it has not is not defined.
#pragma once

#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <system_error>

#define SO_NOSIGPIPE 0x0800

#undef CLOCK_BOOTTIME
#undef CLOCK_MONOTONIC_RAW
#undef ENODATA
#undef F_OFD_SETLK
#undef F_SETPIPE_SZ
#undef HOST_NAME_MAX
#undef MSG_MORE
#undef O_PATH
#undef O_TMPFILE
#undef POLLRDHUP
#undef POSIX_SPAWN_SETSID
#undef RENAME_EXCHANGE
#undef RENAME_NOREPLACE
#undef SOL_TCP
#undef SO_PEERCRED
#undef STATX_BTIME
#undef TCP_USER_TIMEOUT
#undef __NR_close_range
#undef __NR_kcmp
#undef __NR_renameat2

#define ASSIST_ABSENT noexcept __attribute__((unavailable("FreeBSD has no such function")))
extern "C" {
char* get_current_dir_name(void) ASSIST_ABSENT;
int fallocate(int, int, off_t, off_t) __attribute__((unavailable("FreeBSD has no such function")));
int malloc_trim(size_t) ASSIST_ABSENT;
int renameat2(int, const char*, int, const char*, unsigned int) ASSIST_ABSENT;
int setns(int, int) ASSIST_ABSENT;
int statx(int, const char*, int, unsigned int, struct statx*) ASSIST_ABSENT;
int syncfs(int) ASSIST_ABSENT;
int unshare(int) ASSIST_ABSENT;
pid_t gettid(void) ASSIST_ABSENT;
}
