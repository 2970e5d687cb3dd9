/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fields of an event that people and programs see: one row for each makes
 * the JSON key, the table column and the documentation. Layer 1.
 *
 * JSON keys are those of the Elastic Common Schema, and below "execsnoop" what
 * the schema lacks: https://www.elastic.co/docs/reference/ecs
 */
#ifndef FIELD_H
#define FIELD_H

#include "event.h"

/* How the value at off is stored, and so how a sink prints it. */
enum field_type {
	FIELD_U32, /* uint32_t */
	FIELD_U64, /* uint64_t */
	FIELD_ID, /* uint32_t; a string in JSON, as ECS wants ids */
	FIELD_BOOL, /* bool */
	FIELD_FLAG, /* true if there */
	FIELD_TEXT, /* struct span: traced bytes */
	FIELD_EXACT, /* struct span: in base64, if the row of the same has was not valid UTF-8 */
	FIELD_ARGV, /* struct span: an argv block */
	FIELD_ARGV_LEN, /* length of an argv block */
	FIELD_TIME, /* uint64_t: CLOCK_BOOTTIME, shown as wall-clock time */
	FIELD_ENTITY, /* uint32_t pid, and at off2 uint64_t start: unique for a process */
	FIELD_ARGV_CUT, /* enum argv_cut */
	FIELD_ARGV_MISSING, /* enum argv_missing */
	FIELD_LOST_REASON, /* enum lost_reason */
	FIELD_KIND, /* enum event_kind, by name */
	FIELD_CATEGORY, /* event.type, from the kind */
	FIELD_SEQUENCE, /* counts the lines of the output */
	FIELD_LITERAL, /* literal, as it is */
	FIELD_RUN, /* char[] in struct run */
	FIELD_TOTALS, /* struct totals in struct run, as an object */
	FIELD_DURATION, /* uint64_t: nanoseconds */
	FIELD_BYTES, /* uint64_t */
	FIELD_ERRNO, /* uint32_t: an errno, by name */
	FIELD_ENV, /* struct span: a list of NAME=value, each with its NUL */
	FIELD_NAMES, /* struct span: a list of names, each with its NUL */
	/* Those below are columns only. */
	FIELD_SINCE, /* uint64_t: CLOCK_BOOTTIME, shown as seconds since the start of the stream */
	FIELD_STATUS, /* how it ended */
	FIELD_CMDLINE, /* argv of the program that the process runs, or ran last */
	FIELD_PARENT_CMDLINE, /* argv of the program that the parent runs, or ran last */
	FIELD_TREE, /* pid and summary, indented */
	FIELD_USER, /* user name, else the number at off */
	FIELD_SUMMARY, /* what the event says, in a line: the command, or how it ended */
	FIELD_TYPE_CNT,
};

struct field {
	const char *name; /* for --columns and the manual */
	const char *json; /* path of the key; NULL: not in JSON */
	const char *heading; /* of the table column; NULL: none */
	int width; /* of that column; negative: to the left */
	enum field_type type;
	unsigned int off; /* in struct event, or in struct run */
	unsigned int off2;
	uint64_t has; /* what the event must have; 0: nothing */
	unsigned int kinds; /* BIT(enum event_kind) of the events that have it; 0: all */
	const char *literal;
	const char *help;
};

/*
 * All rows. Rows whose json paths share a prefix are neighbours, and a FIELD_EXACT
 * row comes after the row it belongs to.
 */
extern const struct field fields[];
extern const size_t field_cnt;

/* The row of that name, NULL if there is none. */
const struct field *field_find(const char *name);

/* The column whose name looks most like that. */
const struct field *field_nearest(const char *name);

/* Does this event have the field? */
static inline bool field_in(const struct field *f, const struct event *ev)
{
	return event_has(ev, f->has) && (!f->kinds || f->kinds & BIT(ev->kind));
}

/* Where the value of a field lies that is not in struct run. */
static inline const void *field_at(const struct field *f, const struct event *ev)
{
	return (const char *)ev + f->off;
}

static inline uint32_t field_u32(const struct field *f, const struct event *ev)
{
	return *(const uint32_t *)field_at(f, ev);
}

static inline uint64_t field_u64(const struct field *f, const struct event *ev)
{
	return *(const uint64_t *)field_at(f, ev);
}

static inline struct span field_span(const struct field *f, const struct event *ev)
{
	return *(const struct span *)field_at(f, ev);
}

#endif
