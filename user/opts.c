// SPDX-License-Identifier: BSD-2-Clause
#include "opts.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>

#include "buf.h"
#include "field.h"
#include "log.h"
#include "namespace.h"
#include "opts_config.h"
#include "opts_filter.h"
#include "opts_output.h"
#include "opts_record.h"
#include "opts_table.h"

enum {
	LATENCY_DEFAULT_MS = 10,
	LATENCY_MAX_MS = 10000,
	READERS_DEFAULT = 256,
	READERS_MAX = 8192,
	LONG_ONLY = 256, /* values of options without a letter start here */
};

#define BUFFER_DEFAULT (4u << 20) /* and twice this for long argvs: holds the longest, 6 MiB */
#define BUFFER_MIN 4096u
#define BUFFER_MAX (512u << 20)
#define DURATION_MAX_SEC (100.0 * 366 * 24 * 3600)

bool parse_size(const char *arg, uint64_t max, uint64_t *size)
{
	static const char suffixes[] = "KMG";
	const char *suffix;
	char *end;

	if (*arg < '0' || *arg > '9')
		return false;
	errno = 0;
	*size = strtoull(arg, &end, 10);
	if (errno)
		return false;
	suffix = *end ? strchr(suffixes, *end) : NULL;
	if (suffix) {
		for (const char *s = suffixes; s <= suffix; s++) {
			if (*size > UINT64_MAX / 1024)
				return false;
			*size *= 1024;
		}
		end++;
	}
	return !*end && *size <= max;
}

bool parse_seconds(const char *arg, uint64_t *ns)
{
	double sec;
	char *end;

	errno = 0;
	sec = strtod(arg, &end);
	/* Less than a nanosecond would become 0, which means something else. */
	if (errno || *end || end == arg || !(sec >= 1e-9 && sec <= DURATION_MAX_SEC))
		return false;
	*ns = (uint64_t)(sec * NSEC_PER_SEC);
	return true;
}

/* What --events takes: the kinds by name, and groups of them. */
static const struct {
	const char *name;
	unsigned int kinds;
} event_words[] = {
	{ "exec", BIT(EVENT_EXEC) },
	{ "fork", BIT(EVENT_FORK) },
	{ "thread", BIT(EVENT_THREAD) },
	{ "exit", BIT(EVENT_EXIT) },
	{ "comm", BIT(EVENT_COMM) },
	{ "uid", BIT(EVENT_UID) },
	{ "gid", BIT(EVENT_GID) },
	{ "session", BIT(EVENT_SESSION) },
	{ "ptrace", BIT(EVENT_PTRACE) },
	{ "core", BIT(EVENT_CORE) },
	{ "exec-failed", BIT(EVENT_EXEC_FAILED) },
	{ "all", BIT(EVENT_EXEC) | BIT(EVENT_FORK) | BIT(EVENT_EXIT) },
};

void opts_events(struct buf *b)
{
	for (size_t i = 0; i < ARRAY_LEN(event_words); i++)
		buf_printf(b, "%s ", event_words[i].name);
}

static const char *set_events(struct opts *o, const char *arg)
{
	unsigned int kinds = 0;

	for (;;) {
		size_t len = strcspn(arg, ","), i;

		for (i = 0; i < ARRAY_LEN(event_words); i++)
			if (strlen(event_words[i].name) == len &&
			    !memcmp(arg, event_words[i].name, len))
				break;
		if (i == ARRAY_LEN(event_words))
			return "a list of exec, fork, thread, exit, comm, uid, gid, session, "
			       "ptrace, core, exec-failed or all is wanted, as in exec,exit";
		kinds |= event_words[i].kinds;
		arg += len;
		if (!*arg++)
			break;
	}
	o->source.kinds = kinds;
	o->kinds_given = true;
	return NULL;
}

static const char *set_backend(struct opts *o, const char *arg)
{
	o->backend = source_find(arg);
	if (!o->backend && strcmp(arg, "auto") != 0)
		return "auto, bpf or connector is wanted";
	return NULL;
}

