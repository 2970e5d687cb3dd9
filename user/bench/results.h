/* SPDX-License-Identifier: BSD-2-Clause */
/* What was measured, and what it says. Pure. */
#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include "../buf.h"
#include "probe.h"
#include "tracer.h"

/* Where is measured. */
struct point {
	double rate; /* programs a second; INFINITY: what the spawners can; 0: idle */
	double argv_len; /* bytes; 0: no more than needed */
	double alive; /* processes */
};

enum metric {
	METRIC_RATE,
	METRIC_WALL,
	METRIC_SLOWDOWN,
	METRIC_P50,
	METRIC_P99,
	METRIC_P50_ADDED,
	METRIC_P99_ADDED,
	METRIC_OWN,
	METRIC_TAX,
	METRIC_CPU,
	METRIC_CPU_USER,
	METRIC_CPU_SYSTEM,
	METRIC_CPU_SHARE,
	METRIC_BPF,
	METRIC_WAKEUPS,
	METRIC_EVENTS,
	METRIC_LOST,
	METRIC_MISSING,
	METRIC_COMPLETE,
	METRIC_READY,
	METRIC_RESIDENT,
	METRIC_RESIDENT_AFTER,
	METRIC_PINNED,
	METRIC_OUTPUT,
	METRIC_CNT,
};

struct metric_info {
	const char *key; /* in JSON */
	const char *title; /* for people */
	const char *unit; /* behind the number, with a blank before it if there shall be one */
	unsigned int digits; /* behind the point */
	bool sign; /* a difference: with a + */
	bool judged; /* measured against the control, so noise can be all of it */
	const char *help;
};

extern const struct metric_info metrics[];

/* One run. NAN: not known. */
struct sample {
	size_t point;
	size_t subject;
	double values[METRIC_CNT];
};

/* What says something only with all runs of a subject at a point taken together. */
struct sums {
	uint64_t user_ticks, system_ticks; /* of the tracer */
	double programs; /* started by the workload in the runs that count the BPF run time */
	struct probe_prog progs[PROBE_PROGS_MAX];
	unsigned int prog_cnt;
};

struct results {
	struct point *points;
	size_t point_cnt;
	struct subject *subjects; /* the first is the control */
	size_t subject_cnt;
	struct sample *samples;
	size_t sample_cnt, sample_cap;
	struct sums *sums; /* [point * subject_cnt + subject] */
	struct buf notes; /* lines: what the reader has to know */
	struct buf machine; /* a line: what it was measured on */
	char command[1024]; /* a line: by what */
	char workload[256]; /* a line: what ran */
	unsigned int rounds; /* asked for */
	bool partial; /* the user ended it */
};

void results_done(struct results *r);

/* Append a sample; false if there is no memory. */
bool results_add(struct results *r, const struct sample *s);

/* Add up what programs took between two probes. */
void results_add_bpf(struct results *r, size_t point, size_t subject, double programs,
		     const struct probe_bpf *before, const struct probe_bpf *after);

enum value_kind {
	VALUE_UNKNOWN,
	VALUE_NOISE, /* the control differs from itself by more: only low and high mean something */
	VALUE_KNOWN,
};

/* A figure: the median and the range of the rounds. */
struct value {
	enum value_kind kind;
	size_t cnt;
	double mid, low, high;
};

/* Of numbers, which are sorted; NANs are left out. */
void value_of(struct value *v, double *numbers, size_t cnt);

/* Noise if the control's range is wider than the distance between the medians. */
void value_judge(struct value *v, const struct value *control);

void results_value(const struct results *r, size_t point, size_t subject, enum metric m,
		   struct value *v);

/* Is there any figure of it at a point, for any subject? */
bool results_has(const struct results *r, size_t point, enum metric m);

/* With so many runs of each, the ranges of two builds that do not differ are apart once in 35 times. */
enum {
	RESULTS_COMPARE_RUNS = 4,
};

/*
 * Is ours worse (1) or better (-1) than the base? 0: no difference seen, or too few runs to see one.
 * Less is better for most; completeness and the rate are the other way round.
 */
int results_compare(const struct results *r, size_t point, size_t ours, size_t base, enum metric m);

/* The subject that is the other build of the same backend; 0 if there is none. */
size_t results_base_of(const struct results *r, size_t subject);

/* Append the number as people read it, with its unit. */
void metric_put(struct buf *b, enum metric m, double number);

/* ---- how a figure grows ---- */

/* Do the points differ in more than one way? Then they lie on no line. */
bool results_is_grid(const struct results *r);

/* What differs between the points: a name for the axis, and each one's place on it. */
const char *results_axis(const struct results *r);
bool results_axis_is_rate(const struct results *r);

/* Where a point is on the axis; by the rate reached, so it differs a little between subjects. */
double results_place(const struct results *r, size_t point, size_t subject);

/* A line y = base + slope * x through points. */
struct line_fit {
	double base, slope;
	double off; /* by how much of their y the points are off at most */
	double growth; /* by how much of its least y it changes along the axis */
};

/* False with less than three points, or if there is more than one axis. */
bool results_fit(const struct results *r, size_t subject, enum metric m, struct line_fit *fit);

#endif
