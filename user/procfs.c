// SPDX-License-Identifier: BSD-2-Clause
/*
 * Which files, and why these: the reader competes with the program that it reads about, so each
 * open counts. stat tells parent, terminal, start time, name and where argv lies; argv and, behind
 * the environment, the file name that was asked for are read out of the process with one
 * process_vm_readv(2); the owner of /proc/PID itself is the effective user (task_dump_owner() in
 * fs/proc/base.c); exe is the binary, with a mark if it has no name any more. Without the right to trace the process cmdline has argv
 * alone.
 *
 * All of these go by the pid, which is cheaper than by a descriptor of /proc/PID: afterwards it is
 * made sure that the pid was still that process's, see procfs_is_same().
 */
#include "procfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>

#include "clock.h"

enum {
	STAT_LEN = 1024, /* 52 numbers of at most 20 digits, in practice 300 bytes */
	STAT_FIELDS = 49, /* of those behind the name, 3 to 51 */
	LINK_LEN = 4096,
	READ_LEN = 64 * 1024,
	TTY_MINOR_BITS = 20,
	ENV_MAX = 8192,
	PATH_LEN = 48,
	PID_MAX_DEFAULT = 32768,
	PID_LOW =
		600, /* pids that are not given out again after a wrap: RESERVED_PIDS in kernel/pid.c, twice */
	PID_MIN_NS = 100, /* no kernel gives out one in less: there is one lock for all */
	THREAD_TRIES = 8, /* to read a list of threads that ends where one of them does */
	SETTLED_TICKS = 2, /* one may be that of a single moment */
};

#define NSEC_PER_TICK (NSEC_PER_SEC / 100) /* USER_HZ is 100 on all architectures of today */

struct procfs {
	int fd;
	uint64_t reuse_ns; /* no pid is used again within this time */
	dev_t memfd_dev; /* where files are that memfd_create(2) makes; 0: not known */
	bool hidden; /* mounted with hidepid: what it does not show may be there */
	char link[LINK_LEN];
};

/* What stat tells. */
struct stat_values {
	char state;
	char comm[WIRE_COMM_LEN];
	uint32_t ppid;
	uint32_t tty; /* as in struct wire_task */
	uint64_t start_ns;
	uint64_t cpu_ns;
	uint32_t cpu;
	uint64_t arg_start, arg_end, env_end; /* 0: not shown to us */
};

/* What to read of a process's memory: argv, the environment behind it, the file name behind that. */
struct ranges {
	uint64_t argv, name; /* addresses */
	size_t argv_len, env_len;
	size_t env_got; /* read so much of the environment */
};

/* Pids are given out in a circle: it takes a while until one comes again. */
static uint64_t procfs_reuse_ns(int fd)
{
	_cleanup_close_ int file = openat(fd, "sys/kernel/pid_max", O_RDONLY | O_CLOEXEC);
	char text[24] = { 0 };
	uint64_t max = PID_MAX_DEFAULT;

	if (file >= 0 && read(file, text, sizeof(text) - 1) > 0)
		max = strtoull(text, NULL, 10);
	return max > PID_LOW ? (max - PID_LOW) * PID_MIN_NS : 0;
}

static dev_t procfs_memfd_dev(void)
{
	_cleanup_close_ int fd = memfd_create("execsnoop-c", MFD_CLOEXEC);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 ? st.st_dev : 0;
}

