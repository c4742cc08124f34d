"""An old kernel, by a seccomp filter: every system call that is younger than Linux 3.10 answers ENOSYS. x86-64.

The filter is inherited by all that the process starts. By number: the calls of x86-64 are numbered as they came, 3.10 ended
with 313 (finit_module, 3.8). Calls with operations of their own that are younger answer EINVAL for those, as an old kernel
does: file locks of an open file (F_OFD_…, 3.15) and seals (3.17) of fcntl, options of prctl from 41 on.
"""

import ctypes
import errno
import os
import struct

FIRST_YOUNGER = 314
"""The calls that a program of today may try, with the kernel that brought them: to be told by name."""
YOUNGER = {
    314: ("sched_setattr", "3.14"), 315: ("sched_getattr", "3.14"), 316: ("renameat2", "3.15"), 317: ("seccomp", "3.17"),
    318: ("getrandom", "3.17"), 319: ("memfd_create", "3.17"), 320: ("kexec_file_load", "3.17"), 321: ("bpf", "3.18"),
    322: ("execveat", "3.19"), 323: ("userfaultfd", "4.3"), 324: ("membarrier", "4.3"), 325: ("mlock2", "4.4"),
    326: ("copy_file_range", "4.5"), 327: ("preadv2", "4.6"), 328: ("pwritev2", "4.6"), 329: ("pkey_mprotect", "4.9"),
    330: ("pkey_alloc", "4.9"), 331: ("pkey_free", "4.9"), 332: ("statx", "4.11"), 333: ("io_pgetevents", "4.18"),
    334: ("rseq", "4.18"), 424: ("pidfd_send_signal", "5.1"), 425: ("io_uring_setup", "5.1"),
    426: ("io_uring_enter", "5.1"), 427: ("io_uring_register", "5.1"), 428: ("open_tree", "5.2"),
    429: ("move_mount", "5.2"), 430: ("fsopen", "5.2"), 431: ("fsconfig", "5.2"), 432: ("fsmount", "5.2"),
    433: ("fspick", "5.2"), 434: ("pidfd_open", "5.3"), 435: ("clone3", "5.3"), 436: ("close_range", "5.9"),
    437: ("openat2", "5.6"), 438: ("pidfd_getfd", "5.6"), 439: ("faccessat2", "5.8"), 440: ("process_madvise", "5.10"),
    441: ("epoll_pwait2", "5.11"), 442: ("mount_setattr", "5.12"), 443: ("quotactl_fd", "5.14"),
    444: ("landlock_create_ruleset", "5.13"), 445: ("landlock_add_rule", "5.13"), 446: ("landlock_restrict_self", "5.13"),
    447: ("memfd_secret", "5.14"), 448: ("process_mrelease", "5.15"), 449: ("futex_waitv", "5.16"),
    450: ("set_mempolicy_home_node", "5.17"), 451: ("cachestat", "6.5"), 452: ("fchmodat2", "6.6"),
}

_AUDIT_ARCH_X86_64 = 0xC000003E
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT, _SECOND_ARGUMENT = 0, 4, 16, 24
_FCNTL, _PRCTL, _PTRACER = 72, 157, 0x59616D61
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2


def _program():
    """(code, jump when true, jump when false, value), jumps from the next instruction on."""
    enosys, einval = _ERRNO | errno.ENOSYS, _ERRNO | errno.EINVAL
    return [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _AUDIT_ARCH_X86_64),
        (_RETURN, 0, 0, enosys),                  # a call of another architecture
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, FIRST_YOUNGER),
        (_RETURN, 0, 0, enosys),
        (_EQUAL, 0, 4, _FCNTL),
        (_LOAD, 0, 0, _SECOND_ARGUMENT),
        (_EQUAL, 9, 0, 36),                       # F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW
        (_EQUAL, 8, 0, 37),
        (_EQUAL, 7, 5, 38),
        (_EQUAL, 0, 5, _PRCTL),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_EQUAL, 3, 0, _PTRACER),
        (_AT_LEAST, 3, 2, 41),
        (_RETURN, 0, 0, _ALLOW),
        (_AT_LEAST, 1, 0, 1033),                  # F_ADD_SEALS and what came after it
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, einval),
    ]


def become_old():
    """For the child between fork and exec (Popen's preexec_fn). Raises OSError when the kernel takes no filter."""
    code = b"".join(struct.pack("=HBBI", *line) for line in _program())
    memory = ctypes.create_string_buffer(code, len(code))
    filter_program = struct.pack("@HP", len(code) // 8, ctypes.addressof(memory))
    libc = ctypes.CDLL(None, use_errno=True)
    arguments = ctypes.c_ulong
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, arguments(1), arguments(0), arguments(0), arguments(0)) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")
    if libc.prctl(_PR_SET_SECCOMP, arguments(_MODE_FILTER), ctypes.c_char_p(filter_program)) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


def name_of(number):
    name, version = YOUNGER.get(number, (f"call {number}", "younger than 6.6"))
    return f"{name} (Linux {version})"


def answers(number):
    """What the system call of that number answers in this process, called with no sensible argument: an errno, or 0."""
    libc = ctypes.CDLL(None, use_errno=True)
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(-1) for _ in range(6)))
    return ctypes.get_errno() if result == -1 else 0


def supported():
    return os.uname().machine == "x86_64"


class SeededMark:
    """What OpenSSL looks for before it takes /dev/urandom instead of getrandom: a shared memory segment of key 114, left by
    any program that has seen /dev/random ready. Without it OpenSSL asks uname, which no filter can change, and trusts a
    Linux from 4.8 on to have getrandom (providers/implementations/rands/seeding/rand_unix.c)."""

    _KEY, _CREATE, _REMOVE = 114, 0o1000, 0

    def __init__(self):
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._own = self._libc.shmget(self._KEY, ctypes.c_size_t(1), self._CREATE | 0o2000 | 0o444)  # only if there is none
        if self._own < 0 and ctypes.get_errno() != errno.EEXIST:
            raise OSError(ctypes.get_errno(), "shmget")

    def remove(self):
        if self._own >= 0:
            self._libc.shmctl(self._own, self._REMOVE, None)
