// SPDX-License-Identifier: BSD-2-Clause
#include "proctab.h"

#include <stdbool.h>
#include <string.h>

enum {
	BUCKET_CNT = 16384, /* a power of two */
	COMM_LEN = 16,
	USER_LEN = 32, /* of a user name that is kept */
	TICK_NS = 10000000, /* start times from /proc are no finer */
};

/* What is kept of a process as it is, beside pid and spans. */
#define PROC_HAS (HAS_START | HAS_PPID | HAS_EUID | HAS_EGID | HAS_COMM | HAS_USER)

struct proc {
	struct proc *next; /* in its bucket */
	struct proc *older, *newer; /* by when it was touched */
	uint32_t pid;
	uint32_t ppid;
	uint32_t euid;
	uint32_t egid;
	uint64_t start_ns;
	char comm[COMM_LEN];
	char user[USER_LEN];
	unsigned char comm_len;
	unsigned char user_len;
	struct span filename; /* ours, both in one block */
	struct span executable;
	uint64_t has; /* of these: bits of enum event_has */
};

struct proctab {
	struct proc *buckets[BUCKET_CNT];
	struct proc *oldest, *newest;
	struct proc *gone; /* the one that left last: an event may still borrow from it */
	size_t cnt;
};

struct proctab *proctab_new(void)
{
	return calloc(1, sizeof(struct proctab));
}

static void proc_free(struct proc *p)
{
	if (!p)
		return;
	free((char *)p->filename.ptr);
	free(p);
}

void proctab_free(struct proctab *t)
{
	if (!t)
		return;
	while (t->oldest) {
		struct proc *p = t->oldest;

		t->oldest = p->newer;
		proc_free(p);
	}
	proc_free(t->gone);
	free(t);
}

size_t proctab_cnt(const struct proctab *t)
{
	return t->cnt;
}

static struct proc **proctab_find(struct proctab *t, uint32_t pid)
{
	struct proc **at = &t->buckets[pid * 2654435761u % BUCKET_CNT];

	while (*at && (*at)->pid != pid)
		at = &(*at)->next;
	return at;
}

static void proctab_unlink(struct proctab *t, struct proc *p)
{
	*(p->older ? &p->older->newer : &t->oldest) = p->newer;
	*(p->newer ? &p->newer->older : &t->newest) = p->older;
}

static void proctab_link(struct proctab *t, struct proc *p)
{
	p->older = t->newest;
	p->newer = NULL;
	*(t->newest ? &t->newest->newer : &t->oldest) = p;
	t->newest = p;
}

static void proctab_remove(struct proctab *t, struct proc **at)
{
	struct proc *p = *at;

	if (!p)
		return;
	*at = p->next;
	proctab_unlink(t, p);
	t->cnt--;
	proc_free(t->gone);
	t->gone = p;
}

/* Is that the process of the event, as far as can be told? */
static bool proc_is(const struct proc *p, const struct event *ev)
{
	return !(p->has & ev->has & HAS_START) || p->start_ns / TICK_NS == ev->start_ns / TICK_NS;
}

/* The entry of the event's process; NULL if there is none. */
static struct proc *proctab_known(struct proctab *t, const struct event *ev)
{
	struct proc **at = proctab_find(t, ev->pid), *p = *at;

	/* The pid was used again. */
	if (p && (ev->kind == EVENT_FORK || !proc_is(p, ev))) {
		proctab_remove(t, at);
		return NULL;
	}
	if (p) {
		proctab_unlink(t, p);
		proctab_link(t, p);
	}
	return p;
}

/* A new entry; NULL if there is no memory. */
static struct proc *proctab_add(struct proctab *t, uint32_t pid)
{
	struct proc *p = calloc(1, sizeof(*p)), **at;

	if (!p)
		return NULL;
	if (t->cnt >= PROCTAB_MAX)
		proctab_remove(t, proctab_find(t, t->oldest->pid));
	p->pid = pid;
	at = proctab_find(t, pid);
	p->next = *at;
	*at = p;
	proctab_link(t, p);
	t->cnt++;
	return p;
}

