/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The fixed part of a record, from a task_struct.
 *
 * Kernel memory is read by READ() only, which lockdown=confidentiality leaves alone in tp_btf
 * programs. The one exception is behind wire_read_kernel.
 */
#ifndef BPF_TASK_H
#define BPF_TASK_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "cast.h"
#include "kernel.h"
#include "maps.h"
#include "read.h"
#include "wire.h"

enum {
	MAX_PID_NS_LEVEL = 32, /* include/linux/pid_namespace.h */
	UPID_LEN_MAX = 64, /* of struct upid, with room to grow */
};

static __always_inline void task_head(struct wire_head *head, enum wire_kind kind)
{
	head->kind = kind;
	head->flags = 0;
	head->cpu = bpf_get_smp_processor_id();
	head->time_ns = bpf_ktime_get_boot_ns();
}

/*
 * The pid in the task's own pid namespace, 0 if it cannot be known: the index
 * into numbers[] is not a constant, so a direct dereference is refused.
 * The verifiers of Linux 5.10 and 6.1 refuse even the sum unless they see a bound, and
 * lose it in a 32-bit product.
 */
static __always_inline __u32 task_nspid(struct task_struct *task, struct signal_struct *signal)
{
	struct pid *pid = READ(signal, pids[PIDTYPE_TGID]);
	__u32 level = READ(pid, level);
	__u32 tgid = READ(task, tgid);
	__u64 off;
	__u32 nr = 0;

	/* Else clang loads either through one pointer, and the verifier refuses that. */
	barrier_var(tgid);
	if (level == 0)
		return tgid;
	off = (__u64)level * bpf_core_type_size(struct upid);
	if (wire_read_kernel && off <= MAX_PID_NS_LEVEL * UPID_LEN_MAX)
		bpf_probe_read_kernel(&nr, sizeof(nr),
				      (char *)pid + bpf_core_field_offset(struct pid, numbers) +
					      off + bpf_core_field_offset(struct upid, nr));
	return nr;
}

/* Fill in what a process's first thread and its signal_struct tell, but for the cgroup. */
static __always_inline void task_fill(struct wire_head *head, struct wire_task *t,
				      struct task_struct *task, struct signal_struct *signal)
{
	struct task_struct *parent = READ(task, real_parent, group_leader);
	const struct cred *cred = READ(UNTRUSTED(struct task_struct, task), cred);
	struct tty_struct *tty = READ(signal, tty);

	t->pid = READ(task, tgid);
	t->tid = READ(task, pid);
	t->ppid = READ(parent, tgid);
	t->start_ns = READ(task, start_boottime);
	t->parent_start_ns = READ(parent, start_boottime);
	t->uid = READ(cred, uid.val);
	t->euid = READ(cred, euid.val);
	t->gid = READ(cred, gid.val);
	t->egid = READ(cred, egid.val);
	t->exec_tid = 0;
	t->tty = tty ? (__u32)READ(tty, driver, major) << 20 |
				 (__u32)(READ(tty, driver, minor_start) + READ(tty, index)) :
		       0;
	READ_INTO(&t->comm, task, comm);
	READ_INTO(&t->parent_comm, parent, comm);

	head->flags |= WIRE_HAS_TASK;

	t->nspid = task_nspid(task, signal);
	if (t->nspid)
		head->flags |= WIRE_HAS_NSPID;

	t->loginuid = -1;
	t->sessionid = -1;
	if (bpf_core_field_exists(struct task_struct___audit, loginuid)) {
		t->loginuid = READ(task, loginuid.val);
		t->sessionid = READ(task, sessionid);
		head->flags |= WIRE_HAS_LOGINUID;
	}
}

#endif