struct procfs *procfs_open(const char *path)
{
	struct procfs *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (p->fd < 0 || faccessat(p->fd, "self", F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
		int err = errno;

		util_close(&p->fd);
		free(p);
		errno = err;
		return NULL;
	}
	p->hidden = faccessat(p->fd, "1", F_OK, 0) < 0;
	p->reuse_ns = procfs_reuse_ns(p->fd);
	p->memfd_dev = procfs_memfd_dev();
	return p;
}

int procfs_fd(const struct procfs *p)
{
	return p->fd;
}

bool procfs_is_hidden(const struct procfs *p)
{
	return p->hidden;
}

void procfs_close(struct procfs *p)
{
	if (!p)
		return;
	close(p->fd);
	free(p);
}

/* The kernel's dev_t as stat shows it: minor bits 0-7 and 20-31, major bits 8-19. */
static uint32_t procfs_tty(uint64_t nr)
{
	uint32_t major = nr >> 8 & 0xfff, minor = (nr & 0xff) | (nr >> 12 & 0xfff00);

	return major << TTY_MINOR_BITS | minor;
}

/* The numbers from n[4] on that follow each other in text. A sign is passed over: those have none. */
static bool procfs_numbers(const char *at, uint64_t *n, size_t cnt)
{
	for (size_t i = 4; i < cnt; i++) {
		while (*at == ' ' || *at == '-')
			at++;
		if (*at < '0' || *at > '9')
			return false;
		for (n[i] = 0; *at >= '0' && *at <= '9'; at++)
			n[i] = n[i] * 10 + (uint64_t)(*at - '0');
	}
	return true;
}

/* "PID (comm) S ppid ...": the name may hold anything, so the last ')' ends it. */
static bool procfs_parse_stat(const char *text, struct stat_values *v)
{
	const char *name = strchr(text, '('), *end = strrchr(text, ')');
	uint64_t n[STAT_FIELDS + 3];
	size_t len;

	if (!name || !end || end < name || end[1] != ' ' || !end[2] ||
	    !procfs_numbers(end + 3, n, ARRAY_LEN(n)))
		return false;
	*v = (struct stat_values){
		.state = end[2],
		.ppid = (uint32_t)n[4],
		.tty = procfs_tty(n[7]),
		.cpu_ns = (n[14] + n[15]) * NSEC_PER_TICK,
		.start_ns = n[22] * NSEC_PER_TICK,
		.cpu = (uint32_t)n[39],
		.arg_start = n[48],
		.arg_end = n[49],
		.env_end = n[51],
	};
	len = (size_t)(end - name - 1);
	memcpy(v->comm, name + 1, len < sizeof(v->comm) ? len : sizeof(v->comm));
	return true;
}

/* "PID/name", or "PID" if name is NULL. */
static void procfs_path(char path[PATH_LEN], uint32_t pid, const char *name)
{
	char digits[12], *d = digits + sizeof(digits);

	do
		*--d = (char)('0' + pid % 10);
	while (pid /= 10);
	path = mempcpy(path, d, (size_t)(digits + sizeof(digits) - d));
	if (name) {
		*path++ = '/';
		path = stpcpy(path, name);
	}
	*path = '\0';
}

static int procfs_open_file(const struct procfs *p, uint32_t pid, const char *name)
{
	char path[PATH_LEN];

	procfs_path(path, pid, name);
	return openat(p->fd, path, O_RDONLY | O_CLOEXEC);
}

/* name: of the process's stat, or that of a thread. */
static bool procfs_stat_of(const struct procfs *p, uint32_t pid, const char *name,
			   struct stat_values *v)
{
	_cleanup_close_ int fd = procfs_open_file(p, pid, name);
	char text[STAT_LEN];
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (len <= 0)
		return false;
	text[len] = '\0';
	errno = ESRCH; /* if it is just not to be understood */
	return procfs_parse_stat(text, v);
}

static bool procfs_stat(const struct procfs *p, uint32_t pid, struct stat_values *v)
{
	return procfs_stat_of(p, pid, "stat", v);
}

static struct wire_exec *procfs_rec(struct buf *out, size_t at)
{
	return (struct wire_exec *)(out->ptr + at);
}

/* Append what read(2) gives, up to len bytes. Returns how many. */
static size_t procfs_append(int fd, size_t len, struct buf *out)
{
	size_t got = 0;

	while (got < len) {
		size_t want = len - got < READ_LEN ? len - got : READ_LEN;
		char *room = buf_room(out, want);
		ssize_t n = room ? read(fd, room, want) : -1;

		if (n <= 0)
			break;
		got += (size_t)n;
		out->len += (size_t)n;
	}
	return got;
}

static uint32_t procfs_argc(const char *argv, size_t len)
{
	uint32_t argc = 0;

	for (size_t i = 0; i < len; i++)
		argc += argv[i] == '\0';
	return argc;
}

/* Of the got bytes of argv that stand at the end of out, keep what is allowed. */
static void procfs_cut(struct buf *out, size_t at, size_t got, uint32_t max_argv)
{
	struct wire_exec *rec = procfs_rec(out, at);

	if (got > max_argv) {
		out->len -= got - max_argv;
		got = max_argv;
		rec->argv_cut = WIRE_CUT_LIMIT;
	}
	rec->argv = (struct wire_span){ sizeof(*rec), (__u32)got };
	rec->argv_got = (__u32)got;
}

/*
 * Read argv, the start of the environment and, behind that, the file name into room: max_env bytes
 * longer than those. The environment lies between the two; a small one is read although nobody wants
 * it, since one range costs less than two. Returns the bytes of all three, or -1.
 */
static ssize_t procfs_ranges(uint32_t pid, const struct ranges *r, char *room)
{
	const struct iovec here = { room, r->argv_len + r->env_got + WIRE_NAME_MAX };
	const struct iovec there[2] = { { (void *)r->argv, r->argv_len + r->env_got },
					{ (void *)r->name, WIRE_NAME_MAX } };
	const struct iovec whole = { (void *)r->argv, here.iov_len };
	bool one = r->argv + whole.iov_len - WIRE_NAME_MAX == r->name;

	return process_vm_readv((pid_t)pid, &here, 1, one ? &whole : there, one ? 1 : 2, 0);
}

/* What to read. False if stat does not tell where. */
static bool procfs_plan(const struct stat_values *v, bool env, struct ranges *r)
{
	const size_t max = env ? WIRE_ENV_MAX : ENV_MAX;

	if (!v->arg_start || v->arg_end < v->arg_start || v->arg_end - v->arg_start > WIRE_ARGV_MAX)
		return false;
	r->argv = v->arg_start;
	r->argv_len = v->arg_end - v->arg_start;
	r->name = v->env_end;
	r->env_len = v->env_end > v->arg_end ? v->env_end - v->arg_end : 0;
	r->env_got = r->env_len <= max ? r->env_len : env ? max : 0;
	return true;
}

/* Append len bytes, which stand in room beyond the end of out or at it. */
static struct wire_span procfs_keep(struct buf *out, size_t at, const char *from, size_t len)
{
	struct wire_span span = { (__u32)(out->len - at), (__u32)len };

