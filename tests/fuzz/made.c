// SPDX-License-Identifier: BSD-2-Clause
#include "made.h"

#include "field.h"

/* Put a value of the row's type at the row's place. */
typedef void make_fn(char *at, const struct field *f, struct event *ev, struct input *in,
		     struct blocks *keep);

static void make_u32(char *at, const struct field *f, struct event *ev, struct input *in,
		     struct blocks *keep)
{
	(void)f;
	(void)ev;
	(void)keep;
	*(uint32_t *)at = (uint32_t)input_number(in, 4);
}

static void make_u64(char *at, const struct field *f, struct event *ev, struct input *in,
		     struct blocks *keep)
{
	(void)f;
	(void)ev;
	(void)keep;
	*(uint64_t *)at = input_number(in, 8);
}

static void make_bool(char *at, const struct field *f, struct event *ev, struct input *in,
		      struct blocks *keep)
{
	(void)f;
	(void)ev;
	(void)keep;
	*(bool *)at = input_number(in, 1) & 1;
}

static void make_span(char *at, const struct field *f, struct event *ev, struct input *in,
		      struct blocks *keep)
{
	size_t len = (size_t)input_number(in, 1);

	(void)f;
	(void)ev;
	if (len == UINT8_MAX)
		len = (size_t)input_number(in, 2);
	*(struct span *)at = blocks_copy(keep, input_take(in, len));
}

static void make_entity(char *at, const struct field *f, struct event *ev, struct input *in,
			struct blocks *keep)
{
	make_u32(at, f, ev, in, keep);
	*(uint64_t *)((char *)ev + f->off2) = input_number(in, 8);
}

/* An enum of which 0 means that there is no reason: never with its has bit. */
static void make_reason(char *at, const struct field *f, struct event *ev, struct input *in,
			struct blocks *keep)
{
	unsigned int cnt = f->type == FIELD_ARGV_CUT ? ARGV_CUT_CNT : ARGV_MISSING_CNT;

	(void)ev;
	(void)keep;
	*(unsigned int *)at = 1 + (unsigned int)input_number(in, 1) % (cnt - 1);
}

static void make_lost_reason(char *at, const struct field *f, struct event *ev, struct input *in,
			     struct blocks *keep)
{
	(void)f;
	(void)ev;
	(void)keep;
	*(enum lost_reason *)at = (enum lost_reason)(input_number(in, 1) % LOST_REASON_CNT);
}

static void make_kind(char *at, const struct field *f, struct event *ev, struct input *in,
		      struct blocks *keep)
{
	(void)ev;
	(void)keep;
	if (f->off != offsetof(struct event, kind))
		*(enum event_kind *)at =
			(enum event_kind)(input_number(in, 1) % (EVENT_KIND_CNT + 1));
}

static make_fn *const makers[FIELD_TYPE_CNT] = {
	[FIELD_U32] = make_u32,
	[FIELD_U64] = make_u64,
	[FIELD_ID] = make_u32,
	[FIELD_BOOL] = make_bool,
	[FIELD_TEXT] = make_span,
	[FIELD_ARGV] = make_span,
	[FIELD_TIME] = make_u64,
	[FIELD_ENTITY] = make_entity,
	[FIELD_ARGV_CUT] = make_reason,
	[FIELD_ARGV_MISSING] = make_reason,
	[FIELD_LOST_REASON] = make_lost_reason,
	[FIELD_KIND] = make_kind,
	[FIELD_DURATION] = make_u64,
	[FIELD_BYTES] = make_u64,
	[FIELD_ERRNO] = make_u32,
	[FIELD_ENV] = make_span,
	[FIELD_NAMES] = make_span,
	[FIELD_PARENT_CMDLINE] = make_span,
	/* All others are made of the values of other rows. */
};

void made_event(struct event *ev, const struct run *run, struct input *in, struct blocks *keep)
{
	*ev = (struct event){
		.kind = (enum event_kind)(input_number(in, 1) % EVENT_KIND_CNT),
		.has = input_number(in, 8),
		.wall_offset_ns = (int64_t)input_number(in, 8),
		.run = run,
	};
	for (size_t i = 0; i < field_cnt; i++)
		if (makers[fields[i].type] && field_in(&fields[i], ev))
			makers[fields[i].type]((char *)ev + fields[i].off, &fields[i], ev, in,
					       keep);
}

static void made_string(char *to, size_t size, struct input *in)
{
	struct span s = input_take(in, (size_t)input_number(in, 1));

	if (s.len > size - 1)
		s.len = size - 1;
	memset(to, 0, size);
	if (s.len)
		memcpy(to, s.ptr, s.len);
}

void made_run(struct run *run, struct input *in)
{
	memset(run, 0, sizeof(*run));
	made_string(run->version, sizeof(run->version), in);
	made_string(run->backend, sizeof(run->backend), in);
	made_string(run->fallback_reason, sizeof(run->fallback_reason), in);
	made_string(run->note, sizeof(run->note), in);
	made_string(run->options, sizeof(run->options), in);
	made_string(run->ephemeral_id, sizeof(run->ephemeral_id), in);
	made_string(run->host_name, sizeof(run->host_name), in);
	made_string(run->host_id, sizeof(run->host_id), in);
	made_string(run->boot_id, sizeof(run->boot_id), in);
	made_string(run->kernel, sizeof(run->kernel), in);
	made_string(run->arch, sizeof(run->arch), in);
	run->totals.lost[0] = input_number(in, 8);
}

void made_check(const struct event *ev)
{
	must(ev->kind < EVENT_KIND_CNT);
	if (event_has(ev, HAS_ARGV_CUT))
		must(ev->argv_cut > ARGV_WHOLE && ev->argv_cut < ARGV_CUT_CNT);
	if (event_has(ev, HAS_ARGV_MISSING))
		must(ev->argv_missing > ARGV_THERE && ev->argv_missing < ARGV_MISSING_CNT);
	if (event_has(ev, HAS_LOST))
		must(ev->lost_reason < LOST_REASON_CNT && ev->lost_kind <= EVENT_KIND_CNT);
	for (size_t i = 0; i < field_cnt; i++)
		if ((fields[i].type == FIELD_TEXT || fields[i].type == FIELD_ARGV ||
		     fields[i].type == FIELD_ENV || fields[i].type == FIELD_PARENT_CMDLINE) &&
		    field_in(&fields[i], ev))
			touch(field_span(&fields[i], ev));
}
