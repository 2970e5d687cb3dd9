/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What a process used in its life, asked for while its last thread ends.
 *
 * The kernel adds a thread up in signal_struct when it is released, in __exit_signal() in
 * kernel/exit.c. Not yet in there: the thread that asks, the first one if it ended before, as it
 * stays for the others, and those that are on their way out on another CPU. The list of threads has
 * all of these and no other; reading it takes bpf_probe_read_kernel().
 */
#ifndef BPF_USAGE_H
#define BPF_USAGE_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "kernel.h"
#include "maps.h"
#include "read.h"
#include "wire.h"

enum {
	USAGE_THREADS_MAX = 16, /* on their way out at the same time: about one a CPU */
	USAGE_TRIES = 2,
};

/* What the released threads used. */
static __always_inline void usage_start(struct wire_exit *rec, struct signal_struct *signal)
{
	rec->utime_ns = READ(signal, utime);
	rec->stime_ns = READ(signal, stime);
	rec->run_ns = READ(signal, sum_sched_runtime);
	rec->read_bytes = 0;
	rec->write_bytes = 0;
	rec->read_chars = 0;
	rec->write_chars = 0;
	if (bpf_core_field_exists(struct task_io_accounting___io, read_bytes)) {
		rec->read_bytes = READ(signal, ioac.read_bytes);
		rec->write_bytes = READ(signal, ioac.write_bytes);
		rec->read_chars = READ(signal, ioac.rchar);
		rec->write_chars = READ(signal, ioac.wchar);
		rec->head.flags |= WIRE_HAS_IO;
	}
}

static __always_inline void usage_add(struct wire_exit *rec, struct task_struct *task)
{
	rec->utime_ns += READ(task, utime);
	rec->stime_ns += READ(task, stime);
	rec->run_ns += READ(task, se.sum_exec_runtime);
	if (bpf_core_field_exists(struct task_io_accounting___io, read_bytes)) {
		rec->read_bytes += READ(task, ioac.read_bytes);
		rec->write_bytes += READ(task, ioac.write_bytes);
		rec->read_chars += READ(task, ioac.rchar);
		rec->write_chars += READ(task, ioac.wchar);
	}
}

/* The same of a task that is just an address. */
static __large void usage_add_at(struct wire_exit *rec, struct task_struct *task)
{
	rec->utime_ns += BPF_CORE_READ(task, utime);
	rec->stime_ns += BPF_CORE_READ(task, stime);
	rec->run_ns += BPF_CORE_READ(task, se.sum_exec_runtime);
	if (bpf_core_field_exists(struct task_io_accounting___io, read_bytes)) {
		rec->read_bytes += BPF_CORE_READ(task, ioac.read_bytes);
		rec->write_bytes += BPF_CORE_READ(task, ioac.write_bytes);
		rec->read_chars += BPF_CORE_READ(task, ioac.rchar);
		rec->write_chars += BPF_CORE_READ(task, ioac.wchar);
	}
}

/* Changes while a thread goes from the list into the sums: the sequence of a seqlock. */
static __always_inline __u32 usage_sequence(struct signal_struct *signal)
{
	__u32 sequence = 1;

	bpf_probe_read_kernel(&sequence, sizeof(sequence),
			      (char *)signal +
				      bpf_core_field_offset(struct signal_struct, stats_lock));
	return sequence;
}

/* All threads in the list. False if a thread left it meanwhile, or if there are too many. */
static __large bool usage_walk(struct wire_exit *rec, struct signal_struct *signal)
{
	struct list_head *head =
		(void *)((char *)signal + bpf_core_field_offset(struct signal_struct, thread_head));
	__u32 before = usage_sequence(signal);
	struct list_head *node;

	usage_start(rec, signal);
	node = BPF_CORE_READ(head, next);
	for (int i = 0; i < USAGE_THREADS_MAX && node && node != head; i++) {
		usage_add_at(rec, (void *)((char *)node -
					   bpf_core_field_offset(struct task_struct, thread_node)));
		node = BPF_CORE_READ(node, next);
	}
	return node == head && !(before & 1) && usage_sequence(signal) == before;
}

/* Fill in rec. task is the thread that ends, leader the first one. */
static __always_inline void usage_fill(struct wire_exit *rec, struct task_struct *task,
				       struct task_struct *leader, struct signal_struct *signal)
{
	bool whole = READ(signal, nr_threads) == (task == leader ? 1 : 2);

	rec->rss_max = (__u64)READ(signal, maxrss) * wire_page_len;
	usage_start(rec, signal);
	usage_add(rec, task);
	if (task != leader)
		usage_add(rec, leader);
	for (int i = 0; i < USAGE_TRIES && !whole && wire_read_kernel; i++)
		whole = usage_walk(rec, signal);
	if (whole)
		rec->head.flags |= WIRE_HAS_USAGE;
	else
		rec->head.flags &= ~WIRE_HAS_IO;
}

#endif
