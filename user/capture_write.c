// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <zlib.h>

#include "capture_format.h"

enum {
	BLOCK_LEN = 256 << 10, /* bytes of a block, about, before it is deflated */
	BLOCK_KEEP_LEN = 1 << 20, /* more memory than this is given back */
	BLOCK_TEXT_LEN = 8 << 20, /* of lists, spelled out, in a block, about */
	SLOT_CNT = 1 << 16, /* of the hash table of strings: a power of two */
	STRING_CNT = SLOT_CNT / 2, /* strings in a block, about; those beyond are not found again */
	PROBE_CNT = 16, /* slots in which a string may be: who chooses strings can make them meet */
	SHAPE_CNT = 256, /* in a block */
	DEFLATE_SHARE = 4, /* a block is deflated if one byte in so many is of a string */
	VARINT_MAX = 10, /* bytes */
	ARG_COST = 3, /* bytes more than its own that an argument takes: "" is 4 for 1 */
	REST_COST = 1 << 20, /* bytes of all else in an event: paths and names, and room to spare */
	REST_CNT = 64, /* strings of that */
};

/* A string of the block; its bytes are in the block's records. */
struct string {
	uint32_t hash;
	uint32_t off;
	uint32_t len;
};

/* Which fields an event has. */
struct shape {
	enum event_kind kind;
	uint64_t has;
	unsigned int implied; /* BIT(enum disk_implied) of those that are not as implied */
	unsigned int cnt; /* of rows */
	unsigned int value_cnt; /* of those with a value */
	unsigned char rows[DISK_ID_MAX]; /* in capture_fields[] */
};

struct capture_writer {
	struct buf raw; /* records of the block */
	struct buf strings; /* struct string[] */
	uint32_t string_cnt;
	uint32_t slots[SLOT_CNT]; /* number of a string, plus 1 */
	struct shape shapes[SHAPE_CNT];
	unsigned int shape_cnt;
	uint64_t last[DISK_ID_MAX]; /* value of each field in the event that had it last */
	uint64_t starts[DISK_SLOTS]; /* of processes, by pid */
	uint64_t first; /* events before this block */
	uint32_t cnt; /* events in this block, but for those that had no memory */
	uint64_t text_len; /* of its lists */
	uint64_t strings_len; /* bytes of its strings, each once */
	z_stream z;
	bool z_open;
	int level;
};

