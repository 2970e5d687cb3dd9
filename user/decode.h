/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records of bpf/wire.h into events. Pure: bytes in, events out; no byte of a
 * record is trusted. Layer 2.
 */
#ifndef DECODE_H
#define DECODE_H

#include "event.h"

struct decode; /* holds execs whose argv is still coming */

/* NULL if there is no memory. */
struct decode *decode_new(void);
void decode_free(struct decode *d);

/*
 * Take in one record of len bytes, aligned to 8. Calls emit for the event that is
 * complete with it, if there is one; the event borrows from rec and from d.
 *
 * 0; -EBADMSG if the record makes no sense; -ENOMEM: the exec that was to be joined
 * is emitted with what there is of its argv.
 */
int decode_record(struct decode *d, const void *rec, size_t len, event_fn *emit, void *ctx);

/*
 * Emit what is incomplete: its pieces cannot come any more. For the end of a
 * stream, after its last record.
 */
void decode_flush(struct decode *d, event_fn *emit, void *ctx);

#endif
