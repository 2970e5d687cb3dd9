// SPDX-License-Identifier: BSD-2-Clause
#include "count.h"

#include <string.h>

#include "../buf.h"
#include "../text.h"

static bool span_find(struct span s, const char *text, const char **at)
{
	*at = s.len ? memmem(s.ptr, s.len, text, strlen(text)) : NULL;
	return *at;
}

/* ---- the programs ---- */

/* What stands behind the number of a whole argv. */
static void count_tail(struct buf *b, bool json, struct span tail)
{
	struct span arg;

	buf_puts(b, json ? "\"" : "");
	while (text_next_arg(&tail, &arg)) {
		buf_puts(b, json ? ",\"" : " ");
		buf_put_span(b, arg);
		buf_puts(b, json ? "\"" : "");
	}
	buf_puts(b, json ? "]" : "");
}

/* Is the line around at an exec's? It says what it is at its start. */
static bool count_is_exec(struct span output, const char *at)
{
	const char *line = memrchr(output.ptr, '\n', (size_t)(at - output.ptr));
	const char *what;

	line = line ? line + 1 : output.ptr;
	return span_find((struct span){ line, (size_t)(at - line) }, "\"action\":\"exec\"", &what);
}

/* Take a number off the front. */
static bool count_number(struct span *s, uint64_t *n)
{
	size_t digits = 0;

	for (*n = 0; digits < s->len && digits < 18; digits++) {
		char c = s->ptr[digits];

		if (c < '0' || c > '9')
			break;
		*n = *n * 10 + (uint64_t)(c - '0');
	}
	s->ptr += digits;
	s->len -= digits;
	return digits > 0;
}

bool count_whole(struct span output, bool json, const char *mark, struct span tail, uint64_t end,
		 uint64_t *cnt)
{
	_cleanup_(buf_done) struct buf behind = { 0 }, before = { 0 }, seen = { 0 };
	struct span left = output;
	uint64_t whole = 0, n;
	const char *at;

	count_tail(&behind, json, tail);
	buf_printf(&before, "%s-", mark);
	buf_put_char(&before, '\0');
	if (!buf_room(&seen, end + 1) || behind.failed || before.failed)
		return false;
	memset(seen.ptr, 0, end + 1);
	while (span_find(left, before.ptr, &at)) {
		left = (struct span){ at + before.len - 1,
				      (size_t)(left.ptr + left.len - at) - (before.len - 1) };
		if (!count_number(&left, &n) || n >= end || seen.ptr[n] || left.len < behind.len ||
		    memcmp(left.ptr, behind.ptr, behind.len) != 0)
			continue;
		if (json && !count_is_exec(output, at))
			continue;
		seen.ptr[n] = 1;
		whole++;
	}
	*cnt = whole;
	return true;
}

/* ---- the totals ---- */

/* Take a name with its quotes and its colon off the front. */
static bool count_name(struct span *s, struct span *name)
{
	const char *quote = s->len > 1 ? memchr(s->ptr + 1, '"', s->len - 1) : NULL;

	if (!quote || quote + 2 > s->ptr + s->len)
		return false;
	*name = (struct span){ s->ptr + 1, (size_t)(quote - s->ptr) - 1 };
	*s = (struct span){ quote + 2, s->len - name->len - 3 };
	return true;
}

/* Is it one of them? No names: all are. */
static bool count_is_named(struct span name, const char *const *names)
{
	for (size_t i = 0; names && names[i]; i++)
		if (strlen(names[i]) == name.len && !memcmp(names[i], name.ptr, name.len))
			return true;
	return !names;
}

/* The sum of those numbers with one of the names in the object that the key opens. */
static uint64_t count_object(struct span line, const char *key, const char *const *names)
{
	struct span name;
	uint64_t sum = 0, n;
	const char *at;

	if (!span_find(line, key, &at))
		return 0;
	line = (struct span){ at + strlen(key), (size_t)(line.ptr + line.len - at) - strlen(key) };
	while (count_name(&line, &name) && count_number(&line, &n)) {
		sum += count_is_named(name, names) ? n : 0;
		if (!line.len || *line.ptr != ',')
			break;
		line = (struct span){ line.ptr + 1, line.len - 1 };
	}
	return sum;
}

bool count_totals(struct span output, struct count_totals *t)
{
	static const char *const exec[] = { "exec", NULL };
	static const char *const events[] = { "exec", "fork", "exit", NULL };
	struct span line = output;
	const char *at;

	if (!output.len || output.ptr[output.len - 1] != '\n')
		return false;
	at = memrchr(output.ptr, '\n', output.len - 1);
	if (at)
		line = (struct span){ at + 1, (size_t)(output.ptr + output.len - at) - 1 };
	if (!span_find(line, "\"action\":\"end\"", &at))
		return false;
	t->execs = count_object(line, "\"events\":{", exec);
	t->events = count_object(line, "\"events\":{", events);
	t->lost = count_object(line, "\"lost\":{", NULL);
	t->argv_missing = count_object(line, "\"args_missing\":{", NULL);
	return true;
}
