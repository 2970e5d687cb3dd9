// SPDX-License-Identifier: BSD-2-Clause
/* jansson has a json_string() of its own, which nobody calls: not so by way of its header here. */
#include <jansson.h>

#include "buf.h"
#include "oracle.h"
#include "text.h"

/* jansson's memory: given out one after the other, and all back at once; a malloc() costs ten times that. */
static struct {
	size_t used;
	_Alignas(16) char bytes[4 << 20];
} arena;

static void *arena_alloc(size_t len)
{
	void *at = arena.bytes + arena.used;

	arena.used += (len + 15) & ~(size_t)15;
	must(arena.used <= sizeof(arena.bytes));
	return at;
}

static void arena_free(void *at)
{
	(void)at;
}

/* What jansson was asked before is forgotten. */
static void arena_reset(void)
{
	arena.used = 0;
	json_set_alloc_funcs(arena_alloc, arena_free);
}

void oracle_line(struct span text, bool utf8)
{
	bool ascii = true;
	size_t i = 0;

	while (i < text.len) {
		unsigned int bad, n;
		uint32_t cp;

		if (text.ptr[i] >= ' ' && text.ptr[i] < 0x7f) {
			i++;
			continue;
		}
		ascii = false;
		n = text_decode(text.ptr + i, text.len - i, &cp, &bad);
		must(n && text_is_printable(cp));
		i += n;
	}
	must(ascii || (utf8 && oracle_is_utf8(text)));
}

bool oracle_is_utf8(struct span s)
{
	size_t used = arena.used;
	bool is;

	if (!used)
		arena_reset();
	is = json_stringn(s.len ? s.ptr : "", s.len);
	arena.used = used;
	return is;
}

static json_t *parse(struct span text)
{
	/* As reals: jansson has no unsigned 64 bits. */
	const size_t flags =
		JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL;
	json_error_t error;
	json_t *j;

	arena_reset();
	j = json_loadb(text.ptr, text.len, flags, &error);

	if (!j)
		dprintf(STDERR_FILENO, "%.*s\n%s at byte %d\n", (int)text.len, text.ptr, error.text,
			error.position);
	must(j);
	return j;
}

static struct span value(const json_t *j)
{
	must(json_is_string(j));
	return (struct span){ json_string_value(j), json_string_length(j) };
}

static bool same(struct span a, struct span b)
{
	return a.len == b.len && (!a.len || !memcmp(a.ptr, b.ptr, a.len));
}

void oracle_json_string(struct span text, struct span s, bool exact)
{
	json_t *j = parse(text);

	must(same(value(j), s) == exact);
	must(exact == oracle_is_utf8(s));
}

static unsigned int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned int)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (unsigned int)(c - 'a') + 26;
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0') + 52;
	must(c == '+' || c == '/');
	return c == '+' ? 62 : 63;
}

/* RFC 4648: 4 digits are 3 bytes, '=' in the place of digits that say nothing. */
static void base64_is(struct span text, struct span s)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	must(text.len % 4 == 0);
	for (size_t i = 0; i < text.len; i += 4) {
		const char *p = text.ptr + i;
		bool last = i + 4 == text.len;
		unsigned int pad = !last || p[3] != '=' ? 0 : p[2] != '=' ? 1 : 2;
		unsigned int v = digit(p[0]) << 18 | digit(p[1]) << 12 |
				 (pad < 2 ? digit(p[2]) << 6 : 0) | (pad < 1 ? digit(p[3]) : 0);

		must(!(v & (pad == 2 ? 0xffff : pad ? 0xff : 0)));
		for (unsigned int k = 0; k < 3 - pad; k++)
			buf_put_char(&b, (char)(v >> (16 - 8 * k)));
	}
	must(same(buf_span(&b), s));
}

void oracle_json_base64(struct span text, struct span s)
{
	json_t *j = parse(text);

	base64_is(value(j), s);
}

/* args is an array of strings: the block of them, or base64 of it is there. */
static void args_are(const json_t *args, const json_t *base64, struct span want)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	must(json_is_array(args));
	if (base64) {
		base64_is(value(base64), want);
		must(!oracle_is_utf8(want));
		return;
	}
	for (size_t i = 0; i < json_array_size(args); i++) {
		buf_put_span(&b, value(json_array_get(args, i)));
		buf_put_char(&b, '\0');
	}
	if (b.len && want.len && want.ptr[want.len - 1])
		b.len--;
	must(same(buf_span(&b), want));
}

static void filename_is(const json_t *name, const json_t *base64, struct span want)
{
	if (base64)
		base64_is(value(base64), want);
	else
		must(same(value(name), want));
}

void oracle_json_line(struct span line, const struct span *args, const struct span *filename)
{
	json_t *j = parse(line), *ours = json_object_get(j, "execsnoop");

	must(json_is_object(j));
	if (args)
		args_are(json_object_get(json_object_get(j, "process"), "args"),
			 json_object_get(ours, "args_base64"), *args);
	if (filename)
		filename_is(json_object_get(ours, "filename"),
			    json_object_get(ours, "filename_base64"), *filename);
}
