// SPDX-License-Identifier: BSD-2-Clause
#include "decode.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "../bpf/wire.h"
#include "text.h"

_Static_assert((int)ARGV_CUT_LIMIT == (int)WIRE_CUT_LIMIT, "argv_cut");
_Static_assert((int)ARGV_CUT_RING == (int)WIRE_CUT_RING, "argv_cut");
_Static_assert((int)ARGV_CUT_FAULT == (int)WIRE_CUT_FAULT, "argv_cut");
_Static_assert((int)ARGV_CUT_CNT == (int)WIRE_CUT_CNT, "argv_cut");

enum {
	/* One a CPU can be under way at a time, and never as many as this in practice. */
	PENDING_MAX = 64,
	TTY_MINOR_BITS = 20,
};

/* An exec that waits for the rest of its argv. */
struct pending {
	struct event ev;
	char *bytes; /* file name, then argv; ours */
	size_t argv_have;
	size_t argv_got; /* what it will have when complete */
	struct pending *next;
};

struct decode {
	struct pending *pending; /* oldest last */
	size_t pending_cnt;
};

struct decode *decode_new(void)
{
	return calloc(1, sizeof(struct decode));
}

static void pending_free(struct pending *p)
{
	free(p->bytes);
	free(p);
}

void decode_free(struct decode *d)
{
	if (!d)
		return;
	while (d->pending) {
		struct pending *p = d->pending;

		d->pending = p->next;
		pending_free(p);
	}
	free(d);
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
	ev->has = HAS_PID | HAS_TID | HAS_PPID | HAS_START | HAS_PARENT_START | HAS_UID | HAS_EUID |
		  HAS_GID | HAS_EGID | HAS_CGROUP | HAS_COMM | HAS_PARENT_COMM;

	if (head->flags & WIRE_HAS_NSPID) {
		ev->nspid = t->nspid;
		ev->has |= HAS_NSPID;
	}
	if ((head->flags & WIRE_HAS_LOGINUID) && t->loginuid != (__u32)-1) {
		ev->loginuid = t->loginuid;
		ev->has |= HAS_LOGINUID;
	}
	if ((head->flags & WIRE_HAS_LOGINUID) && t->sessionid != (__u32)-1) {
		ev->sessionid = t->sessionid;
		ev->has |= HAS_SESSIONID;
	}
	if (t->tty) {
		ev->tty_major = t->tty >> TTY_MINOR_BITS;
		ev->tty_minor = t->tty & (BIT(TTY_MINOR_BITS) - 1);
		ev->has |= HAS_TTY;
	}
}

/* What the file name and argv[0] tell of the binary. */
static void decode_executable(struct event *ev, bool interp)
{
	struct span argv = ev->argv, arg, exe = ev->filename;

	if (interp) {
		if (!text_next_arg(&argv, &arg))
			return;
		ev->interp = arg;
		ev->has |= HAS_INTERP;
		exe = arg;
	} else if (!event_has(ev, HAS_FILENAME)) {
		return;
	}
	/* execveat(2) makes up /dev/fd/N: that is no path of a binary. */
	if (exe.len && exe.ptr[0] == '/' && (exe.len < 8 || memcmp(exe.ptr, "/dev/fd/", 8) != 0)) {
		ev->executable = exe;
		ev->has |= HAS_EXECUTABLE;
	}
}

static void decode_argv_done(struct event *ev, bool interp)
{
	if (ev->argv.len < ev->argv_len) {
		ev->has |= HAS_ARGV_CUT;
		if (ev->argv_cut == ARGV_WHOLE)
			ev->argv_cut = ARGV_CUT_RING;
	} else {
		ev->argv_cut = ARGV_WHOLE;
	}
	decode_executable(ev, interp);
}

static struct pending **pending_find(struct decode *d, uint32_t pid)
{
	struct pending **at = &d->pending;

	while (*at && (*at)->ev.pid != pid)
		at = &(*at)->next;
	return at;
}

/* Emit it with what it has, and forget it. */
static void pending_emit(struct decode *d, struct pending **at, event_fn *emit, void *ctx)
{
	struct pending *p = *at;
	bool interp = event_has(&p->ev, HAS_INTERP);

	*at = p->next;
	d->pending_cnt--;
	p->ev.argv.len = p->argv_have;
	p->ev.has &= ~(uint64_t)HAS_INTERP;
	decode_argv_done(&p->ev, interp);
	emit(ctx, &p->ev);
	pending_free(p);
}

void decode_flush(struct decode *d, event_fn *emit, void *ctx)
{
	while (d->pending) {
		struct pending **at = &d->pending;

		while ((*at)->next)
			at = &(*at)->next;
		pending_emit(d, at, emit, ctx);
	}
}

/* Keep an exec until its argv is complete. The name and comms are copied: they are the ring's. */
static int pending_add(struct decode *d, const struct event *ev, size_t argv_got, bool interp)
{
	struct pending *p = calloc(1, sizeof(*p));
	char *at;

	if (!p)
		return -ENOMEM;
	p->bytes = malloc(ev->filename.len + ev->comm.len + ev->parent_comm.len + argv_got);
	if (!p->bytes) {
		free(p);
		return -ENOMEM;
	}
	p->ev = *ev;
	at = p->bytes;
	p->ev.filename.ptr = memcpy(at, ev->filename.ptr ? ev->filename.ptr : "", ev->filename.len);
	at += ev->filename.len;
	p->ev.comm.ptr = memcpy(at, ev->comm.ptr, ev->comm.len);
	at += ev->comm.len;
	p->ev.parent_comm.ptr = memcpy(at, ev->parent_comm.ptr, ev->parent_comm.len);
	at += ev->parent_comm.len;
	p->ev.argv.ptr = memcpy(at, ev->argv.ptr, ev->argv.len);
	p->argv_have = ev->argv.len;
	p->argv_got = argv_got;
	if (interp)
		p->ev.has |= HAS_INTERP;
	p->next = d->pending;
	d->pending = p;
	d->pending_cnt++;
	return 0;
}

