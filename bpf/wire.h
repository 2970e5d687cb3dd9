/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records that sources write and user/decode.c reads.
 *
 * Every record starts with struct wire_head; its kind tells what follows.
 * Variable bytes lie behind the fixed part and are named by {off, len} spans,
 * off counted from the record's first byte. A reader trusts nothing in here:
 * user/decode.c checks every span against the length of the record.
 *
 * All integers are in the machine's own order: a record never leaves it.
 */
#ifndef BPF_WIRE_H
#define BPF_WIRE_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

enum {
	WIRE_COMM_LEN = 16, /* TASK_COMM_LEN */
	/*
	 * A file name with its NUL: PATH_MAX, and before it the "/dev/fd/2147483647/" that
	 * execveat(2) of a name relative to a descriptor makes.
	 */
	WIRE_NAME_MAX = 4096 + 32,
	/* A path as d_path() makes it at the most, its names filled up; and a last name beyond. */
	WIRE_EXE_MAX = 4096 + 1024,
	WIRE_EXE_ROOM = WIRE_EXE_MAX + 256,
	WIRE_PART_ALIGN = 8, /* where a name of WIRE_EXE_PARTS starts, counted from the first */
	WIRE_ENV_MAX = 32768, /* of a longer environment only the start is captured */
	/*
	 * A longer argv comes in WIRE_ARGV records of this many bytes, of which only the
	 * last is shorter.
	 */
	WIRE_CHUNK = 32768,
	/* The kernel takes at most 3/4 of _STK_LIM (8 MiB): fs/exec.c, bprm_stack_limits(). */
	WIRE_ARGV_MAX = 6 * 1024 * 1024,
	WIRE_CHUNK_CNT = WIRE_ARGV_MAX / WIRE_CHUNK,
};

enum wire_kind {
	WIRE_EXEC = 1,
	WIRE_ARGV,
	WIRE_FORK,
	WIRE_THREAD, /* pid is the process, tid the new thread */
	WIRE_EXIT,
	WIRE_COMM,
	WIRE_UID,
	WIRE_GID,
	WIRE_SESSION,
	WIRE_PTRACE,
	WIRE_CORE,
	WIRE_SNAPSHOT,
	WIRE_EXEC_FAILED,
	WIRE_KIND_CNT,
};

/* wire_head.flags: what of a record is known. */
enum {
	WIRE_HAS_LOGINUID = 1 << 0, /* the kernel has task->loginuid and sessionid */
	WIRE_HAS_NSPID = 1 << 1,
	WIRE_HAS_FILENAME = 1 << 2,
	WIRE_INTERP = 1 << 3, /* argv[0] is an interpreter that the kernel put there */
	WIRE_PIECES = 1 << 4, /* argv came before, in WIRE_ARGV records of this pid and time */
	WIRE_HAS_TID = 1 << 5,
	WIRE_HAS_PPID = 1 << 6,
	WIRE_HAS_START = 1 << 7,
	WIRE_HAS_PARENT = 1 << 8, /* parent_start_ns and parent_comm */
	WIRE_HAS_UID = 1 << 9,
	WIRE_HAS_EUID = 1 << 10,
	WIRE_HAS_GID = 1 << 11,
	WIRE_HAS_EGID = 1 << 12,
	WIRE_HAS_CGROUP = 1 << 13,
	WIRE_HAS_COMM = 1 << 14,
	WIRE_HAS_EXE = 1 << 15, /* wire_exec.exe */
	WIRE_HAS_INODE = 1 << 16, /* wire_exec.exe_ino and exe_dev */
	WIRE_EXE_DELETED = 1 << 17, /* the binary has no name any more */
	WIRE_EXE_MEMFD = 1 << 18, /* nor ever had one: memfd_create(2) */
	WIRE_EXE_PROC = 1 << 19, /* exe was read from /proc, after the exec */
	WIRE_SECURE =
		1 << 20, /* the exec gave other rights: set-user-id, set-group-id, capabilities */
	WIRE_HAS_ENV = 1 << 21,
	WIRE_HAS_USAGE = 1 << 22, /* wire_exit: CPU time and peak memory */
	WIRE_HAS_IO = 1 << 23, /* wire_exit: bytes read and written */
	/* exe is the names that make up the path, the last first, each with its NUL. */
	WIRE_EXE_PARTS = 1 << 24,
	/* All that a task_struct tells. */
	WIRE_HAS_TASK = WIRE_HAS_TID | WIRE_HAS_PPID | WIRE_HAS_START | WIRE_HAS_PARENT |
			WIRE_HAS_UID | WIRE_HAS_EUID | WIRE_HAS_GID | WIRE_HAS_EGID |
			WIRE_HAS_CGROUP | WIRE_HAS_COMM,
};

/* Why fewer bytes of argv were captured than there are. */
enum wire_cut {
	WIRE_CUT_NONE,
	WIRE_CUT_LIMIT, /* --max-argv */
	WIRE_CUT_RING, /* the ring buffer had no room */
	WIRE_CUT_FAULT, /* a page of it could not be read */
	WIRE_CUT_CNT,
};