static void proc_exec(struct proc *p, const struct event *ev)
{
	size_t name = event_has(ev, HAS_FILENAME) ? ev->filename.len : 0;
	size_t exe = event_has(ev, HAS_EXECUTABLE) ? ev->executable.len : 0;
	char *bytes = malloc(name + exe + 1);

	free((char *)p->filename.ptr);
	p->filename = (struct span){ 0 };
	p->has &= ~(uint64_t)(HAS_FILENAME | HAS_EXECUTABLE);
	if (!bytes)
		return;
	if (name)
		memcpy(bytes, ev->filename.ptr, name);
	if (exe)
		memcpy(bytes + name, ev->executable.ptr, exe);
	p->filename = (struct span){ bytes, name };
	p->executable = (struct span){ bytes + name, exe };
	p->has |= ev->has & (HAS_FILENAME | HAS_EXECUTABLE);
}

static unsigned char proc_text(char *to, size_t size, struct span from)
{
	size_t len = from.len < size ? from.len : size;

	if (len)
		memcpy(to, from.ptr, len);
	return (unsigned char)len;
}

/* Keep what the event says of its process. */
static void proc_note(struct proc *p, const struct event *ev)
{
	if (event_has(ev, HAS_START))
		p->start_ns = ev->start_ns;
	if (event_has(ev, HAS_PPID))
		p->ppid = ev->ppid;
	if (event_has(ev, HAS_EUID))
		p->euid = ev->euid;
	if (event_has(ev, HAS_EGID))
		p->egid = ev->egid;
	if (event_has(ev, HAS_COMM))
		p->comm_len = proc_text(p->comm, sizeof(p->comm), ev->comm);
	if (event_has(ev, HAS_EUID)) {
		p->user_len = proc_text(p->user, sizeof(p->user), ev->user);
		p->has &= ~(uint64_t)HAS_USER;
	}
	p->has |= ev->has & PROC_HAS;
	if (ev->kind == EVENT_EXEC)
		proc_exec(p, ev);
}

/* Tell the event what it lacks of its process. */
static void proc_tell(const struct proc *p, struct event *ev)
{
	uint64_t lacks = p->has & ~ev->has;

	if (lacks & HAS_START)
		ev->start_ns = p->start_ns;
	if (lacks & HAS_PPID)
		ev->ppid = p->ppid;
	if (lacks & HAS_EUID)
		ev->euid = p->euid;
	if (lacks & HAS_EGID)
		ev->egid = p->egid;
	if (lacks & HAS_COMM)
		ev->comm = (struct span){ p->comm, p->comm_len };
	if (lacks & HAS_USER)
		ev->user = (struct span){ p->user, p->user_len };
	ev->has |= lacks & PROC_HAS;
	if (ev->kind != EVENT_EXIT)
		return;
	ev->filename = p->filename;
	ev->executable = p->executable;
	ev->has |= p->has & (HAS_FILENAME | HAS_EXECUTABLE);
	if (event_has(ev, HAS_START) && !event_has(ev, HAS_DURATION) &&
	    ev->time_ns > ev->start_ns) {
		ev->duration_ns = ev->time_ns - ev->start_ns;
		ev->has |= HAS_DURATION;
	}
}

static void proctab_tell_parent(struct proctab *t, struct event *ev)
{
	const struct proc *p;

	if (!event_has(ev, HAS_PPID) || event_has(ev, HAS_PARENT_COMM))
		return;
	p = *proctab_find(t, ev->ppid);
	if (p && p->has & HAS_COMM) {
		ev->parent_comm = (struct span){ p->comm, p->comm_len };
		ev->has |= HAS_PARENT_COMM;
	}
	if (p && p->has & HAS_START) {
		ev->parent_start_ns = p->start_ns;
		ev->has |= HAS_PARENT_START;
	}
}

void proctab_update(struct proctab *t, struct event *ev)
{
	struct proc *p;

	if (!event_has(ev, HAS_PID) || ev->kind == EVENT_THREAD)
		return;
	p = proctab_known(t, ev);
	if (p)
		proc_tell(p, ev);
	proctab_tell_parent(t, ev);
	if (ev->kind == EVENT_EXIT) {
		if (p)
			proctab_remove(t, proctab_find(t, ev->pid));
		return;
	}
	/* A fork that tells its own start needs no entry: nothing of it will be missing. */
	if (!p &&
	    (ev->kind == EVENT_EXEC || ev->kind == EVENT_SNAPSHOT || !event_has(ev, HAS_START)))
		p = proctab_add(t, ev->pid);
	if (p)
		proc_note(p, ev);
}
