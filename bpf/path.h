/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The path of an open file, as d_path() in fs/d_path.c makes it for the root of the file's own mount
 * namespace: from the file up to the root of its mount, on from where that is mounted, up to the
 * mount that is mounted nowhere. Where a process has changed its root, the path goes above it.
 *
 * bpf_d_path() is not for tracepoints, and the pointers of a loop are plain addresses to the
 * verifier: so this casts them, or where that is not possible reads all with bpf_probe_read_kernel().
 * A rename at the same moment may be seen half done.
 */
#ifndef BPF_PATH_H
#define BPF_PATH_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "cast.h"
#include "kernel.h"
#include "maps.h"
#include "wire.h"

enum {
	PATH_STEPS = 128, /* names and mounts on the way */
	PATH_WORDS = 5, /* of a short name, at the most */
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

static __always_inline void path_enter(struct wire_walk *w, __u64 address)
{
	if (cast_is_there()) {
		struct mount *mnt = CAST(struct mount, address);

		w->root = (__u64)mnt->mnt.mnt_root;
		w->up = (__u64)mnt->mnt_parent;
		w->mountpoint = (__u64)mnt->mnt_mountpoint;
	} else {
		struct mount *mnt = (struct mount *)address;

		w->root = (__u64)BPF_CORE_READ(mnt, mnt.mnt_root);
		w->up = (__u64)BPF_CORE_READ(mnt, mnt_parent);
		w->mountpoint = (__u64)BPF_CORE_READ(mnt, mnt_mountpoint);
	}
	w->mnt = address;
}

/* What a step reads of a dentry. */
struct path_links {
	__u64 parent;
	const unsigned char *name;
	__u32 len; /* of name; only with a cast */
};

static __always_inline void path_look(struct path_links *l, __u64 address)
{
	if (cast_is_there()) {
		struct dentry *dentry = CAST(struct dentry, address);

		l->parent = (__u64)dentry->d_parent;
		l->name = dentry->d_name.name;
		l->len = dentry->d_name.len;
	} else {
		struct dentry *dentry = (struct dentry *)address;

		l->parent = (__u64)BPF_CORE_READ(dentry, d_parent);
		l->name = BPF_CORE_READ(dentry, d_name.name);
	}
}

/* d_unlinked() in include/linux/dcache.h */
static __always_inline bool path_is_unlinked(__u64 address)
{
	struct dentry *dentry = (struct dentry *)address;

	return !(cast_is_there() ? CAST(struct dentry, dentry)->d_hash.pprev :
				   BPF_CORE_READ(dentry, d_hash.pprev));
}

/* Where a short name lies in a dentry itself, and the bytes there are. */
static __always_inline __u32 path_short_off(void)
{
	return bpf_core_field_exists(struct dentry___short, d_shortname) ?
		       bpf_core_field_offset(struct dentry___short, d_shortname) :
		       bpf_core_field_offset(struct dentry___short, d_iname);
}

static __always_inline __u32 path_short_len(void)
{
	return bpf_core_field_exists(struct dentry___short, d_shortname) ?
		       bpf_core_field_size(struct dentry___short, d_shortname) :
		       bpf_core_field_size(struct dentry___short, d_iname);
}

/*
 * The first len bytes of a word, and zeros: in the midst of a rename a length and a name may be of
 * two names.
 */
static __always_inline __u64 path_word(__u64 word, __u32 len)
{
	const bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

	return word & (little ? (1ULL << 8 * len) - 1 : ~(~0ULL >> 8 * len));
}

/* Copy a short name, word by word and no further than it goes, with its NUL. False if it has no end. */
static __always_inline bool path_copy(__u64 *to, __u64 dentry, __u32 len)
{
	const __u64 *from = (const __u64 *)((char *)CAST(struct dentry, dentry) + path_short_off());
	const __u32 max = path_short_len();

#pragma unroll
	for (int i = 0; i < PATH_WORDS; i++, len -= sizeof(*to)) {
		if ((i + 1) * sizeof(*to) > max)
			return false;
		if (len < sizeof(*to)) {
			to[i] = path_word(from[i], len);
			return true;
		}
		to[i] = from[i];
	}
	return false;
}

/* Append this name of a dentry. False if there is no room, or no name. */
static __always_inline bool path_name(struct wire_scratch *s, const struct path_links *l,
				      __u64 dentry)
{
	__u32 off = s->walk.len & ~(WIRE_PART_ALIGN - 1U);
	long len;

	if (off > WIRE_EXE_MAX)
		return false;
	if (cast_is_there() && (__u64)l->name == dentry + path_short_off()) {
		if (!path_copy((__u64 *)(s->bytes + off), dentry, l->len))
			return false;
		len = (long)l->len + 1;
	} else {
		len = bpf_probe_read_kernel_str(s->bytes + off, PATH_NAME_LEN, l->name);
	}
	if (len <= 1)
		return false;
	s->walk.len = off + (((__u32)len + WIRE_PART_ALIGN - 1) & ~(WIRE_PART_ALIGN - 1U));
	return true;
}

static __always_inline bool path_is_memfd(const char *name)
{
	return name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'f' &&
	       name[4] == 'd' && name[5] == ':';
}

/* A file without a folder, as memfd_create(2) makes it; or out of what its mount shows. */
static __always_inline enum path_step path_top(struct wire_scratch *s, const struct path_links *l,
					       __u64 dentry)
{
	if (s->walk.len)
		return PATH_DONE;
	if (!path_name(s, l, dentry))
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
	__u64 dentry;

	if (!s)
		return PATH_FAILED;
	dentry = s->walk.dentry;
	if (dentry == s->walk.root) {
		if (!s->walk.up || s->walk.up == s->walk.mnt)
			return PATH_DONE;
		s->walk.dentry = s->walk.mountpoint;
		path_enter(&s->walk, s->walk.up);
		return PATH_MORE;
	}
	path_look(&links, dentry);
	if (links.parent == dentry)
		return path_top(s, &links, dentry);
	if (!s->walk.len && path_is_unlinked(dentry))
		s->exec.head.flags |= WIRE_EXE_DELETED;
	s->walk.dentry = links.parent;
	return path_name(s, &links, dentry) ? PATH_MORE : PATH_FAILED;
}

/* The names of the path of s->walk.file into s->bytes, as WIRE_EXE_PARTS tells. */
__noinline int wire_path(void)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct wire_scratch *s = bpf_map_lookup_elem(&map_scratch, &cpu);
	int step = PATH_MORE;
	struct file *file;

	if (!s)
		return PATH_FAILED;
	file = (struct file *)s->walk.file;
	s->walk.dentry = (__u64)BPF_CORE_READ(file, f_path.dentry);
	s->walk.len = 0;
	path_enter(&s->walk, (__u64)BPF_CORE_READ(file, f_path.mnt) -
				     bpf_core_field_offset(struct mount, mnt));
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
