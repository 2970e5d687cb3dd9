// SPDX-License-Identifier: BSD-2-Clause
#include "event.h"

const char *const event_kind_names[] = {
	[EVENT_START] = "start", [EVENT_EXEC] = "exec", [EVENT_FORK] = "fork",
	[EVENT_EXIT] = "exit",   [EVENT_LOST] = "lost", [EVENT_END] = "end",
};

const char *const event_argv_cut_names[] = {
	[ARGV_WHOLE] = NULL,
	[ARGV_CUT_LIMIT] = "limit",
	[ARGV_CUT_RING] = "ring-full",
	[ARGV_CUT_FAULT] = "fault",
};

const char *const event_lost_names[] = {
	[LOST_RING] = "ring-full",
	[LOST_RECURSION] = "recursion",
	[LOST_DECODE] = "decode",
};

_Static_assert(ARRAY_LEN(event_kind_names) == EVENT_KIND_CNT, "a name for each kind");
_Static_assert(ARRAY_LEN(event_argv_cut_names) == ARGV_CUT_CNT, "a name for each cut");
_Static_assert(ARRAY_LEN(event_lost_names) == LOST_REASON_CNT, "a name for each reason");

void totals_count(struct totals *t, const struct event *ev)
{
	t->events[ev->kind]++;
	if (ev->kind == EVENT_LOST) {
		t->lost[ev->lost_reason] += ev->lost_cnt;
		t->lost_inexact |= !ev->lost_exact;
	}
	if (event_has(ev, HAS_ARGV_CUT))
		t->argv_cut[ev->argv_cut]++;
}

uint64_t totals_lost(const struct totals *t)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < LOST_REASON_CNT; i++)
		sum += t->lost[i];
	return sum;
}

uint64_t totals_argv_cut(const struct totals *t)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < ARGV_CUT_CNT; i++)
		sum += t->argv_cut[i];
	return sum;
}
