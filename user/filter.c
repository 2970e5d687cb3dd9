// SPDX-License-Identifier: BSD-2-Clause
#include "filter.h"

#include <locale.h>
#include <regex.h>
#include <string.h>

#include "pattern.h"
#include "pidmap.h"

/* In whose tree a process is: values of a pidmap. */
enum {
	TREE_NONE, /* not known, so what later events say of its parent counts */
	TREE_PID,
	TREE_SELF,
	TREE_OUT, /* in neither, whoever adopts it; only if there is a pid to follow */
};

/* A process in a snapshot. */
struct seen {
	uint32_t pid;
	uint32_t ppid;
	uint64_t start_ns;
};

struct filter {
	const struct filter_conf *conf;
	regex_t name, line; /* compiled if conf names them */
	bool has_name, has_line;
	locale_t locale; /* C */
	struct pidmap trees;
	size_t out_cnt; /* of TREE_OUT in it */
	struct buf seen; /* struct seen of the snapshot that is coming in */
	uint64_t seen_ns; /* its time */
	struct buf past; /* struct seen of the one before, by pid */
	struct buf text; /* a command line */
	uint64_t watch_ns;
	bool found;
	bool rooted; /* conf->pid was there: if its fork comes, the pid came again */
};

/* Do the first len bytes of an expression compile? 0, or why not. */
static int filter_try(regex_t *re, const char *pattern, size_t len)
{
	char text[FILTER_PATTERN_MAX + 1];

	memcpy(text, pattern, len);
	text[len] = '\0';
	return regcomp(re, text, REG_EXTENDED | REG_NOSUB);
}

/* What stands behind the longest start that compiles is to blame. */
static size_t filter_blame(const char *pattern)
{
	size_t len = strlen(pattern);
	regex_t re;

	while (len && filter_try(&re, pattern, len))
		len--;
	if (len)
		regfree(&re);
	return len;
}

static bool filter_compile(regex_t *re, const char *option, const char *pattern, struct buf *wrong)
{
	char why[128];
	int r;

	if (strlen(pattern) > FILTER_PATTERN_MAX) {
		buf_printf(wrong, "--%s: an expression may have %d bytes", option,
			   FILTER_PATTERN_MAX);
		return false;
	}
	if (pattern_size(pattern) >= PATTERN_SIZE_MAX) {
		buf_printf(wrong, "--%s '%s': too many repetitions of repetitions", option,
			   pattern);
		return false;
	}
	r = regcomp(re, pattern, REG_EXTENDED | REG_NOSUB);
	if (r == 0)
		return true;
	regerror(r, re, why, sizeof(why));
	buf_printf(wrong, "--%s '%s': %s, at '%s'", option, pattern, why,
		   pattern + filter_blame(pattern));
	return false;
}

static bool filter_compile_all(struct filter *f, struct buf *wrong)
{
	const struct filter_conf *c = f->conf;
	locale_t before = uselocale(f->locale);

	if (c->name)
		f->has_name = filter_compile(&f->name, "name", c->name, wrong);
	if (c->line && (!c->name || f->has_name))
		f->has_line = filter_compile(&f->line, "line", c->line, wrong);
	uselocale(before);
	return f->has_name == !!c->name && f->has_line == !!c->line;
}

struct filter *filter_new(const struct filter_conf *conf, struct buf *wrong)
{
	struct filter *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->conf = conf;
	f->locale = newlocale(LC_ALL_MASK, "C", NULL);
	if (!f->locale || !filter_compile_all(f, wrong) ||
	    (conf->self && !pidmap_set(&f->trees, conf->self, TREE_SELF)) ||
	    (conf->pid && !pidmap_set(&f->trees, conf->pid, TREE_PID))) {
		filter_free(f);
		return NULL;
	}
	return f;
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	if (f->has_name)
		regfree(&f->name);
	if (f->has_line)
		regfree(&f->line);
	if (f->locale)
		freelocale(f->locale);
	pidmap_done(&f->trees);
	buf_done(&f->seen);
	buf_done(&f->past);
	buf_done(&f->text);
	free(f);
}

static bool filter_is_root(const struct filter *f, uint32_t pid)
{
	return pid == f->conf->pid || pid == f->conf->self;
}

/* ---- trees ---- */

/* False if it is not kept: it is no pid, there is no memory, or there are too many of TREE_OUT. */
static bool filter_put(struct filter *f, uint32_t pid, uint32_t tree)
{
	bool was_out = f->out_cnt && pidmap_get(&f->trees, pid) == TREE_OUT;

	if (tree == TREE_OUT && f->out_cnt - was_out >= FILTER_OUT_MAX)
		tree = TREE_NONE;
	if (!pid || !pidmap_set(&f->trees, pid, tree))
		return false;
	f->out_cnt += (size_t)(tree == TREE_OUT) - was_out;
	return tree;
}