static int decode_exec(struct decode *d, const void *rec, size_t len, event_fn *emit, void *ctx)
{
	const struct wire_exec *w = rec;
	struct event ev = { .kind = EVENT_EXEC };
	bool interp = w->head.flags & WIRE_INTERP;
	struct pending **old;
	int r;

	if (len < sizeof(*w) || w->argv_cut >= WIRE_CUT_CNT || w->argv_got > WIRE_ARGV_MAX ||
	    w->argv_got > w->argv_len || !decode_span(rec, len, sizeof(*w), w->argv, &ev.argv) ||
	    w->argv.len > w->argv_got)
		return -EBADMSG;
	decode_task(&ev, &w->head, &w->task);
	if (w->head.flags & WIRE_HAS_FILENAME) {
		if (!decode_span(rec, len, sizeof(*w), w->filename, &ev.filename))
			return -EBADMSG;
		ev.has |= HAS_FILENAME;
	}
	if (w->task.exec_tid && w->task.exec_tid != w->task.pid) {
		ev.exec_tid = w->task.exec_tid;
		ev.has |= HAS_EXEC_TID;
	}
	ev.argc = w->argc;
	ev.argv_len = w->argv_len;
	ev.argv_cut = (enum argv_cut)w->argv_cut;
	ev.has |= HAS_ARGV;

	old = pending_find(d, ev.pid);
	if (*old)
		pending_emit(d, old, emit, ctx);
	if (w->argv.len == w->argv_got) {
		decode_argv_done(&ev, interp);
		emit(ctx, &ev);
		return 0;
	}

	if (d->pending_cnt >= PENDING_MAX)
		decode_flush(d, emit, ctx);
	r = pending_add(d, &ev, w->argv_got, interp);
	if (r < 0) {
		decode_argv_done(&ev, interp);
		emit(ctx, &ev);
	}
	return r;
}

static int decode_argv(struct decode *d, const void *rec, size_t len, event_fn *emit, void *ctx)
{
	const struct wire_argv *w = rec;
	struct pending **at, *p;
	struct span piece;

	if (len < sizeof(*w) || !decode_span(rec, len, sizeof(*w), w->argv, &piece))
		return -EBADMSG;
	at = pending_find(d, w->pid);
	p = *at;
	if (!p || w->argv_off != p->argv_have || piece.len > p->argv_got - p->argv_have)
		return -EBADMSG;
	memcpy((char *)p->ev.argv.ptr + p->argv_have, piece.ptr, piece.len);
	p->argv_have += piece.len;
	if (p->argv_have == p->argv_got)
		pending_emit(d, at, emit, ctx);
	return 0;
}

static int decode_fork(struct decode *d, const void *rec, size_t len, event_fn *emit, void *ctx)
{
	const struct wire_fork *w = rec;
	struct event ev = { .kind = EVENT_FORK };

	(void)d;
	if (len < sizeof(*w))
		return -EBADMSG;
	decode_task(&ev, &w->head, &w->task);
	emit(ctx, &ev);
	return 0;
}

static int decode_exit(struct decode *d, const void *rec, size_t len, event_fn *emit, void *ctx)
{
	const struct wire_exit *w = rec;
	struct event ev = { .kind = EVENT_EXIT };
	int status;

	(void)d;
	if (len < sizeof(*w))
		return -EBADMSG;
	decode_task(&ev, &w->head, &w->task);
	status = (int)w->status;
	if (WIFEXITED(status)) {
		ev.exit_code = (uint32_t)WEXITSTATUS(status);
		ev.has |= HAS_EXIT_CODE;
	} else {
		ev.exit_signal = (uint32_t)WTERMSIG(status);
		ev.has |= HAS_EXIT_SIGNAL | (WCOREDUMP(status) ? HAS_CORE : 0);
	}
	if (ev.time_ns >= ev.start_ns) {
		ev.duration_ns = ev.time_ns - ev.start_ns;
		ev.has |= HAS_DURATION;
	}
	emit(ctx, &ev);
	return 0;
}

typedef int decode_fn(struct decode *d, const void *rec, size_t len, event_fn *emit, void *ctx);

static decode_fn *const decode_kinds[] = {
	[WIRE_EXEC] = decode_exec,
	[WIRE_ARGV] = decode_argv,
	[WIRE_FORK] = decode_fork,
	[WIRE_EXIT] = decode_exit,
};

_Static_assert(ARRAY_LEN(decode_kinds) == WIRE_KIND_CNT, "a decoder for each kind");

int decode_record(struct decode *d, const void *rec, size_t len, event_fn *emit, void *ctx)
{
	const struct wire_head *head = rec;

	if (len < sizeof(*head) || head->kind >= WIRE_KIND_CNT || !decode_kinds[head->kind])
		return -EBADMSG;
	return decode_kinds[head->kind](d, rec, len, emit, ctx);
}
