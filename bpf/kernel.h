/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Where kernels differ: CO-RE flavours (libbpf ignores what follows ___ in a
 * type's name), each with the kernel commit that made the difference.
 */
#ifndef BPF_KERNEL_H
#define BPF_KERNEL_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/*
 * v6.16, "exit: move and extend sched_process_exit() tracepoint": the
 * tracepoint has a second argument, group_dead, and with it an event type.
 */
struct trace_event_raw_sched_process_exit___v6_16 {
	bool group_dead;
};

/* CONFIG_AUDIT=n: a task has neither loginuid nor sessionid. */
struct task_struct___audit {
	kuid_t loginuid;
	unsigned int sessionid;
};

/* CONFIG_TASK_IO_ACCOUNTING=n, or CONFIG_TASK_XACCT=n: no bytes are counted. */
struct task_io_accounting___io {
	__u64 read_bytes;
};

#pragma clang attribute pop

#endif
