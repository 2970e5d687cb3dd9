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
#include <linux/capability.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "../../bpf/wire.h"
#include "../buf.h"
#include "../caps.h"
#include "../clock.h"
#include "../decode.h"
#include "../log.h"
#include "../privilege.h"
#include "../ring.h"
#include "bpf_argv.h"
#include "bpf_btf.h"
#include "bpf_count.h"
#include "bpf_failed.h"
#include "bpf_handler.h"
#include "bpf_prove.h"
#include "bpf_raw.h"
#include "bpf_why.h"
#include "execsnoop.skel.h"

enum {
	/* Records a read() takes before it lets the pipeline look at its signals. */
	BATCH_RECORDS = 4096,
	BYTES_A_RECORD = 2048, /* of a long argv; each such part counts as a record more */
	KIND_CNT = 10,
	/* The ring of long argvs is so much larger than the other; a power of two. */
	ARGV_RING_FACTOR = 2,
	TREE_MAX = 16384, /* processes of a tree: about 1 MiB, only if one is followed */
	SIDE_HOLD_NS = 1000 * 1000, /* more than the connector holds back its own */
	PROVE_RING_LEN = 1 << 20,
};

/*
 * A kind of event, and the program that tells it; one program may tell two kinds. Several programs for
 * a kind have rows on end, and one counter.
 */
struct kind {
	enum event_kind kind;
	int count_fd; /* see bpf_count_open(); -1: the program is not loaded */
	const struct bpf_program *prog;
	size_t lost_off; /* of its counter in struct wire_lost */
	uint64_t lost; /* reported of the ring-full counter */
	uint64_t missed; /* reported of recursion_misses */
};

struct source_bpf {
	struct source base;
	struct execsnoop_bpf *skel;
	struct ring ring; /* the records */
	size_t ring_used_max; /* bytes of it */
	struct bpf_argv argv; /* the pieces of long argvs */
	struct source
		*side; /* connector, for the kinds that have no tracepoint; NULL: none asked for */
	struct buf side_events; /* struct event: what it told and is not yet emitted */
	size_t side_done; /* bytes of these that are */
	uint64_t
		until_ns; /* with a side source: what is younger waits, so that both are in order */
	int urgent_fd; /* epoll of map_argv and side */
	struct decode *decode;
	const struct wire_lost *lost; /* mapped, one a CPU */
	size_t cpu_cnt;
	struct kind kinds[KIND_CNT];
	uint64_t next_missed_ns; /* when to ask for recursion misses again */
	bool behind; /* more records wait than were read: those of their pieces that came are enough */
	bool stopped;
	char note[SOURCE_TEXT_LEN];

	/* During read() only. */
	event_fn *emit;
	void *ctx;
	int budget;
};

extern const struct source_ops source_bpf;
extern const struct source_ops source_connector;

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

static void source_bpf_piece(void *ctx, const void *rec, size_t len)
{
	source_bpf_decode(ctx, rec, len);
}

/* Keep an event of the side source until its turn. Its kinds have no spans. */
static void source_bpf_side_keep(void *ctx, struct event *ev)
{
	struct source_bpf *s = ctx;

	if (ev->kind == EVENT_LOST) {
		s->emit(s->ctx, ev);
		return;
	}
	buf_put(&s->side_events, ev, sizeof(*ev));
	if (TAKE(s->side_events.failed, false)) /* no memory */
		source_bpf_lost(s, ev->kind, LOST_SOCKET, 1, true);
}

/* Emit those up to that time: they are in order. */
static void source_bpf_side_emit(struct source_bpf *s, uint64_t until_ns)
{
	while (s->side_events.len - s->side_done >= sizeof(struct event)) {
		struct event *ev = (struct event *)(s->side_events.ptr + s->side_done);

		if (ev->time_ns > until_ns)
			return;
		s->emit(s->ctx, ev);
		s->side_done += sizeof(*ev);
	}
	s->side_events.len = 0;
	s->side_done = 0;
}

/* Take in the pieces of this exec. False: it must wait for them; but then so must all behind it. */
static bool source_bpf_fetch(struct source_bpf *s, const void *rec, size_t len)
{
	const bool hurry = ring_waiting(&s->ring) > s->ring.len / 2;

	return bpf_argv_fetch(&s->argv, rec, len, clock_now_ns(CLOCK_MONOTONIC), hurry);
}

