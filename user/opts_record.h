/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of captures, written and read. Each set_* takes an option's argument: NULL, or what is
 * wrong with it. Layer 5.
 */
#ifndef OPTS_RECORD_H
#define OPTS_RECORD_H

struct opts;

const char *set_record(struct opts *o, const char *arg);
const char *set_rotate(struct opts *o, const char *arg);
const char *set_keep(struct opts *o, const char *arg);
const char *set_replay(struct opts *o, const char *arg);
const char *set_replay_since(struct opts *o, const char *arg);
const char *set_replay_until(struct opts *o, const char *arg);

/* Do the options fit a recording, a replay or neither, as it is? 0, or -EINVAL, logged. */
int opts_record_check(const struct opts *o);

/* The further files of a replay; borrowed. 0, or -EINVAL, logged. */
int opts_replay_files(struct opts *o, char *const *files, int cnt);

#endif
