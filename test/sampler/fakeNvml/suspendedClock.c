/*
 * Put before the C library of a process: the machine seems to have slept for as many seconds as the file named by
 * PERJOULE_FAKE_SLEPT holds. As after a real suspend the wall clock and the time since boot have gone on, and the monotonic
 * clock has not. What is read of /proc/uptime has gone on too.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long sleptS(void) {
  const char *path = getenv("PERJOULE_FAKE_SLEPT");
  char text[32] = "";
  int file = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY, 0) : -1;
  if (file < 0) return 0;
  if (syscall(SYS_read, file, text, sizeof text - 1) < 0) text[0] = 0;
  syscall(SYS_close, file);
  return atol(text);
}

int clock_gettime(clockid_t clock, struct timespec *into) {
  int code = (int)syscall(SYS_clock_gettime, clock, into);
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_BOOTTIME) into->tv_sec += sleptS();
  return code;
}

int gettimeofday(struct timeval *restrict into, void *restrict zone) {
  (void)zone;
  struct timespec now;
  int code = clock_gettime(CLOCK_REALTIME, &now);
  into->tv_sec = now.tv_sec;
  into->tv_usec = now.tv_nsec / 1000;
  return code;
}

/* Node reads files through open64 and read. The file's own text is a memory file with the later time. */
static int uptimeFile(void) {
  struct timespec now;
  char text[64];
  clock_gettime(CLOCK_BOOTTIME, &now);
  int length = snprintf(text, sizeof text, "%lld.%02ld 0.00\n", (long long)now.tv_sec, now.tv_nsec / 10000000);
  int file = (int)syscall(SYS_memfd_create, "uptime", 0);
  if (file < 0 || write(file, text, (size_t)length) != length) return -1;
  lseek(file, 0, SEEK_SET);
  return file;
}

#define OPEN(NAME) \
  int NAME(const char *path, int flags, ...) { \
    if (!strcmp(path, "/proc/uptime")) return uptimeFile(); \
    __builtin_va_list list; \
    __builtin_va_start(list, flags); \
    int mode = __builtin_va_arg(list, int); \
    __builtin_va_end(list); \
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode); \
  }
OPEN(open)
OPEN(open64)
