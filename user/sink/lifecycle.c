// SPDX-License-Identifier: BSD-2-Clause
/* One line for each process that ended: what it ran, how it ended, what it used. */
#include "columns.h"

extern const struct sink_ops sink_lifecycle;

static int lifecycle_open(struct sink **out, const struct sink_conf *conf)
{
	static const char *const own[] = { "pid",        "duration", "cpu-user", "cpu-system",
					   "memory-max", "read",     "write",    "status",
					   "cmdline",    NULL };
	struct columns *s;
	int r = columns_open(&s, &sink_lifecycle, conf, own, NULL);

	if (r < 0)
		return r;
	s->lines &= BIT(EVENT_EXIT) | BIT(EVENT_EXEC_FAILED);
	*out = &s->base;
	return 0;
}

const struct sink_ops sink_lifecycle = {
	.name = "lifecycle",
	.kinds = BIT(EVENT_FORK) | BIT(EVENT_EXEC) | BIT(EVENT_EXIT),
	.wants = HAS_COMMAND,
	.shown = BIT(EVENT_EXIT),
	.open = lifecycle_open,
	.event = columns_event,
	.close = columns_close,
};
