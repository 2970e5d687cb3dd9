/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of options, from which parsing, --help, suggestions and completions are made, and against
 * which the manual is checked. Layer 5.
 */
#ifndef OPTS_TABLE_H
#define OPTS_TABLE_H

#include "buf.h"

struct opts;

/* Takes the argument of an option; NULL, or what is wrong with it. */
typedef const char *set_fn(struct opts *o, const char *arg);

struct opt {
	char letter; /* 0: none */
	const char *name;
	const char *arg; /* its name in the help; NULL: takes none */
	set_fn *set; /* NULL: no option but the heading of those that follow, in name */
	const char *help; /* lines after the first are set below it */
};

extern const struct opt opts_table[];
extern const size_t opts_cnt;

/*
 * Give an option its argument, NULL if it takes none, from that line of the configuration file; 0: from the
 * command line. 0, or -EINVAL, logged. What the argument says stays the caller's, and must live as long
 * as o. opts.c
 */
int opts_set(struct opts *o, const struct opt *opt, const char *arg, unsigned int line);

/* Does it mean nothing in a configuration file? opts.c */
bool opts_is_for_command_line(const struct opt *opt);

/*
 * Log what is wrong with an option of that name (NULL: with none), and before it the file and line where
 * it was set, unless that was the command line. Returns -EINVAL. opts.c
 */
int opts_err(const struct opts *o, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Append the words of --events, each with a blank behind it. */
void opts_events(struct buf *b);

/*
 * The name that is most like a misspelt one, without dashes and up to a '='; NULL if none is near.
 */
const char *opts_nearest(const char *given);

/* Append the options whose names begin so, as in "--a, --b or --c". How many these are. */
size_t opts_begun(struct buf *b, const char *given);

/* Append what makes this shell complete the command line. False: there is no such shell. */
bool opts_completion(struct buf *b, const char *shell);

#endif
