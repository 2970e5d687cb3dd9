// SPDX-License-Identifier: BSD-2-Clause
#include "capture_block.h"

enum {
	VARINT_BITS = 64,
};

/* A field of a shape. */
struct column {
	const struct disk_field *f; /* NULL: of a newer version, and skipped */
	unsigned char type; /* enum disk_type */
};

struct shape {
	int kind; /* enum event_kind; EVENT_KIND_CNT: of a newer version */
	uint64_t has;
	uint32_t column; /* the first one */
	uint32_t cnt;
	uint32_t value_cnt; /* of those that are no flags */
};

/* What an event is read with. */
struct cursor {
	struct capture_block *b;
	struct span s; /* what is left of the record */
	struct run *run;
	const char *wrong;
};

void capture_block_done(struct capture_block *b)
{
	buf_done(&b->strings);
	buf_done(&b->shapes);
	buf_done(&b->columns);
	buf_done(&b->text);
}

bool capture_get_varint(struct span *s, uint64_t *v)
{
	unsigned int shift = 0;
	size_t i = 0;

	if (s->len && !(*s->ptr & 0x80)) { /* most are one byte */
		*v = (unsigned char)*s->ptr++;
		s->len--;
		return true;
	}
	for (*v = 0; i < s->len && shift < VARINT_BITS; shift += 7) {
		unsigned char c = (unsigned char)s->ptr[i++];

		if (shift == VARINT_BITS - 1 && c > 1)
			return false;
		*v |= (uint64_t)(c & 0x7f) << shift;
		if (c & 0x80)
			continue;
		s->ptr += i;
		s->len -= i;
		return true;
	}
	return false;
}

bool capture_get_bytes(struct span *s, uint64_t len, struct span *bytes)
{
	if (len > s->len)
		return false;
	*bytes = (struct span){ s->ptr, len };
	s->ptr += len;
	s->len -= len;
	return true;
}

static bool fail(struct cursor *c, const char *wrong)
{
	c->wrong = wrong;
	return false;
}

static bool get_varint(struct cursor *c, uint64_t *v)
{
	return capture_get_varint(&c->s, v) || fail(c, "a record ends too early");
}

static uint64_t string_cnt(const struct capture_block *b)
{
	return b->strings.len / sizeof(struct span);
}

/* The string that a reference means: 0 is none, which reads as no text. */
static struct span string_at(const struct capture_block *b, uint64_t ref)
{
	return ref ? ((const struct span *)b->strings.ptr)[ref - 1] : (struct span){ 0 };
}

/* A new string, which follows. */
static bool get_new_string(struct cursor *c, uint64_t *ref)
{
	struct span str;
	uint64_t len;

	if (!get_varint(c, &len))
		return false;
	if (!capture_get_bytes(&c->s, len, &str))
		return fail(c, "a string is longer than its record");
	if (string_cnt(c->b) >= DISK_STRINGS_MAX)
		return fail(c, "it has too many strings");
	buf_put(&c->b->strings, &str, sizeof(str));
	if (c->b->strings.failed)
		return fail(c, "no memory");
	*ref = string_cnt(c->b);
	return true;
}

static bool get_string(struct cursor *c, uint64_t *ref)
{
	if (!get_varint(c, ref))
		return false;
	if (!*ref)
		return get_new_string(c, ref);
	return *ref <= string_cnt(c->b) || fail(c, "a reference to a string that is not there");
}

/* ---- lists ---- */

/* Spell out cnt strings from that one on, each with a NUL. */
static bool list_put(struct cursor *c, uint64_t ref, uint64_t cnt)
{
	struct capture_block *b = c->b;

	for (; cnt; cnt--, ref++) {
		struct span str = string_at(b, ref);
		char *at;

		b->text_len += str.len + 1;
		if (b->text_len > DISK_TEXT_MAX)
			return fail(c, "its lists are too long");
		at = buf_room(&b->text, str.len + 1);
		if (!at)
			return fail(c, "no memory");
		if (str.len)
			memcpy(at, str.ptr, str.len);
		at[str.len] = '\0';
		b->text.len += str.len + 1;
	}
	return true;
}

