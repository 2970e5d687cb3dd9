// SPDX-License-Identifier: BSD-2-Clause
#include "bpf_raw.h"

#include <errno.h>
#include <zlib.h>

#include "execsnoop.raw.inc"

enum {
	GZIP = 16 + MAX_WBITS, /* as zlib.h has it */
	ROOM = 64 * 1024,
};

int bpf_raw_object(struct buf *b)
{
	z_stream z = { .next_in = (Bytef *)raw_object, .avail_in = sizeof(raw_object) };
	int r = inflateInit2(&z, GZIP);

	while (r == Z_OK) {
		z.next_out = (Bytef *)buf_room(b, ROOM);
		if (!z.next_out)
			break;
		z.avail_out = ROOM;
		r = inflate(&z, Z_NO_FLUSH);
		b->len += ROOM - z.avail_out;
	}
	inflateEnd(&z);
	return r == Z_STREAM_END ? 0 : -ENOMEM;
}
