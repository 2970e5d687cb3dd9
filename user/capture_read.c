// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <zlib.h>

#include "capture_block.h"

enum {
	NOTE_LEN = 256,
	COMMON_LEN = 2, /* "XS" begins the magic of a block, and is in that of a file */
};

struct capture_reader {
	struct capture_reader_ops ops;
	struct buf in; /* bytes of the file */
	size_t at; /* so many of them are used */
	uint64_t offset; /* in the file, of the first that is not */
	bool fresh; /* nothing of this file was read */
	bool opened; /* the head of this file was read */
	bool refused; /* it cannot be read further */
	bool lost; /* between here and the next block is damage */
	uint64_t lost_from; /* offset */

	struct capture_block block;
	size_t block_len; /* with its head, of the one whose events come; 0: none */
	struct buf raw; /* a block inflated */
	z_stream z;
	bool z_open;

	struct run run; /* of the events that come */
	uint32_t from_part; /* the first file of it that was read */
	bool running; /* a run has begun and not ended */
	bool started; /* it has told its start */
	bool ended; /* the last run has told its end */
	uint64_t next; /* number of the event that should come next */
	uint64_t known; /* so many events there were, as far as can be told */
	uint64_t unknown; /* events of kinds of a newer version */
	uint64_t time_ns; /* of the last event */
	int64_t wall_offset_ns;
	struct totals totals; /* of what was emitted */
};

struct capture_reader *capture_reader_new(const struct capture_reader_ops *ops)
{
	struct capture_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->ops = *ops;
	r->fresh = true;
	r->z_open = inflateInit2(&r->z, -MAX_WBITS) == Z_OK;
	if (!r->z_open) {
		capture_reader_free(r);
		return NULL;
	}
	return r;
}

void capture_reader_free(struct capture_reader *r)
{
	if (!r)
		return;
	if (r->z_open)
		inflateEnd(&r->z);
	capture_block_done(&r->block);
	buf_done(&r->in);
	buf_done(&r->raw);
	free(r);
}

bool capture_ended(const struct capture_reader *r)
{
	return r->ended;
}

