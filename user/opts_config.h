/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options from a configuration file: the long names of the table, without dashes. Layer 5.
 */
#ifndef OPTS_CONFIG_H
#define OPTS_CONFIG_H

struct opts;

#define OPTS_CONFIG_PATH "/etc/execsnoop-c.conf" /* of the service, and of --check-config */

const char *set_config(struct opts *o, const char *arg);
const char *set_check_config(struct opts *o, const char *arg);

/*
 * Read o->file.path, if there is one, and set what it says. 0, or -EINVAL after a line for each thing
 * that is wrong, of which 20 are said. o->file.text is set either way or NULL: opts_done() frees it.
 */
int opts_config(struct opts *o);

#endif
