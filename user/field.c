// SPDX-License-Identifier: BSD-2-Clause
#include "field.h"

#include <string.h>

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
	{ "sequence", "event.sequence", .type = FIELD_SEQUENCE,
	  .help = "number of the line in this run, from 0, without a gap" },
	{ "duration", "event.duration", COLUMN("DURATION", 8), FIELD_U64, EV(duration_ns),
	  .has = HAS_DURATION, .kinds = EXIT_ONLY,
	  .help = "nanoseconds from the making of the process to its end" },

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
	  .help = "path of the binary that runs: for a script its interpreter" },
	{ "cwd", "process.working_directory", COLUMN("CWD", -24), FIELD_TEXT, EV(cwd),
	  .has = HAS_CWD, .help = "working directory (--context)" },
	{ "args", "process.args", .type = FIELD_ARGV, EV(argv), .has = HAS_ARGV,
	  .help = "argv, whole" },
	{ "argc", "process.args_count", COLUMN("ARGC", 5), FIELD_U32, EV(argc), .has = HAS_ARGV,
	  .help = "number of arguments, also if args was cut" },
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
	{ "filename-exact", "execsnoop.filename_base64", .type = FIELD_EXACT, EV(filename),
	  .has = HAS_FILENAME, .help = "its bytes, if it is not valid UTF-8" },
	{ "interpreter", "execsnoop.interpreter", COLUMN("INTERP", -16), FIELD_TEXT, EV(interp),
	  .has = HAS_INTERP, .help = "what runs a script" },
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
	{ "exit-signal", "execsnoop.exit_signal", COLUMN("SIG", 3), FIELD_U32, EV(exit_signal),
	  .has = HAS_EXIT_SIGNAL, .help = "number of the signal that killed it" },
	{ "core", "execsnoop.core_dumped", COLUMN("CORE", -4), FIELD_FLAG, .has = HAS_CORE,
	  .help = "true if it left a core dump" },
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
	  .has = HAS_LOST, .kinds = LOST_ONLY, .help = "ring-full, socket-full, recursion, decode or capture" },
	{ "lost-exact", "execsnoop.lost.exact", .type = FIELD_BOOL, EV(lost_exact), .has = HAS_LOST, .kinds = LOST_ONLY,
	  .help = "false: count is a bound: see REASON in the manual" },

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
