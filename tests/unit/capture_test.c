// SPDX-License-Identifier: BSD-2-Clause
#include <time.h>
#include <zlib.h>

#include "capture_format.h"
#include "clock.h"
#include "field.h"
#include "unit.h"

static size_t memory_max = SIZE_MAX; /* no more bytes are to be had in one go */

void *__real_realloc(void *ptr, size_t len);
void *__wrap_realloc(void *ptr, size_t len);

void *__wrap_realloc(void *ptr, size_t len)
{
	return len > memory_max ? NULL : __real_realloc(ptr, len);
}

enum {
	EVENT_CNT = 40,
	TEXT_LEN = 16 << 10, /* for the spans of one event */
	NOTE_LEN = 400,
};

/* What came out of a reader. */
struct got {
	struct buf events; /* struct event[], their spans into texts */
	struct buf texts; /* char *[] */
	unsigned int parts;
	unsigned int wrong; /* notes of damage */
	uint64_t lost;
	char note[NOTE_LEN]; /* the first of them, with its offset */
	struct run run;
	unsigned int records; /* until it is enough; 0: it never is */
	unsigned int asked;
};

static uint64_t seed;

static uint64_t rnd(void)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return seed >> 33;
}

/* Small, large and in between; and often one of a few, as values come again. */
static uint64_t rnd_u64(void)
{
	if (rnd() % 2)
		return rnd() % 4;
	return (rnd() << 33 ^ rnd() << 11 ^ rnd()) >> rnd() % 64;
}

static bool has_span(const struct disk_field *f)
{
	return f->member == MEMBER_SPAN || f->member == MEMBER_ARGV;
}

static struct span rnd_text(char **at, size_t max, bool argv)
{
	size_t len = rnd() % (max + 1);
	struct span s = { *at, len };

	for (size_t i = 0; i < len; i++)
		(*at)[i] = argv && rnd() % 4 == 0 ? '\0' : (char)(rnd() % 3 ? 'a' : rnd());
	*at += len;
	return s;
}

static void rnd_field(struct event *ev, const struct disk_field *f, char **text)
{
	char *at = (char *)ev + f->off;

	switch (f->member) {
	case MEMBER_BOOL:
		*(bool *)at = rnd() % 2;
		break;
	case MEMBER_U32:
		*(uint32_t *)at = (uint32_t)rnd_u64();
		break;
	case MEMBER_U64:
	case MEMBER_START:
	case MEMBER_PARENT_START:
		*(uint64_t *)at = rnd_u64();
		break;
	case MEMBER_ENUM: /* one without a name says that there is none: never with its bit */
		do
			*(uint32_t *)at = (uint32_t)(rnd() % (uint64_t)(f->name_cnt +
									(f->other == f->name_cnt)));
		while (*(uint32_t *)at < (uint32_t)f->name_cnt && !f->names[*(uint32_t *)at]);
		break;
	case MEMBER_SPAN:
		*(struct span *)at = rnd_text(text, 40, false);
		break;
	case MEMBER_ARGV:
		*(struct span *)at = rnd_text(text, rnd() % 8 ? 200 : 2000, true);
		break;
	default:
		break;
	}
}

/* The bits of enum event_has that are in a capture. */
static uint64_t kept_bits(void)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < capture_field_cnt; i++)
		bits |= capture_fields[i].has;
	return bits & ~(uint64_t)CAPTURE_NOT_KEPT;
}

/* An event of any kind with any fields; what it does not have is zero. */
static struct event rnd_event(char *text)
{
	struct event ev = { .kind = (enum event_kind)(rnd() % EVENT_KIND_CNT) };

	if (ev.kind == EVENT_START || ev.kind == EVENT_END)
		ev.kind = EVENT_EXEC;
	ev.has = (rnd() << 33 ^ rnd() << 3 ^ rnd()) & kept_bits();
	for (size_t i = 0; i < capture_field_cnt; i++)
		if (event_has(&ev, capture_fields[i].has))
			rnd_field(&ev, &capture_fields[i], &text);
	return ev;
}

static void got_event(void *ctx, struct event *ev)
{
	struct got *g = ctx;
	char *text = malloc(TEXT_LEN), *at = text;

	assert_non_null(text);
	assert_non_null(ev->run);
	if (ev->kind == EVENT_LOST && event_has(ev, HAS_LOST) && ev->lost_reason == LOST_CAPTURE)
		g->lost += ev->lost_cnt;
	for (size_t i = 0; i < capture_field_cnt; i++) {
		struct span *s = (struct span *)((char *)ev + capture_fields[i].off);

		if (!has_span(&capture_fields[i]) || !event_has(ev, capture_fields[i].has))
			continue;
		if (s->len > (size_t)(text + TEXT_LEN - at)) { /* of a lie: looked at, not kept */
			volatile char sum = 0;

			for (size_t j = 0; j < s->len; j++)
				sum = (char)(sum + s->ptr[j]);
			s->len = 0;
		}
		if (s->len)
			memcpy(at, s->ptr, s->len);
		s->ptr = at;
		at += s->len;
	}
	if (ev->kind == EVENT_END)
		g->run = *ev->run;
	buf_put(&g->events, ev, sizeof(*ev));
	buf_put(&g->texts, &text, sizeof(text));
}

