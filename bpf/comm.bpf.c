// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "filter.h"
#include "maps.h"
#include "read.h"
#include "task.h"

enum {
	PF_KTHREAD = 0x00200000, /* include/linux/sched.h */
};

/*
 * A task gave itself another name, with prctl(2) or through /proc. Passed over: the name that
 * exec gives, which the exec tells, and those of kernel threads.
 */
SEC(TP "task_rename")
int BPF_PROG(on_comm, struct task_struct *task, const char *comm)
{
	struct wire_note *rec;

	if (READ(task, flags) & PF_KTHREAD || READ_BIT(task, in_execve))
		return 0;
	if (filter_out(task, WIRE_SHOWN_COMM))
		return 0;

	rec = bpf_ringbuf_reserve(&map_ring, sizeof(*rec), 0);
	if (!rec) {
		struct wire_lost *lost = wire_lost_here();

		if (lost)
			lost->comm++;
		return 0;
	}
	task_head(&rec->head, WIRE_COMM);
	task_fill(&rec->head, &rec->task, task, READ(task, signal));
	rec->task.start_ns = READ(task, group_leader, start_boottime);
	rec->task.cgroup = bpf_get_current_cgroup_id();
	/* The task still has its old name; the new one is a plain pointer. */
	rec->head.flags &= ~WIRE_HAS_COMM;
	if (wire_read_kernel &&
	    bpf_probe_read_kernel_str(rec->task.comm, sizeof(rec->task.comm), comm) > 0)
		rec->head.flags |= WIRE_HAS_COMM;
	rec->value = 0;
	rec->pad = 0;
	bpf_ringbuf_submit(rec, 0);
	return 0;
}