struct capture_writer *capture_writer_new(int level)
{
	struct capture_writer *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->level = level;
	w->z_open =
		deflateInit2(&w->z, level, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK;
	if (!w->z_open) {
		capture_writer_free(w);
		return NULL;
	}
	return w;
}

void capture_writer_free(struct capture_writer *w)
{
	if (!w)
		return;
	if (w->z_open)
		deflateEnd(&w->z);
	buf_done(&w->raw);
	buf_done(&w->strings);
	free(w);
}

uint32_t capture_pending(const struct capture_writer *w)
{
	return w->cnt;
}

size_t capture_pending_len(const struct capture_writer *w)
{
	return w->raw.len;
}

/* ---- values ---- */

static inline void put_varint(struct buf *b, uint64_t v)
{
	char *at = buf_room(b, VARINT_MAX);

	if (!at)
		return;
	while (v >= 0x80) {
		*at++ = (char)(v | 0x80);
		v >>= 7;
	}
	*at++ = (char)v;
	b->len = (size_t)(at - b->ptr);
}

static uint32_t string_hash(struct span s)
{
	uint64_t h = s.len * 0x9e3779b97f4a7c15ull, word;
	size_t i = 0;

	for (; i + sizeof(word) <= s.len; i += sizeof(word)) {
		memcpy(&word, s.ptr + i, sizeof(word));
		h = (h ^ word) * 0xff51afd7ed558ccdull;
		h ^= h >> 32;
	}
	word = 0;
	for (unsigned int shift = 0; i < s.len; i++, shift += 8)
		word |= (uint64_t)(unsigned char)s.ptr[i] << shift;
	h = (h ^ word) * 0xff51afd7ed558ccdull;
	return (uint32_t)(h >> 32);
}

/* Where a string that is not in the table goes. */
struct place {
	uint32_t hash;
	uint32_t slot; /* SLOT_CNT: nowhere, so that it is not found again */
};

/* The number of a string, plus 1; or 0, and its place. */
static uint32_t string_find(const struct capture_writer *w, struct span s, struct place *place)
{
	const struct string *strings = (const struct string *)w->strings.ptr;
	uint32_t hash = string_hash(s), at = hash % SLOT_CNT;

	*place = (struct place){ .hash = hash, .slot = SLOT_CNT };
	for (unsigned int i = 0; i < PROBE_CNT; i++, at = (at + 1) % SLOT_CNT) {
		const struct string *t;

		if (!w->slots[at]) {
			place->slot = at;
			return 0;
		}
		t = &strings[w->slots[at] - 1];
		if (t->hash == hash && t->len == s.len &&
		    (!s.len || !memcmp(w->raw.ptr + t->off, s.ptr, s.len)))
			return w->slots[at];
	}
	return 0;
}

/* Append a string that is not in the table, and put it there. */
static void string_add(struct capture_writer *w, struct span s, const struct place *place)
{
	struct string t = { .hash = place->hash, .len = (uint32_t)s.len };

	put_varint(&w->raw, 0);
	put_varint(&w->raw, s.len);
	t.off = (uint32_t)w->raw.len;
	buf_put_span(&w->raw, s);
	w->strings_len += s.len;
	w->string_cnt++;
	/* Without memory the block is lost, and what the table would say of it is not there. */
	if (w->string_cnt > STRING_CNT || w->raw.failed || w->strings.failed)
		return;
	buf_put(&w->strings, &t, sizeof(t)); /* by its number, so also if it has no slot */
	if (place->slot < SLOT_CNT && !w->strings.failed)
		w->slots[place->slot] = w->string_cnt;
}

/* Append a string; its number, plus 1. */
static uint32_t put_string(struct capture_writer *w, struct span s)
{
	struct place place;
	uint32_t ref = string_find(w, s, &place);

	if (ref) {
		put_varint(&w->raw, ref);
		return ref;
	}
	string_add(w, s, &place);
	return w->string_cnt;
}

/* The arguments of an argv block; those that follow each other in the table in one go. */
static void put_list(struct capture_writer *w, struct span list, uint32_t cnt)
{
	bool open = list.len && list.ptr[list.len - 1];
	uint32_t from = 0, more = 0; /* references not yet written: from, and so many after it */

	put_varint(&w->raw, (uint64_t)cnt << 1 | open);
	w->text_len += list.len;
	while (list.len) {
		const char *nul = memchr(list.ptr, '\0', list.len);
		struct span arg = { list.ptr, nul ? (size_t)(nul - list.ptr) : list.len };
		struct place place;
		uint32_t ref = string_find(w, arg, &place);
		size_t skip = arg.len + (nul ? 1 : 0);

		list.ptr += skip;
		list.len -= skip;
		if (ref && from && ref == from + more + 1) {
			more++;
			continue;
		}
		if (from) {
			put_varint(&w->raw, from);
			put_varint(&w->raw, more);
		}
		from = ref;
		more = 0;
		if (!ref)
			string_add(w, arg, &place);
	}
	if (from) {
		put_varint(&w->raw, from);
		put_varint(&w->raw, more);
	}
}

static uint32_t list_cnt(struct span list)
{
	uint32_t cnt = 0;

	while (list.len) {
		const char *nul = memchr(list.ptr, '\0', list.len);
		size_t skip = nul ? (size_t)(nul - list.ptr) + 1 : list.len;

		cnt++;
		list.ptr += skip;
		list.len -= skip;
	}
	return cnt;
}

static void put_named(struct buf *b, const char *group, const char *name, uint64_t cnt)
{
	put_varint(b, strlen(group));
	buf_puts(b, group);
	put_varint(b, strlen(name));
	buf_puts(b, name);
	put_varint(b, cnt);
}

static void put_totals(struct capture_writer *w, const struct totals *t)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	for (size_t i = 0; i < capture_counts_cnt; i++) {
		const struct disk_counts *c = &capture_counts[i];
		const uint64_t *cnt = (const uint64_t *)((const char *)t + c->off);

		for (size_t j = 0; j < c->cnt; j++)
			if (c->names[j] && cnt[j])
				put_named(&b, c->group, c->names[j], cnt[j]);
	}
	if (t->lost_inexact)
		put_named(&b, DISK_INEXACT, "", 1);
	put_varint(&w->raw, b.len);
	buf_put_span(&w->raw, buf_span(&b));
	w->raw.failed |= b.failed;
}

