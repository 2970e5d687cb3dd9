// SPDX-License-Identifier: BSD-2-Clause
#include "decode.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "../bpf/wire.h"
#include "buf.h"
#include "text.h"

_Static_assert((int)ARGV_CUT_LIMIT == (int)WIRE_CUT_LIMIT, "argv_cut");
_Static_assert((int)ARGV_CUT_RING == (int)WIRE_CUT_RING, "argv_cut");
_Static_assert((int)ARGV_CUT_FAULT == (int)WIRE_CUT_FAULT, "argv_cut");
_Static_assert((int)ARGV_CUT_CNT == (int)WIRE_CUT_CNT, "argv_cut");
_Static_assert((int)ARGV_GONE == (int)WIRE_MISSING_GONE, "argv_missing");
_Static_assert((int)ARGV_DENIED == (int)WIRE_MISSING_DENIED, "argv_missing");
_Static_assert((int)ARGV_ZOMBIE == (int)WIRE_MISSING_ZOMBIE, "argv_missing");
_Static_assert((int)ARGV_FAILED == (int)WIRE_MISSING_FAILED, "argv_missing");
_Static_assert((int)ARGV_MISSING_CNT == (int)WIRE_MISSING_CNT, "argv_missing");

enum {
	DEV_MINOR_BITS = 20,
	/* Of argvs in pieces whose exec has not come: room for one a CPU on a large machine. */
	PIECES_MAX = 64 << 20,
	/* Argvs of which pieces may still come that nobody wants: those of each CPU at once. */
	LATE_CNT = 64,
};

/* What has come of an argv in pieces. */
struct pieces {
	struct pieces *next;
	uint32_t pid;
	uint16_t cpu;
	uint64_t time_ns;
	struct buf bytes;
};

struct decode {
	struct pieces *pieces; /* newest first */
	struct {
		uint32_t pid;
		uint64_t time_ns;
	} late[LATE_CNT]; /* whose further pieces are to be dropped; the oldest is overwritten */
	size_t late_next;
	size_t pieces_len; /* bytes in all of them */
	struct buf path; /* of the binary of the event that is emitted */
};

struct decode *decode_new(void)
{
	return calloc(1, sizeof(struct decode));
}

/* Drop one, given where it hangs. */
static void pieces_drop(struct decode *d, struct pieces **at)
{
	struct pieces *p = *at;

	*at = p->next;
	d->pieces_len -= p->bytes.len;
	buf_done(&p->bytes);
	free(p);
}

void decode_free(struct decode *d)
{
	if (!d)
		return;
	while (d->pieces)
		pieces_drop(d, &d->pieces);
	buf_done(&d->path);
	free(d);
}

/* Those of an exec, or NULL. */
static struct pieces *pieces_find(const struct decode *d, uint32_t pid, uint64_t time_ns)
{
	struct pieces *p = d->pieces;

	while (p && (p->pid != pid || p->time_ns != time_ns))
		p = p->next;
	return p;
}

/* What is still to come of an argv has no use any more. */
static void pieces_late(struct decode *d, uint32_t pid, uint64_t time_ns)
{
	d->late[d->late_next].pid = pid;
	d->late[d->late_next].time_ns = time_ns;
	d->late_next = (d->late_next + 1) % LATE_CNT;
}

static bool pieces_are_late(const struct decode *d, uint32_t pid, uint64_t time_ns)
{
	for (size_t i = 0; i < LATE_CNT; i++)
		if (d->late[i].pid == pid && d->late[i].time_ns == time_ns)
			return true;
	return false;
}

/*
 * Drop those of an exec, and of execs before it that were lost: what a process or a CPU does comes in
 * order.
 */
static void pieces_done(struct decode *d, const struct wire_exec *w)
{
	struct pieces **at = &d->pieces;

	while (*at)
		if ((*at)->time_ns <= w->head.time_ns &&
		    ((*at)->pid == w->task.pid ||
		     ((*at)->cpu == w->head.cpu && w->head.kind == WIRE_EXEC)))
			pieces_drop(d, at);
		else
			at = &(*at)->next;
}