/* Why there is no argv at all. */
enum wire_missing {
	WIRE_MISSING_NOTHING,
	WIRE_MISSING_GONE, /* the process ended, or ran another program, before it was read */
	WIRE_MISSING_DENIED, /* /proc does not show it to this user */
	WIRE_MISSING_ZOMBIE, /* the process had ended, its parent had not waited */
	WIRE_MISSING_FAILED, /* the tracer had no file descriptor or memory left */
	WIRE_MISSING_CNT,
};

/* Kinds of which what a filter leaves out is counted: bits of wire_shown. */
enum {
	WIRE_SHOWN_EXEC = 1 << 0,
	WIRE_SHOWN_FORK = 1 << 1,
	WIRE_SHOWN_THREAD = 1 << 2,
	WIRE_SHOWN_EXIT = 1 << 3,
	WIRE_SHOWN_COMM = 1 << 4,
};

/* What the tree in the kernel is good for: see bpf/filter.h. */
enum wire_tree {
	WIRE_TREE_PART, /* processes may be missing */
	WIRE_TREE_WHOLE,
	WIRE_TREE_FULL, /* some found no room */
};

struct wire_span {
	__u32 off;
	__u32 len;
};

struct wire_head {
	__u32 flags;
	__u16 kind;
	__u16 cpu;
	__u64 time_ns; /* CLOCK_BOOTTIME */
};

/* Who it is about. All numbers are those of the initial namespaces. */
struct wire_task {
	__u32 pid; /* the kernel's tgid */
	__u32 tid;
	__u32 ppid;
	__u32 nspid; /* in the process's own pid namespace */
	__u64 start_ns; /* CLOCK_BOOTTIME; with pid, unique until the next boot */
	__u64 parent_start_ns;
	__u32 uid;
	__u32 euid;
	__u32 gid;
	__u32 egid;
	__u32 loginuid; /* (__u32)-1: not set */
	__u32 sessionid; /* of audit; (__u32)-1: not set */
	__u64 cgroup; /* id in the unified hierarchy */
	__u32 tty; /* major << 20 | minor; 0: none */
	__u32 exec_tid; /* exec: the thread that called exec; else 0 */
	char comm[WIRE_COMM_LEN];
	char parent_comm[WIRE_COMM_LEN];
};

struct wire_exec {
	struct wire_head head;
	struct wire_task task;
	__u64 argv_len; /* bytes of argv, NULs included */
	__u32 argv_got; /* of these captured, here or in WIRE_ARGV records */
	__u32 argv_cut; /* enum wire_cut: why fewer */
	__u32 argc;
	__u32 argv_missing; /* enum wire_missing */
	struct wire_span filename; /* as asked for, without NUL */
	struct wire_span exe; /* path of the binary that runs */
	struct wire_span argv; /* empty with WIRE_PIECES */
	struct wire_span env; /* as much of it as was captured */
	__u64 exe_ino; /* inode of the binary that runs */
	__u32 exe_dev; /* of its file system: major << 20 | minor */
	__u32 env_len; /* bytes of environment there were */
	__u32 error; /* WIRE_EXEC_FAILED: errno */
	__u32 pad;
};

/* A piece of the argv of the WIRE_EXEC that comes after it, of this pid and with this time. */
struct wire_argv {
	struct wire_head head;
	__u32 pid;
	__u32 argv_off; /* where in argv it belongs */
	struct wire_span argv;
};

/*
 * The end of a process; it may be a struct wire_note, if there is no usage. The times are as the
 * scheduler and the tick counted them: see decode_cpu() in user/decode.c.
 */
struct wire_exit {
	struct wire_head head;
	struct wire_task task;
	__u32 value; /* the status, as wait(2) reports it */
	__u32 pad;
	__u64 utime_ns; /* sampled by the tick, all threads */
	__u64 stime_ns;
	__u64 run_ns; /* on a CPU, all threads; of the last up to a tick is missing */
	__u64 rss_max; /* bytes, at the most */
	__u64 read_bytes; /* from storage */
	__u64 write_bytes; /* to storage */
	__u64 read_chars; /* by read(2) and the like */
	__u64 write_chars;
};

/* All other kinds. */
struct wire_note {
	struct wire_head head;
	struct wire_task task; /* fork: the child */
	__u32 value; /* ptrace: the tracer's pid */
	__u32 pad;
};

/*
 * Counted by the BPF programs, one of these for each CPU and only ever written
 * on it; read by the loader through mmap. 64 bytes: a cache line.
 */
struct wire_lost {
	__u64 exec; /* events that found no room in the ring buffer */
	__u64 fork;
	__u64 thread;
	__u64 exit;
	__u64 comm;
	__u64 exec_failed;
	__u64 filtered; /* not lost: events that no filter let through, see bpf/filter.h */
	__u64 pad;
};

#pragma GCC diagnostic pop

_Static_assert(sizeof(struct wire_head) == 16, "wire_head");
_Static_assert(sizeof(struct wire_task) == 104, "wire_task");
_Static_assert(sizeof(struct wire_exec) == 200, "wire_exec");
_Static_assert(sizeof(struct wire_argv) == 32, "wire_argv");
_Static_assert(sizeof(struct wire_exit) == 192, "wire_exit");
_Static_assert(sizeof(struct wire_note) == 128, "wire_note");
_Static_assert(sizeof(struct wire_lost) == 64, "wire_lost");

#endif
