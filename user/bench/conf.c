// SPDX-License-Identifier: BSD-2-Clause
#include "conf.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#include "../buf.h"
#include "../log.h"
#include "workload.h"

enum {
	ROUNDS_DEFAULT = 5,
	ROUNDS_MAX = 1000,
	SECONDS_MAX = 3600,
	CPUS_MAX = 4096,
	ARGV_MIN = 10, /* a name and a number */
	ALIVE_MAX = 4000000, /* the kernel's own limit of pids */
};

#define RATE_MIN 1e-3 /* a tracer that has less to do is idle */
#define RATE_MAX 1e7

/* Takes the argument of an option; NULL, or what is wrong with it. */
typedef const char *set_fn(struct bench_conf *c, const char *arg);

/* A number from low to high with a suffix K or M (1024, its square), if suffixes are taken. */
static bool parse_number(const char *arg, size_t len, bool suffixes, double low, double high,
			 double *value)
{
	char text[32], *end;

	/* No blank, sign, nan, infinity or 0x: strtod(3) takes them all. */
	if (!len || len >= sizeof(text) || strspn(arg, "0123456789.") < len - suffixes)
		return false;
	memcpy(text, arg, len);
	text[len] = '\0';
	*value = strtod(text, &end);
	if (end == text)
		return false;
	if (suffixes && *end == 'K')
		*value *= 1024, end++;
	else if (suffixes && *end == 'M')
		*value *= 1024 * 1024, end++;
	return !*end && *value >= low && *value <= high;
}

static bool parse_whole(const char *arg, size_t len, bool suffixes, double low, double high,
			double *value)
{
	return parse_number(arg, len, suffixes, low, high, value) && *value == floor(*value);
}

static const char *set_rounds(struct bench_conf *c, const char *arg)
{
	double n;

	if (!parse_whole(arg, strlen(arg), false, 1, ROUNDS_MAX, &n))
		return "a whole number from 1 to 1000 is wanted";
	c->rounds = (unsigned int)n;
	return NULL;
}

static const char *set_seconds(struct bench_conf *c, const char *arg)
{
	if (!parse_number(arg, strlen(arg), false, 0.01, SECONDS_MAX, &c->seconds))
		return "seconds from 0.01 to 3600 are wanted";
	return NULL;
}

static const char *set_cpus(struct bench_conf *c, const char *arg)
{
	double n;

	if (!parse_whole(arg, strlen(arg), false, 1, CPUS_MAX, &n))
		return "a whole number from 1 to 4096 is wanted";
	c->cpus = (unsigned int)n;
	return NULL;
}

/* Takes the next word of a list off its front; false at the end. */
static bool next_word(const char **arg, const char **word, size_t *len)
{
	if (!*arg)
		return false;
	*word = *arg;
	*len = strcspn(*arg, ",");
	*arg = (*word)[*len] ? *word + *len + 1 : NULL;
	return true;
}

static const char *set_rate(struct bench_conf *c, const char *arg)
{
	static const char wrong[] = "programs a second are wanted, 0 or from 0.001 to 10000000, or "
				    "max, as in 10,100,max/s";
	const char *word;
	size_t len;

	for (c->rate_cnt = 0; next_word(&arg, &word, &len); c->rate_cnt++) {
		if (c->rate_cnt == CONF_LIST_MAX)
			return "at most 16 are taken";
		if (len > 2 && !memcmp(word + len - 2, "/s", 2))
			len -= 2;
		if (len == 3 && !memcmp(word, "max", 3))
			c->rates[c->rate_cnt] = INFINITY;
		else if (!parse_number(word, len, false, 0, RATE_MAX, &c->rates[c->rate_cnt]) ||
			 (c->rates[c->rate_cnt] > 0 && c->rates[c->rate_cnt] < RATE_MIN))
			return wrong;
	}
	return NULL;
}

static const char *set_list(const char *arg, double min, double max, double *list, size_t *cnt)
{
	const char *word;
	size_t len;

	for (*cnt = 0; next_word(&arg, &word, &len); ++*cnt) {
		if (*cnt == CONF_LIST_MAX)
			return "at most 16 are taken";
		if (!parse_whole(word, len, true, min, max, &list[*cnt]))
			return "whole numbers are wanted, as in 100,1K,1M; see the manual page for "
			       "the "
			       "limits";
	}
	return NULL;
}

static const char *set_argv(struct bench_conf *c, const char *arg)
{
	return set_list(arg, ARGV_MIN, WORKLOAD_ARGV_MAX, c->argv_lens, &c->argv_cnt);
}

