// SPDX-License-Identifier: BSD-2-Clause
#include "json.h"

#include "text.h"

static const char json_hex[] = "0123456789abcdef";

/* Printable ASCII but for the two that JSON escapes. */
static bool json_is_plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Are all eight bytes plain? If not, it may say so of more, never of fewer. */
static bool json_all_plain(uint64_t v)
{
	const uint64_t ones = 0x0101010101010101, high = 0x80 * ones;
	/* In each byte the high bit says that it is the one, or below 0x20, or 0x7f. */
	const uint64_t quote = (v ^ '"' * ones) - ones, slash = (v ^ '\\' * ones) - ones;
	const uint64_t below = v - 0x20 * ones, del = v + ones;

	return !((v | quote | slash | below | del) & high);
}

/* Append the plain bytes at the start. Returns how many. */
static size_t json_put_plain(struct buf *b, const char *ptr, size_t len)
{
	char *at = buf_room(b, len);
	size_t i = 0;
	uint64_t v;

	if (!at)
		return len;
	for (; len - i >= sizeof(v); i += sizeof(v)) {
		memcpy(&v, ptr + i, sizeof(v));
		if (!json_all_plain(v))
			break;
		memcpy(at + i, &v, sizeof(v));
	}
	for (; i < len && json_is_plain(ptr[i]); i++)
		at[i] = ptr[i];
	b->len += i;
	return i;
}

static void json_unit(struct buf *b, unsigned int unit)
{
	buf_put(b, "\\u", 2);
	for (unsigned int shift = 16; shift; shift -= 4)
		buf_put_char(b, json_hex[unit >> (shift - 4) & 15]);
}

static void json_escape(struct buf *b, uint32_t cp)
{
	static const char from[] = "\"\\\n\t\r\b\f";
	static const char to[] = "\"\\ntrbf";
	const char *p = cp && cp < 0x80 ? strchr(from, (int)cp) : NULL;

	if (p) {
		buf_put_char(b, '\\');
		buf_put_char(b, to[p - from]);
	} else if (cp >= 0x10000) {
		json_unit(b, 0xd800 + ((cp - 0x10000) >> 10));
		json_unit(b, 0xdc00 + ((cp - 0x10000) & 0x3ff));
	} else {
		json_unit(b, cp);
	}
}

bool json_string(struct buf *b, struct span s)
{
	bool valid = true;
	size_t i = 0;

	buf_put_char(b, '"');
	while (i < s.len) {
		unsigned int n, bad;
		uint32_t cp;

		i += json_put_plain(b, s.ptr + i, s.len - i);
		if (i == s.len)
			break;

		n = text_decode(s.ptr + i, s.len - i, &cp, &bad);
		if (!n) {
			buf_put(b, "\xef\xbf\xbd", 3);
			valid = false;
			i += bad;
		} else {
			if (n > 1 && text_is_printable(cp))
				buf_put(b, s.ptr + i, n);
			else
				json_escape(b, cp);
			i += n;
		}
	}
	buf_put_char(b, '"');
	return valid;
}

void json_base64(struct buf *b, struct span s)
{
	static const char digit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = (const unsigned char *)s.ptr;

	buf_put_char(b, '"');
	for (size_t i = 0; i < s.len; i += 3) {
		size_t left = s.len - i;
		uint32_t v = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
			     (left > 2 ? p[i + 2] : 0);
		char quad[4] = { digit[v >> 18], digit[v >> 12 & 63],
				 left > 1 ? digit[v >> 6 & 63] : '=',
				 left > 2 ? digit[v & 63] : '=' };

		buf_put(b, quad, sizeof(quad));
	}
	buf_put_char(b, '"');
}
