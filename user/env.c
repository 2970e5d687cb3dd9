// SPDX-License-Identifier: BSD-2-Clause
#include "env.h"

#include <strings.h>

#include "text.h"

static char env_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* One pattern. At a mismatch the last * takes one character more. */
static bool env_match_one(struct span pattern, struct span name)
{
	size_t p = 0, n = 0, star = SIZE_MAX, taken = 0;

	while (n < name.len) {
		if (p < pattern.len && pattern.ptr[p] == '*') {
			star = p++;
			taken = n;
		} else if (p < pattern.len &&
			   (pattern.ptr[p] == '?' ||
			    env_upper(pattern.ptr[p]) == env_upper(name.ptr[n]))) {
			p++;
			n++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			n = ++taken;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.ptr[p] == '*')
		p++;
	return p == pattern.len;
}

const char *env_wrong(const char *patterns)
{
	if (patterns[strcspn(patterns, " \t\n\v\f\r'\"`=")])
		return "names and commas alone are wanted, without blanks, quotes and =, as in "
		       "PATH,LD_*";
	for (;;) {
		size_t len = strcspn(patterns, ",");

		if (!len)
			return "names separated by commas are wanted, as in PATH,LD_*";
		if (len == strlen("all") && !strncasecmp(patterns, "all", len))
			return "all is no name: * stands for all of them";
		patterns += len;
		if (!*patterns++)
			return NULL;
	}
}

bool env_match(const char *patterns, struct span name)
{
	for (;;) {
		size_t len = strcspn(patterns, ",");

		if (len && env_match_one((struct span){ patterns, len }, name))
			return true;
		patterns += len;
		if (!*patterns++)
			return false;
	}
}

static bool env_is_hidden(const struct env_conf *conf, struct span name)
{
	if (conf->redact && env_match(conf->redact, name))
		return true;
	return conf->all && env_match(ENV_SECRETS, name) && !env_match(ENV_NO_SECRETS, name);
}

void env_show(const struct env_conf *conf, struct span block, struct buf *out)
{
	struct span var;

	while (text_next_arg(&block, &var)) {
		const char *equals = var.len ? memchr(var.ptr, '=', var.len) : NULL;
		struct span name = { var.ptr, equals ? (size_t)(equals - var.ptr) : var.len };

		if (!conf->all && !(conf->names && env_match(conf->names, name)))
			continue;
		if (equals && env_is_hidden(conf, name)) {
			buf_put_span(out, name);
			buf_puts(out, "=" ENV_PLACEHOLDER);
		} else {
			buf_put_span(out, var);
		}
		buf_put_char(out, '\0');
	}
}
