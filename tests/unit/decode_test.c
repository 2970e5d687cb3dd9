// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "decode.h"
#include "wire.h"

/* What emit() was given last; spans are copied to where they can be looked at. */
struct seen {
	struct event ev;
	int cnt;
	char filename[64];
	char executable[64];
	char env[64];
	char argv[4 * WIRE_CHUNK];
};

static void see(void *ctx, struct event *ev)
{
	struct seen *s = ctx;

	s->ev = *ev;
	s->cnt++;
	assert_true(ev->filename.len < sizeof(s->filename));
	assert_true(ev->argv.len <= sizeof(s->argv));
	assert_true(ev->executable.len < sizeof(s->executable) && ev->env.len < sizeof(s->env));
	memset(s->executable, 0, sizeof(s->executable));
	memcpy(s->executable, ev->executable.ptr ? ev->executable.ptr : "", ev->executable.len);
	memcpy(s->env, ev->env.ptr ? ev->env.ptr : "", ev->env.len);
	memcpy(s->filename, ev->filename.ptr ? ev->filename.ptr : "", ev->filename.len);
	memcpy(s->argv, ev->argv.ptr ? ev->argv.ptr : "", ev->argv.len);
}

static struct decode *decoder;
static struct seen *seen;

static int setup(void **state)
{
	(void)state;
	decoder = decode_new();
	seen = calloc(1, sizeof(*seen));
	return decoder && seen ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	decode_free(decoder);
	free(seen);
	return 0;
}

/* A record in memory of its very length, so that the sanitizer sees each byte beyond it. */
static int feed(const void *rec, size_t len)
{
	void *copy = malloc(len ? len : 1);
	int r;

	memcpy(copy, rec, len);
	r = decode_record(decoder, copy, len, see, seen);
	free(copy);
	return r;
}

struct exec_rec {
	struct wire_exec exec;
	char bytes[64];
};

/* "/bin/ls" with argv "ls", "-l": 6 bytes. */
static struct exec_rec exec_rec(void)
{
	struct exec_rec r = {
		.exec = {
			.head = { .kind = WIRE_EXEC, .flags = WIRE_HAS_FILENAME, .time_ns = 5000 },
			.task = { .pid = 10, .tid = 10, .ppid = 9, .start_ns = 1000,
				  .loginuid = -1, .sessionid = -1, .comm = "ls",
				  .tty = 4 << 20 | 64 },
			.argv_len = 6,
			.argv_got = 6,
			.argc = 2,
			.filename = { sizeof(struct wire_exec), 7 },
			.argv = { sizeof(struct wire_exec) + 8, 6 },
		},
	};

	memcpy(r.bytes, "/bin/ls\0ls\0-l\0", 14);
	return r;
}

enum {
	EXEC_REC_LEN = sizeof(struct wire_exec) + 14,
};

static void exec_whole(void **state)
{
	struct exec_rec r = exec_rec();

	(void)state;
	assert_int_equal(feed(&r, EXEC_REC_LEN), 0);
	assert_int_equal(seen->cnt, 1);
	assert_int_equal(seen->ev.kind, EVENT_EXEC);
	assert_int_equal(seen->ev.pid, 10);
	assert_int_equal(seen->ev.argc, 2);
	assert_int_equal(seen->ev.tty_major, 4);
	assert_int_equal(seen->ev.tty_minor, 64);
	assert_int_equal(seen->ev.filename.len, 7);
	assert_memory_equal(seen->filename, "/bin/ls", 7);
	assert_memory_equal(seen->argv, "ls\0-l\0", 6);
	assert_true(event_has(&seen->ev, HAS_FILENAME | HAS_ARGV | HAS_TTY));
	assert_false(event_has(&seen->ev, HAS_ARGV_CUT));
	assert_false(event_has(&seen->ev, HAS_LOGINUID));
	assert_false(event_has(&seen->ev, HAS_NSPID));
	assert_false(event_has(&seen->ev, HAS_THREAD));
	/* Nobody said which binary: the name asked for is no answer. */
	assert_false(seen->ev.has & (HAS_EXECUTABLE | HAS_INODE | HAS_ENV | HAS_SECURE));
}

