// What Assist uses of FreeBSD's struct kinfo_proc, by its manual page kvm_getprocs(3) and <sys/user.h>: members by name
// and type, not by place. See procctl.h beside this.
#pragma once

#include <stdint.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/types.h>

#define SZOMB 5

typedef int32_t segsz_t;

struct kinfo_proc {
  int ki_structsize;
  pid_t ki_pid;
  pid_t ki_ppid;
  segsz_t ki_rssize;
  uint64_t ki_runtime;
  struct timeval ki_start;
  char ki_stat;
  struct rusage ki_rusage;
  struct rusage ki_rusage_ch;
};
