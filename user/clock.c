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

int64_t clock_boot_offset_ns(void)
{
	/* They differ by the time the machine was suspended, and by nothing that jitters. */
	int64_t offset = clock_offset_ns(CLOCK_MONOTONIC, CLOCK_BOOTTIME);

	return offset > -(int64_t)NSEC_PER_MSEC && offset < (int64_t)NSEC_PER_MSEC ? 0 : offset;
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

/* A number of exactly so many digits, from min to max, off the front of the text. */
static bool clock_digits(const char **text, int digits, int min, int max, int *n)
{
	*n = 0;
	for (int i = 0; i < digits; i++, ++*text) {
		if (**text < '0' || **text > '9')
			return false;
		*n = *n * 10 + (**text - '0');
	}
	return *n >= min && *n <= max;
}

static bool clock_char(const char **text, char c)
{
	if (**text != c)
		return false;
	++*text;
	return true;
}

/* YYYY-MM-DD */
static bool clock_date(const char **text, struct tm *tm)
{
	bool ok = clock_digits(text, 4, 1970, 9999, &tm->tm_year) && clock_char(text, '-') &&
		  clock_digits(text, 2, 1, 12, &tm->tm_mon) && clock_char(text, '-') &&
		  clock_digits(text, 2, 1, 31, &tm->tm_mday);

	tm->tm_year -= 1900;
	tm->tm_mon--;
	return ok;
}

/* HH:MM[:SS[.FRACTION]] */
static bool clock_time(const char **text, struct tm *tm, uint64_t *ns)
{
	uint64_t digit = NSEC_PER_SEC / 10;

	if (!clock_digits(text, 2, 0, 23, &tm->tm_hour) || !clock_char(text, ':') ||
	    !clock_digits(text, 2, 0, 59, &tm->tm_min))
		return false;
	if (!clock_char(text, ':'))
		return true;
	if (!clock_digits(text, 2, 0, 60, &tm->tm_sec))
		return false;
	if (!clock_char(text, '.'))
		return true;
	if (**text < '0' || **text > '9')
		return false;
	for (; **text >= '0' && **text <= '9'; ++*text, digit /= 10)
		*ns += (uint64_t)(**text - '0') * digit;
	return true;
}

/* Z or +HH:MM or -HH:MM */
static bool clock_zone(const char **text, int *sec)
{
	bool west = **text == '-';
	int hour, min;

	if (clock_char(text, 'Z') || clock_char(text, 'z'))
		return true;
	if (!west && **text != '+')
		return false;
	++*text;
	if (!clock_digits(text, 2, 0, 23, &hour) || !clock_char(text, ':') ||
	    !clock_digits(text, 2, 0, 59, &min))
		return false;
	*sec = (west ? -1 : 1) * (hour * 3600 + min * 60);
	return true;
}

bool clock_parse(const char *text, uint64_t *wall_ns)
{
	time_t now = time(NULL), sec;
	bool dated = strchr(text, '-') && text[0] && text[1] && text[2] != ':';
	struct tm tm = { 0 }, same;
	uint64_t ns = 0;
	int zone = 0, day;

	if (!dated && !localtime_r(&now, &tm))
		return false;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	if (dated && !clock_date(&text, &tm))
		return false;
	if (dated && *text && !clock_char(&text, 'T') && !clock_char(&text, ' '))
		return false;
	if ((!dated || text[-1] < '0' || text[-1] > '9') && !clock_time(&text, &tm, &ns))
		return false;
	day = tm.tm_mday;
	same = tm;
	same.tm_isdst = -1;
	if (dated && *text) {
		if (!clock_zone(&text, &zone) || *text)
			return false;
		sec = timegm(&same) - zone;
	} else {
		sec = mktime(&same);
	}
	if (*text || sec < 0 || same.tm_mday != day) /* as in 2026-02-30 */
		return false;
	*wall_ns = (uint64_t)sec * NSEC_PER_SEC + ns;
	return true;
}
