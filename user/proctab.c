// SPDX-License-Identifier: BSD-2-Clause
#include "proctab.h"

#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "cgroup.h"

enum {
	BUCKET_CNT = 16384, /* a power of two */
	COMM_LEN = 16,
	USER_LEN = 32, /* of a user name that is kept */
	TICK_NS = 10000000, /* start times from /proc are no finer */
};

/* What is kept of a process as it is, beside pid and spans. */
#define PROC_OWN (HAS_EUID | HAS_EGID | HAS_COMM | HAS_USER) /* which each thread has of its own */
#define PROC_HAS (HAS_START | HAS_PPID | PROC_OWN)

/* Bytes that a process shares with those it forks. */
struct text {
	size_t refs;
	size_t len;
	char bytes[];
};

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
	bool member; /* the root, or made by a member: it descends from the root for ever */
	struct text *program; /* file name, and behind it executable; NULL: none */
	size_t filename_len;
	struct text *command; /* argv block; NULL: not known */
	struct argv_was command_was;
	struct text *cgroup; /* path; NULL: not known */
	uint64_t cgroup_id; /* of it; 0: not known */
	size_t container, container_len; /* where in it */
	uint64_t exec_time_ns; /* 0: it ran no program, or we did not see it */
	uint64_t has; /* of these: bits of enum event_has */
};

struct proctab {
	struct proc *buckets[BUCKET_CNT];
	struct proc *oldest, *newest;
	struct proc *gone; /* the one that left last: an event may still borrow from it */
	size_t cnt;
	uint32_t root; /* 0: none, or it has ended */
	bool unsettled; /* a snapshot came in: who descends from the root is not known of all */
	size_t bytes; /* of all texts */
	struct proctab_conf conf;
	struct buf ancestry; /* of the last event */
};

struct proctab *proctab_new(const struct proctab_conf *conf)
{
	struct proctab *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->conf = *conf;
	t->root = conf->root;
	return t;
}

/* A text of len bytes to be filled in; NULL if there is no memory, or it is too large. */
static struct text *text_new(struct proctab *t, size_t len)
{
	struct text *text = len > PROCTAB_BYTES ? NULL : malloc(sizeof(*text) + len);

	if (!text)
		return NULL;
	text->refs = 1;
	text->len = len;
	t->bytes += len;
	return text;
}

static struct text *text_copy(struct proctab *t, struct span from)
{
	struct text *text = text_new(t, from.len);

	if (text && from.len)
		memcpy(text->bytes, from.ptr, from.len);
	return text;
}

static void text_drop(struct proctab *t, struct text **at)
{
	struct text *text = TAKE_PTR(*at);

	if (!text || --text->refs)
		return;
	t->bytes -= text->len;
	free(text);
}

/* The same text for another process. */
static struct text *text_share(struct text *text)
{
	if (text)
		text->refs++;
	return text;
}

static struct span text_span(const struct text *text)
{
	return (struct span){ text->bytes, text->len };
}

static void proc_free(struct proctab *t, struct proc *p)
{
	if (!p)
		return;
	text_drop(t, &p->program);
	text_drop(t, &p->command);
	text_drop(t, &p->cgroup);
	free(p);
}

void proctab_free(struct proctab *t)
{
	if (!t)
		return;
	while (t->oldest) {
		struct proc *p = t->oldest;

		t->oldest = p->newer;
		proc_free(t, p);
	}
	proc_free(t, t->gone);
	buf_done(&t->ancestry);
	free(t);
}

size_t proctab_cnt(const struct proctab *t)
{
	return t->cnt;
}

