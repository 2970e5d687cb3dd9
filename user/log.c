// SPDX-License-Identifier: BSD-2-Clause
#include "log.h"

#include <pthread.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>

#include "util.h"

enum {
	LINE_LEN = 2048,
	ERROR_LEN = 128,
	SITES = 16, /* format strings that are counted at once */
	LAST_LEN = 256, /* of the last line that was not shown */
	MARK_LEN = 8,
};

/* A format string, and how often it came since then. */
struct log_site {
	const char *fmt;
	uint64_t since_ns; /* CLOCK_MONOTONIC */
	unsigned int cnt;
	int level;
	char last[LAST_LEN];
};

static struct {
	bool verbose;
	pthread_mutex_t lock; /* for all below */
	unsigned int burst;
	uint64_t interval_ns;
	uint64_t suppressed;
	struct log_site sites[SITES];
} logs = { .lock = PTHREAD_MUTEX_INITIALIZER };

void log_set_verbose(bool verbose)
{
	logs.verbose = verbose;
}

bool log_is_verbose(void)
{
	return logs.verbose;
}

/* Is stderr what the service manager connected to the journal? Not if it was redirected since. */
static bool log_to_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char ours[48];
	struct stat st;

	if (!stream || fstat(STDERR_FILENO, &st) < 0)
		return false;
	snprintf(ours, sizeof(ours), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return !strcmp(stream, ours);
}

/* What stands before a line of that level. */
static void log_mark(char mark[MARK_LEN], int level)
{
	mark[0] = '\0';
	if (log_to_journal())
		snprintf(mark, MARK_LEN, "<%d>", level);
}

/* One write a line, so that lines of several processes do not mix. */
static void log_put(int level, const char *line, unsigned int more)
{
	char mark[MARK_LEN], tail[40] = "";

	log_mark(mark, level);
	if (more)
		snprintf(tail, sizeof(tail), " (%u more like this)", more);
	fprintf(stderr, "%sexecsnoop-c: %s%s\n", mark, line, tail);
}

/* The interval is over. */
static void log_site_end(struct log_site *s)
{
	if (s->fmt && s->cnt > logs.burst)
		log_put(s->level, s->last, s->cnt - logs.burst);
	s->fmt = NULL;
}

static void log_sites_end(uint64_t now_ns)
{
	for (struct log_site *s = logs.sites; s < logs.sites + SITES; s++)
		if (now_ns - s->since_ns >= logs.interval_ns)
			log_site_end(s);
}

static uint64_t log_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* The site of fmt; one that is free or else the oldest becomes it. */
static struct log_site *log_site(const char *fmt, uint64_t now_ns)
{
	struct log_site *site = logs.sites;

	for (struct log_site *s = logs.sites; s < logs.sites + SITES; s++) {
		if (s->fmt == fmt)
			return s;
		if (site->fmt && (!s->fmt || s->since_ns < site->since_ns))
			site = s;
	}
	log_site_end(site);
	*site = (struct log_site){ .fmt = fmt, .since_ns = now_ns };
	return site;
}

static void log_limited(int level, const char *fmt, const char *line)
{
	uint64_t now = log_now_ns();
	struct log_site *s;

	log_sites_end(now);
	s = log_site(fmt, now);
	if (++s->cnt <= logs.burst) {
		log_put(level, line, 0);
		return;
	}
	logs.suppressed++;
	s->level = level;
	snprintf(s->last, sizeof(s->last), "%.*s", LAST_LEN - 1, line);
}

void log_limit(unsigned int burst, uint64_t interval_ns)
{
	pthread_mutex_lock(&logs.lock);
	for (size_t i = 0; i < SITES; i++)
		log_site_end(&logs.sites[i]);
	logs.burst = burst;
	logs.interval_ns = interval_ns;
	pthread_mutex_unlock(&logs.lock);
}

void log_catch_up(bool all)
{
	pthread_mutex_lock(&logs.lock);
	if (logs.burst)
		log_sites_end(all ? UINT64_MAX : log_now_ns());
	pthread_mutex_unlock(&logs.lock);
}

uint64_t log_due(void)
{
	uint64_t due_ns = UINT64_MAX;

	pthread_mutex_lock(&logs.lock);
	for (const struct log_site *s = logs.sites; s < logs.sites + SITES; s++)
		if (s->fmt && s->cnt > logs.burst && s->since_ns + logs.interval_ns < due_ns)
			due_ns = s->since_ns + logs.interval_ns;
	pthread_mutex_unlock(&logs.lock);
	return due_ns;
}

uint64_t log_suppressed(void)
{
	uint64_t cnt;

	pthread_mutex_lock(&logs.lock);
	cnt = logs.suppressed;
	pthread_mutex_unlock(&logs.lock);
	return cnt;
}

static void log_line(int level, int err, const char *fmt, va_list ap)
{
	char text[LINE_LEN], line[LINE_LEN + ERROR_LEN];

	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		return;
	snprintf(line, sizeof(line), err ? "%s: %s" : "%s", text, strerror(-err));
	pthread_mutex_lock(&logs.lock);
	if (logs.burst && level != LOG_DEBUG)
		log_limited(level, fmt, line);
	else
		log_put(level, line, 0);
	pthread_mutex_unlock(&logs.lock);
}

int log_err(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_ERR, err, fmt, ap);
	va_end(ap);
	return err;
}

void log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_INFO, 0, fmt, ap);
	va_end(ap);
}

void log_answer(const char *text, size_t len)
{
	const char *prefix = "execsnoop-c: ", *end;
	char mark[MARK_LEN];

	log_mark(mark, LOG_INFO);
	pthread_mutex_lock(&logs.lock);
	while (len && (end = memchr(text, '\n', len))) {
		size_t line = (size_t)(end - text) + 1;

		fprintf(stderr, "%s%s%.*s", mark, prefix, (int)line, text);
		prefix = "";
		text += line;
		len -= line;
	}
	pthread_mutex_unlock(&logs.lock);
}

void log_debug(const char *fmt, ...)
{
	va_list ap;

	if (!logs.verbose)
		return;
	va_start(ap, fmt);
	log_line(LOG_DEBUG, 0, fmt, ap);
	va_end(ap);
}