/* Make room for len more bytes: the oldest go, their exec was lost most likely. */
static void pieces_evict(struct decode *d, size_t len)
{
	while (d->pieces && d->pieces_len + len > PIECES_MAX) {
		struct pieces **at = &d->pieces;

		while ((*at)->next)
			at = &(*at)->next;
		pieces_late(d, (*at)->pid, (*at)->time_ns);
		pieces_drop(d, at);
	}
}

/* The bytes that a span of a record names. False if they do not lie behind its fixed part. */
static bool decode_span(const void *rec, size_t len, size_t fixed, struct wire_span in,
			struct span *out)
{
	if (in.off < fixed || in.off > len || in.len > len - in.off)
		return false;
	*out = (struct span){ (const char *)rec + in.off, in.len };
	return true;
}

static struct span decode_comm(const char *comm)
{
	return (struct span){ comm, strnlen(comm, WIRE_COMM_LEN) };
}

static const struct {
	unsigned int wire;
	uint64_t has;
} decode_flags[] = {
	{ WIRE_HAS_TID, HAS_TID },
	{ WIRE_HAS_PPID, HAS_PPID },
	{ WIRE_HAS_START, HAS_START },
	{ WIRE_HAS_PARENT, HAS_PARENT_START | HAS_PARENT_COMM },
	{ WIRE_HAS_UID, HAS_UID },
	{ WIRE_HAS_EUID, HAS_EUID },
	{ WIRE_HAS_GID, HAS_GID },
	{ WIRE_HAS_EGID, HAS_EGID },
	{ WIRE_HAS_CGROUP, HAS_CGROUP },
	{ WIRE_HAS_COMM, HAS_COMM },
	{ WIRE_HAS_NSPID, HAS_NSPID },
	{ WIRE_SECURE, HAS_SECURE },
	{ WIRE_EXE_DELETED, HAS_EXE_DELETED },
	{ WIRE_EXE_MEMFD, HAS_EXE_MEMFD },
	{ WIRE_EXE_PROC, HAS_EXE_PROC },
};

static void decode_task(struct event *ev, const struct wire_head *head, const struct wire_task *t)
{
	ev->time_ns = head->time_ns;
	ev->pid = t->pid;
	ev->tid = t->tid;
	ev->ppid = t->ppid;
	ev->start_ns = t->start_ns;
	ev->parent_start_ns = t->parent_start_ns;
	ev->uid = t->uid;
	ev->euid = t->euid;
	ev->gid = t->gid;
	ev->egid = t->egid;
	ev->cgroup = t->cgroup;
	ev->comm = decode_comm(t->comm);
	ev->parent_comm = decode_comm(t->parent_comm);
	ev->nspid = t->nspid;
	ev->has = HAS_PID;
	for (size_t i = 0; i < ARRAY_LEN(decode_flags); i++)
		if (head->flags & decode_flags[i].wire)
			ev->has |= decode_flags[i].has;
	if ((head->flags & WIRE_HAS_LOGINUID) && t->loginuid != (__u32)-1) {
		ev->loginuid = t->loginuid;
		ev->has |= HAS_LOGINUID;
	}
	if ((head->flags & WIRE_HAS_LOGINUID) && t->sessionid != (__u32)-1) {
		ev->sessionid = t->sessionid;
		ev->has |= HAS_SESSIONID;
	}
	if (t->tty) {
		ev->tty_major = t->tty >> DEV_MINOR_BITS;
		ev->tty_minor = t->tty & (BIT(DEV_MINOR_BITS) - 1);
		ev->has |= HAS_TTY;
	}
}

/* A handler put what runs a script into argv[0]. */
static void decode_interp(struct event *ev)
{
	struct span argv = ev->argv;

	if (text_next_arg(&argv, &ev->interp))
		ev->has |= HAS_INTERP;
}

/*
 * Join the names of a path, of which the last comes first, into buf, from its end on. No bytes: there
 * are no names, one of them has no end, or there is no memory.
 */
static struct span decode_parts(struct span parts, struct buf *buf)
{
	char *end = parts.len ? buf_room(buf, parts.len) : NULL, *at;
	size_t off = 0, len;