static void got_part(void *ctx, const struct capture_part *part)
{
	struct got *g = ctx;

	g->parts++;
	g->run = *part->run;
}

static void got_note(void *ctx, enum capture_note note, uint64_t offset, const char *text)
{
	struct got *g = ctx;

	if (note != CAPTURE_WRONG)
		return;
	if (!g->wrong++)
		snprintf(g->note, sizeof(g->note), "%ju: %s", (uintmax_t)offset, text);
}

static bool got_enough(void *ctx)
{
	struct got *g = ctx;

	return g->records && ++g->asked % g->records == 0;
}

static void got_done(struct got *g)
{
	for (size_t i = 0; i < g->texts.len / sizeof(char *); i++)
		free(((char **)g->texts.ptr)[i]);
	buf_done(&g->texts);
	buf_done(&g->events);
}

static size_t got_cnt(const struct got *g)
{
	return g->events.len / sizeof(struct event);
}

static const struct event *got_at(const struct got *g, size_t i)
{
	return &((const struct event *)g->events.ptr)[i];
}

/* Read a file in pieces of at most so many bytes. */
static void read_file(struct got *g, const void *ptr, size_t len, size_t piece)
{
	const struct capture_reader_ops ops = { got_event, got_part, got_note, got_enough, g };
	struct capture_reader *r = capture_reader_new(&ops);

	assert_non_null(r);
	for (size_t at = 0; at < len; at += piece) {
		size_t n = len - at < piece ? len - at : piece;
		/* A copy of its own, so that a sanitizer sees each step beyond. */
		char *copy = malloc(n);

		assert_non_null(copy);
		memcpy(copy, (const char *)ptr + at, n);
		for (int more = capture_read(r, copy, n); more > 0;) {
			size_t cnt = got_cnt(g);

			more = capture_read(r, NULL, 0);
			/* What is found missing comes with a start of the run, and the event behind it. */
			assert_true(got_cnt(g) - cnt <= g->records + 2);
		}
		free(copy);
	}
	capture_read_eof(r);
	capture_read_end(r, true);
	capture_reader_free(r);
}

static const struct run test_run = {
	.version = "1.2.3",
	.backend = "bpf",
	.note = "a note",
	.options = "-e all",
	.ephemeral_id = "5b0a2f70-5d5b-4e43-8b5e-2b58a1f8f0a4",
	.host_name = "host",
	.boot_id = "11111111-2222-3333-4444-555555555555",
	.kernel = "6.18",
	.arch = "x86_64",
	.kinds = BIT(EVENT_EXEC) | BIT(EVENT_EXIT),
};

static const struct capture_part test_part = {
	.run = &test_run,
	.collected = BIT(EVENT_EXEC) | BIT(EVENT_FORK) | BIT(EVENT_EXIT),
	.tells_all = true,
	.time_ns = 1000,
	.wall_offset_ns = -7,
};

static void put_mark(struct capture_writer *w, enum event_kind kind)
{
	struct event ev = {
		.kind = kind, .has = HAS_RUN | HAS_NOTE, .time_ns = 5, .run = &test_run
	};

	assert_true(capture_put(w, &ev) >= 0);
}

/* A capture with a start, random events, cnt in each of so many blocks, and an end. */
static void write_file(struct buf *out, struct event *events, char *texts, unsigned int cnt,
		       unsigned int blocks, int level)
{
	struct capture_writer *w = capture_writer_new(level);

	assert_non_null(w);
	capture_put_part(out, &test_part);
	put_mark(w, EVENT_START);
	for (unsigned int i = 0; i < cnt * blocks; i++) {
		events[i] = rnd_event(texts + (size_t)i * TEXT_LEN);
		assert_true(capture_put(w, &events[i]) >= 0);
		if ((i + 1) % cnt == 0 && i + 1 < cnt * blocks)
			assert_int_equal(capture_take(w, out), 0);
	}
	put_mark(w, EVENT_END);
	assert_int_equal(capture_take(w, out), 0);
	capture_writer_free(w);
}

static void assert_event(const struct event *a, const struct event *b)
{
	struct event x = *a, y = *b;

	for (size_t i = 0; i < capture_field_cnt; i++) {
		const struct disk_field *f = &capture_fields[i];
		struct span *s = (struct span *)((char *)&x + f->off);
		struct span *t = (struct span *)((char *)&y + f->off);

		if (!has_span(f))
			continue;
		assert_int_equal(s->len, t->len);
		if (s->len)
			assert_memory_equal(s->ptr, t->ptr, s->len);
		*s = *t = (struct span){ 0 };
	}
	x.run = y.run = NULL;
	assert_memory_equal(&x, &y, sizeof(x));
}

