// SPDX-License-Identifier: BSD-2-Clause
#include "opts_config.h"

#include <errno.h>
#include <string.h>

#include "config.h"
#include "log.h"
#include "opts.h"
#include "opts_table.h"

enum {
	WRONG_MAX = 20, /* lines of which it is said what is wrong with them */
};

const char *set_config(struct opts *o, const char *arg)
{
	if (!*arg)
		return "a file name is wanted";
	o->file.path = arg;
	return NULL;
}

const char *set_check_config(struct opts *o, const char *arg)
{
	(void)arg;
	o->check_config = true;
	return NULL;
}

static const struct opt *config_find(const char *name)
{
	for (size_t i = 0; i < opts_cnt; i++)
		if (opts_table[i].set && !strcmp(opts_table[i].name, name))
			return &opts_table[i];
	return NULL;
}

/* There is no option of that name; says so. */
static void config_unknown(const struct opts *o, const struct config *c)
{
	const char *nearest = opts_nearest(c->name);

	if (*c->name == '-')
		log_err(0, "%s:%u: '%.64s': a long option without its dashes is wanted",
			o->file.path, c->number, c->name);
	else if (strpbrk(c->name, " \t"))
		log_err(0, "%s:%u: '%.64s': a name, or name = value, is wanted", o->file.path,
			c->number, c->name);
	else if (nearest)
		log_err(0, "%s:%u: unknown option '%.64s'; is '%s' meant?", o->file.path, c->number,
			c->name, nearest);
	else
		log_err(0, "%s:%u: unknown option '%.64s'; see --help", o->file.path, c->number,
			c->name);
}

/* One setting. False after a line that says what is wrong. */
static bool config_set(struct opts *o, const struct config *c)
{
	const struct opt *opt = c->wrong ? NULL : config_find(c->name);
	const char *wrong = c->wrong;

	if (!wrong && !opt) {
		config_unknown(o, c);
		return false;
	}
	if (!wrong && opts_is_for_command_line(opt))
		wrong = "is for the command line only";
	else if (!wrong && opt->arg && (!c->value || !*c->value))
		wrong = "needs a value, as in name = value";
	else if (!wrong && !opt->arg && c->value)
		wrong = "takes no value: the name alone turns it on";
	if (wrong) {
		log_err(0, "%s:%u: %s%s%s", o->file.path, c->number, opt ? opt->name : "",
			opt ? " " : "", wrong);
		return false;
	}
	return opts_set(o, opt, c->value, c->number) == 0;
}

int opts_config(struct opts *o)
{
	struct config c = { 0 };
	unsigned int bad = 0;
	const char *wrong;

	if (!o->file.path)
		return 0;
	wrong = config_read(o->file.path, &o->file.text, &c.len);
	if (wrong) {
		log_err(0, "%s: %s", o->file.path, wrong);
		return -EINVAL;
	}
	c.at = o->file.text;
	while (config_next(&c)) {
		if (config_set(o, &c) || ++bad < WRONG_MAX)
			continue;
		log_err(0, "%s: more may be wrong; only so much is shown", o->file.path);
		break;
	}
	return bad ? -EINVAL : 0;
}
