/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The processes that are alive, as far as the events tell. What an event lacks and an earlier one
 * said is added to it: to an exit what program it was and whose, to all the parent's name. Pure.
 * Layer 3.
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
 * Take note of an event, and add to it what is known from those before. What is added stays valid
 * until the next call.
 */
void proctab_update(struct proctab *t, struct event *ev);

/* Processes in the table. */
size_t proctab_cnt(const struct proctab *t);

#endif
