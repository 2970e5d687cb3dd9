// SPDX-License-Identifier: BSD-2-Clause
/*
 * Events from the netlink proc connector.
 *
 *	one socket for all that is wanted --------------------------+
 *	                                                            +--> sort by time --> decode
 *	a reader for each CPU: argv of the execs there (reader.h) --+
 *
 * The execs come on both ways, with the same time: the message on the first is only a claim that
 * there is a record on the second, and if that never comes, it is read late, here. Without
 * readers all are read here, as they come.
 */
#include "source.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "../clock.h"
#include "../decode.h"
#include "../log.h"
#include "../privilege.h"
#include "cn_queue.h"
#include "cn_socket.h"
#include "cn_threads.h"
#include "cpus.h"
#include "reader.h"

enum {
	RCVBUF_LEN = 32 << 20, /* some ten thousand messages */
	AGAIN_NS = 5 * 1000 * 1000, /* when to look at those again */
	HOLD_NS = 200 * 1000, /* what is younger may have to stand behind what has not come yet */
	IDLE_ROUNDS = 2, /* of a reader, after which what it has not made will not come */
	CLAIM_NS = 1000 * 1000 * 1000, /* and for so long a claim waits for its record at most */
	PROOF_NS = 1000 * 1000 * 1000, /* for so long what was read waits for its proof at most */
	PIN_NS =
		100 * 1000 * 1000, /* how often the readers are told their CPU, while events come */
	HURRY_NS = 1000 * 1000 * 1000, /* and each AGAIN_NS for so long after a CPU came up */
	READER_NS = 1000 * 1000 * 1000, /* when to try again where no reader could be started */
	LATE_CNT = 256, /* execs kept in mind that were read here although they have a reader */
	ITEMS_MAX = 1 << 20, /* that are gathered before they are sorted all the same */
	RECV_MAX = 1000, /* batches received before the pipeline may look at its signals */
};

struct source_connector {
	struct source base;
	struct source_conf conf;
	char note[SOURCE_TEXT_LEN];
	int fd;
	int cpus_fd; /* see cpus_watch() */
	struct reader **readers; /* by CPU; NULL where there is none */
	unsigned int *idle; /* for how many rounds on end the reader had nothing to do */
	uint32_t round; /* counts the calls of read() */
	uint64_t start_ns; /* of this one */
	size_t cpu_cnt;
	size_t reader_cnt;
	struct procfs *procfs;
	struct decode *decode;
	int64_t boot_offset_ns; /* the readers have it too: claim and record need the same time */

	struct cn_queue queue;
	struct cn_threads threads;
	struct {
		uint64_t time_ns;
		uint32_t pid;
	} late[LATE_CNT];
	size_t late_cnt;

	uint32_t drops; /* of the socket, as it was told last */
	uint32_t drops_now; /* and as it was when all that waited had been received */
	uint64_t owed; /* of these not yet reported */
	uint64_t recovered; /* execs that a reader had although their claim was dropped */
	uint64_t owed_ns; /* since when the first of them is owed */
	size_t want_reader; /* a CPU that came up since, plus 1 */
	uint64_t want_ns; /* and not to be tried before */
	uint64_t pin_ns; /* when to pin the readers again */
	uint64_t hurry_ns; /* until when a CPU may not yet take its reader */
	bool stopped;
	bool readings; /* some that wait for a proof */
	bool unclaimed; /* a record that waits for its claim, in this round */

	event_fn *emit;
	void *ctx;
};

extern const struct source_ops source_connector;

static struct source_connector *source_connector_of(const struct source *s)
{
	return (struct source_connector *)s;
}

/* ---- what comes in ---- */

static struct cn_item *connector_item(struct source_connector *s)
{
	struct cn_item *item = cn_queue_add(&s->queue);

	if (item) {
		item->round = s->round;
		item->came_ns = s->start_ns;
		item->drops = s->drops_now;
	}
	return item;
}

