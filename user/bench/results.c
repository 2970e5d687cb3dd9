// SPDX-License-Identifier: BSD-2-Clause
#include "results.h"

#include <math.h>

const struct metric_info metrics[] = {
	[METRIC_RATE] = { "rate", "programs started", "/s", 0, false, false,
			  "by the workload, reached" },
	[METRIC_WALL] = { "wall_s", "wall time", " s", 3, false, false, "of the command" },
	[METRIC_SLOWDOWN] = { "slowdown", "slowdown", " x", 3, false, true,
			      "time of a program's life (fork, exec, exit and wait), or of the "
			      "command, over that without a tracer" },
	[METRIC_P50] = { "life_p50_us", "a program's life, p50", " us", 1, false, false,
			 "from before its fork until its end was seen" },
	[METRIC_P99] = { "life_p99_us", "a program's life, p99", " us", 1, false, false, "" },
	[METRIC_P50_ADDED] = { "added_p50_us", "added to it, p50", " us", 2, true, true,
			       "difference from the runs without a tracer before and after" },
	[METRIC_P99_ADDED] = { "added_p99_us", "added to it, p99", " us", 1, true, true, "" },
	[METRIC_OWN] = { "added_own_cpu_us", "CPU added to the programs", " us", 2, true, true,
			 "what they and what starts them use more: the kernel's part of tracing, "
			 "BPF programs or messages, that runs inside of them" },
	[METRIC_TAX] = { "tax_ns", "added to a getppid()", " ns", 1, true, true,
			 "what a program pays that starts no others; the fastest of many batches" },
	[METRIC_CPU] = { "cpu_us", "tracer CPU per program", " us", 2, false, false,
			 "of all its threads, for fork, exec and exit together" },
	[METRIC_CPU_USER] = { "cpu_user_us", "  of it in user space", " us", 2, false, false,
			      "split as the kernel's clock ticks sampled it" },
	[METRIC_CPU_SYSTEM] = { "cpu_system_us", "  of it in the kernel", " us", 2, false, false,
				"" },
	[METRIC_CPU_SHARE] = { "cpu_percent", "tracer CPU, of one CPU", " %", 2, false, false, "" },
	[METRIC_BPF] = { "bpf_us", "BPF run time per program", " us", 2, false, false,
			 "all its BPF programs, fork, exec and exit; in runs of its own, since "
			 "counting it slows them" },
	[METRIC_WAKEUPS] = { "wakeups_per_s", "wakeups of the tracer", "/s", 1, false, false, "" },
	[METRIC_EVENTS] = { "events", "events delivered", "", 0, false, false,
			    "of the whole machine" },
	[METRIC_LOST] = { "lost", "events lost", "", 0, false, false, "reported by the tracer" },
	[METRIC_MISSING] = { "argv_missing", "argvs missing", "", 0, false, false,
			     "reported by the tracer, of the whole machine" },
	[METRIC_COMPLETE] = { "complete_percent", "argvs complete", " %", 2, false, false,
			      "of the workload's programs, found in the output with each "
			      "argument" },
	[METRIC_READY] = { "ready_ms", "ready after", " ms", 0, false, false,
			   "from its start until it had attached and read /proc" },
	[METRIC_RESIDENT] = { "resident_mib", "resident memory at the start", " MiB", 1, false,
			      false, "" },
	[METRIC_RESIDENT_AFTER] = { "resident_after_mib", "resident memory at the end", " MiB", 1,
				    false, false, "" },
	[METRIC_PINNED] = { "pinned_mib", "BPF memory", " MiB", 2, false, false,
			    "of its maps and programs in the kernel" },
	[METRIC_OUTPUT] = { "output_bytes", "output per program", " B", 0, false, false, "" },
};

_Static_assert(ARRAY_LEN(metrics) == METRIC_CNT, "a row for each metric");

void results_done(struct results *r)
{
	free(r->points);
	free(r->subjects);
	free(r->samples);
	free(r->sums);
	buf_done(&r->notes);
	buf_done(&r->machine);
}

bool results_add(struct results *r, const struct sample *s)
{
	if (r->sample_cnt == r->sample_cap) {
		size_t cap = r->sample_cap ? 2 * r->sample_cap : 64;
		struct sample *grown = realloc(r->samples, cap * sizeof(*grown));

		if (!grown)
			return false;
		r->samples = grown;
		r->sample_cap = cap;
	}
	r->samples[r->sample_cnt++] = *s;
	return true;
}

