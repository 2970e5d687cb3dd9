// SPDX-License-Identifier: BSD-2-Clause
#include "stats.h"

#include <string.h>

#include "text.h"

enum {
	NAME_LEN = 120, /* of a name that is kept */
};

struct top_entry {
	uint64_t hash; /* of the whole name */
	uint64_t cnt;
	uint64_t error; /* cnt may be too high by this */
	size_t len; /* of the whole name */
	char name[NAME_LEN];
};

/* The names counted most. */
struct top {
	struct top_entry entries[STATS_MAX];
	size_t cnt;
};

struct stats {
	struct top programs;
	struct top parents;
	struct buf name;
};

struct stats *stats_new(void)
{
	return calloc(1, sizeof(struct stats));
}

void stats_free(struct stats *s)
{
	if (!s)
		return;
	buf_done(&s->name);
	free(s);
}

/* FNV-1a, 64 bits. */
static uint64_t top_hash(struct span name)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (unsigned char)name.ptr[i]) * 0x100000001b3;
	return hash;
}

static size_t top_kept(size_t len)
{
	return len < NAME_LEN ? len : NAME_LEN;
}

/* The entry of a name; else the one counted least, NULL if there is none. */
static struct top_entry *top_find(struct top *t, uint64_t hash, struct span name, bool *found)
{
	struct top_entry *least = NULL;

	*found = true;
	for (size_t i = 0; i < t->cnt; i++) {
		struct top_entry *e = &t->entries[i];

		if (e->hash == hash && e->len == name.len &&
		    !memcmp(e->name, name.ptr, top_kept(name.len)))
			return e;
		if (!least || e->cnt < least->cnt)
			least = e;
	}
	*found = false;
	return least;
}

static void top_count(struct top *t, struct span name)
{
	uint64_t hash = top_hash(name);
	struct top_entry *e;
	bool found;

	if (!name.len)
		return;
	e = top_find(t, hash, name, &found);
	if (!found) {
		if (t->cnt < STATS_MAX)
			e = &t->entries[t->cnt++];
		e->error = e->cnt;
		e->hash = hash;
		e->len = name.len;
		memcpy(e->name, name.ptr, top_kept(name.len));
	}
	e->cnt++;
}

void stats_count(struct stats *s, const struct event *ev)
{
	struct span program = { 0 };

	if (ev->kind != EVENT_EXEC)
		return;
	if (event_has(ev, HAS_FILENAME))
		program = ev->filename;
	else if (event_has(ev, HAS_EXECUTABLE))
		program = ev->executable;
	else if (event_has(ev, HAS_COMM))
		program = ev->comm;
	s->name.len = 0;
	text_quote(&s->name, program, 0);
	top_count(&s->programs, buf_span(&s->name));
	if (!event_has(ev, HAS_PPID))
		return;
	s->name.len = 0;
	buf_put_u64(&s->name, ev->ppid);
	if (event_has(ev, HAS_PARENT_COMM)) {
		buf_put_char(&s->name, ' ');
		text_quote(&s->name, ev->parent_comm, 0);
	}
	top_count(&s->parents, buf_span(&s->name));
}

/* In the list, x stands before y. */
static bool top_before(const struct top_entry *x, const struct top_entry *y)
{
	return x->cnt != y->cnt ? x->cnt > y->cnt : x < y;
}

/* The entry that follows one in the list; NULL: the first. */
static const struct top_entry *top_next(const struct top *t, const struct top_entry *after)
{
	const struct top_entry *next = NULL;

	for (const struct top_entry *e = t->entries; e < t->entries + t->cnt; e++)
		if ((!after || top_before(after, e)) && (!next || top_before(e, next)))
			next = e;
	return next;
}

static void top_put(const struct top *t, struct buf *b, const char *heading)
{
	const struct top_entry *e = NULL;
	size_t shown = 0;

	if (!t->cnt)
		return;
	buf_puts(b, heading);
	while (shown < STATS_SHOWN && (e = top_next(t, e))) {
		buf_printf(b, "%8ju%c ", (uintmax_t)e->cnt, e->error ? '~' : ' ');
		buf_put(b, e->name, top_kept(e->len));
		buf_puts(b, e->len > NAME_LEN ? "...\n" : "\n");
		shown++;
	}
	if (t->cnt > shown)
		buf_printf(b, "          and %s%zu others\n",
			   t->cnt == STATS_MAX ? "at least " : "", t->cnt - shown);
}

void stats_put(const struct stats *s, struct buf *b)
{
	top_put(&s->programs, b, "   EXECS  PROGRAM\n");
	top_put(&s->parents, b, "   EXECS  BY PARENT\n");
}