static struct event events[EVENT_CNT * 4];
static char texts[EVENT_CNT * 4][TEXT_LEN];

static void round_trip(void **state)
{
	(void)state;
	for (seed = 1; seed < 60000; seed += 1000) {
		_cleanup_(buf_done) struct buf b = { 0 };
		_cleanup_(got_done) struct got g = { 0 };
		uint64_t was = seed;

		write_file(&b, events, texts[0], EVENT_CNT, 4, (int)(was / 1000 % 3));
		read_file(&g, b.ptr, b.len, was % 2 ? 100 : 1 << 20);
		assert_string_equal(g.note, "");
		assert_int_equal(got_cnt(&g), EVENT_CNT * 4 + 2);
		for (unsigned int i = 0, at = 1; i < EVENT_CNT * 4; i++, at++) {
			assert_event(got_at(&g, at), &events[i]);
		}
		assert_memory_equal(g.run.boot_id, test_run.boot_id, sizeof(g.run.boot_id));
		seed = was;
	}
}

/* What is read in portions is the same. */
static void portions(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	(void)state;
	seed = 46;
	write_file(&b, events, texts[0], EVENT_CNT, 4, 0);
	for (unsigned int records = 1; records < 100; records++) {
		_cleanup_(got_done) struct got g = { .records = records };

		read_file(&g, b.ptr, b.len, records % 2 ? b.len : 1000);
		assert_string_equal(g.note, "");
		assert_true(g.asked >= EVENT_CNT * 4);
		assert_int_equal(got_cnt(&g), EVENT_CNT * 4 + 2);
		for (unsigned int i = 0; i < EVENT_CNT * 4; i++)
			assert_event(got_at(&g, i + 1), &events[i]);
	}
}

/* If the reader is stopped in the middle of a block, nothing is told to be missing. */
static void stopped(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	_cleanup_(got_done) struct got g = { .records = 1 };
	const struct capture_reader_ops ops = { got_event, got_part, got_note, got_enough, &g };
	struct capture_reader *r = capture_reader_new(&ops);

	(void)state;
	seed = 48;
	write_file(&b, events, texts[0], EVENT_CNT, 1, 1);
	assert_int_equal(capture_read(r, b.ptr, b.len), 1);
	while (got_cnt(&g) < 3)
		assert_int_equal(capture_read(r, NULL, 0), 1);
	capture_read_end(r, false);
	capture_reader_free(r);
	assert_string_equal(g.note, "");
	assert_int_equal(g.lost, 0);
	assert_int_equal(got_cnt(&g), 4);
	assert_int_equal(got_at(&g, 3)->kind, EVENT_END);
}

static void run_and_totals(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	_cleanup_(got_done) struct got g = { 0 };
	struct run run = test_run;
	struct event end = { .kind = EVENT_END, .has = HAS_RUN, .run = &run };
	struct capture_writer *w = capture_writer_new(1);
	struct capture_part part;
	struct run read;
	const char *why;

	(void)state;
	run.totals.events[EVENT_EXEC] = 12345;
	run.totals.lost[LOST_SOCKET] = 3;
	run.totals.argv_cut[ARGV_CUT_FAULT] = 4;
	run.totals.argv_missing[ARGV_ZOMBIE] = UINT64_MAX;
	run.totals.lost_inexact = true;
	run.totals.filtered = 77;
	capture_put_part(&b, &test_part);
	assert_int_equal(capture_put(w, &end), 0);
	assert_int_equal(capture_take(w, &b), 0);
	capture_writer_free(w);
	read_file(&g, b.ptr, b.len, b.len);
	/* The start was not there, but is told. */
	assert_int_equal(got_cnt(&g), 2);
	assert_int_equal(got_at(&g, 0)->kind, EVENT_START);
	assert_memory_equal(&g.run, &run, sizeof(run));

	assert_int_equal(capture_peek(b.ptr, b.len, &part, &read, &why), 0);
	assert_memory_equal(&read, &test_run, sizeof(read));
	part.run = test_part.run;
	assert_memory_equal(&part, &test_part, sizeof(part));
}

/*
 * Each bit of enum event_has is in the table or among those not kept, so that there is no hole in them, and
 * the last ones are of no field that people see; and ids rise without a gap.
 */
static void table(void **state)
{
	const uint64_t all = kept_bits() | CAPTURE_NOT_KEPT;

	(void)state;
	for (size_t i = 0; i < capture_field_cnt; i++) {
		assert_int_equal(capture_fields[i].id, i + 1);
		for (size_t j = 0; j < i; j++)
			assert_true(!capture_fields[i].off ||
				    capture_fields[i].off != capture_fields[j].off);
	}
	assert_int_equal(all & (all + 1), 0);
	for (size_t i = 0; i < field_cnt; i++)
		if (fields[i].has & ~all)
			fail_msg("%s is in no capture", fields[i].name);
}

