/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this machine knows of an event beyond its record. The last impure step:
 * after it, everything depends on the stream of events alone. Layer 3.
 */
#ifndef ENRICH_H
#define ENRICH_H

#include "env.h"
#include "event.h"

/* What to look up in /proc: that is late, and unknown of what has ended. */
struct enrich_conf {
	bool context; /* working directory and cgroup of what starts a program */
	bool cgroup; /* that cgroup, and those of a snapshot's processes */
	bool command; /* argv of a snapshot's processes */
	const struct env_conf *env; /* what is shown of environments; borrowed */
};

struct enrich;

/* NULL if there is no memory. */
struct enrich *enrich_new(const struct enrich_conf *conf);
void enrich_free(struct enrich *e);

/* What it must still be allowed to do: enum privilege_need. */
unsigned int enrich_needs(const struct enrich *e);

/* Look at the clocks again: once a batch of events, so that a set clock shows. */
void enrich_batch(struct enrich *e);

/*
 * Add to an event wall_offset_ns, user names, cgroup and container, the binary's path if the kernel
 * side could not read it, and what conf says; leave of its environment what is to be shown. Valid until
 * the next call.
 */
void enrich_event(struct enrich *e, struct event *ev);

/* Fill in what run tells of host, kernel and boot, and a new ephemeral_id. */
void enrich_run(struct run *run);

#endif
