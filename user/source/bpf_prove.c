// SPDX-License-Identifier: BSD-2-Clause
/*
 * BTF does not say of which kernel it is, and with that of another the programs read whatever lies
 * there. So before anything is believed, what they tell of two children is compared with what is
 * known of these:
 *
 *	CHILD_EXEC	starts this program, which refuses its arguments and ends
 *	CHILD_OTHER	takes a name and, where it may, other users and groups, tries to start what
 *			is not there, reads and writes so many bytes, and ends with exit(2)
 *
 * checks[] has what must hold of their events. Which event is a child's is not believed either: it
 * is that one of its kind of which most holds.
 */
#include "bpf_prove.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "../namespace.h"
#include "../util.h"
#include "source.h"

enum child_id {
	CHILD_EXEC,
	CHILD_OTHER,
	CHILD_CNT,
};

enum {
	ROUNDS = 3, /* on a busy machine an event may be lost */
	READS_MAX = 64,
	CHILD_SEC = 20, /* then it is ended */
	OTHER_STATUS = 64, /* and SET_GID and SET_UID, if it could */
	SET_GID = 1,
	SET_UID = 2,
	OTHER_READ = 23456, /* bytes */
	OTHER_WROTE = 12345,
	UID_SET = 61001, /* and the next: the effective one */
	GID_SET = 61003,
};

#define XFS_MAGIC 0x58465342 /* fs/xfs/libxfs/xfs_format.h */
#define CPU_SLACK_NS (50 * NSEC_PER_MSEC) /* some ticks */
#define IO_MAX (1ull << 30) /* more than any of them moves from or to storage */
#define EXEC_FILE "/proc/self/exe"
#define EXEC_COMM "exe"
#define OTHER_COMM "execsnoop-proof"
#define OTHER_FILE "/nonexistent/execsnoop-c"

static char *const exec_argv[] = { "execsnoop-c", "--no-such-option", "", "of --btf", NULL };
static char *const exec_envp[] = { "EXECSNOOP_C=proof", NULL };
static const struct span exec_args = SPAN("execsnoop-c\0--no-such-option\0\0of --btf\0");
static const struct span exec_env = SPAN("EXECSNOOP_C=proof\0");

/* A child, and what is known of it. */
struct child {
	pid_t pid; /* in the pid namespace of this process */
	int status; /* wait(2) */
	struct rusage usage;
	uint64_t cgroup; /* as its fork tells it */
};

/* What came of the best event of a kind. */
struct best {
	unsigned int held;
	const char *wrong; /* the first thing that does not hold; NULL: all does */
};

struct prove {
	/* Of this process, and inherited. */
	bool first_ns; /* of pids: its numbers are the kernel's */
	char comm[17];
	uint32_t loginuid;
	uint32_t sessionid;
	uint32_t tty; /* as in /proc/PID/stat: proc(5) */
	bool io; /* bytes read and written are counted */
	char exe[4096]; /* what EXEC_FILE is; "": not known */
	bool exe_deleted;
	struct stat st; /* of it */
	bool st_is_kernels; /* the file system tells the kernel's own numbers */

	const struct child *now; /* whose event it may be */
	enum child_id id; /* now's */
	struct child children[CHILD_CNT];
	unsigned int kinds[CHILD_CNT]; /* of events that each makes */
	struct best best[CHILD_CNT][EVENT_KIND_CNT];
};

/* ---- what must hold of an event ---- */

typedef bool holds_fn(struct prove *p, const struct event *ev);

static bool span_is(struct span a, struct span b)
{
	return a.len == b.len && (!a.len || !memcmp(a.ptr, b.ptr, a.len));
}

static bool span_is_text(struct span a, const char *text)
{
	return span_is(a, (struct span){ text, strlen(text) });
}

static bool holds_pid(struct prove *p, const struct event *ev)
{
	return ev->nspid == (uint32_t)p->now->pid && !event_has(ev, HAS_THREAD) &&
	       (!p->first_ns || ev->pid == ev->nspid);
}

static bool holds_parent(struct prove *p, const struct event *ev)
{
	return (!p->first_ns || ev->ppid == (uint32_t)getpid()) &&
	       span_is_text(ev->parent_comm, p->comm);
}

static bool holds_start(struct prove *p, const struct event *ev)
{
	const uint64_t max = ev->kind == EVENT_FORK ? NSEC_PER_SEC : CHILD_SEC * NSEC_PER_SEC;

	(void)p;
	return ev->start_ns <= ev->time_ns && ev->time_ns - ev->start_ns < max &&
	       ev->parent_start_ns < ev->start_ns;
}