/* ---- events ---- */

/* What is true of one event only, and found out before it is written. */
struct record {
	const struct event *ev;
	uint64_t has;
	uint32_t argc, envc; /* arguments in the lists */
	unsigned int implied; /* BIT(enum disk_implied) of those that are not as implied */
};

static void record_look(struct record *rec, const struct event *ev)
{
	*rec = (struct record){ .ev = ev, .has = ev->has & ~(uint64_t)CAPTURE_NOT_KEPT };
	if (ev->kind == EVENT_END && event_has(ev, HAS_RUN))
		rec->has |= HAS_RUN;
	if (event_has(ev, HAS_ARGV)) {
		rec->argc = list_cnt(ev->argv);
		rec->implied |= ev->argc != rec->argc ? BIT(IMPLIED_ARGC) : 0;
		rec->implied |= ev->argv_len != ev->argv.len ? BIT(IMPLIED_ARGV_LEN) : 0;
	}
	if (event_has(ev, HAS_ENV)) {
		rec->envc = list_cnt(ev->env);
		rec->implied |= ev->env_len != ev->env.len ? BIT(IMPLIED_ENV_LEN) : 0;
	}
}

static bool shape_has(const struct record *rec, const struct disk_field *f)
{
	return (rec->has & f->has) == f->has && (!f->implied || rec->implied & BIT(f->implied));
}

/* Write the record that says which fields come, and how. */
static void put_shape(struct capture_writer *w, const struct shape *s)
{
	const char *kind = event_kind_names[s->kind];

	put_varint(&w->raw, 0);
	put_string(w, (struct span){ kind, strlen(kind) });
	put_varint(&w->raw, s->cnt);
	for (unsigned int i = 0; i < s->cnt; i++) {
		put_varint(&w->raw, capture_fields[s->rows[i]].id);
		put_varint(&w->raw, capture_fields[s->rows[i]].type);
	}
}

/* A record's length comes before it: one byte is kept for it, and more made if it is longer. */
static void record_finish(struct capture_writer *w, size_t start, uint32_t string_cnt)
{
	_cleanup_(buf_done) struct buf len = { 0 };
	struct string *strings = (struct string *)w->strings.ptr;
	size_t body = w->raw.len - start - 1, more;
	uint32_t end = w->string_cnt < STRING_CNT ? w->string_cnt : STRING_CNT;

	put_varint(&len, body);
	more = len.len - 1;
	if (len.failed || w->raw.failed || w->strings.failed || !buf_room(&w->raw, more)) {
		w->raw.failed = true;
		return;
	}
	if (more) {
		memmove(w->raw.ptr + start + 1 + more, w->raw.ptr + start + 1, body);
		w->raw.len += more;
		for (uint32_t i = string_cnt; i < end; i++)
			strings[i].off += (uint32_t)more;
	}
	memcpy(w->raw.ptr + start, len.ptr, len.len);
}

