/*
 * A bad disk and a bad clock for a real program: cc -shared -fPIC -O2 -o faults.so faults.c -ldl; LD_PRELOAD=faults.so program
 *
 * FAULTS_FOLDER   what lies below it is watched (but for *-shm and *.lock, which mean nothing after a restart)
 * FAULTS_JOURNAL  every change of these files, every fsync and every change of their names is appended here, in order, before the program goes on
 * FAULTS_CONTROL  four 64-bit numbers, which may be changed at any time: errno of what writes (0: none), errno of fsync, seconds the clock is wrong, free
 *
 * A record of the journal: operation (1 byte), file (8), offset or length (8), bytes that follow (4), the bytes. A file is its number in the order of making.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { MAKE = 1, WRITE, LENGTH, SYNC, SYNC_FOLDER, RENAME, UNLINK, MAKE_FOLDER };
enum { MOST = 65536 };

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static char folder[PATH_MAX];
static size_t folder_length;
static int journal = -1;
static volatile int64_t *control;

/* By descriptor: 0 not watched, > 0 a file, -1 a folder. */
static int64_t watched[MOST];
static char *folder_of[MOST];

/* Files that have been opened, by inode; a name made anew is another file. */
static struct { dev_t device; ino_t inode; } files[1 << 20];
static int64_t last_file;

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("FAULTS_FOLDER");
    if (!text) return;
    snprintf(folder, sizeof folder, "%s", text);
    folder_length = strlen(folder);
    if ((text = getenv("FAULTS_JOURNAL"))) journal = syscall(SYS_openat, AT_FDCWD, text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if ((text = getenv("FAULTS_CONTROL")))
    {
        int handle = syscall(SYS_openat, AT_FDCWD, text, O_RDONLY | O_CLOEXEC, 0);
        void *map = handle < 0 ? MAP_FAILED : mmap(NULL, 32, PROT_READ, MAP_SHARED, handle, 0);
        if (map != MAP_FAILED) control = map;
        if (handle >= 0) syscall(SYS_close, handle);
    }
}

#define NEXT(type, name, ...) static type (*next)(__VA_ARGS__); if (!next) next = dlsym(RTLD_NEXT, name)

static int ends_with(const char *text, const char *end)
{
    size_t a = strlen(text), b = strlen(end);
    return a >= b && !strcmp(text + a - b, end);
}

static const char *watched_name(const char *path)
{
    if (!folder_length || !path) return NULL;
    if (path[0] != '/')
    {
        /* Two names may be asked for at once. */
        static __thread char whole[2][2 * PATH_MAX];
        static __thread unsigned turn;
        char here[PATH_MAX], *to = whole[turn++ % 2];
        if (!getcwd(here, sizeof here)) return NULL;
        snprintf(to, sizeof whole[0], "%s/%s", here, path);
        path = to;
    }
    if (strncmp(path, folder, folder_length) || (path[folder_length] != '/' && path[folder_length])) return NULL;
    if (ends_with(path, "-shm") || ends_with(path, ".lock")) return NULL;
    return path[folder_length] ? path + folder_length + 1 : path + folder_length;
}

static void note(uint8_t operation, int64_t file, int64_t offset, const void *bytes, uint32_t length)
{
    if (journal < 0) return;
    char header[21];
    header[0] = operation;
    memcpy(header + 1, &file, 8);
    memcpy(header + 9, &offset, 8);
    memcpy(header + 17, &length, 4);
    struct iovec parts[2] = { { header, sizeof header }, { (void *)bytes, length } };
    if (syscall(SYS_writev, journal, parts, 2) != (long)(sizeof header + length)) { syscall(SYS_exit_group, 99); }
}

static int refused(int which)
{
    int fault = control ? (int)control[which] : 0;
    if (fault) errno = fault;
    return fault;
}

static int64_t file_of(int handle, int is_new)
{
    struct stat at;
    if (fstat(handle, &at)) return 0;
    if (!is_new)
        for (int64_t i = last_file; i > 0; i--)
            if (files[i].device == at.st_dev && files[i].inode == at.st_ino) return i;
    files[++last_file].device = at.st_dev;
    files[last_file].inode = at.st_ino;
    return last_file;
}

