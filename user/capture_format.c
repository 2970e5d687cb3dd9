// SPDX-License-Identifier: BSD-2-Clause
#include "capture_format.h"

#include <zlib.h>

#define EV(member) offsetof(struct event, member)
#define FLAG(id, has)                                             \
	{                                                         \
		id, DISK_FLAG, MEMBER_NONE, 0, 0, has, NULL, 0, 0 \
	}
#define U32(id, member, has)                                                \
	{                                                                   \
		id, DISK_NUMBER, MEMBER_U32, 0, EV(member), has, NULL, 0, 0 \
	}
#define U64(id, member, has)                                                \
	{                                                                   \
		id, DISK_NUMBER, MEMBER_U64, 0, EV(member), has, NULL, 0, 0 \
	}
#define BOOL(id, member, has)                                                \
	{                                                                    \
		id, DISK_NUMBER, MEMBER_BOOL, 0, EV(member), has, NULL, 0, 0 \
	}
#define TEXT(id, member, has)                                                \
	{                                                                    \
		id, DISK_STRING, MEMBER_SPAN, 0, EV(member), has, NULL, 0, 0 \
	}
#define ARGV(id, member, has)                                              \
	{                                                                  \
		id, DISK_LIST, MEMBER_ARGV, 0, EV(member), has, NULL, 0, 0 \
	}
#define ENUM(id, member, has, names, cnt, other)                                    \
	{                                                                           \
		id, DISK_STRING, MEMBER_ENUM, 0, EV(member), has, names, cnt, other \
	}
#define IMPLIED(id, type, member, has, what)                             \
	{                                                                \
		id, DISK_NUMBER, type, what, EV(member), has, NULL, 0, 0 \
	}

_Static_assert(sizeof(enum event_kind) == sizeof(uint32_t), "MEMBER_ENUM");

/* In an event they stand in this order, so what an implied field depends on comes before it. */
const struct disk_field capture_fields[] = {
	U64(1, time_ns, 0),
	U64(2, wall_offset_ns, 0),
	U32(3, pid, HAS_PID),
	U32(4, tid, HAS_TID),
	U32(5, ppid, HAS_PPID),
	U32(6, nspid, HAS_NSPID),
	{ 7, DISK_START, MEMBER_START, 0, EV(start_ns), HAS_START, NULL, 0, 0 },
	{ 8, DISK_START, MEMBER_PARENT_START, 0, EV(parent_start_ns), HAS_PARENT_START, NULL, 0,
	  0 },
	U32(9, uid, HAS_UID),
	U32(10, euid, HAS_EUID),
	U32(11, gid, HAS_GID),
	U32(12, egid, HAS_EGID),
	U32(13, loginuid, HAS_LOGINUID),
	U32(14, sessionid, HAS_SESSIONID),
	U64(15, cgroup, HAS_CGROUP),
	U32(16, tty_major, HAS_TTY),
	U32(17, tty_minor, HAS_TTY),
	FLAG(18, HAS_THREAD),
	TEXT(19, comm, HAS_COMM),
	TEXT(20, parent_comm, HAS_PARENT_COMM),
	TEXT(21, user, HAS_USER),
	TEXT(22, real_user, HAS_REAL_USER),
	TEXT(23, cgroup_path, HAS_CGROUP_PATH),
	TEXT(24, container, HAS_CONTAINER),
	TEXT(25, cwd, HAS_CWD),
	TEXT(26, filename, HAS_FILENAME),
	TEXT(27, interp, HAS_INTERP),
	TEXT(28, executable, HAS_EXECUTABLE),
	ARGV(29, argv, HAS_ARGV),
	IMPLIED(30, MEMBER_U32, argc, HAS_ARGV, IMPLIED_ARGC),
	IMPLIED(31, MEMBER_U64, argv_len, HAS_ARGV, IMPLIED_ARGV_LEN),
	ENUM(32, argv_cut, HAS_ARGV_CUT, event_argv_cut_names, ARGV_CUT_CNT, -1),
	ENUM(33, argv_missing, HAS_ARGV_MISSING, event_argv_missing_names, ARGV_MISSING_CNT, -1),
	ARGV(34, env, HAS_ENV),
	IMPLIED(35, MEMBER_U64, env_len, HAS_ENV, IMPLIED_ENV_LEN),
	U64(36, exe_ino, HAS_INODE),
	U32(37, exe_dev_major, HAS_INODE),
	U32(38, exe_dev_minor, HAS_INODE),
	U32(39, exec_errno, HAS_ERRNO),
	U32(40, exit_code, HAS_EXIT_CODE),
	U32(41, exit_signal, HAS_EXIT_SIGNAL),
	U32(42, tracer_pid, HAS_TRACER),
	U64(43, duration_ns, HAS_DURATION),
	U64(44, utime_ns, HAS_USAGE),
	U64(45, stime_ns, HAS_USAGE),
	U64(46, rss_max, HAS_USAGE),
	U64(47, read_bytes, HAS_IO),
	U64(48, write_bytes, HAS_IO),
	U64(49, read_chars, HAS_IO),
	U64(50, write_chars, HAS_IO),
	U64(51, lost_cnt, HAS_LOST),
	ENUM(52, lost_reason, HAS_LOST, event_lost_names, LOST_REASON_CNT, LOST_CAPTURE),
	ENUM(53, lost_kind, HAS_LOST, event_kind_names, EVENT_KIND_CNT, EVENT_KIND_CNT),
	BOOL(54, lost_exact, HAS_LOST),
	FLAG(55, HAS_CORE),
	FLAG(56, HAS_EXE_DELETED),
	FLAG(57, HAS_EXE_MEMFD),
	FLAG(58, HAS_EXE_PROC),
	FLAG(59, HAS_SECURE),
	FLAG(60, HAS_FALLBACK),
	FLAG(61, HAS_NOTE),
	{ 62, DISK_BYTES, MEMBER_TOTALS, 0, 0, HAS_RUN, NULL, 0, 0 },
	FLAG(63, HAS_ENV_CUT),
};