static void connector_lost(struct source_connector *s, uint64_t cnt, bool exact)
{
	struct event ev = {
		.kind = EVENT_LOST,
		.has = HAS_LOST,
		.time_ns = clock_now_ns(CLOCK_BOOTTIME),
		.lost_kind = EVENT_KIND_CNT,
		.lost_reason = LOST_SOCKET,
		.lost_cnt = cnt,
		.lost_exact = exact,
	};

	s->emit(s->ctx, &ev);
}

static bool connector_has_reader(const struct source_connector *s, uint32_t cpu)
{
	return cpu < s->cpu_cnt && s->readers[cpu];
}

/* Read /proc for an exec now: late, as nobody keeps the program from running. False: no memory. */
static bool connector_read_proc(struct source_connector *s, struct cn_item *item)
{
	const struct wire_head head = {
		.kind = WIRE_EXEC,
		.cpu = item->cpu,
		.time_ns = item->time_ns,
	};
	const size_t off = cn_queue_align(&s->queue);

	procfs_exec(s->procfs, &head, item->pid, s->conf.max_argv, s->conf.env, &s->queue.arena,
		    &item->look);
	return cn_queue_keep(&s->queue, item, off);
}

/* False: no memory. */
static bool connector_note(struct source_connector *s, struct cn_item *item, struct wire_note *note)
{
	size_t off = cn_queue_align(&s->queue);

	note->head.kind = item->kind;
	note->head.cpu = item->cpu;
	note->head.time_ns = item->time_ns;
	note->head.flags |= WIRE_HAS_TID;
	note->task.pid = item->pid;
	note->task.tid = item->tid;
	buf_put(&s->queue.arena, note, sizeof(*note));
	return cn_queue_keep(&s->queue, item, off);
}

/* Which kind of record a message makes, and which event that is. */
static const struct {
	uint32_t what;
	enum wire_kind kind;
	enum event_kind event;
} connector_kinds[] = {
	{ PROC_EVENT_FORK, WIRE_FORK, EVENT_FORK },
	{ PROC_EVENT_EXEC, WIRE_EXEC, EVENT_EXEC },
	{ PROC_EVENT_UID, WIRE_UID, EVENT_UID },
	{ PROC_EVENT_GID, WIRE_GID, EVENT_GID },
	{ PROC_EVENT_SID, WIRE_SESSION, EVENT_SESSION },
	{ PROC_EVENT_PTRACE, WIRE_PTRACE, EVENT_PTRACE },
	{ PROC_EVENT_COMM, WIRE_COMM, EVENT_COMM },
	{ PROC_EVENT_COREDUMP, WIRE_CORE, EVENT_CORE },
	{ PROC_EVENT_EXIT, WIRE_EXIT, EVENT_EXIT },
};

/* What is in the message beyond the two pids that most kinds start with. */
static void connector_fill(const struct proc_event *ev, struct cn_item *item,
			   struct wire_note *note)
{
	item->tid = (uint32_t)ev->event_data.exec.process_pid;
	item->pid = (uint32_t)ev->event_data.exec.process_tgid;
	switch ((uint32_t)ev->what) {
	case PROC_EVENT_FORK:
		item->tid = (uint32_t)ev->event_data.fork.child_pid;
		item->pid = (uint32_t)ev->event_data.fork.child_tgid;
		if (item->tid != item->pid) {
			item->kind = WIRE_THREAD;
			break;
		}
		note->task.ppid = (uint32_t)ev->event_data.fork.parent_tgid;
		note->head.flags |= WIRE_HAS_PPID;
		break;
	case PROC_EVENT_UID:
		note->task.uid = ev->event_data.id.r.ruid;
		note->task.euid = ev->event_data.id.e.euid;
		note->head.flags |= WIRE_HAS_UID | WIRE_HAS_EUID;
		break;
	case PROC_EVENT_GID:
		note->task.gid = ev->event_data.id.r.rgid;
		note->task.egid = ev->event_data.id.e.egid;
		note->head.flags |= WIRE_HAS_GID | WIRE_HAS_EGID;
		break;
	case PROC_EVENT_PTRACE:
		note->value = (uint32_t)ev->event_data.ptrace.tracer_tgid;
		break;
	case PROC_EVENT_COMM:
		memcpy(note->task.comm, ev->event_data.comm.comm, sizeof(note->task.comm));
		note->head.flags |= WIRE_HAS_COMM;
		break;
	case PROC_EVENT_EXIT:
		note->value = ev->event_data.exit.exit_code;
		if (ev->event_data.exit.parent_tgid > 0) {
			note->task.ppid = (uint32_t)ev->event_data.exit.parent_tgid;
			note->head.flags |= WIRE_HAS_PPID;
		}
		break;
	default:
		break;
	}
}