	if (!end)
		return (struct span){ 0 };
	end += parts.len;
	for (at = end; off < parts.len; off += (len + WIRE_PART_ALIGN) & -(size_t)WIRE_PART_ALIGN) {
		len = strnlen(parts.ptr + off, parts.len - off);
		if (len == parts.len - off)
			return (struct span){ 0 };
		at -= len;
		memcpy(at, parts.ptr + off, len);
		*--at = '/';
	}
	return (struct span){ at, (size_t)(end - at) };
}

/* The binary that runs. */
static int decode_exe(struct decode *d, const void *rec, size_t len, struct event *ev)
{
	const struct wire_exec *w = rec;
	const unsigned int flags = w->head.flags;

	if (flags & WIRE_HAS_INODE) {
		ev->exe_ino = w->exe_ino;
		ev->exe_dev_major = w->exe_dev >> DEV_MINOR_BITS;
		ev->exe_dev_minor = w->exe_dev & (BIT(DEV_MINOR_BITS) - 1);
		ev->has |= HAS_INODE;
	}
	if (!(flags & WIRE_HAS_EXE))
		return 0;
	if (!decode_span(rec, len, sizeof(*w), w->exe, &ev->executable))
		return -EBADMSG;
	if (flags & WIRE_EXE_PARTS) {
		ev->executable = decode_parts(ev->executable, &d->path);
		if (!ev->executable.len)
			return d->path.failed ? -ENOMEM : -EBADMSG;
	}
	ev->has |= HAS_EXECUTABLE;
	return 0;
}

static int decode_env(const void *rec, size_t len, struct event *ev)
{
	const struct wire_exec *w = rec;

	if (!(w->head.flags & WIRE_HAS_ENV))
		return 0;
	if (!decode_span(rec, len, sizeof(*w), w->env, &ev->env) || ev->env.len > w->env_len)
		return -EBADMSG;
	ev->env_len = w->env_len;
	ev->has |= HAS_ENV | (ev->env.len < ev->env_len ? HAS_ENV_CUT : 0);
	return 0;
}

/* The argv of an exec: what lies in the record, or the pieces that came before it. */
static int decode_exec_argv(const void *rec, size_t len, const struct pieces *pieces,
			    struct event *ev)
{
	const struct wire_exec *w = rec;

	if (!decode_span(rec, len, sizeof(*w), w->argv, &ev->argv))
		return -EBADMSG;
	if (w->head.flags & WIRE_PIECES) {
		ev->argv = pieces ? buf_span(&pieces->bytes) : (struct span){ 0 };
		if (ev->argv.len > w->argv_got)
			return -EBADMSG;
	} else if (w->argv.len != w->argv_got) {
		return -EBADMSG;
	}
	ev->argc = w->argc;
	ev->argv_len = w->argv_len;
	ev->argv_cut = (enum argv_cut)w->argv_cut;
	ev->has |= HAS_ARGV;
	if (ev->argv.len < w->argv_got || (ev->argv.len < ev->argv_len && !w->argv_cut))
		ev->argv_cut = ARGV_CUT_RING; /* pieces are missing */
	if (ev->argv.len < ev->argv_len)
		ev->has |= HAS_ARGV_CUT;
	return 0;
}