const size_t capture_field_cnt = ARRAY_LEN(capture_fields);
_Static_assert(ARRAY_LEN(capture_fields) < DISK_ID_MAX, "an id for each field");

#define RUN_TEXT(id, member)                                                        \
	{                                                                           \
		id, offsetof(struct run, member), sizeof(((struct run *)0)->member) \
	}

const struct disk_text capture_texts[] = {
	RUN_TEXT(1, version),   RUN_TEXT(2, backend), RUN_TEXT(3, fallback_reason),
	RUN_TEXT(4, note),      RUN_TEXT(5, options), RUN_TEXT(6, ephemeral_id),
	RUN_TEXT(7, host_name), RUN_TEXT(8, host_id), RUN_TEXT(9, boot_id),
	RUN_TEXT(10, kernel),   RUN_TEXT(11, arch),
};

const size_t capture_text_cnt = ARRAY_LEN(capture_texts);

static const char *const filtered_names[] = { "events" };

const struct disk_counts capture_counts[] = {
	{ "events", offsetof(struct totals, events), event_kind_names, EVENT_KIND_CNT },
	{ "lost", offsetof(struct totals, lost), event_lost_names, LOST_REASON_CNT },
	{ "argv-cut", offsetof(struct totals, argv_cut), event_argv_cut_names, ARGV_CUT_CNT },
	{ "argv-missing", offsetof(struct totals, argv_missing), event_argv_missing_names,
	  ARGV_MISSING_CNT },
	{ "filtered", offsetof(struct totals, filtered), filtered_names, 1 },
};

const size_t capture_counts_cnt = ARRAY_LEN(capture_counts);

void disk_head_put(unsigned char *at, const struct disk_head *h)
{
	memcpy(at, DISK_BLOCK_MAGIC, DISK_BLOCK_MAGIC_LEN);
	at[4] = h->type;
	at[5] = h->flags;
	disk_set(at + 6, 0, 2);
	disk_set(at + 8, h->stored_len, 4);
	disk_set(at + 12, h->raw_len, 4);
	disk_set(at + 16, h->cnt, 4);
	disk_set(at + 20, h->first, 8);
	disk_set(at + 28, h->crc, 4);
	disk_set(at + 32, 0, 4);
	disk_set(at + 36, crc32(0, at, 36), 4);
}

bool disk_head_get(struct disk_head *h, const void *from)
{
	const unsigned char *at = from;

	if (memcmp(at, DISK_BLOCK_MAGIC, DISK_BLOCK_MAGIC_LEN) != 0 ||
	    disk_get(at + 36, 4) != crc32(0, at, 36))
		return false;
	*h = (struct disk_head){
		.type = at[4],
		.flags = at[5],
		.stored_len = (uint32_t)disk_get(at + 8, 4),
		.raw_len = (uint32_t)disk_get(at + 12, 4),
		.cnt = (uint32_t)disk_get(at + 16, 4),
		.first = disk_get(at + 20, 8),
		.crc = (uint32_t)disk_get(at + 28, 4),
	};
	return true;
}