/* One record of the ring. */
static enum ring_next source_bpf_record(void *ctx, const void *rec, size_t len)
{
	struct source_bpf *s = ctx;
	size_t pieces_len = decode_pieces_len(rec, len);

	if (s->side && len >= sizeof(struct wire_head)) {
		uint64_t time_ns = ((const struct wire_head *)rec)->time_ns;

		if (time_ns > s->until_ns)
			return RING_KEEP;
		source_bpf_side_emit(s, time_ns);
	}
	if (pieces_len && !source_bpf_fetch(s, rec, len))
		return RING_KEEP;
	source_bpf_decode(s, rec, len);
	s->budget -= 1 + (int)(pieces_len / BYTES_A_RECORD);
	return s->budget > 0 ? RING_MORE : RING_STOP;
}

static uint64_t source_bpf_counter(const struct wire_lost *lost, size_t off)
{
	return __atomic_load_n((const uint64_t *)((const char *)lost + off), __ATOMIC_RELAXED);
}

/* What found no room, by the BPF programs' own count. */
static void source_bpf_read_lost(struct source_bpf *s)
{
	for (size_t i = 0; i < KIND_CNT; i++) {
		struct kind *p = &s->kinds[i];
		uint64_t sum = 0;

		if (i && p->kind == p[-1].kind)
			continue;
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
	for (size_t i = 0; i < KIND_CNT; i++) {
		struct kind *p = &s->kinds[i];
		struct source_prog prog = { 0 };

		if (i && p->prog == p[-1].prog) /* forks and threads: told once */
			continue;
		if (p->count_fd >= 0)
			bpf_count(p->count_fd, &prog);
		if (prog.misses <= p->missed)
			continue;
		source_bpf_lost(s, p->kind, LOST_RECURSION, prog.misses - p->missed, false);
		p->missed = prog.misses;
	}
}

static int source_bpf_fd(const struct source *base)
{
	return bpf_map__fd(source_bpf_of(base)->skel->maps.map_ring);
}

/*
 * The ring of long argvs: two of the longest would not fit, so it is not left to fill; but while an exec
 * waits for what is being copied there, it would be readable all the time. And the side source, whose
 * events are rare.
 */
static int source_bpf_urgent_fd(const struct source *base)
{
	const struct source_bpf *s = source_bpf_of(base);

	return s->argv.until_ns ? -1 : s->urgent_fd;
}

static int source_bpf_read(struct source *base, event_fn *emit, void *ctx)
{
	struct source_bpf *s = source_bpf_of(base);
	size_t used = ring_waiting(&s->ring);
	int again = 0;
	bool more;

	s->emit = emit;
	s->ctx = ctx;
	s->budget = BATCH_RECORDS;
	if (used > s->ring_used_max)
		s->ring_used_max = used;
	if (!s->behind)
		bpf_argv_gather(&s->argv);
	if (s->side) {
		uint64_t now = clock_now_ns(CLOCK_BOOTTIME);

		s->until_ns = s->stopped ? UINT64_MAX : now - SIDE_HOLD_NS;
		again = s->side->ops->read(s->side, source_bpf_side_keep, s);
	}
	more = !ring_read(&s->ring, source_bpf_record, s);
	s->behind = s->budget <= 0;
	source_bpf_read_lost(s);
	if (!more)
		source_bpf_read_missed(s);
	if (s->side) {
		if (s->budget > 0 && !s->argv.until_ns) /* else the ring may hold older ones */
			source_bpf_side_emit(s, s->until_ns);
		if (more || s->side_events.len)
			again = SIDE_HOLD_NS;
		return again;
	}
	return s->argv.until_ns ? BPF_ARGV_AGAIN_NS : more;
}

/*
 * Wait until no CPU runs a program any more that had begun: they run inside RCU, and this
 * membarrier(2) ends after a grace period.
 */
static void source_bpf_settle(struct source *base)
{
	const struct timespec moment = { .tv_nsec = 20 * (long)NSEC_PER_MSEC };

	(void)base;
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) < 0)
		nanosleep(&moment, NULL);
}

static void source_bpf_follow(struct source *base, uint32_t pid)
{
	struct source_bpf *s = source_bpf_of(base);
	const uint8_t value = 1;

	if (bpf_map_update_elem(bpf_map__fd(s->skel->maps.map_tree), &pid, &value, BPF_ANY) < 0)
		s->skel->bss->wire_tree = WIRE_TREE_FULL;
}