/*
 * A list is spelled out behind the text of those before it in the same event; *off and *len are
 * where. *cnt: strings in it.
 */
static bool get_list(struct cursor *c, size_t *off, size_t *len, uint64_t *cnt)
{
	uint64_t head, left, ref, more = 0;

	if (!get_varint(c, &head))
		return false;
	*off = c->b->text.len;
	*cnt = left = head >> 1;
	for (; left; left -= 1 + more) {
		if (!get_varint(c, &ref))
			return false;
		more = 0;
		if (!ref) {
			if (!get_new_string(c, &ref))
				return false;
		} else if (!get_varint(c, &more)) {
			return false;
		}
		if (ref > string_cnt(c->b) || more > string_cnt(c->b) - ref || more >= left)
			return fail(c, "a list of strings that are not there");
		if (!list_put(c, ref, 1 + more))
			return false;
	}
	*len = c->b->text.len - *off;
	if (head & 1) {
		if (!*cnt)
			return fail(c, "a list makes no sense");
		--*len;
	}
	return true;
}

/* ---- shapes ---- */

static const struct disk_field *field_of(uint64_t id)
{
	/* Ids are given in ascending order without a gap: see the assertion in the unit test. */
	return id && id <= capture_field_cnt ? &capture_fields[id - 1] : NULL;
}

static int kind_of(struct span name)
{
	int k = 0;

	while (k < EVENT_KIND_CNT && !disk_is(name, event_kind_names[k]))
		k++;
	return k;
}

/* Bits of which each field that must be there is there. */
static uint64_t shape_has(const struct column *columns, uint32_t cnt)
{
	uint64_t some = 0, lack = 0;

	for (size_t i = 0; i < capture_field_cnt; i++) {
		const struct disk_field *f = &capture_fields[i];
		uint32_t j = 0;

		while (j < cnt && columns[j].f != f)
			j++;
		if (j < cnt)
			some |= f->has;
		else if (!f->implied)
			lack |= f->has;
	}
	return some & ~lack;
}

static bool get_column(struct cursor *c, struct shape *s)
{
	struct column col = { 0 };
	uint64_t id, type;

	if (!get_varint(c, &id) || !get_varint(c, &type))
		return false;
	if (type >= DISK_TYPE_CNT)
		return fail(c, "a field of an unknown type");
	col.f = field_of(id);
	if (col.f && col.f->type != type)
		return fail(c, "a field of another type than its own");
	col.type = (unsigned char)type;
	s->value_cnt += type != DISK_FLAG;
	buf_put(&c->b->columns, &col, sizeof(col));
	return true;
}

static bool get_shape(struct cursor *c)
{
	struct capture_block *b = c->b;
	struct shape s = { .column = (uint32_t)(b->columns.len / sizeof(struct column)) };
	uint64_t kind, cnt;

	if (b->shapes.len / sizeof(s) >= DISK_SHAPES_MAX)
		return fail(c, "it has too many forms of events");
	if (!get_string(c, &kind) || !get_varint(c, &cnt))
		return false;
	if (cnt > DISK_COLUMNS_MAX)
		return fail(c, "a form of events with too many fields");
	s.kind = kind_of(string_at(b, kind));
	s.cnt = (uint32_t)cnt;
	for (uint64_t i = 0; i < cnt; i++)
		if (!get_column(c, &s))
			return false;
	if (b->columns.failed)
		return fail(c, "no memory");
	if (cnt)
		s.has = shape_has((const struct column *)b->columns.ptr + s.column, s.cnt);
	buf_put(&b->shapes, &s, sizeof(s));
	return !b->shapes.failed || fail(c, "no memory");
}

/* ---- totals ---- */

static uint64_t *totals_at(struct totals *t, struct span group, struct span name)
{
	for (size_t i = 0; i < capture_counts_cnt; i++) {
		const struct disk_counts *c = &capture_counts[i];

		if (!disk_is(group, c->group))
			continue;
		for (size_t j = 0; j < c->cnt; j++)
			if (c->names[j] && disk_is(name, c->names[j]))
				return (uint64_t *)((char *)t + c->off) + j;
	}
	return NULL;
}

