/*
 * A library for LD_PRELOAD that shifts the wall clock of a process while it runs. Monotonic clocks stay true.
 *
 * HOLDFAST_CLOCK_FILE  a file of eight bytes: the shift in nanoseconds, in the byte order of the machine
 *
 * libfaketime would do, but its first call allocates memory and jemalloc's first allocation reads the clock: Debian's
 * Redis does not start under it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define BILLION 1000000000LL

static volatile const int64_t *shift;

__attribute__((constructor)) static void find_shift(void) {
  const char *path = getenv("HOLDFAST_CLOCK_FILE");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *found = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (found != MAP_FAILED) shift = found;
}

static void add_shift(struct timespec *ts) {
  int64_t ns = (int64_t)ts->tv_sec * BILLION + ts->tv_nsec + (shift ? *shift : 0);
  ts->tv_sec = ns / BILLION;
  ts->tv_nsec = ns % BILLION;
}

int clock_gettime(clockid_t clock, struct timespec *ts) {
  int result = (int)syscall(SYS_clock_gettime, clock, ts);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) add_shift(ts);
  return result;
}

int gettimeofday(struct timeval *restrict tv, void *restrict tz) {
  (void)tz;
  struct timespec ts;
  int result = clock_gettime(CLOCK_REALTIME, &ts);
  if (tv) *tv = (struct timeval){.tv_sec = ts.tv_sec, .tv_usec = ts.tv_nsec / 1000};
  return result;
}

time_t time(time_t *into) {
  struct timespec ts;
  clock_gettime(CLOCK_REALTIME, &ts);
  if (into) *into = ts.tv_sec;
  return ts.tv_sec;
}