/* Only from part to whole: a program may have found it full meanwhile. */
static void source_bpf_narrow(struct source *base)
{
	uint32_t *tree = (uint32_t *)&source_bpf_of(base)->skel->bss->wire_tree;
	uint32_t part = WIRE_TREE_PART;

	__atomic_compare_exchange_n(tree, &part, WIRE_TREE_WHOLE, false, __ATOMIC_SEQ_CST,
				    __ATOMIC_SEQ_CST);
	log_debug(part == WIRE_TREE_PART ? "the kernel follows the tree" :
					   "the tree has no room in the kernel");
}

static uint64_t source_bpf_filtered(const struct source *base)
{
	const struct source_bpf *s = source_bpf_of(base);
	uint64_t sum = 0;

	for (size_t cpu = 0; cpu < s->cpu_cnt; cpu++)
		sum += source_bpf_counter(&s->lost[cpu], offsetof(struct wire_lost, filtered));
	return sum;
}

static void source_bpf_state(const struct source *base, struct source_state *st)
{
	const struct source_bpf *s = source_bpf_of(base);

	st->buffer = "ring";
	st->buffer_len = s->ring.len;
	st->buffer_used = ring_waiting(&s->ring);
	st->buffer_used_max =
		s->ring_used_max > st->buffer_used ? s->ring_used_max : st->buffer_used;
	for (size_t i = 0; i < KIND_CNT && st->prog_cnt < SOURCE_PROG_MAX; i++) {
		const struct bpf_program *prog = s->kinds[i].prog;

		if (s->kinds[i].count_fd < 0 || (i && prog == s->kinds[i - 1].prog))
			continue;
		st->progs[st->prog_cnt].name = bpf_program__name(prog);
		bpf_count(s->kinds[i].count_fd, &st->progs[st->prog_cnt++]);
	}
}

static unsigned int source_bpf_needs(const struct source *base)
{
	const struct source_bpf *s = source_bpf_of(base);

	return NEED_CGROUPS | (s->skel->rodata->wire_by_tree ? NEED_TREE : 0) |
	       (s->skel->rodata->wire_read_kernel ? 0 : NEED_LINKS) |
	       (s->side ? s->side->ops->needs(s->side) : 0);
}

/* Detach, and wait: what the ring holds after it is all there will be. */
static void source_bpf_stop(struct source *base)
{
	struct source_bpf *s = source_bpf_of(base);

	execsnoop_bpf__detach(s->skel);
	s->stopped = true;
	if (s->side)
		s->side->ops->stop(s->side);
	source_bpf_settle(base);
}

