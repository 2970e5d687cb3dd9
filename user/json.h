/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON text (RFC 8259), append only. Layer 0.
 *
 * What is written is valid UTF-8 whatever the input, and safe on a terminal: all
 * that text_is_printable() refuses is a \u escape.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>

#include "buf.h"

/*
 * Append s as a string with its quotes. Each maximal invalid part of it becomes
 * U+FFFD; false if there was one, so that the caller can add json_base64().
 */
bool json_string(struct buf *b, struct span s);

/* Append the bytes of s as a string in base64 (RFC 4648, section 4, padded). */
void json_base64(struct buf *b, struct span s);

#endif
