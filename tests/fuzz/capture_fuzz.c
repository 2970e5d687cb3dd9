// SPDX-License-Identifier: BSD-2-Clause
/*
 * The reader of captures. The first byte says whether the rest is a file as it is; or else pieces,
 * each behind two bytes of its length, one of flags and one of the number of its events: most are the
 * payload of a block, whose heads and checksums are then made as they must be. What comes out is
 * written again, and must come out of that once more; if the first byte says so, as that takes time.
 */
#include <zlib.h>

#include "capture_format.h"
#include "made.h"

enum {
	PIECES = 1, /* in the first byte */
	ONE_BY_ONE = 2, /* the file's bytes come one at a time */
	AGAIN = 4, /* what comes out is written and read again */
	PORTIONS = 8, /* one record at a time */

	DEFLATE = 1, /* in a piece's flags */
	RAW = 2, /* no block: bytes of the file */
	GAP = 4, /* events before it are missing */
	PIECES_MAX = 16,

	AGAIN_MAX = 64 * 1024, /* so many bytes of text are written again */
	NOTE_MAX = 255,
};

/* What came out: of the first run, for comparison. */
struct seen {
	struct capture_writer *w; /* NULL: it is not written again */
	struct buf sums; /* uint32_t of each event */
	size_t text_len;
	bool begun, ended;
	bool portions;
};

static uint32_t sum_bytes(uint32_t sum, const void *ptr, size_t len)
{
	return len ? (uint32_t)crc32(sum, ptr, (unsigned int)len) : sum;
}

static uint32_t sum_field(uint32_t sum, const struct disk_field *f, const struct event *ev)
{
	const char *at = (const char *)ev + f->off;
	const struct span *s = (const struct span *)at;

	switch (f->member) {
	case MEMBER_BOOL:
		return sum_bytes(sum, at, 1);
	case MEMBER_U32:
	case MEMBER_ENUM:
		return sum_bytes(sum, at, 4);
	case MEMBER_U64:
	case MEMBER_START:
	case MEMBER_PARENT_START:
		return sum_bytes(sum, at, 8);
	case MEMBER_SPAN:
	case MEMBER_ARGV:
		return sum_bytes(sum_bytes(sum, &s->len, sizeof(s->len)), s->ptr, s->len);
	default:
		return sum;
	}
}

static uint32_t sum_event(const struct event *ev)
{
	uint64_t has = ev->has & ~(uint64_t)CAPTURE_NOT_KEPT;
	uint32_t sum = sum_bytes(0, &has, sizeof(has));

	sum = sum_bytes(sum, &ev->kind, sizeof(ev->kind));
	for (size_t i = 0; i < capture_field_cnt; i++)
		if (event_has(ev, capture_fields[i].has))
			sum = sum_field(sum, &capture_fields[i], ev);
	return sum;
}

static void see(void *ctx, struct event *ev)
{
	struct seen *s = ctx;
	uint32_t sum;

	made_check(ev);
	must(s->begun);
	must(ev->run);
	must(!(ev->has & CAPTURE_NOT_KEPT & ~(uint64_t)HAS_RUN));
	s->text_len += ev->argv.len + ev->env.len;
	if (s->ended || s->text_len > AGAIN_MAX)
		return;
	sum = sum_event(ev);
	buf_put(&s->sums, &sum, sizeof(sum));
	if (s->w)
		must(capture_put(s->w, ev) >= 0);
	s->ended = ev->kind == EVENT_END;
}

static void see_part(void *ctx, const struct capture_part *part)
{
	(void)part;
	((struct seen *)ctx)->begun = true;
}

static void see_note(void *ctx, enum capture_note note, uint64_t offset, const char *text)
{
	(void)ctx;
	(void)offset;
	must(note == CAPTURE_INFO || note == CAPTURE_WRONG);
	must(*text && strlen(text) <= NOTE_MAX && !strchr(text, '\n'));
}

