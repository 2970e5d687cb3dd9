// SPDX-License-Identifier: BSD-2-Clause
/*
 * play FLAGS [OPTION]... < SCENE: print what execsnoop-c shows of a scene with these options.
 * FLAGS are letters: u (the terminal understands UTF-8), c (colours), or - for neither.
 */
#include <string.h>

#include "opts.h"
#include "proctab.h"
#include "scene.h"

struct play {
	unsigned int hidden; /* BIT(enum event_kind) */
	struct run run;
	struct sink *sink;
	struct proctab *proctab;
	struct buf out;
};

static void play_event(void *ctx, struct event *ev)
{
	struct play *p = ctx;

	proctab_update(p->proctab, ev);
	if (ev->kind == EVENT_SNAPSHOT || BIT(ev->kind) & p->hidden)
		return;
	totals_count(&p->run.totals, ev);
	p->sink->ops->event(p->sink, &p->out, ev);
}

int main(int argc, char **argv)
{
	struct play p = { .run = { .version = "9.9",
				   .backend = "bpf",
				   .ephemeral_id = "e-id",
				   .host_name = "box",
				   .host_id = "h-id",
				   .boot_id = "01234567-89ab-cdef-0123-456789abcdef",
				   .kernel = "6.1",
				   .arch = "x86_64" } };
	struct sink_conf conf = { 0 };
	struct proctab_conf keep = { 0 };
	struct opts o;
	uint64_t wants;
	bool ok;

	if (argc < 2 || opts_parse(&o, argc - 1, argv + 1) < 0)
		return 2;
	setenv("TZ", "UTC", 1);
	conf.view = o.view;
	conf.kinds = o.source.kinds;
	conf.utf8 = strchr(argv[1], 'u');
	conf.color = strchr(argv[1], 'c');
	snprintf(p.run.options, sizeof(p.run.options), "%s", o.text);
	p.run.kinds = o.source.kinds;
	p.hidden = ~(o.source.kinds | BIT(EVENT_START) | BIT(EVENT_LOST) | BIT(EVENT_END));
	wants = sink_wants(o.sink, &o.view);
	keep.command = wants & (HAS_COMMAND | HAS_PARENT_COMMAND);
	keep.ancestry = wants & (HAS_DEPTH | HAS_ANCESTRY);
	p.proctab = proctab_new(&keep);
	if (!p.proctab || o.sink->open(&p.sink, &conf) < 0)
		return 1;
	ok = !scene_read(stdin, &p.run, play_event, &p);
	ok = fwrite(p.out.ptr, 1, p.out.len, stdout) == p.out.len && !fflush(stdout) && ok;
	p.sink->ops->close(p.sink);
	proctab_free(p.proctab);
	buf_done(&p.out);
	return !ok;
}
