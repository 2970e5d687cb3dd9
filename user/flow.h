/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way of an event through the pipeline, once a source or a replay has it. Layer 5.
 *
 *	enrich --> capture file
 *	      \--> process table --> filter --> totals --> sink --> output
 */
#ifndef FLOW_H
#define FLOW_H

#include "event.h"
#include "filter.h"
#include "out.h"
#include "proctab.h"
#include "source/source.h"

struct command;
struct metrics_file;
struct notify;
struct opts;
struct record;
struct sink;
struct stats;

/* Those that show where a stream begins and ends, and what is missing in it. */
#define MARK_KINDS (BIT(EVENT_START) | BIT(EVENT_LOST) | BIT(EVENT_END))

enum {
	FLOW_WAITING_MAX = 1024,
};

/* An event whose line waits in the buffer: what it counts for once that is written. */
struct waiting {
	uint32_t end; /* of its line in the buffer */
	uint8_t kind;
	uint8_t argv_cut;
	uint8_t argv_missing;
};

/* Its own files alone look into it: pipeline.c opens, waits and ends, flow.c does the rest. */
struct pipeline {
	const struct opts *opts;
	struct command *command; /* NULL: the whole machine is traced */
	struct notify *notify;
	struct source_conf conf; /* what the source is asked for */
	struct source *source;
	struct sink *sink;
	struct enrich *enrich;
	struct proctab *proctab;
	struct stats *stats; /* NULL: not wanted */
	struct filter *filter;
	struct filter_conf filter_conf;
	struct proctab_conf keep;
	struct record *record; /* NULL: no capture is written */
	struct metrics_file *metrics; /* NULL: not wanted */
	struct decode *decode; /* during a snapshot only */
	bool begun; /* the run that is replayed */
	unsigned int shown; /* kinds that the sink gets; others come for table and filter */
	bool track; /* processes: else every event tells all that is wanted */
	struct out out;
	struct buf buf;
	struct waiting waiting[FLOW_WAITING_MAX]; /* in the order of the buffer */
	size_t waiting_cnt;
	struct run run;
	int signal_fd;
	int ask_fd; /* what ends nothing: SIGUSR1 and, with files to open anew, SIGHUP */
	bool reopen; /* that is due */
	int full; /* the file of the output has no room: -errno */
	uint64_t owed; /* events that were meant for it, and of which no EVENT_LOST tells yet */
	uint64_t end_ns; /* CLOCK_MONOTONIC: of the duration that was asked for; UINT64_MAX: none */
	bool finished; /* totals has what the source left out itself */
	unsigned int needs; /* enum privilege_need, once the rest is given up */
	int err; /* of the output: what comes after it is only counted */
};

/*
 * Write what is in the buffer, and empty it: only then its events count as delivered. A full disk is no end: those
 * that it does not take count as lost, and when it takes some again an EVENT_LOST tells their number. Else
 * p->err is set.
 */
void flow_flush(struct pipeline *p);

/* If the disk was full: is there room again? For what shall stand behind the EVENT_LOST. */
void flow_retry(struct pipeline *p);

/* If the reader at a socket is gone: until there is one. Else p->err is set. */
void flow_regain(struct pipeline *p);

/* Forget what was learnt of one run, none of which is true of the next. 0 or -ENOMEM: then it is kept. */
int flow_anew(struct pipeline *p);

/* The kinds to show of a replayed run: if --events does not say, those that were shown. */
unsigned int flow_kinds(const struct opts *o, const struct run *run);

/* An event_fn: ctx is the pipeline. flow_replayed() is for one of a capture, which knows all that its machine knew. */
void flow_emit(void *ctx, struct event *ev);
void flow_replayed(void *ctx, struct event *ev);

/* EVENT_START or EVENT_END of a run, written at once. */
void flow_mark(struct pipeline *p, enum event_kind kind);

/* What was left out of the kinds that are shown, here and in the source. */
uint64_t flow_filtered(const struct pipeline *p);

/* The totals in a line on standard error, and what was started most if that is wanted. */
void flow_summary(const struct pipeline *p);

/*
 * At the end, however it came: always for a person or if it was asked for, else only if something is missing.
 */
void flow_last_words(const struct pipeline *p);

#endif
