// SPDX-License-Identifier: BSD-2-Clause
#include "opts.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>

#include "buf.h"
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

static const char *set_env(struct opts *o, const char *arg)
{
	if (!*arg)
		return "names separated by commas, or all, are wanted, as in PATH,LD_*";
	o->env.all = !strcmp(arg, "all");
	o->env.names = arg;
	o->source.env = true;
	return NULL;
}

static const char *set_redact(struct opts *o, const char *arg)
{
	if (!*arg)
		return "names separated by commas are wanted, as in *_ID,HOME";
	o->env.redact = arg;
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
	{ 0, "env", "LIST", set_env,
	  "show these environment variables of each exec, as in\n"
	  "PATH,LD_*; all: all, without what looks like a secret" },
	{ 0, "redact", "LIST", set_redact, "show the names of these alone, not the values" },
	{ 0, "no-realtime", NULL, set_no_realtime,
	  "connector: do not read argv with real-time priority" },
	{ 0, "readers", "N", set_readers,
	  "connector: at most so many such readers, one a CPU\n"
	  "(default: 256)" },
	{ 0, "doctor", NULL, set_doctor, "say what this host offers and what is missing" },
	{ 'v', "verbose", NULL, set_verbose, "say more on standard error" },
	{ 'h', "help", NULL, set_help, "show this" },
	{ 'V', "version", NULL, set_version, "show the version" },
};

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
static int opts_set(struct opts *o, int value)
{
	for (size_t i = 0; i < ARRAY_LEN(opts_table); i++) {
		const struct opt *opt = &opts_table[i];
		const char *wrong;

		if (opts_value(i) != value)
			continue;
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
		const char *given = argv[optind - 1];

		if (value == ':') {
			log_err(0, "%s needs a value; see --help", given);
			return -EINVAL;
		}
		if (value == '?') {
			if (optopt > 0 && optopt < LONG_ONLY)
				log_err(0, "unknown option -%c; see --help", optopt);
			else
				log_err(0, "unknown option %s; see --help", given);
			return -EINVAL;
		}
		if (opts_set(o, value) < 0)
			return -EINVAL;
	}
	if (optind < argc) {
		log_err(0, "what does '%s' mean here? only options are taken; see --help",
			argv[optind]);
		return -EINVAL;
	}
	return 0;
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
		    "  sudo execsnoop-c --json | jq -r '.process.args // [] | @sh'\n"
		    "\nExit status: 0 ended as asked, 1 failure, 2 usage.\n");
}
