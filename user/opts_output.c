// SPDX-License-Identifier: BSD-2-Clause
#include "opts_output.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "log.h"
#include "opts.h"
#include "opts_filter.h"
#include "opts_table.h"
#include "out.h"
#include "parts.h"

const char *set_output(struct opts *o, const char *arg)
{
	const char *socket = out_socket_path(arg);

	if (!*arg || (socket && !*socket))
		return "a file name, or unix: and the path of a socket (at most 107 bytes), is "
		       "wanted";
	o->to_stdout = !strcmp(arg, "-");
	o->output = o->to_stdout ? NULL : arg;
	return NULL;
}

const char *set_append(struct opts *o, const char *arg)
{
	(void)arg;
	o->append = true;
	return NULL;
}

const char *set_metrics(struct opts *o, const char *arg)
{
	if (!*arg)
		return "a file name is wanted, as in /var/lib/prometheus/node-exporter/x.prom";
	o->metrics.path = arg;
	return NULL;
}

const char *set_metrics_interval(struct opts *o, const char *arg)
{
	return parse_seconds(arg, &o->metrics.interval_ns) &&
			       o->metrics.interval_ns >= NSEC_PER_SEC ?
		       NULL :
		       "a number of seconds from 1 is wanted";
}

int opts_output_check(const struct opts *o)
{
	const char *path = o->record.path;

	if (path && !strcmp(path, "-") && (!o->output || record_rotates(&o->record)))
		return opts_err(o, "record",
				"--record - wants --output FILE beside it, and no --rotate");
	if (path && out_socket_path(path))
		return opts_err(o, "record", "--record %s: a capture goes to a file", path);
	if (o->append && (!o->output || out_socket_path(o->output)))
		return opts_err(o, "append", "--append goes with --output FILE only");
	if (o->metrics.interval_ns && !o->metrics.path)
		return opts_err(o, "metrics-interval",
				"--metrics-interval goes with --metrics FILE only");
	return 0;
}

/* A file, or where it will be made: it is missing from this folder under this name. */
struct place {
	dev_t dev;
	ino_t ino;
	const char *missing; /* NULL: it is there */
};

/* False: nothing that two could not share, such as a pipe, a terminal or a socket. */
static bool place_find(struct place *p, const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX] = ".";
	struct stat st;

	p->missing = NULL;
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return false;
	if (stat(path, &st) < 0) {
		p->missing = slash ? slash + 1 : path;
		if (slash)
			snprintf(folder, sizeof(folder), "%.*s", (int)(p->missing - path), path);
		if (stat(folder, &st) < 0)
			return false;
	}
	p->dev = st.st_dev;
	p->ino = st.st_ino;
	return true;
}

static bool is_same_file(const char *a, const char *b)
{
	struct place x, y;

	if (!a || !b || !place_find(&x, a) || !place_find(&y, b))
		return false;
	return x.dev == y.dev && x.ino == y.ino && !x.missing == !y.missing &&
	       (!x.missing || !strcmp(x.missing, y.missing));
}

/* Is it the capture of that name, or, by their numbers, one of those that are replayed before it? */
static bool is_replayed(const char *path, const char *capture)
{
	_cleanup_(buf_done) struct buf numbers = { 0 };
	bool same = is_same_file(path, capture);

	if (parts_list(capture, &numbers) < 0)
		return same;
	for (size_t i = 0; !same && i < numbers.len / sizeof(uint64_t); i++) {
		_cleanup_(buf_done) struct buf name = { 0 };

		parts_name(&name, capture, ((const uint64_t *)numbers.ptr)[i]);
		same = !name.failed && is_same_file(path, name.ptr);
	}
	return same;
}

static int check_replay(const struct opts *o, const char *output)
{
	for (int i = 0; o->replay.file && i <= o->replay.more_cnt; i++) {
		const char *capture = i ? o->replay.more[i - 1] : o->replay.file;

		if (is_replayed(output, capture))
			return opts_err(o, "output", "--output %s is a file that --replay reads",
					output);
	}
	return 0;
}

int opts_files_check(const struct opts *o)
{
	const char *std = opts_std_fd(o) == STDERR_FILENO ? "/dev/stderr" : "/dev/stdout";
	const char *output = o->output ? o->output : std, *record = o->record.path;
	char renamed[PATH_MAX] = "";
	const struct {
		const char *option, *path;
		bool read;
	} files[] = {
		{ "config", o->file.path, true },
		{ "btf", o->source.btf, true },
		{ "output", output, false },
		{ "record", record && !strcmp(record, "-") ? std : record, false },
		{ "metrics", o->metrics.path, false },
		{ "metrics", o->metrics.path ? renamed : NULL, false },
	};

	if (o->metrics.path) /* it is made under this name */
		snprintf(renamed, sizeof(renamed), "%s.new", o->metrics.path);
	for (size_t i = 1; i < ARRAY_LEN(files); i++)
		for (size_t j = 0; j < i; j++)
			if (!files[i].read && is_same_file(files[i].path, files[j].path))
				return opts_err(o, files[i].option,
						"--%s: %s is the file of --%s as well",
						files[i].option, files[i].path, files[j].option);
	return check_replay(o, output);
}