static const char *set_btf(struct opts *o, const char *arg)
{
	if (!*arg)
		return "a file name is wanted";
	o->source.btf = arg;
	return NULL;
}

static const char *set_readers(struct opts *o, const char *arg)
{
	uint64_t cnt;

	if (!parse_size(arg, READERS_MAX, &cnt))
		return "a number from 0 to 8192 is wanted";
	o->source.reader_max = (unsigned int)cnt;
	return NULL;
}

static const char *set_no_realtime(struct opts *o, const char *arg)
{
	(void)arg;
	o->source.realtime = false;
	return NULL;
}

static const char *set_format(struct opts *o, const char *arg)
{
	const struct sink_ops *sink = sink_find(arg);

	if (!sink)
		return "table, tree, lifecycle or json is wanted";
	o->sink = sink;
	return NULL;
}

static const char *set_json(struct opts *o, const char *arg)
{
	(void)arg;
	return set_format(o, "json");
}

static const char *set_max_argv(struct opts *o, const char *arg)
{
	uint64_t size;

	if (!parse_size(arg, UINT64_C(1) << 32, &size))
		return "a number of bytes from 0 to 4G is wanted, as in 64K";
	o->source.max_argv = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
	return NULL;
}

static const char *set_buffer(struct opts *o, const char *arg)
{
	uint64_t size;

	if (!parse_size(arg, BUFFER_MAX, &size) || size < BUFFER_MIN)
		return "a size from 4K to 512M is wanted, as in 16M";
	o->source.ring_len = (uint32_t)size;
	return NULL;
}

static const char *set_latency(struct opts *o, const char *arg)
{
	uint64_t ms;

	if (!parse_size(arg, LATENCY_MAX_MS, &ms))
		return "milliseconds from 0 to 10000 are wanted";
	o->latency_ms = (unsigned int)ms;
	return NULL;
}

static const char *set_duration(struct opts *o, const char *arg)
{
	return parse_seconds(arg, &o->duration_ns) ?
		       NULL :
		       "a number of seconds above 0 is wanted, as in 10 or 0.5";
}

static const char *set_failed(struct opts *o, const char *arg)
{
	(void)arg;
	o->failed = true;
	return NULL;
}

static const char *set_follow(struct opts *o, const char *arg)
{
	(void)arg;
	o->follow = true;
	return NULL;
}

static const char *set_context(struct opts *o, const char *arg)
{
	(void)arg;
	o->context = true;
	return NULL;
}

/* A function that sets a member of struct opts. */
#define SET_FLAG(fn, member)                                   \
	static const char *fn(struct opts *o, const char *arg) \
	{                                                      \
		(void)arg;                                     \
		o->member = true;                              \
		return NULL;                                   \
	}

SET_FLAG(set_wall, view.wall)
SET_FLAG(set_since, view.since)
SET_FLAG(set_print_user, view.user)
SET_FLAG(set_ancestry, view.ancestry)
SET_FLAG(set_no_args, view.args_hide)
SET_FLAG(set_flat, view.flat)
SET_FLAG(set_stats, stats)

static const char *set_columns(struct opts *o, const char *arg)
{
	struct view_conf *view = &o->view;
	char name[32];

	o->columns_help = !strcmp(arg, "help");
	view->column_cnt = 0;
	while (!o->columns_help) {
		size_t len = strcspn(arg, ",");
		const struct field *f;

		snprintf(name, sizeof(name), "%.*s", (int)(len < sizeof(name) ? len : sizeof(name)),
			 arg);
		f = field_find(name);
		if (!f || !f->heading) {
			snprintf(o->wrong, sizeof(o->wrong),
				 "there is no column '%s'; is '%s' meant? 'help' lists them all",
				 name, field_nearest(name)->name);
			return o->wrong;
		}
		if (view->column_cnt == VIEW_COLUMNS_MAX)
			return "at most 32 columns are taken";
		view->columns[view->column_cnt++] = f;
		o->context |= !strcmp(name, "cwd");
		arg += len;
		if (!*arg++)
			break;
	}
	return NULL;
}

