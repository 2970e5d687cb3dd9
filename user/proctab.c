// SPDX-License-Identifier: BSD-2-Clause
#include "proctab.h"

#include <string.h>

enum {
	BUCKET_CNT = 16384, /* a power of two */
};

struct proc {
	struct proc *next; /* in its bucket */
	struct proc *older, *newer; /* by when it was touched */
	uint32_t pid;
	uint64_t start_ns;
	struct span filename; /* ours, both in one block */
	struct span executable;
	uint64_t has; /* HAS_FILENAME, HAS_EXECUTABLE */
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

/* The entry of the event's process, made if need be; NULL if there is no memory. */
static struct proc *proctab_get(struct proctab *t, const struct event *ev)
{
	struct proc **at = proctab_find(t, ev->pid), *p = *at;

	if (p && p->start_ns != ev->start_ns) { /* the pid was used again */
		proctab_remove(t, at);
		p = NULL;
	}
	if (p) {
		proctab_unlink(t, p);
		proctab_link(t, p);
		return p;
	}
	if (t->cnt >= PROCTAB_MAX)
		proctab_remove(t, proctab_find(t, t->oldest->pid));
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->pid = ev->pid;
	p->start_ns = ev->start_ns;
	at = proctab_find(t, ev->pid);
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
	p->has = 0;
	if (!bytes)
		return;
	if (name)
		memcpy(bytes, ev->filename.ptr, name);
	if (exe)
		memcpy(bytes + name, ev->executable.ptr, exe);
	p->filename = (struct span){ bytes, name };
	p->executable = (struct span){ bytes + name, exe };
	p->has = ev->has & (HAS_FILENAME | HAS_EXECUTABLE);
}

static void proc_tell(const struct proc *p, struct event *ev)
{
	ev->filename = p->filename;
	ev->executable = p->executable;
	ev->has |= p->has;
}

void proctab_update(struct proctab *t, struct event *ev)
{
	struct proc *p, **at;

	if (!event_has(ev, HAS_PID | HAS_START))
		return;
	switch (ev->kind) {
	case EVENT_EXEC:
		p = proctab_get(t, ev);
		if (p)
			proc_exec(p, ev);
		break;
	case EVENT_EXIT:
		at = proctab_find(t, ev->pid);
		p = *at;
		if (p && p->start_ns == ev->start_ns) {
			proc_tell(p, ev);
			proctab_remove(t, at);
		}
		break;
	default:
		break;
	}
}
