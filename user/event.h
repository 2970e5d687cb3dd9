/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happened: the one form in which every source delivers and every sink
 * receives. Layer 1.
 *
 * A field holds something only if its bit in has is set: unset means unknown,
 * never 0 or "". Spans are borrowed: they are valid until the function that was
 * given the event returns.
 */
#ifndef EVENT_H
#define EVENT_H

#include <stdbool.h>

#include "util.h"

enum event_kind {
	EVENT_START, /* of the stream; run is set */
	EVENT_EXEC, /* a process started a program */
	EVENT_EXEC_FAILED, /* a process tried to, in vain */
	EVENT_FORK, /* a process was made; pid is the child */
	EVENT_THREAD, /* a thread was made; tid is the new one */
	EVENT_EXIT, /* a process ended: its last thread */
	EVENT_COMM, /* a thread took another name */
	EVENT_UID, /* a process changed its user ids */
	EVENT_GID, /* a process changed its group ids */
	EVENT_SESSION, /* a process started a session */
	EVENT_PTRACE, /* a process is traced by another, or no longer */
	EVENT_CORE, /* a process is writing a core dump */
	EVENT_SNAPSHOT, /* a process that was there at the start: for the process table */
	EVENT_LOST, /* events that happened and were not delivered */
	EVENT_END, /* of the stream; run is set */
	EVENT_KIND_CNT,
};

enum event_has {
	HAS_PID = BIT(0),
	HAS_TID = BIT(1),
	HAS_PPID = BIT(2),
	HAS_NSPID = BIT(3),
	HAS_START = BIT(4),
	HAS_PARENT_START = BIT(5),
	HAS_UID = BIT(6),
	HAS_EUID = BIT(7),
	HAS_GID = BIT(8),
	HAS_EGID = BIT(9),
	HAS_LOGINUID = BIT(10),
	HAS_SESSIONID = BIT(11),
	HAS_CGROUP = BIT(12),
	HAS_TTY = BIT(13),
	HAS_THREAD = BIT(14), /* tid is another thread than the first; for exec: called it */
	HAS_COMM = BIT(15),
	HAS_PARENT_COMM = BIT(16),
	HAS_FILENAME = BIT(17),
	HAS_INTERP = BIT(18),
	HAS_EXECUTABLE = BIT(19),
	HAS_ARGV = BIT(20), /* argc, argv, argv_len and argv_cut */
	HAS_ARGV_CUT = BIT(21), /* argv is shorter than argv_len */
	HAS_ERRNO = BIT(22), /* why an exec failed */
	HAS_EXIT_CODE = BIT(23),
	HAS_EXIT_SIGNAL = BIT(24),
	HAS_CORE = BIT(25), /* a core file was written, with HAS_EXIT_SIGNAL */
	HAS_DURATION = BIT(26),
	HAS_USER = BIT(27),
	HAS_REAL_USER = BIT(28),
	HAS_LOST = BIT(29),
	HAS_RUN = BIT(30),
	HAS_TRACER = BIT(31), /* tracer_pid; 0: no longer traced */
	HAS_ARGV_MISSING = BIT(32), /* why there is no argv */
	HAS_FALLBACK = BIT(33), /* run->fallback_reason */
	HAS_NOTE = BIT(34), /* run->note */
	HAS_CGROUP_PATH = BIT(35),
	HAS_CONTAINER = BIT(36),
	HAS_CWD = BIT(37),
	HAS_USAGE = BIT(38), /* utime_ns, stime_ns and rss_max */
	HAS_IO = BIT(39), /* read_bytes, write_bytes, read_chars and write_chars */
	HAS_INODE = BIT(40), /* exe_ino and exe_dev_* */
	HAS_EXE_DELETED = BIT(41), /* the binary had no name any more when it was started */
	HAS_EXE_MEMFD = BIT(42), /* it was made by memfd_create(2) */
	HAS_EXE_PROC = BIT(43), /* executable was read from /proc, after the exec */
	HAS_SECURE =
		BIT(44), /* the exec gave other rights: set-user-id, set-group-id, capabilities */
	HAS_ENV = BIT(45), /* env and env_len */
	/* Those below come from the process table. */
	HAS_COMMAND = BIT(46), /* the argv of the program that the process ran last */
	HAS_PARENT_COMMAND = BIT(47),
	HAS_DEPTH = BIT(48),
	HAS_ANCESTRY = BIT(49),
	HAS_EXEC_TIME = BIT(50), /* when the program was started that the process ran last */
	HAS_ENV_CUT = BIT(51), /* of the environment only the start was captured */
};

