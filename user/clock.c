// SPDX-License-Identifier: BSD-2-Clause
#include "clock.h"

uint64_t clock_now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* From the one clock to the other: read between two readings of the first. */
static int64_t clock_offset_ns(clockid_t from, clockid_t to)
{
	uint64_t before = clock_now_ns(from);
	uint64_t there = clock_now_ns(to);
	uint64_t after = clock_now_ns(from);

	return (int64_t)(there - (before + (after - before) / 2));
}

int64_t clock_wall_offset_ns(void)
{
	return clock_offset_ns(CLOCK_BOOTTIME, CLOCK_REALTIME);
}

int64_t clock_boot_offset_ns(int64_t *known_ns)
{
	/* They differ by the time the machine was suspended: no reading is as exact as that. */
	const int64_t slack_ns = NSEC_PER_MSEC;
	int64_t known = __atomic_load_n(known_ns, __ATOMIC_RELAXED), now;
	uint64_t before, there, after;
	int tries = 8;

	do {
		before = clock_now_ns(CLOCK_MONOTONIC);
		there = clock_now_ns(CLOCK_BOOTTIME);
		after = clock_now_ns(CLOCK_MONOTONIC);
		if ((int64_t)(there - after) - slack_ns <= known &&
		    known <= (int64_t)(there - before) + slack_ns)
			return known;
		/* Once more if other programs ran in between. */
	} while (after - before > NSEC_PER_MSEC && --tries);
	now = (int64_t)(there - (before + (after - before) / 2));
	/* If another thread was first, it is as that says. */
	return __atomic_compare_exchange_n(known_ns, &known, now, false, __ATOMIC_RELAXED,
					   __ATOMIC_RELAXED) ?
		       now :
		       known;
}

/* Fill t with the whole second of wall_ns in the form that strftime(3) knows. */
static void clock_second(struct clock_text *t, uint64_t wall_ns, const char *fmt,
			 struct tm *(*split)(const time_t *, struct tm *))
{
	uint64_t sec = wall_ns / NSEC_PER_SEC;
	time_t tt = (time_t)sec;
	struct tm tm;

	if (t->len && t->sec == sec)
		return;
	t->len = split(&tt, &tm) ? strftime(t->text, sizeof(t->text), fmt, &tm) : 0;
	t->sec = sec;
}

void clock_put_rfc3339(struct clock_text *t, struct buf *b, uint64_t wall_ns)
{
	clock_second(t, wall_ns, "%Y-%m-%dT%H:%M:%S.", gmtime_r);
	buf_put(b, t->text, t->len);
	buf_put_padded(b, wall_ns % NSEC_PER_SEC, 9);
	buf_put_char(b, 'Z');
}

void clock_put_local(struct clock_text *t, struct buf *b, uint64_t wall_ns)
{
	clock_second(t, wall_ns, "%H:%M:%S.", localtime_r);
	buf_put(b, t->text, t->len);
	buf_put_padded(b, wall_ns % NSEC_PER_SEC / NSEC_PER_MSEC, 3);
}

void clock_put_duration(struct buf *b, uint64_t ns)
{
	uint64_t sec = ns / NSEC_PER_SEC;

	if (ns < NSEC_PER_MSEC)
		buf_printf(b, "%juus", (uintmax_t)(ns / 1000));
	else if (sec < 1)
		buf_printf(b, "%.1fms", (double)ns / NSEC_PER_MSEC);
	else if (sec < 60)
		buf_printf(b, "%.2fs", (double)ns / NSEC_PER_SEC);
	else if (sec < 3600)
		buf_printf(b, "%jum%02jus", (uintmax_t)(sec / 60), (uintmax_t)(sec % 60));
	else
		buf_printf(b, "%juh%02jum", (uintmax_t)(sec / 3600), (uintmax_t)(sec / 60 % 60));
}
