/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring of long argvs. The pieces of an argv are put into it before the exec goes through the ring
 * of the records, but a piece of another CPU, reserved earlier and still being copied, can stand
 * before them: what is behind it cannot be read yet.
 */
#ifndef SOURCE_BPF_ARGV_H
#define SOURCE_BPF_ARGV_H

#include "../ring.h"

struct decode;

enum {
	BPF_ARGV_AGAIN_NS = 1000 * 1000, /* when to come again for what is being copied */
	/*
	 * What is being copied is waited for no longer: its CPU may have been taken away by a
	 * hypervisor, its task by another.
	 */
	BPF_ARGV_WAIT_NS = 1000 * 1000 * 1000,
};

/* Takes in a piece, into the decoder. */
typedef void bpf_argv_fn(void *ctx, const void *rec, size_t len);

struct bpf_argv {
	int fd; /* of the map, borrowed */
	size_t len; /* of its data */
	struct ring ring; /* mapped while there is something in it */
	const struct decode *decode; /* borrowed: who has the pieces */
	bpf_argv_fn *fn;
	void *ctx;
	uint64_t until_ns; /* an exec waits for its pieces, so long; 0: none does */
	uint64_t given_up; /* where in the ring it is that was waited for in vain */
};

void bpf_argv_init(struct bpf_argv *a, int map_fd, size_t len, const struct decode *decode,
		   bpf_argv_fn *fn, void *ctx);
void bpf_argv_done(struct bpf_argv *a);

/* Make room: take in what is there, but not more than the longest argv, since others wait. */
void bpf_argv_gather(struct bpf_argv *a);

/*
 * Take in the pieces that this exec wants, if they have not come, and those before them. False: they
 * are there but cannot be read yet, so the exec is to be kept and brought again in
 * BPF_ARGV_AGAIN_NS. True: it can be decoded, whatever there is of its argv. now_ns: CLOCK_MONOTONIC;
 * hurry: there is no time to wait.
 */
bool bpf_argv_fetch(struct bpf_argv *a, const void *rec, size_t len, uint64_t now_ns, bool hurry);

#endif