static void exec_cut(void **state)
{
	struct exec_rec r = exec_rec();

	(void)state;
	r.exec.argv_len = 1000;
	r.exec.argv_cut = WIRE_CUT_LIMIT;
	assert_int_equal(feed(&r, EXEC_REC_LEN), 0);
	assert_true(event_has(&seen->ev, HAS_ARGV_CUT));
	assert_int_equal(seen->ev.argv_cut, ARGV_CUT_LIMIT);
	assert_int_equal(seen->ev.argv_len, 1000);
	assert_int_equal(seen->ev.argv.len, 6);
}

static void exec_script(void **state)
{
	struct exec_rec r = exec_rec();

	(void)state;
	r.exec.head.flags |= WIRE_INTERP;
	memcpy(r.bytes, "x.sh\0\0\0\0/bin/sh", 15);
	r.exec.filename.len = 4;
	r.exec.argv.len = r.exec.argv_got = 8;
	r.exec.argv_len = 8;
	assert_int_equal(feed(&r, sizeof(struct wire_exec) + 16), 0);
	assert_true(event_has(&seen->ev, HAS_INTERP));
	assert_int_equal(seen->ev.interp.len, 7);
}

/* The good record and behind it these bytes. Returns where they start. */
static uint32_t exec_append(struct exec_rec *r, const char *bytes, size_t len)
{
	*r = exec_rec();
	memcpy(r->bytes + 14, bytes, len);
	return EXEC_REC_LEN;
}

static void exec_binary(void **state)
{
	static const struct {
		const char *bytes;
		uint32_t len;
		unsigned int flags;
		const char *want; /* NULL: the record is refused */
	} cases[] = {
		{ "/usr/bin/ls", 11, 0, "/usr/bin/ls" },
		{ "ls\0old\0\0bin\0ry\0\0usr\0loca", 24, WIRE_EXE_PARTS, "/usr/bin/ls" },
		{ "seventh\0eighthhh\0\0\0\0\0\0\0\0", 24, WIRE_EXE_PARTS, "/eighthhh/seventh" },
		{ "ls\0", 3, WIRE_EXE_PARTS, "/ls" },
		{ "memfd:a b\0\0\0\0\0\0\0", 16, WIRE_EXE_PARTS | WIRE_EXE_MEMFD, "/memfd:a b" },
		{ "\0\0\0\0\0\0\0\0\0", 9, WIRE_EXE_PARTS, "//" },
		{ "ls\0\0\0\0\0\0bin", 11, WIRE_EXE_PARTS, NULL },
		{ "l", 1, WIRE_EXE_PARTS, NULL },
		{ "", 0, WIRE_EXE_PARTS, NULL },
	};
	struct exec_rec r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint32_t off = exec_append(&r, cases[i].bytes, cases[i].len);
		int cnt = seen->cnt;

		r.exec.head.flags |= WIRE_HAS_EXE | cases[i].flags;
		r.exec.exe = (struct wire_span){ off, cases[i].len };
		assert_int_equal(feed(&r, off + cases[i].len), cases[i].want ? 0 : -EBADMSG);
		assert_int_equal(seen->cnt, cnt + (cases[i].want ? 1 : 0));
		if (!cases[i].want)
			continue;
		assert_true(event_has(&seen->ev, HAS_EXECUTABLE));
		assert_string_equal(seen->executable, cases[i].want);
		assert_int_equal(!!(cases[i].flags & WIRE_EXE_MEMFD),
				 event_has(&seen->ev, HAS_EXE_MEMFD));
	}
}

static void exec_marks(void **state)
{
	struct exec_rec r = exec_rec();

	(void)state;
	r.exec.head.flags |= WIRE_HAS_INODE | WIRE_SECURE | WIRE_EXE_DELETED | WIRE_EXE_PROC;
	r.exec.exe_ino = 1ull << 40;
	r.exec.exe_dev = 254u << 20 | 0xfffff;
	assert_int_equal(feed(&r, EXEC_REC_LEN), 0);
	assert_true(event_has(&seen->ev, HAS_INODE | HAS_SECURE | HAS_EXE_DELETED | HAS_EXE_PROC));
	assert_true(seen->ev.exe_ino == 1ull << 40);
	assert_int_equal(seen->ev.exe_dev_major, 254);
	assert_int_equal(seen->ev.exe_dev_minor, 0xfffff);
}

