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
	char argv[4 * WIRE_CHUNK];
};

static void see(void *ctx, struct event *ev)
{
	struct seen *s = ctx;

	s->ev = *ev;
	s->cnt++;
	assert_true(ev->filename.len < sizeof(s->filename));
	assert_true(ev->argv.len <= sizeof(s->argv));
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
	assert_true(event_has(&seen->ev, HAS_FILENAME | HAS_ARGV | HAS_EXECUTABLE | HAS_TTY));
	assert_false(event_has(&seen->ev, HAS_ARGV_CUT));
	assert_false(event_has(&seen->ev, HAS_LOGINUID));
	assert_false(event_has(&seen->ev, HAS_NSPID));
	assert_false(event_has(&seen->ev, HAS_THREAD));
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
	assert_true(event_has(&seen->ev, HAS_INTERP | HAS_EXECUTABLE));
	assert_int_equal(seen->ev.interp.len, 7);
	assert_int_equal(seen->ev.executable.len, 7);
}

/* execveat(2) makes names up that are no path of a binary; relative ones are none either. */
static void exec_no_executable(void **state)
{
	struct exec_rec r = exec_rec();

	(void)state;
	memcpy(r.bytes, "./ls\0", 5);
	r.exec.filename.len = 4;
	assert_int_equal(feed(&r, EXEC_REC_LEN), 0);
	assert_false(event_has(&seen->ev, HAS_EXECUTABLE));
	memcpy(r.bytes, "/dev/fd/3", 9);
	r.exec.filename.len = 9;
	r.exec.argv.off += 2;
	assert_int_equal(feed(&r, EXEC_REC_LEN + 2), 0);
	assert_false(event_has(&seen->ev, HAS_EXECUTABLE));
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
	r.exec.task.pid = pid;
	r.exec.argv.len = 0;
	r.exec.argv_got = got;
	r.exec.argv_len = len;
	r.exec.argv_cut = got < len ? WIRE_CUT_LIMIT : WIRE_CUT_NONE;
	assert_true(decode_wants_pieces(&r, EXEC_REC_LEN));
	return feed(&r, EXEC_REC_LEN);
}

static int feed_piece(uint32_t pid, uint64_t time_ns, uint32_t off, char fill, uint32_t len)
{
	struct {
		struct wire_argv argv;
		char bytes[WIRE_CHUNK];
	} p = {
		.argv = { .head = { .kind = WIRE_ARGV, .time_ns = time_ns },
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
	const uint32_t cnt = 3000; /* times 32 KiB: more than is kept */

	(void)state;
	for (uint32_t pid = 1; pid <= cnt; pid++)
		assert_int_equal(feed_piece(pid, 1, 0, 'a', WIRE_CHUNK), 0);
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
		TEST(exec_no_executable),
		TEST(exec_failed),
		TEST(exec_short),
		TEST(exec_lies),
		TEST(pieces_are_joined),
		TEST(alien_pieces_are_refused),
		TEST(missing_pieces_are_told),
		TEST(orphans_are_not_mixed_up),
		TEST(orphans_are_bounded),
		TEST(exit_status),
		TEST(fork_and_ids),
	};

	return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
