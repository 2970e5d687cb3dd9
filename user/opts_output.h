/* SPDX-License-Identifier: BSD-2-Clause */
/* The options on where output and metrics go. Layer 5. */
#ifndef OPTS_OUTPUT_H
#define OPTS_OUTPUT_H

struct opts;

const char *set_output(struct opts *o, const char *arg);
const char *set_append(struct opts *o, const char *arg);
const char *set_metrics(struct opts *o, const char *arg);
const char *set_metrics_interval(struct opts *o, const char *arg);

/* What no option alone can tell. 0, or -EINVAL, logged. */
int opts_output_check(const struct opts *o);

/*
 * Is a file that is written to named twice, or also read, under whatever name? To be called when all options and
 * further files are known. 0, or -EINVAL, logged.
 */
int opts_files_check(const struct opts *o);

#endif
