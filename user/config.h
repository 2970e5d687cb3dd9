/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A configuration file as names with their values; it knows no option. Layer 0.
 *
 * One setting a line, `name` or `name = value`. Blanks around name and value do not count; a line
 * that is empty or starts with a # says nothing. Nothing is quoted: what stands behind the first =
 * is the value.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>

enum {
	CONFIG_LEN_MAX = 64 * 1024, /* of a file */
	CONFIG_LINE_MAX = 4096,
};

/*
 * Read a regular file whole; never waits. NULL: then *text, which is the caller's to free, has *len
 * bytes and a NUL behind them. Else what is wrong with it, valid until the next call.
 */
const char *config_read(const char *path, char **text, size_t *len);

struct config {
	char *at; /* what was not read yet: changed while it is read, and a NUL stands behind it */
	size_t len;
	unsigned int number; /* of the line, from 1; at first 0 */
	/* Of that line; they lie in the text. */
	char *name;
	char *value; /* NULL: the name stands alone */
	const char *wrong; /* NULL: nothing; else name and value are not set */
};

/* Go on to the next line that says something, or that is wrong. False: there is none. */
bool config_next(struct config *c);

#endif
