// SPDX-License-Identifier: BSD-2-Clause
#include "opts.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "log.h"

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
#define ROTATE_MIN 65536u
#define TIME_WANTED                                                            \
	"a time is wanted, as in 2026-11-22T23:59:59Z, '2026-11-22 23:59:59' " \
	"or, of today, 23:59"
#define DURATION_MAX_SEC (100.0 * 366 * 24 * 3600)

/* Takes the argument of an option; NULL, or what is wrong with it. */
typedef const char *set_fn(struct opts *o, const char *arg);

struct opt {
	char letter; /* 0: none */
	const char *name;
	const char *arg; /* its name in the help; NULL: takes none */
	set_fn *set;
	const char *help; /* lines after the first are set below it */
};

enum opt_rule {
	OPT_LIVE = 1 << 0, /* means nothing for a replay */
	OPT_REPLAY = 1 << 1, /* means nothing without one */
	OPT_RECORD = 1 << 2, /* means nothing without a recording */
};

/*
 * A number up to max with a suffix K, M or G (powers of 1024). False if it is
 * none, or negative, or greater.
 */
static bool parse_size(const char *arg, uint64_t max, uint64_t *size)
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
	{ "all", BIT(EVENT_EXEC) | BIT(EVENT_FORK) | BIT(EVENT_EXIT) },
};

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
			       "ptrace, core or all is wanted, as in exec,exit";
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
		return "table or json is wanted";
	o->sink = sink;
	return NULL;
}

static const char *set_json(struct opts *o, const char *arg)
{
	(void)arg;
	return set_format(o, "json");
}

static const char *set_output(struct opts *o, const char *arg)
{
	if (!*arg)
		return "a file name is wanted";
	o->output = arg;
	return NULL;
}

static const char *set_max_argv(struct opts *o, const char *arg)
{
	uint64_t size;

	if (!parse_size(arg, UINT32_MAX, &size))
		return "a number of bytes from 0 to 4G is wanted, as in 64K";
	o->source.max_argv = (uint32_t)size;
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
	double sec;
	char *end;

	errno = 0;
	sec = strtod(arg, &end);
	if (errno || *end || end == arg || !(sec > 0 && sec <= DURATION_MAX_SEC))
		return "a number of seconds above 0 is wanted, as in 10 or 0.5";
	o->duration_ns = (uint64_t)(sec * NSEC_PER_SEC);
	return NULL;
}

static const char *set_context(struct opts *o, const char *arg)
{
	(void)arg;
	o->context = true;
	return NULL;
}

static const char *set_record(struct opts *o, const char *arg)
{
	if (!*arg)
		return "a file name is wanted, or - for standard output";
	o->record.path = arg;
	return NULL;
}

