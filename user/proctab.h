/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The processes that are alive, as far as the events tell: a process's exit says
 * what program it was. Pure. Layer 3.
 *
 * At most PROCTAB_MAX processes are kept; when one more comes, the one that was
 * touched longest ago is forgotten.
 */
#ifndef PROCTAB_H
#define PROCTAB_H

#include "event.h"

enum {
	PROCTAB_MAX = 32768,
};

struct proctab;

/* NULL if there is no memory. */
struct proctab *proctab_new(void);
void proctab_free(struct proctab *t);

/*
 * Take note of an event, and add to it what is known from those before: to an
 * exit, the file name and executable of the process's last exec. What is added
 * stays valid until the next call.
 */
void proctab_update(struct proctab *t, struct event *ev);

/* Processes in the table. */
size_t proctab_cnt(const struct proctab *t);

#endif