/* What is read of a file that is cut is a beginning of what was written. */
static void cut(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	(void)state;
	seed = 42;
	write_file(&b, events, texts[0], 6, 3, 1);
	for (size_t len = 0; len < b.len; len++) {
		_cleanup_(got_done) struct got g = { 0 };

		read_file(&g, b.ptr, len, len + 1);
		assert_true(g.wrong);
		if (!g.parts) {
			assert_int_equal(got_cnt(&g), 0);
			continue;
		}
		assert_int_equal(got_at(&g, 0)->kind, EVENT_START);
		assert_int_equal(got_at(&g, got_cnt(&g) - 1)->kind, EVENT_END);
		for (size_t i = 1; i + 1 < got_cnt(&g); i++)
			if (!got_at(&g, i)->has || got_at(&g, i)->lost_reason != LOST_CAPTURE)
				assert_event(got_at(&g, i), &events[i - 1]);
	}
}

/* Nothing damaged is taken for an event, and only the block is lost that the damage is in. */
static void flips(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	(void)state;
	seed = 43;
	write_file(&b, events, texts[0], 6, 3, 1);
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		_cleanup_(got_done) struct got g = { 0 };
		uint64_t same = 0;

		b.ptr[bit / 8] ^= (char)(1 << bit % 8);
		read_file(&g, b.ptr, b.len, b.len);
		b.ptr[bit / 8] ^= (char)(1 << bit % 8);
		assert_true(g.wrong);
		if (!g.parts)
			continue;
		for (size_t i = 0; i < got_cnt(&g); i++)
			same += got_at(&g, i)->kind != EVENT_START &&
				got_at(&g, i)->kind != EVENT_END &&
				!(got_at(&g, i)->kind == EVENT_LOST &&
				  got_at(&g, i)->lost_reason == LOST_CAPTURE &&
				  got_at(&g, i)->lost_exact);
		assert_in_range(same, 6 * 2, 6 * 3);
	}
}

/* Blocks whose checksum is right and whose contents are not: nothing bad happens. */
static void lies(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	size_t start;

	(void)state;
	seed = 44;
	capture_put_part(&b, &test_part);
	start = b.len;
	b.len = 0;
	write_file(&b, events, texts[0], 12, 1, 0);
	for (int i = 0; i < 20000; i++) {
		_cleanup_(got_done) struct got g = { 0 };
		_cleanup_(buf_done) struct buf lie = { 0 };
		struct disk_head h;
		size_t at = start + DISK_BLOCK_LEN + rnd() % (b.len - start - DISK_BLOCK_LEN);

		buf_put_span(&lie, buf_span(&b));
		for (uint64_t n = 1 + rnd() % 4; n; n--, at += at + 1 < lie.len)
			lie.ptr[at] = (char)(rnd() % 4 ? rnd() : rnd() % 2 ? 0xff : 0);
		assert_true(disk_head_get(&h, lie.ptr + start));
		h.cnt = rnd() % 16 ? h.cnt : (uint32_t)rnd();
		h.crc = (uint32_t)crc32(0, (unsigned char *)lie.ptr + start + DISK_BLOCK_LEN,
					h.stored_len);
		disk_head_put((unsigned char *)lie.ptr + start, &h);
		read_file(&g, lie.ptr, lie.len, lie.len);
	}
}

/* A file with one block of these records. */
static void read_records(struct got *g, const char *raw, size_t len, struct disk_head h)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	unsigned char head[DISK_BLOCK_LEN];

	capture_put_part(&b, &test_part);
	h.type = DISK_EVENTS;
	h.stored_len = (uint32_t)len;
	h.raw_len = h.raw_len ? h.raw_len : (uint32_t)len;
	h.crc = (uint32_t)crc32(0, (const unsigned char *)raw, (unsigned int)len);
	disk_head_put(head, &h);
	buf_put(&b, head, sizeof(head));
	buf_put(&b, raw, len);
	read_file(g, b.ptr, b.len, b.len);
}

#define assert_records(raw, cnt_, text)                                                       \
	do {                                                                                  \
		_cleanup_(got_done) struct got got_ = { 0 };                                  \
		read_records(&got_, raw, sizeof(raw) - 1, (struct disk_head){ .cnt = cnt_ }); \
		assert_non_null(strstr(got_.note, text));                                     \
	} while (0)

/* A shape: an exec with the field 29, a list. Then an event of it. */
#define SHAPE              \
	"\x0a\x00\x00\x04" \
	"exec"             \
	"\x01\x1d\x03"