static void connector_message(void *ctx, const struct cn_msg_proc *msg)
{
	struct source_connector *s = ctx;
	struct wire_note note = { 0 };
	struct cn_item *item;
	size_t i = 0;
	bool kept;

	while (i < ARRAY_LEN(connector_kinds) &&
	       connector_kinds[i].what != (uint32_t)msg->event.what)
		i++;
	if (i == ARRAY_LEN(connector_kinds))
		return;
	item = connector_item(s);
	if (!item) {
		connector_lost(s, 1, true);
		return;
	}
	item->kind = connector_kinds[i].kind;
	item->cpu = (uint16_t)msg->event.cpu;
	item->time_ns = msg->event.timestamp_ns + (uint64_t)s->boot_offset_ns;
	connector_fill(&msg->event, item, &note);
	if (item->kind == WIRE_EXEC && connector_has_reader(s, item->cpu))
		return;
	if (item->kind == WIRE_EXEC) {
		kept = connector_read_proc(s, item);
		s->want_reader = item->cpu + 1u;
	} else {
		kept = connector_note(s, item, &note);
	}
	if (!kept) {
		s->queue.cnt--;
		connector_lost(s, 1, true);
	}
}

/* The records of one reader: items like the others. False if it still has them, for lack of memory. */
static bool connector_take(struct source_connector *s, struct reader *r)
{
	struct buf *arena = &s->queue.arena;
	size_t at = cn_queue_align(&s->queue);
	uint64_t dropped = reader_take(r, arena);

	if (dropped)
		connector_lost(s, dropped, true);
	if (TAKE(arena->failed, false))
		return false;
	while (at < arena->len) {
		const struct reader_head *head = (const struct reader_head *)(arena->ptr + at);
		const struct wire_exec *rec = (const struct wire_exec *)(head + 1);
		struct cn_item *item = connector_item(s);

		at += sizeof(*head);
		if (item) { /* else its claim is read late, or was counted */
			item->kind = WIRE_EXEC;
			item->cpu = rec->head.cpu;
			item->time_ns = rec->head.time_ns;
			item->pid = item->tid = rec->task.pid;
			item->look = head->look;
			item->from_reader = true;
			item->prompt = head->prompt;
			item->off = at;
			item->len = head->len;
		}
		at += (head->len + 7) & ~7ull;
	}
	return true;
}

/* ---- what goes out ---- */

/* The connector tells the end of each thread: is that of the item at i the process's? */
static bool connector_is_last(struct source_connector *s, size_t i)
{
	const struct cn_item *item = &s->queue.items[i];
	enum cn_end end = cn_threads_end(&s->threads, item->pid, item->tid);

	return end == CN_LAST || (end == CN_UNSEEN && !cn_queue_ends_later(&s->queue, i));
}