void results_add_bpf(struct results *r, size_t point, size_t subject, double programs,
		     const struct probe_bpf *before, const struct probe_bpf *after)
{
	struct sums *sum = &r->sums[point * r->subject_cnt + subject];

	sum->programs += programs;
	for (unsigned int i = 0; i < after->prog_cnt; i++) {
		const struct probe_prog *to = &after->progs[i];
		const struct probe_prog *from = probe_find(before, to->id);
		unsigned int at = 0;

		if (!from)
			continue;
		while (at < sum->prog_cnt && strcmp(sum->progs[at].name, to->name) != 0)
			at++;
		if (at == PROBE_PROGS_MAX)
			continue;
		if (at == sum->prog_cnt) {
			sum->progs[sum->prog_cnt++] = *to;
			sum->progs[at].run_ns = sum->progs[at].runs = 0;
		}
		sum->progs[at].run_ns += to->run_ns - from->run_ns;
		sum->progs[at].runs += to->runs - from->runs;
	}
}

static int by_number(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void value_of(struct value *v, double *numbers, size_t cnt)
{
	size_t known = 0;

	*v = (struct value){ .mid = NAN, .low = NAN, .high = NAN };
	for (size_t i = 0; i < cnt; i++)
		if (!isnan(numbers[i]))
			numbers[known++] = numbers[i];
	if (!known)
		return;
	qsort(numbers, known, sizeof(*numbers), by_number);
	*v = (struct value){
		.kind = VALUE_KNOWN,
		.cnt = known,
		.mid = (numbers[(known - 1) / 2] + numbers[known / 2]) / 2,
		.low = numbers[0],
		.high = numbers[known - 1],
	};
}

void value_judge(struct value *v, const struct value *control)
{
	if (v->kind == VALUE_KNOWN && control->kind == VALUE_KNOWN &&
	    control->high - control->low > fabs(v->mid - control->mid))
		v->kind = VALUE_NOISE;
}

static void results_spread(const struct results *r, size_t point, size_t subject, enum metric m,
			   struct value *v)
{
	_cleanup_(buf_done) struct buf numbers = { 0 };

	for (size_t i = 0; i < r->sample_cnt; i++)
		if (r->samples[i].point == point && r->samples[i].subject == subject)
			buf_put(&numbers, &r->samples[i].values[m], sizeof(double));
	value_of(v, (double *)numbers.ptr, numbers.len / sizeof(double));
}

/* Of the tracer's CPU time, as far as it is in user space or the kernel: by all ticks there are. */
static void results_part(const struct results *r, size_t point, size_t subject, enum metric m,
			 struct value *v)
{
	const struct sums *sums = &r->sums[point * r->subject_cnt + subject];
	const double user = (double)sums->user_ticks, system = (double)sums->system_ticks;
	double share = (m == METRIC_CPU_USER ? user : system) / (user + system);

	results_spread(r, point, subject, METRIC_CPU, v);
	if (isnan(share))
		v->kind = VALUE_UNKNOWN;
	v->mid *= share;
	v->low *= share;
	v->high *= share;
}

void results_value(const struct results *r, size_t point, size_t subject, enum metric m,
		   struct value *v)
{
	struct value control;

	if (m == METRIC_CPU_USER || m == METRIC_CPU_SYSTEM) {
		results_part(r, point, subject, m, v);
		return;
	}
	results_spread(r, point, subject, m, v);
	if (!metrics[m].judged || r->subjects[subject].is_control)
		return;
	results_spread(r, point, 0, m, &control);
	value_judge(v, &control);
}

bool results_has(const struct results *r, size_t point, enum metric m)
{
	struct value v = { .kind = VALUE_UNKNOWN };

	for (size_t s = 0; s < r->subject_cnt && v.kind == VALUE_UNKNOWN; s++)
		results_value(r, point, s, m, &v);
	return v.kind != VALUE_UNKNOWN;
}

/* A difference of so small a share is nobody's concern. */
#define COMPARE_SHARE 0.02

int results_compare(const struct results *r, size_t point, size_t ours, size_t base, enum metric m)
{
	const bool more = m == METRIC_COMPLETE || m == METRIC_RATE;
	struct value a, b;

	/* The ranges of these are not theirs. */
	if (m == METRIC_CPU_USER || m == METRIC_CPU_SYSTEM)
		return 0;
	results_value(r, point, ours, m, &a);
	results_value(r, point, base, m, &b);
	if (a.kind != VALUE_KNOWN || b.kind != VALUE_KNOWN || a.cnt < RESULTS_COMPARE_RUNS ||
	    b.cnt < RESULTS_COMPARE_RUNS || fabs(a.mid - b.mid) < COMPARE_SHARE * fabs(b.mid))
		return 0;
	if (a.low > b.high)
		return more ? -1 : 1;
	if (a.high < b.low)
		return more ? 1 : -1;
	return 0;
}

size_t results_base_of(const struct results *r, size_t subject)
{
	const struct subject *s = &r->subjects[subject];

	for (size_t i = 1; s->backend && !s->is_base && i < r->subject_cnt; i++)
		if (r->subjects[i].is_base && !strcmp(r->subjects[i].backend, s->backend))
			return i;
	return 0;
}

void metric_put(struct buf *b, enum metric m, double number)
{
	buf_printf(b, metrics[m].sign ? "%+.*f%s" : "%.*f%s", (int)metrics[m].digits, number,
		   metrics[m].unit);
}

/* ---- how a figure grows ---- */

enum axis {
	AXIS_RATE,
	AXIS_ARGV,
	AXIS_ALIVE,
};

/* The first of the three that differs. */
static enum axis results_axis_kind(const struct results *r)
{
	for (size_t i = 1; i < r->point_cnt; i++) {
		if (r->points[i].argv_len != r->points[0].argv_len)
			return AXIS_ARGV;
		if (r->points[i].alive != r->points[0].alive)
			return AXIS_ALIVE;
	}
	return AXIS_RATE;
}

bool results_is_grid(const struct results *r)
{
	bool rate = false, argv = false, alive = false;

	for (size_t i = 1; i < r->point_cnt; i++) {
		rate = rate || r->points[i].rate != r->points[0].rate;
		argv = argv || r->points[i].argv_len != r->points[0].argv_len;
		alive = alive || r->points[i].alive != r->points[0].alive;
	}
	return rate + argv + alive > 1;
}

const char *results_axis(const struct results *r)
{
	static const char *const names[] = {
		[AXIS_RATE] = "programs a second",
		[AXIS_ARGV] = "bytes of argv",
		[AXIS_ALIVE] = "processes alive",
	};

	return names[results_axis_kind(r)];
}

double results_place(const struct results *r, size_t point, size_t subject)
{
	struct value v;

	switch (results_axis_kind(r)) {
	case AXIS_ARGV:
		return r->points[point].argv_len;
	case AXIS_ALIVE:
		return r->points[point].alive;
	default:
		results_value(r, point, subject, METRIC_RATE, &v);
		return v.mid;
	}
}

bool results_axis_is_rate(const struct results *r)
{
	return results_axis_kind(r) == AXIS_RATE;
}

/* A point of a line; false if there is none. */
static bool fit_point(const struct results *r, size_t point, size_t subject, enum metric m,
		      double *x, double *y)
{
	struct value v;

	*x = results_place(r, point, subject);
	results_value(r, point, subject, m, &v);
	*y = v.mid;
	return v.kind == VALUE_KNOWN && !isnan(*x) && *y > 0;
}

static void fit_judge(struct line_fit *fit, const struct results *r, size_t subject, enum metric m)
{
	double x, y, low = INFINITY, high = 0;

	fit->off = 0;
	for (size_t i = 0; i < r->point_cnt; i++) {
		if (!fit_point(r, i, subject, m, &x, &y))
			continue;
		fit->off = fmax(fit->off, fabs(fit->base + fit->slope * x - y) / y);
		low = fmin(low, fit->base + fit->slope * x);
		high = fmax(high, fit->base + fit->slope * x);
	}
	fit->growth = (high - low) / fabs(low);
}

/* Least squares of the relative errors: each point counts the same, whatever its size. */
bool results_fit(const struct results *r, size_t subject, enum metric m, struct line_fit *fit)
{
	double w = 0, wx = 0, wy = 0, wxx = 0, wxy = 0, det, x, y;
	size_t cnt = 0;

	for (size_t i = 0; i < r->point_cnt; i++) {
		if (!fit_point(r, i, subject, m, &x, &y))
			continue;
		w += 1 / (y * y);
		wx += x / (y * y);
		wy += 1 / y;
		wxx += x * x / (y * y);
		wxy += x / y;
		cnt++;
	}
	det = w * wxx - wx * wx;
	if (cnt < 3 || !(det > 0) || results_is_grid(r))
		return false;
	fit->slope = (w * wxy - wx * wy) / det;
	fit->base = (wy - fit->slope * wx) / w;
	fit_judge(fit, r, subject, m);
	return true;
}
