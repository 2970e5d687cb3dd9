/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What the BPF programs share with each other and with the loader. */
#ifndef BPF_MAPS_H
#define BPF_MAPS_H

#include <bpf/bpf_helpers.h>

#include "wire.h"

/* Where the search for a path is: see path.h. */
struct wire_walk {
	__u64 file; /* addresses */
	__u64 dentry;
	__u64 mnt;
	__u64 root; /* of mnt */
	__u64 up; /* where mnt is mounted */
	__u64 mountpoint;
	__u32 len; /* bytes of names found */
	__u32 pad;
};

/* Room to put a record together before its length is known. One a CPU, for on_exec only. */
struct wire_scratch {
	struct wire_walk walk; /* beside exec: another page would be another TLB miss */
	struct wire_exec exec;
	/* Binary, file name, argv and environment, one behind the other. */
	char bytes[WIRE_EXE_ROOM + WIRE_NAME_MAX + WIRE_CHUNK + WIRE_ENV_MAX];
};

/* Set by the loader before the programs load; constants to the verifier. */
extern const volatile __u32 wire_ring_len; /* bytes in map_ring */
extern const volatile __u32 wire_max_argv; /* capture at most so many bytes of argv */
extern const volatile __u32 wire_page_len; /* bytes in a page */
extern const volatile bool wire_read_kernel; /* bpf_probe_read_kernel is allowed */
extern const volatile bool wire_want_env; /* the environment of each exec */
extern const volatile bool wire_want_fork;
extern const volatile bool wire_want_thread;
extern const volatile __u32 wire_shown; /* kinds that are shown: WIRE_SHOWN_* */
extern const volatile bool wire_by_tree;
extern const volatile bool wire_by_uid;
extern const volatile __u32 wire_uid;

extern volatile __u32 wire_tree; /* enum wire_tree; written by the loader, and when it is full */

/*
 * The records, in wire.h's form, but for WIRE_ARGV: those have a ring of their own, so
 * that a long argv takes no room from events, and the reader maps it only when there is
 * one. The loader sets the sizes.
 */
struct map_ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

/* Indexed by CPU; the loader sets max_entries of both to the number of possible CPUs. */
struct map_lost {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct wire_lost);
};

/* Not a per-CPU array: one of those holds at most 32 KiB a value. */
struct map_scratch {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct wire_scratch);
};

/* Processes of the tree that is followed; the loader makes it large if there is one. */
struct map_tree {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u8);
};

extern struct map_ring map_ring SEC(".maps");
extern struct map_ring map_argv SEC(".maps");
extern struct map_lost map_lost SEC(".maps");
extern struct map_tree map_tree SEC(".maps");
extern struct map_scratch map_scratch SEC(".maps");

/* This CPU's counters. NULL cannot happen but the verifier wants to see it handled. */
static __always_inline struct wire_lost *wire_lost_here(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&map_lost, &cpu);
}

#endif
