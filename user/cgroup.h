/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths of cgroups, and the container in them. Layer 2. */
#ifndef CGROUP_H
#define CGROUP_H

#include <stdbool.h>

#include "util.h"

enum {
	CGROUP_ROOT_ID = 1, /* of the unified hierarchy's root: of all that it does not place */
};

struct cgroups; /* paths by id; at most some hundred are kept */

/* NULL if there is no memory. Without a mounted unified hierarchy no id has a path. */
struct cgroups *cgroups_new(void);
void cgroups_free(struct cgroups *c);

/*
 * The path below the mounted root of the unified hierarchy of the cgroup with this id, as
 * bpf_get_current_cgroup_id() gives it; an empty span if it is not known, or if it is that root and there
 * are other hierarchies, whose path tells more. Valid until the next call. Needs CAP_DAC_READ_SEARCH: open_by_handle_at(2).
 */
struct span cgroups_path(struct cgroups *c, uint64_t id);

/*
 * Are there processes whose path /proc/PID/cgroup alone tells? So it is with hierarchies of version 1, or if the
 * unified one is not mounted.
 */
bool cgroups_have_others(const struct cgroups *c);

/*
 * The path that the text of /proc/PID/cgroup (cgroups(7)) names: of several hierarchies' the longest, which
 * tells most; "/" if it is the root in all. Within text.
 */
struct span cgroup_parse(struct span text);

/* The container id in a path: 64 hexadecimal digits, as Docker, containerd, CRI-O and Podman name them. */
struct span cgroup_container(struct span path);

/* Is there a cgroup with that path, as in /proc/PID/cgroup, in some hierarchy that is mounted? */
bool cgroup_exists(const char *path);

#endif
