// SPDX-License-Identifier: BSD-2-Clause
/*
 * Events from the BPF programs in bpf/, through the ring buffer.
 *
 * The kernel wakes a reader only when it has caught up with the ring. So the
 * cost of a wakeup for each event or one for a thousand is decided by when the
 * reader reads, and that is the pipeline's to say (--latency).
 */
#include "source.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "../../bpf/wire.h"
#include "../clock.h"
#include "../decode.h"
#include "../log.h"
#include "../ring.h"
#include "bpf_why.h"
#include "execsnoop.skel.h"

enum {
	/* Records a read() takes before it lets the pipeline look at its signals. */
	BATCH_RECORDS = 4096,
	PROG_CNT = 3,
	/* The ring of long argvs is so much larger than the other; a power of two. */
	ARGV_RING_FACTOR = 2,
};

struct prog {
	enum event_kind kind;
	const struct bpf_program *prog;
	size_t lost_off; /* of its counter in struct wire_lost */
	uint64_t lost; /* reported of the ring-full counter */
	uint64_t missed; /* reported of recursion_misses */
};

struct source_bpf {
	struct source base;
	struct execsnoop_bpf *skel;
	struct ring ring; /* the records */
	struct ring argv; /* the pieces of long argvs; mapped while there are any */
	struct decode *decode;
	const struct wire_lost *lost; /* mapped, one a CPU */
	size_t cpu_cnt;
	struct prog progs[PROG_CNT];
	uint64_t next_missed_ns; /* when to ask for recursion misses again */
	bool stopped;

	/* During read() only. */
	event_fn *emit;
	void *ctx;
	int budget;
};

extern const struct source_ops source_bpf;

static struct source_bpf *source_bpf_of(const struct source *s)
{
	return (struct source_bpf *)s;
}

/* libbpf's own words, of which the user needs only what bpf_why() makes of them. */
static int source_bpf_print(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	_cleanup_free_ char *text = NULL;
	char *line, *rest;

	if (!log_is_verbose() || level == LIBBPF_DEBUG || vasprintf(&text, fmt, ap) < 0)
		return 0;
	rest = text;
	while ((line = strsep(&rest, "\n")))
		if (*line)
			log_debug("%s", line);
	return 0;
}

static void source_bpf_lost(struct source_bpf *s, enum event_kind kind, enum lost_reason reason,
			    uint64_t cnt, bool exact)
{
	struct event ev = {
		.kind = EVENT_LOST,
		.has = HAS_LOST,
		.time_ns = clock_now_ns(CLOCK_BOOTTIME),
		.lost_kind = kind,
		.lost_reason = reason,
		.lost_cnt = cnt,
		.lost_exact = exact,
	};

	s->emit(s->ctx, &ev);
}

static void source_bpf_decode(struct source_bpf *s, const void *rec, size_t len)
{
	if (decode_record(s->decode, rec, len, s->emit, s->ctx) == -EBADMSG)
		source_bpf_lost(s, EVENT_EXEC, LOST_DECODE, 1, false);
}

static bool source_bpf_piece(void *ctx, const void *rec, size_t len)
{
	source_bpf_decode(ctx, rec, len);
	return true;
}

/*
 * Take in the pieces of long argvs that have come. They are written before the exec that wants
 * them, so when that is seen all of them are there.
 */
static void source_bpf_pieces(struct source_bpf *s)
{
	int r = 0;

	if (!s->argv.data)
		r = ring_open(&s->argv, bpf_map__fd(s->skel->maps.map_argv),
			      bpf_map__max_entries(s->skel->maps.map_argv));
	if (r < 0)
		log_err(r, "mapping the ring buffer of long argvs");
	else
		ring_read(&s->argv, source_bpf_piece, s);
}

/* One record of the ring. */
static bool source_bpf_record(void *ctx, const void *rec, size_t len)
{
	struct source_bpf *s = ctx;

	if (decode_wants_pieces(rec, len))
		source_bpf_pieces(s);
	source_bpf_decode(s, rec, len);
	return --s->budget > 0;
}

