// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "maps.h"
#include "task.h"

/* A new process. A new thread of a process passes here as well and is left out. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct wire_fork *rec;

	if (child->pid != child->tgid)
		return 0;

	rec = bpf_ringbuf_reserve(&map_ring, sizeof(*rec), 0);
	if (!rec) {
		struct wire_lost *lost = wire_lost_here();

		if (lost)
			lost->fork++;
		return 0;
	}
	task_head(&rec->head, WIRE_FORK);
	task_fill(&rec->head, &rec->task, child, child->signal);
	rec->task.cgroup = child->cgroups->dfl_cgrp->kn->id;
	bpf_ringbuf_submit(rec, 0);
	return 0;
}
