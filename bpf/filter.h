/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What is left out already here, by the same rules as in user/filter.c: a process that is not in
 * the tree that is followed, or that has another user. Both are constants: without them nothing of
 * this is in the loaded programs.
 *
 * map_tree holds the members of the tree. It begins with its root; on_fork adds the children of
 * members, on_exit takes members out, both from the moment that they are attached. The loader adds
 * those that were there before. Until it has all of them, and if there ever were too many,
 * wire_tree says so and nothing is left out for it: user/filter.c decides alone then.
 */
#ifndef BPF_FILTER_H
#define BPF_FILTER_H

#include <bpf/bpf_helpers.h>

#include "maps.h"
#include "read.h"

/* Is its process in the tree? */
static __always_inline bool filter_in_tree(struct task_struct *task)
{
	__u32 pid = READ(task, tgid);

	return bpf_map_lookup_elem(&map_tree, &pid);
}

/* A process was made: its parent's tree is its own. */
static __always_inline void filter_fork(struct task_struct *child)
{
	__u32 pid = READ(child, tgid);
	__u8 value = 1;

	if (!wire_by_tree || !filter_in_tree(READ(child, real_parent)))
		return;
	if (bpf_map_update_elem(&map_tree, &pid, &value, BPF_ANY))
		wire_tree = WIRE_TREE_FULL;
}

/* A process ends, and was told of. */
static __always_inline void filter_exit(struct task_struct *task)
{
	__u32 pid = READ(task, tgid);

	if (wire_by_tree)
		bpf_map_delete_elem(&map_tree, &pid);
}

static __always_inline bool filter_hides(struct task_struct *task)
{
	if (wire_by_tree && wire_tree == WIRE_TREE_WHOLE && !filter_in_tree(task))
		return true;
	if (wire_by_uid) {
		const struct cred *cred = READ(task, cred);

		return READ(cred, uid.val) != wire_uid && READ(cred, euid.val) != wire_uid;
	}
	return false;
}

/* Is the event to be left out? It is counted then, if it is of a kind that would be shown. */
static __always_inline bool filter_out(struct task_struct *task, __u32 shown)
{
	struct wire_lost *lost;

	if (!filter_hides(task))
		return false;
	lost = wire_lost_here();
	if (lost && wire_shown & shown)
		lost->filtered++;
	return true;
}

#endif
