// SPDX-License-Identifier: BSD-2-Clause
/* What is made of the option table for people and for their shells. */
#include "opts.h"

#include <string.h>

#include "field.h"
#include "opts_table.h"
#include "text.h"

enum {
	HELP_COLUMN = 26, /* where the words about an option start */
	NEAR = 3, /* letters by which a misspelt name may differ */
	NAME_LEN = 32,
};

static void words_backends(struct buf *b)
{
	buf_puts(b, "auto ");
	for (size_t i = 0; i < source_cnt; i++)
		buf_printf(b, "%s ", source_list[i]->name);
}

static void words_formats(struct buf *b)
{
	for (size_t i = 0; i < sink_cnt; i++)
		buf_printf(b, "%s ", sink_list[i]->name);
}

static void words_columns(struct buf *b)
{
	buf_puts(b, "help ");
	for (size_t i = 0; i < field_cnt; i++)
		if (fields[i].heading)
			buf_printf(b, "%s ", fields[i].name);
}

/* ---- help ---- */

static void help_row(struct buf *b, const struct opt *opt)
{
	const char *line = opt->help;
	size_t start = b->len, pad;

	if (opt->letter)
		buf_printf(b, "  -%c, --%s", opt->letter, opt->name);
	else
		buf_printf(b, "      --%s", opt->name);
	if (opt->arg)
		buf_printf(b, " %s", opt->arg);
	if (b->len - start >= HELP_COLUMN) {
		buf_put_char(b, '\n');
		start = b->len;
	}
	for (;;) {
		size_t len = strcspn(line, "\n");

		for (pad = b->len - start; pad < HELP_COLUMN; pad++)
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
	buf_puts(b, "Usage: execsnoop-c [OPTION]... [-- COMMAND [ARG]...]\n"
		    "       execsnoop-c [OPTION]... --replay FILE [OPTION]... [FILE]...\n"
		    "Show every program that this machine starts, with its whole argv.\n"
		    "With a COMMAND, only what that and its descendants start.\n");
	for (size_t i = 0; i < opts_cnt; i++)
		if (opts_table[i].set)
			help_row(b, &opts_table[i]);
		else
			buf_printf(b, "\n%s:\n", opts_table[i].name);
	buf_puts(b,
		 "\nExamples:\n"
		 "  sudo execsnoop-c                       every exec, live\n"
		 "  sudo execsnoop-c -e all                forks and exits too\n"
		 "  sudo execsnoop-c -f tree -- make       what a command starts, as a tree\n"
		 "  sudo execsnoop-c -p 1234 -e all        one process and its descendants\n"
		 "  sudo execsnoop-c -f lifecycle --exit-status nonzero\n"
		 "                                         what failed, and what it had used\n"
		 "  sudo execsnoop-c --json -o execs.json  one JSON object a line (ECS)\n"
		 "  sudo execsnoop-c -w night.xsn          record all, to be shown later\n"
		 "  execsnoop-c --replay night.xsn -e all  show it\n"
		 "  sudo execsnoop-c --json | jq -r '.process.args // [] | @sh'\n"
		 "\nExit status: 0 ended as asked, 1 failure, 2 usage; with a COMMAND its own.\n");
}

void opts_help_columns(struct buf *b)
{
	buf_puts(b, "NAME             HEADING         WHAT IT IS\n");
	for (size_t i = 0; i < field_cnt; i++)
		if (fields[i].heading)
			buf_printf(b, "%-16s %-15s %s\n", fields[i].name, fields[i].heading,
				   fields[i].help);
}

const char *opts_nearest(const char *given)
{
	unsigned int least = NEAR;
	const char *nearest = NULL;
	char name[NAME_LEN];

	given += strspn(given, "-");
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(given, "="), given);
	for (size_t i = 0; i < opts_cnt; i++) {
		unsigned int d =
			opts_table[i].set ? text_distance(name, opts_table[i].name, least) : least;

		/* Of a short name all letters may differ. */
		if (d < least && d < strlen(name)) {
			least = d;
			nearest = opts_table[i].name;
		}
	}
	return nearest;
}

/* The next row whose name begins so; opts_cnt: none. */
static size_t begun_next(size_t row, const char *name, size_t len)
{
	while (row < opts_cnt &&
	       (!opts_table[row].set || strncmp(opts_table[row].name, name, len) != 0))
		row++;
	return row;
}

