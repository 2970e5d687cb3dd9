// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include "text.h"

struct quote_case {
	const char *in;
	const char *want;
	unsigned int flags;
};

static const struct quote_case quote_cases[] = {
	{ "", "''", 0 },
	{ "plain", "plain", 0 },
	{ "/usr/bin/gcc-12", "/usr/bin/gcc-12", 0 },
	{ "a b", "'a b'", 0 },
	{ "~", "'~'", 0 },
	{ "#x", "'#x'", 0 },
	{ "*", "'*'", 0 },
	{ "$(reboot)", "'$(reboot)'", 0 },
	{ "it's", "$'it\\'s'", 0 },
	{ "back\\slash", "'back\\slash'", 0 },
	{ "back\\slash'", "$'back\\\\slash\\''", 0 },
	{ "new\nline", "$'new\\nline'", 0 },
	{ "\ttab\r", "$'\\ttab\\r'", 0 },
	{ "\033[31mred", "$'\\033[31mred'", 0 },
	{ "\0331", "$'\\0331'", 0 },
	{ "\x7f", "$'\\177'", 0 },
	{ "caf\xc3\xa9", "'caf\xc3\xa9'", TEXT_UTF8 },
	{ "caf\xc3\xa9", "$'caf\\303\\251'", 0 },
	{ "\xc2\x9b"
	  "2J",
	  "$'\\302\\2332J'", TEXT_UTF8 }, /* C1: CSI */
	{ "\xe2\x80\xae"
	  "cod",
	  "$'\\342\\200\\256cod'", TEXT_UTF8 }, /* right-to-left override */
	{ "\xff\xfe", "$'\\377\\376'", TEXT_UTF8 },
	{ "\xc0\xaf", "$'\\300\\257'", TEXT_UTF8 }, /* overlong */
	{ "\xed\xa0\x80", "$'\\355\\240\\200'", TEXT_UTF8 }, /* surrogate */
	{ "\xf4\x90\x80\x80", "$'\\364\\220\\200\\200'", TEXT_UTF8 }, /* beyond Unicode */
	{ "\xe2\x82", "$'\\342\\202'", TEXT_UTF8 }, /* cut off */
	{ "\xf0\x9f\x98\x80", "'\xf0\x9f\x98\x80'", TEXT_UTF8 },
	{ "A=b", "A=b", 0 },
	{ "A=b", "'A=b'", TEXT_COMMAND },
	{ "%1", "'%1'", TEXT_COMMAND },
	{ "if", "if", 0 },
	{ "if", "'if'", TEXT_COMMAND },
	{ "ifconfig", "ifconfig", TEXT_COMMAND },
};

static void quotes(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(quote_cases); i++) {
		const struct quote_case *c = &quote_cases[i];

		text_quote(&b, (struct span){ c->in, strlen(c->in) }, c->flags);
		assert_buf(&b, c->want);
	}
}

static void argv_is_split_at_nuls(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	(void)state;
	text_quote_argv(&b, BYTES("ls\0-l\0\0a b\0"), 0);
	assert_buf(&b, "ls -l '' 'a b'");
	text_quote_argv(&b, BYTES("\0"), 0);
	assert_buf(&b, "''");
	text_quote_argv(&b, BYTES("ls\0cut-of"), 0);
	assert_buf(&b, "ls cut-of");
	text_quote_argv(&b, BYTES("if\0if\0"), 0);
	assert_buf(&b, "'if' if");
	text_quote_argv(&b, BYTES(""), 0);
	assert_buf(&b, "");
}

static void maximal_invalid_parts(void **state)
{
	/* Unicode 15, table 3-8: U+FFFD for each of these parts. */
	static const struct {
		struct span in;
		unsigned int bad;
	} cases[] = {
		{ BYTES("\x80"), 1 },
		{ BYTES("\xc2"), 1 },
		{ BYTES("\xe2\x82"), 2 },
		{ BYTES("\xe2\x82"
			"A"),
		  2 },
		{ BYTES("\xf0\x9f\x98"), 3 },
		{ BYTES("\xf0\x80\x80\x80"), 1 },
		{ BYTES("\xe0\x80\x80"), 1 },
		{ BYTES("\xed\xa0\x80"), 1 },
		{ BYTES("\xf5\x80\x80\x80"), 1 },
		{ BYTES("\xf4\x90\x80\x80"), 1 },
		{ BYTES("\xf0\x9f\x41"), 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		unsigned int bad = 0;
		uint32_t cp;

		assert_int_equal(text_decode(cases[i].in.ptr, cases[i].in.len, &cp, &bad), 0);
		assert_int_equal(bad, cases[i].bad);
	}
}

static void every_code_point_decodes(void **state)
{
	(void)state;
	for (uint32_t want = 0; want <= 0x10ffff; want++) {
		char s[4];
		unsigned int len, bad;
		uint32_t cp = 0;

		if (want < 0x80)
			len = 1, s[0] = (char)want;
		else if (want < 0x800)
			len = 2, s[0] = (char)(0xc0 | want >> 6);
		else if (want < 0x10000)
			len = 3, s[0] = (char)(0xe0 | want >> 12);
		else
			len = 4, s[0] = (char)(0xf0 | want >> 18);
		for (unsigned int i = 1; i < len; i++)
			s[i] = (char)(0x80 | (want >> (6 * (len - 1 - i)) & 0x3f));

		if (want >= 0xd800 && want <= 0xdfff) {
			assert_int_equal(text_decode(s, len, &cp, &bad), 0);
			continue;
		}
		assert_int_equal(text_decode(s, len, &cp, &bad), len);
		assert_int_equal(cp, want);
	}
}

static void dangerous_code_points_are_hidden(void **state)
{
	static const uint32_t hidden[] = { 0,      0x1b,   0x7f,   0x80,   0x9b,    0x9f,    0xad,
					   0x61c,  0x200b, 0x200e, 0x202a, 0x202e,  0x2028,  0x2066,
					   0x2069, 0xfeff, 0xfff9, 0xe000, 0xe0041, 0x10fffd };
	static const uint32_t shown[] = { ' ', '~', 0xa0, 0xe9, 0x3b1, 0x20ac, 0x4e2d, 0x1f600 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hidden); i++)
		assert_false(text_is_printable(hidden[i]));
	for (size_t i = 0; i < ARRAY_LEN(shown); i++)
		assert_true(text_is_printable(shown[i]));
}

