/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stream of events as bytes and back: docs/capture.md specifies them. Pure. Layer 2.
 *
 * A capture is made of blocks that can be read without each other, so what is torn or damaged costs
 * only itself. What the process table adds to an event is not in it: that is told again when the
 * events are read.
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "buf.h"
#include "event.h"

enum {
	CAPTURE_MAJOR = 1,
	CAPTURE_MINOR = 0,
	CAPTURE_TEXT_MAX =
		7 << 20, /* bytes of text in one event: the kernel takes argvs of 6 MiB */
};

/* What each file of a capture starts with. */
struct capture_part {
	const struct run *run; /* without totals */
	unsigned int collected; /* BIT(enum event_kind) that the source was asked for */
	bool tells_all; /* as the source's */
	uint64_t time_ns; /* CLOCK_BOOTTIME when the run started */
	int64_t wall_offset_ns;
	uint32_t part; /* number of this file in its run, from 0 */
	uint32_t tracer_pid; /* 0: not known */
	uint32_t command_pid; /* of the command that was traced; 0: the whole machine was */
};

/* ---- writing ---- */

struct capture_writer;

/* NULL if there is no memory. level: of zlib's compression, 0 to 9. */
struct capture_writer *capture_writer_new(int level);
void capture_writer_free(struct capture_writer *w);

/* Append the start of a file. */
void capture_put_part(struct buf *out, const struct capture_part *part);

/*
 * Put an event into the block that is being made. 1 if that is full and should be taken, else 0; -EAGAIN: it is
 * to be taken before, and then the event put once more; or -E2BIG if no block can hold the event,
 * -ENOMEM: then it is only counted, as missing.
 */
int capture_put(struct capture_writer *w, const struct event *ev);

/* Events in the block that is being made. */
uint32_t capture_pending(const struct capture_writer *w);

/* Its bytes, about, at the most. */
size_t capture_pending_len(const struct capture_writer *w);

/* Append that block, if it has events, and start the next. 0, or -ENOMEM: its events are missing. */
int capture_take(struct capture_writer *w, struct buf *out);

/* ---- reading ---- */

enum capture_note {
	CAPTURE_INFO, /* worth telling */
	CAPTURE_WRONG, /* something is damaged or missing */
};

struct capture_reader_ops {
	/*
	 * Each run comes as snapshot events, EVENT_START, events and EVENT_END, whatever is missing;
	 * what is known to be missing comes as EVENT_LOST. ev->run is never NULL.
	 */
	event_fn *event;
	/* A run starts: comes before its first event. Valid during the call. */
	void (*part)(void *ctx, const struct capture_part *part);
	/* offset: in the file. text: a sentence without full stop. */
	void (*note)(void *ctx, enum capture_note note, uint64_t offset, const char *text);
	/* Shall capture_read() return for now? Asked after each record and each block. NULL: never. */
	bool (*enough)(void *ctx);
	void *ctx;
};

struct capture_reader;

/* NULL if there is no memory. ops is copied. */
struct capture_reader *capture_reader_new(const struct capture_reader_ops *ops);
void capture_reader_free(struct capture_reader *r);

/*
 * The next bytes of a file, in pieces of any size. Events of whole blocks are emitted. 0; 1 if it was
 * enough before the end of the bytes: it must then be called with none until it returns another; -EBADMSG
 * if nothing further of this file can be read, which was noted; -ENOMEM.
 */
int capture_read(struct capture_reader *r, const char *ptr, size_t len);

/* The file ended; the next bytes are those of another. */
void capture_read_eof(struct capture_reader *r);

/* Nothing more comes. complete: say so if the run lacks its end. */
void capture_read_end(struct capture_reader *r, bool complete);

/* Was the last run read to its end? */
bool capture_ended(const struct capture_reader *r);

/*
 * What the first len bytes of a file say: 0 and *part filled in, with its run in *run; -EAGAIN if
 * more bytes are wanted; or -EBADMSG and *why, a sentence.
 */
int capture_peek(const char *ptr, size_t len, struct capture_part *part, struct run *run,
		 const char **why);

#endif