static const char *set_time_format(struct opts *o, const char *arg)
{
	return clock_format_parse(&o->view.time, arg);
}

static const char *set_cwd(struct opts *o, const char *arg)
{
	(void)arg;
	o->view.cwd = true;
	o->context = true;
	return NULL;
}

static const char *set_max_args(struct opts *o, const char *arg)
{
	uint64_t cnt;

	if (!parse_size(arg, UINT32_MAX, &cnt) || !cnt)
		return "a number from 1 is wanted";
	o->view.args_max = (uint32_t)cnt;
	return NULL;
}

static const char *set_env(struct opts *o, const char *arg)
{
	o->env.all = !strcmp(arg, "all");
	o->env.names = arg;
	o->source.env = true;
	return o->env.all ? NULL : env_wrong(arg);
}

static const char *set_redact(struct opts *o, const char *arg)
{
	o->env.redact = arg;
	return env_wrong(arg);
}

static const char *set_doctor(struct opts *o, const char *arg)
{
	(void)arg;
	o->doctor = true;
	return NULL;
}

static const char *set_completion(struct opts *o, const char *arg)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	o->completion = arg;
	return opts_completion(&b, arg) ? NULL : "bash, zsh or fish is wanted";
}

static const char *set_no_sandbox(struct opts *o, const char *arg)
{
	(void)arg;
	o->privilege.off = true;
	return NULL;
}

static const char *set_verbose(struct opts *o, const char *arg)
{
	(void)arg;
	o->verbose = true;
	return NULL;
}

static const char *set_help(struct opts *o, const char *arg)
{
	(void)arg;
	o->help = true;
	return NULL;
}

static const char *set_version(struct opts *o, const char *arg)
{
	(void)arg;
	o->version = true;
	return NULL;
}

