// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "filter.h"
#include "kernel.h"
#include "maps.h"
#include "read.h"
#include "task.h"
#include "usage.h"

enum {
	SIGNAL_GROUP_EXIT = 4, /* include/linux/sched/signal.h */
	EEXIST = 17, /* include/uapi/asm-generic/errno-base.h */
};

/*
 * Before v6.16 nothing tells which thread is the last: signal->live is 0 for
 * each of those that come here at the same time. The first of them that writes
 * its process's start time into this table reports the exit.
 * Not even a process with one thread left may pass it by: the one before may have reported
 * the exit, and be gone. If there is no room in the table, better twice than never.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, __u8);
} map_exited SEC(".maps");

static __always_inline bool exit_is_first(struct task_struct *task)
{
	__u64 key = READ(task, group_leader, start_boottime) ^ (__u64)READ(task, tgid) << 40;
	__u8 value = 1;
	/* An int: before v6.4, d7ba4cc900bf, the upper half of what comes back is not the sign. */
	int r = bpf_map_update_elem(&map_exited, &key, &value, BPF_NOEXIST);

	return r != -EEXIST;
}

/* Does the process end with this thread? */
static __always_inline bool exit_is_last(unsigned long long *ctx, struct task_struct *task)
{
	if (bpf_core_type_exists(struct trace_event_raw_sched_process_exit___v6_16))
		return ctx[1];
	return READ(task, signal, live.counter) == 0 && exit_is_first(task);
}

SEC(TP "sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct task_struct *leader = READ(task, group_leader);
	struct signal_struct *signal = READ(UNTRUSTED(struct task_struct, task), signal);
	struct wire_exit *rec;
	bool hidden;

	if (!exit_is_last(ctx, task))
		return 0;
	hidden = filter_out(leader, WIRE_SHOWN_EXIT);
	filter_exit(leader);
	if (hidden)
		return 0;

	rec = bpf_ringbuf_reserve(&map_ring, sizeof(*rec), 0);
	if (!rec) {
		struct wire_lost *lost = wire_lost_here();

		if (lost)
			lost->exit++;
		return 0;
	}
	task_head(&rec->head, WIRE_EXIT);
	task_fill(&rec->head, &rec->task, leader, signal);
	rec->task.cgroup = bpf_get_current_cgroup_id();
	/* What wait_task_zombie() in kernel/exit.c reports. */
	rec->value = READ(signal, flags) & SIGNAL_GROUP_EXIT ? READ(signal, group_exit_code) :
							       READ(leader, exit_code);
	rec->pad = 0;
	usage_fill(rec, task, leader, signal);
	bpf_ringbuf_submit(rec, 0);
	return 0;
}