static void crafted(void **state)
{
	(void)state;
	assert_records(SHAPE "\x06\x01\x01\x02\x00\x01"
			     "a",
		       1, "the run has no end");
	assert_records(SHAPE "\x06\x01\x01\x02\x00\x01"
			     "a",
		       2, "fewer events");
	assert_records(SHAPE "\x06\x01\x01\x02\x00\x02"
			     "a",
		       1, "longer than its record");
	assert_records(SHAPE "\x7f\x01\x01\x02\x00\x01"
			     "a",
		       1, "longer than its block");
	assert_records(SHAPE "\x04\x02\x01\x02\x00", 1, "a form that is not there");
	assert_records(SHAPE "\x05\x01\x01\x02\x05\x00", 1, "strings that are not there");
	/* More follow the one than there are, and more than the list has. */
	assert_records(SHAPE "\x05\x01\x01\x02\x01\x01", 1, "strings that are not there");
	assert_records(SHAPE "\x05\x01\x01\x01\x01\x00", 1, "makes no sense");
	assert_records("\x0a\x00\x00\x04"
		       "exec"
		       "\x01\x1d\x02",
		       1, "another type");
	assert_records("\x0a\x00\x00\x04"
		       "exec"
		       "\x01\x1d\x09",
		       1, "unknown type");
}

/* What is not said of an event is as in the one before; but a list is empty. */
static void unchanged(void **state)
{
	_cleanup_(got_done) struct got g = { 0 };
	/* An exec with pid, argv and a file name: 7, "a" and "b"; and one of which nothing is said. */
	static const char raw[] = "\x0e\x00\x00\x04"
				  "exec"
				  "\x03\x03\x01\x1d\x03\x1a\x02"
				  "\x0a\x01\x07\x0e\x02\x00\x01"
				  "a"
				  "\x00\x01"
				  "b"
				  "\x02\x01\x00";

	(void)state;
	read_records(&g, raw, sizeof(raw) - 1, (struct disk_head){ .cnt = 2 });
	assert_non_null(strstr(g.note, "the run has no end"));
	assert_int_equal(got_at(&g, 1)->argv.len, 2);
	for (size_t i = 1; i <= 2; i++) {
		assert_int_equal(got_at(&g, i)->pid, 7);
		assert_int_equal(got_at(&g, i)->filename.len, 1);
	}
	assert_true(event_has(got_at(&g, 2), HAS_ARGV));
	assert_int_equal(got_at(&g, 2)->argv.len, 0);
	assert_int_equal(got_at(&g, 2)->argc, 0);
}

/* Events, fields, entries and blocks of a newer minor version are passed over. */
static void newer(void **state)
{
	_cleanup_(got_done) struct got g = { 0 };
	/* A kind "nova"; and an exec with pid 7 and the unknown fields 99 and 98: a text, a number. */
	static const char raw[] = "\x08\x00\x00\x04"
				  "nova"
				  "\x00"
				  "\x01\x01"
				  "\x0e\x00\x00\x04"
				  "exec"
				  "\x03\x63\x02\x03\x01\x62\x01"
				  "\x07\x02\x07\x00\x01"
				  "x"
				  "\x0e\x09";

	(void)state;
	read_records(&g, raw, sizeof(raw) - 1, (struct disk_head){ .cnt = 2 });
	assert_non_null(strstr(g.note, "the run has no end"));
	assert_int_equal(got_cnt(&g), 3);
	assert_int_equal(got_at(&g, 1)->kind, EVENT_EXEC);
	assert_int_equal(got_at(&g, 1)->has, HAS_PID);
	assert_int_equal(got_at(&g, 1)->pid, 7);
}

/* A list of a megabyte's reference, time and again: it is spelled out up to a bound. */
static void bomb(void **state)
{
	_cleanup_(buf_done) struct buf raw = { 0 };
	_cleanup_(got_done) struct got g = { 0 };

	(void)state;
	buf_put(&raw, SHAPE, sizeof(SHAPE) - 1);
	buf_put(&raw, "\x87\x80\x40\x01\x01\x02\x00\x80\x80\x40", 10); /* one arg of 1 MiB */
	for (int i = 0; i < 1 << 20; i++)
		buf_put_char(&raw, 'a');
	for (int i = 0; i < 40; i++)
		buf_put(&raw, "\x05\x01\x01\x02\x02\x00", 6);
	read_records(&g, raw.ptr, raw.len, (struct disk_head){ .cnt = 41 });
	assert_non_null(strstr(g.note, "its lists are too long"));
	assert_in_range(got_cnt(&g), 30, 34);
}

static void heads(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	_cleanup_(got_done) struct got g0 = { 0 };
	_cleanup_(got_done) struct got g1 = { 0 };
	_cleanup_(got_done) struct got g2 = { 0 };
	_cleanup_(got_done) struct got g3 = { 0 };

	(void)state;
	read_file(&g0, "", 0, 1);
	assert_string_equal(g0.note, "0: the file is empty");
	read_file(&g1, "{\"@timestamp\":\"2026-11-24\"}\n", 29, 29);
	assert_string_equal(g1.note, "0: this is no capture of execsnoop-c");

	capture_put_part(&b, &test_part);
	b.ptr[12] = 2;
	disk_set((unsigned char *)b.ptr + 20, crc32(0, (unsigned char *)b.ptr, 20), 4);
	read_file(&g2, b.ptr, b.len, b.len);
	assert_non_null(strstr(g2.note, "newer execsnoop-c"));
	memcpy(b.ptr + 8, "\x01\x02\x03\x04", 4);
	read_file(&g3, b.ptr, b.len, b.len);
	assert_non_null(strstr(g3.note, "the other byte order"));
}