static bool holds_user(struct prove *p, const struct event *ev)
{
	const int set = p->id == CHILD_OTHER && ev->kind == EVENT_EXIT ?
				WEXITSTATUS(p->now->status) - OTHER_STATUS :
				0;

	return ev->uid == (set & SET_UID ? UID_SET : getuid()) &&
	       ev->euid == (set & SET_UID ? UID_SET + 1 : geteuid());
}

static bool holds_group(struct prove *p, const struct event *ev)
{
	const int set = p->id == CHILD_OTHER && ev->kind == EVENT_EXIT ?
				WEXITSTATUS(p->now->status) - OTHER_STATUS :
				0;

	return ev->gid == (set & SET_GID ? GID_SET : getgid()) &&
	       ev->egid == (set & SET_GID ? GID_SET + 1 : getegid());
}

static bool holds_session(struct prove *p, const struct event *ev)
{
	const uint32_t unset = UINT32_MAX;

	return (event_has(ev, HAS_LOGINUID) ? ev->loginuid : unset) == p->loginuid &&
	       (event_has(ev, HAS_SESSIONID) ? ev->sessionid : unset) == p->sessionid;
}

static bool holds_tty(struct prove *p, const struct event *ev)
{
	const uint32_t major = p->tty >> 8 & 0xfff,
		       minor = (p->tty & 0xff) | (p->tty >> 12 & 0xfff00);

	if (!p->tty)
		return !event_has(ev, HAS_TTY);
	return event_has(ev, HAS_TTY) && ev->tty_major == major && ev->tty_minor == minor;
}

static bool holds_comm(struct prove *p, const struct event *ev)
{
	if (ev->kind == EVENT_FORK)
		return span_is_text(ev->comm, p->comm);
	return span_is_text(ev->comm, p->id == CHILD_EXEC ? EXEC_COMM : OTHER_COMM);
}

/* That of an exec a helper tells, of a fork the memory of the kernel. */
static bool holds_cgroup(struct prove *p, const struct event *ev)
{
	if (ev->kind == EVENT_FORK && holds_pid(p, ev))
		p->children[p->id].cgroup = ev->cgroup;
	return ev->kind == EVENT_FORK || ev->cgroup == p->now->cgroup;
}

static bool holds_file(struct prove *p, const struct event *ev)
{
	return span_is_text(ev->filename, p->id == CHILD_EXEC ? EXEC_FILE : OTHER_FILE);
}

static bool holds_argv(struct prove *p, const struct event *ev)
{
	(void)p;
	return event_has(ev, HAS_ARGV) && ev->argc == ARRAY_LEN(exec_argv) - 1 &&
	       ev->argv_len == ev->argv.len && span_is(ev->argv, exec_args);
}

static bool holds_env(struct prove *p, const struct event *ev)
{
	(void)p;
	return event_has(ev, HAS_ENV) && ev->env_len == ev->env.len && span_is(ev->env, exec_env);
}

/* Above the root of this process there may be more of it. */
static bool holds_exe(struct prove *p, const struct event *ev)
{
	const size_t len = strlen(p->exe);

	return !len || (event_has(ev, HAS_EXECUTABLE) && ev->executable.len >= len &&
			event_has(ev, HAS_EXE_DELETED) == p->exe_deleted &&
			!memcmp(ev->executable.ptr + ev->executable.len - len, p->exe, len));
}

static bool holds_inode(struct prove *p, const struct event *ev)
{
	return !p->st_is_kernels ||
	       (ev->exe_ino == p->st.st_ino && ev->exe_dev_major == major(p->st.st_dev) &&
		ev->exe_dev_minor == minor(p->st.st_dev));
}

/* It is no script; and root gets no other rights from a program without set-user-id. */
static bool holds_rights(struct prove *p, const struct event *ev)
{
	const bool known = !getuid() && !geteuid() && !(p->st.st_mode & (S_ISUID | S_ISGID));

	return !event_has(ev, HAS_INTERP) && !(known && event_has(ev, HAS_SECURE));
}

static bool holds_errno(struct prove *p, const struct event *ev)
{
	(void)p;
	return ev->exec_errno == ENOENT;
}

static bool holds_status(struct prove *p, const struct event *ev)
{
	return WIFEXITED(p->now->status) && event_has(ev, HAS_EXIT_CODE) &&
	       ev->exit_code == (uint32_t)WEXITSTATUS(p->now->status);
}

static bool is_near(uint64_t a, uint64_t b, uint64_t slack)
{
	return a > b ? a - b <= slack : b - a <= slack;
}

static uint64_t time_of(struct timeval t)
{
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_usec * 1000;
}

