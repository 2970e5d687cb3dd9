/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The source that reads captures. It is not in the list of those to pick from, since it is never
 * the best that works: it is asked for. Layer 4.
 */
#ifndef SOURCE_REPLAY_H
#define SOURCE_REPLAY_H

#include "../capture.h"
#include "source.h"

struct replay_conf {
	const char *file; /* NULL: nothing is replayed. "-": standard input. All borrowed */
	char *const *more; /* further files */
	int more_cnt;
	bool follow; /* wait for what is still being recorded */
};

/*
 * Open the files, with the older ones of a rotated set, in the order of time. 0 and *out set, or
 * -errno, logged. What is wrong with their contents is logged while they are read.
 */
int replay_open(struct source **out, const struct replay_conf *conf);

/* What the run says whose events come, or come first. */
const struct capture_part *replay_part(const struct source *s);

/* Was anything damaged, missing or not to be read? It was logged. */
bool replay_is_wrong(const struct source *s);

#endif
