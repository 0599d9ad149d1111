/* Counts and logs the file system calls of a process that touch given places, and at one of them does
 * what a test asks for: kill, fail, shorten, or run a program first. Preloaded; see calls.ts.
 * CALLS_UNDER   folders, separated by ':': only what lies in them counts
 * CALLS_COUNT   a file of 16 bytes, shared by the process and its children: the count, and the first pid
 * CALLS_LOG     where a line for each counted call goes
 * CALLS_OPS     'changes', 'all' (opening, looking and reading as well), or names separated by ','
 * CALLS_AT      the number of the call at which CALLS_DO is done, 0 for none; CALLS_FROM: at that and all that follow
 * CALLS_DO      kill | errno:N | short | run:SCRIPT, which finds what the call is about in $CALL_PATH
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <spawn.h>

extern char **environ;

struct shared { _Atomic int64_t count; _Atomic int64_t first; };

static struct shared *shared;
static int logfd = -1;
static char under[8][PATH_MAX];
static int unders;
static const char *ops = "changes";
static const char *todo;
static int64_t at, from;
static __thread int inside;

static long (*real_syscall)(long, ...);
#define RAW real_syscall

static void *real(const char *name) {
  void *found = dlsym(RTLD_NEXT, name);
  if (!found) abort();
  return found;
}

__attribute__((constructor)) static void begin(void) {
  inside = 1;
  real_syscall = real("syscall");
  const char *places = getenv("CALLS_UNDER"), *count = getenv("CALLS_COUNT"), *log = getenv("CALLS_LOG");
  if (places && count) {
    char copy[8 * PATH_MAX];
    snprintf(copy, sizeof copy, "%s", places);
    for (char *save, *one = strtok_r(copy, ":", &save); one && unders < 8; one = strtok_r(NULL, ":", &save))
      snprintf(under[unders++], PATH_MAX, "%s", one);
    int fd = RAW(SYS_openat, AT_FDCWD, count, O_RDWR | O_CLOEXEC);
    if (fd >= 0) {
      shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
      RAW(SYS_close, fd);
      if (shared == MAP_FAILED) shared = NULL;
    }
    if (shared) {
      int64_t none = 0;
      atomic_compare_exchange_strong(&shared->first, &none, (int64_t)getpid());
    }
    if (log) {
      fd = RAW(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
      if (fd >= 0) { logfd = RAW(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 900); RAW(SYS_close, fd); }
    }
    if (getenv("CALLS_OPS")) ops = getenv("CALLS_OPS");
    todo = getenv("CALLS_DO");
    if (getenv("CALLS_AT")) at = atoll(getenv("CALLS_AT"));
    if (getenv("CALLS_FROM")) from = atoll(getenv("CALLS_FROM"));
  }
  inside = 0;
}

static int lies(const char *path) {
  for (int i = 0; i < unders; i++) {
    size_t n = strlen(under[i]);
    if (strncmp(path, under[i], n) == 0 && (path[n] == '/' || path[n] == 0 || path[n] == ' ')) return 1;
  }
  return 0;
}

static void of_fd(int fd, char *into) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  long n = RAW(SYS_readlink, link, into, PATH_MAX - 1);
  into[n > 0 ? n : 0] = 0;
}

/* What a path means: /proc/self/fd/N/NAME is a name in the folder that N is. */
static void of_path(int folder, const char *path, char *into) {
  int fd, used = 0;
  char base[PATH_MAX];
  if (sscanf(path, "/proc/self/fd/%d%n", &fd, &used) == 1 && (path[used] == '/' || path[used] == 0)) {
    of_fd(fd, base);
    snprintf(into, PATH_MAX, "%s%s", base, path[used] && path[used + 1] ? path + used : "");
  } else if (path[0] == '/') snprintf(into, PATH_MAX, "%s", path);
  else {
    if (folder == AT_FDCWD) { if (!getcwd(base, sizeof base)) base[0] = 0; }
    else of_fd(folder, base);
    snprintf(into, PATH_MAX, "%s/%s", base, path);
  }
}