/* The number of the shape of an event; a new one is written. SHAPE_CNT: there is no room. */
static unsigned int shape_of(struct capture_writer *w, const struct record *rec)
{
	uint32_t string_cnt = w->string_cnt;
	size_t start = w->raw.len;
	struct shape *s;

	for (unsigned int i = 0; i < w->shape_cnt; i++) {
		s = &w->shapes[i];
		if (s->kind == rec->ev->kind && s->has == rec->has && s->implied == rec->implied)
			return i;
	}
	if (w->shape_cnt == SHAPE_CNT)
		return SHAPE_CNT;
	s = &w->shapes[w->shape_cnt];
	*s = (struct shape){ .kind = rec->ev->kind, .has = rec->has, .implied = rec->implied };
	for (size_t i = 0; i < capture_field_cnt; i++) {
		if (!shape_has(rec, &capture_fields[i]))
			continue;
		s->rows[s->cnt++] = (unsigned char)i;
		s->value_cnt += capture_fields[i].type != DISK_FLAG;
	}
	buf_put_char(&w->raw, 0);
	put_shape(w, s);
	record_finish(w, start, string_cnt);
	return w->shape_cnt++;
}

/* Write a number or a text unless it is the last one of its field. */
static bool put_number(struct capture_writer *w, unsigned int id, uint64_t v)
{
	if (v == w->last[id])
		return false;
	put_varint(&w->raw, disk_zigzag(v - w->last[id]));
	w->last[id] = v;
	return true;
}

/* Write the start of a process unless it is known. */
static bool put_start(struct capture_writer *w, unsigned int slot, uint64_t v, uint64_t time_ns)
{
	if (v == w->starts[slot])
		return false;
	put_varint(&w->raw, disk_zigzag(v - time_ns));
	w->starts[slot] = v;
	return true;
}

static bool put_text(struct capture_writer *w, unsigned int id, struct span s)
{
	struct place place;
	uint32_t ref = string_find(w, s, &place);

	if (ref ? ref == w->last[id] : !s.len && !w->last[id])
		return false;
	if (ref)
		put_varint(&w->raw, ref);
	else
		string_add(w, s, &place);
	w->last[id] = ref ? ref : w->string_cnt;
	return true;
}

/* False if the value is as before, and so was not written. */
static bool put_value(struct capture_writer *w, const struct disk_field *f,
		      const struct record *rec)
{
	const char *at = (const char *)rec->ev + f->off;
	const char *name;
	struct span list;

	switch ((enum disk_member)f->member) {
	case MEMBER_BOOL:
		return put_number(w, f->id, *(const bool *)at);
	case MEMBER_U32:
		return put_number(w, f->id, *(const uint32_t *)at);
	case MEMBER_U64:
		return put_number(w, f->id, *(const uint64_t *)at);
	case MEMBER_START:
	case MEMBER_PARENT_START:
		return put_start(w, disk_slot(f, rec->ev), *(const uint64_t *)at, rec->ev->time_ns);
	case MEMBER_ENUM:
		name = *(const uint32_t *)at < (uint32_t)f->name_cnt ?
			       f->names[*(const uint32_t *)at] :
			       NULL;
		return put_text(w, f->id, (struct span){ name, name ? strlen(name) : 0 });
	case MEMBER_SPAN:
		return put_text(w, f->id, *(const struct span *)at);
	case MEMBER_ARGV:
		list = *(const struct span *)at;
		put_list(w, list, f->has == HAS_ENV ? rec->envc : rec->argc);
		return true;
	case MEMBER_TOTALS:
		put_totals(w, &rec->ev->run->totals);
		return true;
	case MEMBER_NONE:
	case MEMBER_CNT:
		break;
	}
	return false;
}

static void put_event(struct capture_writer *w, unsigned int shape, const struct record *rec)
{
	const struct shape *s = &w->shapes[shape];
	unsigned char changed[(DISK_ID_MAX + 7) / 8] = { 0 };
	unsigned int value = 0, len = (s->value_cnt + 7) / 8;
	size_t start = w->raw.len, at;
	uint32_t string_cnt = w->string_cnt;

	buf_put_char(&w->raw, 0);
	put_varint(&w->raw, shape + 1);
	at = w->raw.len;
	buf_put(&w->raw, changed, len);
	for (unsigned int i = 0; i < s->cnt; i++) {
		const struct disk_field *f = &capture_fields[s->rows[i]];

		if (f->type == DISK_FLAG)
			continue;
		if (put_value(w, f, rec))
			changed[value / 8] |= (unsigned char)(1 << value % 8);
		value++;
	}
	if (!w->raw.failed)
		memcpy(w->raw.ptr + at, changed, len);
	record_finish(w, start, string_cnt);
}

