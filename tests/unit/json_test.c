// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include "json.h"

static const struct {
	struct span in;
	const char *want;
	bool valid;
} cases[] = {
	{ BYTES(""), "\"\"", true },
	{ BYTES("plain"), "\"plain\"", true },
	{ BYTES("q\"b\\"), "\"q\\\"b\\\\\"", true },
	{ BYTES("\n\t\r\b\f"), "\"\\n\\t\\r\\b\\f\"", true },
	{ BYTES("\0"), "\"\\u0000\"", true },
	{ BYTES("\033["), "\"\\u001b[\"", true },
	{ BYTES("\x7f"), "\"\\u007f\"", true },
	{ BYTES("\xc2\x9b"), "\"\\u009b\"", true },
	{ BYTES("\xe2\x80\xae"), "\"\\u202e\"", true },
	{ BYTES("\xf3\xa0\x81\x81"), "\"\\udb40\\udc41\"", true }, /* U+E0041, a tag */
	{ BYTES("caf\xc3\xa9"), "\"caf\xc3\xa9\"", true },
	{ BYTES("\xf0\x9f\x98\x80"), "\"\xf0\x9f\x98\x80\"", true },
	{ BYTES("a\xff"
		"b"),
	  "\"a\xef\xbf\xbd"
	  "b\"",
	  false },
	{ BYTES("\xe2\x82"), "\"\xef\xbf\xbd\"", false },
	{ BYTES("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", false },
};

static void strings(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(json_string(&b, cases[i].in), cases[i].valid);
		assert_buf(&b, cases[i].want);
	}
}

/* Each byte at each place among others: as if it were alone. */
static void places(void **state)
{
	_cleanup_(buf_done) struct buf whole = { 0 }, alone = { 0 };
	char text[19];

	(void)state;
	for (int c = 0; c < 256; c++) {
		alone.len = 0;
		json_string(&alone, (struct span){ (char[]){ (char)c }, 1 });
		for (size_t at = 0; at < sizeof(text); at++) {
			const size_t len = alone.len - 2; /* without its quotes */

			memset(text, 'x', sizeof(text));
			text[at] = (char)c;
			whole.len = 0;
			assert_int_equal(json_string(&whole, (struct span){ text, sizeof(text) }),
					 c < 0x80);
			assert_int_equal(whole.len, sizeof(text) - 1 + alone.len);
			assert_memory_equal(whole.ptr + 1, "xxxxxxxxxxxxxxxxxxx", at);
			assert_memory_equal(whole.ptr + 1 + at, alone.ptr + 1, len);
			assert_memory_equal(whole.ptr + 1 + at + len, "xxxxxxxxxxxxxxxxxxx",
					    sizeof(text) - 1 - at);
		}
	}
}

/* RFC 4648, section 10. */
static void base64(void **state)
{
	static const char *const vectors[][2] = {
		{ "", "\"\"" },
		{ "f", "\"Zg==\"" },
		{ "fo", "\"Zm8=\"" },
		{ "foo", "\"Zm9v\"" },
		{ "foob", "\"Zm9vYg==\"" },
		{ "fooba", "\"Zm9vYmE=\"" },
		{ "foobar", "\"Zm9vYmFy\"" },
		{ "\xff\xfe\xfd", "\"//79\"" },
	};
	_cleanup_(buf_done) struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		json_base64(&b, (struct span){ vectors[i][0], strlen(vectors[i][0]) });
		assert_buf(&b, vectors[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings),
		cmocka_unit_test(places),
		cmocka_unit_test(base64),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