static void reader_note(struct capture_reader *r, enum capture_note note, uint64_t offset,
			const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void reader_note(struct capture_reader *r, enum capture_note note, uint64_t offset,
			const char *fmt, ...)
{
	char text[NOTE_LEN];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->ops.note(r->ops.ctx, note, offset, text);
}

/* ---- the stream: what is missing is put in its place ---- */

static void reader_give(struct capture_reader *r, struct event *ev)
{
	r->time_ns = ev->time_ns;
	r->wall_offset_ns = ev->wall_offset_ns;
	if (ev->kind != EVENT_SNAPSHOT)
		totals_count(&r->totals, ev);
	r->ops.event(r->ops.ctx, ev);
}

/* An event that is not in the capture, at the time of the one before. */
static void reader_make(struct capture_reader *r, enum event_kind kind, uint64_t lost)
{
	struct event ev = {
		.kind = kind,
		.has = kind == EVENT_LOST ? HAS_LOST : HAS_RUN,
		.time_ns = r->time_ns,
		.wall_offset_ns = r->wall_offset_ns,
		.lost_cnt = lost,
		.lost_reason = LOST_CAPTURE,
		.lost_kind = EVENT_KIND_CNT,
		.lost_exact = true,
		.run = &r->run,
	};

	if (kind != EVENT_LOST && *r->run.fallback_reason)
		ev.has |= HAS_FALLBACK;
	if (kind != EVENT_LOST && *r->run.note)
		ev.has |= HAS_NOTE;
	if (kind == EVENT_END)
		r->run.totals = r->totals;
	r->started |= kind == EVENT_START;
	reader_give(r, &ev);
}

/* An event of a block, in the order that a run must have whatever is damaged. */
static void reader_emit(void *ctx, struct event *ev)
{
	struct capture_reader *r = ctx;

	if (!r->running || (r->started && ev->kind == EVENT_START))
		return;
	if (!r->started && ev->kind != EVENT_SNAPSHOT && ev->kind != EVENT_START)
		reader_make(r, EVENT_START, 0);
	r->started |= ev->kind == EVENT_START;
	r->ended = ev->kind == EVENT_END;
	r->running = !r->ended;
	reader_give(r, ev);
}

static void reader_lost(struct capture_reader *r, uint64_t cnt)
{
	if (!r->started)
		reader_make(r, EVENT_START, 0);
	reader_make(r, EVENT_LOST, cnt);
}

static void reader_close_run(struct capture_reader *r)
{
	if (!r->running)
		return;
	if (!r->started)
		reader_make(r, EVENT_START, 0);
	if (r->known > r->next)
		reader_lost(r, r->known - r->next);
	reader_make(r, EVENT_END, 0);
	r->running = false;
}

/* A file begins: of a new run, or the next of the one that runs. */
static void reader_part(struct capture_reader *r, const struct capture_part *part)
{
	bool same = r->running && !strcmp(r->run.ephemeral_id, part->run->ephemeral_id);

	if (!same) {
		if (r->running)
			reader_note(r, CAPTURE_WRONG, r->offset,
				    "another run begins, and the one before has no end");
		reader_close_run(r);
		r->run = *part->run;
		r->from_part = part->part;
		r->running = true;
		r->started = r->ended = false;
		r->next = r->known = 0;
		r->totals = (struct totals){ 0 };
		r->time_ns = part->time_ns;
		r->wall_offset_ns = part->wall_offset_ns;
		r->ops.part(r->ops.ctx, part);
	}
	r->opened = true;
}

/* What the number of a block's first event tells: false if its events came already. */
static bool reader_order(struct capture_reader *r, const struct disk_head *h)
{
	uint64_t missing = h->first - r->next;

	if (!r->running) {
		reader_note(r, CAPTURE_WRONG, r->offset, "events after the end of the run");
		return false;
	}
	if (h->first < r->next) {
		reader_note(r, CAPTURE_WRONG, r->offset, "events that came already");
		return false;
	}
	if (missing && !r->next && r->from_part)
		reader_note(r, CAPTURE_INFO, r->offset,
			    "the first %ju events of the run are not in these files",
			    (uintmax_t)missing);
	else if (missing)
		reader_note(r, CAPTURE_WRONG, r->offset, "%ju events before this are missing",
			    (uintmax_t)missing);
	if (missing)
		reader_lost(r, missing);
	r->next = h->first;
	return true;
}

/* ---- blocks ---- */

/* Events there were, whether they can be read or not. A lie would make the next block seem old. */
static void reader_known(struct capture_reader *r, const struct disk_head *h)
{
	if (h->type == DISK_EVENTS && h->first >= r->next && h->first <= UINT64_MAX - h->cnt)
		r->known = h->first + h->cnt;
}

/* NULL, or why those lengths cannot be. */
static const char *head_wrong(const struct disk_head *h)
{
	if (h->stored_len > DISK_RAW_MAX || h->raw_len > DISK_RAW_MAX)
		return "a block claims more than 16 MiB";
	if (h->flags & DISK_DEFLATED ? h->raw_len / DISK_DEFLATE_RATIO > h->stored_len :
				       h->raw_len != h->stored_len)
		return "a block claims to be longer than its bytes can tell";
	return NULL;
}

/* The block's bytes as they were before deflation; false if they cannot be had. */
static bool reader_inflate(struct capture_reader *r, const struct disk_head *h, struct span *raw)
{
	int z;

	if (!(h->flags & DISK_DEFLATED))
		return true;
	r->raw.len = 0;
	/* One more byte, so that a block that is longer than it says does not seem to fit. */
	if (!buf_room(&r->raw, (size_t)h->raw_len + 1) || inflateReset(&r->z) != Z_OK)
		return false;
	r->z.next_in = (unsigned char *)raw->ptr;
	r->z.avail_in = (unsigned int)raw->len;
	r->z.next_out = (unsigned char *)r->raw.ptr;
	r->z.avail_out = h->raw_len + 1;
	z = inflate(&r->z, Z_FINISH);
	*raw = (struct span){ r->raw.ptr, h->raw_len };
	return z == Z_STREAM_END && r->z.avail_out == 1;
}

static void reader_events(struct capture_reader *r, const struct disk_head *h, struct span stored)
{
	reader_known(r, h);
	if (h->crc != crc32(0, (const unsigned char *)stored.ptr, h->stored_len)) {
		reader_note(r, CAPTURE_WRONG, r->offset, "a block of %u events is damaged", h->cnt);
		return;
	}
	if (!reader_order(r, h))
		return;
	if (!reader_inflate(r, h, &stored)) {
		reader_note(r, CAPTURE_WRONG, r->offset, "a block of %u events does not inflate",
			    h->cnt);
		return;
	}
	capture_block_start(&r->block, stored, h->cnt);
	r->block_len = DISK_BLOCK_LEN + h->stored_len;
}

static bool reader_enough(const struct capture_reader *r)
{
	return r->ops.enough && r->ops.enough(r->ops.ctx);
}

/* Go on with the block whose events come. How many bytes it took, 0 if it is enough before its end. */
static size_t reader_records(struct capture_reader *r)
{
	while (capture_block_next(&r->block, &r->run, reader_emit, r))
		if (reader_enough(r))
			return 0;
	r->next += r->block.cnt;
	r->unknown += r->block.unknown;
	if (r->block.wrong)
		reader_note(r, CAPTURE_WRONG, r->offset, "in a block of %u events: %s",
			    r->block.said, r->block.wrong);
	return TAKE(r->block_len, 0);
}

/* ---- files ---- */

static void run_kinds(struct span names, unsigned int *kinds)
{
	*kinds = 0;
	while (names.len) {
		const char *comma = memchr(names.ptr, ',', names.len);
		size_t len = comma ? (size_t)(comma - names.ptr) : names.len;

		for (enum event_kind k = 0; k < EVENT_KIND_CNT; k++)
			if (disk_is((struct span){ names.ptr, len }, event_kind_names[k]))
				*kinds |= (unsigned int)BIT(k);
		len += comma ? 1 : 0;
		names.ptr += len;
		names.len -= len;
	}
}

static void run_number(struct capture_part *part, uint64_t id, struct span value)
{
	uint64_t v = value.len == 8 ? disk_get(value.ptr, 8) : 0;

	if (id == DISK_RUN_TELLS_ALL)
		part->tells_all = v;
	else if (id == DISK_RUN_TIME)
		part->time_ns = v;
	else if (id == DISK_RUN_WALL)
		part->wall_offset_ns = (int64_t)v;
	else if (id == DISK_RUN_PART)
		part->part = (uint32_t)v;
	else if (id == DISK_RUN_TRACER)
		part->tracer_pid = (uint32_t)v;
	else if (id == DISK_RUN_COMMAND)
		part->command_pid = (uint32_t)v;
}

/* A text of the run, cut to what fits and at a NUL. */
static void run_text(struct run *run, uint64_t id, struct span value)
{
	for (size_t i = 0; i < capture_text_cnt; i++) {
		const struct disk_text *t = &capture_texts[i];

		if (t->id == id)
			snprintf((char *)run + t->off, t->size, "%.*s", (int)value.len,
				 value.len ? value.ptr : "");
	}
}

/* Entries of a newer version are passed over. */
static bool run_read(struct span s, struct capture_part *part, struct run *run)
{
	struct span value;
	uint64_t id, len;

	*run = (struct run){ 0 };
	*part = (struct capture_part){ .run = run };
	while (s.len) {
		if (!capture_get_varint(&s, &id) || !capture_get_varint(&s, &len) ||
		    !capture_get_bytes(&s, len, &value))
			return false;
		run_text(run, id, value);
		run_number(part, id, value);
		if (id == DISK_RUN_KINDS)
			run_kinds(value, &run->kinds);
		if (id == DISK_RUN_COLLECTED)
			run_kinds(value, &part->collected);
	}
	return true;
}

/* The head of a file: NULL, or why it is none. */
static const char *file_wrong(const char *at)
{
	uint32_t order = (uint32_t)disk_get(at + 8, 4);

	if (memcmp(at, DISK_MAGIC, DISK_MAGIC_LEN) != 0)
		return "this is no capture of execsnoop-c";
	if (order == __builtin_bswap32(DISK_ORDER))
		return "a capture of the other byte order: no version of execsnoop-c writes this";
	if (disk_get(at + 20, 4) != crc32(0, (const unsigned char *)at, 20))
		return "the head of the file is damaged";
	if (disk_get(at + 12, 2) != CAPTURE_MAJOR)
		return "a capture of a newer execsnoop-c: read it with that version";
	return order == DISK_ORDER ? NULL : "the head of the file is damaged";
}

int capture_peek(const char *ptr, size_t len, struct capture_part *part, struct run *run,
		 const char **why)
{
	struct disk_head h;

	if (len < DISK_FILE_LEN) {
		*why = !len || !memcmp(ptr, DISK_MAGIC,
				       len < DISK_MAGIC_LEN ? len : DISK_MAGIC_LEN) ?
			       NULL :
			       "this is no capture of execsnoop-c";
		return *why ? -EBADMSG : -EAGAIN;
	}
	*why = file_wrong(ptr);
	if (*why)
		return -EBADMSG;
	if (len < DISK_FILE_LEN + DISK_BLOCK_LEN)
		return -EAGAIN;
	*why = "the head of the file is damaged";
	if (!disk_head_get(&h, ptr + DISK_FILE_LEN) || h.type != DISK_RUN || head_wrong(&h) ||
	    h.flags & DISK_DEFLATED)
		return -EBADMSG;
	if (len - DISK_FILE_LEN - DISK_BLOCK_LEN < h.stored_len)
		return -EAGAIN;
	ptr += DISK_FILE_LEN + DISK_BLOCK_LEN;
	if (h.crc != crc32(0, (const unsigned char *)ptr, h.stored_len) ||
	    !run_read((struct span){ ptr, h.stored_len }, part, run))
		return -EBADMSG;
	*why = NULL;
	return 0;
}

/* The bytes that the start of a file takes. */
static size_t file_len(const char *ptr)
{
	return DISK_FILE_LEN + DISK_BLOCK_LEN + disk_get(ptr + DISK_FILE_LEN + 8, 4);
}

/* ---- bytes ---- */

/*
 * After damage: how many bytes to pass over to what may be a head, of a block or of a file. Both are found by
 * what they have in common: two searches, each time through all the rest, would let many of the one and none
 * of the other take minutes.
 */
static size_t reader_search(const char *ptr, size_t len)
{
	const char *end = ptr + len, *at = ptr;

	while ((at = memmem(at, (size_t)(end - at), DISK_BLOCK_MAGIC, COMMON_LEN))) {
		const size_t left = (size_t)(end - at);

		if (left >= DISK_BLOCK_MAGIC_LEN &&
		    !memcmp(at, DISK_BLOCK_MAGIC, DISK_BLOCK_MAGIC_LEN))
			return (size_t)(at - ptr);
		if (at > ptr && left + 1 >= DISK_MAGIC_LEN &&
		    !memcmp(at - 1, DISK_MAGIC, DISK_MAGIC_LEN))
			return (size_t)(at - 1 - ptr);
		at += COMMON_LEN;
	}
	return len < DISK_MAGIC_LEN ? 0 : len - DISK_MAGIC_LEN + 1;
}

/* Bytes that are no block: they are passed over, and told once the next block is found. */
static size_t reader_skip(struct capture_reader *r, const char *ptr, size_t len)
{
	if (!r->lost)
		r->lost_from = r->offset;
	r->lost = true;
	return 1 + reader_search(ptr + 1, len - 1);
}

static void reader_found(struct capture_reader *r)
{
	if (r->lost)
		reader_note(r, CAPTURE_WRONG, r->lost_from, "%ju bytes are damaged",
			    (uintmax_t)(r->offset - r->lost_from));
	r->lost = false;
}

/*
 * Use up what is at ptr. How many bytes that is, 0 if more are wanted; or -EBADMSG.
 */
static ssize_t reader_file(struct capture_reader *r, const char *ptr, size_t len)
{
	struct capture_part part;
	struct run run;
	const char *why;
	int err = capture_peek(ptr, len, &part, &run, &why);

	if (err == -EAGAIN)
		return 0;
	if (err < 0 && r->opened)
		return (ssize_t)reader_skip(r, ptr, len);
	if (err < 0) {
		reader_note(r, CAPTURE_WRONG, r->offset, "%s", why);
		return err;
	}
	reader_found(r);
	reader_part(r, &part);
	return (ssize_t)file_len(ptr);
}

static ssize_t reader_next(struct capture_reader *r, const char *ptr, size_t len)
{
	struct disk_head h;

	if (!r->opened || (len >= DISK_MAGIC_LEN && !memcmp(ptr, DISK_MAGIC, DISK_MAGIC_LEN)))
		return reader_file(r, ptr, len);
	if (len < DISK_BLOCK_LEN)
		return 0;
	if (!disk_head_get(&h, ptr) || head_wrong(&h))
		return (ssize_t)reader_skip(r, ptr, len);
	if (len - DISK_BLOCK_LEN < h.stored_len)
		return 0;
	reader_found(r);
	/* A block of a kind that a newer version has is passed over. */
	if (h.type == DISK_EVENTS)
		reader_events(r, &h, (struct span){ ptr + DISK_BLOCK_LEN, h.stored_len });
	return DISK_BLOCK_LEN + (ssize_t)h.stored_len;
}

/* As reader_next(); but 0 and r->block_len set if it is enough in the middle of a block. */
static ssize_t reader_step(struct capture_reader *r)
{
	ssize_t n = r->block_len ? 0 : reader_next(r, r->in.ptr + r->at, r->in.len - r->at);

	return r->block_len ? (ssize_t)reader_records(r) : n;
}

/* Behind what is there, in the place of what was used. */
static void reader_put(struct capture_reader *r, const char *ptr, size_t len)
{
	if (r->at) {
		r->in.len -= r->at;
		memmove(r->in.ptr, r->in.ptr + r->at, r->in.len);
		r->at = 0;
	}
	buf_put(&r->in, ptr, len);
}

int capture_read(struct capture_reader *r, const char *ptr, size_t len)
{
	ssize_t n = 1;

	if (r->refused)
		return -EBADMSG;
	r->offset = r->fresh ? 0 : r->offset;
	r->fresh = r->fresh && !len;
	if (len)
		reader_put(r, ptr, len);
	if (r->in.failed)
		return -ENOMEM;
	while (n > 0 && r->at < r->in.len) {
		n = reader_step(r);
		if (n < 0) {
			r->refused = true;
			return (int)n;
		}
		r->at += (size_t)n;
		r->offset += (uint64_t)n;
		if (r->block_len || (n && reader_enough(r)))
			return 1;
	}
	return 0;
}

/* What is left at the end of a file: a block that is not whole, or nothing. */
static void reader_torn(struct capture_reader *r)
{
	uint64_t left = r->in.len - r->at;
	struct disk_head h;

	if (r->lost) {
		reader_note(r, CAPTURE_WRONG, r->lost_from, "%ju bytes up to the end are damaged",
			    (uintmax_t)(r->offset + left - r->lost_from));
	} else if (r->fresh) {
		reader_note(r, CAPTURE_WRONG, 0, "the file is empty");
	} else if (left >= DISK_BLOCK_LEN && r->opened && disk_head_get(&h, r->in.ptr + r->at)) {
		reader_known(r, &h);
		reader_note(r, CAPTURE_WRONG, r->offset,
			    "the file is cut: of a block of %u events %ju of %u bytes are there",
			    h.cnt, (uintmax_t)(left - DISK_BLOCK_LEN), h.stored_len);
	} else if (left) {
		reader_note(r, CAPTURE_WRONG, r->offset,
			    "the file is cut: the last %ju bytes are no whole block",
			    (uintmax_t)left);
	}
}

void capture_read_eof(struct capture_reader *r)
{
	if (r->unknown)
		reader_note(r, CAPTURE_INFO, r->offset,
			    "%ju events of kinds that a newer version knows are not shown",
			    (uintmax_t)r->unknown);
	if (!r->refused)
		reader_torn(r);
	r->unknown = 0;
	r->in.len = r->at = r->block_len = 0;
	r->in.failed = false;
	r->lost = r->opened = r->refused = false;
	r->fresh = true; /* the offset stays, for what is said of the end */
}

void capture_read_end(struct capture_reader *r, bool complete)
{
	if (r->running && complete)
		reader_note(r, CAPTURE_WRONG, r->offset,
			    "the run has no end: the tracer was killed, or is still recording");
	if (r->block_len) /* what was not read of it is not missing */
		r->known = r->next;
	reader_close_run(r);
}
