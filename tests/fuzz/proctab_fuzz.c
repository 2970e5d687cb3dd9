// SPDX-License-Identifier: BSD-2-Clause
/*
 * The process table: hostile events, to a table that is empty at first and to one that is full
 * all the time. What it adds to an event is there until the next.
 */
#include "made.h"
#include "proctab.h"

enum {
	EVENT_MAX = 16,
	PID_BITS = 0xf, /* few pids, so that they meet */
};

static const struct proctab_conf all = {
	.command = true, .ancestry = true, .cgroup = true, .root = 3
};

static struct proctab *full_table(void)
{
	struct proctab *t = proctab_new(&all);

	must(t);
	for (uint32_t pid = 1; pid <= PROCTAB_MAX; pid++) {
		struct event ev = { .kind = EVENT_EXEC, .has = HAS_PID, .pid = pid };

		proctab_update(t, &ev);
	}
	must(proctab_cnt(t) == PROCTAB_MAX);
	return t;
}

static void update(struct proctab *t, struct event ev)
{
	proctab_update(t, &ev);
	made_check(&ev);
	must(proctab_cnt(t) <= PROCTAB_MAX);
}

/* Each process ends, known or not: none is left. */
static void empty(struct proctab *t)
{
	for (uint32_t pid = 0; pid <= PID_BITS; pid++)
		update(t, (struct event){ .kind = EVENT_EXIT, .has = HAS_PID, .pid = pid });
	must(proctab_cnt(t) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct run run;
	static struct proctab *full, *t;
	struct input in = { data, size };
	struct blocks keep = { 0 };

	if (!full) {
		full = full_table();
		t = proctab_new(&all);
	}
	must(t);
	for (size_t i = 0; in.len && i < EVENT_MAX; i++) {
		struct event ev;

		made_event(&ev, &run, &in, &keep);
		ev.pid &= PID_BITS;
		ev.ppid &= PID_BITS;
		update(t, ev);
		must(proctab_cnt(t) <= i + 1);
		update(full, ev);
		blocks_free(&keep); /* the table has what it keeps */
	}
	empty(t);
	return 0;
}
