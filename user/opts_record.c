// SPDX-License-Identifier: BSD-2-Clause
#include "opts_record.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "opts.h"
#include "opts_filter.h"
#include "opts_output.h"
#include "opts_table.h"

enum {
	ROTATE_MIN = 65536,
};

#define TIME_WANTED                                                            \
	"a time is wanted, as in 2026-11-22T23:59:59Z, '2026-11-22 23:59:59' " \
	"or, of today, 23:59"

const char *set_record(struct opts *o, const char *arg)
{
	if (!*arg)
		return "a file name is wanted, or - for standard output";
	o->record.path = arg;
	return NULL;
}

/* A length of time with its unit: 90s, 15m, 12h or 7d. */
static bool parse_time(const char *arg, uint64_t *ns)
{
	static const struct {
		char unit;
		unsigned int sec;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	char *end;

	if (*arg < '0' || *arg > '9')
		return false;
	errno = 0;
	*ns = strtoull(arg, &end, 10);
	if (errno || !*end || end[1])
		return false;
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (units[i].unit == *end) {
			if (*ns > UINT32_MAX / units[i].sec)
				return false;
			*ns *= units[i].sec * NSEC_PER_SEC;
			return *ns > 0;
		}
	return false;
}

const char *set_rotate(struct opts *o, const char *arg)
{
	uint64_t n;

	if (parse_time(arg, &n))
		o->record.rotate_ns = n;
	else if (parse_size(arg, INT64_MAX, &n) && n >= ROTATE_MIN)
		o->record.rotate_len = n;
	else
		return "a size from 64K, as in 100M, or a time, as in 90s, 15m, 12h or 7d, is "
		       "wanted";
	return NULL;
}

const char *set_keep(struct opts *o, const char *arg)
{
	uint64_t cnt;

	if (!parse_size(arg, UINT32_MAX, &cnt))
		return "a number of files is wanted";
	o->record.keep = (unsigned int)cnt;
	return NULL;
}

const char *set_replay(struct opts *o, const char *arg)
{
	if (!*arg)
		return "a file name is wanted, or - for standard input";
	if (o->replay.file)
		return "only once; further files go after all options";
	o->replay.file = arg;
	return NULL;
}

const char *set_replay_since(struct opts *o, const char *arg)
{
	return clock_parse(arg, &o->since_ns) ? NULL : TIME_WANTED;
}

const char *set_replay_until(struct opts *o, const char *arg)
{
	return clock_parse(arg, &o->until_ns) ? NULL : TIME_WANTED;
}

int opts_record_check(const struct opts *o)
{
	const char *live = o->replay.file ? o->given[OPT_LIVE] : NULL;
	const char *replay = o->replay.file ? NULL : o->given[OPT_REPLAY];
	const char *record = o->record.path ? NULL : o->given[OPT_RECORD];

	if (live)
		return opts_err(o, live, "--%s means nothing with --replay, which traces nothing",
				live);
	if (replay)
		return opts_err(o, replay, "--%s goes with --replay FILE only", replay);
	if (record)
		return opts_err(o, record, "--%s goes with --record FILE only", record);
	if (o->record.keep != UINT_MAX && !o->record.rotate_len && !o->record.rotate_ns)
		return opts_err(o, "keep", "--keep goes with --rotate only");
	if (o->until_ns && o->until_ns <= o->since_ns)
		return opts_err(o, "until", "--until is not after --since");
	return opts_output_check(o);
}

int opts_replay_files(struct opts *o, char *const *files, int cnt)
{
	for (int i = 0; i < cnt; i++)
		if (*files[i] == '-') {
			log_err(0,
				"'%s' stands after a file: options stand before all but the first",
				files[i]);
			return -EINVAL;
		}
	o->replay.more = files;
	o->replay.more_cnt = cnt;
	return 0;
}