	memmove(out->ptr + out->len, from, len);
	out->len += len;
	return span;
}

/* argv, file name and environment out of the process's memory. False if it is closed to us, or gone. */
static bool procfs_memory(uint32_t pid, const struct stat_values *v, uint32_t max_argv, bool env,
			  struct buf *out, size_t at)
{
	struct ranges r;
	struct wire_exec *rec;
	size_t got, env_got, name_got, name_len;
	const char *rest;
	char *room;
	ssize_t n;

	if (!procfs_plan(v, env, &r))
		return false;
	/* All of argv, also if it is to be cut: only so its arguments can be counted. */
	room = buf_room(out, r.argv_len + r.env_got + WIRE_NAME_MAX);
	n = room ? procfs_ranges(pid, &r, room) : -1;
	if (n < 0 || (r.argv_len && n == 0))
		return false;
	got = (size_t)n < r.argv_len ? (size_t)n : r.argv_len;
	env_got = (size_t)n - got < r.env_got ? (size_t)n - got : r.env_got;
	name_got = (size_t)n - got - env_got;
	rest = room + got;
	name_len = strnlen(rest + env_got, name_got);
	out->len += got;
	rec = procfs_rec(out, at);
	rec->argc = procfs_argc(room, got);
	rec->argv_len = r.argv_len;
	rec->argv_cut = got < r.argv_len ? WIRE_CUT_FAULT : WIRE_CUT_NONE;
	procfs_cut(out, at, got, max_argv);
	if (env) {
		rec->env = procfs_keep(out, at, rest, env_got);
		rec->env_len = (__u32)r.env_len;
		rec->head.flags |= WIRE_HAS_ENV;
	}
	if (name_len < name_got) { /* it ends with its NUL, or else with the stack */
		rec->filename = procfs_keep(out, at, rest + env_got, name_len);
		rec->head.flags |= WIRE_HAS_FILENAME;
	}
	return true;
}

/* Why /proc did not open something. */
static enum wire_missing procfs_why(const struct procfs *p)
{
	switch (errno) {
	case EACCES:
	case EPERM:
		return WIRE_MISSING_DENIED;
	case ENOENT:
	case ESRCH:
		return p->hidden ? WIRE_MISSING_DENIED : WIRE_MISSING_GONE;
	default:
		return WIRE_MISSING_FAILED;
	}
}

/* argv alone, which everybody may read whom hidepid does not stop. 0, or why it is not there. */
static enum wire_missing procfs_cmdline(const struct procfs *p, uint32_t pid, uint32_t max_argv,
					struct buf *out, size_t at)
{
	_cleanup_close_ int fd = procfs_open_file(p, pid, "cmdline");
	struct wire_exec *rec;
	size_t len;