static bool holds_usage(struct prove *p, const struct event *ev)
{
	const struct rusage *u = &p->now->usage;
	const uint64_t rss = (uint64_t)u->ru_maxrss * 1024;

	return event_has(ev, HAS_USAGE) && is_near(ev->rss_max, rss, rss / 2) &&
	       is_near(ev->utime_ns + ev->stime_ns, time_of(u->ru_utime) + time_of(u->ru_stime),
		       CPU_SLACK_NS);
}

static bool holds_io(struct prove *p, const struct event *ev)
{
	if (!p->io)
		return true;
	return event_has(ev, HAS_IO) && ev->read_bytes < IO_MAX && ev->write_bytes < IO_MAX &&
	       (p->id != CHILD_OTHER ||
		(ev->read_chars == OTHER_READ && ev->write_chars == OTHER_WROTE));
}

static const struct check {
	unsigned int kinds;
	const char *what; /* "the ... of a process" */
	holds_fn *holds;
} checks[] = {
	{ ~0u, "pid", holds_pid },
	{ ~0u, "parent", holds_parent },
	{ ~0u, "start", holds_start },
	{ ~0u, "user", holds_user },
	{ ~0u, "group", holds_group },
	{ ~0u, "session", holds_session },
	{ ~0u, "terminal", holds_tty },
	{ ~0u, "name", holds_comm },
	{ BIT(EVENT_FORK) | BIT(EVENT_EXEC), "cgroup", holds_cgroup },
	{ BIT(EVENT_EXEC) | BIT(EVENT_EXEC_FAILED), "file name", holds_file },
	{ BIT(EVENT_EXEC) | BIT(EVENT_EXEC_FAILED), "argv", holds_argv },
	{ BIT(EVENT_EXEC), "environment", holds_env },
	{ BIT(EVENT_EXEC), "binary", holds_exe },
	{ BIT(EVENT_EXEC), "inode", holds_inode },
	{ BIT(EVENT_EXEC), "rights", holds_rights },
	{ BIT(EVENT_EXEC_FAILED), "error", holds_errno },
	{ BIT(EVENT_EXIT), "exit status", holds_status },
	{ BIT(EVENT_EXIT), "usage", holds_usage },
	{ BIT(EVENT_EXIT), "bytes read and written", holds_io },
};

static void prove_event(void *ctx, struct event *ev)
{
	struct prove *p = ctx;

	for (p->id = 0; p->id < CHILD_CNT; p->id++) {
		struct best *best = &p->best[p->id][ev->kind], it = { 0 };

		p->now = &p->children[p->id];
		if (!(p->kinds[p->id] & BIT(ev->kind)))
			continue;
		for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
			if (!(checks[i].kinds & BIT(ev->kind)))
				continue;
			if (checks[i].holds(p, ev))
				it.held++;
			else if (!it.wrong)
				it.wrong = checks[i].what;
		}
		if (it.held > best->held)
			*best = it;
	}
}

/* ---- the children ---- */

static _Noreturn void child_exec(void)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	execve(EXEC_FILE, exec_argv, exec_envp);
	_exit(OTHER_STATUS);
}

static _Noreturn void child_other(void)
{
	static char bytes[OTHER_READ];
	char *args[ARRAY_LEN(exec_argv)] = { NULL }, texts[128], *at = texts;
	const int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int status = OTHER_STATUS;

	/* In memory that is there for certain: nobody reads the arguments of an exec that fails early. */
	memcpy(texts, exec_args.ptr, exec_args.len);
	for (size_t i = 0; i < ARRAY_LEN(exec_argv) - 1; i++, at += strlen(at) + 1)
		args[i] = at;
	prctl(PR_SET_NAME, OTHER_COMM);
	execve(OTHER_FILE, args, exec_envp);
	if (read(zero, bytes, OTHER_READ) != OTHER_READ ||
	    write(null, bytes, OTHER_WROTE) != OTHER_WROTE)
		status = 0;
	if (setresgid(GID_SET, GID_SET + 1, GID_SET + 1) == 0)
		status |= SET_GID;
	if (setresuid(UID_SET, UID_SET + 1, UID_SET + 1) == 0)
		status |= SET_UID;
	/* Of this thread alone: the kernel keeps the status elsewhere than that of exit_group(2). */
	syscall(SYS_exit, status);
	_exit(status);
}