static int open_watched(int (*next)(const char *, int, ...), const char *path, int flags, mode_t mode)
{
    const char *name = watched_name(path);
    if (!name) return next(path, flags, mode);
    pthread_mutex_lock(&lock);
    struct stat before;
    int was_there = !stat(path, &before);
    int handle;
    if (((!was_there && flags & O_CREAT) || flags & O_TRUNC) && refused(0)) handle = -1;
    else handle = next(path, flags, mode);
    if (handle >= 0 && handle < MOST)
    {
        struct stat at;
        fstat(handle, &at);
        if (S_ISDIR(at.st_mode))
        {
            watched[handle] = -1;
            free(folder_of[handle]);
            folder_of[handle] = strdup(name);
        }
        else if (S_ISREG(at.st_mode) && (flags & O_ACCMODE) != O_RDONLY)
        {
            int64_t file = watched[handle] = file_of(handle, !was_there);
            if (!was_there) note(MAKE, file, 0, name, strlen(name));
            else if (flags & O_TRUNC) note(LENGTH, file, 0, NULL, 0);
        }
        else if (S_ISREG(at.st_mode)) watched[handle] = file_of(handle, 0);
    }
    pthread_mutex_unlock(&lock);
    return handle;
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) \
    { \
        NEXT(int, #name, const char *, int, ...); \
        mode_t mode = 0; \
        if (flags & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); } \
        return open_watched(next, path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

int close(int handle)
{
    if (handle >= 0 && handle < MOST) watched[handle] = 0;
    return syscall(SYS_close, handle);
}

static int is_watched(int handle) { return handle >= 0 && handle < MOST && watched[handle] != 0; }

static ssize_t write_at(int handle, const void *bytes, size_t length, off_t offset)
{
    pthread_mutex_lock(&lock);
    ssize_t written = refused(0) ? -1 : syscall(SYS_pwrite64, handle, bytes, length, offset);
    if (written > 0) note(WRITE, watched[handle], offset, bytes, written);
    pthread_mutex_unlock(&lock);
    return written;
}

ssize_t pwrite(int handle, const void *bytes, size_t length, off_t offset) { return is_watched(handle) ? write_at(handle, bytes, length, offset) : syscall(SYS_pwrite64, handle, bytes, length, offset); }
ssize_t pwrite64(int handle, const void *bytes, size_t length, off_t offset) { return pwrite(handle, bytes, length, offset); }

ssize_t write(int handle, const void *bytes, size_t length)
{
    if (!is_watched(handle)) return syscall(SYS_write, handle, bytes, length);
    pthread_mutex_lock(&lock);
    off_t at = lseek(handle, 0, fcntl(handle, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
    ssize_t written = refused(0) ? -1 : syscall(SYS_write, handle, bytes, length);
    if (written > 0) note(WRITE, watched[handle], at, bytes, written);
    pthread_mutex_unlock(&lock);
    return written;
}

ssize_t pwritev(int handle, const struct iovec *parts, int count, off_t offset)
{
    NEXT(ssize_t, "pwritev", int, const struct iovec *, int, off_t);
    if (!is_watched(handle)) return next(handle, parts, count, offset);
    ssize_t all = 0;
    for (int i = 0; i < count; i++)
    {
        ssize_t written = write_at(handle, parts[i].iov_base, parts[i].iov_len, offset + all);
        if (written < 0) return all ? all : written;
        all += written;
        if (written < (ssize_t)parts[i].iov_len) break;
    }
    return all;
}
ssize_t pwritev64(int handle, const struct iovec *parts, int count, off_t offset) { return pwritev(handle, parts, count, offset); }

int ftruncate(int handle, off_t length)
{
    if (!is_watched(handle)) return syscall(SYS_ftruncate, handle, length);
    pthread_mutex_lock(&lock);
    struct stat at;
    int grows = !fstat(handle, &at) && length > at.st_size;
    int result = (grows || (control && control[0] == EROFS)) && refused(0) ? -1 : syscall(SYS_ftruncate, handle, length);
    if (!result) note(LENGTH, watched[handle], length, NULL, 0);
    pthread_mutex_unlock(&lock);
    return result;
}
int ftruncate64(int handle, off_t length) { return ftruncate(handle, length); }

static int sync_watched(int handle, int call)
{
    if (!is_watched(handle)) return syscall(call, handle);
    pthread_mutex_lock(&lock);
    /* The disk of the tests is the journal: there is nothing to wait for. */
    int result = refused(1) ? -1 : journal < 0 ? syscall(call, handle) : 0;
    if (!result && watched[handle] > 0) note(SYNC, watched[handle], 0, NULL, 0);
    else if (!result) note(SYNC_FOLDER, 0, 0, folder_of[handle], strlen(folder_of[handle]));
    pthread_mutex_unlock(&lock);
    return result;
}
int fsync(int handle) { return sync_watched(handle, SYS_fsync); }
int fdatasync(int handle) { return sync_watched(handle, SYS_fdatasync); }

int posix_fallocate(int handle, off_t offset, off_t length)
{
    NEXT(int, "posix_fallocate", int, off_t, off_t);
    if (!is_watched(handle)) return next(handle, offset, length);
    return EOPNOTSUPP;
}
int posix_fallocate64(int handle, off_t offset, off_t length) { return posix_fallocate(handle, offset, length); }
int fallocate(int handle, int mode, off_t offset, off_t length)
{
    if (!is_watched(handle)) return syscall(SYS_fallocate, handle, mode, offset, length);
    errno = EOPNOTSUPP;
    return -1;
}
int fallocate64(int handle, int mode, off_t offset, off_t length) { return fallocate(handle, mode, offset, length); }

int rename(const char *from, const char *to)
{
    const char *old = watched_name(from), *new = watched_name(to);
    pthread_mutex_lock(&lock);
    int result = old && refused(0) ? -1 : syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (!result && old && new)
    {
        char both[2 * PATH_MAX];
        int length = snprintf(both, sizeof both, "%s\n%s", old, new);
        note(RENAME, 0, 0, both, length);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int unlink(const char *path)
{
    const char *name = watched_name(path);
    pthread_mutex_lock(&lock);
    int result = name && control && control[0] == EROFS && refused(0) ? -1 : syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (!result && name) note(UNLINK, 0, 0, name, strlen(name));
    pthread_mutex_unlock(&lock);
    return result;
}

int mkdir(const char *path, mode_t mode)
{
    const char *name = watched_name(path);
    pthread_mutex_lock(&lock);
    int result = name && refused(0) ? -1 : syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    if (!result && name && *name) note(MAKE_FOLDER, 0, 0, name, strlen(name));
    pthread_mutex_unlock(&lock);
    return result;
}

int clock_gettime(clockid_t clock, struct timespec *at)
{
    NEXT(int, "clock_gettime", clockid_t, struct timespec *);
    int result = next(clock, at);
    if (!result && control && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) at->tv_sec += control[2];
    return result;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone)
{
    NEXT(int, "gettimeofday", struct timeval *, void *);
    int result = next(at, zone);
    if (!result && control) at->tv_sec += control[2];
    return result;
}
