// SPDX-License-Identifier: BSD-2-Clause
/* A process and its descendants. */
#include "filter.h"

#include "pidmap.h"

struct filter {
	struct pidmap tree; /* of conf->pid; empty: all are shown */
	bool all;
};

struct filter *filter_new(const struct filter_conf *conf, struct buf *wrong)
{
	struct filter *f = calloc(1, sizeof(*f));

	(void)wrong;
	if (!f)
		return NULL;
	f->all = !conf->pid;
	if (conf->pid)
		pidmap_set(&f->tree, conf->pid, 1);
	return f;
}

void filter_free(struct filter *f)
{
	if (f)
		pidmap_done(&f->tree);
	free(f);
}

bool filter_pass(struct filter *f, const struct event *ev)
{
	if (f->all || !event_has(ev, HAS_PID))
		return true;
	if (ev->kind == EVENT_FORK && event_has(ev, HAS_PPID) && pidmap_get(&f->tree, ev->ppid))
		pidmap_set(&f->tree, ev->pid, 1);
	if (!pidmap_get(&f->tree, ev->pid))
		return false;
	if (ev->kind == EVENT_EXIT)
		pidmap_set(&f->tree, ev->pid, 0);
	return true;
}

unsigned int filter_kinds(const struct filter_conf *conf)
{
	return conf->pid ? BIT(EVENT_FORK) | BIT(EVENT_EXIT) : 0;
}
