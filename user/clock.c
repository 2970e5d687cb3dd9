// SPDX-License-Identifier: BSD-2-Clause
#include "clock.h"

#include <string.h>

uint64_t clock_now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

struct timespec clock_until(clockid_t clock, uint64_t ns)
{
	uint64_t until = clock_now_ns(clock) + ns;

	return (struct timespec){ .tv_sec = (time_t)(until / NSEC_PER_SEC),
				  .tv_nsec = (long)(until % NSEC_PER_SEC) };
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

const struct clock_format clock_format_day = { .head = "%H:%M:%S.", .digits = 3, .width = 12 };

static const struct clock_format clock_format_rfc3339 = {
	.head = "%Y-%m-%dT%H:%M:%S.",
	.tail = "Z",
	.digits = 9,
};

/* Copy up to the fraction; NULL, or what is wrong. */
static const char *clock_format_part(char *to, const char **from)
{
	static const char plain[] = "aAbBcCdDeFgGhHIjklmMpPrRsSTuUVwWxXyYzZ%";
	const char *p = *from;

	while (*p) {
		if (*p < ' ' || *p > '~')
			return "only printable ASCII is taken";
		if (*p != '%') {
			*to++ = *p++;
			continue;
		}
		if (p[1] == 'N' || (p[1] >= '1' && p[1] <= '9' && p[2] == 'N'))
			break;
		if (!p[1] || !strchr(plain, p[1]))
			return "after % a letter of strftime(3) is wanted, or N or 3N: digits of "
			       "the fraction; %% is a %";
		*to++ = *p++;
		*to++ = *p++;
	}
	*from = p;
	return NULL;
}

/* What a part makes of a day with long names; -1 if it may be too long. */
static int clock_format_width(const char *part)
{
	static const struct tm tm = { .tm_wday = 3, /* Wednesday */
				      .tm_mon = 8, /* September */
				      .tm_mday = 30,
				      .tm_hour = 23,
				      .tm_year = 8099,
				      .tm_yday = 272 };
	char text[CLOCK_TEXT_LEN];
	size_t len = strftime(text, sizeof(text), part, &tm);

	return *part && !len ? -1 : (int)len;
}

const char *clock_format_parse(struct clock_format *f, const char *text)
{
	struct clock_format made = { 0 };
	const char *wrong;
	int head, tail;

	if (!*text || strlen(text) >= CLOCK_FORMAT_LEN)
		return "1 to 63 characters are wanted, as in '%F %T.%3N'";
	wrong = clock_format_part(made.head, &text);
	if (!wrong && *text) {
		made.digits = text[1] == 'N' ? 9 : (unsigned int)(text[1] - '0');
		text += text[1] == 'N' ? 2 : 3;
		wrong = clock_format_part(made.tail, &text);
		if (!wrong && *text)
			wrong = "only one fraction is taken";
	}
	if (wrong)
		return wrong;
	head = clock_format_width(made.head);
	tail = clock_format_width(made.tail);
	if (head < 0 || tail < 0)
		return "the time that it makes is too long";
	made.width = (unsigned int)(head + tail) + made.digits;
	*f = made;
	return NULL;
}

/* Append a time; split is gmtime_r or localtime_r. */
static void clock_put(struct clock_text *t, struct buf *b, const struct clock_format *f,
		      uint64_t wall_ns, struct tm *(*split)(const time_t *, struct tm *))
{
	static const uint64_t unit[] = { NSEC_PER_SEC, 100000000, 10000000, 1000000, 100000,
					 10000,        1000,      100,      10,      1 };
	uint64_t sec = wall_ns / NSEC_PER_SEC;

	if (!t->known || t->sec != sec) {
		time_t tt = (time_t)sec;
		struct tm tm;
		bool ok = split(&tt, &tm);

		t->head_len = ok ? strftime(t->head, sizeof(t->head), f->head, &tm) : 0;
		t->tail_len = ok ? strftime(t->tail, sizeof(t->tail), f->tail, &tm) : 0;
		t->sec = sec;
		t->known = true;
	}
	buf_put(b, t->head, t->head_len);
	if (f->digits)
		buf_put_padded(b, wall_ns % NSEC_PER_SEC / unit[f->digits], f->digits);
	buf_put(b, t->tail, t->tail_len);
}

void clock_put_rfc3339(struct clock_text *t, struct buf *b, uint64_t wall_ns)
{
	clock_put(t, b, &clock_format_rfc3339, wall_ns, gmtime_r);
}

void clock_put_local(struct clock_text *t, struct buf *b, const struct clock_format *f,
		     uint64_t wall_ns)
{
	clock_put(t, b, f, wall_ns, localtime_r);
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