static bool connector_wanted(struct source_connector *s, size_t i)
{
	const struct cn_item *item = &s->queue.items[i];

	cn_threads_time(&s->threads, item->time_ns);
	switch (item->kind) {
	case WIRE_THREAD:
		cn_threads_begin(&s->threads, item->pid, item->tid);
		return s->conf.kinds & BIT(EVENT_THREAD);
	case WIRE_EXEC:
		cn_threads_exec(&s->threads, item->pid);
		return s->conf.kinds & BIT(EVENT_EXEC);
	case WIRE_EXIT:
		return connector_is_last(s, i) && s->conf.kinds & BIT(EVENT_EXIT);
	case WIRE_FORK:
		cn_threads_fork(&s->threads, item->pid);
		return s->conf.kinds & BIT(EVENT_FORK);
	default:
		return true;
	}
}

/* An exec of whose argv it is not certain that it was that one's. */
static void connector_stale(struct source_connector *s, const struct cn_item *item)
{
	const struct wire_exec stale = {
		.head = { .kind = WIRE_EXEC, .cpu = item->cpu, .time_ns = item->time_ns },
		.task.pid = item->pid,
		.argv_missing = WIRE_MISSING_GONE,
	};

	decode_record(s->decode, &stale, sizeof(stale), s->emit, s->ctx);
}

/* What was read for the exec at i: right, stale, or, for a while, to be proven. */
static enum cn_verdict connector_judge(struct source_connector *s, size_t i, uint64_t now)
{
	struct cn_item *item = &s->queue.items[i];
	const struct wire_exec *rec = (const struct wire_exec *)(s->queue.arena.ptr + item->off);
	enum cn_verdict verdict;

	if (rec->argv_missing)
		return CN_RIGHT; /* of nothing */
	verdict = cn_queue_judge(&s->queue, i, s->drops_now);
	if (verdict != CN_OPEN)
		return verdict;
	if (s->stopped || now > item->look.end_ns + PROOF_NS)
		return CN_STALE;
	s->readings = true;
	return CN_OPEN;
}

static void connector_emit(struct source_connector *s, size_t i, bool stale)
{
	const struct cn_item *item = &s->queue.items[i];

	if (!connector_wanted(s, i))
		return;
	if (stale)
		connector_stale(s, item);
	else
		decode_record(s->decode, s->queue.arena.ptr + item->off, item->len, s->emit,
			      s->ctx);
}

/* Keep in mind that it was read here; or, with take, was it? */
static bool connector_late(struct source_connector *s, const struct cn_item *item, bool take)
{
	size_t cnt = s->late_cnt < LATE_CNT ? s->late_cnt : LATE_CNT;

	for (size_t i = 0; take && i < cnt; i++)
		if (s->late[i].time_ns == item->time_ns && s->late[i].pid == item->pid)
			return true;
	if (!take) {
		s->late[s->late_cnt % LATE_CNT].time_ns = item->time_ns;
		s->late[s->late_cnt++ % LATE_CNT].pid = item->pid;
	}
	return false;
}

/*
 * May the record of a claim still come? Both messages were sent at once; so if the reader has been
 * idle since before the round in which its queue was emptied last, it will not.
 */
static bool connector_may_come(const struct source_connector *s, const struct cn_item *item,
			       uint64_t now)
{
	if (!connector_has_reader(s, item->cpu) || now > item->came_ns + CLAIM_NS)
		return false;
	return s->idle[item->cpu] < IDLE_ROUNDS || s->round < item->round + IDLE_ROUNDS;
}

/*
 * May the claim of a record still come? The kernel sends the two one after the other, and on a
 * preemptible kernel the reader can run in between, for as long as it needs. It will come unless it
 * was dropped.
 */
static bool connector_claim_may_come(const struct source_connector *s, const struct cn_item *item,
				     uint64_t now)
{
	if (s->round < item->round + IDLE_ROUNDS)
		return true;
	return !s->stopped && s->drops_now == item->drops && now < item->came_ns + CLAIM_NS;
}

