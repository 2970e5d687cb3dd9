// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * An exec failed. The memory of the process is still the old one, so file name and argv are where
 * the system call was told to look for them.
 *
 *	on_failed_*	at the end of execve and execveat alone
 *	on_failed_any	at the end of every system call, where the kernel refuses the others
 *
 * user/source/bpf_failed.c chooses. argv is copied as far as the scratch has room, and counted up
 * to FAILED_ARGC.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "kernel.h"
#include "maps.h"
#include "read.h"
#include "task.h"

enum {
	FAILED_ARGC = 2048,
	ERRNO_MAX = 511, /* from 512 on the call is started again: include/linux/errno.h */
	SIGKILL_BIT = 1 << 8,
	SIGSEGV_BIT = 1 << 10,
	TS_COMPAT = 2, /* arch/x86/include/asm/thread_info.h */
	TIF_32BIT_BIT = 1 << 22, /* arch/arm64/include/asm/thread_info.h */
};

/* One a CPU. Another process on the CPU may fail meanwhile: it finds it taken. */
struct wire_failed {
	__u64 users;
	struct wire_exec exec;
	/* argv, the name behind it; the verifier wants to see room for both at their longest. */
	char bytes[2 * WIRE_CHUNK];
};

struct map_failed {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct wire_failed);
} map_failed SEC(".maps");

static __always_inline __u32 failed_limit(void)
{
	return wire_max_argv < WIRE_CHUNK ? wire_max_argv : WIRE_CHUNK;
}

/* As exec_bound() in exec.bpf.c, for the same verifiers. */
#define BOUND(len, max) asm volatile("if %0 <= %1 goto +1\n\t%0 = %1" : "+w"(len) : "i"(max))

/* As in exec.bpf.c: numbers only, so that older verifiers look at it once. */
int wire_failed_arg(__u64 at, __u32 size);
int wire_failed(__u64 name, __u64 argv, __u32 size, __u32 error);

/* Copy an argument behind what there is: WIRE_CUT_NONE, or why not all of it. */
static __always_inline enum wire_cut failed_copy(struct wire_failed *s, __u64 arg)
{
	__u32 off = s->exec.argv_got, limit = failed_limit(), room = limit - off;
	char last;
	long len;

	if (off >= limit)
		return WIRE_CUT_LIMIT;
	BOUND(off, WIRE_CHUNK);
	BOUND(room, WIRE_CHUNK);
	len = bpf_probe_read_user_str(s->bytes + off, room, (void *)arg);
	if (len == 0) { /* an empty string is told so by older kernels */
		s->bytes[off] = '\0';
		len = 1;
	}
	if (len < 0 || len > WIRE_CHUNK)
		return WIRE_CUT_FAULT;
	s->exec.argv_got = off + len;
	if (len < room || (bpf_probe_read_user(&last, 1, (void *)(arg + len - 1)) == 0 && !last))
		return WIRE_CUT_NONE;
	/* It is longer: the NUL is not its own. */
	s->exec.argv_got--;
	return WIRE_CUT_LIMIT;
}

/*
 * Count the argument whose pointer, of size bytes, is at that address, and copy it if all before it
 * were. The state is in the scratch: in registers it would be new to the verifier each time.
 * False: there is none.
 */
__noinline int wire_failed_arg(__u64 at, __u32 size)
{
	__u32 cpu = bpf_get_smp_processor_id(), low = 0;
	struct wire_failed *s = bpf_map_lookup_elem(&map_failed, &cpu);
	__u64 arg = 0;
	long r;

	if (!s)
		return false;
	if (size == sizeof(low)) {
		r = bpf_probe_read_user(&low, sizeof(low), (void *)at);
		arg = low;
	} else {
		r = bpf_probe_read_user(&arg, sizeof(arg), (void *)at);
	}
	if (r) { /* nobody knows how many follow */
		s->exec.argv_cut = WIRE_CUT_FAULT;
		return false;
	}
	if (!arg)
		return false;
	if (s->exec.argc == FAILED_ARGC) { /* there are more */
		if (s->exec.argv_cut == WIRE_CUT_NONE)
			s->exec.argv_cut = WIRE_CUT_LIMIT;
		return false;
	}
	s->exec.argc++;
	if (s->exec.argv_cut == WIRE_CUT_NONE)
		s->exec.argv_cut = failed_copy(s, arg);
	return true;
}

static __always_inline void failed_argv(struct wire_exec *exec, __u64 argv, __u32 size)
{
	for (int i = 0; i <= FAILED_ARGC; i++) {
		if (!wire_failed_arg(argv, size))
			break;
		argv += size;
	}
	/* Cut, there were so many at least. */
	exec->argv_len = (__u64)exec->argv_got + (exec->argv_cut != WIRE_CUT_NONE);
}

