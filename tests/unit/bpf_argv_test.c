// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/mman.h>

#include "decode.h"
#include "source/bpf_argv.h"
#include "wire.h"

enum {
	RING_LEN = 1 << 18,
	PIECE_LEN = 1000,
};

/* The kernel's side of the ring: a file laid out as its map is. */
static struct {
	int fd;
	size_t page;
	char *map;
	uint64_t end;
} kernel;

static struct decode *decoder;
static struct bpf_argv argv;
static int piece_cnt;
static bool storm; /* each piece that is read makes room for another */

static uint32_t *put(uint32_t pid, uint32_t off, uint32_t flags);

static void piece(void *ctx, const void *rec, size_t len)
{
	(void)ctx;
	assert_int_equal(decode_record(decoder, rec, len, NULL, NULL), 0);
	piece_cnt++;
	assert_true(piece_cnt < 10000); /* else there is no end */
	if (storm)
		put(1000 + (uint32_t)piece_cnt, 0, 0);
}

static int setup(void **state)
{
	(void)state;
	kernel.page = (size_t)sysconf(_SC_PAGESIZE);
	kernel.fd = memfd_create("ring", MFD_CLOEXEC);
	kernel.end = 0;
	if (kernel.fd < 0 || ftruncate(kernel.fd, (off_t)(2 * kernel.page + RING_LEN)) < 0)
		return -1;
	kernel.map = mmap(NULL, 2 * kernel.page + RING_LEN, PROT_READ | PROT_WRITE, MAP_SHARED,
			  kernel.fd, 0);
	decoder = decode_new();
	piece_cnt = 0;
	storm = false;
	bpf_argv_init(&argv, kernel.fd, RING_LEN, decoder, piece, NULL);
	return kernel.map != MAP_FAILED && decoder ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	bpf_argv_done(&argv);
	decode_free(decoder);
	munmap(kernel.map, 2 * kernel.page + RING_LEN);
	close(kernel.fd);
	return 0;
}

/* A piece of the exec of this pid at time 5; its head, by which it can be committed. */
static uint32_t *put(uint32_t pid, uint32_t off, uint32_t flags)
{
	struct {
		struct wire_argv argv;
		char bytes[PIECE_LEN];
	} p = {
		.argv = { .head = { .kind = WIRE_ARGV, .time_ns = 5, .cpu = (uint16_t)pid },
			  .pid = pid,
			  .argv_off = off,
			  .argv = { sizeof(struct wire_argv), PIECE_LEN } },
	};
	const size_t step = (sizeof(p) + BPF_RINGBUF_HDR_SZ + 7) & ~7u;
	char *data = kernel.map + 2 * kernel.page, *head = data + kernel.end % RING_LEN;

	for (size_t i = 0; i < sizeof(p); i++)
		data[(kernel.end + BPF_RINGBUF_HDR_SZ + i) % RING_LEN] = ((const char *)&p)[i];
	*(uint32_t *)head = (uint32_t)sizeof(p) | flags;
	kernel.end += step;
	*(uint64_t *)(kernel.map + kernel.page) = kernel.end;
	return (uint32_t *)head;
}

static void commit(uint32_t *head)
{
	*head &= ~BPF_RINGBUF_BUSY_BIT;
}

/* Does the exec of this pid, with an argv of so many pieces, wait? */
static bool waits(uint32_t pid, uint32_t cnt, uint64_t now_ns, bool hurry)
{
	struct wire_exec w = {
		.head = { .kind = WIRE_EXEC, .flags = WIRE_PIECES, .time_ns = 5 },
		.task = { .pid = pid },
		.argv_len = cnt * PIECE_LEN,
		.argv_got = cnt * PIECE_LEN,
	};

	return !bpf_argv_fetch(&argv, &w, sizeof(w), now_ns, hurry);
}

static void reads_no_further(void **state)
{
	(void)state;
	for (uint32_t pid = 1; pid < 4; pid++) {
		put(pid, 0, 0);
		put(pid, PIECE_LEN, 0);
	}
	assert_false(waits(2, 2, 1, false));
	assert_int_equal(piece_cnt, 4);
	assert_false(waits(1, 2, 1, false)); /* is there already */
	assert_int_equal(piece_cnt, 4);
	assert_false(waits(3, 2, 1, false));
	assert_int_equal(piece_cnt, 6);
	assert_false(waits(4, 2, 1, false)); /* lost; nothing is being copied */
	assert_int_equal(piece_cnt, 6);
}

/* The ring fills as fast as it is read. */
static void storm_has_an_end(void **state)
{
	int gathered;

	(void)state;
	storm = true;
	put(1, 0, 0);
	bpf_argv_gather(&argv);
	assert_in_range(piece_cnt, 2, WIRE_ARGV_MAX / PIECE_LEN + 1);
	gathered = piece_cnt;
	waits(2, 1, 1, false); /* lost */
	assert_in_range(piece_cnt, gathered + 1, gathered + RING_LEN / PIECE_LEN + 1);
}

/* Before its pieces stands one that another CPU is still copying. */
static void waits_for_what_is_copied(void **state)
{
	uint32_t *busy = put(1, 0, BPF_RINGBUF_BUSY_BIT);

	(void)state;
	put(2, 0, 0);
	bpf_argv_gather(&argv);
	assert_true(waits(2, 1, 1, false));
	assert_true(waits(2, 1, BPF_ARGV_WAIT_NS, false));
	assert_true(argv.until_ns);
	assert_int_equal(piece_cnt, 0);
	commit(busy);
	assert_false(waits(2, 1, BPF_ARGV_WAIT_NS, false));
	assert_false(argv.until_ns);
	assert_int_equal(piece_cnt, 2);
}

/* Not for ever, and not once more for the same. */
static void waits_once(void **state)
{
	uint32_t *busy = put(1, 0, BPF_RINGBUF_BUSY_BIT);

	(void)state;
	put(2, 0, 0);
	put(3, 0, 0);
	assert_true(waits(2, 1, 1, false));
	assert_false(waits(2, 1, 1 + BPF_ARGV_WAIT_NS, false));
	assert_false(waits(3, 1, 2 + BPF_ARGV_WAIT_NS, false));
	commit(busy);
	busy = put(4, 0, BPF_RINGBUF_BUSY_BIT);
	put(5, 0, 0);
	assert_true(waits(5, 1, 3 + BPF_ARGV_WAIT_NS, false));
	assert_false(waits(5, 1, 3 + BPF_ARGV_WAIT_NS, true));
	assert_false(argv.until_ns);
	commit(busy);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(reads_no_further),
		TEST(storm_has_an_end),
		TEST(waits_for_what_is_copied),
		TEST(waits_once),
	};

	return cmocka_run_group_tests_name("bpf_argv", tests, NULL, NULL);
}