static struct seen *seen_at(const struct buf *b, size_t i)
{
	return (struct seen *)b->ptr + i;
}

static size_t seen_cnt(const struct buf *b)
{
	return b->len / sizeof(struct seen);
}

static int seen_compare(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

/* Was it in the last snapshot another process, whose pid came again? */
static bool filter_is_other(const struct filter *f, const struct seen *now)
{
	const struct seen *was = NULL;

	if (f->past.len)
		was = bsearch(now, f->past.ptr, seen_cnt(&f->past), sizeof(*now), seen_compare);
	return was && was->start_ns != now->start_ns;
}

/* In which tree a process of the snapshot is by its parent. Those that have none are the first of all. */
static uint32_t filter_branch(const struct filter *f, const struct seen *s)
{
	if (!s->ppid)
		return f->conf->pid ? TREE_OUT : TREE_NONE;
	return pidmap_get(&f->trees, s->ppid);
}

/* Add to the trees what the snapshot says. A child may stand before its parent. */
static void filter_spread(struct filter *f)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < seen_cnt(&f->seen); i++) {
			const struct seen *s = seen_at(&f->seen, i);
			uint32_t tree = filter_branch(f, s);

			if (tree && !pidmap_get(&f->trees, s->pid))
				more |= filter_put(f, s->pid, tree);
		}
	}
}

/* The snapshot is over. It is remembered, to know its processes again in the next. */
static void filter_settle(struct filter *f)
{
	size_t cnt = seen_cnt(&f->seen);

	for (size_t i = 0; i < cnt; i++) {
		const struct seen *s = seen_at(&f->seen, i);

		if (!filter_is_root(f, s->pid) && filter_is_other(f, s))
			filter_put(f, s->pid, TREE_NONE);
	}
	filter_spread(f);
	if (cnt)
		qsort(f->seen.ptr, cnt, sizeof(struct seen), seen_compare);
	buf_done(&f->past);
	f->past = TAKE(f->seen, (struct buf){ 0 });
}

static void filter_see(struct filter *f, const struct event *ev)
{
	/* Without a parent that is told it is nobody's child but its own, which says nothing. */
	const struct seen s = { ev->pid, event_has(ev, HAS_PPID) ? ev->ppid : ev->pid,
				ev->start_ns };

	if (f->seen.len && f->seen_ns != ev->time_ns)
		filter_settle(f);
	f->seen_ns = ev->time_ns;
	f->rooted |= ev->pid == f->conf->pid;
	buf_put(&f->seen, &s, sizeof(s));
}

/* The tree of the event's process, which is followed. */
static uint32_t filter_follow(struct filter *f, const struct event *ev)
{
	bool fork = ev->kind == EVENT_FORK;
	uint32_t tree = pidmap_get(&f->trees, ev->pid), parent;
	bool root = ev->pid == f->conf->pid && !f->rooted;

	f->rooted |= ev->pid == f->conf->pid;
	if (root) /* in a replay it may be made, whoever made it */
		return tree;
	/* A fork tells whose child it is; else that counts only if that is not known yet. */
	if ((tree && !fork) || !event_has(ev, HAS_PPID))
		return tree;
	parent = pidmap_get(&f->trees, ev->ppid);
	if (parent == tree)
		return tree;
	filter_put(f, ev->pid, parent);
	f->found |= parent == TREE_PID && ev->time_ns < f->watch_ns;
	return parent;
}

static bool filter_trees(struct filter *f, const struct event *ev)
{
	const struct filter_conf *c = f->conf;
	uint32_t tree;

	if (!c->pid && !c->self)
		return true;
	tree = filter_follow(f, ev);
	if (ev->kind == EVENT_EXIT && tree)
		filter_put(f, ev->pid, TREE_NONE);
	return c->pid ? tree == TREE_PID : tree != TREE_SELF;
}

/* ---- the event itself ---- */

static bool filter_user(const struct filter *f, const struct event *ev)
{
	const struct filter_conf *c = f->conf;

	return !c->by_uid || (event_has(ev, HAS_EUID) && ev->euid == c->uid) ||
	       (event_has(ev, HAS_UID) && ev->uid == c->uid);
}

static bool filter_under(struct span path, const char *top)
{
	size_t len = strlen(top);

	while (len && top[len - 1] == '/')
		len--;
	return path.len >= len && !memcmp(path.ptr, top, len) &&
	       (path.len == len || path.ptr[len] == '/');
}

static bool filter_place(const struct filter *f, const struct event *ev)
{
	const struct filter_conf *c = f->conf;

	if (c->cgroup &&
	    !(event_has(ev, HAS_CGROUP_PATH) && filter_under(ev->cgroup_path, c->cgroup)))
		return false;
	return !c->container ||
	       (event_has(ev, HAS_CONTAINER) && ev->container.len >= strlen(c->container) &&
		!memcmp(ev->container.ptr, c->container, strlen(c->container)));
}

