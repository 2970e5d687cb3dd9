/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records of bpf/wire.h into events. Pure: bytes in, events out; no byte of a
 * record is trusted. Layer 2.
 */
#ifndef DECODE_H
#define DECODE_H

#include "event.h"

struct decode; /* holds the pieces of argvs whose exec is still to come */

/* NULL if there is no memory. */
struct decode *decode_new(void);
void decode_free(struct decode *d);

/*
 * Take in one record of len bytes, aligned to 8. Calls emit for the event that it is, if
 * it is one; the event borrows from rec and from d.
 *
 * A piece that comes after its exec, or after others of it had to go, is dropped in silence: the
 * exec has said that it is missing, or will.
 *
 * 0; -EBADMSG if the record makes no sense; -ENOMEM: a piece of an argv is missing now,
 * and its exec will say so.
 */
int decode_record(struct decode *d, const void *rec, size_t len, event_fn *emit, void *ctx);

/* Bytes of argv of this exec that are in WIRE_ARGV records, which d must be given first. */
size_t decode_pieces_len(const void *rec, size_t len);

/* Has d all of these? */
bool decode_has_pieces(const struct decode *d, const void *rec, size_t len);

#endif