static void capture_reset(struct capture_writer *w)
{
	w->first += w->cnt;
	w->cnt = 0;
	w->raw.len = 0;
	w->raw.failed = false;
	if (w->raw.cap > BLOCK_KEEP_LEN)
		buf_done(&w->raw);
	w->strings.len = 0;
	w->strings.failed = false;
	w->string_cnt = 0;
	memset(w->slots, 0, sizeof(w->slots));
	w->shape_cnt = 0;
	memset(w->last, 0, sizeof(w->last));
	memset(w->starts, 0, sizeof(w->starts));
	w->text_len = 0;
	w->strings_len = 0;
}

static bool capture_is_full(const struct capture_writer *w)
{
	return w->raw.len >= BLOCK_LEN || w->text_len >= BLOCK_TEXT_LEN ||
	       w->string_cnt >= STRING_CNT || w->shape_cnt == SHAPE_CNT;
}

/* May what is in the block and this event together be more than a reader takes? */
static bool capture_is_near(const struct capture_writer *w, const struct record *rec)
{
	const struct event *ev = rec->ev;
	size_t len = (event_has(ev, HAS_ARGV) ? ev->argv.len : 0) +
		     (event_has(ev, HAS_ENV) ? ev->env.len : 0);
	size_t cnt = (size_t)rec->argc + rec->envc;

	return w->raw.len + len + ARG_COST * cnt + REST_COST > DISK_RAW_MAX ||
	       w->string_cnt + cnt + REST_CNT > DISK_STRINGS_MAX;
}

/* Is it more? So it can be for a single event, of millions of empty arguments. */
static bool capture_is_beyond(const struct capture_writer *w)
{
	return w->raw.len > DISK_RAW_MAX || w->string_cnt > DISK_STRINGS_MAX;
}

int capture_put(struct capture_writer *w, const struct event *ev)
{
	struct record rec;
	unsigned int shape;

	if ((event_has(ev, HAS_ARGV) ? ev->argv.len : 0) +
		    (event_has(ev, HAS_ENV) ? ev->env.len : 0) >
	    CAPTURE_TEXT_MAX) {
		w->first++; /* before the block, as far as the reader can tell */
		return -E2BIG;
	}
	record_look(&rec, ev);
	if (w->cnt && capture_is_near(w, &rec))
		return -EAGAIN;
	w->cnt++;
	shape = shape_of(w, &rec);
	put_event(w, shape, &rec);
	if (w->raw.failed || w->strings.failed)
		return -ENOMEM;
	if (w->cnt == 1 && capture_is_beyond(w)) {
		capture_reset(w);
		return -E2BIG;
	}
	return capture_is_full(w);
}

/* ---- blocks ---- */

static void put_block(struct buf *out, struct disk_head *h, const void *stored)
{
	unsigned char head[DISK_BLOCK_LEN];

	h->crc = (uint32_t)crc32(0, stored, h->stored_len);
	disk_head_put(head, h);
	buf_put(out, head, sizeof(head));
}

/*
 * Deflate the block to behind out; its length, or 0 if that does not pay. Strings become a fifth or
 * less. All else becomes half, for more time than all the rest of recording takes: it stays as it is
 * in a block with few strings, which is one of many events in a short time.
 */
static size_t capture_deflate(struct capture_writer *w, unsigned char *at)
{
	if (w->level == 0 || w->strings_len < w->raw.len / DEFLATE_SHARE ||
	    deflateReset(&w->z) != Z_OK)
		return 0;
	w->z.next_in = (unsigned char *)w->raw.ptr;
	w->z.avail_in = (unsigned int)w->raw.len;
	w->z.next_out = at;
	w->z.avail_out = (unsigned int)w->raw.len;
	return deflate(&w->z, Z_FINISH) == Z_STREAM_END ? w->raw.len - w->z.avail_out : 0;
}