/*
 * An exec: put the claim and its record together; one of them becomes nothing. False: its turn has
 * not come, as a claim whose record may still come stops all behind it.
 */
static bool connector_exec(struct source_connector *s, size_t i, uint64_t now)
{
	struct cn_item *item = &s->queue.items[i];
	bool read_here = item->look.begin_ns && !item->from_reader;
	size_t twin = cn_queue_twin(&s->queue, i);

	if (twin != SIZE_MAX) {
		if (item->len)
			s->queue.items[twin] = *item;
		s->queue.items[twin].paired = true;
		item->kind = WIRE_KIND_CNT;
	} else if (item->len && !read_here && !item->paired) {
		if (connector_late(s, item, true)) {
			item->kind = WIRE_KIND_CNT;
			return true;
		}
		if (connector_claim_may_come(s, item, now)) {
			s->unclaimed = true;
			return false;
		}
		s->recovered++; /* the claim was dropped */
		item->paired = true; /* if it must wait, it is not counted again */
	} else if (!item->len) {
		if (connector_may_come(s, item, now))
			return false;
		connector_late(s, item, false);
		if (!connector_read_proc(s, item)) {
			item->kind = WIRE_KIND_CNT;
			connector_lost(s, 1, true);
		}
	}
	return true;
}

/* One item, whose time has come. False: it must wait, and so must all behind it. */
static bool connector_turn(struct source_connector *s, size_t i, uint64_t now)
{
	struct cn_item *item = &s->queue.items[i];
	enum cn_verdict verdict = CN_RIGHT;

	if (item->kind == WIRE_EXEC && !connector_exec(s, i, now))
		return false;
	if (item->kind == WIRE_KIND_CNT)
		return true;
	if (item->kind == WIRE_EXEC)
		verdict = connector_judge(s, i, now);
	if (verdict == CN_OPEN)
		return false;
	connector_emit(s, i, verdict == CN_STALE);
	return true;
}

/* Emit what is old enough; keep the rest. */
static void connector_sorted(struct source_connector *s, uint64_t until)
{
	uint64_t now = clock_now_ns(CLOCK_BOOTTIME);
	size_t i = 0;

	s->unclaimed = false;
	cn_queue_sort(&s->queue);
	while (i < s->queue.cnt && s->queue.items[i].time_ns <= until && connector_turn(s, i, now))
		i++;
	cn_queue_shift(&s->queue, i);
}

/*
 * Try to prove what was read of programs that could run meanwhile. What is told of execs up to now
 * is received after it, and so is known when the proof is used: in the next round.
 */
static void connector_prove(struct source_connector *s)
{
	for (size_t i = 0; i < s->queue.cnt; i++) {
		struct cn_item *item = &s->queue.items[i];

		if (item->kind == WIRE_EXEC && item->look.start_ns && !item->prompt &&
		    !item->proven_ns && procfs_is_settled(s->procfs, item->pid, &item->look))
			item->proven_ns = clock_now_ns(CLOCK_BOOTTIME);
	}
	s->readings = false;
}

/*
 * What the socket dropped, less the execs that a reader had all the same. It is told when the
 * burst is over, as only then it is known what was recovered, or after a second.
 */
static void connector_tell_lost(struct source_connector *s)
{
	uint32_t more = s->drops_now - s->drops;
	uint64_t now = clock_now_ns(CLOCK_BOOTTIME);
	uint64_t back;

	s->drops = s->drops_now;
	if (more && !s->owed)
		s->owed_ns = now;
	s->owed += more;
	back = s->recovered < s->owed ? s->recovered : s->owed;
	s->owed -= back;
	s->recovered = 0; /* what it was recovered from was counted before it */
	if (!s->owed || ((more || s->unclaimed) && !s->stopped && now < s->owed_ns + NSEC_PER_SEC))
		return;
	/* Of exits, and then of forks, the socket also takes those of threads. */
	connector_lost(s, s->owed, !(s->conf.kinds & BIT(EVENT_EXIT)));
	s->owed = 0;
}