size_t opts_begun(struct buf *b, const char *given)
{
	const char *name = given + strspn(given, "-");
	size_t len = strcspn(name, "="), cnt = 0, next;

	if (!len)
		return 0;
	for (size_t i = begun_next(0, name, len); i < opts_cnt; i = next, cnt++) {
		next = begun_next(i + 1, name, len);
		buf_printf(b, "%s--%s",
			   !cnt            ? "" :
			   next < opts_cnt ? ", " :
					     " or ",
			   opts_table[i].name);
	}
	return cnt;
}

/* ---- completions ---- */

static void words_shells(struct buf *b)
{
	buf_puts(b, "bash zsh fish");
}

/* The words that an option's argument may be. */
static const struct {
	const char *name;
	void (*put)(struct buf *b);
} words[] = {
	{ "events", opts_events },    { "backend", words_backends },  { "format", words_formats },
	{ "columns", words_columns }, { "completion", words_shells },
};

/* Append them between these two; nothing at all if it takes others. */
static void complete_words(struct buf *b, const struct opt *opt, const char *before,
			   const char *after)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcmp(words[i].name, opt->name) != 0)
			continue;
		buf_puts(b, before);
		words[i].put(b);
		while (b->len && b->ptr[b->len - 1] == ' ')
			b->len--;
		buf_puts(b, after);
	}
}

/* One line of help without what is in parentheses, as it may stand between '...' in each shell and in [...] in zsh. */
static void complete_help(struct buf *b, const char *help)
{
	const size_t start = b->len;

	for (; *help; help++)
		if (*help == '(') {
			while (b->len > start && b->ptr[b->len - 1] == ' ')
				b->len--;
			help += strcspn(help, ")");
			if (!*help)
				break;
		} else if (*help == '\n') {
			buf_put_char(b, ' ');
		} else if (!strchr("'[]\\", *help)) {
			buf_put_char(b, *help);
		}
	while (b->len > start && strchr(" ,", b->ptr[b->len - 1]))
		b->len--;
}

static bool complete_is_file(const struct opt *opt)
{
	return opt->arg && !strcmp(opt->arg, "FILE");
}

/* Several words with commas between them? */
static bool complete_is_list(const struct opt *opt)
{
	return opt->arg && !strcmp(opt->arg, "LIST");
}

/*
 * = is among COMP_WORDBREAKS, so --format=x comes as three words. compopt is refused outside of a
 * completion, as in a test.
 */
static const char bash_start[] =
	"# bash completion for execsnoop-c: made of its option table\n"
	"_execsnoop_c_files()\n{\n"
	"\tcompopt -o filenames 2>/dev/null\n"
	"\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	"}\n\n"
	"_execsnoop_c()\n{\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i replay=\n"
	"\tCOMPREPLY=()\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tif [[ ${COMP_WORDS[i]} == --replay ]]; then\n"
	"\t\t\treplay=1\n"
	"\t\telif [[ ${COMP_WORDS[i]} == -- ]] && declare -F _command_offset >/dev/null; then\n"
	"\t\t\t_command_offset $((i + 1))\n"
	"\t\t\treturn\n"
	"\t\telif [[ ${COMP_WORDS[i]} == -- ]]; then\n"
	"\t\t\tif ((COMP_CWORD == i + 1)) && [[ $cur != */* ]]; then\n"
	"\t\t\t\tmapfile -t COMPREPLY < <(compgen -c -- \"$cur\" | sort -u)\n"
	"\t\t\telse\n"
	"\t\t\t\t_execsnoop_c_files\n"
	"\t\t\tfi\n"
	"\t\t\treturn\n"
	"\t\tfi\n"
	"\tdone\n"
	"\tif [[ $cur == = ]]; then\n"
	"\t\tcur=\n"
	"\telif [[ $prev == = ]]; then\n"
	"\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}\n"
	"\tfi\n"
	"\tcase $prev in\n";

static const char bash_end[] = "\tesac\n"
			       "\tif [[ $replay && $cur != -* ]]; then\n"
			       "\t\t_execsnoop_c_files\n"
			       "\t\treturn\n"
			       "\tfi\n";