/* Counts that this version does not know are passed over. */
static bool get_totals(struct span s, struct totals *t)
{
	struct span group, name;
	uint64_t len, cnt, *at;

	*t = (struct totals){ 0 };
	while (s.len) {
		if (!capture_get_varint(&s, &len) || !capture_get_bytes(&s, len, &group) ||
		    !capture_get_varint(&s, &len) || !capture_get_bytes(&s, len, &name) ||
		    !capture_get_varint(&s, &cnt))
			return false;
		at = totals_at(t, group, name);
		if (at)
			*at = cnt;
		else if (disk_is(group, DISK_INEXACT))
			t->lost_inexact = cnt;
	}
	return true;
}

/* ---- events ---- */

/* Numbers and strings go through the value that the field had last. */
static bool get_last(struct cursor *c, const struct column *col, bool changed, uint64_t *v)
{
	uint64_t *last = col->f ? &c->b->last[col->f->id] : &c->b->last[0];

	if (changed && col->type == DISK_NUMBER) {
		if (!get_varint(c, v))
			return false;
		*last += disk_unzigzag(*v);
	} else if (changed && !get_string(c, last)) {
		return false;
	}
	*v = *last;
	return true;
}

/* An enum by its name. */
static void set_enum(struct event *ev, const struct disk_field *f, struct span name)
{
	uint32_t *at = (uint32_t *)((char *)ev + f->off);

	for (int i = 0; i < f->name_cnt; i++) {
		if (f->names[i] && disk_is(name, f->names[i])) {
			*at = (uint32_t)i;
			return;
		}
	}
	if (f->other >= 0)
		*at = (uint32_t)f->other;
	else
		ev->has &= ~f->has;
}

static bool set_value(struct cursor *c, struct event *ev, const struct disk_field *f, uint64_t v)
{
	char *at = (char *)ev + f->off;

	switch ((enum disk_member)f->member) {
	case MEMBER_BOOL:
		*(bool *)at = v;
		return true;
	case MEMBER_U32:
		*(uint32_t *)at = (uint32_t)v;
		return v <= UINT32_MAX || fail(c, "a number is too large for its field");
	case MEMBER_U64:
		*(uint64_t *)at = v;
		return true;
	case MEMBER_ENUM:
		set_enum(ev, f, string_at(c->b, v));
		return true;
	case MEMBER_SPAN:
		*(struct span *)at = string_at(c->b, v);
		return true;
	case MEMBER_START:
	case MEMBER_PARENT_START:
	case MEMBER_ARGV:
	case MEMBER_TOTALS:
	case MEMBER_NONE:
	case MEMBER_CNT:
		break;
	}
	return true;
}

/* The text may move while lists are added: until the event is whole, ptr is an offset. */
static bool set_list(struct cursor *c, struct event *ev, const struct disk_field *f)
{
	size_t off, len;
	uint64_t cnt;

	if (!get_list(c, &off, &len, &cnt))
		return false;
	if (!f)
		return true;
	*(struct span *)((char *)ev + f->off) = (struct span){ (const char *)off, len };
	if (f->has == HAS_ARGV) {
		ev->argc = (uint32_t)cnt;
		ev->argv_len = len;
	} else {
		ev->env_len = len;
	}
	return true;
}

/* The text stays where it is now. */
static void put_list(const struct cursor *c, struct span *list)
{
	list->ptr = list->len ? c->b->text.ptr + (size_t)list->ptr : NULL;
}

static bool set_start(struct cursor *c, struct event *ev, const struct disk_field *f)
{
	uint64_t v, *start = f ? &c->b->starts[disk_slot(f, ev)] : NULL;

	if (!get_varint(c, &v))
		return false;
	if (f)
		*start = ev->time_ns + disk_unzigzag(v);
	return true;
}

static bool set_bytes(struct cursor *c, const struct disk_field *f)
{
	struct span bytes;
	uint64_t len;

	if (!get_varint(c, &len))
		return false;
	if (!capture_get_bytes(&c->s, len, &bytes))
		return fail(c, "a field is longer than its record");
	if (f && f->member == MEMBER_TOTALS && !get_totals(bytes, &c->run->totals))
		return fail(c, "totals that make no sense");
	return true;
}