static void connector_start_reader(struct source_connector *s, size_t cpu, struct source_why *why)
{
	if (cpu >= s->cpu_cnt || s->readers[cpu] || s->reader_cnt >= s->conf.reader_max)
		return;
	if (reader_start(&s->readers[cpu], (int)cpu, &s->conf, &s->boot_offset_ns, why) == 0)
		s->reader_cnt++;
	else
		log_debug("no real-time reader for CPU %zu: %s", cpu, why->cause);
}

/*
 * The kernel took its CPU from a reader whose CPU went down, or never had one for it. The readers are also
 * pinned again now and then: to leave a cpuset has no message. After a CPU came up often, as the kernel brings
 * its cpusets up to date only later, with a worker thread (kernel/cgroup/cpuset.c), and until then refuses.
 */
static void connector_cpus(struct source_connector *s)
{
	struct source_why why = { 0 };

	if (!cpus_came_up(s->cpus_fd))
		return;
	s->pin_ns = 0;
	s->hurry_ns = s->start_ns + HURRY_NS;
	for (size_t cpu = 0; cpu < s->cpu_cnt && s->reader_cnt; cpu++)
		connector_start_reader(s, cpu, &why);
}

/* A CPU that was not there before, or is outside of our cpuset and may be so for long. */
static void connector_new_cpu(struct source_connector *s)
{
	size_t cpu = TAKE(s->want_reader, 0);
	struct source_why why = { 0 };

	if (!cpu || !s->conf.realtime || !s->reader_cnt || s->start_ns < s->want_ns)
		return;
	connector_start_reader(s, cpu - 1, &why);
	if (!connector_has_reader(s, (uint32_t)cpu - 1))
		s->want_ns = s->start_ns + READER_NS;
}

/* The readers' records. One that gave up leaves a CPU without: its execs are read here. */
static void connector_take_all(struct source_connector *s)
{
	for (size_t i = 0; i < s->cpu_cnt; i++) {
		bool over;

		if (!s->readers[i])
			continue;
		if (s->start_ns >= s->pin_ns)
			reader_pin(s->readers[i]);
		s->idle[i] = reader_is_idle(s->readers[i]) ? s->idle[i] + 1 : 0;
		over = reader_gave_up(s->readers[i]);
		if (!connector_take(s, s->readers[i]) || !over)
			continue;
		log_debug("the real-time reader for CPU %zu gave up", i);
		reader_stop(TAKE_PTR(s->readers[i]));
		s->reader_cnt--;
	}
}

/* Take in what waits. False if there is more. */
static bool connector_receive(struct source_connector *s)
{
	int more = 1;

	s->round++;
	s->start_ns = clock_now_ns(CLOCK_BOOTTIME);
	clock_boot_offset_ns(&s->boot_offset_ns);
	connector_cpus(s);
	/* The readers first: then the claim of each of their records has come, or was dropped. */
	connector_take_all(s);
	if (s->start_ns >= s->pin_ns)
		s->pin_ns = s->start_ns + (s->start_ns < s->hurry_ns ? AGAIN_NS : PIN_NS);
	for (int i = 0; i < RECV_MAX && more > 0; i++)
		more = cn_socket_recv(s->fd, connector_message, s);
	s->drops_now = cn_socket_drops(s->fd);
	return more <= 0;
}

static int source_connector_read(struct source *base, event_fn *emit, void *ctx)
{
	struct source_connector *s = source_connector_of(base);
	bool all;

	s->emit = emit;
	s->ctx = ctx;
	if (s->readings && !s->stopped)
		connector_prove(s);
	all = connector_receive(s);
	/* A record whose claim is still in the socket would be taken for one whose claim was dropped. */
	if (!all && s->queue.cnt < ITEMS_MAX)
		return 1;
	connector_sorted(s, s->stopped ? UINT64_MAX : s->start_ns - HOLD_NS);
	connector_tell_lost(s);
	connector_new_cpu(s);
	if (!all)
		return 1;
	return s->queue.cnt || s->start_ns < s->hurry_ns ? AGAIN_NS : 0;
}

