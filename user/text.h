/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile bytes made safe to print. Layer 0.
 *
 * "Printable" is: valid UTF-8 (RFC 3629) and not a control (C0, DEL, C1), not a
 * character that changes the direction, the joining or the layout of the text
 * around it, not a private or unassigned-forever code point.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>

#include "buf.h"

/*
 * Decode one code point at s, of at most len bytes (len > 0). Returns its length
 * in bytes and sets *cp; or 0 if the bytes are not valid UTF-8, and then *bad is
 * how many of them make up one maximal invalid part (Unicode 15, section 3.9).
 */
unsigned int text_decode(const char *s, size_t len, uint32_t *cp, unsigned int *bad);

/* May this code point go to a terminal as it is? */
bool text_is_printable(uint32_t cp);

enum text_quote_flags {
	/* The output understands UTF-8: show printable characters beyond ASCII. */
	TEXT_UTF8 = 1 << 0,
	/* The first word of a command: quote what a shell would not run there. */
	TEXT_COMMAND = 1 << 1,
};

/*
 * Append s as one word that a POSIX shell reads back as exactly these bytes:
 * plain, in '...', or in $'...' (POSIX.1-2024, 2.2.4) with octal escapes.
 */
void text_quote(struct buf *b, struct span s, unsigned int flags);

/* The same for an argv block: words separated by a space. */
void text_quote_argv(struct buf *b, struct span argv, unsigned int flags);

/*
 * Take the next argument off the front of an argv block, in which each argument
 * ends with a NUL; the last may lack it. False when nothing is left.
 */
bool text_next_arg(struct span *argv, struct span *arg);

/*
 * How many columns of a terminal the first len bytes of printable text take: two for each wide
 * character, none for one that is put onto another, as far as LC_CTYPE knows them.
 */
size_t text_width(const char *s, size_t len);

/*
 * How many letters must be put in, left out or changed to make one name of the other, of which the
 * first 32 bytes count; max if it is so many or more, which is found sooner than how many.
 */
unsigned int text_distance(const char *a, const char *b, unsigned int max);

#endif