static int decode_exec(struct decode *d, const void *rec, size_t len, event_fn *emit, void *ctx)
{
	const struct wire_exec *w = rec;
	struct event ev = { .kind = w->head.kind == WIRE_EXEC ? EVENT_EXEC : EVENT_EXEC_FAILED };
	struct pieces *pieces;
	int r;

	if (len < sizeof(*w) || w->argv_cut >= WIRE_CUT_CNT ||
	    w->argv_missing >= WIRE_MISSING_CNT || w->argv_got > WIRE_ARGV_MAX ||
	    w->argv_got > w->argv_len)
		return -EBADMSG;
	decode_task(&ev, &w->head, &w->task);
	if (w->head.flags & WIRE_HAS_FILENAME) {
		if (!decode_span(rec, len, sizeof(*w), w->filename, &ev.filename))
			return -EBADMSG;
		ev.has |= HAS_FILENAME;
	}
	if (w->task.exec_tid && w->task.exec_tid != w->task.pid) {
		ev.tid = w->task.exec_tid;
		ev.has |= HAS_THREAD;
	}
	r = decode_exe(d, rec, len, &ev);
	if (r == 0)
		r = decode_env(rec, len, &ev);
	if (r < 0)
		return r;
	pieces = pieces_find(d, ev.pid, ev.time_ns);
	if (w->argv_missing) {
		ev.argv_missing = (enum argv_missing)w->argv_missing;
		ev.has |= HAS_ARGV_MISSING;
	} else if (decode_exec_argv(rec, len, pieces, &ev) < 0) {
		return -EBADMSG;
	}
	if (ev.kind == EVENT_EXEC_FAILED) {
		ev.exec_errno = w->error;
		ev.has |= HAS_ERRNO;
	} else if (w->head.flags & WIRE_INTERP) {
		decode_interp(&ev);
	}
	if (!decode_has_pieces(d, rec, len))
		pieces_late(d, ev.pid, ev.time_ns);
	emit(ctx, &ev);
	pieces_done(d, w);
	return 0;
}

size_t decode_pieces_len(const void *rec, size_t len)
{
	const struct wire_exec *w = rec;

	return len >= sizeof(*w) && w->head.kind == WIRE_EXEC && (w->head.flags & WIRE_PIECES) ?
		       w->argv_got :
		       0;
}

bool decode_has_pieces(const struct decode *d, const void *rec, size_t len)
{
	const size_t want = decode_pieces_len(rec, len);
	const struct wire_exec *w = rec;
	const struct pieces *p;

	if (!want)
		return true;
	p = pieces_find(d, w->task.pid, w->head.time_ns);
	return p && p->bytes.len >= want;
}

static int decode_argv(struct decode *d, const void *rec, size_t len, event_fn *emit, void *ctx)
{
	const struct wire_argv *w = rec;
	struct span piece;
	struct pieces *p;

	(void)emit;
	(void)ctx;
	if (len < sizeof(*w) || !decode_span(rec, len, sizeof(*w), w->argv, &piece))
		return -EBADMSG;
	pieces_evict(d, piece.len);
	if (pieces_are_late(d, w->pid, w->head.time_ns))
		return 0;
	p = pieces_find(d, w->pid, w->head.time_ns);
	if (w->argv_off != (p ? p->bytes.len : 0) || w->argv_off + piece.len > WIRE_ARGV_MAX)
		return -EBADMSG;
	if (!p) {
		p = calloc(1, sizeof(*p));
		if (!p) {
			pieces_late(d, w->pid, w->head.time_ns);
			return -ENOMEM;
		}
		p->pid = w->pid;
		p->cpu = w->head.cpu;
		p->time_ns = w->head.time_ns;
		p->next = d->pieces;
		d->pieces = p;
	}
	buf_put_span(&p->bytes, piece);
	if (p->bytes.failed) {
		pieces_late(d, w->pid, w->head.time_ns);
		return -ENOMEM;
	}
	d->pieces_len += piece.len;
	return 0;
}

static void decode_status(struct event *ev, int status)
{
	if (WIFEXITED(status)) {
		ev->exit_code = (uint32_t)WEXITSTATUS(status);
		ev->has |= HAS_EXIT_CODE;
	} else {
		ev->exit_signal = (uint32_t)WTERMSIG(status);
		ev->has |= HAS_EXIT_SIGNAL | (WCOREDUMP(status) ? HAS_CORE : 0);
	}
	if (event_has(ev, HAS_START) && ev->time_ns >= ev->start_ns) {
		ev->duration_ns = ev->time_ns - ev->start_ns;
		ev->has |= HAS_DURATION;
	}
}

/*
 * Split the exact run time as the tick found the threads in user space and in the kernel: as
 * cputime_adjust() in kernel/sched/cputime.c does for wait4(2) and /proc.
 */
