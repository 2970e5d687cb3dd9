// SPDX-License-Identifier: BSD-2-Clause
#include "text.h"

#include <string.h>
#include <wchar.h>

struct range {
	uint32_t first;
	uint32_t last;
};

/*
 * Code points that are not shown as they are: of the Unicode 15 categories Cc, Cf,
 * Zl, Zp, Cs and Co, and the noncharacters. In ascending order.
 */
static const struct range text_hidden[] = {
	{ 0x0000, 0x001f },       { 0x007f, 0x009f },   { 0x00ad, 0x00ad },   { 0x034f, 0x034f },
	{ 0x0600, 0x0605 },       { 0x061c, 0x061c },   { 0x06dd, 0x06dd },   { 0x070f, 0x070f },
	{ 0x0890, 0x0891 },       { 0x08e2, 0x08e2 },   { 0x115f, 0x1160 },   { 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },       { 0x200b, 0x200f },   { 0x2028, 0x202e },   { 0x2060, 0x206f },
	{ 0x3164, 0x3164 },       { 0xd800, 0xf8ff },   { 0xfdd0, 0xfdef },   { 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff },       { 0xffa0, 0xffa0 },   { 0xfff0, 0xfffb },   { 0xfffe, 0xffff },
	{ 0x110bd, 0x110bd },     { 0x110cd, 0x110cd }, { 0x13430, 0x1345f }, { 0x1bca0, 0x1bca3 },
	{ 0x1d173, 0x1d17a },     { 0x1fffe, 0x1ffff }, { 0x2fffe, 0x2ffff }, { 0x3fffe, 0xfffff },
	{ 0x100000, UINT32_MAX },
};

/* Words that a shell takes for its own where a command starts. */
static const char *const text_reserved[] = {
	"case",     "coproc", "do", "done",   "elif", "else", "esac",  "fi",    "for",
	"function", "if",     "in", "select", "then", "time", "until", "while",
};

static bool text_is_continuation(char c)
{
	return (c & 0xc0) == 0x80;
}

unsigned int text_decode(const char *s, size_t len, uint32_t *cp, unsigned int *bad)
{
	unsigned char lead = (unsigned char)s[0];
	unsigned char low = 0x80, high = 0xbf; /* what the second byte may be */
	unsigned int want, i;

	if (lead < 0x80) {
		*cp = lead;
		return 1;
	}
	*bad = 1;
	if (lead < 0xc2 || lead > 0xf4)
		return 0;
	want = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	if (lead == 0xe0)
		low = 0xa0; /* else overlong */
	else if (lead == 0xed)
		high = 0x9f; /* else a surrogate */
	else if (lead == 0xf0)
		low = 0x90;
	else if (lead == 0xf4)
		high = 0x8f; /* else beyond U+10FFFF */

	if (len < 2 || (unsigned char)s[1] < low || (unsigned char)s[1] > high)
		return 0;
	for (i = 2; i < want; i++)
		if (i >= len || !text_is_continuation(s[i])) {
			*bad = i;
			return 0;
		}

	*cp = lead & (0x7fu >> want);
	for (i = 1; i < want; i++)
		*cp = *cp << 6 | ((unsigned char)s[i] & 0x3f);
	return want;
}

bool text_is_printable(uint32_t cp)
{
	if (cp < 0x7f)
		return cp >= 0x20;
	for (size_t i = 0; i < ARRAY_LEN(text_hidden); i++)
		if (cp <= text_hidden[i].last)
			return cp < text_hidden[i].first;
	return true;
}

/* The characters that mean nothing to any shell in any place of a word. */
static bool text_is_plain(char c, unsigned int flags)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return true;
	if (c == '=' || c == '%') /* an assignment, a job, where a command starts */
		return !(flags & TEXT_COMMAND);
	return c && strchr("_@+:,./-", c);
}

static bool text_is_reserved(struct span s)
{
	for (size_t i = 0; i < ARRAY_LEN(text_reserved); i++)
		if (strlen(text_reserved[i]) == s.len && !memcmp(text_reserved[i], s.ptr, s.len))
			return true;
	return false;
}

/* The length of the printable character at s, 0 if what is there must be escaped. */
static unsigned int text_printable_len(const char *s, size_t len, unsigned int flags)
{
	unsigned int bad, n;
	uint32_t cp;

	n = text_decode(s, len, &cp, &bad);
	if (!n || !text_is_printable(cp) || (n > 1 && !(flags & TEXT_UTF8)))
		return 0;
	return n;
}

enum quoting {
	QUOTE_NONE,
	QUOTE_SINGLE,
	QUOTE_DOLLAR,
};

