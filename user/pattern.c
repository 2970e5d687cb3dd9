// SPDX-License-Identifier: BSD-2-Clause
#include "pattern.h"

#include <stdbool.h>
#include <string.h>

enum {
	DEPTH_MAX = 64, /* of parentheses */
	NESTED_MAX = 4, /* repetitions of repetitions: each may double the time to compile it */
};

/* What stands between two parentheses, or all. */
struct level {
	size_t sum; /* nodes so far */
	size_t last; /* of these in the atom that a repetition would repeat */
	size_t nested; /* repetitions of repetitions, at the most */
	size_t last_nested; /* in that atom */
};

static size_t pattern_add(size_t a, size_t b)
{
	return a + b < PATTERN_SIZE_MAX ? a + b : PATTERN_SIZE_MAX;
}

/* The last atom is there so many times. */
static void level_repeat(struct level *l, size_t times)
{
	size_t copies = times < PATTERN_SIZE_MAX ? times - 1 : PATTERN_SIZE_MAX;

	l->sum = pattern_add(l->sum, copies * l->last);
	l->last = pattern_add(l->last, copies * l->last);
	if (++l->last_nested > l->nested)
		l->nested = l->last_nested;
	if (l->nested > NESTED_MAX)
		l->sum = PATTERN_SIZE_MAX;
}

static void level_atom(struct level *l, size_t size)
{
	l->sum = pattern_add(l->sum, size);
	l->last = size;
	l->last_nested = 0;
}

/* What stood in parentheses is an atom. */
static void level_group(struct level *l, const struct level *group)
{
	level_atom(l, pattern_add(group->sum, 1));
	l->last_nested = group->nested;
	if (l->nested < group->nested)
		l->nested = group->nested;
}

/* Behind the bracket expression that starts at p: a ] that is its first character does not end it. */
static const char *pattern_bracket(const char *p)
{
	p += p[1] == '^' ? 2 : 1;
	if (*p == ']')
		p++;
	while (*p && *p != ']') {
		const char *end =
			*p == '[' && p[1] && strchr(":.=", p[1]) ? strchr(p + 2, ']') : NULL;

		p = end ? end + 1 : p + 1;
	}
	return *p ? p + 1 : p;
}

/* Behind the interval that starts at p; *times is the larger of its numbers. */
static const char *pattern_interval(const char *p, size_t *times)
{
	const char *end = p + 1 + strspn(p + 1, "0123456789,");

	*times = 1;
	for (p++; p < end; p += strspn(p, "0123456789") + 1) {
		size_t n = strtoul(p, NULL, 10);

		if (n > *times)
			*times = n;
	}
	return *end == '}' ? end + 1 : end;
}

size_t pattern_size(const char *p)
{
	struct level levels[DEPTH_MAX] = { 0 }, *l = levels;
	size_t times;

	while (*p && l->sum < PATTERN_SIZE_MAX) {
		switch (*p) {
		case '(':
			if (l == &levels[DEPTH_MAX - 1])
				return PATTERN_SIZE_MAX;
			*++l = (struct level){ 0 };
			p++;
			break;
		case ')':
			if (l > levels) {
				l--;
				level_group(l, l + 1);
			}
			p++;
			break;
		case '[':
			level_atom(l, 1);
			p = pattern_bracket(p);
			break;
		case '+':
			level_repeat(l, 2);
			p++;
			break;
		case '*':
		case '?':
			level_repeat(l, 1);
			p++;
			break;
		case '{':
			p = pattern_interval(p, &times);
			level_repeat(l, times);
			break;
		default:
			p += *p == '\\' && p[1] ? 2 : 1;
			level_atom(l, 1);
		}
	}
	for (; l > levels; l--)
		l[-1].sum = pattern_add(l[-1].sum, l->sum);
	return levels->sum;
}
