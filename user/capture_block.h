/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records of one block into events: docs/capture.md. The bytes may say anything. Layer 2.
 */
#ifndef CAPTURE_BLOCK_H
#define CAPTURE_BLOCK_H

#include "capture_format.h"

/* Kept from block to block, for its memory. All zero is empty. */
struct capture_block {
	struct buf strings; /* struct span[]: the string table; they lie in the block */
	struct buf shapes; /* struct shape[] */
	struct buf columns; /* struct column[] of all shapes */
	uint64_t last[DISK_ID_MAX]; /* value of each field in the event that had it last */
	uint64_t starts[DISK_SLOTS]; /* of processes, by pid */
	struct buf text; /* of the lists of one event */
	uint64_t text_len; /* of the lists of the block */
	uint64_t cnt; /* events emitted, or of a kind that is not known here */
	uint64_t unknown; /* of these, the latter */
	struct span left; /* bytes that are not read */
	uint32_t said; /* events that it has as its head says */
	const char *wrong; /* why it could not be read to its end; NULL: nothing is wrong */
};

void capture_block_done(struct capture_block *b);

/* Begin with a block of cnt events. Its bytes are borrowed until it is read to its end. */
void capture_block_start(struct capture_block *b, struct span raw, uint32_t cnt);

/*
 * Read one record, and emit its event if it is one. run is put into that; the totals of an EVENT_END go
 * there. False at the end: b->wrong says whether it was one.
 */
bool capture_block_next(struct capture_block *b, struct run *run, event_fn *emit, void *ctx);

/* Take a varint off the front of s; false if there is none. */
bool capture_get_varint(struct span *s, uint64_t *v);

/* Take len bytes off the front of s; false if there are not so many. */
bool capture_get_bytes(struct span *s, uint64_t len, struct span *bytes);

#endif
