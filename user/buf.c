// SPDX-License-Identifier: BSD-2-Clause
#include "buf.h"

enum {
	DIGITS_MAX = 20, /* of UINT64_MAX */
};

static const char buf_pairs[] = "00010203040506070809"
				"10111213141516171819"
				"20212223242526272829"
				"30313233343536373839"
				"40414243444546474849"
				"50515253545556575859"
				"60616263646566676869"
				"70717273747576777879"
				"80818283848586878889"
				"90919293949596979899";

void buf_done(struct buf *b)
{
	free(b->ptr);
	*b = (struct buf){ 0 };
}

bool buf_grow(struct buf *b, size_t len)
{
	size_t cap = b->cap ? b->cap : 256;
	char *ptr;

	while (cap - b->len < len) {
		if (cap > SIZE_MAX / 2) {
			b->failed = true;
			return false;
		}
		cap *= 2;
	}
	ptr = realloc(b->ptr, cap);
	if (!ptr) {
		b->failed = true;
		return false;
	}
	b->ptr = ptr;
	b->cap = cap;
	return true;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	char *at;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	at = len < 0 ? NULL : buf_room(b, (size_t)len + 1);
	if (!at)
		return;
	va_start(ap, fmt);
	vsnprintf(at, (size_t)len + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)len;
}

/* Digits of n, one at least: from its bits, whose number times log10(2) is that or one less. */
static unsigned int buf_digits(uint64_t n)
{
	static const uint64_t powers[DIGITS_MAX] = { 1ULL,
						     10ULL,
						     100ULL,
						     1000ULL,
						     10000ULL,
						     100000ULL,
						     1000000ULL,
						     10000000ULL,
						     100000000ULL,
						     1000000000ULL,
						     10000000000ULL,
						     100000000000ULL,
						     1000000000000ULL,
						     10000000000000ULL,
						     100000000000000ULL,
						     1000000000000000ULL,
						     10000000000000000ULL,
						     100000000000000000ULL,
						     1000000000000000000ULL,
						     10000000000000000000ULL };
	const unsigned int bits = 64 - (unsigned int)__builtin_clzll(n | 1);
	const unsigned int len = bits * 1233 >> 12;

	return len + ((n | 1) >= powers[len]);
}

void buf_put_padded(struct buf *b, uint64_t n, unsigned int width)
{
	unsigned int len = buf_digits(n);
	char *at;

	if (width > DIGITS_MAX)
		width = DIGITS_MAX;
	if (len < width)
		len = width;
	at = buf_room(b, DIGITS_MAX);
	if (!at)
		return;
	b->len += len;
	/* Two digits a division: this is what most of the JSON's numbers cost. */
	for (; n >= 100; n /= 100) {
		len -= 2;
		memcpy(at + len, &buf_pairs[2 * (n % 100)], 2);
	}
	if (n >= 10) {
		len -= 2;
		memcpy(at + len, &buf_pairs[2 * n], 2);
	} else {
		at[--len] = (char)('0' + n);
	}
	while (len > 0)
		at[--len] = '0';
}

void buf_put_u64(struct buf *b, uint64_t n)
{
	buf_put_padded(b, n, 1);
}