static int source_connector_fd(const struct source *base)
{
	return source_connector_of(base)->fd;
}

/*
 * Without a reader for each CPU, argv is read here, and each moment counts. Else only a CPU that comes up
 * is urgent: its reader must be there before its programs.
 */
static int source_connector_urgent_fd(const struct source *base)
{
	const struct source_connector *s = source_connector_of(base);

	if (!(s->conf.kinds & BIT(EVENT_EXEC)))
		return -1;
	return s->reader_cnt == s->cpu_cnt ? s->cpus_fd : s->fd;
}

static const char *source_connector_note(const struct source *base)
{
	return source_connector_of(base)->note;
}

static void source_connector_state(const struct source *base, struct source_state *st)
{
	if (cn_socket_used(source_connector_of(base)->fd, &st->buffer_used, &st->buffer_len))
		st->buffer = "socket";
}

/* Before Linux 6.6 the kernel counts its listeners by their requests, see cn_proc.c. */
static bool connector_is_counted(void)
{
	struct utsname uts;
	unsigned long major, minor;
	char *end;

	if (uname(&uts) < 0)
		return true;
	major = strtoul(uts.release, &end, 10);
	minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;
	return major < 6 || (major == 6 && minor < 6);
}

static unsigned int source_connector_needs(const struct source *base)
{
	const struct source_connector *s = source_connector_of(base);
	unsigned int needs = NEED_LISTEN | (connector_is_counted() ? NEED_UNLISTEN : 0);

	if (s->conf.kinds & BIT(EVENT_EXEC))
		needs |= NEED_MEMORY | NEED_LINKS;
	if (s->reader_cnt && s->reader_cnt < s->cpu_cnt && s->reader_cnt < s->conf.reader_max)
		needs |= NEED_READERS;
	return needs;
}

/*
 * No more messages; those received and those queued in the socket are still read. What was read from
 * /proc must be proven before, as later nothing will be told of an exec.
 */
static void source_connector_stop(struct source *base)
{
	struct source_connector *s = source_connector_of(base);

	if (s->emit) {
		connector_receive(s);
		connector_prove(s);
		connector_receive(s);
	}
	cn_socket_ignore(s->fd);
	s->stopped = true;
}

static void source_connector_close(struct source *base)
{
	struct source_connector *s = source_connector_of(base);

	if (!s)
		return;
	for (size_t i = 0; i < s->cpu_cnt; i++)
		reader_stop(s->readers[i]);
	free(s->readers);
	free(s->idle);
	if (s->fd >= 0 && !s->stopped)
		cn_socket_ignore(s->fd);
	cn_socket_close(s->fd);
	util_close(&s->cpus_fd);
	procfs_close(s->procfs);
	decode_free(s->decode);
	cn_threads_done(&s->threads);
	cn_queue_done(&s->queue);
	free(s);
}

static void connector_add_thread(void *ctx, uint32_t pid, uint32_t tid)
{
	struct source_connector *s = ctx;

	cn_threads_add(&s->threads, pid, tid);
}

/* While what begins and ends meanwhile waits in the socket. */
static void connector_count_threads(struct source_connector *s)
{
	bool all;

	if (!(s->conf.kinds & BIT(EVENT_EXIT)))
		return;
	all = procfs_threads(s->procfs, connector_add_thread, s);
	cn_threads_added(&s->threads, clock_now_ns(CLOCK_BOOTTIME), !all);
}