static const char *set_alive(struct bench_conf *c, const char *arg)
{
	return set_list(arg, 0, ALIVE_MAX, c->alive, &c->alive_cnt);
}

static const char *set_backends(struct bench_conf *c, const char *arg)
{
	const char *word;
	size_t len;

	for (c->backend_cnt = 0; next_word(&arg, &word, &len); c->backend_cnt++) {
		char name[32];

		snprintf(name, sizeof(name), "%.*s", (int)(len < 31 ? len : 31), word);
		if (c->backend_cnt == CONF_LIST_MAX)
			return "at most 16 are taken";
		c->backends[c->backend_cnt] = source_find(name);
		if (!c->backends[c->backend_cnt])
			return "bpf, connector or both are wanted, as in bpf,connector";
	}
	return NULL;
}

static const char *set_json(struct bench_conf *c, const char *arg)
{
	(void)arg;
	c->format = FORMAT_JSON;
	return NULL;
}

static const char *set_markdown(struct bench_conf *c, const char *arg)
{
	(void)arg;
	c->format = FORMAT_MARKDOWN;
	return NULL;
}

static const char *set_html(struct bench_conf *c, const char *arg)
{
	c->html = arg;
	return *arg ? NULL : "a file name is wanted";
}

static const char *set_plots(struct bench_conf *c, const char *arg)
{
	c->plots = arg;
	return *arg ? NULL : "a directory is wanted";
}

static const char *set_base(struct bench_conf *c, const char *arg)
{
	struct stat st;

	c->base = arg;
	if (stat(arg, &st) < 0 || !S_ISREG(st.st_mode) || access(arg, X_OK) < 0)
		return "that is no program";
	return NULL;
}

static const char *set_peer(struct bench_conf *c, const char *arg)
{
	const char *equal = strchr(arg, '=');

	if (!equal || equal == arg || !equal[1])
		return "NAME=COMMAND is wanted, as in 'forkstat=exec forkstat -e exec'";
	if (c->peer_cnt == CONF_LIST_MAX)
		return "at most 16 are taken";
	c->peers[c->peer_cnt++] = arg;
	return NULL;
}

static const char *set_option(struct bench_conf *c, const char *arg)
{
	if (c->option_cnt == CONF_LIST_MAX)
		return "at most 16 are taken";
	c->options[c->option_cnt++] = (char *)arg;
	return NULL;
}

static const char *set_help(struct bench_conf *c, const char *arg)
{
	(void)arg;
	c->help = true;
	return NULL;
}

static const struct {
	const char *name;
	const char *arg; /* its name in the help; NULL: takes none */
	set_fn *set;
	const char *help; /* lines after the first are set below it */
} conf_table[] = {
	{ "rate", "LIST", set_rate,
	  "programs a second, of all CPUs together; max: what they\n"
	  "can; 0: none (default: max; with --html or --plots\n"
	  "10,100,1000,max)" },
	{ "argv", "LIST", set_argv,
	  "bytes of argv of each program, 10 to 1M, about (default: 50)" },
	{ "alive", "LIST", set_alive, "processes that are alive meanwhile (default: 0)" },
	{ "rounds", "N", set_rounds, "how often each is measured (default: 5)" },
	{ "seconds", "S", set_seconds, "how long each time (default: 1)" },
	{ "cpus", "N", set_cpus, "start programs on so many CPUs (default: all)" },
	{ "backends", "LIST", set_backends, "bpf, connector (default: both, as far as they work)" },
	{ "with", "OPTION", set_option,
	  "start the tracer with this option too, as in\n"
	  "--with=--latency=100; may be repeated" },
	{ "base", "PROGRAM", set_base, "compare with this build of execsnoop-c" },
	{ "peer", "NAME=COMMAND", set_peer, "measure another tracer too; may be repeated" },
	{ "json", NULL, set_json, "report as JSON" },
	{ "markdown", NULL, set_markdown, "report as Markdown" },
	{ "html", "FILE", set_html, "write a page with plots as well" },
	{ "plots", "DIRECTORY", set_plots, "write the plots as SVG files as well" },
	{ "help", NULL, set_help, "show this" },
};

enum {
	ROW_FIRST = 256, /* what getopt_long(3) returns for the first row: no letter */
};

static int conf_set(struct bench_conf *c, size_t row)
{
	const char *wrong = conf_table[row].set(c, optarg);

	if (!wrong)
		return 0;
	log_err(0, "--%s '%s': %s", conf_table[row].name, optarg, wrong);
	return -EINVAL;
}