/* The text, of which the regex library wants the end marked. */
static bool filter_match(struct filter *f, const regex_t *re, struct span text)
{
	locale_t before;
	bool match;

	f->text.len = 0;
	buf_put_span(&f->text, text);
	buf_put_char(&f->text, '\0');
	if (f->text.failed) {
		buf_done(&f->text);
		return false;
	}
	for (size_t i = 0; i < text.len; i++)
		if (!f->text.ptr[i])
			f->text.ptr[i] = ' ';
	before = uselocale(f->locale);
	match = regexec(re, f->text.ptr, 0, NULL, 0) == 0;
	uselocale(before);
	return match;
}

static bool filter_text(struct filter *f, const struct event *ev)
{
	struct span line = event_has(ev, HAS_ARGV) ? ev->argv : ev->command;

	if (f->has_name && !(event_has(ev, HAS_COMM) && filter_match(f, &f->name, ev->comm)))
		return false;
	if (!f->has_line)
		return true;
	if (!(ev->has & (HAS_ARGV | HAS_COMMAND)))
		return false;
	if (line.len && !line.ptr[line.len - 1])
		line.len--;
	if (line.len > FILTER_LINE_MAX)
		line.len = FILTER_LINE_MAX;
	return filter_match(f, &f->line, line);
}

static bool filter_end(const struct filter *f, const struct event *ev)
{
	const struct filter_conf *c = f->conf;
	bool code = event_has(ev, HAS_EXIT_CODE), signal = event_has(ev, HAS_EXIT_SIGNAL);

	if (!c->status && !c->min_duration_ns)
		return true;
	if (ev->kind != EVENT_EXIT ||
	    (c->min_duration_ns &&
	     !(event_has(ev, HAS_DURATION) && ev->duration_ns >= c->min_duration_ns)))
		return false;
	switch (c->status) {
	case FILTER_STATUS_CODE:
		return code && ev->exit_code == c->code;
	case FILTER_STATUS_NONZERO:
		return signal || (code && ev->exit_code);
	case FILTER_STATUS_SIGNAL:
		return signal;
	default:
		return true;
	}
}

bool filter_pass(struct filter *f, const struct event *ev)
{
	const struct filter_conf *c = f->conf;

	if (!event_has(ev, HAS_PID))
		return true;
	if (ev->kind == EVENT_SNAPSHOT) {
		filter_see(f, ev);
		return false;
	}
	if (f->seen.len)
		filter_settle(f);
	return filter_trees(f, ev) &&
	       (!c->ppid || (event_has(ev, HAS_PPID) && ev->ppid == c->ppid)) &&
	       filter_user(f, ev) && filter_place(f, ev) && filter_end(f, ev) && filter_text(f, ev);
}

/* ---- what it needs ---- */

bool filter_needs_command(const struct filter_conf *conf)
{
	return conf->line;
}

bool filter_needs_cgroup(const struct filter_conf *conf)
{
	return conf->cgroup || conf->container;
}

unsigned int filter_kinds(const struct filter_conf *conf, unsigned int shown)
{
	unsigned int kinds = 0;

	if (conf->pid)
		kinds |= BIT(EVENT_FORK) | BIT(EVENT_EXIT);
	/* What others than execs may lack, the exec before them tells, and their parent's. */
	if ((conf->by_uid || conf->name || conf->line || filter_needs_cgroup(conf)) &&
	    shown & ~(unsigned int)BIT(EVENT_EXEC))
		kinds |= BIT(EVENT_EXEC) | BIT(EVENT_FORK) | BIT(EVENT_EXIT);
	return kinds;
}

void filter_each(const struct filter *f, filter_fn *fn, void *ctx)
{
	for (size_t i = 0; i < f->trees.cap; i++)
		if (f->trees.slots[i].value == TREE_PID)
			fn(ctx, f->trees.slots[i].pid);
}

void filter_watch(struct filter *f, uint64_t time_ns)
{
	f->watch_ns = time_ns;
	f->found = false;
}

bool filter_found(const struct filter *f)
{
	return f->found;
}

void filter_narrowed(struct filter *f)
{
	struct pidmap trees = { 0 };
	bool ok = true;

	for (size_t i = 0; i < f->trees.cap; i++)
		if (f->trees.slots[i].value && f->trees.slots[i].value != TREE_OUT)
			ok &= pidmap_set(&trees, f->trees.slots[i].pid, f->trees.slots[i].value);
	if (ok) {
		f->out_cnt = 0;
		f->trees = TAKE(trees, f->trees);
	}
	pidmap_done(&trees);
}