static void claims(void **state)
{
	_cleanup_(got_done) struct got g0 = { 0 };
	_cleanup_(got_done) struct got g1 = { 0 };

	(void)state;
	/* 3 bytes that claim to inflate to 16 MiB. */
	read_records(
		&g0, "abc", 3,
		(struct disk_head){ .flags = DISK_DEFLATED, .cnt = 1, .raw_len = DISK_RAW_MAX });
	assert_non_null(strstr(g0.note, "damaged"));
	read_records(&g1, "abc", 3,
		     (struct disk_head){ .flags = DISK_DEFLATED, .cnt = 1, .raw_len = 1000 });
	assert_non_null(strstr(g1.note, "does not inflate"));
	assert_int_equal(g1.lost, 1);
}

/* A block that inflates to less or to more than it says. */
static void inflates_to_other(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct disk_head h;
	size_t start;

	(void)state;
	seed = 47;
	capture_put_part(&b, &test_part);
	start = b.len;
	b.len = 0;
	write_file(&b, events, texts[0], EVENT_CNT, 1, 6);
	assert_true(disk_head_get(&h, b.ptr + start));
	assert_true(h.flags & DISK_DEFLATED);
	for (int more = -1; more <= 1; more++) {
		_cleanup_(got_done) struct got g = { 0 };
		struct disk_head lie = h;

		lie.raw_len += (uint32_t)more;
		disk_head_put((unsigned char *)b.ptr + start, &lie);
		read_file(&g, b.ptr, b.len, b.len);
		if (more)
			assert_non_null(strstr(g.note, "does not inflate"));
		else
			assert_string_equal(g.note, "");
	}
}

static void missing_blocks(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 }, without = { 0 };
	_cleanup_(got_done) struct got g = { 0 };
	struct disk_head h;
	size_t start, len;

	(void)state;
	seed = 45;
	capture_put_part(&b, &test_part);
	start = b.len;
	b.len = 0;
	write_file(&b, events, texts[0], 5, 3, 1);
	assert_true(disk_head_get(&h, b.ptr + start));
	len = DISK_BLOCK_LEN + h.stored_len;
	assert_true(disk_head_get(&h, b.ptr + start + len));
	buf_put(&without, b.ptr, start + len);
	len += DISK_BLOCK_LEN + h.stored_len;
	buf_put(&without, b.ptr + start + len, b.len - start - len);
	read_file(&g, without.ptr, without.len, 1000);
	assert_non_null(strstr(g.note, "5 events before this are missing"));
	assert_int_equal(g.lost, 5);
	assert_int_equal(g.wrong, 1);
	assert_int_equal(got_cnt(&g), 2 + 5 + 1 + 5);
}

/* What looks like heads and is none takes time in proportion to its length. */
static void many_heads(void **state)
{
	static const struct span magics[] = { { DISK_BLOCK_MAGIC, DISK_BLOCK_MAGIC_LEN },
					      { DISK_MAGIC, DISK_MAGIC_LEN } };
	clock_t began = clock();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(magics); i++) {
		_cleanup_(buf_done) struct buf b = { 0 };
		_cleanup_(got_done) struct got g = { 0 };

		capture_put_part(&b, &test_part);
		while (b.len < 1 << 19)
			buf_put_span(&b, magics[i]);
		read_file(&g, b.ptr, b.len, b.len);
		assert_non_null(strstr(g.note, "bytes up to the end are damaged"));
	}
	assert_true(clock() - began < 2 * CLOCKS_PER_SEC);
}

/* What an old version wrote says the same for ever. */
static void old_versions(void **state)
{
	static const struct {
		const char *file;
		unsigned int cnt;
		uint32_t sum;
	} old[] = {
		{ "tests/golden/old/1.0.xsn", 122, 0x8322ff64 },
	};
	static char bytes[1 << 20];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(old); i++) {
		_cleanup_(got_done) struct got g = { 0 };
		_cleanup_fclose_ FILE *f = fopen(old[i].file, "re");
		unsigned long sum = 0;

		assert_non_null(f);
		read_file(&g, bytes, fread(bytes, 1, sizeof(bytes), f), sizeof(bytes));
		assert_string_equal(g.note, "");
		for (size_t j = 0; j < got_cnt(&g); j++) {
			const struct event *ev = got_at(&g, j);
			const char *kind = event_kind_names[ev->kind];

			sum = crc32(sum, (const unsigned char *)kind, (unsigned int)strlen(kind));
			for (size_t k = 0; k < capture_field_cnt; k++) {
				const struct disk_field *fld = &capture_fields[k];
				const struct span *s =
					(const struct span *)((const char *)ev + fld->off);

				if (fld->id > 62 || !event_has(ev, fld->has))
					continue;
				sum += fld->id;
				if (has_span(fld))
					sum = crc32(sum, (const unsigned char *)s->ptr,
						    (unsigned int)s->len);
				else if (fld->type == DISK_NUMBER || fld->type == DISK_START)
					sum = crc32(sum, (const unsigned char *)ev + fld->off, 1);
			}
		}
		assert_int_equal(got_cnt(&g), old[i].cnt);
		assert_int_equal((uint32_t)sum, old[i].sum);
	}
}

