// SPDX-License-Identifier: BSD-2-Clause
#include "field.h"

#include <string.h>

#include "text.h"

#define EV(member) .off = offsetof(struct event, member)
#define RUN(member) .off = offsetof(struct run, member), .has = HAS_RUN, .kinds = RUN_ONLY
#define COLUMN(text, columns) .heading = (text), .width = (columns)

#define EXIT_ONLY BIT(EVENT_EXIT)
#define LOST_ONLY BIT(EVENT_LOST)
#define RUN_ONLY (BIT(EVENT_START) | BIT(EVENT_END))

/* clang-format off */
const struct field fields[] = {
	{ "time", "@timestamp", COLUMN("TIME", -12), FIELD_TIME, EV(time_ns),
	  .help = "when it happened; in JSON UTC with nanoseconds" },

	{ "event-kind", "event.kind", .type = FIELD_LITERAL, .literal = "\"event\"",
	  .help = "always \"event\"" },
	{ "category", "event.category", .type = FIELD_LITERAL, .literal = "[\"process\"]",
	  .help = "always [\"process\"]" },
	{ "type", "event.type", .type = FIELD_CATEGORY, EV(kind),
	  .help = "[\"start\"] for exec and fork, [\"end\"] for exit, else [\"info\"]" },
	{ "event", "event.action", COLUMN("EVENT", -5), FIELD_KIND, EV(kind),
	  .help = "what happened: exec, fork, exit, ...; start and end of the run, lost" },
	{ "outcome", "event.outcome", .type = FIELD_LITERAL, .literal = "\"failure\"",
	  .kinds = BIT(EVENT_EXEC_FAILED), .help = "\"failure\" for exec-failed" },
	{ "sequence", "event.sequence", .type = FIELD_SEQUENCE,
	  .help = "number of the line in this run, from 0, without a gap" },
	{ "duration", "event.duration", COLUMN("DURATION", 8), FIELD_DURATION, EV(duration_ns),
	  .has = HAS_DURATION, .kinds = EXIT_ONLY,
	  .help = "from the making of the process to its end; in JSON nanoseconds" },

	{ "error", "error.code", COLUMN("ERROR", -7), FIELD_ERRNO, EV(exec_errno), .has = HAS_ERRNO,
	  .help = "why an exec failed: the name of the errno" },


	{ "container", "container.id", COLUMN("CONTAINER", -12), FIELD_TEXT, EV(container),
	  .has = HAS_CONTAINER, .help = "id of the container, from the cgroup's path" },

	{ "user", NULL, COLUMN("USER", -8), FIELD_USER, EV(euid), .has = HAS_EUID,
	  .help = "effective user: the name, else the number" },
	{ "pid", "process.pid", COLUMN("PID", 7), FIELD_U32, EV(pid), .has = HAS_PID,
	  .help = "process id in the initial pid namespace" },
	{ "entity", "process.entity_id", .type = FIELD_ENTITY, EV(pid),
	  .off2 = offsetof(struct event, start_ns), .has = HAS_PID | HAS_START,
	  .help = "the process, uniquely: boot id, pid and start time" },
	{ "vpid", "process.vpid", COLUMN("VPID", 7), FIELD_U32, EV(nspid), .has = HAS_NSPID,
	  .help = "process id in the process's own pid namespace" },
	{ "ppid", NULL, COLUMN("PPID", 7), FIELD_U32, EV(ppid), .has = HAS_PPID,
	  .help = "parent's process id" },
	{ "comm", "process.name", COLUMN("COMM", -15), FIELD_TEXT, EV(comm), .has = HAS_COMM,
	  .help = "the kernel's short name of the process (15 bytes)" },
	{ "executable", "process.executable", COLUMN("EXECUTABLE", -24), FIELD_TEXT, EV(executable),
	  .has = HAS_EXECUTABLE,
	  .help = "path of the binary that runs, resolved: for a script its interpreter" },
	{ "cwd", "process.working_directory", COLUMN("CWD", -24), FIELD_TEXT, EV(cwd),
	  .has = HAS_CWD, .help = "working directory (--context)" },
	{ "args", "process.args", .type = FIELD_ARGV, EV(argv), .has = HAS_ARGV,
	  .help = "argv, whole" },
	{ "argc", "process.args_count", COLUMN("ARGC", 5), FIELD_U32, EV(argc), .has = HAS_ARGV,
	  .help = "number of arguments, also if args was cut" },
	{ "env", "process.env_vars", COLUMN("ENV", -24), FIELD_ENV, EV(env), .has = HAS_ENV,
	  .help = "environment variables (--env)" },
	{ "start", "process.start", COLUMN("START", -12), FIELD_TIME, EV(start_ns), .has = HAS_START,
	  .help = "when the process was made" },
	{ "end", "process.end", .type = FIELD_TIME, EV(time_ns), .kinds = EXIT_ONLY,
	  .help = "when the process ended" },
	{ "exit-code", "process.exit_code", COLUMN("CODE", 4), FIELD_U32, EV(exit_code),
	  .has = HAS_EXIT_CODE, .help = "exit status, unless a signal killed it" },
	{ "thread", "process.thread.id", COLUMN("TID", 7), FIELD_U32, EV(tid), .has = HAS_THREAD,
	  .help = "the thread it is about, if not the first; for exec the one that called it" },
	{ "uid", "process.user.id", COLUMN("UID", 6), FIELD_ID, EV(euid), .has = HAS_EUID,
	  .help = "effective user id" },
	{ "user-name", "process.user.name", .type = FIELD_TEXT, EV(user), .has = HAS_USER,
	  .help = "effective user, from /etc/passwd" },
	{ "gid", "process.group.id", COLUMN("GID", 6), FIELD_ID, EV(egid), .has = HAS_EGID,
	  .help = "effective group id" },
	{ "ruid", "process.real_user.id", COLUMN("RUID", 6), FIELD_ID, EV(uid), .has = HAS_UID,
	  .help = "real user id" },
	{ "ruser-name", "process.real_user.name", .type = FIELD_TEXT, EV(real_user),
	  .has = HAS_REAL_USER, .help = "real user, from /etc/passwd" },
	{ "rgid", "process.real_group.id", COLUMN("RGID", 6), FIELD_ID, EV(gid), .has = HAS_GID,
	  .help = "real group id" },
	{ "tty-major", "process.tty.char_device.major", .type = FIELD_U32, EV(tty_major), .has = HAS_TTY,
	  .help = "controlling terminal: device major" },
	{ "tty-minor", "process.tty.char_device.minor", .type = FIELD_U32, EV(tty_minor), .has = HAS_TTY,
	  .help = "controlling terminal: device minor" },
	{ "parent-pid", "process.parent.pid", .type = FIELD_U32, EV(ppid), .has = HAS_PPID,
	  .help = "parent's process id" },
	{ "parent-entity", "process.parent.entity_id", .type = FIELD_ENTITY, EV(ppid),
	  .off2 = offsetof(struct event, parent_start_ns), .has = HAS_PPID | HAS_PARENT_START,
	  .help = "the parent, uniquely" },
	{ "pcomm", "process.parent.name", COLUMN("PCOMM", -15), FIELD_TEXT, EV(parent_comm),
	  .has = HAS_PARENT_COMM, .help = "the kernel's short name of the parent" },

	{ "backend", "execsnoop.backend", .type = FIELD_RUN, RUN(backend),
	  .help = "where the events come from; in start" },
	{ "fallback-reason", "execsnoop.fallback_reason", .type = FIELD_RUN, .off = offsetof(struct run, fallback_reason),
	  .has = HAS_RUN | HAS_FALLBACK, .kinds = RUN_ONLY,
	  .help = "why a better backend is not used; in start" },
	{ "note", "execsnoop.note", .type = FIELD_RUN, .off = offsetof(struct run, note),
	  .has = HAS_RUN | HAS_NOTE, .kinds = RUN_ONLY,
	  .help = "what the backend does without here; in start" },
	{ "kernel", "execsnoop.kernel", .type = FIELD_RUN, RUN(kernel),
	  .help = "the kernel's release; in start" },
	{ "arch", "execsnoop.architecture", .type = FIELD_RUN, RUN(arch),
	  .help = "the machine's architecture; in start" },
	{ "options", "execsnoop.options", .type = FIELD_RUN, RUN(options),
	  .help = "the command line's options; in start" },
	{ "totals", "execsnoop.totals", .type = FIELD_TOTALS, .off = offsetof(struct run, totals), .has = HAS_RUN,
	  .kinds = BIT(EVENT_END),
	  .help = "events by kind, lost events and cut argvs by reason; in end" },
	{ "filename", "execsnoop.filename", COLUMN("FILENAME", -24), FIELD_TEXT, EV(filename),
	  .has = HAS_FILENAME, .help = "the file name that exec was asked for" },
	{ "executable-exact", "execsnoop.executable_base64", .type = FIELD_EXACT, EV(executable),
	  .has = HAS_EXECUTABLE, .help = "the bytes of executable, if they are not valid UTF-8" },
	{ "filename-exact", "execsnoop.filename_base64", .type = FIELD_EXACT, EV(filename),
	  .has = HAS_FILENAME, .help = "its bytes, if it is not valid UTF-8" },
	{ "interpreter", "execsnoop.interpreter", COLUMN("INTERP", -16), FIELD_TEXT, EV(interp),
	  .has = HAS_INTERP, .help = "what runs a script" },
	{ "inode", "execsnoop.executable_inode", COLUMN("INODE", 10), FIELD_U64, EV(exe_ino),
	  .has = HAS_INODE, .help = "inode of the binary" },
	{ "device-major", "execsnoop.executable_device.major", COLUMN("MAJOR", 5), FIELD_U32,
	  EV(exe_dev_major), .has = HAS_INODE, .help = "device of its file system: major" },
	{ "device-minor", "execsnoop.executable_device.minor", COLUMN("MINOR", 5), FIELD_U32,
	  EV(exe_dev_minor), .has = HAS_INODE, .help = "device of its file system: minor" },
	{ "deleted", "execsnoop.executable_deleted", COLUMN("DELETED", -7), FIELD_FLAG,
	  .has = HAS_EXE_DELETED, .help = "true if the binary's name was removed before the exec" },
	{ "memfd", "execsnoop.executable_memfd", COLUMN("MEMFD", -5), FIELD_FLAG,
	  .has = HAS_EXE_MEMFD, .help = "true if the binary is in memory only: memfd_create(2)" },
	{ "from-proc", "execsnoop.executable_from_proc", COLUMN("FROM-PROC", -9), FIELD_FLAG,
	  .has = HAS_EXE_PROC, .help = "true if its path was looked up in /proc, after the exec" },
	{ "secure", "execsnoop.secure_exec", COLUMN("SECURE", -6), FIELD_FLAG, .has = HAS_SECURE,
	  .help = "true if the exec gave other rights: set-user-id and the like" },
	{ "env-bytes", "execsnoop.env_bytes", COLUMN("ENV-BYTES", 9), FIELD_U64, EV(env_len),
	  .has = HAS_ENV, .help = "length of the whole environment, NULs included (--env)" },
	{ "env-truncated", "execsnoop.env_truncated", COLUMN("ENV-CUT", -13), FIELD_FLAG,
	  .has = HAS_ENV_CUT, .help = "true if only its start was captured" },
	{ "env-exact", "execsnoop.env_base64", .type = FIELD_EXACT, EV(env), .has = HAS_ENV,
	  .help = "the bytes of env_vars, each with its NUL, if they are not valid UTF-8" },
	{ "args-bytes", "execsnoop.args_bytes", COLUMN("BYTES", 7), FIELD_U64, EV(argv_len),
	  .has = HAS_ARGV, .help = "length of argv, NULs included" },
	{ "args-captured", "execsnoop.args_captured", .type = FIELD_ARGV_LEN, EV(argv),
	  .has = HAS_ARGV, .help = "bytes of it in args" },
	{ "args-truncated", "execsnoop.args_truncated", COLUMN("CUT", -9), FIELD_ARGV_CUT, EV(argv_cut),
	  .has = HAS_ARGV_CUT, .help = "why these are fewer: limit, ring-full or fault" },
	{ "args-missing", "execsnoop.args_missing", COLUMN("MISSING", -7), FIELD_ARGV_MISSING,
	  EV(argv_missing), .has = HAS_ARGV_MISSING,
	  .help = "why there are no args: gone, denied, zombie or failed" },
	{ "args-exact", "execsnoop.args_base64", .type = FIELD_EXACT, EV(argv), .has = HAS_ARGV,
	  .help = "the captured bytes, each argument with its NUL, if they are not valid UTF-8" },
	{ "errno", "execsnoop.errno", .type = FIELD_U32, EV(exec_errno), .has = HAS_ERRNO,
	  .help = "why an exec failed: the errno as a number" },
	{ "exit-signal", "execsnoop.exit_signal", COLUMN("SIG", 3), FIELD_U32, EV(exit_signal),
	  .has = HAS_EXIT_SIGNAL, .help = "number of the signal that killed it" },
	{ "core", "execsnoop.core_dumped", COLUMN("CORE", -4), FIELD_FLAG, .has = HAS_CORE,
	  .help = "true if it left a core dump" },
	{ "cpu-user", "execsnoop.usage.cpu_user_ns", COLUMN("UTIME", 7), FIELD_DURATION, EV(utime_ns),
	  .has = HAS_USAGE, .kinds = EXIT_ONLY,
	  .help = "CPU time in user space, of all threads; in JSON nanoseconds" },
	{ "cpu-system", "execsnoop.usage.cpu_system_ns", COLUMN("STIME", 7), FIELD_DURATION,
	  EV(stime_ns), .has = HAS_USAGE, .kinds = EXIT_ONLY,
	  .help = "CPU time in the kernel; in JSON nanoseconds" },
	{ "memory-max", "execsnoop.usage.memory_max_bytes", COLUMN("MEM", 5), FIELD_BYTES,
	  EV(rss_max), .has = HAS_USAGE, .kinds = EXIT_ONLY,
	  .help = "bytes of resident memory, at the most" },
	{ "read", "execsnoop.usage.read_bytes", COLUMN("READ", 5), FIELD_BYTES, EV(read_bytes),
	  .has = HAS_IO, .kinds = EXIT_ONLY, .help = "bytes read from storage" },
	{ "write", "execsnoop.usage.write_bytes", COLUMN("WRITE", 5), FIELD_BYTES, EV(write_bytes),
	  .has = HAS_IO, .kinds = EXIT_ONLY, .help = "bytes made to be written to storage" },
	{ "read-chars", "execsnoop.usage.read_chars", COLUMN("RCHAR", 5), FIELD_BYTES, EV(read_chars),
	  .has = HAS_IO, .kinds = EXIT_ONLY,
	  .help = "bytes that read(2) and the like returned" },
	{ "write-chars", "execsnoop.usage.write_chars", COLUMN("WCHAR", 5), FIELD_BYTES,
	  EV(write_chars), .has = HAS_IO, .kinds = EXIT_ONLY,
	  .help = "bytes that write(2) and the like took" },
	{ "tracer", "execsnoop.tracer_pid", COLUMN("TRACER", 7), FIELD_U32, EV(tracer_pid),
	  .has = HAS_TRACER, .help = "for ptrace: who traces it; 0: nobody any more" },
	{ "loginuid", "execsnoop.loginuid", COLUMN("LOGINUID", 8), FIELD_ID, EV(loginuid),
	  .has = HAS_LOGINUID, .help = "who logged in, whatever uid it has now (audit)" },
	{ "sessionid", "execsnoop.sessionid", COLUMN("SESSION", 7), FIELD_ID, EV(sessionid),
	  .has = HAS_SESSIONID, .help = "audit session" },
	{ "cgroup", "execsnoop.cgroup_id", COLUMN("CGROUP-ID", 9), FIELD_U64, EV(cgroup), .has = HAS_CGROUP,
	  .help = "id of the cgroup in the unified hierarchy" },
	{ "cgroup-path", "execsnoop.cgroup", COLUMN("CGROUP", -24), FIELD_TEXT, EV(cgroup_path),
	  .has = HAS_CGROUP_PATH, .help = "path of the cgroup; on cgroup v1 with --context" },
	{ "lost-count", "execsnoop.lost.count", .type = FIELD_U64, EV(lost_cnt), .has = HAS_LOST, .kinds = LOST_ONLY,
	  .help = "events lost since the last such line" },
	{ "lost-event", "execsnoop.lost.event", .type = FIELD_KIND, EV(lost_kind), .has = HAS_LOST, .kinds = LOST_ONLY,
	  .help = "their kind" },
	{ "lost-reason", "execsnoop.lost.reason", .type = FIELD_LOST_REASON, EV(lost_reason),
	  .has = HAS_LOST, .kinds = LOST_ONLY, .help = "ring-full, socket-full, recursion, decode, output-full or capture" },
	{ "lost-exact", "execsnoop.lost.exact", .type = FIELD_BOOL, EV(lost_exact), .has = HAS_LOST, .kinds = LOST_ONLY,
	  .help = "false: count is a bound: see REASON in the manual" },

	{ "since", NULL, COLUMN("SECONDS", 9), FIELD_SINCE, EV(time_ns),
	  .help = "when it happened, in seconds since the start" },
	{ "status", NULL, COLUMN("STATUS", -7), FIELD_STATUS, .kinds = EXIT_ONLY,
	  .help = "how it ended: exit status, or signal" },
	{ "ancestry", "execsnoop.ancestry", COLUMN("ANCESTRY", -24), FIELD_NAMES, EV(ancestry), .has = HAS_ANCESTRY,
	  .help = "names of its ancestors, the parent first (--ancestry)" },
	{ "parent-command", NULL, COLUMN("PARENT-COMMAND", -24), FIELD_PARENT_CMDLINE, EV(parent_command),
	  .has = HAS_PARENT_COMMAND, .help = "the parent's command line" },
	{ "cmdline", NULL, COLUMN("COMMAND", 0), FIELD_CMDLINE,
	  .help = "the command line of the process, for exit too; # and its name if not known" },
	{ "tree", NULL, COLUMN("PID COMMAND", 0), FIELD_TREE,
	  .help = "pid and command, each below its parent's" },
	{ "command", NULL, COLUMN("COMMAND", 0), FIELD_SUMMARY,
	  .help = "the command line as a shell reads it; for exit, how it ended" },
};
/* clang-format on */

const size_t field_cnt = ARRAY_LEN(fields);

const struct field *field_find(const char *name)
{
	for (size_t i = 0; i < field_cnt; i++)
		if (!strcmp(fields[i].name, name))
			return &fields[i];
	return NULL;
}

const struct field *field_nearest(const char *name)
{
	const struct field *nearest = NULL;
	unsigned int least = UINT32_MAX;

	for (size_t i = 0; i < field_cnt; i++) {
		unsigned int d =
			fields[i].heading ? text_distance(name, fields[i].name, least) : least;

		if (d < least) {
			least = d;
			nearest = &fields[i];
		}
	}
	return nearest;
}
