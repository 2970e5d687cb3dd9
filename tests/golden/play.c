// SPDX-License-Identifier: BSD-2-Clause
/*
 * play FLAGS [OPTION]... < SCENE: print what execsnoop-c shows of a scene with these options.
 * FLAGS are letters: u (the terminal understands UTF-8), c (colours), k (without what scenes say and
 * captures do not keep), w (write a capture instead), e (with --env all), or - for none of them. Digits are a pid: the
 * tree of that process alone, as with --pid, which asks the machine whether there is one.
 */
#include <locale.h>
#include <string.h>

#include "capture_format.h"
#include "filter.h"
#include "opts.h"
#include "proctab.h"
#include "scene.h"

enum {
	WORDS_MAX = 64,
};

struct play {
	unsigned int hidden; /* BIT(enum event_kind) */
	struct run run;
	struct sink *sink;
	struct proctab *proctab;
	struct filter *filter;
	struct capture_writer *writer; /* NULL: no capture is written */
	bool kept; /* show what a capture keeps */
	struct buf out;
};

static void play_record(struct play *p, const struct event *ev)
{
	const struct capture_part part = { .run = &p->run, .collected = p->run.kinds };

	if (!p->out.len)
		capture_put_part(&p->out, &part);
	if (capture_put(p->writer, ev) > 0)
		capture_take(p->writer, &p->out);
}

static void play_event(void *ctx, struct event *ev)
{
	struct play *p = ctx;

	if (p->writer) {
		play_record(p, ev);
		return;
	}
	if (p->kept) {
		ev->has &= HAS_RUN | ~(uint64_t)CAPTURE_NOT_KEPT;
		ev->depth = 0;
	}
	proctab_update(p->proctab, ev);
	if (!filter_pass(p->filter, ev) || BIT(ev->kind) & p->hidden)
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
	struct filter_conf tree = { 0 };
	_cleanup_(buf_done) struct buf wrong = { 0 };
	char *words[WORDS_MAX] = { "play", "--env", "all" };
	struct opts o;
	uint64_t wants;
	int cnt;
	bool ok;

	if (argc < 2)
		return 2;
	cnt = strchr(argv[1], 'e') ? 3 : 1;
	for (int i = 2; i < argc && cnt < WORDS_MAX - 1; i++)
		words[cnt++] = argv[i];
	if (opts_parse(&o, cnt, words) < 0)
		return 2;
	setenv("TZ", "UTC", 1);
	conf.view = o.view;
	conf.kinds = o.source.kinds;
	conf.utf8 = strchr(argv[1], 'u');
	if (conf.utf8 && !setlocale(LC_CTYPE, "C.UTF-8"))
		return 1;
	conf.color = strchr(argv[1], 'c');
	tree.pid = (uint32_t)strtoul(argv[1] + strcspn(argv[1], "0123456789"), NULL, 10);
	p.kept = strchr(argv[1], 'k');
	p.writer = strchr(argv[1], 'w') ? capture_writer_new(1) : NULL;
	snprintf(p.run.options, sizeof(p.run.options), "%s", o.text);
	p.run.kinds = o.source.kinds;
	p.hidden = ~(o.source.kinds | BIT(EVENT_START) | BIT(EVENT_LOST) | BIT(EVENT_END));
	wants = sink_wants(o.sink, &o.view);
	keep.command = wants & (HAS_COMMAND | HAS_PARENT_COMMAND);
	keep.ancestry = wants & (HAS_DEPTH | HAS_ANCESTRY);
	keep.root = tree.pid;
	p.proctab = proctab_new(&keep);
	p.filter = filter_new(&tree, &wrong);
	if (!p.proctab || !p.filter || o.sink->open(&p.sink, &conf) < 0)
		return 1;
	ok = !scene_read(stdin, &p.run, play_event, &p);
	ok = (!p.writer || capture_take(p.writer, &p.out) == 0) && ok;
	ok = fwrite(p.out.ptr, 1, p.out.len, stdout) == p.out.len && !fflush(stdout) && ok;
	p.sink->ops->close(p.sink);
	proctab_free(p.proctab);
	filter_free(p.filter);
	capture_writer_free(p.writer);
	buf_done(&p.out);
	return !ok;
}