static void exec_env(void **state)
{
	struct exec_rec r;
	uint32_t off = exec_append(&r, "A=1\0B=", 6);

	(void)state;
	r.exec.head.flags |= WIRE_HAS_ENV;
	r.exec.env = (struct wire_span){ off, 6 };
	r.exec.env_len = 6;
	assert_int_equal(feed(&r, off + 6), 0);
	assert_true(event_has(&seen->ev, HAS_ENV));
	assert_false(event_has(&seen->ev, HAS_ENV_CUT));
	assert_memory_equal(seen->env, "A=1\0B=", 6);
	assert_int_equal(seen->ev.env.len, 6);
	r.exec.env_len = 7;
	assert_int_equal(feed(&r, off + 6), 0);
	assert_true(event_has(&seen->ev, HAS_ENV | HAS_ENV_CUT));
	r.exec.env = (struct wire_span){ off, 0 }; /* none was captured */
	assert_int_equal(feed(&r, off), 0);
	assert_true(event_has(&seen->ev, HAS_ENV | HAS_ENV_CUT));
	assert_int_equal(seen->ev.env.len, 0);
	r.exec.env = (struct wire_span){ off, 6 };
	r.exec.env_len = 5;
	assert_int_equal(feed(&r, off + 6), -EBADMSG);
}

/* A failed exec has a reason, and no binary that runs. */
static void exec_failed(void **state)
{
	struct exec_rec r = exec_rec();

	(void)state;
	r.exec.head.kind = WIRE_EXEC_FAILED;
	r.exec.error = ENOENT;
	r.exec.task.exec_tid = 11;
	assert_int_equal(feed(&r, EXEC_REC_LEN), 0);
	assert_int_equal(seen->ev.kind, EVENT_EXEC_FAILED);
	assert_int_equal(seen->ev.exec_errno, ENOENT);
	assert_int_equal(seen->ev.tid, 11);
	assert_memory_equal(seen->filename, "/bin/ls", 7);
	assert_memory_equal(seen->argv, "ls\0-l\0", 6);
	assert_true(event_has(&seen->ev, HAS_ERRNO | HAS_FILENAME | HAS_ARGV | HAS_THREAD));
	assert_false(event_has(&seen->ev, HAS_EXECUTABLE));
	for (size_t len = 0; len < EXEC_REC_LEN; len++)
		assert_int_equal(feed(&r, len), -EBADMSG);
}

/* Each shorter length of a good record is refused, and nothing beyond it is read. */
static void exec_short(void **state)
{
	struct exec_rec r = exec_rec();

	(void)state;
	for (size_t len = 0; len < EXEC_REC_LEN; len++)
		assert_int_equal(feed(&r, len), -EBADMSG);
	assert_int_equal(seen->cnt, 0);
}

