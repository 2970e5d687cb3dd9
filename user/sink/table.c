// SPDX-License-Identifier: BSD-2-Clause
/* One line an event, in columns. The last column, COMMAND, is never cut. */
#include "columns.h"

extern const struct sink_ops sink_table;

static int table_open(struct sink **out, const struct sink_conf *conf)
{
	const struct view_conf *view = &conf->view;
	const char *own[8];
	struct columns *s;
	size_t cnt = 0;
	int r;

	if (!view->since || view->wall)
		own[cnt++] = "time";
	if (!cells_kind_is_plain(conf->kinds))
		own[cnt++] = "event";
	own[cnt++] = "user";
	own[cnt++] = "pid";
	own[cnt++] = "ppid";
	own[cnt++] = "comm";
	own[cnt++] = "command";
	own[cnt] = NULL;
	r = columns_open(&s, &sink_table, conf, own, NULL);
	if (r == 0)
		*out = &s->base;
	return r;
}

const struct sink_ops sink_table = {
	.name = "table",
	.open = table_open,
	.event = columns_event,
	.close = columns_close,
};
