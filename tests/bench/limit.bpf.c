// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The least that a program can do at the three tracepoints of a process's life: write so many
 * bytes into a ring buffer. They come from a per-CPU scratch that nobody writes. See limit.c.
 */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "limit.h"

enum {
	BPF_MAP_TYPE_PERCPU_ARRAY = 6, /* include/uapi/linux/bpf.h */
};

struct limit_scratch {
	char bytes[LIMIT_RECORD_MAX];
};

char limit_license[] SEC("license") = "Dual BSD/GPL";

/* Set by the loader. A constant to the verifier, so that a length of 0 leaves an empty program. */
const volatile __u32 limit_len[LIMIT_CNT] = { 0 };

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, LIMIT_RING_LEN);
} map_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct limit_scratch);
} map_scratch SEC(".maps");

static __always_inline int limit_put(__u32 len)
{
	struct limit_scratch *s;
	__u32 key = 0;

	if (!len || len > LIMIT_RECORD_MAX)
		return 0;
	s = bpf_map_lookup_elem(&map_scratch, &key);
	if (s)
		bpf_ringbuf_output(&map_ring, s, len, 0);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int limit_exec(void *ctx)
{
	return limit_put(limit_len[LIMIT_EXEC]);
}

SEC("tp_btf/sched_process_fork")
int limit_fork(void *ctx)
{
	return limit_put(limit_len[LIMIT_FORK]);
}

SEC("tp_btf/sched_process_exit")
int limit_exit(void *ctx)
{
	return limit_put(limit_len[LIMIT_EXIT]);
}
