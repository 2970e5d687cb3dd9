// SPDX-License-Identifier: BSD-2-Clause
/* The sinks, fed with a hostile event: a byte of which table, the run, then the event. */
#include "made.h"
#include "oracle.h"
#include "sink/sink.h"

#include "buf.h"

enum {
	TABLES = 4, /* with and without UTF-8, all kinds or execs alone */
};

struct sinks {
	struct sink *json, *table[TABLES];
};

static struct sink *sink_new(const char *name, unsigned int i)
{
	const struct sink_conf conf = {
		.utf8 = i & 1,
		.kinds = i & 2 ? BIT(EVENT_EXEC) : BIT(EVENT_KIND_CNT) - 1,
	};
	struct sink *s;

	must(sink_find(name)->open(&s, &conf) == 0);
	return s;
}

/* What was written is whole lines; without the last newline of the last. Nothing is a line too. */
static bool take_line(struct buf *b)
{
	must(!b->failed);
	if (!b->len)
		return false;
	must(b->ptr[b->len - 1] == '\n');
	b->len--;
	return true;
}

static void check_json(struct sink *s, struct buf *b, const struct event *ev)
{
	b->len = 0;
	s->ops->event(s, b, ev);
	must(take_line(b));
	oracle_line(buf_span(b), true);
	oracle_json_line(buf_span(b), event_has(ev, HAS_ARGV) ? &ev->argv : NULL,
			 event_has(ev, HAS_FILENAME) ? &ev->filename : NULL);
}

static void check_table(struct sink *s, struct buf *b, const struct event *ev, bool utf8)
{
	b->len = 0;
	s->ops->event(s, b, ev);
	if (take_line(b))
		oracle_line(buf_span(b), utf8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sinks sinks;
	static struct buf b;
	struct input in = { data, size };
	unsigned int table = (unsigned int)input_number(&in, 1) % TABLES;
	struct blocks keep = { 0 };
	struct event ev = { .kind = EVENT_START, .has = HAS_RUN };
	struct run run;

	if (!sinks.json) {
		sinks.json = sink_new("json", 0);
		for (unsigned int i = 0; i < TABLES; i++)
			sinks.table[i] = sink_new("table", i);
	}
	made_run(&run, &in);
	ev.run = &run;
	sinks.json->ops->event(sinks.json, &b, &ev); /* it keeps what of the run ends each line */
	made_event(&ev, &run, &in, &keep);
	check_json(sinks.json, &b, &ev);
	check_table(sinks.table[table], &b, &ev, table & 1);
	blocks_free(&keep);
	return 0;
}
