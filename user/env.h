/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which variables of an environment are shown, and of which only the name. Pure. Layer 1.
 *
 * Names are given as patterns separated by commas: * stands for any characters, ? for one,
 * upper and lower case are the same.
 */
#ifndef ENV_H
#define ENV_H

#include "buf.h"

/* What names of secrets look like. */
#define ENV_SECRETS                                                                            \
	"*PASS*,*PWD,*TOKEN*,*SECRET*,*KEY*,*CREDENTIAL*,*AUTH*,*COOKIE*,*SESSION*,*PRIVATE*," \
	"*SIGNATURE*,*DATABASE_URL,*DSN,*CONNECTION_STRING*"
/* Of which these are known not to be. */
#define ENV_NO_SECRETS "PWD,OLDPWD,XDG_SESSION_*,DBUS_SESSION_BUS_ADDRESS,SSH_AUTH_SOCK"

#define ENV_PLACEHOLDER "[redacted]"

struct env_conf {
	const char *names; /* patterns, borrowed; NULL: show none */
	bool all; /* show all, and hide what ENV_SECRETS says */
	const char *redact; /* patterns of which the value is hidden; NULL: no more than that */
};

/*
 * What is wrong with a list of patterns, NULL if nothing: it would match other names than whoever wrote it
 * means, and a secret be shown. `all` is no name either.
 */
const char *env_wrong(const char *patterns);

/* Is the name among these patterns? */
bool env_match(const char *patterns, struct span name);

/* Append those of the block (each NAME=value with its NUL) that are to be shown, likewise. */
void env_show(const struct env_conf *conf, struct span block, struct buf *out);

#endif