static void complete_bash(struct buf *b)
{
	buf_puts(b, bash_start);
	for (size_t i = 0; i < opts_cnt; i++) {
		const struct opt *opt = &opts_table[i];

		if (!opt->set || !opt->arg)
			continue;
		buf_printf(b, "\t--%s", opt->name);
		if (opt->letter)
			buf_printf(b, " | -%c", opt->letter);
		buf_puts(b, ")");
		if (complete_is_file(opt))
			buf_puts(b, " _execsnoop_c_files;");
		complete_words(b, opt, " mapfile -t COMPREPLY < <(compgen -W '",
			       complete_is_list(opt) ?
				       "' -P \"${cur%\"${cur##*,}\"}\" -- \"${cur##*,}\");" :
				       "' -- \"$cur\");");
		buf_puts(b, " return ;;\n");
	}
	buf_puts(b, bash_end);
	buf_puts(b, "\tmapfile -t COMPREPLY < <(compgen -W '--");
	for (size_t i = 0; i < opts_cnt; i++)
		if (opts_table[i].set)
			buf_printf(b, " --%s", opts_table[i].name);
	buf_puts(b, "' -- \"$cur\")\n}\ncomplete -F _execsnoop_c execsnoop-c\n");
}

/* What stands after the options depends on these: a command, further captures, or nothing. */
static const char zsh_start[] = "#compdef execsnoop-c\n# zsh completion: made of the option table\n"
				"local -a rest=()\nlocal -i dashes=${words[(ie)--]}\n"
				"if ((dashes < CURRENT)); then\n"
				"\trest=('(-)1:command: _command_names -e' '*::argument:_normal')\n"
				"elif ((${words[(I)--replay*]})); then\n"
				"\trest=('*:FILE:_files')\n"
				"fi\n"
				"_arguments -s -S";

static void complete_zsh(struct buf *b)
{
	buf_puts(b, zsh_start);
	for (size_t i = 0; i < opts_cnt; i++) {
		const struct opt *opt = &opts_table[i];

		if (!opt->set)
			continue;
		buf_puts(b, " \\\n\t");
		if (opt->letter)
			buf_printf(b, "'(-%c --%s)'{-%c%s,--%s%s}'[", opt->letter, opt->name,
				   opt->letter, opt->arg ? "+" : "", opt->name,
				   opt->arg ? "=" : "");
		else
			buf_printf(b, "'--%s%s[", opt->name, opt->arg ? "=" : "");
		complete_help(b, opt->help);
		buf_put_char(b, ']');
		if (opt->arg)
			buf_printf(b, ":%s:", opt->arg);
		if (complete_is_file(opt))
			buf_puts(b, "_files");
		if (complete_is_list(opt))
			complete_words(b, opt, "_values -s , LIST ", "");
		else
			complete_words(b, opt, "(", ")");
		buf_put_char(b, '\'');
	}
	buf_puts(b, " \\\n\t$rest\n");
}

static void complete_fish(struct buf *b)
{
	buf_puts(b, "# fish completion for execsnoop-c: made of its option table\n"
		    "complete -c execsnoop-c -f\n");
	for (size_t i = 0; i < opts_cnt; i++) {
		const struct opt *opt = &opts_table[i];

		if (!opt->set)
			continue;
		buf_puts(b, "complete -c execsnoop-c");
		if (opt->letter)
			buf_printf(b, " -s %c", opt->letter);
		buf_printf(b, " -l %s", opt->name);
		if (complete_is_file(opt))
			buf_puts(b, " -r -F");
		else if (opt->arg)
			buf_puts(b, " -x");
		if (complete_is_list(opt))
			complete_words(b, opt, " -a '(__fish_append , ", ")'");
		else
			complete_words(b, opt, " -a '", "'");
		buf_puts(b, " -d '");
		complete_help(b, opt->help);
		buf_puts(b, "'\n");
	}
}

static const struct {
	const char *name;
	void (*put)(struct buf *b);
} shells[] = {
	{ "bash", complete_bash },
	{ "zsh", complete_zsh },
	{ "fish", complete_fish },
};

bool opts_completion(struct buf *b, const char *shell)
{
	for (size_t i = 0; i < ARRAY_LEN(shells); i++)
		if (!strcmp(shells[i].name, shell)) {
			shells[i].put(b);
			return true;
		}
	return false;
}
