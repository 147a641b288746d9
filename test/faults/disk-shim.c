/*
 * A library for LD_PRELOAD that records what a process writes to its data file, and lets the disk fail on request.
 *
 * HOLDFAST_DISK_FILE   the end of the data file's path, such as "/data.mdb"
 * HOLDFAST_DISK_LOG    the file that the records are appended to
 * HOLDFAST_DISK_FAULT  a file whose first word names the present fault: see `current_fault`
 *
 * A record is a header (see `struct header`) and the bytes that were written. Lines that the process writes to a file
 * whose path ends with ".acks" become records of the kind ACKNOWLEDGED, so that one log has everything in one order.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* The same values as `KINDS` in disk-log.ts. */
enum { WRITTEN = 1, WRITTEN_DURABLY, SYNC_BEGINS, SYNC_ENDS, TRUNCATED, ACKNOWLEDGED };

struct header {
  uint32_t kind;
  int32_t result;
  uint64_t offset;
  uint64_t length;
};

#define DESCRIPTORS 4096
enum { OTHER = 0, DATA, DATA_DURABLE, ACKS };
static unsigned char kinds[DESCRIPTORS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;

/* A thread that reports its flush late; see "eio-early". */
#define LATE_MICROSECONDS 500000
static __thread int is_late;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int ends_with(const char *path, const char *end) {
  if (!path || !end) return 0;
  size_t a = strlen(path), b = strlen(end);
  return a >= b && strcmp(path + a - b, end) == 0;
}

static int kind_of(int fd) { return fd >= 0 && fd < DESCRIPTORS ? kinds[fd] : OTHER; }

static void record(uint32_t kind, int32_t result, uint64_t offset, const struct iovec *parts, int count) {
  struct header header = {kind, result, offset, 0};
  struct iovec all[1 + 64];
  all[0] = (struct iovec){&header, sizeof header};
  for (int i = 0; i < count && i < 64; i++) {
    all[1 + i] = parts[i];
    header.length += parts[i].iov_len;
  }
  pthread_mutex_lock(&lock);
  if (log_fd < 0) log_fd = REAL(open64)(getenv("HOLDFAST_DISK_LOG"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  ssize_t want = sizeof header + header.length;
  if (REAL(writev)(log_fd, all, 1 + (count < 64 ? count : 64)) != want) abort();
  pthread_mutex_unlock(&lock);
}

static void record_one(uint32_t kind, int32_t result, uint64_t offset, const void *bytes, size_t length) {
  struct iovec part = {(void *)bytes, length};
  record(kind, result, offset, &part, length > 0);
}

/*
 * "eio": fdatasync fails; "eio-once": the next one fails; "stall": fdatasync hangs while the file says so;
 * "eio-early": the next one succeeds, and its thread reports that late; those after it fail, and are reported first;
 * "meta-eio": a write through a descriptor that flushes by itself fails; "enospc": every other write to the data file
 * is cut short, and the next one fails, as on a full disk. An absent or empty file: no fault.
 */
static void current_fault(char word[16]) {
  const char *path = getenv("HOLDFAST_DISK_FAULT");
  word[0] = 0;
  int fd = path ? REAL(open64)(path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) return;
  ssize_t length = read(fd, word, 15);
  word[length > 0 ? length : 0] = 0;
  word[strcspn(word, " \n")] = 0;
  REAL(close)(fd);
}

/* Returns the bytes that a write to the data file may have. 0: the disk is full. */
static size_t room_for(int fd, size_t length) {
  /* Not those that flush by themselves: LMDB only overwrites its meta pages with them, which needs no room. */
  if (kind_of(fd) != DATA) return length;
  char fault[16];
  current_fault(fault);
  if (strcmp(fault, "enospc") != 0) return length;
  static atomic_int writes;
  errno = ENOSPC;
  return atomic_fetch_add(&writes, 1) % 2 ? 0 : length / 2;
}

static int opened(int fd, const char *path, int flags) {
  if (fd < 0 || fd >= DESCRIPTORS) return fd;
  if (ends_with(path, getenv("HOLDFAST_DISK_FILE"))) kinds[fd] = flags & O_DSYNC ? DATA_DURABLE : DATA;
  else kinds[fd] = ends_with(path, ".acks") ? ACKS : OTHER;
  return fd;
}

#define OPEN(name)                                         \
  int name(const char *path, int flags, ...) {             \
    va_list rest;                                          \
    va_start(rest, flags);                                 \
    mode_t mode = va_arg(rest, mode_t);                    \
    va_end(rest);                                          \
    return opened(REAL(name)(path, flags, mode), path, flags); \
  }
OPEN(open)
OPEN(open64)

int close(int fd) {
  if (fd >= 0 && fd < DESCRIPTORS) kinds[fd] = OTHER;
  return REAL(close)(fd);
}

static ssize_t pwrite_data(int fd, const void *bytes, size_t length, off64_t offset) {
  int kind = kind_of(fd);
  if (kind == DATA_DURABLE) {
    char fault[16];
    current_fault(fault);
    if (strcmp(fault, "meta-eio") == 0) {
      errno = EIO;
      return -1;
    }
  }
  size_t room = room_for(fd, length);
  if (length && !room) return -1;
  ssize_t written = REAL(pwrite64)(fd, bytes, room, offset);
  int failure = errno;
  if (written > 0 && (kind == DATA || kind == DATA_DURABLE))
    record_one(kind == DATA ? WRITTEN : WRITTEN_DURABLY, 0, offset, bytes, written);
  errno = failure;
  return written;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  return pwrite_data(fd, bytes, length, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  return pwrite_data(fd, bytes, length, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  off64_t offset = kind_of(fd) == DATA ? lseek64(fd, 0, SEEK_CUR) : 0;
  /* LMDB treats a short write as a failure, so there is none of these. */
  if (room_for(fd, 2) < 2) {
    errno = ENOSPC;
    return -1;
  }
  ssize_t written = REAL(writev)(fd, parts, count);
  int failure = errno;
  /* LMDB treats a short write as a failure, so the size of the part does not matter. */
  if (written > 0 && kind_of(fd) == DATA) record(WRITTEN, 0, offset, parts, count);
  errno = failure;
  return written;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  /* After a flush, a thread of libuv writes only to wake the main thread. */
  if (is_late) usleep(LATE_MICROSECONDS);
  is_late = 0;
  size_t room = room_for(fd, length);
  if (length && !room) return -1;
  ssize_t written = REAL(write)(fd, bytes, room);
  int failure = errno;
  if (written > 0 && kind_of(fd) == ACKS) record_one(ACKNOWLEDGED, 0, 0, bytes, written);
  errno = failure;
  return written;
}

int ftruncate64(int fd, off64_t length) {
  int result = REAL(ftruncate64)(fd, length);
  int failure = errno;
  if (result == 0 && kind_of(fd) == DATA) record_one(TRUNCATED, 0, length, NULL, 0);
  errno = failure;
  return result;
}

static int failed_sync(void) {
  const char *path = getenv("HOLDFAST_DISK_FAULT");
  char fault[16];
  for (current_fault(fault); strcmp(fault, "stall") == 0; current_fault(fault)) usleep(5000);
  static atomic_int was_early;
  if (strcmp(fault, "eio-early") == 0) {
    is_late = atomic_exchange(&was_early, 1) == 0;
    return !is_late;
  }
  int once = strcmp(fault, "eio-once") == 0;
  if (once) unlink(path);
  return once || strcmp(fault, "eio") == 0;
}

static int sync_data(int fd, int (*real)(int)) {
  if (kind_of(fd) != DATA && kind_of(fd) != DATA_DURABLE) return real(fd);
  record_one(SYNC_BEGINS, 0, 0, NULL, 0);
  int result = -1, failure = EIO;
  if (!failed_sync()) {
    result = real(fd);
    failure = errno;
  }
  record_one(SYNC_ENDS, result, 0, NULL, 0);
  errno = failure;
  return result;
}

int fdatasync(int fd) { return sync_data(fd, REAL(fdatasync)); }
int fsync(int fd) { return sync_data(fd, REAL(fsync)); }