static enum quoting text_quoting(struct span s, unsigned int flags)
{
	enum quoting q = QUOTE_NONE;
	size_t i = 0;

	while (i < s.len && text_is_plain(s.ptr[i], flags))
		i++;
	if (i == s.len) {
		if (!s.len || ((flags & TEXT_COMMAND) && text_is_reserved(s)))
			return QUOTE_SINGLE;
		return QUOTE_NONE;
	}
	while (i < s.len) {
		unsigned int n = text_printable_len(s.ptr + i, s.len - i, flags);

		if (!n || s.ptr[i] == '\'')
			return QUOTE_DOLLAR;
		q = QUOTE_SINGLE;
		i += n;
	}
	return q;
}

static void text_escape(struct buf *b, char c)
{
	static const char from[] = "\n\t\r\\'";
	static const char to[] = "ntr\\'";
	const char *p = c ? strchr(from, c) : NULL;

	buf_put_char(b, '\\');
	if (p) {
		buf_put_char(b, to[p - from]);
		return;
	}
	buf_put_char(b, (char)('0' + ((unsigned char)c >> 6)));
	buf_put_char(b, (char)('0' + ((unsigned char)c >> 3 & 7)));
	buf_put_char(b, (char)('0' + ((unsigned char)c & 7)));
}

static void text_quote_dollar(struct buf *b, struct span s, unsigned int flags)
{
	size_t i = 0;

	buf_put(b, "$'", 2);
	while (i < s.len) {
		unsigned int n = text_printable_len(s.ptr + i, s.len - i, flags);

		if (n && s.ptr[i] != '\'' && s.ptr[i] != '\\') {
			buf_put(b, s.ptr + i, n);
			i += n;
		} else {
			text_escape(b, s.ptr[i++]);
		}
	}
	buf_put_char(b, '\'');
}

void text_quote(struct buf *b, struct span s, unsigned int flags)
{
	switch (text_quoting(s, flags)) {
	case QUOTE_NONE:
		buf_put_span(b, s);
		break;
	case QUOTE_SINGLE:
		buf_put_char(b, '\'');
		buf_put_span(b, s);
		buf_put_char(b, '\'');
		break;
	case QUOTE_DOLLAR:
		text_quote_dollar(b, s, flags);
		break;
	}
}

bool text_next_arg(struct span *argv, struct span *arg)
{
	const char *nul;

	if (!argv->len)
		return false;
	nul = memchr(argv->ptr, '\0', argv->len);
	arg->ptr = argv->ptr;
	arg->len = nul ? (size_t)(nul - argv->ptr) : argv->len;
	argv->ptr += arg->len + (nul ? 1 : 0);
	argv->len -= arg->len + (nul ? 1 : 0);
	return true;
}

void text_quote_argv(struct buf *b, struct span argv, unsigned int flags)
{
	unsigned int first = TEXT_COMMAND;
	struct span arg;

	while (text_next_arg(&argv, &arg)) {
		if (!first)
			buf_put_char(b, ' ');
		text_quote(b, arg, flags | first);
		first = 0;
	}
}

size_t text_width(const char *s, size_t len)
{
	size_t width = 0, i = 0;

	while (i < len) {
		unsigned int n = 1, bad;
		uint32_t cp;
		int columns = 1;

		if ((unsigned char)s[i] >= 0x80) {
			n = text_decode(s + i, len - i, &cp, &bad);
			columns = n ? wcwidth((wchar_t)cp) : 1;
		}
		width += columns < 0 ? 1 : (size_t)columns; /* unknown to the locale */
		i += n ? n : 1;
	}
	return width;
}

enum {
	NAME_MAX_LEN = 32, /* that text_distance() looks at */
};

unsigned int text_distance(const char *a, const char *b, unsigned int max)
{
	size_t a_len = strnlen(a, NAME_MAX_LEN), b_len = strnlen(b, NAME_MAX_LEN);
	unsigned int row[NAME_MAX_LEN + 1];

	if ((a_len > b_len ? a_len - b_len : b_len - a_len) >= max)
		return max;
	for (unsigned int j = 0; j <= b_len; j++)
		row[j] = j;
	for (unsigned int i = 0; i < a_len; i++) {
		unsigned int left_up = row[0], least = i + 1;

		row[0] = i + 1;
		for (size_t j = 0; j < b_len; j++) {
			unsigned int best = left_up + (a[i] != b[j]);

			left_up = row[j + 1];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (left_up + 1 < best)
				best = left_up + 1;
			row[j + 1] = best;
			if (best < least)
				least = best;
		}
		if (least >= max) /* no later row has less */
			return max;
	}
	return row[b_len] < max ? row[b_len] : max;
}