const struct opt opts_table[] = {
	{ .name = "What to trace" },
	{ 'e', "events", "LIST", set_events,
	  "what to show: exec, fork, exit (all: these three),\n"
	  "thread, comm, uid, gid, session, ptrace, core\n"
	  "(default: exec)" },
	{ 'x', "failed", NULL, set_failed, "show execs that fail too, with the reason (bpf only)" },
	{ 'b', "backend", "NAME", set_backend,
	  "bpf, connector, or auto: the best that works (default)" },
	{ 0, "btf", "FILE", set_btf,
	  "bpf: where this kernel's fields are, if it does not\n"
	  "say so itself (CONFIG_DEBUG_INFO_BTF=n)" },
	{ 0, "max-argv", "BYTES", set_max_argv,
	  "capture at most so much of each argv (default: all)" },
	{ 0, "env", "LIST", set_env,
	  "show these environment variables of each exec, as in\n"
	  "PATH,LD_*; all: all, without what looks like a secret" },
	{ 0, "redact", "LIST", set_redact, "show the names of these alone, not the values" },
	{ 0, "context", NULL, set_context,
	  "look up working directory and cgroup in /proc: late,\n"
	  "and unknown of what has ended" },
	{ 'D', "duration", "SECONDS", set_duration, "end after so long (default: on Ctrl-C)" },
	{ 0, "follow", NULL, set_follow,
	  "with a COMMAND: go on until the last of its\n"
	  "descendants has ended, not only the command;\n"
	  "with --replay: go on while it is being recorded" },
	{ .name = "Filters" },
	{ 'p', "pid", "PID", set_pid, "only this process and its descendants" },
	{ 'P', "ppid", "PID", set_ppid, "only children of this process" },
	{ 'u', "uid", "USER", set_uid, "only with this real or effective user: a name or an id" },
	{ 'n', "name", "REGEX", set_name, "only where it matches the short name (15 bytes)" },
	{ 'l', "line", "REGEX", set_line,
	  "only where it matches the command line: arguments\n"
	  "with a space between them" },
	{ 'c', "cgroup", "PATH", set_cgroup, "only in this cgroup and those below it" },
	{ 0, "container", "ID", set_container, "only in the container with this id, or its start" },
	{ 0, "exit-status", "WHICH", set_exit_status,
	  "only exits with this status: a number, nonzero or\n"
	  "signal" },
	{ 0, "min-duration", "SEC", set_min_duration,
	  "only exits of what lived so long or longer" },
	{ 0, "include-self", NULL, set_include_self,
	  "show events of execsnoop-c itself, and of what it\n"
	  "starts" },
	{ .name = "Views" },
	{ 'f', "format", "FORMAT", set_format,
	  "table (default), json, tree: each command below its\n"
	  "parent's, or lifecycle: a line for each process that\n"
	  "ended, with what it used" },
	{ 0, "json", NULL, set_json, "the same as --format json" },
	{ 0, "columns", "LIST", set_columns, "show these columns; help lists them" },
	{ 'T', "time", NULL, set_wall, "show the time" },
	{ 't', "timestamp", NULL, set_since,
	  "show seconds since the start; with -T beside the time" },
	{ 0, "time-format", "FORM", set_time_format,
	  "show times so: strftime(3), and %N or %3N for the\n"
	  "fraction of a second (default: %H:%M:%S.%3N)" },
	{ 'U', "print-user", NULL, set_print_user, "show the user" },
	{ 'd', "cwd", NULL, set_cwd, "show the working directory (--context)" },
	{ 0, "ancestry", NULL, set_ancestry, "show the names of the ancestors" },
	{ 'q', "no-args", NULL, set_no_args, "show programs without their arguments" },
	{ 0, "max-args", "N", set_max_args,
	  "show at most N arguments, the program one of them,\n"
	  "and how many more there are" },
	{ 0, "flat", NULL, set_flat, "tree: do not indent" },
	{ 'S', "stats", NULL, set_stats,
	  "at the end and on SIGUSR1, say what was started most\n"
	  "and by whom, on standard error" },
	{ 'o', "output", "FILE", set_output,
	  "write to FILE, or to who listens at unix:PATH\n"
	  "(default: standard output); SIGHUP: open it anew" },
	{ 0, "append", NULL, set_append, "do not empty that FILE at the start" },
	{ .name = "Monitoring" },
	{ 0, "metrics", "FILE", set_metrics,
	  "keep FILE up to date, for Prometheus: events, losses,\n"
	  "what it costs" },
	{ 0, "metrics-interval", "SECONDS", set_metrics_interval, "how often (default: 15)" },
	{ .name = "Cost" },
	{ 0, "buffer", "SIZE", set_buffer,
	  "kernel memory for events that wait, and twice as much\n"
	  "for argvs of more than 32K (default: 4M)" },
	{ 0, "latency", "MS", set_latency,
	  "let events gather so long before they are read: more\n"
	  "is cheaper (default: 10)" },
	{ 0, "no-realtime", NULL, set_no_realtime,
	  "connector: do not read argv with real-time priority" },
	{ 0, "readers", "N", set_readers,
	  "connector: at most so many such readers, one a CPU\n"
	  "(default: 256)" },
	{ .name = "Captures" },
	{ 'w', "record", "FILE", set_record,
	  "write a capture to FILE (-: standard output): execs,\n"
	  "forks and exits, whatever is shown" },
	{ 0, "rotate", "WHEN", set_rotate,
	  "begin a new file at a size, as in 100M, or after\n"
	  "a time, as in 12h; older ones are FILE.1, FILE.2" },
	{ 0, "keep", "N", set_keep, "keep so many older ones (default: all)" },
	{ 0, "replay", "FILE", set_replay,
	  "show captures (-: standard input) instead of tracing;\n"
	  "further files stand after all options" },
	{ 0, "since", "TIME", set_replay_since, "replay: what happened at TIME or later" },
	{ 0, "until", "TIME", set_replay_until, "replay: what happened before TIME" },
	{ .name = "This host and this program" },
	{ 0, "config", "FILE", set_config, "read options from FILE first: long names, one a line" },
	{ 0, "check-config", NULL, set_check_config,
	  "say what is wrong with that FILE, and end (default:\n" OPTS_CONFIG_PATH ")" },
	{ 0, "user", "USER", set_user, "become this user, then open all: a name or an id" },
	{ 0, "no-sandbox", NULL, set_no_sandbox,
	  "keep all capabilities and system calls, to find out\n"
	  "whether it is their absence that does harm" },
	{ 0, "doctor", NULL, set_doctor, "say what this host offers and what is missing" },
	{ 'v', "verbose", NULL, set_verbose, "say more on standard error" },
	{ 0, "completion", "SHELL", set_completion,
	  "print what makes bash, zsh or fish complete this" },
	{ 'h', "help", NULL, set_help, "show this" },
	{ 'V', "version", NULL, set_version, "show the version" },
};