static void source_bpf_close(struct source *base)
{
	struct source_bpf *s = source_bpf_of(base);

	if (!s)
		return;
	if (s->side)
		s->side->ops->close(s->side);
	util_close(&s->urgent_fd);
	for (size_t i = 0; i < KIND_CNT; i++)
		util_close(&s->kinds[i].count_fd);
	buf_done(&s->side_events);
	if (s->lost)
		munmap((void *)s->lost, s->cpu_cnt * sizeof(*s->lost));
	ring_close(&s->ring);
	bpf_argv_done(&s->argv);
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

static void source_bpf_kinds(struct source_bpf *s)
{
	const struct kind kinds[KIND_CNT] = {
		{ EVENT_EXEC, -1, s->skel->progs.on_exec, offsetof(struct wire_lost, exec), 0, 0 },
		{ EVENT_FORK, -1, s->skel->progs.on_fork, offsetof(struct wire_lost, fork), 0, 0 },
		{ EVENT_THREAD, -1, s->skel->progs.on_fork, offsetof(struct wire_lost, thread), 0,
		  0 },
		{ EVENT_EXIT, -1, s->skel->progs.on_exit, offsetof(struct wire_lost, exit), 0, 0 },
		{ EVENT_COMM, -1, s->skel->progs.on_comm, offsetof(struct wire_lost, comm), 0, 0 },
		{ EVENT_EXEC_FAILED, -1, s->skel->progs.on_failed_execve,
		  offsetof(struct wire_lost, exec_failed), 0, 0 },
		{ EVENT_EXEC_FAILED, -1, s->skel->progs.on_failed_execveat, 0, 0, 0 },
		{ EVENT_EXEC_FAILED, -1, s->skel->progs.on_failed_execve32, 0, 0, 0 },
		{ EVENT_EXEC_FAILED, -1, s->skel->progs.on_failed_execveat32, 0, 0, 0 },
		{ EVENT_EXEC_FAILED, -1, s->skel->progs.on_failed_any, 0, 0, 0 },
	};

	memcpy(s->kinds, kinds, sizeof(kinds));
}

static void source_bpf_filter(struct execsnoop_bpf *skel, const struct source_conf *conf)
{
	static const struct {
		enum event_kind kind;
		uint32_t wire;
	} shown[] = {
		{ EVENT_EXEC, WIRE_SHOWN_EXEC }, { EVENT_FORK, WIRE_SHOWN_FORK },
		{ EVENT_EXIT, WIRE_SHOWN_EXIT }, { EVENT_THREAD, WIRE_SHOWN_THREAD },
		{ EVENT_COMM, WIRE_SHOWN_COMM },
	};

	for (size_t i = 0; i < ARRAY_LEN(shown); i++)
		if (conf->shown & BIT(shown[i].kind))
			skel->rodata->wire_shown |= shown[i].wire;
	skel->rodata->wire_by_uid = conf->by_uid;
	skel->rodata->wire_uid = conf->uid;
	skel->rodata->wire_by_tree = conf->tree;
	if (conf->tree)
		bpf_map__set_max_entries(skel->maps.map_tree, TREE_MAX);
}

/* Set what the programs take as constants, and leave out those not wanted. */
static void source_bpf_configure(struct source_bpf *s, const struct source_conf *conf)
{
	struct execsnoop_bpf *skel = s->skel;
	uint32_t ring_len = source_bpf_ring_len(conf->ring_len);

	skel->rodata->wire_ring_len = ring_len;
	skel->rodata->wire_max_argv =
		conf->max_argv < WIRE_ARGV_MAX ? conf->max_argv : WIRE_ARGV_MAX;
	skel->rodata->wire_page_len = (uint32_t)sysconf(_SC_PAGESIZE);
	skel->rodata->wire_read_kernel =
		libbpf_probe_bpf_helper(BPF_PROG_TYPE_RAW_TRACEPOINT, BPF_FUNC_probe_read_kernel,
					NULL) == 1;
	bpf_map__set_max_entries(skel->maps.map_ring, ring_len);
	bpf_map__set_max_entries(skel->maps.map_argv, ARGV_RING_FACTOR * ring_len);
	bpf_map__set_max_entries(skel->maps.map_lost, (uint32_t)s->cpu_cnt);
	bpf_map__set_max_entries(skel->maps.map_scratch, (uint32_t)s->cpu_cnt);
	log_debug("ring buffers of %u and %u bytes, %zu CPUs", ring_len,
		  ARGV_RING_FACTOR * ring_len, s->cpu_cnt);

	skel->rodata->wire_want_env = conf->env;
	skel->rodata->wire_want_fork = conf->kinds & BIT(EVENT_FORK);
	skel->rodata->wire_want_thread = conf->kinds & BIT(EVENT_THREAD);
	source_bpf_filter(skel, conf);
	source_bpf_kinds(s);
	for (size_t i = 0; i < KIND_CNT; i++)
		bpf_program__set_autoload((struct bpf_program *)s->kinds[i].prog, false);
	for (size_t i = 0; i < KIND_CNT; i++)
		if (conf->kinds & BIT(s->kinds[i].kind))
			bpf_program__set_autoload((struct bpf_program *)s->kinds[i].prog, true);
}

/* Add to what is said of this run. */
static void source_bpf_note_add(struct source_bpf *s, const char *text)
{
	const size_t at = strlen(s->note);

	snprintf(s->note + at, sizeof(s->note) - at, "%s%s", at && *text ? "; " : "", text);
}

/*
 * Everything that the programs read is in the kernel's own BTF. Told so, libbpf does not look for what this
 * kernel lacks in the BTF of modules: that wants CAP_SYS_ADMIN, and libbpf 1.1 fails without. But it reads
 * that BTF twice then. NULL: it need not be told.
 */
static const char *source_bpf_own_btf(void)
{
	static const char vmlinux[] = "/sys/kernel/btf/vmlinux";

	return !(caps_effective() & BIT(CAP_SYS_ADMIN)) && access(vmlinux, R_OK) == 0 ? vmlinux :
											NULL;
}

/*
 * The two forms of the programs (bpf/read.h) have the same maps, constants and names, so one skeleton
 * is for both. btf: the file for the raw_tp form, "" for the other.
 */
static int source_bpf_open_object(struct source_bpf *s, const char *btf)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts,
		    .btf_custom_path = *btf ? btf : source_bpf_own_btf());
	_cleanup_(buf_done) struct buf raw = { 0 };
	int r = *btf ? bpf_raw_object(&raw) : 0;

	if (r < 0)
		return r;
	s->skel = calloc(1, sizeof(*s->skel));
	if (!s->skel)
		return -ENOMEM;
	r = execsnoop_bpf__create_skeleton(s->skel);
	if (r == 0 && *btf) {
		s->skel->skeleton->data = raw.ptr;
		s->skel->skeleton->data_sz = raw.len;
	}
	return r == 0 ? bpf_object__open_skeleton(s->skel->skeleton, &opts) : r;
}

