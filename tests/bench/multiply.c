// SPDX-License-Identifier: BSD-2-Clause
/*
 * multiply PID IN OUT TIMES: write a capture that has the events of another so many times, each
 * time with later times and other pids; and print what writing cost and what it came to:
 *
 *	EVENTS BYTES NANOSECONDS
 *
 * NANOSECONDS of CPU time, the writing of the file included.
 */
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "capture.h"

enum {
	LEVEL = 1, /* as user/record.c has it */
	PID_STEP = 1000,
	PID_CNT = 1 << 22, /* the kernel's limit */
};

struct kept {
	uint32_t root; /* only its descendants count; 0: all do */
	bool ours[PID_CNT];
	struct capture_part part;
	struct run run;
	struct buf events; /* struct event[] */
	struct buf blocks; /* char *: what their spans point to */
};

static const size_t spans[] = {
	offsetof(struct event, comm),        offsetof(struct event, parent_comm),
	offsetof(struct event, user),        offsetof(struct event, real_user),
	offsetof(struct event, cgroup_path), offsetof(struct event, container),
	offsetof(struct event, cwd),         offsetof(struct event, filename),
	offsetof(struct event, interp),      offsetof(struct event, executable),
	offsetof(struct event, argv),        offsetof(struct event, env),
};

/* Is it about a descendant of the root? The start is about all. */
static bool is_ours(struct kept *k, const struct event *ev)
{
	if (!k->root || ev->kind == EVENT_START)
		return true;
	if (!event_has(ev, HAS_PID | HAS_PPID) || ev->pid >= PID_CNT || ev->ppid >= PID_CNT)
		return false;
	if (ev->kind == EVENT_FORK)
		k->ours[ev->pid] = ev->ppid == k->root || k->ours[ev->ppid];
	return ev->pid == k->root || k->ours[ev->pid];
}

static void keep(void *ctx, struct event *ev)
{
	struct kept *k = ctx;

	if (!is_ours(k, ev))
		return;
	for (size_t i = 0; i < ARRAY_LEN(spans); i++) {
		struct span *s = (struct span *)((char *)ev + spans[i]);
		char *copy = malloc(s->len + 1);

		if (!copy)
			abort();
		if (s->len)
			memcpy(copy, s->ptr, s->len);
		s->ptr = copy;
	}
	ev->run = &k->run;
	if (ev->kind != EVENT_END)
		buf_put(&k->events, ev, sizeof(*ev));
}

static void part(void *ctx, const struct capture_part *p)
{
	struct kept *k = ctx;

	k->part = *p;
	k->run = *p->run;
	k->part.run = &k->run;
}

static void note(void *ctx, enum capture_note n, uint64_t offset, const char *text)
{
	(void)ctx;
	(void)n;
	fprintf(stderr, "at byte %ju: %s\n", (uintmax_t)offset, text);
}

static void read_all(struct kept *k, const char *name)
{
	const struct capture_reader_ops ops = {
		.event = keep, .part = part, .note = note, .ctx = k
	};
	struct capture_reader *r = capture_reader_new(&ops);
	FILE *f = fopen(name, "re");
	static char bytes[1 << 16];
	size_t n;

	if (!r || !f) {
		perror(name);
		exit(1);
	}
	while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		capture_read(r, bytes, n);
	capture_read_eof(r);
	fclose(f);
	capture_reader_free(r);
}

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* The nth time: only the first has the start and the snapshot. */
static bool again(struct event *ev, uint64_t nth, uint64_t span_ns)
{
	uint32_t pids = (uint32_t)nth * PID_STEP;

	if (nth && (ev->kind == EVENT_START || ev->kind == EVENT_SNAPSHOT))
		return false;
	ev->time_ns += nth * span_ns;
	ev->start_ns += nth * span_ns;
	ev->parent_start_ns += nth * span_ns;
	ev->pid += pids;
	ev->ppid += pids;
	ev->tid += pids;
	return true;
}

int main(int argc, char **argv)
{
	static struct kept k;
	struct buf out = { 0 };
	struct capture_writer *w = capture_writer_new(LEVEL);
	const struct event *events;
	size_t len;
	uint64_t times, span_ns, cnt = 0, bytes = 0, before;
	FILE *f;

	if (argc != 5 || !w) {
		fprintf(stderr, "usage: multiply PID IN OUT TIMES\n");
		return 2;
	}
	k.root = (uint32_t)strtoul(argv[1], NULL, 10);
	read_all(&k, argv[2]);
	times = strtoull(argv[4], NULL, 10);
	f = fopen(argv[3], "we");
	if (!f || !k.events.len) {
		perror(argv[3]);
		return 1;
	}
	events = (const struct event *)k.events.ptr;
	len = k.events.len / sizeof(*events);
	span_ns = events[len - 1].time_ns - k.part.time_ns + 1;
	capture_put_part(&out, &k.part);
	before = cpu_ns();
	for (uint64_t nth = 0; nth < times; nth++)
		for (size_t i = 0; i < len; i++) {
			struct event ev = events[i];

			if (!again(&ev, nth, span_ns))
				continue;
			cnt++;
			if (capture_put(w, &ev) || (nth + 1 == times && i + 1 == len))
				capture_take(w, &out);
			bytes += out.len;
			if (out.len)
				fwrite(out.ptr, 1, out.len, f);
			out.len = 0;
		}
	if (fclose(f) != 0) {
		perror(argv[3]);
		return 1;
	}
	printf("%ju %ju %ju\n", (uintmax_t)cnt, (uintmax_t)bytes, (uintmax_t)(cpu_ns() - before));
	return 0;
}