static void decode_cpu(struct event *ev, const struct wire_exit *w)
{
	uint64_t sum = w->utime_ns + w->stime_ns;

	ev->stime_ns = 0;
	if (w->utime_ns == 0 && w->stime_ns != 0)
		ev->stime_ns = w->run_ns;
	else if (w->stime_ns != 0 && sum > w->stime_ns)
		ev->stime_ns = (uint64_t)((unsigned __int128)w->run_ns * w->stime_ns / sum);
	ev->utime_ns = w->run_ns - ev->stime_ns;
}

static void decode_usage(struct event *ev, const struct wire_exit *w)
{
	if (w->head.flags & WIRE_HAS_USAGE) {
		decode_cpu(ev, w);
		ev->rss_max = w->rss_max;
		ev->has |= HAS_USAGE;
	}
	if (w->head.flags & WIRE_HAS_IO) {
		ev->read_bytes = w->read_bytes;
		ev->write_bytes = w->write_bytes;
		ev->read_chars = w->read_chars;
		ev->write_chars = w->write_chars;
		ev->has |= HAS_IO;
	}
}

static int decode_exit(struct decode *d, const void *rec, size_t len, event_fn *emit, void *ctx)
{
	const struct wire_note *w = rec;
	struct event ev = { .kind = EVENT_EXIT };

	(void)d;
	if (len < sizeof(*w) ||
	    (w->head.flags & (WIRE_HAS_USAGE | WIRE_HAS_IO) && len < sizeof(struct wire_exit)))
		return -EBADMSG;
	decode_task(&ev, &w->head, &w->task);
	decode_status(&ev, (int)w->value);
	decode_usage(&ev, rec);
	emit(ctx, &ev);
	return 0;
}

static int decode_note(struct decode *d, const void *rec, size_t len, event_fn *emit, void *ctx)
{
	static const enum event_kind kinds[WIRE_KIND_CNT] = {
		[WIRE_FORK] = EVENT_FORK,         [WIRE_THREAD] = EVENT_THREAD,
		[WIRE_COMM] = EVENT_COMM,         [WIRE_UID] = EVENT_UID,
		[WIRE_GID] = EVENT_GID,           [WIRE_SESSION] = EVENT_SESSION,
		[WIRE_PTRACE] = EVENT_PTRACE,     [WIRE_CORE] = EVENT_CORE,
		[WIRE_SNAPSHOT] = EVENT_SNAPSHOT,
	};
	const struct wire_note *w = rec;
	struct event ev = { 0 };

	(void)d;
	if (len < sizeof(*w))
		return -EBADMSG;
	ev.kind = kinds[w->head.kind];
	decode_task(&ev, &w->head, &w->task);
	if (event_has(&ev, HAS_TID) && ev.tid != ev.pid)
		ev.has |= HAS_THREAD;
	if (ev.kind == EVENT_PTRACE) {
		ev.tracer_pid = w->value;
		ev.has |= HAS_TRACER;
	}
	emit(ctx, &ev);
	return 0;
}

typedef int decode_fn(struct decode *d, const void *rec, size_t len, event_fn *emit, void *ctx);

static decode_fn *const decode_kinds[] = {
	[WIRE_EXEC] = decode_exec,        [WIRE_ARGV] = decode_argv, [WIRE_FORK] = decode_note,
	[WIRE_THREAD] = decode_note,      [WIRE_EXIT] = decode_exit, [WIRE_COMM] = decode_note,
	[WIRE_UID] = decode_note,         [WIRE_GID] = decode_note,  [WIRE_SESSION] = decode_note,
	[WIRE_PTRACE] = decode_note,      [WIRE_CORE] = decode_note, [WIRE_SNAPSHOT] = decode_note,
	[WIRE_EXEC_FAILED] = decode_exec,
};

_Static_assert(ARRAY_LEN(decode_kinds) == WIRE_KIND_CNT, "a decoder for each kind");

int decode_record(struct decode *d, const void *rec, size_t len, event_fn *emit, void *ctx)
{
	const struct wire_head *head = rec;

	if (len < sizeof(*head) || head->kind >= WIRE_KIND_CNT || !decode_kinds[head->kind])
		return -EBADMSG;
	return decode_kinds[head->kind](d, rec, len, emit, ctx);
}