enum argv_cut {
	ARGV_WHOLE,
	ARGV_CUT_LIMIT, /* --max-argv */
	ARGV_CUT_RING, /* no room in the ring buffer */
	ARGV_CUT_FAULT, /* memory that could not be read */
	ARGV_CUT_CNT,
};

enum argv_missing {
	ARGV_THERE,
	ARGV_GONE, /* the process ended, or ran another program, before it was read */
	ARGV_DENIED, /* /proc does not show it to this user */
	ARGV_ZOMBIE, /* the process had ended, its parent had not waited */
	ARGV_FAILED, /* the tracer had no file descriptor or memory left */
	ARGV_MISSING_CNT,
};

/* What an argv was of which not all may be there. */
struct argv_was {
	uint64_t len; /* bytes there were */
	uint32_t argc;
	enum argv_cut cut; /* why not all of them are there; ARGV_WHOLE: they are */
};

enum lost_reason {
	LOST_RING, /* no room in the ring buffer */
	LOST_SOCKET, /* no room in the receive buffer of the connector */
	LOST_RECURSION, /* the kernel skipped a BPF program that was running on that CPU already */
	LOST_DECODE, /* a record that makes no sense */
	LOST_OUTPUT, /* no room for its line in the file of the output */
	LOST_CAPTURE, /* missing in the capture that is replayed */
	LOST_REASON_CNT,
};

/* What was counted. One unit: events. */
struct totals {
	uint64_t events[EVENT_KIND_CNT]; /* delivered: their lines are written */
	uint64_t lost[LOST_REASON_CNT];
	uint64_t argv_cut[ARGV_CUT_CNT]; /* execs delivered whose argv was cut, by reason */
	uint64_t argv_missing[ARGV_MISSING_CNT]; /* execs delivered without argv, by reason */
	bool lost_inexact; /* a figure in lost[] is a bound */
	uint64_t filtered; /* left out by a filter, of the kinds that are shown */
};

/* What holds for the whole stream. Strings are NUL-terminated, "" where unknown. */
struct run {
	char version[32];
	char backend[16];
	char fallback_reason[512]; /* why a better backend is not used */
	char note[256]; /* what this backend does without here */
	char options[256]; /* the command line's, as text */
	char ephemeral_id[37]; /* of this run: a random UUID (RFC 9562) */
	char host_name[65];
	char host_id[33]; /* machine-id(5) */
	char boot_id[37]; /* /proc/sys/kernel/random/boot_id */
	char kernel[65]; /* uname -r */
	char arch[65]; /* uname -m */
	unsigned int kinds; /* BIT(enum event_kind) of those asked for */
	struct totals totals; /* complete in EVENT_END */
};

struct event {
	enum event_kind kind;
	uint64_t has; /* enum event_has */
	uint64_t time_ns; /* CLOCK_BOOTTIME */
	int64_t wall_offset_ns; /* plus a CLOCK_BOOTTIME: the CLOCK_REALTIME then */

