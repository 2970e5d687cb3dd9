/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file with the metrics, for the textfile collector of Prometheus' node exporter: always whole, since a
 * new one takes the place of the old. Layer 4.
 */
#ifndef METRICS_FILE_H
#define METRICS_FILE_H

#include "metrics.h"

struct metrics_conf {
	const char *path; /* NULL: none; borrowed */
	uint64_t interval_ns; /* between two */
};

struct metrics_file;

/*
 * See that the file can be made, which is in the same folder as path, with ".new" behind. 0 and *out set,
 * or -errno, logged.
 */
int metrics_file_open(struct metrics_file **out, const struct metrics_conf *conf);

/* When the next is due (CLOCK_MONOTONIC). The first is at once. */
uint64_t metrics_file_due(const struct metrics_file *f);

/*
 * Write the file: what is known of this process is filled in to *s, all else is the caller's. If that
 * fails, the old one stays; it is logged once, and when it works again.
 */
void metrics_file_write(struct metrics_file *f, struct metrics_state *s);

/* f may be NULL. The file stays. */
void metrics_file_close(struct metrics_file *f);

#endif