static bool get_value(struct cursor *c, struct event *ev, const struct column *col, bool changed)
{
	uint64_t v;

	switch ((enum disk_type)col->type) {
	case DISK_NUMBER:
	case DISK_STRING:
		if (!get_last(c, col, changed, &v))
			return false;
		return !col->f || set_value(c, ev, col->f, v);
	case DISK_START:
		if (changed && !set_start(c, ev, col->f))
			return false;
		if (col->f)
			*(uint64_t *)((char *)ev + col->f->off) =
				c->b->starts[disk_slot(col->f, ev)];
		return true;
	case DISK_LIST:
		return !changed || set_list(c, ev, col->f);
	case DISK_BYTES:
		return !changed || set_bytes(c, col->f);
	case DISK_FLAG:
	case DISK_TYPE_CNT:
		break;
	}
	return true;
}

static bool get_event(struct cursor *c, const struct shape *s, struct event *ev)
{
	const struct column *columns = (const struct column *)c->b->columns.ptr;
	const unsigned char *changed;
	struct span bits;
	uint32_t value = 0;

	if (!capture_get_bytes(&c->s, (s->value_cnt + 7) / 8, &bits))
		return fail(c, "a record ends too early");
	changed = (const unsigned char *)bits.ptr;
	c->b->text.len = 0;
	for (uint32_t i = 0; i < s->cnt; i++) {
		const struct column *col = &columns[s->column + i];

		if (col->type == DISK_FLAG)
			continue;
		if (!get_value(c, ev, col, changed[value / 8] >> value % 8 & 1))
			return false;
		value++;
	}
	put_list(c, &ev->argv);
	put_list(c, &ev->env);
	return true;
}

/* The kinds that are told of a run, and no others, have HAS_RUN. */
static void emit_event(struct cursor *c, struct event *ev, event_fn *emit, void *ctx)
{
	c->b->cnt++;
	if (ev->kind == EVENT_KIND_CNT) {
		c->b->unknown++;
		return;
	}
	if (ev->kind == EVENT_START || ev->kind == EVENT_END)
		ev->has |= HAS_RUN;
	else
		ev->has &= ~(uint64_t)HAS_RUN;
	emit(ctx, ev);
}

/* One record: a shape or an event. */
static bool get_record(struct cursor *c, event_fn *emit, void *ctx)
{
	struct event ev = { .run = c->run };
	const struct shape *s;
	uint64_t tag;

	if (!get_varint(c, &tag))
		return false;
	if (!tag)
		return get_shape(c);
	if (tag > c->b->shapes.len / sizeof(*s))
		return fail(c, "an event of a form that is not there");
	s = (const struct shape *)c->b->shapes.ptr + (tag - 1);
	ev.kind = (enum event_kind)s->kind;
	ev.has = s->has;
	if (!get_event(c, s, &ev))
		return false;
	emit_event(c, &ev, emit, ctx);
	return true;
}

void capture_block_start(struct capture_block *b, struct span raw, uint32_t cnt)
{
	b->strings.len = b->shapes.len = b->columns.len = b->text.len = 0;
	b->strings.failed = b->shapes.failed = b->columns.failed = b->text.failed = false;
	memset(b->last, 0, sizeof(b->last));
	memset(b->starts, 0, sizeof(b->starts));
	b->text_len = b->cnt = b->unknown = 0;
	b->left = raw;
	b->said = cnt;
	b->wrong = NULL;
}

bool capture_block_next(struct capture_block *b, struct run *run, event_fn *emit, void *ctx)
{
	struct cursor c = { .b = b, .run = run };
	uint64_t len;

	if (!b->left.len)
		b->wrong = b->cnt == b->said ? NULL : "it has fewer events than it says";
	else if (!capture_get_varint(&b->left, &len) || !capture_get_bytes(&b->left, len, &c.s))
		b->wrong = "a record is longer than its block";
	else if (!get_record(&c, emit, ctx))
		b->wrong = c.wrong;
	else if (b->cnt > b->said)
		b->wrong = "it has more events than it says";
	else
		return true;
	return false;
}