static int counts(const char *op, int changes) {
  if (strcmp(ops, "all") == 0) return 1;
  if (strcmp(ops, "changes") == 0) return changes;
  size_t n = strlen(op);
  for (const char *p = ops; (p = strstr(p, op)); p += n)
    if ((p == ops || p[-1] == ',') && (p[n] == 0 || p[n] == ',')) return 1;
  return 0;
}

struct call { const char *op; char path[PATH_MAX], to[PATH_MAX]; int64_t number, size, offset; uint64_t inode; int fd; int shorten; };

/* Large thread-local memory would not fit the small stacks of some of node's threads. */
static __thread struct call one_call;

static void escape(const char *text, char *into, size_t size) {
  size_t n = 0;
  for (const unsigned char *p = (const unsigned char *)text; *p && n + 4 < size; p++)
    n += (*p < 33 || *p > 126 || *p == '%') ? (size_t)snprintf(into + n, 4, "%%%02x", *p) : (into[n] = *p, 1);
  into[n] = 0;
}

static void tell(struct call *c, const char *result) {
  if (logfd < 0) return;
  static char a[3 * PATH_MAX], b[3 * PATH_MAX], line[7 * PATH_MAX];
  static atomic_flag busy = ATOMIC_FLAG_INIT;
  while (atomic_flag_test_and_set(&busy)) sched_yield();
  struct stat st;
  unsigned mode = 0;
  int64_t length = -1;
  memset(&st, 0, sizeof st);
  if (c->fd >= 0 ? RAW(SYS_newfstatat, c->fd, "", &st, AT_EMPTY_PATH) == 0
                 : RAW(SYS_newfstatat, AT_FDCWD, c->to[0] ? c->to : c->path, &st, AT_SYMLINK_NOFOLLOW) == 0) {
    mode = st.st_mode;
    length = st.st_size;
    if (!c->inode) c->inode = st.st_ino;
  }
  escape(c->path, a, sizeof a);
  escape(c->to[0] ? c->to : "-", b, sizeof b);
  int n = snprintf(line, sizeof line, "%lld %d %s %s %llu %o %lld %lld %lld %s %s\n", (long long)c->number, getpid(), c->op,
                   result, (unsigned long long)c->inode, mode, (long long)length, (long long)c->offset, (long long)c->size, a, b);
  RAW(SYS_write, logfd, line, n);
  atomic_flag_clear(&busy);
}

