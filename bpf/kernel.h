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

/* The system call's arguments and number, where the machine keeps them. */
struct pt_regs___on_x86 {
	unsigned long di;
	unsigned long si;
	unsigned long dx;
	unsigned long bx;
	unsigned long cx;
	unsigned long orig_ax;
};

struct pt_regs___on_arm64 {
	__u64 regs[31];
	__u64 orig_x0;
	__s32 syscallno;
};

struct thread_info___x86 {
	__u32 status;
};

struct task_struct___x86 {
	struct thread_info___x86 thread_info;
};

/* CONFIG_TASK_IO_ACCOUNTING=n, or CONFIG_TASK_XACCT=n: no bytes are counted. */
struct task_io_accounting___io {
	__u64 read_bytes;
};

/*
 * Where a short name lies: v6.14, 58cf9c383c5c "dcache: back inline names with a struct-wrapped array
 * of unsigned long". One flavour for both, as the loader searches the whole BTF for each.
 */
struct dentry___short {
	unsigned char d_iname[32]; /* before */
	union {
		unsigned char string[40];
	} d_shortname; /* since */
};

#pragma clang attribute pop

/* v6.2: see cast.h. */
enum bpf_type_flag___v6_2 {
	PTR_TRUSTED___v6_2 = 1,
};

/* v5.11, 3ca1032ab7ab "bpf: Implement get_current_task_btf and RET_PTR_TO_BTF_ID". */
enum bpf_func_id___v5_11 {
	BPF_FUNC_get_current_task_btf___v5_11 = 158,
};

#endif