static void exec_lies(void **state)
{
	struct exec_rec good = exec_rec(), r;

	(void)state;
	r = good, r.exec.argv.off = 0;
	assert_int_equal(feed(&r, EXEC_REC_LEN), -EBADMSG);
	r = good, r.exec.argv.off = UINT32_MAX;
	assert_int_equal(feed(&r, EXEC_REC_LEN), -EBADMSG);
	r = good, r.exec.argv.len = UINT32_MAX;
	assert_int_equal(feed(&r, EXEC_REC_LEN), -EBADMSG);
	r = good, r.exec.filename.len = 1000;
	assert_int_equal(feed(&r, EXEC_REC_LEN), -EBADMSG);
	for (unsigned int flag = WIRE_HAS_EXE; flag;
	     flag = flag == WIRE_HAS_EXE ? WIRE_HAS_ENV : 0) {
		static const struct wire_span wrong[] = {
			{ 0, 1 },
			{ sizeof(struct wire_exec) - 1, 1 },
			{ EXEC_REC_LEN, 1 },
			{ EXEC_REC_LEN + 1, 0 },
			{ sizeof(struct wire_exec), UINT32_MAX },
			{ UINT32_MAX, UINT32_MAX },
		};

		for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
			r = good, r.exec.head.flags |= flag;
			r.exec.exe = r.exec.env = wrong[i];
			r.exec.env_len = UINT32_MAX;
			assert_int_equal(feed(&r, EXEC_REC_LEN), -EBADMSG);
		}
	}
	r = good, r.exec.argv_got = 5; /* less than lies here */
	assert_int_equal(feed(&r, EXEC_REC_LEN), -EBADMSG);
	r = good, r.exec.argv_got = 7; /* more than there was */
	assert_int_equal(feed(&r, EXEC_REC_LEN), -EBADMSG);
	r = good, r.exec.argv_got = WIRE_ARGV_MAX + 1, r.exec.argv_len = 1ull << 40;
	assert_int_equal(feed(&r, EXEC_REC_LEN), -EBADMSG);
	r = good, r.exec.argv_cut = WIRE_CUT_CNT;
	assert_int_equal(feed(&r, EXEC_REC_LEN), -EBADMSG);
	r = good, r.exec.head.kind = 0;
	assert_int_equal(feed(&r, EXEC_REC_LEN), -EBADMSG);
	r = good, r.exec.head.kind = WIRE_KIND_CNT;
	assert_int_equal(feed(&r, EXEC_REC_LEN), -EBADMSG);
	assert_int_equal(seen->cnt, 0);
}

/* An exec whose argv of got bytes comes in pieces. */
static int feed_long(uint32_t pid, uint64_t time_ns, uint32_t got, uint64_t len)
{
	struct exec_rec r = exec_rec();

	r.exec.head.flags |= WIRE_PIECES;
	r.exec.head.time_ns = time_ns;
	r.exec.head.cpu = (uint16_t)pid; /* in these tests each process has its own */
	r.exec.task.pid = pid;
	r.exec.argv.len = 0;
	r.exec.argv_got = got;
	r.exec.argv_len = len;
	r.exec.argv_cut = got < len ? WIRE_CUT_LIMIT : WIRE_CUT_NONE;
	assert_int_equal(decode_pieces_len(&r, EXEC_REC_LEN), got);
	return feed(&r, EXEC_REC_LEN);
}

static int feed_piece(uint32_t pid, uint64_t time_ns, uint32_t off, char fill, uint32_t len)
{
	struct {
		struct wire_argv argv;
		char bytes[WIRE_CHUNK];
	} p = {
		.argv = { .head = { .kind = WIRE_ARGV, .time_ns = time_ns, .cpu = (uint16_t)pid },
			  .pid = pid,
			  .argv_off = off,
			  .argv = { sizeof(struct wire_argv), len } },
	};

	memset(p.bytes, fill, len);
	return feed(&p, sizeof(p.argv) + len);
}

static void pieces_are_joined(void **state)
{
	(void)state;
	assert_int_equal(feed_piece(10, 5, 0, 'a', WIRE_CHUNK), 0);
	assert_int_equal(feed_piece(20, 6, 0, 'x', WIRE_CHUNK), 0); /* of another CPU */
	assert_int_equal(feed_piece(10, 5, WIRE_CHUNK, 'b', 3), 0);
	assert_int_equal(seen->cnt, 0);
	assert_int_equal(feed_long(20, 6, WIRE_CHUNK, 1000000), 0);
	assert_int_equal(seen->cnt, 1);
	assert_int_equal(seen->ev.pid, 20);
	assert_int_equal(seen->ev.argv.len, WIRE_CHUNK);
	assert_true(event_has(&seen->ev, HAS_ARGV_CUT));
	assert_int_equal(seen->ev.argv_cut, ARGV_CUT_LIMIT);

	assert_int_equal(feed_long(10, 5, WIRE_CHUNK + 3, WIRE_CHUNK + 3), 0);
	assert_int_equal(seen->cnt, 2);
	assert_int_equal(seen->ev.argv.len, WIRE_CHUNK + 3);
	assert_int_equal(seen->argv[WIRE_CHUNK - 1], 'a');
	assert_int_equal(seen->argv[WIRE_CHUNK], 'b');
	assert_false(event_has(&seen->ev, HAS_ARGV_CUT));
	assert_int_equal(seen->ev.filename.len, 7);
	assert_memory_equal(seen->filename, "/bin/ls", 7);
}

