// SPDX-License-Identifier: BSD-2-Clause
#include "sink.h"

#include <string.h>

#include "../field.h"

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

unsigned int sink_kinds(const struct sink_ops *ops, const struct view_conf *view)
{
	const uint64_t told = HAS_COMMAND | HAS_PARENT_COMMAND | HAS_DEPTH | HAS_ANCESTRY;
	bool processes = view->ancestry;

	for (size_t i = 0; i < view->column_cnt; i++) {
		const struct field *f = view->columns[i];

		processes |= f->has & told || f->type == FIELD_CMDLINE || f->type == FIELD_TREE;
	}
	return ops->kinds | (processes ? BIT(EVENT_FORK) | BIT(EVENT_EXEC) | BIT(EVENT_EXIT) : 0);
}
