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

uint64_t sink_wants(const struct sink_ops *ops, const struct view_conf *view)
{
	const uint64_t table = HAS_COMMAND | HAS_PARENT_COMMAND | HAS_DEPTH | HAS_ANCESTRY;
	uint64_t wants = ops->wants | (view->ancestry ? HAS_ANCESTRY : 0);

	for (size_t i = 0; i < view->column_cnt; i++) {
		const struct field *f = view->columns[i];

		wants |= f->has & table;
		if (f->type == FIELD_CMDLINE)
			wants |= HAS_COMMAND;
		else if (f->type == FIELD_TREE)
			wants |= HAS_DEPTH;
	}
	return wants;
}

unsigned int sink_kinds(const struct sink_ops *ops, const struct view_conf *view)
{
	const unsigned int life = BIT(EVENT_FORK) | BIT(EVENT_EXEC) | BIT(EVENT_EXIT);

	return ops->kinds | (sink_wants(ops, view) ? life : 0);
}