/* Between open and load: which programs, and what is to be said of it. */
static int source_bpf_choose(struct source_bpf *s, const struct source_conf *conf, const char *btf)
{
	char text[SOURCE_TEXT_LEN] = "";
	int r = 0;

	source_bpf_configure(s, conf);
	if (*btf) {
		snprintf(text, sizeof(text), "raw_tp programs, with the BTF in %.120s", btf);
		source_bpf_note_add(s, text);
	} else if (!s->skel->rodata->wire_read_kernel) {
		source_bpf_note_add(s, "the kernel is locked down: paths of binaries are looked up "
				       "in /proc, and missed of short-lived programs");
	}
	if (conf->kinds & BIT(EVENT_EXEC_FAILED)) {
		bpf_map__set_max_entries(s->skel->maps.map_failed, (uint32_t)s->cpu_cnt);
		r = bpf_failed_choose(s->skel->obj, !*btf, text, sizeof(text));
		source_bpf_note_add(s, text);
	}
	return r == 0 ? bpf_handler_set_targets(s->skel->obj) : r;
}

/* Now, since later it may be forbidden. */
static void source_bpf_open_counts(struct source_bpf *s)
{
	char text[SOURCE_TEXT_LEN];
	int r = 0;

	for (size_t i = 0; i < KIND_CNT && r >= 0; i++) {
		int prog_fd = bpf_program__fd(s->kinds[i].prog);

		if (prog_fd >= 0)
			r = s->kinds[i].count_fd = bpf_count_open(prog_fd);
	}
	if (r < 0) {
		snprintf(text, sizeof(text),
			 "events that the kernel skips are not counted as lost: /proc/self/fdinfo "
			 "cannot be read: %s",
			 strerror(-r));
		source_bpf_note_add(s, text);
	}
}

static int source_bpf_load(struct source_bpf *s, const struct source_conf *conf, const char *btf)
{
	void *lost;
	int r;

	r = bpf_handler_register();
	if (r == 0)
		r = source_bpf_open_object(s, btf);
	if (r == 0)
		r = source_bpf_choose(s, conf, btf);
	if (r < 0 || !s->skel)
		return r;
	r = execsnoop_bpf__load(s->skel);
	if (r < 0)
		return r;
	lost = mmap(NULL, s->cpu_cnt * sizeof(*s->lost), PROT_READ, MAP_SHARED,
		    bpf_map__fd(s->skel->maps.map_lost), 0);
	if (lost == MAP_FAILED)
		return -errno;
	s->lost = lost;
	source_bpf_open_counts(s);
	if (conf->tree) /* before a program can see it fork */
		source_bpf_follow(&s->base, conf->tree);
	r = ring_open(&s->ring, bpf_map__fd(s->skel->maps.map_ring),
		      s->skel->rodata->wire_ring_len);
	if (r < 0)
		return r;
	bpf_argv_init(&s->argv, bpf_map__fd(s->skel->maps.map_argv),
		      bpf_map__max_entries(s->skel->maps.map_argv), s->decode, source_bpf_piece, s);
	return execsnoop_bpf__attach(s->skel);
}

/* The kinds that only the connector tells: a source of its own, beside the ring. */
static int source_bpf_side(struct source_bpf *s, const struct source_conf *conf,
			   struct source_why *why)
{
	struct source_conf side = *conf;
	struct source_why its = { 0 };
	int r;

	side.kinds = conf->kinds & (BIT(EVENT_UID) | BIT(EVENT_GID) | BIT(EVENT_SESSION) |
				    BIT(EVENT_PTRACE) | BIT(EVENT_CORE));
	if (!side.kinds)
		return 0;
	r = source_connector.open(&s->side, &side, &its);
	if (r < 0) {
		snprintf(why->cause, sizeof(why->cause),
			 "uid, gid, session, ptrace and core come from the connector alone, and "
			 "%.160s",
			 its.cause);
		snprintf(why->cure, sizeof(why->cure), "leave them out of --events, or %.200s",
			 its.cure);
	}
	return r;
}

