// SPDX-License-Identifier: BSD-2-Clause
/*
 * Each command below its parent's, indented by how many ancestors are known. The order of
 * events is kept: what other processes do stands between.
 */
#include "columns.h"

extern const struct sink_ops sink_tree;

static int tree_open(struct sink **out, const struct sink_conf *conf)
{
	static const char *const own[] = { NULL };
	struct columns *s;
	int r = columns_open(&s, &sink_tree, conf, own, "tree");

	if (r < 0)
		return r;
	s->headless = s->cnt == 1;
	*out = &s->base;
	return 0;
}

const struct sink_ops sink_tree = {
	.name = "tree",
	.kinds = BIT(EVENT_FORK) | BIT(EVENT_EXEC) | BIT(EVENT_EXIT),
	.wants = HAS_DEPTH,
	.open = tree_open,
	.event = columns_event,
	.close = columns_close,
};
