// SPDX-License-Identifier: BSD-2-Clause
/*
 * The wire decoder: a stream of records, each behind two bytes of its length and one of flags. As few
 * random records agree with themselves, a flag makes an exec's lengths do so.
 */
#include <errno.h>

#include "../bpf/wire.h"
#include "decode.h"
#include "made.h"

enum {
	AGREE = 1,
	RECORD_MAX = 64,
};

static void see(void *ctx, struct event *ev)
{
	(void)ctx;
	made_check(ev);
	must(event_has(ev, HAS_PID));
	if (event_has(ev, HAS_ARGV)) {
		must(ev->argv.len <= ev->argv_len && ev->argv.len <= WIRE_ARGV_MAX);
		must(event_has(ev, HAS_ARGV_CUT) == (ev->argv.len < ev->argv_len));
		must(!event_has(ev, HAS_ARGV_MISSING));
	}
}

static void agree(struct wire_exec *w, size_t len)
{
	w->filename.off = sizeof(*w);
	w->filename.len %= (__u32)(len - sizeof(*w)) + 1;
	w->argv.off = w->filename.off + w->filename.len;
	w->argv.len = w->head.flags & WIRE_PIECES ? 0 : (__u32)(len - w->argv.off);
	w->exe = w->filename;
	if (!(w->head.flags & WIRE_PIECES))
		w->argv_got = w->argv.len;
	w->argv_cut %= WIRE_CUT_CNT;
	w->argv_len += w->argv_got;
}

static void record(struct decode *d, struct input *in)
{
	size_t len = (size_t)input_number(in, 2);
	bool same = input_number(in, 1) & AGREE;
	struct span s = input_take(in, len);
	_cleanup_free_ struct wire_exec *w = malloc(s.len ? s.len : 1);
	int r;

	must(w);
	memcpy(w, s.ptr ? s.ptr : "", s.len);
	if (same && s.len >= sizeof(*w) && w->head.kind == WIRE_EXEC)
		agree(w, s.len);
	decode_has_pieces(d, w, s.len);
	r = decode_record(d, w, s.len, see, NULL);
	must(r == 0 || r == -EBADMSG);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct decode *d = decode_new();

	must(d);
	for (int i = 0; in.len && i < RECORD_MAX; i++)
		record(d, &in);
	decode_free(d);
	return 0;
}
