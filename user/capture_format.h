/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of docs/capture.md that the writer and the reader share: how blocks look, and the table
 * of fields. Layer 2.
 *
 * A new field is one row in capture_fields[] with the next id. Ids are never used again, and the
 * type of an id never changes.
 */
#ifndef CAPTURE_FORMAT_H
#define CAPTURE_FORMAT_H

#include "capture.h"

#define DISK_MAGIC "\x89XSNOOP\n" /* of a file; not valid UTF-8 */
#define DISK_BLOCK_MAGIC "XSBK"

enum {
	DISK_MAGIC_LEN = 8,
	DISK_BLOCK_MAGIC_LEN = 4,
	DISK_FILE_LEN = 24, /* the head of a file */
	DISK_BLOCK_LEN = 40, /* the head of a block */
	DISK_ORDER = 0x01020304, /* byte order mark, written little-endian */

	DISK_RAW_MAX = 16 << 20, /* bytes of a block, inflated */
	DISK_TEXT_MAX = 32 << 20, /* bytes of all lists of a block, spelled out */
	DISK_STRINGS_MAX = 1 << 21, /* in the table of a block */
	DISK_SHAPES_MAX = 1024, /* in a block */
	DISK_COLUMNS_MAX = 256, /* fields of a shape */
	DISK_DEFLATE_RATIO = 1032, /* zlib's deflate makes nothing smaller than by this */
	DISK_SLOTS = 256, /* last start times are kept by the lowest bits of the pid */
	DISK_ID_MAX = 64, /* ids of this version are below */
};

enum disk_block {
	DISK_RUN = 1,
	DISK_EVENTS = 2,
};

enum disk_block_flags {
	DISK_DEFLATED = BIT(0),
};

/* How a value is written. */
enum disk_type {
	DISK_FLAG, /* not at all */
	DISK_NUMBER, /* zigzag varint: the difference from the last one of this id */
	DISK_STRING, /* a reference into the string table, or a new string */
	DISK_LIST, /* strings */
	DISK_BYTES, /* varint length, bytes */
	DISK_START, /* zigzag varint: the difference from the event's time. By process: see DISK_SLOTS */
	DISK_TYPE_CNT,
};

/* Where a value is kept in struct event. */
enum disk_member {
	MEMBER_NONE,
	MEMBER_BOOL,
	MEMBER_U32,
	MEMBER_U64, /* int64_t too */
	MEMBER_ENUM, /* by its name, a string */
	MEMBER_START, /* uint64_t: the start of pid */
	MEMBER_PARENT_START, /* uint64_t: the start of ppid */
	MEMBER_SPAN,
	MEMBER_ARGV, /* span of an argv block */
	MEMBER_TOTALS,
	MEMBER_CNT,
};

/* Of what a value is left out because the list in the same event says it. */
enum disk_implied {
	IMPLIED_NO,
	IMPLIED_ARGC, /* number of arguments of argv */
	IMPLIED_ARGV_LEN,
	IMPLIED_ENV_LEN,
};

struct disk_field {
	unsigned char id;
	unsigned char type; /* enum disk_type */
	unsigned char member; /* enum disk_member */
	unsigned char implied; /* enum disk_implied */
	unsigned int off; /* in struct event */
	uint64_t has; /* 0: in every event */
	const char *const *names; /* MEMBER_ENUM */
	int name_cnt;
	int other; /* for a name of a newer version; -1: then the field is not known */
};

extern const struct disk_field capture_fields[];
extern const size_t capture_field_cnt;

/* Bits of enum event_has that a capture does not keep: those of the process table, and HAS_RUN. */
#define CAPTURE_NOT_KEPT \
	(HAS_RUN | HAS_COMMAND | HAS_PARENT_COMMAND | HAS_DEPTH | HAS_ANCESTRY | HAS_EXEC_TIME)

/* Texts of struct run. */
struct disk_text {
	unsigned char id;
	unsigned int off, size; /* in struct run */
};

extern const struct disk_text capture_texts[];
extern const size_t capture_text_cnt;

/* Other entries of a run block. */
enum disk_run_id {
	DISK_RUN_KINDS = 32, /* names with commas between */
	DISK_RUN_COLLECTED = 33, /* names with commas between */
	DISK_RUN_TELLS_ALL = 34, /* 8 bytes, as the two below */
	DISK_RUN_TIME = 35,
	DISK_RUN_WALL = 36,
	DISK_RUN_PART = 37,
	DISK_RUN_TRACER = 38,
	DISK_RUN_COMMAND = 39,
};

/* The counts of struct totals, each by the name of its group and its own. */
struct disk_counts {
	const char *group;
	unsigned int off; /* in struct totals */
	const char *const *names;
	size_t cnt;
};

extern const struct disk_counts capture_counts[];
extern const size_t capture_counts_cnt;
#define DISK_INEXACT "inexact" /* the group that is lost_inexact */

static inline bool disk_is(struct span s, const char *name)
{
	size_t len = strlen(name);

	return s.len == len && (!len || (s.ptr && !memcmp(s.ptr, name, len)));
}

static inline uint64_t disk_zigzag(uint64_t diff)
{
	return diff << 1 ^ (uint64_t)((int64_t)diff >> 63);
}

static inline uint64_t disk_unzigzag(uint64_t v)
{
	return v >> 1 ^ -(v & 1);
}

/* Which start time that field means; a pid that is not known counts as 0. */
static inline unsigned int disk_slot(const struct disk_field *f, const struct event *ev)
{
	uint32_t pid = f->member == MEMBER_START ? ev->pid : ev->ppid;

	return event_has(ev, f->member == MEMBER_START ? HAS_PID : HAS_PPID) ? pid % DISK_SLOTS : 0;
}

static inline void disk_set(unsigned char *at, uint64_t v, unsigned int len)
{
	for (unsigned int i = 0; i < len; i++)
		at[i] = (unsigned char)(v >> 8 * i);
}

static inline uint64_t disk_get(const void *at, unsigned int len)
{
	const unsigned char *p = (const unsigned char *)at;
	uint64_t v = 0;

	for (unsigned int i = 0; i < len; i++)
		v |= (uint64_t)p[i] << 8 * i;
	return v;
}

/* The head of a block, in memory. */
struct disk_head {
	unsigned char type; /* enum disk_block */
	unsigned char flags; /* enum disk_block_flags */
	uint32_t stored_len;
	uint32_t raw_len;
	uint32_t cnt; /* events */
	uint64_t first; /* how many events of the run came before */
	uint32_t crc; /* of the stored bytes */
};

void disk_head_put(unsigned char *at, const struct disk_head *h);

/* False if those DISK_BLOCK_LEN bytes are no head. */
bool disk_head_get(struct disk_head *h, const void *at);

#endif