static void too_large(void **state)
{
	struct capture_writer *w = capture_writer_new(1);
	struct event ev = { .kind = EVENT_EXEC,
			    .has = HAS_ARGV,
			    .argv = { (const char *)w, CAPTURE_TEXT_MAX + 1 } };

	(void)state;
	assert_int_equal(capture_put(w, &ev), -E2BIG);
	assert_int_equal(capture_pending(w), 0);
	capture_writer_free(w);
}

/* The longest argv there is, of many short arguments, stays within a block's bounds. */
static void long_argv(void **state)
{
	_cleanup_(buf_done) struct buf argv = { 0 }, b = { 0 };
	_cleanup_(got_done) struct got g = { 0 };
	struct capture_writer *w = capture_writer_new(1);
	struct event ev = { .kind = EVENT_EXEC, .has = HAS_ARGV };

	(void)state;
	while (argv.len < (6 << 20) - 8)
		buf_printf(&argv, "%x%c", (unsigned int)argv.len & 0xffff, 0);
	ev.argv = buf_span(&argv);
	capture_put_part(&b, &test_part);
	put_mark(w, EVENT_START);
	capture_put(w, &ev);
	capture_take(w, &b);
	capture_writer_free(w);
	read_file(&g, b.ptr, b.len, b.len);
	assert_non_null(strstr(g.note, "the run has no end"));
	assert_int_equal(got_cnt(&g), 3);
}

/* As long as Linux takes: so many arguments that differ, and then the same one. */
static void put_arguments(struct buf *argv, unsigned int differ, const char *same, size_t len)
{
	for (unsigned int i = 0; i < differ; i++)
		buf_printf(argv, "%x%c", i + 0x1000, 0);
	while (argv->len < len)
		buf_put(argv, same, strlen(same) + 1);
}

/* What a process has made of its arguments costs only itself if no block can hold it. */
static void hostile_argv(void **state)
{
	static const struct {
		unsigned int differ;
		const char *same;
		size_t len;
		bool fits;
	} argvs[] = {
		{ 20000, "", 6 << 20, false }, /* of 4 bytes each in a capture */
		{ 40000, "", 6 << 20, false }, /* none of which is found again */
		{ 20000, "a", 5 << 20, true },
		{ 20000, "a", 5 << 20, true }, /* but not both in one */
		{ 0, "", 6 << 20, true },
	};
	_cleanup_(buf_done) struct buf b = { 0 };
	_cleanup_(got_done) struct got g = { 0 };
	struct capture_writer *w = capture_writer_new(1);
	struct event small = { .kind = EVENT_EXEC, .has = HAS_ARGV, .argv = BYTES("small") };
	unsigned int lost = 0;

	(void)state;
	capture_put_part(&b, &test_part);
	put_mark(w, EVENT_START);
	for (size_t i = 0; i < ARRAY_LEN(argvs); i++) {
		_cleanup_(buf_done) struct buf argv = { 0 };
		struct event ev = { .kind = EVENT_EXEC, .has = HAS_ARGV };

		put_arguments(&argv, argvs[i].differ, argvs[i].same, argvs[i].len);
		ev.argv = buf_span(&argv);
		assert_true(capture_put(w, &small) >= 0);
		assert_int_equal(capture_put(w, &ev), -EAGAIN);
		assert_int_equal(capture_take(w, &b), 0);
		assert_int_equal(capture_put(w, &ev), argvs[i].fits ? 1 : -E2BIG);
		lost += !argvs[i].fits;
		assert_int_equal(capture_pending(w), argvs[i].fits);
		if (i == 2)
			continue; /* the next one comes to it, and is too much */
		assert_int_equal(capture_take(w, &b), 0);
	}
	put_mark(w, EVENT_END);
	assert_int_equal(capture_take(w, &b), 0);
	capture_writer_free(w);
	read_file(&g, b.ptr, b.len, b.len);
	assert_int_equal(g.lost, lost);
	assert_non_null(strstr(g.note, "1 events before this are missing"));
	assert_int_equal(got_cnt(&g), 2 + lost + 2 * ARRAY_LEN(argvs) - lost);
}

/* The inverse of an odd number, modulo 2^64. */
static uint64_t inverse(uint64_t n)
{
	uint64_t x = n;

	for (int i = 0; i < 6; i++)
		x *= 2 - n * x;
	return x;
}

