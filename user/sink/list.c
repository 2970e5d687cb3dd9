// SPDX-License-Identifier: BSD-2-Clause
#include "sink.h"

#include <string.h>

extern const struct sink_ops sink_table;
extern const struct sink_ops sink_tree;
extern const struct sink_ops sink_lifecycle;
extern const struct sink_ops sink_json;

const struct sink_ops *const sink_list[] = {
	&sink_table,
	&sink_tree,
	&sink_lifecycle,
	&sink_json,
};

const size_t sink_cnt = ARRAY_LEN(sink_list);

const struct sink_ops *sink_find(const char *name)
{
	for (size_t i = 0; i < sink_cnt; i++)
		if (!strcmp(sink_list[i]->name, name))
			return sink_list[i];
	return NULL;
}