const size_t opts_cnt = ARRAY_LEN(opts_table);
_Static_assert(ARRAY_LEN(opts_table) <= OPTS_MAX, "struct opts has a line for each row");

/* What an option of the table goes with; those that are not here go with all. */
static const struct {
	const char *name;
	enum opt_rule rule;
} opts_rules[] = {
	{ "btf", OPT_LIVE },           { "metrics", OPT_LIVE },     { "backend", OPT_LIVE },
	{ "max-argv", OPT_LIVE },      { "buffer", OPT_LIVE },      { "latency", OPT_LIVE },
	{ "context", OPT_LIVE },       { "no-realtime", OPT_LIVE }, { "readers", OPT_LIVE },
	{ "env", OPT_LIVE },           { "redact", OPT_LIVE },      { "record", OPT_LIVE },
	{ "rotate", OPT_RECORD },      { "keep", OPT_RECORD },      { "since", OPT_REPLAY },
	{ "until", OPT_REPLAY },       { "replay", OPT_ALONE },     { "config", OPT_ALONE },
	{ "check-config", OPT_ALONE }, { "doctor", OPT_ALONE },     { "completion", OPT_ALONE },
	{ "help", OPT_ALONE },         { "version", OPT_ALONE },
};

static enum opt_rule opts_rule(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(opts_rules); i++)
		if (!strcmp(opts_rules[i].name, name))
			return opts_rules[i].rule;
	return OPT_ANY;
}

/* The value by which getopt_long() reports a row. */
static int opts_value(size_t row)
{
	return opts_table[row].letter ? opts_table[row].letter : LONG_ONLY + (int)row;
}

static void opts_defaults(struct opts *o)
{
	*o = (struct opts){
		.sink = sink_list[0],
		.source = {
			.kinds = BIT(EVENT_EXEC),
			.max_argv = UINT32_MAX,
			.ring_len = BUFFER_DEFAULT,
			.reader_max = READERS_DEFAULT,
			.realtime = true,
		},
		.record.keep = UINT_MAX,
		.filter.self = (uint32_t)getpid(),
		.latency_ms = LATENCY_DEFAULT_MS,
	};
}

static void opts_join(struct opts *o, int argc, char **argv)
{
	size_t at = 0;

	for (int i = 1; i < argc && at < sizeof(o->text); i++)
		at += (size_t)snprintf(o->text + at, sizeof(o->text) - at, "%s%s", i > 1 ? " " : "",
				       argv[i]);
}

int opts_err(const struct opts *o, const char *name, const char *fmt, ...)
{
	unsigned int line = 0;
	char said[1024];
	va_list ap;

	for (size_t i = 0; i < ARRAY_LEN(opts_table); i++)
		if (name && opts_table[i].set && !strcmp(opts_table[i].name, name))
			line = o->file.lines[i];
	va_start(ap, fmt);
	vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
	if (line)
		log_err(0, "%s:%u: %s", o->file.path, line, said);
	else
		log_err(0, "%s", said);
	return -EINVAL;
}