	if (fd < 0)
		return procfs_why(p);
	len = procfs_append(fd, WIRE_ARGV_MAX, out);
	if (!len) /* its memory went while we looked: not an argv of nothing */
		return WIRE_MISSING_GONE;
	rec = procfs_rec(out, at);
	rec->argc = procfs_argc(out->ptr + at + sizeof(*rec), len);
	rec->argv_len = len;
	procfs_cut(out, at, len, max_argv);
	return WIRE_MISSING_NOTHING;
}

/*
 * Where /proc/PID/exe leads, into p->link. The kernel appends " (deleted)" if the name is gone, and a
 * name may end so as well: then the file is asked whether it has any name left.
 */
static size_t procfs_exe(struct procfs *p, uint32_t pid, unsigned int *flags)
{
	static const char gone[] = " (deleted)", memfd[] = "/memfd:";
	const size_t gone_len = sizeof(gone) - 1;
	char path[PATH_LEN];
	struct stat st;
	ssize_t len;

	*flags = 0;
	procfs_path(path, pid, "exe");
	len = readlinkat(p->fd, path, p->link, sizeof(p->link));
	if (len <= 0 || (size_t)len == sizeof(p->link))
		return 0;
	if ((size_t)len <= gone_len || memcmp(p->link + len - gone_len, gone, gone_len) != 0 ||
	    fstatat(p->fd, path, &st, 0) < 0 || st.st_nlink != 0)
		return (size_t)len;
	*flags = WIRE_EXE_DELETED;
	if (st.st_dev == p->memfd_dev && !memcmp(p->link, memfd, sizeof(memfd) - 1))
		*flags = WIRE_EXE_MEMFD;
	return (size_t)len - gone_len;
}

static void procfs_put_exe(struct procfs *p, uint32_t pid, struct buf *out, size_t at)
{
	unsigned int flags;
	size_t len = procfs_exe(p, pid, &flags);

	if (!len)
		return;
	procfs_rec(out, at)->exe = (struct wire_span){ (__u32)(out->len - at), (__u32)len };
	procfs_rec(out, at)->head.flags |= WIRE_HAS_EXE | flags;
	buf_put(out, p->link, len);
}

static void procfs_ids(const struct procfs *p, uint32_t pid, const struct stat_values *v,
		       struct wire_head *head, struct wire_task *task)
{
	char path[PATH_LEN];
	struct stat st;

	task->ppid = v->ppid;
	task->start_ns = v->start_ns;
	task->tty = v->tty;
	memcpy(task->comm, v->comm, sizeof(task->comm));
	head->flags |= WIRE_HAS_PPID | WIRE_HAS_START | WIRE_HAS_COMM;
	procfs_path(path, pid, NULL);
	if (fstatat(p->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		task->euid = st.st_uid;
		task->egid = st.st_gid;
		head->flags |= WIRE_HAS_EUID | WIRE_HAS_EGID;
	}
}

/*
 * Was the pid that of the process of the look all the time since? It was if nobody can have got it
 * anew so soon; if there is no process of that pid, or the same.
 */
static bool procfs_is_same(const struct procfs *p, uint32_t pid, const struct procfs_look *look)
{
	struct stat_values v;

	return clock_now_ns(CLOCK_BOOTTIME) - look->begin_ns < p->reuse_ns ||
	       !procfs_stat(p, pid, &v) || v.start_ns == look->start_ns;
}

/* Fill in the record at that place. 0, or why there is no argv. */
static enum wire_missing procfs_fill(struct procfs *p, uint32_t pid, uint32_t max_argv, bool env,
				     struct buf *out, size_t at, struct procfs_look *look)
{
	enum wire_missing missing = WIRE_MISSING_NOTHING;
	struct stat_values v;