/* Before v5.11 there is no pointer to this task that may be followed: what helpers tell. */
static __always_inline void failed_task_helpers(struct wire_head *head, struct wire_task *t)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u64 id = bpf_get_current_pid_tgid(), user = bpf_get_current_uid_gid();

	__builtin_memset(t, 0, sizeof(*t));
	t->pid = id >> 32;
	t->tid = id;
	t->exec_tid = id;
	t->uid = user;
	t->gid = user >> 32;
	head->flags |= WIRE_HAS_TID | WIRE_HAS_UID | WIRE_HAS_GID;
	if (bpf_get_current_comm(t->comm, sizeof(t->comm)) == 0)
		head->flags |= WIRE_HAS_COMM;
	if (!wire_read_kernel)
		return;
	t->ppid = BPF_CORE_READ(task, real_parent, group_leader, tgid);
	t->start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	t->euid = BPF_CORE_READ(task, cred, euid.val);
	t->egid = BPF_CORE_READ(task, cred, egid.val);
	head->flags |= WIRE_HAS_PPID | WIRE_HAS_START | WIRE_HAS_EUID | WIRE_HAS_EGID;
}

/* False if the process is doomed: it has lost its old memory. */
static __always_inline bool failed_task(struct wire_head *head, struct wire_task *t)
{
	struct task_struct *task;

	if (!CURRENT_TOLD) {
		failed_task_helpers(head, t);
		return true;
	}
	task = CURRENT();
	task_fill(head, t, task, READ(task, signal));
	t->start_ns = READ(task, group_leader, start_boottime);
	t->exec_tid = READ(task, pid);
	return !(READ(task, pending.signal.sig[0]) & (SIGKILL_BIT | SIGSEGV_BIT));
}

static __always_inline void failed_fill(struct wire_exec *exec, __u32 error)
{
	__builtin_memset(exec, 0, sizeof(*exec));
	task_head(&exec->head, WIRE_EXEC_FAILED);
	exec->error = error;
	exec->argv_missing = WIRE_MISSING_NOTHING;
	if (!failed_task(&exec->head, &exec->task))
		exec->argv_missing = WIRE_MISSING_GONE;
	exec->task.cgroup = bpf_get_current_cgroup_id();
	exec->head.flags |= WIRE_HAS_CGROUP;
}

/* Put the record into the ring, without its argv if there is no room for that. */
static __always_inline bool failed_put(struct wire_failed *s, __u32 name_len)
{
	struct wire_exec *exec = &s->exec;
	__u32 got = exec->argv_got;

	BOUND(got, WIRE_CHUNK);
	BOUND(name_len, WIRE_NAME_MAX);
	exec->argv.off = sizeof(*exec);
	exec->argv.len = got;
	if (bpf_ringbuf_output(&map_ring, exec, sizeof(*exec) + got + name_len, 0) == 0)
		return true;
	exec->argv_got = 0;
	exec->argv.len = 0;
	exec->filename.len = 0;
	exec->head.flags &= ~WIRE_HAS_FILENAME;
	exec->argv_cut = got ? WIRE_CUT_RING : exec->argv_cut;
	return bpf_ringbuf_output(&map_ring, exec, sizeof(*exec), 0) == 0;
}

/* The pointers in argv have size bytes. */
__noinline int wire_failed(__u64 name, __u64 argv, __u32 size, __u32 error)
{
	__u32 cpu = bpf_get_smp_processor_id(), got;
	struct wire_failed *s = bpf_map_lookup_elem(&map_failed, &cpu);
	struct wire_lost *lost = wire_lost_here();
	bool put = false;
	long len = 0;

	if (!s || !lost)
		return 0;
	__sync_fetch_and_add(&s->users, 1);
	if (*(volatile __u64 *)&s->users == 1) {
		failed_fill(&s->exec, error);
		if (s->exec.argv_missing == WIRE_MISSING_NOTHING) {
			if (argv)
				failed_argv(&s->exec, argv, size);
			got = s->exec.argv_got;
			BOUND(got, WIRE_CHUNK);
			len = bpf_probe_read_user_str(s->bytes + got, WIRE_NAME_MAX, (void *)name);
			if (len == 0)
				len = 1;
		}
		s->exec.filename.off = sizeof(s->exec) + s->exec.argv_got;
		if (len > 0 && len < WIRE_NAME_MAX) { /* one that fills it is cut */
			s->exec.filename.len = len - 1;
			s->exec.head.flags |= WIRE_HAS_FILENAME;
		} else {
			len = 0;
		}
		put = failed_put(s, len);
	}
	__sync_fetch_and_add(&s->users, -1);
	if (!put)
		__sync_fetch_and_add(&lost->exec_failed, 1);
	return 0;
}

