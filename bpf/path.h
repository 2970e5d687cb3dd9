/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The path of an open file, as d_path() in fs/d_path.c makes it for the root of the file's own mount
 * namespace: from the file up to the root of its mount, on from where that is mounted, up to the
 * mount that is mounted nowhere. Where a process has changed its root, the path goes above it.
 *
 * bpf_d_path() is not for tracepoints, and the pointers of a loop are plain addresses to the
 * verifier: so this reads all with bpf_probe_read_kernel(). A rename at the same moment may be seen
 * half done.
 */
#ifndef BPF_PATH_H
#define BPF_PATH_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "maps.h"
#include "wire.h"

enum {
	PATH_STEPS = 128, /* names and mounts on the way */
	PATH_NAME_LEN = WIRE_EXE_ROOM - WIRE_EXE_MAX, /* NAME_MAX and a NUL */
};

enum path_step {
	PATH_MORE,
	PATH_DONE,
	PATH_FAILED,
};

/* Global functions without arguments: the verifier looks at each once, see exec.bpf.c. */
int wire_path_step(void);
int wire_path(void);

static __always_inline void path_enter(struct wire_walk *w, struct mount *mnt)
{
	w->mnt = (__u64)mnt;
	w->root = (__u64)BPF_CORE_READ(mnt, mnt.mnt_root);
}

/* What a step reads of a dentry: on most kernels these lie so, and one read takes them all. */
struct path_links {
	struct dentry *parent;
	__u64 hash_len; /* of struct qstr */
	const unsigned char *name;
};

static __always_inline void path_look(struct path_links *l, struct dentry *dentry)
{
	const __u32 parent = bpf_core_field_offset(struct dentry, d_parent);
	const __u32 name = bpf_core_field_offset(struct dentry, d_name.name);

	if (name - parent == offsetof(struct path_links, name) &&
	    bpf_core_field_size(struct dentry, d_parent) == sizeof(l->parent)) {
		bpf_probe_read_kernel(l, sizeof(*l), (char *)dentry + parent);
		return;
	}
	l->parent = BPF_CORE_READ(dentry, d_parent);
	l->name = BPF_CORE_READ(dentry, d_name.name);
}

/* Append this name of a dentry. False if there is no room, or no name. */
static __always_inline bool path_name(struct wire_scratch *s, const unsigned char *name)
{
	__u32 off = s->walk.len;
	long len;

	if (off > WIRE_EXE_MAX)
		return false;
	len = bpf_probe_read_kernel_str(s->bytes + off, PATH_NAME_LEN, name);
	if (len <= 1)
		return false;
	s->walk.len = off + (__u32)len;
	return true;
}

static __always_inline bool path_is_memfd(const char *name)
{
	return name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'f' &&
	       name[4] == 'd' && name[5] == ':';
}

/* A file without a folder, as memfd_create(2) makes it; or out of what its mount shows. */
static __always_inline enum path_step path_top(struct wire_scratch *s, const unsigned char *name)
{
	if (s->walk.len)
		return PATH_DONE;
	if (!path_name(s, name))
		return PATH_FAILED;
	if (path_is_memfd(s->bytes))
		s->exec.head.flags |= WIRE_EXE_MEMFD;
	return PATH_DONE;
}

__noinline int wire_path_step(void)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct wire_scratch *s = bpf_map_lookup_elem(&map_scratch, &cpu);
	struct path_links links = { 0 };
	struct dentry *dentry;

	if (!s)
		return PATH_FAILED;
	dentry = (struct dentry *)s->walk.dentry;
	if (s->walk.dentry == s->walk.root) {
		struct mount *mnt = (struct mount *)s->walk.mnt;
		struct mount *up = BPF_CORE_READ(mnt, mnt_parent);

		if (!up || up == mnt)
			return PATH_DONE;
		s->walk.dentry = (__u64)BPF_CORE_READ(mnt, mnt_mountpoint);
		path_enter(&s->walk, up);
		return PATH_MORE;
	}
	path_look(&links, dentry);
	if (links.parent == dentry)
		return path_top(s, links.name);
	/* d_unlinked() in include/linux/dcache.h */
	if (!s->walk.len && !BPF_CORE_READ(dentry, d_hash.pprev))
		s->exec.head.flags |= WIRE_EXE_DELETED;
	s->walk.dentry = (__u64)links.parent;
	return path_name(s, links.name) ? PATH_MORE : PATH_FAILED;
}

/* The names of the path of s->walk.file into s->bytes, the last first, each with its NUL. */
__noinline int wire_path(void)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct wire_scratch *s = bpf_map_lookup_elem(&map_scratch, &cpu);
	int step = PATH_MORE;
	struct file *file;
	struct vfsmount *mnt;

	if (!s)
		return PATH_FAILED;
	file = (struct file *)s->walk.file;
	mnt = BPF_CORE_READ(file, f_path.mnt);
	s->walk.dentry = (__u64)BPF_CORE_READ(file, f_path.dentry);
	s->walk.len = 0;
	path_enter(&s->walk,
		   (struct mount *)((char *)mnt - bpf_core_field_offset(struct mount, mnt)));
	for (int i = 0; i < PATH_STEPS && step == PATH_MORE; i++)
		step = wire_path_step();
	if (step == PATH_DONE && s->walk.len) {
		s->exec.head.flags |= WIRE_HAS_EXE | WIRE_EXE_PARTS;
	} else {
		s->exec.head.flags &= ~(WIRE_EXE_DELETED | WIRE_EXE_MEMFD);
		s->walk.len = 0;
	}
	return step;
}

#endif