bool opts_is_for_command_line(const struct opt *opt)
{
	enum opt_rule rule = opts_rule(opt->name);

	return rule == OPT_ALONE || rule == OPT_REPLAY;
}

int opts_set(struct opts *o, const struct opt *opt, const char *arg, unsigned int line)
{
	const char *wrong;

	o->given[opts_rule(opt->name)] = opt->name;
	o->file.lines[opt - opts_table] = line;
	wrong = opt->set(o, arg);
	if (!wrong && line && o->columns_help) {
		o->columns_help = false;
		wrong = "that is for the command line only";
	}
	if (wrong && !arg)
		return opts_err(o, opt->name, "--%s: %s", opt->name, wrong);
	return wrong ? opts_err(o, opt->name, "--%s '%.400s': %s", opt->name, arg, wrong) : 0;
}

static bool opts_has_column(const struct opts *o, const char *name)
{
	for (size_t i = 0; i < o->view.column_cnt; i++)
		if (!strcmp(o->view.columns[i]->name, name))
			return true;
	return false;
}

/* What no option alone can tell. */
static int opts_check(struct opts *o)
{
	if (o->view.time.width && !o->view.since)
		o->view.wall = true;
	/* Our pid is not the one in the events; those of a replay have another tracer's. */
	if (!o->replay.file && !namespace_first_pid())
		o->filter.self = 0;
	if (o->source.btf && !o->backend) /* another would not be what was asked for */
		o->backend = source_find("bpf");
	if (o->source.btf && o->backend != source_find("bpf"))
		return opts_err(o, "btf", "--btf is for the bpf backend alone");
	if (o->view.column_cnt && o->sink == sink_find("json"))
		return opts_err(o, "columns",
				"--columns: JSON has all fields; take some with jq(1)");
	if (o->view.args_hide && o->sink == sink_find("json"))
		return opts_err(o, "no-args",
				"--no-args: JSON has all fields; --max-argv 0 captures no "
				"arguments, and jq(1) leaves some out");
	if (!o->source.env && !o->replay.file && opts_has_column(o, "env"))
		return opts_err(o, "columns",
				"--columns: env shows nothing without --env, which says what");
	if (o->privilege.off && o->privilege.user)
		return opts_err(
			o, "no-sandbox",
			"either --user or --no-sandbox: the one wants what the other forbids");
	if (o->replay.file && !o->kinds_given)
		o->source.kinds = 0; /* beside those that were shown when it was recorded */
	o->source.kinds |= o->sink->shown;
	if (o->failed)
		o->source.kinds |= BIT(EVENT_EXEC_FAILED);
	return 0;
}

/* What follows the options; dashes: after a --. */
static int opts_command(struct opts *o, int argc, char *const *argv, bool dashes)
{
	const char *wrong = NULL;

	if (o->replay.file && !dashes) {
		o->replay.follow = o->follow;
		return opts_replay_files(o, argv + optind, argc - optind);
	}
	if (optind < argc && !dashes) {
		log_err(0, "what does '%s' mean here? a command stands after --; see --help",
			argv[optind]);
		return -EINVAL;
	}
	if (dashes && o->filter.pid)
		return opts_err(o, "pid",
				"either a process (--pid) or a command can be traced, not both");
	if (dashes && o->record.path && !strcmp(o->record.path, "-"))
		return opts_err(o, "record",
				"--record - goes with no command, which has standard output");
	if (o->follow && !dashes)
		return opts_err(o, "follow",
				"--follow is for a command after --, or --replay; see --help");
	if (dashes && optind >= argc)
		wrong = "a command is wanted after --; see --help";
	else if (dashes && o->doctor)
		wrong = "--doctor runs no command";
	else if (dashes && o->check_config)
		wrong = "--check-config runs no command";
	else if (dashes && o->replay.file)
		wrong = "--replay runs no command";
	if (wrong)
		return opts_err(o, NULL, "%s", wrong);
	if (dashes)
		o->command = argv + optind;
	return 0;
}