static int source_bpf_urgent(struct source_bpf *s)
{
	struct epoll_event ev = { .events = EPOLLIN };

	s->urgent_fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->urgent_fd < 0 ||
	    epoll_ctl(s->urgent_fd, EPOLL_CTL_ADD, bpf_map__fd(s->skel->maps.map_argv), &ev) < 0)
		return -errno;
	if (s->side && epoll_ctl(s->urgent_fd, EPOLL_CTL_ADD, s->side->ops->fd(s->side), &ev) < 0)
		return -errno;
	return 0;
}

static const char *source_bpf_note(const struct source *base)
{
	return source_bpf_of(base)->note;
}

static int source_bpf_make(struct source **out, const struct source_conf *conf, const char *btf,
			   struct source_why *why)
{
	struct source_bpf *s;
	int cpu_cnt, r;

	cpu_cnt = libbpf_num_possible_cpus();
	s = calloc(1, sizeof(*s));
	if (cpu_cnt < 0 || !s) {
		free(s);
		r = cpu_cnt < 0 ? cpu_cnt : -ENOMEM;
		bpf_why(r, btf, why);
		return r;
	}
	s->base.ops = &source_bpf;
	s->cpu_cnt = (size_t)cpu_cnt;
	s->urgent_fd = -1;
	for (size_t i = 0; i < KIND_CNT; i++)
		s->kinds[i].count_fd = -1;
	s->decode = decode_new();
	r = s->decode ? source_bpf_side(s, conf, why) : -ENOMEM;
	if (r == 0)
		r = source_bpf_load(s, conf, btf);
	if (r == 0)
		r = source_bpf_urgent(s);
	if (r < 0) {
		if (!*why->cause)
			bpf_why(r, btf, why);
		source_bpf_close(&s->base);
		return r;
	}
	*out = &s->base;
	return 0;
}

/* Is the file of this kernel? */
static int source_bpf_prove(const struct source_conf *wanted, const char *btf,
			    struct source_why *why)
{
	const struct source_conf conf = {
		.kinds = BPF_PROVE_KINDS | (wanted->kinds & BIT(EVENT_EXEC_FAILED)),
		.max_argv = UINT32_MAX,
		.env = true,
		.ring_len = PROVE_RING_LEN,
	};
	char wrong[SOURCE_TEXT_LEN / 3];
	struct source *s = NULL;
	int r = source_bpf_make(&s, &conf, btf, why);

	if (r < 0)
		return r;
	r = bpf_prove(s, conf.kinds, wrong, sizeof(wrong));
	source_bpf_close(s);
	if (r == -EBADMSG) {
		snprintf(why->cause, sizeof(why->cause), "%.120s is not of this kernel: %s", btf,
			 wrong);
		snprintf(why->cure, sizeof(why->cure), BPF_BTF_CURE);
	} else if (r < 0) {
		snprintf(why->cause, sizeof(why->cause),
			 "it cannot be tried whether %.120s is of this kernel: %s", btf,
			 strerror(-r));
		snprintf(why->cure, sizeof(why->cure), "--verbose shows more");
	}
	return r;
}

static int source_bpf_open(struct source **out, const struct source_conf *conf,
			   struct source_why *why)
{
	char btf[PATH_MAX];
	int r;

	libbpf_set_print(source_bpf_print);
	r = bpf_btf_choose(btf, conf->btf, why);
	if (r == 0 && *btf)
		r = source_bpf_prove(conf, btf, why);
	return r == 0 ? source_bpf_make(out, conf, btf, why) : r;
}

const struct source_ops source_bpf = {
	.name = "bpf",
	.tells_all = true,
	.open = source_bpf_open,
	.note = source_bpf_note,
	.fd = source_bpf_fd,
	.urgent_fd = source_bpf_urgent_fd,
	.read = source_bpf_read,
	.follow = source_bpf_follow,
	.settle = source_bpf_settle,
	.narrow = source_bpf_narrow,
	.filtered = source_bpf_filtered,
	.state = source_bpf_state,
	.needs = source_bpf_needs,
	.stop = source_bpf_stop,
	.close = source_bpf_close,
};