/* A length of time with its unit: 90s, 15m, 12h or 7d. */
static bool parse_time(const char *arg, uint64_t *ns)
{
	static const struct {
		char unit;
		unsigned int sec;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	char *end;

	if (*arg < '0' || *arg > '9')
		return false;
	errno = 0;
	*ns = strtoull(arg, &end, 10);
	if (errno || !*end || end[1])
		return false;
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (units[i].unit == *end) {
			if (*ns > DURATION_MAX_SEC / units[i].sec)
				return false;
			*ns *= units[i].sec * NSEC_PER_SEC;
			return *ns > 0;
		}
	return false;
}

static const char *set_rotate(struct opts *o, const char *arg)
{
	uint64_t n;

	if (parse_time(arg, &n))
		o->record.rotate_ns = n;
	else if (parse_size(arg, INT64_MAX, &n) && n >= ROTATE_MIN)
		o->record.rotate_len = n;
	else
		return "a size from 64K, as in 100M, or a time, as in 90s, 15m, 12h or 7d, is "
		       "wanted";
	return NULL;
}

static const char *set_keep(struct opts *o, const char *arg)
{
	uint64_t cnt;

	if (!parse_size(arg, UINT32_MAX, &cnt))
		return "a number of files is wanted";
	o->record.keep = (unsigned int)cnt;
	return NULL;
}

static const char *set_replay(struct opts *o, const char *arg)
{
	if (!*arg)
		return "a file name is wanted, or - for standard input";
	if (o->replay.file)
		return "only once; further files go after all options";
	o->replay.file = arg;
	return NULL;
}

static const char *set_since(struct opts *o, const char *arg)
{
	return clock_parse(arg, &o->since_ns) ? NULL : TIME_WANTED;
}

static const char *set_until(struct opts *o, const char *arg)
{
	return clock_parse(arg, &o->until_ns) ? NULL : TIME_WANTED;
}

static const char *set_follow(struct opts *o, const char *arg)
{
	(void)arg;
	o->replay.follow = true;
	return NULL;
}

static const char *set_doctor(struct opts *o, const char *arg)
{
	(void)arg;
	o->doctor = true;
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

static const struct opt opts_table[] = {
	{ 'e', "events", "LIST", set_events,
	  "what to show: exec, fork, exit (all: these three),\n"
	  "thread, comm, uid, gid, session, ptrace, core\n"
	  "(default: exec)" },
	{ 'b', "backend", "NAME", set_backend,
	  "bpf, connector, or auto: the best that works (default)" },
	{ 0, "max-argv", "BYTES", set_max_argv,
	  "capture at most so much of each argv (default: all)" },
	{ 'D', "duration", "SECONDS", set_duration, "end after so long (default: on Ctrl-C)" },
	{ 'f', "format", "FORMAT", set_format, "table or json (default: table)" },
	{ 0, "json", NULL, set_json, "the same as --format json" },
	{ 'o', "output", "FILE", set_output, "write to FILE (default: standard output)" },
	{ 0, "buffer", "SIZE", set_buffer,
	  "kernel memory for events that wait, and twice as much\n"
	  "for argvs of more than 32K (default: 4M)" },
	{ 0, "latency", "MS", set_latency,
	  "let events gather so long before they are read: more\n"
	  "is cheaper (default: 10)" },
	{ 0, "context", NULL, set_context,
	  "look up working directory and cgroup in /proc: late,\n"
	  "and unknown of what has ended" },
	{ 0, "no-realtime", NULL, set_no_realtime,
	  "connector: do not read argv with real-time priority" },
	{ 0, "readers", "N", set_readers,
	  "connector: at most so many such readers, one a CPU\n"
	  "(default: 256)" },
	{ 'w', "record", "FILE", set_record,
	  "write a capture of all execs, forks and exits, whatever is\n"
	  "shown, to FILE (-: standard output)" },
	{ 0, "rotate", "SIZE|TIME", set_rotate,
	  "begin a new file at that size, as in 100M, or after that\n"
	  "time, as in 12h; older ones are FILE.1, FILE.2, ..." },
	{ 0, "keep", "N", set_keep, "keep so many older ones (default: all)" },
	{ 0, "replay", "FILE...", set_replay,
	  "show captures (-: standard input) instead of tracing" },
	{ 0, "since", "TIME", set_since, "replay: what happened at TIME or later" },
	{ 0, "until", "TIME", set_until, "replay: what happened before TIME" },
	{ 0, "follow", NULL, set_follow, "replay: go on while it is being recorded" },
	{ 0, "doctor", NULL, set_doctor, "say what this host offers and what is missing" },
	{ 'v', "verbose", NULL, set_verbose, "say more on standard error" },
	{ 'h', "help", NULL, set_help, "show this" },
	{ 'V', "version", NULL, set_version, "show the version" },
};

_Static_assert(ARRAY_LEN(opts_table) <= 64, "a bit for each row");

/* The value by which getopt_long() reports a row. */
static int opts_value(size_t row)
{
	return opts_table[row].letter ? opts_table[row].letter : LONG_ONLY + (int)row;
}

/* What goes with what. */
static const struct {
	const char *name;
	unsigned int rules; /* enum opt_rule */
} opts_rules[] = {
	{ "backend", OPT_LIVE },  { "max-argv", OPT_LIVE }, { "buffer", OPT_LIVE },
	{ "latency", OPT_LIVE },  { "context", OPT_LIVE },  { "no-realtime", OPT_LIVE },
	{ "readers", OPT_LIVE },  { "record", OPT_LIVE },   { "rotate", OPT_RECORD },
	{ "keep", OPT_RECORD },   { "since", OPT_REPLAY },  { "until", OPT_REPLAY },
	{ "follow", OPT_REPLAY },
};

/* Was the option given? */
static bool opts_was_given(uint64_t given, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(opts_table); i++)
		if (given & BIT(i) && !strcmp(opts_table[i].name, name))
			return true;
	return false;
}

/* An option that was given and that a rule is about; NULL if there is none. */
static const char *opts_under(uint64_t given, unsigned int rule)
{
	for (size_t i = 0; i < ARRAY_LEN(opts_rules); i++)
		if (opts_rules[i].rules & rule && opts_was_given(given, opts_rules[i].name))
			return opts_rules[i].name;
	return NULL;
}

/* What was given must go together. given: BIT(row) in opts_table. */
static int opts_check(const struct opts *o, uint64_t given)
{
	const char *name;

	name = o->replay.file ? opts_under(given, OPT_LIVE) : NULL;
	if (name) {
		log_err(0, "--%s means nothing with --replay, which traces nothing", name);
		return -EINVAL;
	}
	name = o->replay.file ? NULL : opts_under(given, OPT_REPLAY);
	if (name) {
		log_err(0, "--%s goes with --replay FILE only", name);
		return -EINVAL;
	}
	name = o->record.path ? NULL : opts_under(given, OPT_RECORD);
	if (name) {
		log_err(0, "--%s goes with --record FILE only", name);
		return -EINVAL;
	}
	if (o->record.path && !strcmp(o->record.path, "-") &&
	    (!o->output || o->record.rotate_len || o->record.rotate_ns)) {
		log_err(0, "--record - wants --output FILE beside it, and no --rotate");
		return -EINVAL;
	}
	if (o->record.path && o->output && !strcmp(o->record.path, o->output)) {
		log_err(0, "--record and --output both name %s", o->output);
		return -EINVAL;
	}
	if (o->record.keep != UINT_MAX && !o->record.rotate_len && !o->record.rotate_ns) {
		log_err(0, "--keep goes with --rotate only");
		return -EINVAL;
	}
	if (o->until_ns && o->until_ns <= o->since_ns) {
		log_err(0, "--until is not after --since");
		return -EINVAL;
	}
	return 0;
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

/* A row's value, with what getopt_long() found for it. */
static int opts_set(struct opts *o, int value, uint64_t *given)
{
	for (size_t i = 0; i < ARRAY_LEN(opts_table); i++) {
		const struct opt *opt = &opts_table[i];
		const char *wrong;

		if (opts_value(i) != value)
			continue;
		*given |= BIT(i);
		wrong = opt->set(o, optarg);
		if (!wrong)
			return 0;
		log_err(0, "--%s '%s': %s", opt->name, optarg, wrong);
		return -EINVAL;
	}
	return -EINVAL;
}

int opts_parse(struct opts *o, int argc, char **argv)
{
	struct option longs[ARRAY_LEN(opts_table) + 1] = { 0 };
	char shorts[2 * ARRAY_LEN(opts_table) + 2] = ":", *s = shorts + 1;
	uint64_t given = 0; /* BIT(row) */
	int value;

	opts_defaults(o);
	opts_join(o, argc, argv);
	for (size_t i = 0; i < ARRAY_LEN(opts_table); i++) {
		const struct opt *opt = &opts_table[i];

		longs[i] = (struct option){ opt->name, opt->arg ? required_argument : no_argument,
					    NULL, opts_value(i) };
		if (!opt->letter)
			continue;
		*s++ = opt->letter;
		if (opt->arg)
			*s++ = ':';
	}

	optind = 0; /* glibc: start anew, so that a test can call this twice */
	while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const char *word = argv[optind - 1];

		if (value == ':') {
			log_err(0, "%s needs a value; see --help", word);
			return -EINVAL;
		}
		if (value == '?') {
			if (optopt > 0 && optopt < LONG_ONLY)
				log_err(0, "unknown option -%c; see --help", optopt);
			else
				log_err(0, "unknown option %s; see --help", word);
			return -EINVAL;
		}
		if (opts_set(o, value, &given) < 0)
			return -EINVAL;
	}
	o->replay.more = argv + optind;
	o->replay.more_cnt = argc - optind;
	if (optind < argc && !o->replay.file) {
		log_err(0, "what does '%s' mean here? only options are taken; see --help",
			argv[optind]);
		return -EINVAL;
	}
	return opts_check(o, given);
}

static void opts_help_row(struct buf *b, const struct opt *opt)
{
	const char *line = opt->help;
	size_t start = b->len, pad;

	if (opt->letter)
		buf_printf(b, "  -%c, --%s", opt->letter, opt->name);
	else
		buf_printf(b, "      --%s", opt->name);
	if (opt->arg)
		buf_printf(b, " %s", opt->arg);
	for (;;) {
		size_t len = strcspn(line, "\n");

		for (pad = b->len - start; pad < 26; pad++)
			buf_put_char(b, ' ');
		buf_put(b, line, len);
		buf_put_char(b, '\n');
		line += len;
		if (!*line++)
			break;
		start = b->len;
	}
}

void opts_help(struct buf *b)
{
	buf_puts(b, "Usage: execsnoop-c [OPTION]...\n"
		    "Show every program that this machine starts, with its whole argv.\n\n");
	for (size_t i = 0; i < ARRAY_LEN(opts_table); i++)
		opts_help_row(b, &opts_table[i]);
	buf_puts(b, "\nExamples:\n"
		    "  sudo execsnoop-c                       every exec, live\n"
		    "  sudo execsnoop-c -e all                forks and exits too\n"
		    "  sudo execsnoop-c --json -o execs.json  one JSON object a line (ECS)\n"
		    "  sudo execsnoop-c -w night.xsn           record all, to be shown later\n"
		    "  execsnoop-c --replay night.xsn -e all  show it\n"
		    "  sudo execsnoop-c --json | jq -r '.process.args // [] | @sh'\n"
		    "\nExit status: 0 ended as asked, 1 failure, 2 usage.\n");
}