	if (!procfs_stat(p, pid, &v)) /* hidepid=1 shows the folder and not what is in it */
		return procfs_why(p);
	/* Made after the event: another process, which got its pid. */
	if (v.start_ns > procfs_rec(out, at)->head.time_ns + NSEC_PER_TICK)
		return WIRE_MISSING_GONE;
	look->start_ns = v.start_ns;
	look->cpu_ns = v.cpu_ns;
	look->cpu = v.cpu;
	look->state = v.state;
	procfs_ids(p, pid, &v, &procfs_rec(out, at)->head, &procfs_rec(out, at)->task);
	if (v.state == 'Z' || v.state == 'X')
		return WIRE_MISSING_ZOMBIE;
	if (!procfs_memory(pid, &v, max_argv, env, out, at))
		missing = procfs_cmdline(p, pid, max_argv, out, at);
	if (!missing)
		procfs_put_exe(p, pid, out, at);
	return missing;
}

void procfs_exec(struct procfs *p, const struct wire_head *head, uint32_t pid, uint32_t max_argv,
		 bool env, struct buf *out, struct procfs_look *look)
{
	const struct wire_exec empty = { .head = *head, .task.pid = pid };
	size_t at = out->len;
	enum wire_missing missing;

	*look = (struct procfs_look){ .begin_ns = clock_now_ns(CLOCK_BOOTTIME) };
	buf_put(out, &empty, sizeof(empty));
	if (out->failed)
		return;
	missing = procfs_fill(p, pid, max_argv, env, out, at, look);
	if (look->start_ns && !procfs_is_same(p, pid, look)) {
		out->len = at;
		buf_put(out, &empty, sizeof(empty));
		missing = WIRE_MISSING_GONE;
	}
	look->end_ns = clock_now_ns(CLOCK_BOOTTIME);
	if (out->failed)
		return;
	procfs_rec(out, at)->argv_missing = missing;
	if (missing) {
		out->len = at + sizeof(empty);
		procfs_rec(out, at)->head.flags &=
			~(WIRE_HAS_FILENAME | WIRE_HAS_EXE | WIRE_EXE_DELETED | WIRE_EXE_MEMFD |
			  WIRE_HAS_ENV);
	}
}

bool procfs_binary(struct procfs *p, struct event *ev, struct buf *out)
{
	struct procfs_look look = { .begin_ns = clock_now_ns(CLOCK_BOOTTIME) };
	unsigned int flags;
	struct stat_values v;
	char path[PATH_LEN];
	struct stat st;
	size_t len;

	if (!procfs_stat(p, ev->pid, &v) ||
	    v.start_ns / NSEC_PER_TICK != ev->start_ns / NSEC_PER_TICK)
		return false;
	look.start_ns = v.start_ns;
	len = procfs_exe(p, ev->pid, &flags);
	procfs_path(path, ev->pid, "exe");
	/* After the name: if the process ran another program since, this is not its inode. */
	if (!len || fstatat(p->fd, path, &st, 0) < 0 || st.st_ino != ev->exe_ino ||
	    major(st.st_dev) != ev->exe_dev_major || minor(st.st_dev) != ev->exe_dev_minor ||
	    !procfs_is_same(p, ev->pid, &look))
		return false;
	ev->has |= (flags & WIRE_EXE_DELETED ? HAS_EXE_DELETED : 0) |
		   (flags & WIRE_EXE_MEMFD ? HAS_EXE_MEMFD : 0);
	buf_put(out, p->link, len);
	return !out->failed;
}

static bool procfs_is_gone(void)
{
	return errno == ENOENT || errno == ESRCH;
}

bool procfs_is_settled(const struct procfs *p, uint32_t pid, const struct procfs_look *look)
{
	struct stat_values v;

	if (!procfs_stat(p, pid, &v))
		return procfs_is_gone();
	return v.start_ns != look->start_ns || strchr("SIZXT", v.state) ||
	       v.cpu_ns >= look->cpu_ns + SETTLED_TICKS * NSEC_PER_TICK;
}

/* For closedir(3); NULL and errno. */
static DIR *procfs_list(const struct procfs *p, const char *path)
{
	_cleanup_close_ int fd = openat(p->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);

	if (list)
		TAKE_FD(fd);
	return list;
}

void procfs_snapshot(struct procfs *p, uint64_t time_ns, procfs_fn *fn, void *ctx)
{
	DIR *list = procfs_list(p, ".");
	struct dirent *entry;

	while (list && (entry = readdir(list))) {
		uint32_t pid = (uint32_t)strtoul(entry->d_name, NULL, 10);
		struct wire_note rec = {
			.head = { .kind = WIRE_SNAPSHOT, .time_ns = time_ns },
			.task.pid = pid,
		};
		struct stat_values v;

		if (!pid || !procfs_stat(p, pid, &v))
			continue;
		procfs_ids(p, pid, &v, &rec.head, &rec.task);
		fn(ctx, &rec);
	}
	if (list)
		closedir(list);
}

/*
 * One list of the threads of a process. False if it is worth another try: it ends early where a thread does
 * just then. *all becomes false if something could not be read.
 */
static bool procfs_task(const struct procfs *p, uint32_t pid, procfs_thread_fn *fn, void *ctx,
			bool *all)
{
	char path[PATH_LEN];
	struct dirent *entry;
	struct stat_values v;
	struct stat st;
	size_t cnt = 0;
	DIR *list;

	procfs_path(path, pid, "task");
	list = procfs_list(p, path);
	if (!list || fstat(dirfd(list), &st) < 0) {
		*all = *all && procfs_is_gone();
		if (list)
			closedir(list);
		return true;
	}
	while ((entry = readdir(list))) {
		uint32_t tid = (uint32_t)strtoul(entry->d_name, NULL, 10);

		if (!tid)
			continue;
		cnt++;
		snprintf(path, sizeof(path), "task/%u/stat", tid);
		if (!procfs_stat_of(p, pid, path, &v))
			*all = *all && procfs_is_gone();
		else if (v.state != 'Z' && v.state != 'X')
			fn(ctx, pid, tid);
	}
	closedir(list);
	return cnt + 2 >= st.st_nlink; /* two are no threads */
}

bool procfs_threads(const struct procfs *p, procfs_thread_fn *fn, void *ctx)
{
	DIR *list = procfs_list(p, ".");
	bool all = list && !p->hidden;
	struct dirent *entry;

	while (list && (entry = readdir(list))) {
		uint32_t pid = (uint32_t)strtoul(entry->d_name, NULL, 10);
		bool whole = !pid;

		for (int i = 0; !whole && i < THREAD_TRIES; i++)
			whole = procfs_task(p, pid, fn, ctx, &all);
	}
	if (list)
		closedir(list);
	return all;
}

bool procfs_text(struct procfs *p, uint32_t pid, uint64_t start_ns, const char *name, bool link,
		 struct buf *out)
{
	struct procfs_look look = { .begin_ns = clock_now_ns(CLOCK_BOOTTIME) };
	_cleanup_close_ int fd = -1;
	size_t at = out->len;
	char path[PATH_LEN];
	struct stat_values v;
	ssize_t len;

	if (!procfs_stat(p, pid, &v) || v.start_ns / NSEC_PER_TICK != start_ns / NSEC_PER_TICK)
		return false;
	look.start_ns = v.start_ns;
	if (link) {
		procfs_path(path, pid, name);
		len = readlinkat(p->fd, path, p->link, sizeof(p->link));
		if (len > 0)
			buf_put(out, p->link, (size_t)len);
	} else {
		fd = procfs_open_file(p, pid, name);
		if (fd >= 0)
			procfs_append(fd, WIRE_ARGV_MAX, out);
	}
	if (out->len > at && procfs_is_same(p, pid, &look))
		return true;
	out->len = at;
	return false;
}
