/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options that say what to leave out. Each set_* takes an option's argument: NULL, or what is
 * wrong with it. Layer 5.
 */
#ifndef OPTS_FILTER_H
#define OPTS_FILTER_H

#include <stdbool.h>
#include <stdint.h>

struct opts;

const char *set_pid(struct opts *o, const char *arg);
const char *set_ppid(struct opts *o, const char *arg);
const char *set_uid(struct opts *o, const char *arg);
const char *set_user(struct opts *o, const char *arg);
const char *set_name(struct opts *o, const char *arg);
const char *set_line(struct opts *o, const char *arg);
const char *set_cgroup(struct opts *o, const char *arg);
const char *set_container(struct opts *o, const char *arg);
const char *set_exit_status(struct opts *o, const char *arg);
const char *set_min_duration(struct opts *o, const char *arg);
const char *set_include_self(struct opts *o, const char *arg);

/* Do the filters fit each other, and do the expressions compile? 0, or -EINVAL, logged. */
int opts_filter_check(const struct opts *o);

/* Is there something to filter among the kinds of events shown? 0, or -EINVAL, logged. */
int opts_filter_kinds(const struct opts *o, unsigned int kinds);

/* A number up to max with a suffix K, M or G (powers of 1024); false if it is none. opts.c */
bool parse_size(const char *arg, uint64_t max, uint64_t *size);

/* Seconds, with decimals; false if they are none, not above 0 or too many. opts.c */
bool parse_seconds(const char *arg, uint64_t *ns);

#endif
