// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is read from /proc: a folder that looks like it, with one process, whose pid is ours. A byte
 * of flags tells where stat says that argv lies: anywhere, or in hostile memory of ours.
 */
#include "procfs.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "decode.h"
#include "made.h"

enum {
	NUMBERS = 1, /* stat is in order but for its numbers; else it is any bytes */
	AT_BLOCK = 2, /* argv is in our block */
	CUT = 4, /* as --max-argv does */
	SNAPSHOT = 8, /* ask for these as well */
	TEXT = 16,
	STAT_PPID = 4, /* numbers of the fields, as proc(5) counts them */
	STAT_ARG_START = 48,
	STAT_ARG_END = 49,
	STAT_ENV_END = 51,
	STAT_END = 53,
	BLOCK_LEN = 16384,
	EXEC_TIME_NS = 1000000000,
};

struct fake {
	struct procfs *procfs;
	int stat, cmdline;
	char *block;
};

static int fake_file(const char *folder, const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%d/%s", folder, getpid(), name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	must(fd >= 0);
	return fd;
}

/* tests/fuzz/run and tests/run take TMPDIR away again. */
static void fake_open(struct fake *f)
{
	const char *tmp = getenv("TMPDIR");
	char folder[96], path[128];

	snprintf(folder, sizeof(folder), "%s/fuzz-XXXXXX", tmp ? tmp : "/tmp");
	must(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/self", folder);
	must(symlink("x", path) == 0);
	snprintf(path, sizeof(path), "%s/%d", folder, getpid());
	must(mkdir(path, 0700) == 0);
	snprintf(path, sizeof(path), "%s/%d/exe", folder, getpid());
	must(symlink("/bin/x", path) == 0);
	f->stat = fake_file(folder, "stat");
	f->cmdline = fake_file(folder, "cmdline");
	f->procfs = procfs_open(folder);
	f->block = calloc(1, BLOCK_LEN);
	must(f->procfs && f->block);
}

static void fake_write(int fd, struct span s)
{
	must(ftruncate(fd, 0) == 0);
	must(pwrite(fd, s.ptr ? s.ptr : "", s.len, 0) == (ssize_t)s.len);
}

/* A stat as the kernel writes it, of hostile numbers. */
static void stat_make(const struct fake *f, struct input *in, bool at_block, struct buf *b)
{
	uint64_t n[STAT_END] = { 0 };

	buf_puts(b, "1 (");
	buf_put_span(b, input_take(in, (size_t)input_number(in, 1) % 32));
	buf_puts(b, ") ");
	buf_put_char(b, (char)input_number(in, 1));
	for (size_t i = STAT_PPID; i < STAT_END; i++)
		n[i] = input_number(in, i < STAT_ARG_START ? 1 : 8);
	if (at_block) {
		n[STAT_ARG_START] = (uintptr_t)f->block + n[STAT_ARG_START] % BLOCK_LEN;
		n[STAT_ARG_END] = n[STAT_ARG_START] + n[STAT_ARG_END] % BLOCK_LEN;
		n[STAT_ENV_END] = n[STAT_ARG_END] + n[STAT_ENV_END] % BLOCK_LEN;
	}
	for (size_t i = STAT_PPID; i < STAT_END; i++)
		buf_printf(b, " %ju", (uintmax_t)n[i]);
}

static void see(void *ctx, struct event *ev)
{
	(void)ctx;
	made_check(ev);
}

/* What is made of it is a record that the decoder takes, all of it within its length. */
static void check_exec(const struct fake *f, uint32_t max_argv)
{
	const struct wire_head head = { .kind = WIRE_EXEC, .time_ns = EXEC_TIME_NS };
	static struct buf out; /* kept: it can be large */
	struct blocks keep = { 0 };
	struct decode *d = decode_new();
	struct procfs_look look;
	struct span rec;

	out.len = 0;
	procfs_exec(f->procfs, &head, (uint32_t)getpid(), max_argv, max_argv & 1, &out, &look);
	must(d && !out.failed);
	rec = blocks_copy(&keep, buf_span(&out));
	must(((const struct wire_exec *)rec.ptr)->argv_got <= max_argv);
	must(decode_record(d, rec.ptr, rec.len, see, NULL) == 0);
	decode_free(d);
	blocks_free(&keep);
	procfs_is_settled(f->procfs, (uint32_t)getpid(), &look);
}

static void see_note(void *ctx, const struct wire_note *rec)
{
	(void)ctx;
	must(rec->head.kind == WIRE_SNAPSHOT && rec->task.pid == (uint32_t)getpid());
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fake fake;
	_cleanup_(buf_done) struct buf b = { 0 };
	struct input in = { data, size };
	unsigned int bits = (unsigned int)input_number(&in, 1);
	uint32_t max_argv = (uint32_t)input_number(&in, 1);
	struct span rest;

	if (!fake.procfs)
		fake_open(&fake);
	if (bits & NUMBERS)
		stat_make(&fake, &in, bits & AT_BLOCK, &b);
	else
		buf_put_span(&b, input_take(&in, (size_t)input_number(&in, 2)));
	fake_write(fake.stat, buf_span(&b));
	rest = input_take(&in, in.len < BLOCK_LEN ? in.len : BLOCK_LEN);
	fake_write(fake.cmdline, rest);
	if (rest.len)
		memcpy(fake.block, rest.ptr, rest.len);
	check_exec(&fake, bits & CUT ? max_argv : UINT32_MAX);
	if (bits & SNAPSHOT)
		procfs_snapshot(fake.procfs, EXEC_TIME_NS, see_note, NULL);
	b.len = 0;
	if (bits & TEXT && procfs_text(fake.procfs, (uint32_t)getpid(), 0, "stat", false, &b))
		touch(buf_span(&b));
	memset(fake.block, 0, rest.len);
	return 0;
}