static void connector_readers(struct source_connector *s)
{
	struct source_why why = { 0 };

	if (!(s->conf.kinds & BIT(EVENT_EXEC)))
		return;
	if (!s->conf.realtime) {
		snprintf(s->note, sizeof(s->note),
			 "argv is read without real-time priority, and "
			 "missed of short-lived programs");
		return;
	}
	s->cpus_fd = cpus_watch();
	for (size_t cpu = 0; cpu < s->cpu_cnt; cpu++)
		connector_start_reader(s, cpu, &why);
	if (!s->reader_cnt)
		snprintf(s->note, sizeof(s->note), "argv is missed of short-lived programs: %.180s",
			 s->conf.reader_max ? why.cause : "no real-time readers (--readers 0)");
	else if (procfs_is_hidden(s->procfs))
		snprintf(s->note, sizeof(s->note), "/proc hides the processes of other users");
	else if (s->reader_cnt < s->cpu_cnt)
		snprintf(s->note, sizeof(s->note), "%zu of %zu CPUs have a real-time reader",
			 s->reader_cnt, s->cpu_cnt);
}

static uint32_t connector_mask(unsigned int kinds)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < ARRAY_LEN(connector_kinds); i++)
		if (kinds & BIT(connector_kinds[i].event))
			mask |= connector_kinds[i].what;
	/* The end of a process is that of its last thread: they must be counted. */
	if (kinds & (BIT(EVENT_THREAD) | BIT(EVENT_EXIT)))
		mask |= PROC_EVENT_FORK;
	return mask;
}

static int connector_open(struct source_connector *s, struct source_why *why)
{
	const struct cn_socket_conf cn = {
		.mask = connector_mask(s->conf.kinds),
		.threads = s->conf.kinds & (BIT(EVENT_THREAD) | BIT(EVENT_EXIT)),
		.cpu = -1,
		.rcvbuf = RCVBUF_LEN,
	};
	int r;

	s->cpu_cnt = (size_t)sysconf(_SC_NPROCESSORS_CONF);
	s->readers = calloc(s->cpu_cnt, sizeof(struct reader *));
	s->idle = calloc(s->cpu_cnt, sizeof(*s->idle));
	s->decode = decode_new();
	if (!s->readers || !s->idle || !s->decode)
		return -ENOMEM;
	s->procfs = procfs_open("/proc");
	if (!s->procfs) {
		r = -errno;
		snprintf(why->cause, sizeof(why->cause), "/proc cannot be opened: %s",
			 strerror(errno));
		snprintf(why->cure, sizeof(why->cure), "mount it: mount -t proc proc /proc");
		return r;
	}
	r = cn_socket_open(&s->fd, &cn, why);
	if (r < 0)
		return r;
	s->drops = s->drops_now = cn_socket_drops(s->fd);
	connector_readers(s);
	connector_count_threads(s);
	return 0;
}

static int source_connector_open(struct source **out, const struct source_conf *conf,
				 struct source_why *why)
{
	struct source_connector *s;
	int r;

	if (conf->kinds & BIT(EVENT_EXEC_FAILED)) {
		snprintf(why->cause, sizeof(why->cause), "it is not told of execs that fail");
		snprintf(why->cure, sizeof(why->cure), "leave out --failed");
		return -EOPNOTSUPP;
	}
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->base.ops = &source_connector;
	s->conf = *conf;
	s->fd = s->cpus_fd = -1;
	r = connector_open(s, why);
	if (r < 0) {
		if (!*why->cause)
			snprintf(why->cause, sizeof(why->cause), "%s", strerror(-r));
		source_connector_close(&s->base);
		return r;
	}
	*out = &s->base;
	return 0;
}

const struct source_ops source_connector = {
	.name = "connector",
	.open = source_connector_open,
	.note = source_connector_note,
	.fd = source_connector_fd,
	.urgent_fd = source_connector_urgent_fd,
	.read = source_connector_read,
	.state = source_connector_state,
	.needs = source_connector_needs,
	.stop = source_connector_stop,
	.close = source_connector_close,
};
