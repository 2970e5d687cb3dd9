// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "filter.h"
#include "maps.h"
#include "read.h"
#include "task.h"

/* A new process, or a new thread of one. */
SEC(TP "sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	bool thread = READ(child, pid) != READ(child, tgid);
	struct wire_note *rec;

	if (!thread)
		filter_fork(child);
	if (thread ? !wire_want_thread : !wire_want_fork)
		return 0;
	if (filter_out(child, thread ? WIRE_SHOWN_THREAD : WIRE_SHOWN_FORK))
		return 0;

	rec = bpf_ringbuf_reserve(&map_ring, sizeof(*rec), 0);
	if (!rec) {
		struct wire_lost *lost = wire_lost_here();

		if (lost && thread)
			lost->thread++;
		else if (lost)
			lost->fork++;
		return 0;
	}
	task_head(&rec->head, thread ? WIRE_THREAD : WIRE_FORK);
	task_fill(&rec->head, &rec->task, child,
		  READ(UNTRUSTED(struct task_struct, child), signal));
	if (thread) /* the start of the process is its first thread's */
		rec->task.start_ns = READ(child, group_leader, start_boottime);
	rec->task.cgroup = READ(UNTRUSTED(struct task_struct, child), cgroups, dfl_cgrp, kn, id);
	rec->value = 0;
	rec->pad = 0;
	bpf_ringbuf_submit(rec, 0);
	return 0;
}