/* An option that getopt_long() could not take; says so. */
static int opts_wrong(int value, const char *given)
{
	const bool is_long = !strncmp(given, "--", 2);
	const char *nearest = is_long ? opts_nearest(given) : NULL;
	_cleanup_(buf_done) struct buf meant = { 0 };
	size_t cnt = is_long ? opts_begun(&meant, given) : 0;

	if (value == ':')
		log_err(0, "%s needs a value; see --help", given);
	else if (optopt > 0 && is_long) /* it is known, and got a value */
		log_err(0, "%.*s takes no value; see --help", (int)strcspn(given, "="), given);
	else if (cnt > 1)
		log_err(0, "%.*s is not whole: is %.*s meant? see --help", (int)strcspn(given, "="),
			given, (int)meant.len, meant.ptr);
	else if (optopt > 0)
		log_err(0, "unknown option -%c; see --help", optopt);
	else if (nearest)
		log_err(0, "unknown option %s; is --%s meant? see --help", given, nearest);
	else
		log_err(0, "unknown option %s; see --help", given);
	return -EINVAL;
}

/* The table as getopt_long() wants it. */
struct opts_getopt {
	struct option longs[ARRAY_LEN(opts_table) + 1];
	char shorts[2 * ARRAY_LEN(opts_table) + 3];
};

static void opts_getopt_init(struct opts_getopt *g)
{
	struct option *next = g->longs;
	char *s = g->shorts;

	*g = (struct opts_getopt){ 0 };
	*s++ = '+'; /* the options end at the first word that is none */
	*s++ = ':';
	for (size_t i = 0; i < ARRAY_LEN(opts_table); i++) {
		const struct opt *opt = &opts_table[i];

		if (!opt->set)
			continue;
		*next++ = (struct option){ opt->name, opt->arg ? required_argument : no_argument,
					   NULL, opts_value(i) };
		if (!opt->letter)
			continue;
		*s++ = opt->letter;
		if (opt->arg)
			*s++ = ':';
	}
}

/* The row that getopt_long() reports; NULL: none. */
static const struct opt *opts_row(int value)
{
	for (size_t i = 0; i < ARRAY_LEN(opts_table); i++)
		if (opts_table[i].set && opts_value(i) == value)
			return &opts_table[i];
	return NULL;
}

/* The file is read before all options, wherever it stands among them: so that these come after it. */
static int opts_file(struct opts *o, int argc, char **argv, const struct opts_getopt *g)
{
	int value;

	optind = 0; /* glibc: start anew */
	while ((value = getopt_long(argc, argv, g->shorts, g->longs, NULL)) != -1) {
		const struct opt *opt = opts_row(value);

		if (opt && (opt->set == set_config || opt->set == set_check_config) &&
		    opts_set(o, opt, optarg, 0) < 0)
			return -EINVAL;
	}
	if (o->check_config && !o->file.path)
		o->file.path = OPTS_CONFIG_PATH;
	return opts_config(o);
}

int opts_parse(struct opts *o, int argc, char **argv)
{
	struct opts_getopt g;
	int value, at = 1;

	opts_defaults(o);
	opts_join(o, argc, argv);
	opts_getopt_init(&g);
	if (opts_file(o, argc, argv, &g) < 0)
		return -EINVAL;
	optind = 0; /* glibc: start anew, so that a test can call this twice */
	while ((value = getopt_long(argc, argv, g.shorts, g.longs, NULL)) != -1) {
		const struct opt *opt = opts_row(value);

		if (!opt) /* of letters together, optind may still be at their word */
			return opts_wrong(value, argv[at]);
		if (opts_set(o, opt, optarg, 0) < 0)
			return -EINVAL;
		at = optind;
	}
	if (opts_check(o) < 0 || opts_record_check(o) < 0 ||
	    opts_command(o, argc, argv, optind > at) < 0 || opts_files_check(o) < 0)
		return -EINVAL;
	return opts_filter_check(o);
}

void opts_done(struct opts *o)
{
	free(TAKE_PTR(o->file.text));
}