static void alien_pieces_are_refused(void **state)
{
	(void)state;
	assert_int_equal(feed_piece(10, 5, 50, 'a', 10), -EBADMSG); /* does not start at 0 */
	assert_int_equal(feed_piece(10, 5, 0, 'a', 10), 0);
	assert_int_equal(feed_piece(10, 5, 50, 'a', 10), -EBADMSG); /* a gap */
	assert_int_equal(feed_piece(10, 5, 0, 'a', 10), -EBADMSG); /* again */
	assert_int_equal(feed_long(10, 5, 5, 5), -EBADMSG); /* more than it says */
}

static void missing_pieces_are_told(void **state)
{
	(void)state;
	assert_int_equal(feed_piece(10, 5, 0, 'a', 50), 0);
	assert_int_equal(feed_long(10, 5, 200, 200), 0);
	assert_int_equal(seen->ev.argv.len, 50);
	assert_true(event_has(&seen->ev, HAS_ARGV_CUT));
	assert_int_equal(seen->ev.argv_cut, ARGV_CUT_RING);
	assert_int_equal(feed_long(11, 5, 200, 200), 0); /* none came */
	assert_int_equal(seen->ev.argv.len, 0);
	assert_true(event_has(&seen->ev, HAS_ARGV_CUT));
}

static bool has_pieces(uint32_t pid, uint64_t time_ns, uint32_t got)
{
	struct exec_rec r = exec_rec();

	r.exec.head.flags |= WIRE_PIECES;
	r.exec.head.time_ns = time_ns;
	r.exec.task.pid = pid;
	r.exec.argv_got = got;
	return decode_has_pieces(decoder, &r, EXEC_REC_LEN);
}

static void pieces_are_counted(void **state)
{
	struct exec_rec r = exec_rec();

	(void)state;
	assert_int_equal(decode_pieces_len(&r, EXEC_REC_LEN), 0);
	assert_true(decode_has_pieces(decoder, &r, EXEC_REC_LEN)); /* wants none */
	assert_false(has_pieces(10, 5, 60));
	assert_int_equal(feed_piece(10, 5, 0, 'a', 50), 0);
	assert_false(has_pieces(10, 5, 60));
	assert_int_equal(feed_piece(10, 5, 50, 'a', 10), 0);
	assert_true(has_pieces(10, 5, 60));
	assert_false(has_pieces(10, 6, 60));
	assert_false(has_pieces(11, 5, 60));
}

/* Pieces that come after their exec are no error, and do not stay. */
static void late_pieces_are_dropped(void **state)
{
	(void)state;
	assert_int_equal(feed_long(10, 5, 100, 100), 0); /* all are late */
	assert_int_equal(feed_piece(10, 5, 0, 'a', 50), 0);
	assert_int_equal(feed_piece(10, 5, 50, 'a', 50), 0);
	assert_false(has_pieces(10, 5, 50));
	assert_int_equal(feed_piece(11, 5, 0, 'a', 50), 0);
	assert_int_equal(feed_long(11, 5, 100, 100), 0);
	assert_int_equal(seen->ev.argv.len, 50);
	assert_int_equal(feed_piece(11, 5, 50, 'a', 50), 0); /* the second is */
	assert_false(has_pieces(11, 5, 50));
	/* The next exec of the process is not. */
	assert_int_equal(feed_piece(11, 6, 0, 'b', 50), 0);
	assert_int_equal(feed_long(11, 6, 50, 50), 0);
	assert_int_equal(seen->ev.argv.len, 50);
	assert_false(event_has(&seen->ev, HAS_ARGV_CUT));
}