static void conf_defaults(struct bench_conf *c)
{
	cpu_set_t may;

	*c = (struct bench_conf){ .rounds = ROUNDS_DEFAULT, .seconds = 1, .cpus = 1 };
	if (sched_getaffinity(0, sizeof(may), &may) == 0)
		c->cpus = (unsigned int)CPU_COUNT(&may);
	for (size_t i = 0; i < source_cnt && i < CONF_LIST_MAX; i++)
		c->backends[c->backend_cnt++] = source_list[i];
}

/* The lists that were not given. */
static void conf_points(struct bench_conf *c)
{
	static const double rates[] = { 10, 100, 1000, INFINITY };

	if (!c->rate_cnt && (c->html || c->plots) && !c->command && c->argv_cnt < 2 &&
	    c->alive_cnt < 2)
		for (; c->rate_cnt < ARRAY_LEN(rates); c->rate_cnt++)
			c->rates[c->rate_cnt] = rates[c->rate_cnt];
	if (!c->rate_cnt)
		c->rates[c->rate_cnt++] = INFINITY;
	if (!c->argv_cnt)
		c->argv_cnt = 1;
	if (!c->alive_cnt)
		c->alive_cnt = 1;
}

/* getopt_long(3) has said no. Always -EINVAL. */
static int conf_refuse(int answer, char **argv)
{
	const char *word = argv[optind - 1];

	if (answer == ':')
		log_err(0, "bench: %s needs a value; see bench --help", word);
	else if (optopt >= ROW_FIRST)
		log_err(0, "bench: %s: this option takes no value; see bench --help", word);
	else if (optopt > 0) /* within a word of several letters it is not yet behind that */
		log_err(0, "bench: -%c is no option; see bench --help", optopt);
	else
		log_err(0, "bench: %s is no option; see bench --help", word);
	return -EINVAL;
}

/* The options; *end: there was a -- behind them. */
static int conf_options(struct bench_conf *c, int argc, char **argv, bool *end)
{
	struct option longs[ARRAY_LEN(conf_table) + 1] = { 0 };
	int before = 1, row;

	for (size_t i = 0; i < ARRAY_LEN(conf_table); i++)
		longs[i] = (struct option){ conf_table[i].name,
					    conf_table[i].arg ? required_argument : no_argument,
					    NULL, ROW_FIRST + (int)i };
	optind = 0; /* glibc: start anew */
	for (; (row = getopt_long(argc, argv, "+:", longs, NULL)) != -1; before = optind) {
		if (row == ':' || row == '?')
			return conf_refuse(row, argv);
		if (conf_set(c, (size_t)(row - ROW_FIRST)) < 0)
			return -EINVAL;
	}
	*end = optind > before;
	return 0;
}

static int conf_command(struct bench_conf *c, int argc, char **argv, bool end)
{
	if (optind < argc && !end)
		log_err(0, "bench: what does '%s' mean here? a command stands behind --",
			argv[optind]);
	else if (optind == argc && end)
		log_err(0, "bench: a command is wanted behind --");
	else if (end && (c->rate_cnt || c->argv_cnt))
		log_err(0, "bench: --rate and --argv are for its own programs, not for a command");
	else {
		c->command = end ? argv + optind : NULL;
		return 0;
	}
	return -EINVAL;
}

int bench_conf_parse(struct bench_conf *c, int argc, char **argv)
{
	bool end = false;

	conf_defaults(c);
	if (conf_options(c, argc, argv, &end) < 0 || conf_command(c, argc, argv, end) < 0)
		return -EINVAL;
	conf_points(c);
	return 0;
}

void bench_conf_help(struct buf *b)
{
	buf_puts(
		b,
		"Usage: execsnoop-c bench [OPTION]... [-- COMMAND [ARGUMENT]...]\n"
		"Measure what tracing costs on this machine: how much slower a workload runs, and\n"
		"what the tracer uses, for each backend, in rounds of random order. Needs "
		"root.\n\n");
	for (size_t i = 0; i < ARRAY_LEN(conf_table); i++) {
		const char *line = conf_table[i].help;
		size_t start = b->len;

		buf_printf(b, "  --%s%s%s", conf_table[i].name, conf_table[i].arg ? " " : "",
			   conf_table[i].arg ? conf_table[i].arg : "");
		for (; line; start = b->len) {
			size_t len = strcspn(line, "\n"), width = b->len - start;

			buf_printf(b, "%*s%.*s\n", width < 24 ? (int)(24 - width) : 1, "", (int)len,
				   line);
			line = line[len] ? line + len + 1 : NULL;
		}
	}
	buf_puts(b, "\nThe workload is a storm of the shortest-lived programs, or COMMAND.\n"
		    "Ctrl-C ends it and reports what there is.\n");
}