/* 0: go on; else the call is to fail, errno set. */
static int before(struct call *c) {
  struct stat st;
  if (c->fd < 0 && RAW(SYS_newfstatat, AT_FDCWD, c->path, &st, AT_SYMLINK_NOFOLLOW) == 0) c->inode = st.st_ino;
  c->number = atomic_fetch_add(&shared->count, 1) + 1;
  if (!todo || !((at && c->number == at) || (from && c->number >= from))) return 0;
  if (strcmp(todo, "kill") == 0) {
    tell(c, "killed");
    int64_t first = atomic_load(&shared->first);
    RAW(SYS_kill, first, SIGKILL);
    RAW(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
  }
  if (strncmp(todo, "errno:", 6) == 0) {
    int code = atoi(todo + 6);
    tell(c, "failed");
    errno = code;
    return 1;
  }
  if (strcmp(todo, "short") == 0) c->shorten = 1;
  if (strncmp(todo, "run:", 4) == 0) {
    pid_t pid;
    char *args[] = {"sh", "-c", (char *)todo + 4, NULL};
    char call_path[PATH_MAX + 16];
    snprintf(call_path, sizeof call_path, "CALL_PATH=%s", c->path);
    char *plain[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", call_path, NULL};
    posix_spawn_file_actions_t none;
    posix_spawn_file_actions_init(&none);
    tell(c, "swapped");
    if (posix_spawn(&pid, "/bin/sh", &none, NULL, args, plain) == 0) waitpid(pid, NULL, 0);
  }
  return 0;
}

static void after(struct call *c, int64_t result) {
  int kept = errno;
  tell(c, result < 0 ? "error" : "ok");
  errno = kept;
}

#define START(OP, CHANGES, FILL, BAD) \
  struct call *c = &one_call; \
  int counted = 0; \
  if (shared && !inside && counts(OP, CHANGES)) { \
    int kept = errno; inside = 1; c->op = OP; c->to[0] = 0; c->size = c->offset = -1; c->inode = 0; c->fd = -1; c->shorten = 0; \
    FILL; \
    if (lies(c->path) || (c->to[0] && lies(c->to))) { \
      errno = kept; counted = 1; \
      if (before(c)) { inside = 0; return BAD; } \
    } \
    errno = kept; inside = 0; \
  }
#define END(RESULT) \
  if (counted) { inside = 1; after(c, (int64_t)(RESULT)); inside = 0; } \
  return RESULT;
#define REAL(TYPE, NAME, ...) static TYPE (*call)(__VA_ARGS__); if (!call) call = (TYPE (*)(__VA_ARGS__))real(NAME)

#define OPENING(NAME, HEAD, FOLDER, PATH, CALL, ...) \
  int NAME HEAD { \
    mode_t mode = 0; \
    if (flags & (O_CREAT | __O_TMPFILE)) { va_list list; va_start(list, flags); mode = va_arg(list, int); va_end(list); } \
    REAL(int, #NAME, __VA_ARGS__, ...); \
    START((flags & (O_CREAT | O_TRUNC)) ? "create" : "open", (flags & (O_CREAT | O_TRUNC)) != 0, of_path(FOLDER, PATH, c->path), -1) \
    int result = CALL; \
    END(result) \
  }
OPENING(open, (const char *path, int flags, ...), AT_FDCWD, path, call(path, flags, mode), const char *, int)
OPENING(open64, (const char *path, int flags, ...), AT_FDCWD, path, call(path, flags, mode), const char *, int)
OPENING(openat, (int folder, const char *path, int flags, ...), folder, path, call(folder, path, flags, mode), int, const char *, int)
OPENING(openat64, (int folder, const char *path, int flags, ...), folder, path, call(folder, path, flags, mode), int, const char *, int)

#define WRITING(NAME, HEAD, LENGTH, WHERE, CALL, ...) \
  ssize_t NAME HEAD { \
    REAL(ssize_t, #NAME, __VA_ARGS__); \
    START("write", 1, (of_fd(fd, c->path), c->fd = fd, c->size = LENGTH, c->offset = WHERE), -1) \
    if (counted && c->shorten && size > 1) size /= 2; \
    ssize_t result = CALL; \
    END(result) \
  }
WRITING(write, (int fd, const void *from, size_t size), size, -1, call(fd, from, size), int, const void *, size_t)
WRITING(pwrite, (int fd, const void *from, size_t size, off_t where), size, where, call(fd, from, size, where), int, const void *, size_t, off_t)
WRITING(pwrite64, (int fd, const void *from, size_t size, off_t where), size, where, call(fd, from, size, where), int, const void *, size_t, off_t)
WRITING(writev, (int fd, const struct iovec *from, int size), from[0].iov_len, -1, call(fd, from, size), int, const struct iovec *, int)
WRITING(pwritev, (int fd, const struct iovec *from, int size, off_t where), from[0].iov_len, where, call(fd, from, size, where), int, const struct iovec *, int, off_t)
WRITING(sendfile, (int fd, int in, off_t *where, size_t size), size, -1, call(fd, in, where, size), int, int, off_t *, size_t)
WRITING(sendfile64, (int fd, int in, off_t *where, size_t size), size, -1, call(fd, in, where, size), int, int, off_t *, size_t)
WRITING(copy_file_range, (int in, off_t *a, int fd, off_t *b, size_t size, unsigned flags), size, -1, call(in, a, fd, b, size, flags), int, off_t *, int, off_t *, size_t, unsigned)

#define READING(NAME, HEAD, CALL, ...) \
  ssize_t NAME HEAD { \
    REAL(ssize_t, #NAME, __VA_ARGS__); \
    START("read", 0, (of_fd(fd, c->path), c->fd = fd), -1) \
    ssize_t result = CALL; \
    END(result) \
  }
READING(read, (int fd, void *into, size_t size), call(fd, into, size), int, void *, size_t)
READING(pread64, (int fd, void *into, size_t size, off_t where), call(fd, into, size, where), int, void *, size_t, off_t)

#define ON_FD(NAME, OP, HEAD, CALL, MORE, ...) \
  int NAME HEAD { \
    REAL(int, #NAME, __VA_ARGS__); \
    START(OP, 1, (of_fd(fd, c->path), c->fd = fd, MORE), -1) \
    int result = CALL; \
    END(result) \
  }
ON_FD(ftruncate, "truncate", (int fd, off_t size), call(fd, size), c->size = size, int, off_t)
ON_FD(ftruncate64, "truncate", (int fd, off_t size), call(fd, size), c->size = size, int, off_t)
ON_FD(fsync, "sync", (int fd), call(fd), (void)0, int)
ON_FD(fdatasync, "sync", (int fd), call(fd), (void)0, int)
ON_FD(fchmod, "chmod", (int fd, mode_t mode), call(fd, mode), c->size = mode, int, mode_t)
ON_FD(fchown, "chown", (int fd, uid_t uid, gid_t gid), call(fd, uid, gid), c->size = uid, int, uid_t, gid_t)
ON_FD(futimens, "times", (int fd, const struct timespec times[2]), call(fd, times), (void)0, int, const struct timespec *)
ON_FD(fallocate, "fallocate", (int fd, int mode, off_t where, off_t size), call(fd, mode, where, size), (c->offset = mode, c->size = size), int, int, off_t, off_t)
ON_FD(fallocate64, "fallocate", (int fd, int mode, off_t where, off_t size), call(fd, mode, where, size), (c->offset = mode, c->size = size), int, int, off_t, off_t)
ON_FD(posix_fallocate64, "fallocate", (int fd, off_t where, off_t size), call(fd, where, size), c->size = size, int, off_t, off_t)

#define ON_PATH(NAME, OP, HEAD, CALL, ...) \
  int NAME HEAD { \
    REAL(int, #NAME, __VA_ARGS__); \
    START(OP, 1, of_path(AT_FDCWD, path, c->path), -1) \
    int result = CALL; \
    END(result) \
  }
ON_PATH(unlink, "unlink", (const char *path), call(path), const char *)
ON_PATH(rmdir, "rmdir", (const char *path), call(path), const char *)
ON_PATH(mkdir, "mkdir", (const char *path, mode_t mode), call(path, mode), const char *, mode_t)
ON_PATH(truncate, "truncate", (const char *path, off_t size), call(path, size), const char *, off_t)
ON_PATH(chmod, "chmod", (const char *path, mode_t mode), call(path, mode), const char *, mode_t)
ON_PATH(chown, "chown", (const char *path, uid_t uid, gid_t gid), call(path, uid, gid), const char *, uid_t, gid_t)
int unlinkat(int folder, const char *path, int flags) {
  REAL(int, "unlinkat", int, const char *, int);
  START("unlink", 1, of_path(folder, path, c->path), -1)
  int result = call(folder, path, flags);
  END(result)
}
int utimensat(int folder, const char *path, const struct timespec times[2], int flags) {
  REAL(int, "utimensat", int, const char *, const struct timespec *, int);
  START("times", 1, of_path(folder, path ? path : "", c->path), -1)
  int result = call(folder, path, times, flags);
  END(result)
}
#define TWO(NAME, OP) \
  int NAME(const char *path, const char *to) { \
    REAL(int, #NAME, const char *, const char *); \
    START(OP, 1, (of_path(AT_FDCWD, path, c->path), of_path(AT_FDCWD, to, c->to)), -1) \
    int result = call(path, to); \
    END(result) \
  }
TWO(link, "link")
TWO(rename, "rename")
TWO(symlink, "symlink")

long syscall(long number, ...) {
  long a[6];
  va_list list;
  va_start(list, number);
  for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
  va_end(list);
  if (!real_syscall) real_syscall = real("syscall");
  if (number != SYS_statx) return real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  const char *path = (const char *)a[1];
  START("stat", 0, (path && path[0] ? of_path((int)a[0], path, c->path) : (of_fd((int)a[0], c->path), (void)(c->fd = (int)a[0]))), -1)
  long result = real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  END(result)
}
