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

void buf_put_padded(struct buf *b, uint64_t n, unsigned int width)
{
	char digits[DIGITS_MAX];
	unsigned int i = DIGITS_MAX;

	if (width > DIGITS_MAX)
		width = DIGITS_MAX;
	/* Two digits a division: this is what most of the JSON's numbers cost. */
	for (; n >= 100; n /= 100) {
		i -= 2;
		memcpy(digits + i, &buf_pairs[2 * (n % 100)], 2);
	}
	if (n >= 10) {
		i -= 2;
		memcpy(digits + i, &buf_pairs[2 * n], 2);
	} else {
		digits[--i] = (char)('0' + n);
	}
	while (DIGITS_MAX - i < width)
		digits[--i] = '0';
	buf_put(b, digits + i, DIGITS_MAX - i);
}

void buf_put_u64(struct buf *b, uint64_t n)
{
	buf_put_padded(b, n, 1);
}