	uint32_t pid; /* the process: what the kernel calls tgid */
	uint32_t
		tid; /* of the thread; for exec the one that called it, before it became the first */
	uint32_t ppid;
	uint32_t nspid; /* pid in the process's own pid namespace */
	uint64_t start_ns; /* when the process was made, CLOCK_BOOTTIME */
	uint64_t parent_start_ns;
	uint32_t uid;
	uint32_t euid;
	uint32_t gid;
	uint32_t egid;
	uint32_t loginuid;
	uint32_t sessionid; /* of audit */
	uint64_t cgroup; /* id in the unified hierarchy */
	uint32_t tty_major;
	uint32_t tty_minor;
	struct span comm;
	struct span parent_comm;
	struct span user; /* of euid */
	struct span real_user; /* of uid */
	struct span cgroup_path;
	struct span container; /* its id */
	struct span cwd;

	struct span filename; /* as it was asked for */
	struct span interp; /* what runs it, if it is a script */
	struct span executable; /* the absolute path of the binary that runs */
	uint32_t argc;
	struct span argv; /* the captured bytes, each argument with its NUL */
	uint64_t argv_len; /* bytes there were */
	enum argv_cut argv_cut;
	enum argv_missing argv_missing;
	struct span env; /* the captured bytes, each NAME=value with its NUL */
	uint64_t env_len; /* bytes there were */
	uint64_t exe_ino; /* inode of the binary that runs */
	uint32_t exe_dev_major; /* of its file system */
	uint32_t exe_dev_minor;
	uint32_t exec_errno;

	struct span command; /* an argv block */
	struct argv_was command_was;
	struct span parent_command; /* an argv block */
	struct argv_was parent_command_was;
	uint32_t depth; /* how many of its ancestors are known */
	struct span ancestry; /* names of the ancestors, the parent first, each with its NUL */
	uint64_t exec_time_ns; /* CLOCK_BOOTTIME */

	uint32_t exit_code;
	uint32_t exit_signal;
	uint32_t tracer_pid;
	uint64_t duration_ns; /* from the making of the process to its end */
	uint64_t utime_ns; /* CPU time of all its threads: in user space */
	uint64_t stime_ns; /* and in the kernel */
	uint64_t rss_max; /* bytes of memory, at the most */
	uint64_t read_bytes; /* from storage */
	uint64_t write_bytes; /* to storage */
	uint64_t read_chars; /* by read(2) and the like */
	uint64_t write_chars;

	uint64_t lost_cnt;
	enum lost_reason lost_reason;
	enum event_kind lost_kind; /* EVENT_KIND_CNT: not known */
	bool lost_exact; /* else a bound */

	const struct run *run;
};

/* Receives an event. */
typedef void event_fn(void *ctx, struct event *ev);

/* "exec", "fork", ...: event.action, and the words of --events. */
extern const char *const event_kind_names[EVENT_KIND_CNT];
/* "limit", "ring-full", "fault"; NULL for ARGV_WHOLE. */
extern const char *const event_argv_cut_names[ARGV_CUT_CNT];
/* "gone", "denied", "zombie", "failed"; NULL for ARGV_THERE. */
extern const char *const event_argv_missing_names[ARGV_MISSING_CNT];
/* "ring-full", "socket-full", "recursion", "decode", "capture". */
extern const char *const event_lost_names[LOST_REASON_CNT];

static inline bool event_has(const struct event *ev, uint64_t bits)
{
	return (ev->has & bits) == bits;
}

/* Of one that has an argv. */
static inline struct argv_was event_argv_was(const struct event *ev)
{
	return (struct argv_was){ ev->argv_len, ev->argc,
				  event_has(ev, HAS_ARGV_CUT) ? ev->argv_cut : ARGV_WHOLE };
}

/* Count one delivered event, or the loss that it reports. */
void totals_count(struct totals *t, const struct event *ev);

/* Count the loss alone, if it reports one. */
void totals_lose(struct totals *t, const struct event *ev);

/* All that was lost. */
uint64_t totals_lost(const struct totals *t);

/* All execs whose argv is not whole. */
uint64_t totals_argv_cut(const struct totals *t);

/* All execs without argv. */
uint64_t totals_argv_missing(const struct totals *t);

#endif