/* The n-th argument of a system call of a 32-bit program, and of another. */
static __always_inline __u64 failed_arg32(const struct pt_regs *regs, int n)
{
	const struct pt_regs___on_arm64 *arm = (const void *)regs;
	const struct pt_regs___on_x86 *x86 = (const void *)regs;

	if (bpf_core_field_exists(x86->orig_ax))
		return (__u32)(n == 0 ? READ(x86, bx) : n == 1 ? READ(x86, cx) : READ(x86, dx));
	return (__u32)(n == 0 ? READ(arm, orig_x0) :
		       n == 1 ? READ(arm, regs[1]) :
				READ(arm, regs[2]));
}

static __always_inline __u64 failed_arg(const struct pt_regs *regs, int n)
{
	const struct pt_regs___on_arm64 *arm = (const void *)regs;
	const struct pt_regs___on_x86 *x86 = (const void *)regs;

	if (bpf_core_field_exists(x86->orig_ax))
		return n == 0 ? READ(x86, di) : n == 1 ? READ(x86, si) : READ(x86, dx);
	return n == 0 ? READ(arm, orig_x0) : n == 1 ? READ(arm, regs[1]) : READ(arm, regs[2]);
}

static __always_inline bool failed_is(long ret)
{
	return ret < 0 && ret >= -ERRNO_MAX;
}

SEC("fexit/execve")
int BPF_PROG(on_failed_execve, const struct pt_regs *regs, long ret)
{
	if (failed_is(ret))
		wire_failed(failed_arg(regs, 0), failed_arg(regs, 1), 8, -ret);
	return 0;
}

SEC("fexit/execveat")
int BPF_PROG(on_failed_execveat, const struct pt_regs *regs, long ret)
{
	if (failed_is(ret))
		wire_failed(failed_arg(regs, 1), failed_arg(regs, 2), 8, -ret);
	return 0;
}

SEC("fexit/execve32")
int BPF_PROG(on_failed_execve32, const struct pt_regs *regs, long ret)
{
	if (failed_is(ret))
		wire_failed(failed_arg32(regs, 0), failed_arg32(regs, 1), 4, -ret);
	return 0;
}

SEC("fexit/execveat32")
int BPF_PROG(on_failed_execveat32, const struct pt_regs *regs, long ret)
{
	if (failed_is(ret))
		wire_failed(failed_arg32(regs, 1), failed_arg32(regs, 2), 4, -ret);
	return 0;
}

/*
 * The numbers of execve and execveat, for programs of 64 and of 32 bits: arch/x86/entry/syscalls/,
 * include/uapi/asm-generic/unistd.h, arch/arm64/tools/syscall_32.tbl.
 */
enum {
	X86_EXECVE = 59,
	X86_EXECVEAT = 322,
	X86_EXECVE32 = 11,
	X86_EXECVEAT32 = 358,
	ARM64_EXECVE = 221,
	ARM64_EXECVEAT = 281,
	ARM64_EXECVE32 = 11,
	ARM64_EXECVEAT32 = 387,
};

#define CALL(name) (on_x86 ? X86_##name : ARM64_##name)

SEC(TP "sys_exit")
int BPF_PROG(on_failed_any, struct pt_regs *regs, long ret)
{
	const struct pt_regs___on_arm64 *arm = (const void *)regs;
	const struct pt_regs___on_x86 *x86 = (const void *)regs;
	bool on_x86 = bpf_core_field_exists(x86->orig_ax), is_32;
	struct task_struct *task;
	long nr;

	if (!failed_is(ret))
		return 0;
	nr = on_x86 ? (long)READ(x86, orig_ax) : READ(arm, syscallno);
	if (nr != CALL(EXECVE) && nr != CALL(EXECVEAT) && nr != CALL(EXECVE32) &&
	    nr != CALL(EXECVEAT32))
		return 0;
	task = CURRENT();
	is_32 = on_x86 ? READ((struct task_struct___x86 *)task, thread_info.status) & TS_COMPAT :
			 READ(task, thread_info.flags) & TIF_32BIT_BIT;
	if (!is_32 && nr == CALL(EXECVE))
		wire_failed(failed_arg(regs, 0), failed_arg(regs, 1), 8, -ret);
	else if (!is_32 && nr == CALL(EXECVEAT))
		wire_failed(failed_arg(regs, 1), failed_arg(regs, 2), 8, -ret);
	else if (is_32 && nr == CALL(EXECVE32))
		wire_failed(failed_arg32(regs, 0), failed_arg32(regs, 1), 4, -ret);
	else if (is_32 && nr == CALL(EXECVEAT32))
		wire_failed(failed_arg32(regs, 1), failed_arg32(regs, 2), 4, -ret);
	return 0;
}
