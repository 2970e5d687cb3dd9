/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The kernel types that bpf/ reads, cut by hand: this file tells which kernel
 * fields execsnoop-c depends on. One file serves all architectures, because
 * CO-RE relocates each access to where the running kernel has the field; only
 * names and rough types matter here, not offsets or order.
 *
 * tests/unit/vmlinux_test.c checks every field against the running kernel's
 * BTF. Types whose form depends on the kernel version are in bpf/kernel.h.
 */
#ifndef VMLINUX_VMLINUX_H
#define VMLINUX_VMLINUX_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
/* Named by libbpf's declarations of the helpers. */
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

typedef int pid_t;
typedef _Bool bool;
enum {
	false = 0,
	true = 1
};

/* uapi/linux/bpf.h: map types, map flags and helper flags in use. */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
};

enum {
	BPF_F_MMAPABLE = 1024,
};

enum {
	BPF_RB_AVAIL_DATA = 0,
};

/* include/linux/uidgid_types.h */
typedef struct {
	unsigned int val;
} kuid_t;

typedef struct {
	unsigned int val;
} kgid_t;

/* include/linux/cred.h */
struct cred {
	kuid_t uid;
	kgid_t gid;
	kuid_t euid;
	kgid_t egid;
};

/* include/linux/pid.h */
struct upid {
	int nr;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

/* include/linux/pid_types.h */
enum pid_type {
	PIDTYPE_PID,
	PIDTYPE_TGID,
	PIDTYPE_PGID,
	PIDTYPE_SID,
	PIDTYPE_MAX,
};

/* include/linux/tty_driver.h */
struct tty_driver {
	int major;
	int minor_start;
};

/* include/linux/tty.h */
struct tty_struct {
	struct tty_driver *driver;
	int index;
};

/* include/linux/types.h */
typedef struct {
	int counter;
} atomic_t;

struct list_head {
	struct list_head *next;
};

/* include/linux/seqlock_types.h; before v5.16 in seqlock.h. Its sequence comes first. */
typedef struct {
	unsigned int unused;
} seqlock_t;

/* include/linux/task_io_accounting.h */
struct task_io_accounting {
	__u64 rchar;
	__u64 wchar;
	__u64 read_bytes;
	__u64 write_bytes;
};

/* include/linux/sched/signal.h */
struct signal_struct {
	atomic_t live;
	int nr_threads;
	struct list_head thread_head;
	int group_exit_code;
	unsigned int flags;
	struct tty_struct *tty;
	struct pid *pids[PIDTYPE_MAX];
	seqlock_t stats_lock;
	__u64 utime;
	__u64 stime;
	unsigned long maxrss;
	struct task_io_accounting ioac;
	unsigned long long sum_sched_runtime;
};

/* include/linux/kernfs.h */
struct kernfs_node {
	__u64 id;
};

/* include/linux/cgroup-defs.h */
struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

/* include/linux/list_bl.h */
struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};

/* include/linux/dcache.h */
struct qstr {
	unsigned int len;
	const unsigned char *name;
};

struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
};

/* include/linux/mount.h */
struct vfsmount {
	struct dentry *mnt_root;
};

/* fs/mount.h */
struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

/* include/linux/path.h */
struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

/* include/linux/fs.h */
struct super_block {
	unsigned int s_dev;
};

struct inode {
	struct super_block *i_sb;
	unsigned long i_ino;
};

struct file {
	struct inode *f_inode;
	struct path f_path;
};

/* include/linux/mm_types.h */
struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
	unsigned long env_start;
	unsigned long env_end;
};

/* arch/x86/include/asm/ptrace.h and the like: its fields are in bpf/kernel.h. */
struct pt_regs;

/* arch/x86/include/asm/thread_info.h and the like */
struct thread_info {
	unsigned long flags;
};

/* include/linux/signal_types.h */
typedef struct {
	unsigned long sig[1];
} sigset_t;

struct sigpending {
	sigset_t signal;
};

/* include/linux/sched.h */
struct sched_entity {
	__u64 sum_exec_runtime;
};

struct task_struct {
	struct thread_info thread_info;
	struct sigpending pending;
	struct sched_entity se;
	__u64 utime;
	__u64 stime;
	struct list_head thread_node;
	struct task_io_accounting ioac;
	pid_t pid;
	pid_t tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	__u64 start_boottime;
	const struct cred *cred;
	char comm[16];
	struct css_set *cgroups;
	struct signal_struct *signal;
	struct mm_struct *mm;
	int exit_code;
	kuid_t loginuid;
	unsigned int sessionid;
	unsigned int flags;
	unsigned int in_execve : 1;
};

/* include/linux/binfmts.h */
struct linux_binprm {
	unsigned int secureexec : 1;
	struct file *file;
	int argc;
	const char *filename;
	const char *interp;
	unsigned long exec;
};

#pragma clang attribute pop

#endif