/* Execs come in the order of their CPU: one before this was lost, and its pieces have no use. */
static void orphans_of_a_cpu_go(void **state)
{
	struct exec_rec r = exec_rec();

	(void)state;
	assert_int_equal(feed_piece(10, 5, 0, 'a', 50), 0);
	assert_int_equal(feed_piece(11, 5, 0, 'a', 50), 0);
	assert_int_equal(feed_piece(11, 7, 0, 'a', 50), 0);
	r.exec.task.pid = 12;
	r.exec.head.cpu = 11;
	r.exec.head.time_ns = 6;
	r.exec.head.kind = WIRE_EXEC_FAILED; /* of another program, which can come in between */
	assert_int_equal(feed(&r, EXEC_REC_LEN), 0);
	assert_true(has_pieces(11, 5, 50));
	r.exec.head.kind = WIRE_EXEC;
	assert_int_equal(feed(&r, EXEC_REC_LEN), 0);
	assert_false(has_pieces(11, 5, 50));
	assert_true(has_pieces(11, 7, 50));
	assert_true(has_pieces(10, 5, 50));
}

/* The exec of the first was lost: its pieces are not those of the next of this pid. */
static void orphans_are_not_mixed_up(void **state)
{
	(void)state;
	assert_int_equal(feed_piece(10, 5, 0, 'a', 50), 0);
	assert_int_equal(feed_piece(10, 6, 0, 'b', 40), 0);
	assert_int_equal(feed_long(10, 6, 40, 40), 0);
	assert_int_equal(seen->ev.argv.len, 40);
	assert_int_equal(seen->argv[0], 'b');
	/* An exec without its own is not given those of the next, which may come before it. */
	assert_int_equal(feed_piece(10, 9, 0, 'c', 50), 0);
	assert_int_equal(feed_long(10, 8, 40, 40), 0);
	assert_int_equal(seen->ev.argv.len, 0);
	assert_int_equal(feed_long(10, 9, 50, 50), 0);
	assert_int_equal(seen->ev.argv.len, 50);
}

/* Pieces that never get their exec do not gather without end: the oldest go. */
static void orphans_are_bounded(void **state)
{
	enum {
		PIECES_MAX = 64 << 20
	};
	const uint32_t cnt = 3000; /* times 32 KiB: more than is kept */

	(void)state;
	for (uint32_t pid = 1; pid <= cnt; pid++)
		assert_int_equal(feed_piece(pid, 1, 0, 'a', WIRE_CHUNK), 0);
	/* What comes of one of which a part had to go. */
	assert_int_equal(feed_piece(cnt - PIECES_MAX / WIRE_CHUNK, 1, WIRE_CHUNK, 'a', 10), 0);
	assert_int_equal(feed_long(1, 1, WIRE_CHUNK, WIRE_CHUNK), 0);
	assert_int_equal(seen->ev.argv.len, 0);
	assert_int_equal(feed_long(cnt, 1, WIRE_CHUNK, WIRE_CHUNK), 0);
	assert_int_equal(seen->ev.argv.len, WIRE_CHUNK);
}

static void exit_status(void **state)
{
	static const struct {
		uint32_t status;
		uint64_t has;
		uint32_t code, sig;
	} cases[] = {
		{ 0, HAS_EXIT_CODE, 0, 0 },
		{ 255 << 8, HAS_EXIT_CODE, 255, 0 },
		{ SIGKILL, HAS_EXIT_SIGNAL, 0, SIGKILL },
		{ SIGSEGV | 0x80, HAS_EXIT_SIGNAL | HAS_CORE, 0, SIGSEGV },
		{ 64, HAS_EXIT_SIGNAL, 0, 64 },
	};
	const uint64_t all = HAS_EXIT_CODE | HAS_EXIT_SIGNAL | HAS_CORE;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct wire_note w = {
			.head = { .kind = WIRE_EXIT, .flags = WIRE_HAS_START, .time_ns = 3000 },
			.task = { .pid = 1, .start_ns = 1000 },
			.value = cases[i].status,
		};

		assert_int_equal(feed(&w, sizeof(w) - 1), -EBADMSG);
		assert_int_equal(feed(&w, sizeof(w)), 0);
		assert_true((seen->ev.has & all) == cases[i].has);
		assert_int_equal(seen->ev.exit_code, cases[i].code);
		assert_int_equal(seen->ev.exit_signal, cases[i].sig);
		assert_int_equal(seen->ev.duration_ns, 2000);
	}
}

