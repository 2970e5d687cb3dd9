// SPDX-License-Identifier: BSD-2-Clause
/* The quoter and the JSON writer: a byte of flags, then hostile text, which is also an argv block. */
#include "json.h"
#include "oracle.h"
#include "text.h"

/* What \x means within $'...', as POSIX.1-2024 2.2.4 has it. Returns the bytes of input used. */
static size_t unescape(struct buf *b, const char *at, size_t len)
{
	static const char from[] = "ntr\\'", to[] = "\n\t\r\\'";
	const char *p;

	must(len >= 2);
	p = strchr(from, at[1]);
	if (p) {
		buf_put_char(b, to[p - from]);
		return 2;
	}
	must(len >= 4 && at[1] >= '0' && at[1] <= '3');
	must(at[2] >= '0' && at[2] <= '7' && at[3] >= '0' && at[3] <= '7');
	buf_put_char(b, (char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0')));
	return 4;
}

/* A word that is plain, '...' or $'...'. */
static void unquote(struct buf *b, struct span word)
{
	bool dollar = word.len && *word.ptr == '$';
	size_t i = dollar;

	if (!word.len || (!dollar && *word.ptr != '\'')) {
		must(word.len);
		for (i = 0; i < word.len; i++)
			must(!strchr(" |&;<>()$`\\\"'*?[]#~!{}^\t\n", word.ptr[i]));
		buf_put_span(b, word);
		return;
	}
	must(word.len >= i + 2 && word.ptr[i] == '\'' && word.ptr[word.len - 1] == '\'');
	for (i++; i < word.len - 1;) {
		if (dollar && word.ptr[i] == '\\') {
			i += unescape(b, word.ptr + i, word.len - 1 - i);
			continue;
		}
		must(word.ptr[i] != '\'');
		buf_put_char(b, word.ptr[i++]);
	}
}

static void check_quote(struct span s, unsigned int flags)
{
	_cleanup_(buf_done) struct buf quoted = { 0 }, back = { 0 };

	text_quote(&quoted, s, flags);
	must(!quoted.failed);
	oracle_line(buf_span(&quoted), flags & TEXT_UTF8);
	unquote(&back, buf_span(&quoted));
	must(back.len == s.len && (!s.len || !memcmp(back.ptr, s.ptr, s.len)));
	must(text_width(quoted.ptr, quoted.len) <= quoted.len);
}

static void check_quote_argv(struct span argv, unsigned int flags)
{
	_cleanup_(buf_done) struct buf quoted = { 0 };

	text_quote_argv(&quoted, argv, flags & TEXT_UTF8);
	must(!quoted.failed);
	oracle_line(buf_span(&quoted), flags & TEXT_UTF8);
	oracle_shell(buf_span(&quoted), argv);
}

static void check_json(struct span s)
{
	_cleanup_(buf_done) struct buf text = { 0 }, base64 = { 0 };
	bool exact = json_string(&text, s);

	json_base64(&base64, s);
	must(!text.failed && !base64.failed);
	oracle_line(buf_span(&text), true);
	oracle_line(buf_span(&base64), false);
	oracle_json_string(buf_span(&text), s, exact);
	oracle_json_base64(buf_span(&base64), s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	unsigned int flags = (unsigned int)input_number(&in, 1) & (TEXT_UTF8 | TEXT_COMMAND);
	struct span s = input_take(&in, in.len);

	check_quote(s, flags);
	check_quote_argv(s, flags);
	check_json(s);
	return 0;
}
