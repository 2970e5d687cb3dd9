// SPDX-License-Identifier: BSD-2-Clause
#include "event.h"

const char *const event_kind_names[] = {
	[EVENT_START] = "start",       [EVENT_EXEC] = "exec",
	[EVENT_FORK] = "fork",         [EVENT_EXEC_FAILED] = "exec-failed",
	[EVENT_THREAD] = "thread",     [EVENT_EXIT] = "exit",
	[EVENT_COMM] = "comm",         [EVENT_UID] = "uid",
	[EVENT_GID] = "gid",           [EVENT_SESSION] = "session",
	[EVENT_PTRACE] = "ptrace",     [EVENT_CORE] = "core",
	[EVENT_LOST] = "lost",         [EVENT_END] = "end",
	[EVENT_SNAPSHOT] = "snapshot",
};

const char *const event_argv_cut_names[] = {
	[ARGV_WHOLE] = NULL,
	[ARGV_CUT_LIMIT] = "limit",
	[ARGV_CUT_RING] = "ring-full",
	[ARGV_CUT_FAULT] = "fault",
};

const char *const event_argv_missing_names[] = {
	[ARGV_THERE] = NULL,      [ARGV_GONE] = "gone",     [ARGV_DENIED] = "denied",
	[ARGV_ZOMBIE] = "zombie", [ARGV_FAILED] = "failed",
};

const char *const event_lost_names[] = {
	[LOST_RING] = "ring-full", [LOST_SOCKET] = "socket-full", [LOST_RECURSION] = "recursion",
	[LOST_DECODE] = "decode",  [LOST_OUTPUT] = "output-full", [LOST_CAPTURE] = "capture",
};

_Static_assert(ARRAY_LEN(event_kind_names) == EVENT_KIND_CNT, "a name for each kind");
_Static_assert(ARRAY_LEN(event_argv_cut_names) == ARGV_CUT_CNT, "a name for each cut");
_Static_assert(ARRAY_LEN(event_argv_missing_names) == ARGV_MISSING_CNT, "a name for each reason");
_Static_assert(ARRAY_LEN(event_lost_names) == LOST_REASON_CNT, "a name for each reason");

void totals_lose(struct totals *t, const struct event *ev)
{
	if (ev->kind != EVENT_LOST)
		return;
	t->lost[ev->lost_reason] += ev->lost_cnt;
	t->lost_inexact |= !ev->lost_exact;
}

void totals_count(struct totals *t, const struct event *ev)
{
	t->events[ev->kind]++;
	totals_lose(t, ev);
	if (event_has(ev, HAS_ARGV_CUT))
		t->argv_cut[ev->argv_cut]++;
	if (event_has(ev, HAS_ARGV_MISSING))
		t->argv_missing[ev->argv_missing]++;
}

static uint64_t totals_sum(const uint64_t *cnt, size_t len)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += cnt[i];
	return sum;
}

uint64_t totals_lost(const struct totals *t)
{
	return totals_sum(t->lost, LOST_REASON_CNT);
}

uint64_t totals_argv_cut(const struct totals *t)
{
	return totals_sum(t->argv_cut, ARGV_CUT_CNT);
}

uint64_t totals_argv_missing(const struct totals *t)
{
	return totals_sum(t->argv_missing, ARGV_MISSING_CNT);
}