/* 0 or -errno. */
static int child_run(struct child *c, void (*fn)(void))
{
	*c = (struct child){ .pid = fork() };
	if (c->pid < 0)
		return -errno;
	if (c->pid == 0) {
		alarm(CHILD_SEC);
		fn();
	}
	while (wait4(c->pid, &c->status, 0, &c->usage) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* ---- what is known of this process ---- */

/* A small file of /proc; "" if it cannot be read. */
static void text_in(const char *path, char *text, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	const ssize_t len = fd < 0 ? 0 : read(fd, text, size - 1);

	text[len > 0 ? len : 0] = '\0';
}

static uint32_t number_in(const char *path)
{
	char text[32];

	text_in(path, text, sizeof(text));
	return *text ? (uint32_t)strtoul(text, NULL, 10) : UINT32_MAX;
}

/* The seventh field: proc(5). The name before may have blanks in it. */
static uint32_t tty_of_stat(void)
{
	char text[1024];
	const char *at;

	text_in("/proc/self/stat", text, sizeof(text));
	at = strrchr(text, ')');
	for (int i = 0; i < 5 && at; i++)
		at = strchr(at + 1, ' ');
	return at ? (uint32_t)strtol(at, NULL, 10) : 0;
}

/* Overlays and btrfs, for example, have numbers for stat(2) alone. */
static bool st_is_kernels(struct stat *st)
{
	struct statfs fs;

	return stat(EXEC_FILE, st) == 0 && statfs(EXEC_FILE, &fs) == 0 &&
	       (fs.f_type == EXT4_SUPER_MAGIC || fs.f_type == XFS_MAGIC ||
		fs.f_type == TMPFS_MAGIC);
}

/* Is it deleted? */
static bool exe_find(char *exe, size_t size)
{
	static const char deleted[] = " (deleted)";
	ssize_t len = readlink(EXEC_FILE, exe, size - 1);
	bool gone;
	char *end;

	exe[len > 0 ? len : 0] = '\0';
	end = strlen(exe) > strlen(deleted) ? exe + strlen(exe) - strlen(deleted) : exe;
	gone = !strcmp(end, deleted);
	if (gone)
		*end = '\0';
	if (exe[0] != '/' || !strncmp(exe, "/memfd:", 7))
		*exe = '\0';
	return gone;
}

static void prove_known(struct prove *p)
{
	p->first_ns = namespace_first_pid();
	prctl(PR_GET_NAME, p->comm);
	p->loginuid = number_in("/proc/self/loginuid");
	p->sessionid = number_in("/proc/self/sessionid");
	p->tty = tty_of_stat();
	p->io = access("/proc/self/io", F_OK) == 0;
	p->exe_deleted = exe_find(p->exe, sizeof(p->exe));
	p->st_is_kernels = st_is_kernels(&p->st);
}

/* ---- together ---- */

/* Let them act, and look. 0 or -errno. */
static int prove_round(struct prove *p, struct source *s)
{
	int r = child_run(&p->children[CHILD_EXEC], child_exec);

	if (r == 0)
		r = child_run(&p->children[CHILD_OTHER], child_other);
	if (r < 0)
		return r;
	memset(p->best, 0, sizeof(p->best));
	for (int i = 0; i < READS_MAX && s->ops->read(s, prove_event, p) > 0; i++)
		;
	return 0;
}

/* Is all told right? Else says what is not. */
static bool prove_holds(const struct prove *p, char *wrong, size_t len)
{
	for (int id = 0; id < CHILD_CNT; id++)
		for (enum event_kind k = 0; k < EVENT_KIND_CNT; k++) {
			const struct best *best = &p->best[id][k];

			if (!(p->kinds[id] & BIT(k)) || (best->held && !best->wrong))
				continue;
			snprintf(wrong, len, "told wrong of the %s of a process of ours: %s",
				 event_kind_names[k], best->held ? best->wrong : "all");
			return false;
		}
	return true;
}

int bpf_prove(struct source *s, unsigned int kinds, char *wrong, size_t len)
{
	struct prove p = {
		.kinds = {
			[CHILD_EXEC] = kinds & (BIT(EVENT_FORK) | BIT(EVENT_EXEC) | BIT(EVENT_EXIT)),
			[CHILD_OTHER] = kinds & ~BIT(EVENT_EXEC),
		},
	};
	const struct sigaction wanted = { .sa_handler =
						  SIG_DFL }; /* else they are not waited for */
	struct sigaction before;
	int r = -EBADMSG;

	prove_known(&p);
	sigaction(SIGCHLD, &wanted, &before);
	for (int i = 0; i < ROUNDS && r == -EBADMSG; i++) {
		r = prove_round(&p, s);
		if (r == 0 && !prove_holds(&p, wrong, len))
			r = -EBADMSG;
	}
	sigaction(SIGCHLD, &before, NULL);
	return r;
}
