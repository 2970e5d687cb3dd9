/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of users, from /etc/passwd alone: a lookup through NSS may ask a server
 * and block, and a tracer that blocks loses events. Layer 2.
 */
#ifndef USERS_H
#define USERS_H

#include <stdbool.h>

#include "util.h"

struct users;

/* NULL if there is no memory. path: normally "/etc/passwd"; read at the first lookup. */
struct users *users_new(const char *path);
void users_free(struct users *u);

/*
 * The name of uid, the first that the file has; an empty span if it has none. It stays valid until
 * the next lookup. now_ns (CLOCK_BOOTTIME): once a second, and once more when a uid is unknown, it
 * is looked whether the file is another, and then it is read again.
 */
struct span users_name(struct users *u, uint32_t uid, uint64_t now_ns);

/* The uid of that name. False if there is none. */
bool users_id(struct users *u, const char *name, uint32_t *uid);

/* The ids of a user, who is told by name or by number. False if the file has none such. */
bool users_login(struct users *u, const char *user, uint32_t *uid, uint32_t *gid);

#endif