static bool see_enough(void *ctx)
{
	return ((struct seen *)ctx)->portions;
}

static void read_all(struct span file, size_t step, struct seen *s)
{
	const struct capture_reader_ops ops = { see, see_part, see_note, see_enough, s };
	struct capture_reader *r = capture_reader_new(&ops);

	must(r);
	while (file.len) {
		size_t len = file.len < step ? file.len : step;

		int err = capture_read(r, file.ptr, len);

		while (err > 0)
			err = capture_read(r, NULL, 0);
		if (err < 0)
			break;
		file.ptr += len;
		file.len -= len;
	}
	capture_read_eof(r);
	capture_read_end(r, true);
	capture_reader_free(r);
}

static void put_file(struct buf *b)
{
	static const struct run run = { .version = "9.9", .ephemeral_id = "id", .note = "n" };
	static const struct capture_part part = { .run = &run, .tells_all = true };

	capture_put_part(b, &part);
}

static void put_block(struct buf *b, struct span raw, bool small, uint64_t first, uint32_t cnt)
{
	struct disk_head h = { .type = DISK_EVENTS, .cnt = cnt, .first = first };
	unsigned char bytes[2 * UINT16_MAX], head[DISK_BLOCK_LEN];
	z_stream z = { 0 };

	h.raw_len = h.stored_len = (uint32_t)raw.len;
	if (small) {
		must(deflateInit2(&z, 1, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
		z.next_in = (unsigned char *)raw.ptr;
		z.avail_in = (unsigned int)raw.len;
		z.next_out = bytes;
		z.avail_out = sizeof(bytes);
		must(deflate(&z, Z_FINISH) == Z_STREAM_END);
		h.flags = DISK_DEFLATED;
		h.stored_len = (uint32_t)z.total_out;
		raw.ptr = (const char *)bytes;
		deflateEnd(&z);
	}
	h.crc = (uint32_t)crc32(0, (const unsigned char *)(h.stored_len ? raw.ptr : ""),
				h.stored_len);
	disk_head_put(head, &h);
	buf_put(b, head, sizeof(head));
	buf_put(b, raw.ptr, h.stored_len);
}

static void put_pieces(struct buf *b, struct input *in)
{
	uint64_t first = 0;

	put_file(b);
	for (int i = 0; in->len && i < PIECES_MAX; i++) {
		size_t len = (size_t)input_number(in, 2);
		unsigned int flags = (unsigned int)input_number(in, 1);
		uint32_t cnt = (uint32_t)input_number(in, 1);
		struct span s = input_take(in, len);

		first += flags & GAP ? 1 : 0;
		if (flags & RAW) {
			buf_put_span(b, s);
			continue;
		}
		put_block(b, s, flags & DEFLATE, first, cnt);
		first += cnt;
	}
}

/* What came out and was put into first's writer comes out of that. */
static void read_again(struct seen *first)
{
	struct buf again = { 0 };
	struct seen second = { 0 };

	put_file(&again);
	must(capture_take(first->w, &again) == 0);
	if (first->ended && first->text_len <= AGAIN_MAX) {
		read_all(buf_span(&again), SIZE_MAX, &second);
		must(first->sums.len == second.sums.len);
		must(!memcmp(first->sums.ptr, second.sums.ptr, first->sums.len));
	}
	buf_done(&second.sums);
	buf_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	unsigned int flags = (unsigned int)input_number(&in, 1);
	struct seen first = { .w = flags & AGAIN ? capture_writer_new(0) : NULL,
			      .portions = flags & PORTIONS };
	struct buf file = { 0 };

	if (flags & PIECES)
		put_pieces(&file, &in);
	else
		buf_put_span(&file, input_take(&in, in.len));
	must(!file.failed);
	read_all(buf_span(&file), flags & ONE_BY_ONE ? 1 : SIZE_MAX, &first);
	if (first.w)
		read_again(&first);
	capture_writer_free(first.w);
	buf_done(&first.sums);
	buf_done(&file);
	return 0;
}