static uint64_t source_bpf_counter(const struct wire_lost *lost, size_t off)
{
	return __atomic_load_n((const uint64_t *)((const char *)lost + off), __ATOMIC_RELAXED);
}

/* What found no room, by the BPF programs' own count. */
static void source_bpf_read_lost(struct source_bpf *s)
{
	for (size_t i = 0; i < PROG_CNT; i++) {
		struct prog *p = &s->progs[i];
		uint64_t sum = 0;

		for (size_t cpu = 0; cpu < s->cpu_cnt; cpu++)
			sum += source_bpf_counter(&s->lost[cpu], p->lost_off);
		if (sum != p->lost)
			source_bpf_lost(s, p->kind, LOST_RING, sum - p->lost, true);
		p->lost = sum;
	}
}

/*
 * What the kernel skipped because the program was running on that CPU already.
 * An upper bound: it cannot be known which of these would have been left out, a
 * new thread for example.
 */
static void source_bpf_read_missed(struct source_bpf *s)
{
	uint64_t now = clock_now_ns(CLOCK_BOOTTIME);

	if (now < s->next_missed_ns && !s->stopped)
		return;
	s->next_missed_ns = now + NSEC_PER_SEC;
	for (size_t i = 0; i < PROG_CNT; i++) {
		struct prog *p = &s->progs[i];
		struct bpf_prog_info info = { 0 };
		__u32 len = sizeof(info);

		if (bpf_program__fd(p->prog) < 0 ||
		    bpf_obj_get_info_by_fd(bpf_program__fd(p->prog), &info, &len) < 0)
			continue;
		if (info.recursion_misses > p->missed)
			source_bpf_lost(s, p->kind, LOST_RECURSION,
					info.recursion_misses - p->missed, false);
		p->missed = info.recursion_misses;
	}
}

static int source_bpf_fd(const struct source *base)
{
	return bpf_map__fd(source_bpf_of(base)->skel->maps.map_ring);
}

/* The ring of long argvs: two of the longest would not fit, so it is not left to fill. */
static int source_bpf_urgent_fd(const struct source *base)
{
	return bpf_map__fd(source_bpf_of(base)->skel->maps.map_argv);
}

static int source_bpf_read(struct source *base, event_fn *emit, void *ctx)
{
	struct source_bpf *s = source_bpf_of(base);
	struct pollfd pieces = { .fd = source_bpf_urgent_fd(base), .events = POLLIN };
	bool more;

	s->emit = emit;
	s->ctx = ctx;
	s->budget = BATCH_RECORDS;
	if (poll(&pieces, 1, 0) > 0)
		source_bpf_pieces(s);
	else
		ring_close(&s->argv); /* give the memory back */
	more = !ring_read(&s->ring, source_bpf_record, s);
	source_bpf_read_lost(s);
	if (!more)
		source_bpf_read_missed(s);
	return more;
}

/*
 * Detach, then wait until no CPU runs one of the programs any more: they run
 * inside RCU, and this membarrier(2) ends after a grace period. So what the ring
 * holds after it is all there will be.
 */
static void source_bpf_stop(struct source *base)
{
	const struct timespec moment = { .tv_nsec = 20 * (long)NSEC_PER_MSEC };
	struct source_bpf *s = source_bpf_of(base);

	execsnoop_bpf__detach(s->skel);
	s->stopped = true;
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) < 0)
		nanosleep(&moment, NULL);
}

static void source_bpf_close(struct source *base)
{
	struct source_bpf *s = source_bpf_of(base);

	if (!s)
		return;
	if (s->lost)
		munmap((void *)s->lost, s->cpu_cnt * sizeof(*s->lost));
	ring_close(&s->ring);
	execsnoop_bpf__destroy(s->skel);
	decode_free(s->decode);
	free(s);
}

/* The smallest size the kernel takes that is not less: a power of two, whole pages. */
static uint32_t source_bpf_ring_len(uint32_t want)
{
	uint32_t len = (uint32_t)sysconf(_SC_PAGESIZE);

	while (len < want)
		len *= 2;
	return len;
}