/* What bash makes of the line, each word with a NUL behind it. */
static size_t shell_reads(const struct buf *line, char *got, size_t size)
{
	char path[] = "/tmp/text_test.XXXXXX", command[64];
	int fd = mkstemp(path);
	FILE *f;
	size_t len;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "printf '%s\\0' ", 14), 14);
	assert_int_equal(write(fd, line->ptr, line->len), (ssize_t)line->len);
	close(fd);
	snprintf(command, sizeof(command), "LC_ALL=C.UTF-8 bash %s", path);
	f = popen(command, "re");
	assert_non_null(f);
	len = fread(got, 1, size, f);
	assert_int_equal(pclose(f), 0);
	unlink(path);
	return len;
}

static void a_shell_reads_back_what_was_quoted(void **state)
{
	enum {
		LEN = 60000
	};
	_cleanup_(buf_done) struct buf b = { 0 };
	char *argv = malloc(LEN), *got = malloc(LEN + 1);

	(void)state;
	srandom(1);
	for (size_t i = 0; i < LEN; i++) {
		long r = random();

		/* Single bytes, and often those that mean something to a shell. */
		argv[i] = r & 0x100 ? (char)(r & 0xff) :
				      "\0 '\"\\$`!*\n\t\033a1{~=#\xe2\x80\xae"[r % 21];
	}
	argv[LEN - 1] = '\0';
	for (unsigned int flags = 0; flags <= TEXT_UTF8; flags += TEXT_UTF8) {
		b.len = 0;
		text_quote_argv(&b, (struct span){ argv, LEN }, flags);
		assert_null(memchr(b.ptr, '\n', b.len));
		assert_null(memchr(b.ptr, '\033', b.len));
		assert_int_equal(shell_reads(&b, got, LEN + 1), LEN);
		assert_memory_equal(got, argv, LEN);
	}
	free(argv);
	free(got);
}

/* By the definition: the last letter of one is left out, of the other, or the one made the other. */
static unsigned int distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned int best, other;

	if (!a_len || !b_len)
		return (unsigned int)(a_len + b_len);
	best = distance(a, a_len - 1, b, b_len - 1) + (a[a_len - 1] != b[b_len - 1]);
	other = distance(a, a_len - 1, b, b_len) + 1;
	best = other < best ? other : best;
	other = distance(a, a_len, b, b_len - 1) + 1;
	return other < best ? other : best;
}

/* The word of that number: all of up to 4 letters a to c, the shorter first. */
static void word(unsigned int number, char *to)
{
	for (; number; number = (number - 1) / 3)
		*to++ = "abc"[(number - 1) % 3];
	*to = '\0';
}

static void distances_up_to_a_limit(void **state)
{
	enum {
		WORDS = 1 + 3 + 9 + 27 + 81
	};
	static const char longer[] = "a-name-that-is-longer-than-any-option";
	char a[8], b[8];

	(void)state;
	for (unsigned int i = 0; i < WORDS * WORDS; i++) {
		unsigned int want;

		word(i / WORDS, a);
		word(i % WORDS, b);
		want = distance(a, strlen(a), b, strlen(b));
		for (unsigned int max = 1; max <= 5; max++)
			assert_int_equal(text_distance(a, b, max), want < max ? want : max);
	}
	assert_int_equal(text_distance("kitten", "sitting", UINT32_MAX), 3);
	assert_int_equal(text_distance(longer, "", UINT32_MAX), 32);
	assert_int_equal(text_distance("", longer, UINT32_MAX), 32);
	assert_int_equal(text_distance(longer, "a-name-that-is-longer-than-any-o", 1), 0);
}

/* Wide characters, such that are put onto others, and what no locale knows. */
static void width_is_that_of_a_terminal(void **state)
{
	static const struct {
		const char *text;
		size_t utf8, c;
	} cases[] = {
		{ "", 0, 0 },
		{ "plain", 5, 5 },
		{ "caf\xc3\xa9", 4, 4 },
		{ "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 6, 3 },
		{ "e\xcc\x81\xcc\x81x", 2, 4 },
		{ "\xf0\x9f\x98\x80", 2, 1 },
		{ "\xff\xe6\x97", 3, 3 }, /* is never printed */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *text = cases[i].text;

		assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
		assert_int_equal(text_width(text, strlen(text)), cases[i].utf8);
		setlocale(LC_CTYPE, "C");
		assert_int_equal(text_width(text, strlen(text)), cases[i].c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes),
		cmocka_unit_test(width_is_that_of_a_terminal),
		cmocka_unit_test(argv_is_split_at_nuls),
		cmocka_unit_test(maximal_invalid_parts),
		cmocka_unit_test(every_code_point_decodes),
		cmocka_unit_test(dangerous_code_points_are_hidden),
		cmocka_unit_test(a_shell_reads_back_what_was_quoted),
		cmocka_unit_test(distances_up_to_a_limit),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
