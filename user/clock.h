/* SPDX-License-Identifier: BSD-2-Clause */
/* Clocks, and time as text. All times are nanoseconds. Layer 0. */
#ifndef CLOCK_H
#define CLOCK_H

#include <time.h>

#include "buf.h"

/* The named clock (clock_gettime(2)) now. */
uint64_t clock_now_ns(clockid_t clock);

/* What that clock shows so much later than now, for waits with an end. */
struct timespec clock_until(clockid_t clock, uint64_t ns);

/* What must be added to a CLOCK_BOOTTIME to get the CLOCK_REALTIME of the same moment, now. */
int64_t clock_wall_offset_ns(void);

/*
 * What must be added to a CLOCK_MONOTONIC to get the CLOCK_BOOTTIME of the same moment, now.
 * *known_ns is what it was, 0 at first; threads may share it. It changes only if the machine was
 * suspended since: a moment that is converted twice must be the same twice.
 */
int64_t clock_boot_offset_ns(int64_t *known_ns);

enum {
	CLOCK_FORMAT_LEN = 64, /* the longest format, with its NUL */
	CLOCK_TEXT_LEN = 128, /* the longest time it may make */
};

/* A form of times: what strftime(3) makes of head and tail, and a fraction of the second between. */
struct clock_format {
	char head[CLOCK_FORMAT_LEN];
	char tail[CLOCK_FORMAT_LEN];
	unsigned int digits; /* of the fraction, up to 9 */
	unsigned int width; /* bytes it makes, at the most */
};

/* The time of day with milliseconds: 23:59:59.123. */
extern const struct clock_format clock_format_day;

/*
 * Read a format: printable ASCII with the conversions of strftime(3) that need no more than a
 * letter, and once %N, %1N to %9N: so many digits of the fraction of the second, 9 by default.
 * NULL, or what is wrong with it.
 */
const char *clock_format_parse(struct clock_format *f, const char *text);

/*
 * Times come in ascending order many a second, so the text of the last whole
 * second is kept. All zero is a valid start.
 */
struct clock_text {
	uint64_t sec;
	bool known; /* of sec */
	size_t head_len;
	size_t tail_len;
	char head[CLOCK_TEXT_LEN];
	char tail[CLOCK_TEXT_LEN];
};

/* Append wall_ns as RFC 3339 in UTC with nanoseconds: 2026-11-22T23:59:59.123456789Z. */
void clock_put_rfc3339(struct clock_text *t, struct buf *b, uint64_t wall_ns);

/* Append wall_ns as local time. One t serves one format. */
void clock_put_local(struct clock_text *t, struct buf *b, const struct clock_format *f,
		     uint64_t wall_ns);

/*
 * Read a time: RFC 3339 (2026-11-22T23:59:59.5Z, +01:00), or local: 2026-11-22 23:59:59.5, without
 * seconds, without time of day (its start), or without date (today). *wall_ns: CLOCK_REALTIME. False
 * if it is none.
 */
bool clock_parse(const char *text, uint64_t *wall_ns);

/* Append a length of time for a person: 812us, 14.2ms, 3.1s, 2h05m. */
void clock_put_duration(struct buf *b, uint64_t ns);

#endif