/* Set what the programs take as constants, and leave out those not wanted. */
static void source_bpf_configure(struct source_bpf *s, const struct source_conf *conf)
{
	struct execsnoop_bpf *skel = s->skel;
	uint32_t ring_len = source_bpf_ring_len(conf->ring_len);

	skel->rodata->wire_ring_len = ring_len;
	skel->rodata->wire_max_argv =
		conf->max_argv < WIRE_ARGV_MAX ? conf->max_argv : WIRE_ARGV_MAX;
	skel->rodata->wire_read_kernel =
		libbpf_probe_bpf_helper(BPF_PROG_TYPE_RAW_TRACEPOINT, BPF_FUNC_probe_read_kernel,
					NULL) == 1;
	bpf_map__set_max_entries(skel->maps.map_ring, ring_len);
	bpf_map__set_max_entries(skel->maps.map_argv, ARGV_RING_FACTOR * ring_len);
	bpf_map__set_max_entries(skel->maps.map_lost, (uint32_t)s->cpu_cnt);
	bpf_map__set_max_entries(skel->maps.map_scratch, (uint32_t)s->cpu_cnt);
	log_debug("ring buffers of %u and %u bytes, %zu CPUs", ring_len,
		  ARGV_RING_FACTOR * ring_len, s->cpu_cnt);

	s->progs[0] = (struct prog){ .kind = EVENT_EXEC,
				     .prog = skel->progs.on_exec,
				     .lost_off = offsetof(struct wire_lost, exec) };
	s->progs[1] = (struct prog){ .kind = EVENT_FORK,
				     .prog = skel->progs.on_fork,
				     .lost_off = offsetof(struct wire_lost, fork) };
	s->progs[2] = (struct prog){ .kind = EVENT_EXIT,
				     .prog = skel->progs.on_exit,
				     .lost_off = offsetof(struct wire_lost, exit) };
	for (size_t i = 0; i < PROG_CNT; i++)
		bpf_program__set_autoload((struct bpf_program *)s->progs[i].prog,
					  conf->kinds & BIT(s->progs[i].kind));
}

static int source_bpf_load(struct source_bpf *s, const struct source_conf *conf)
{
	void *lost;
	int r;

	s->skel = execsnoop_bpf__open();
	if (!s->skel)
		return -errno;
	source_bpf_configure(s, conf);
	r = execsnoop_bpf__load(s->skel);
	if (r < 0)
		return r;
	lost = mmap(NULL, s->cpu_cnt * sizeof(*s->lost), PROT_READ, MAP_SHARED,
		    bpf_map__fd(s->skel->maps.map_lost), 0);
	if (lost == MAP_FAILED)
		return -errno;
	s->lost = lost;
	r = ring_open(&s->ring, bpf_map__fd(s->skel->maps.map_ring),
		      s->skel->rodata->wire_ring_len);
	if (r < 0)
		return r;
	return execsnoop_bpf__attach(s->skel);
}

static int source_bpf_open(struct source **out, const struct source_conf *conf)
{
	struct source_bpf *s;
	int cpu_cnt, r;

	libbpf_set_print(source_bpf_print);
	cpu_cnt = libbpf_num_possible_cpus();
	if (cpu_cnt < 0)
		return log_err(cpu_cnt, "how many CPUs there can be");
	s = calloc(1, sizeof(*s));
	if (!s)
		return log_err(-ENOMEM, "bpf");
	s->base.ops = &source_bpf;
	s->cpu_cnt = (size_t)cpu_cnt;
	s->decode = decode_new();
	r = s->decode ? source_bpf_load(s, conf) : -ENOMEM;
	if (r < 0) {
		log_err(0, "cannot trace with BPF: %s", bpf_why(r));
		source_bpf_close(&s->base);
		return r;
	}
	*out = &s->base;
	return 0;
}

const struct source_ops source_bpf = {
	.name = "bpf",
	.help = "BPF programs on the scheduler's tracepoints",
	.open = source_bpf_open,
	.fd = source_bpf_fd,
	.urgent_fd = source_bpf_urgent_fd,
	.read = source_bpf_read,
	.stop = source_bpf_stop,
	.close = source_bpf_close,
};
