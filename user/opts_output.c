// SPDX-License-Identifier: BSD-2-Clause
#include "opts_output.h"

#include <errno.h>
#include <string.h>

#include "log.h"
#include "opts.h"
#include "opts_filter.h"
#include "opts_table.h"
#include "out.h"

const char *set_output(struct opts *o, const char *arg)
{
	const char *socket = out_socket_path(arg);

	if (!*arg || (socket && !*socket))
		return "a file name, or unix: and the path of a socket (at most 107 bytes), is "
		       "wanted";
	o->output = arg;
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
	if (path && o->output && !strcmp(path, o->output))
		return opts_err(o, "record", "--record and --output both name %s", path);
	if (path && out_socket_path(path))
		return opts_err(o, "record", "--record %s: a capture goes to a file", path);
	if (o->append && (!o->output || out_socket_path(o->output)))
		return opts_err(o, "append", "--append goes with --output FILE only");
	if (o->metrics.interval_ns && !o->metrics.path)
		return opts_err(o, "metrics-interval",
				"--metrics-interval goes with --metrics FILE only");
	return 0;
}