/* So many arguments of 8 bytes, of which the writer's hash is the same in its lowest 16 bits; or not. */
static void put_met(struct buf *argv, unsigned int cnt, bool meet)
{
	const uint64_t back = inverse(0xff51afd7ed558ccdull);

	while (cnt) {
		uint64_t h = rnd() << 33 ^ rnd() << 11 ^ rnd(), word = h;

		if (meet) {
			h = (h & 0xffff0000ffffffffull) * back;
			word = (h ^ h >> 32) * back ^ 8 * 0x9e3779b97f4a7c15ull;
		}
		if (memchr(&word, '\0', sizeof(word)))
			continue;
		buf_put(argv, &word, sizeof(word));
		buf_put_char(argv, '\0');
		cnt--;
	}
}

/* Record and read an exec with such arguments; CPU time of the former. */
static uint64_t met_ns(bool meet)
{
	_cleanup_(buf_done) struct buf argv = { 0 }, b = { 0 };
	_cleanup_(got_done) struct got g = { 0 };
	struct capture_writer *w = capture_writer_new(1);
	struct event ev = { .kind = EVENT_EXEC, .has = HAS_ARGV }, last = ev;
	uint64_t ns;

	seed = 48;
	put_met(&argv, 30000, meet);
	ev.argv = buf_span(&argv);
	last.argv = (struct span){ argv.ptr, TEXT_LEN };
	capture_put_part(&b, &test_part);
	put_mark(w, EVENT_START);
	ns = clock_now_ns(CLOCK_PROCESS_CPUTIME_ID);
	capture_put(w, &ev);
	capture_put(w, &last);
	ns = clock_now_ns(CLOCK_PROCESS_CPUTIME_ID) - ns;
	put_mark(w, EVENT_END);
	assert_int_equal(capture_take(w, &b), 0);
	capture_writer_free(w);
	read_file(&g, b.ptr, b.len, b.len);
	assert_string_equal(g.note, "");
	assert_int_equal(got_cnt(&g), 4);
	last.argv_len = got_at(&g, 2)->argv_len;
	last.argc = got_at(&g, 2)->argc;
	assert_event(got_at(&g, 2), &last);
	return ns;
}

/* Strings that were made to meet in the table cost no more time than what a few steps do. */
static void hash_flood(void **state)
{
	uint64_t ordinary = met_ns(false), hostile = met_ns(true);

	(void)state;
	print_message("# %.1f times as long\n", (double)hostile / (double)ordinary);
	assert_true(hostile < 20 * ordinary);
}

/* With no more memory than that in one go, an event twice: is the block that they are in lost? */
static bool lost_with(size_t max, const struct event *ev)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	_cleanup_(got_done) struct got g = { 0 };
	struct capture_writer *w = capture_writer_new(1);
	int r;

	capture_put_part(&b, &test_part);
	put_mark(w, EVENT_START);
	assert_int_equal(capture_take(w, &b), 0);
	memory_max = max;
	r = capture_put(w, ev);
	assert_true(r == -ENOMEM || r == 1);
	memory_max = SIZE_MAX;
	assert_int_equal(capture_put(w, ev), r);
	assert_int_equal(capture_take(w, &b), r == 1 ? 0 : r);
	put_mark(w, EVENT_END);
	assert_int_equal(capture_take(w, &b), 0);
	capture_writer_free(w);
	read_file(&g, b.ptr, b.len, b.len);
	assert_int_equal(g.lost, r == 1 ? 0 : 2);
	assert_int_equal(got_cnt(&g), r == 1 ? 4 : 3);
	return r != 1;
}

/* Whichever allocation fails, nothing beyond it is looked at. */
static void no_memory(void **state)
{
	_cleanup_(buf_done) struct buf argv = { 0 };
	struct event ev = { .kind = EVENT_EXEC, .has = HAS_ARGV };

	(void)state;
	put_arguments(&argv, 3000, "", 0);
	for (int i = 0; i < 2; i++) /* the same one twice, which is looked for */
		buf_printf(&argv, "%0300000d%c", 0, 0);
	ev.argv = buf_span(&argv);
	assert_true(lost_with(1, &ev));
	for (size_t max = 256; max <= 1 << 18; max *= 2)
		assert_true(lost_with(max, &ev));
	assert_false(lost_with(1 << 20, &ev));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(portions),
		cmocka_unit_test(stopped),
		cmocka_unit_test(run_and_totals),
		cmocka_unit_test(table),
		cmocka_unit_test(cut),
		cmocka_unit_test(flips),
		cmocka_unit_test(lies),
		cmocka_unit_test(crafted),
		cmocka_unit_test(newer),
		cmocka_unit_test(unchanged),
		cmocka_unit_test(bomb),
		cmocka_unit_test(heads),
		cmocka_unit_test(claims),
		cmocka_unit_test(missing_blocks),
		cmocka_unit_test(many_heads),
		cmocka_unit_test(inflates_to_other),
		cmocka_unit_test(old_versions),
		cmocka_unit_test(too_large),
		cmocka_unit_test(long_argv),
		cmocka_unit_test(hostile_argv),
		cmocka_unit_test(hash_flood),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests_name("capture", tests, NULL, NULL);
}
