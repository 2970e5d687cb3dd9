// SPDX-License-Identifier: BSD-2-Clause
#include "bpf_argv.h"

#include <poll.h>

#include "../../bpf/wire.h"
#include "../decode.h"
#include "../log.h"

/* How far a reading goes. */
struct reach {
	struct bpf_argv *argv;
	size_t left; /* bytes: under a storm there is no end */
	const void *exec; /* up to the last piece of this one; NULL: all */
	size_t exec_len;
};

void bpf_argv_init(struct bpf_argv *a, int map_fd, size_t len, const struct decode *decode,
		   bpf_argv_fn *fn, void *ctx)
{
	*a = (struct bpf_argv){
		.fd = map_fd,
		.len = len,
		.decode = decode,
		.fn = fn,
		.ctx = ctx,
		.given_up = UINT64_MAX,
	};
}

void bpf_argv_done(struct bpf_argv *a)
{
	ring_close(&a->ring);
}

static enum ring_next bpf_argv_piece(void *ctx, const void *rec, size_t len)
{
	struct reach *r = ctx;

	r->argv->fn(r->argv->ctx, rec, len);
	r->left -= len < r->left ? len : r->left;
	if (!r->left || (r->exec && decode_has_pieces(r->argv->decode, r->exec, r->exec_len)))
		return RING_STOP;
	return RING_MORE;
}

/* Was that all there is to read? */
static bool bpf_argv_read(struct bpf_argv *a, struct reach reach)
{
	int r = a->ring.data ? 0 : ring_open(&a->ring, a->fd, a->len);

	if (r < 0) {
		log_err(r, "mapping the ring buffer of long argvs");
		return false;
	}
	reach.argv = a;
	return ring_read(&a->ring, bpf_argv_piece, &reach);
}

void bpf_argv_gather(struct bpf_argv *a)
{
	struct pollfd wait = { .fd = a->fd, .events = POLLIN };

	if (poll(&wait, 1, 0) > 0)
		bpf_argv_read(a, (struct reach){ .left = WIRE_ARGV_MAX });
	else
		ring_close(&a->ring); /* give the memory back */
}

/* One record is waited for once, by whichever exec; and one exec waits once, for whatever. */
static bool bpf_argv_wait(struct bpf_argv *a, uint64_t now_ns, bool hurry)
{
	uint64_t pos = ring_pos(&a->ring);

	if (pos == a->given_up)
		return false;
	if (!a->until_ns)
		a->until_ns = now_ns + BPF_ARGV_WAIT_NS;
	if (now_ns < a->until_ns && !hurry)
		return true;
	a->given_up = pos;
	return false;
}

bool bpf_argv_fetch(struct bpf_argv *a, const void *rec, size_t len, uint64_t now_ns, bool hurry)
{
	/* Its pieces were all reserved before it came: none is further away than the ring is long. */
	const struct reach reach = { .left = a->len, .exec = rec, .exec_len = len };

	if (!decode_has_pieces(a->decode, rec, len) && bpf_argv_read(a, reach) &&
	    ring_waiting(&a->ring) && bpf_argv_wait(a, now_ns, hurry))
		return false;
	a->until_ns = 0;
	return true;
}