static void exit_usage(void **state)
{
	static const struct {
		uint64_t utime, stime, run; /* as the kernel has them */
		uint64_t user, system;
	} cases[] = {
		{ 0, 0, 700, 700, 0 }, /* no tick fell into it */
		{ 4000, 0, 700, 700, 0 },
		{ 0, 4000, 700, 0, 700 },
		{ 4000, 4000, 700, 350, 350 },
		{ 1000, 3000, 8000, 2000, 6000 },
		{ 1ull << 60, 1ull << 60, 1ull << 61, 1ull << 60, 1ull << 60 },
		{ UINT64_MAX, 1, 5, 5, 0 }, /* nonsense, and no division by 0 */
		{ 4000, 4000, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct wire_exit w = {
			.head = { .kind = WIRE_EXIT, .flags = WIRE_HAS_USAGE },
			.utime_ns = cases[i].utime,
			.stime_ns = cases[i].stime,
			.run_ns = cases[i].run,
			.rss_max = 4096,
		};

		assert_int_equal(feed(&w, sizeof(w) - 1), -EBADMSG);
		assert_int_equal(feed(&w, sizeof(w)), 0);
		assert_true(event_has(&seen->ev, HAS_USAGE));
		assert_false(event_has(&seen->ev, HAS_IO));
		assert_true(seen->ev.utime_ns == cases[i].user);
		assert_true(seen->ev.stime_ns == cases[i].system);
		assert_int_equal(seen->ev.rss_max, 4096);
	}
}

static void exit_io(void **state)
{
	struct wire_exit w = { .head = { .kind = WIRE_EXIT, .flags = WIRE_HAS_IO },
			       .read_bytes = 1,
			       .write_bytes = 2,
			       .read_chars = 3,
			       .write_chars = 4 };

	(void)state;
	assert_int_equal(feed(&w, sizeof(struct wire_note)), -EBADMSG);
	assert_int_equal(feed(&w, sizeof(w)), 0);
	assert_true(event_has(&seen->ev, HAS_IO));
	assert_false(event_has(&seen->ev, HAS_USAGE));
	assert_int_equal(seen->ev.read_bytes, 1);
	assert_int_equal(seen->ev.write_bytes, 2);
	assert_int_equal(seen->ev.read_chars, 3);
	assert_int_equal(seen->ev.write_chars, 4);
}

static void fork_and_ids(void **state)
{
	struct wire_note w = {
		.head = { .kind = WIRE_FORK,
			  .flags = WIRE_HAS_NSPID | WIRE_HAS_LOGINUID | WIRE_HAS_COMM },
		.task = { .pid = 7,
			  .ppid = 6,
			  .nspid = 2,
			  .loginuid = 1000,
			  .sessionid = 3,
			  .comm = "sixteen-bytes-no" },
	};

	(void)state;
	assert_int_equal(feed(&w, sizeof(w) - 1), -EBADMSG);
	assert_int_equal(feed(&w, sizeof(w)), 0);
	assert_int_equal(seen->ev.kind, EVENT_FORK);
	assert_true(event_has(&seen->ev, HAS_NSPID | HAS_LOGINUID | HAS_SESSIONID));
	assert_int_equal(seen->ev.nspid, 2);
	assert_int_equal(seen->ev.comm.len, 16);
	assert_false(event_has(&seen->ev, HAS_TTY));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(exec_whole),
		TEST(exec_cut),
		TEST(exec_script),
		TEST(exec_failed),
		TEST(exec_binary),
		TEST(exec_marks),
		TEST(exec_env),
		TEST(exec_short),
		TEST(exec_lies),
		TEST(pieces_are_joined),
		TEST(alien_pieces_are_refused),
		TEST(missing_pieces_are_told),
		TEST(pieces_are_counted),
		TEST(late_pieces_are_dropped),
		TEST(orphans_of_a_cpu_go),
		TEST(orphans_are_not_mixed_up),
		TEST(orphans_are_bounded),
		TEST(exit_status),
		TEST(exit_usage),
		TEST(exit_io),
		TEST(fork_and_ids),
	};

	return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