size_t proctab_bytes(const struct proctab *t)
{
	return t->bytes;
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

static void proctab_touch(struct proctab *t, struct proc *p)
{
	proctab_unlink(t, p);
	proctab_link(t, p);
}

static void proctab_remove(struct proctab *t, struct proc **at)
{
	struct proc *p = *at;

	if (!p)
		return;
	*at = p->next;
	proctab_unlink(t, p);
	t->cnt--;
	proc_free(t, t->gone);
	t->gone = p;
}

/* Forget the oldest until the texts are no more than they may be; the newest stays. */
static void proctab_evict(struct proctab *t)
{
	while (t->bytes > PROCTAB_BYTES && t->oldest != t->newest)
		proctab_remove(t, proctab_find(t, t->oldest->pid));
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
	if (p)
		proctab_touch(t, p);
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
	p->member = t->root && pid == t->root;
	at = proctab_find(t, pid);
	p->next = *at;
	*at = p;
	proctab_link(t, p);
	t->cnt++;
	return p;
}

/* The program that it runs now. */
static void proc_exec(struct proctab *t, struct proc *p, const struct event *ev)
{
	size_t name = event_has(ev, HAS_FILENAME) ? ev->filename.len : 0;
	size_t exe = event_has(ev, HAS_EXECUTABLE) ? ev->executable.len : 0;

	p->exec_time_ns = ev->time_ns;
	p->has &= ~(uint64_t)(HAS_FILENAME | HAS_EXECUTABLE);
	text_drop(t, &p->program);
	p->program = text_new(t, name + exe);
	if (!p->program)
		return;
	if (name)
		memcpy(p->program->bytes, ev->filename.ptr, name);
	if (exe)
		memcpy(p->program->bytes + name, ev->executable.ptr, exe);
	p->filename_len = name;
	p->has |= ev->has & (HAS_FILENAME | HAS_EXECUTABLE);
}

/* Does the event tell the argv of the program that runs? */
static bool proc_is_told(const struct event *ev)
{
	return ev->kind == EVENT_EXEC || (ev->kind == EVENT_SNAPSHOT && event_has(ev, HAS_ARGV));
}

/* Where the container's id stands in the path of the cgroup; its end if it does not. */
static size_t cgroup_at(const struct event *ev)
{
	const char *at = event_has(ev, HAS_CONTAINER) ?
				 memmem(ev->cgroup_path.ptr, ev->cgroup_path.len, ev->container.ptr,
					ev->container.len) :
				 NULL;

	return at ? (size_t)(at - ev->cgroup_path.ptr) : ev->cgroup_path.len;
}

/* The cgroup that it is in. Mostly it is where it was. */
static void proc_cgroup(struct proctab *t, struct proc *p, const struct event *ev)
{
	size_t at;

	if (p->cgroup && p->cgroup->bytes == ev->cgroup_path.ptr) /* it was told from here */
		return;
	p->cgroup_id = event_has(ev, HAS_CGROUP) ? ev->cgroup : 0;
	if (p->cgroup && p->cgroup->len == ev->cgroup_path.len &&
	    !memcmp(p->cgroup->bytes, ev->cgroup_path.ptr, p->cgroup->len))
		return;
	at = cgroup_at(ev);
	text_drop(t, &p->cgroup);
	p->cgroup = text_copy(t, ev->cgroup_path);
	p->container = at;
	p->container_len = at < ev->cgroup_path.len ? ev->container.len : 0;
}

/* Its command line and cgroup, as far as they are kept. */
static void proc_texts(struct proctab *t, struct proc *p, const struct event *ev)
{
	if (t->conf.command && proc_is_told(ev)) {
		text_drop(t, &p->command);
		if (event_has(ev, HAS_ARGV))
			p->command = text_copy(t, ev->argv);
		p->command_was = event_argv_was(ev);
	}
	if (t->conf.cgroup && event_has(ev, HAS_CGROUP_PATH))
		proc_cgroup(t, p, ev);
}

/* What a new process has of the one that made it. */
static void proc_inherit(struct proc *p, const struct proc *parent)
{
	p->command = text_share(parent->command);
	p->command_was = parent->command_was;
	p->cgroup = text_share(parent->cgroup);
	p->cgroup_id = parent->cgroup_id;
	p->container = parent->container;
	p->container_len = parent->container_len;
}

static unsigned char proc_text(char *to, size_t size, struct span from)
{
	size_t len = from.len < size ? from.len : size;

	if (len)
		memcpy(to, from.ptr, len);
	return (unsigned char)len;
}

/* What each thread has of its own. */
static void proc_note_own(struct proc *p, const struct event *ev)
{
	if (event_has(ev, HAS_EUID)) {
		p->euid = ev->euid;
		p->user_len = proc_text(p->user, sizeof(p->user), ev->user);
		p->has &= ~(uint64_t)HAS_USER;
	}
	if (event_has(ev, HAS_EGID))
		p->egid = ev->egid;
	if (event_has(ev, HAS_COMM))
		p->comm_len = proc_text(p->comm, sizeof(p->comm), ev->comm);
}

/* Keep what the event says of its process. */
static void proc_note(struct proctab *t, struct proc *p, const struct event *ev)
{
	/* Another thread's name and ids are not those of the process, but for an exec by it. */
	bool own = !event_has(ev, HAS_THREAD) || ev->kind == EVENT_EXEC;

	if (event_has(ev, HAS_START))
		p->start_ns = ev->start_ns;
	if (event_has(ev, HAS_PPID))
		p->ppid = ev->ppid;
	if (own)
		proc_note_own(p, ev);
	p->has |= ev->has & (own ? PROC_HAS : PROC_HAS & ~(uint64_t)PROC_OWN);
	if (ev->kind == EVENT_EXEC)
		proc_exec(t, p, ev);
	proc_texts(t, p, ev);
}

/*
 * Is the event's process still in the cgroup whose path is kept? A path without an id, out of a
 * snapshot, can be one of version 1: then the process is at the root of the unified hierarchy.
 */
static bool proc_is_there(const struct proc *p, const struct event *ev)
{
	return !event_has(ev, HAS_CGROUP) ||
	       ev->cgroup == (p->cgroup_id ? p->cgroup_id : CGROUP_ROOT_ID);
}

/* Tell the event what it lacks and the process has of what is kept on demand. */
static void proc_tell_texts(const struct proc *p, struct event *ev)
{
	if (p->command && !proc_is_told(ev)) {
		ev->command = text_span(p->command);
		ev->command_was = p->command_was;
		ev->has |= HAS_COMMAND;
	}
	if (p->exec_time_ns && ev->kind != EVENT_EXEC) {
		ev->exec_time_ns = p->exec_time_ns;
		ev->has |= HAS_EXEC_TIME;
	}
	if (p->cgroup && !event_has(ev, HAS_CGROUP_PATH) && proc_is_there(p, ev)) {
		ev->cgroup_path = text_span(p->cgroup);
		ev->container = (struct span){ p->cgroup->bytes + p->container, p->container_len };
		ev->has |= HAS_CGROUP_PATH | (p->container_len ? HAS_CONTAINER : 0);
	}
}

/* Tell the event what it lacks of its process. */
static void proc_tell(const struct proc *p, struct event *ev)
{
	uint64_t lacks = p->has & ~ev->has;

	/* The name that is kept is that of the euid that is kept. */
	if (event_has(ev, HAS_EUID))
		lacks &= ~(uint64_t)HAS_USER;
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
	if (p->program) {
		const char *bytes = p->program->bytes;

		ev->filename = (struct span){ bytes, p->filename_len };
		ev->executable =
			(struct span){ bytes + p->filename_len, p->program->len - p->filename_len };
		ev->has |= p->has & (HAS_FILENAME | HAS_EXECUTABLE);
	}
	if (event_has(ev, HAS_START) && !event_has(ev, HAS_DURATION) &&
	    ev->time_ns > ev->start_ns) {
		ev->duration_ns = ev->time_ns - ev->start_ns;
		ev->has |= HAS_DURATION;
	}
}

/* Its parent; NULL if it is not known. */
static struct proc *proctab_parent(struct proctab *t, const struct event *ev)
{
	if (!event_has(ev, HAS_PPID) || ev->ppid == ev->pid)
		return NULL;
	return *proctab_find(t, ev->ppid);
}

static void proctab_tell_parent(const struct proctab *t, const struct proc *p, struct event *ev)
{
	if (t->conf.command && p->command) {
		ev->parent_command = text_span(p->command);
		ev->parent_command_was = p->command_was;
		ev->has |= HAS_PARENT_COMMAND;
	}
	if (event_has(ev, HAS_PARENT_COMM))
		return;
	if (p->has & HAS_COMM) {
		ev->parent_comm = (struct span){ p->comm, p->comm_len };
		ev->has |= HAS_PARENT_COMM;
	}
	if (p->has & HAS_START) {
		ev->parent_start_ns = p->start_ns;
		ev->has |= HAS_PARENT_START;
	}
}

/* Could that be the parent of a process made at start_ns (0: not known), or did its pid come again? */
static bool proc_is_older(const struct proc *p, uint64_t start_ns)
{
	return !start_ns || !(p->has & HAS_START) || p->start_ns / TICK_NS <= start_ns / TICK_NS;
}

/* The one above, as far as is known. */
static struct proc *proctab_above(struct proctab *t, const struct proc *p)
{
	return p->has & HAS_PPID && p->ppid ? *proctab_find(t, p->ppid) : NULL;
}

/* A snapshot is over, in which a child may stand before its parent: who descends from the root? */
static void proctab_settle(struct proctab *t)
{
	t->unsettled = false;
	for (struct proc *p = t->oldest; p; p = p->newer) {
		const struct proc *up = p;

		for (int i = 0; up && !up->member && i < PROCTAB_DEPTH_MAX; i++)
			up = proctab_above(t, up);
		p->member = up && up->member;
	}
}

/* Up from the parent. Pids may lead in a circle, if events were lost: there is a bound. */
static void proctab_tell_ancestry(struct proctab *t, const struct proc *p, struct event *ev)
{
	const bool rooted = t->conf.root;
	uint64_t start_ns = event_has(ev, HAS_START) ? ev->start_ns : 0;
	bool counts = true;
	uint32_t cnt = 0;

	t->ancestry.len = 0;
	ev->depth = rooted && ev->pid != t->root; /* below the root, be it gone */
	while (p && cnt < PROCTAB_DEPTH_MAX && p->pid != ev->pid && proc_is_older(p, start_ns)) {
		buf_put(&t->ancestry, p->comm, p->has & HAS_COMM ? p->comm_len : 0);
		buf_put_char(&t->ancestry, '\0');
		cnt++;
		counts = counts && (!rooted || (p->member && p->pid != t->root));
		ev->depth += counts;
		start_ns = p->has & HAS_START ? p->start_ns : 0;
		p = proctab_above(t, p);
	}
	ev->has |= HAS_DEPTH;
	if (!cnt || t->ancestry.failed)
		return;
	ev->ancestry = buf_span(&t->ancestry);
	ev->has |= HAS_ANCESTRY;
}

/* Must the process be in the table from now on? */
static bool proctab_wants(const struct proctab *t, const struct event *ev)
{
	if (ev->kind == EVENT_EXIT)
		return false;
	if (ev->kind != EVENT_FORK || !event_has(ev, HAS_START))
		return true;
	/* A fork that tells its own start: nothing of it will be missing. */
	return t->conf.command || t->conf.ancestry || t->conf.cgroup;
}

/* The command of an exec is its own argv. */
static void proctab_tell_exec(const struct proctab *t, struct event *ev)
{
	ev->exec_time_ns = ev->time_ns;
	ev->has |= HAS_EXEC_TIME;
	if (!t->conf.command || !event_has(ev, HAS_ARGV))
		return;
	ev->command = ev->argv;
	ev->command_was = event_argv_was(ev);
	ev->has |= HAS_COMMAND;
}

/* A thread stands where its process does. */
static void proctab_tell_thread(struct proctab *t, struct event *ev)
{
	const struct proc *p = *proctab_find(t, ev->pid);

	if (event_has(ev, HAS_PPID))
		proctab_tell_ancestry(t, proctab_parent(t, ev), ev);
	else if (t->conf.root || (p && p->has & HAS_PPID))
		proctab_tell_ancestry(t, p ? proctab_above(t, p) : NULL, ev);
}

void proctab_update(struct proctab *t, struct event *ev)
{
	struct proc *p, *parent;

	if (ev->kind == EVENT_SNAPSHOT)
		t->unsettled = t->root;
	else if (t->unsettled)
		proctab_settle(t);
	if (!event_has(ev, HAS_PID))
		return;
	if (ev->kind == EVENT_THREAD) {
		if (t->conf.ancestry)
			proctab_tell_thread(t, ev);
		return;
	}
	p = proctab_known(t, ev);
	if (!p && proctab_wants(t, ev))
		p = proctab_add(t, ev->pid);
	if (p)
		proc_tell(p, ev);
	parent = proctab_parent(t, ev);
	if (parent) {
		if (p && ev->kind == EVENT_FORK)
			proc_inherit(p, parent);
		if (p)
			p->member |= parent->member;
		proctab_touch(t, parent);
		proctab_tell_parent(t, parent, ev);
	}
	if (t->conf.ancestry && (event_has(ev, HAS_PPID) || t->conf.root))
		proctab_tell_ancestry(t, parent, ev);
	if (p)
		proc_tell_texts(p, ev);
	if (ev->kind == EVENT_EXEC)
		proctab_tell_exec(t, ev);
	if (ev->kind == EVENT_EXIT) {
		if (ev->pid == t->root) /* whoever gets its pid is another */
			t->root = 0;
		if (p)
			proctab_remove(t, proctab_find(t, ev->pid));
		return;
	}
	if (!p)
		return;
	proc_note(t, p, ev);
	proctab_touch(t, p);
	proctab_evict(t);
}