int capture_take(struct capture_writer *w, struct buf *out)
{
	struct disk_head h = { .type = DISK_EVENTS, .cnt = w->cnt, .first = w->first };
	bool failed = w->raw.failed || w->strings.failed;
	char *at = NULL;

	if (!w->cnt)
		return 0;
	if (!failed)
		at = buf_room(out, DISK_BLOCK_LEN + w->raw.len);
	if (!at) {
		capture_reset(w);
		return -ENOMEM;
	}
	h.raw_len = (uint32_t)w->raw.len;
	h.stored_len = (uint32_t)capture_deflate(w, (unsigned char *)at + DISK_BLOCK_LEN);
	if (h.stored_len) {
		h.flags = DISK_DEFLATED;
	} else {
		h.stored_len = h.raw_len;
		memcpy(at + DISK_BLOCK_LEN, w->raw.ptr, w->raw.len);
	}
	put_block(out, &h, at + DISK_BLOCK_LEN);
	out->len += h.stored_len;
	capture_reset(w);
	return 0;
}

/* ---- the start of a file ---- */

static void put_entry(struct buf *b, unsigned int id, struct span value)
{
	put_varint(b, id);
	put_varint(b, value.len);
	buf_put_span(b, value);
}

static void put_entry_u64(struct buf *b, unsigned int id, uint64_t v)
{
	unsigned char at[8];

	disk_set(at, v, sizeof(at));
	put_entry(b, id, (struct span){ (const char *)at, sizeof(at) });
}

static void put_entry_kinds(struct buf *b, unsigned int id, unsigned int kinds)
{
	_cleanup_(buf_done) struct buf names = { 0 };

	for (enum event_kind k = 0; k < EVENT_KIND_CNT; k++)
		if (kinds & BIT(k)) {
			buf_puts(&names, names.len ? "," : "");
			buf_puts(&names, event_kind_names[k]);
		}
	put_entry(b, id, buf_span(&names));
}

static void put_run(struct buf *b, const struct capture_part *part)
{
	for (size_t i = 0; i < capture_text_cnt; i++) {
		const char *text = (const char *)part->run + capture_texts[i].off;

		put_entry(b, capture_texts[i].id, (struct span){ text, strlen(text) });
	}
	put_entry_kinds(b, DISK_RUN_KINDS, part->run->kinds);
	put_entry_kinds(b, DISK_RUN_COLLECTED, part->collected);
	put_entry_u64(b, DISK_RUN_TELLS_ALL, part->tells_all);
	put_entry_u64(b, DISK_RUN_TIME, part->time_ns);
	put_entry_u64(b, DISK_RUN_WALL, (uint64_t)part->wall_offset_ns);
	put_entry_u64(b, DISK_RUN_PART, part->part);
	put_entry_u64(b, DISK_RUN_TRACER, part->tracer_pid);
	put_entry_u64(b, DISK_RUN_COMMAND, part->command_pid);
}

void capture_put_part(struct buf *out, const struct capture_part *part)
{
	_cleanup_(buf_done) struct buf run = { 0 };
	struct disk_head h = { .type = DISK_RUN };
	unsigned char head[DISK_FILE_LEN] = { 0 };

	memcpy(head, DISK_MAGIC, DISK_MAGIC_LEN);
	disk_set(head + 8, DISK_ORDER, 4);
	disk_set(head + 12, CAPTURE_MAJOR, 2);
	disk_set(head + 14, CAPTURE_MINOR, 2);
	disk_set(head + 20, crc32(0, head, 20), 4);
	buf_put(out, head, sizeof(head));

	put_run(&run, part);
	h.stored_len = h.raw_len = (uint32_t)run.len;
	put_block(out, &h, run.ptr);
	buf_put_span(out, buf_span(&run));
	out->failed |= run.failed;
}
