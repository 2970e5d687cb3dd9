// SPDX-License-Identifier: BSD-2-Clause
#include "round.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <math.h>
#include <sys/syscall.h>

#include "../clock.h"
#include "../log.h"
#include "count.h"
#include "workload.h"

enum {
	TAX_BATCHES = 50,
	TAX_CALLS = 10000, /* of a batch */
	MARK_LEN = 48,
};

#define MIB (1024.0 * 1024)

/* The tracer around a run. */
struct traced {
	struct tracer tracer;
	struct probe before, after;
	struct probe run; /* at the workload's end, when it may have work left */
	uint64_t resident, resident_after; /* bytes */
	struct probe_bpf bpf, bpf_after;
	double seconds; /* between the first two probes */
};

/* ns of a getppid() in the fastest of the batches: what disturbs only ever adds. */
static double tax_measure(void)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < TAX_BATCHES; i++) {
		uint64_t start_ns = clock_now_ns(CLOCK_MONOTONIC), took;

		/* syscall(2), lest a C library remembers the answer. */
		for (int n = 0; n < TAX_CALLS; n++)
			syscall(SYS_getppid);
		took = clock_now_ns(CLOCK_MONOTONIC) - start_ns;
		best = took < best ? took : best;
	}
	return (double)best / TAX_CALLS;
}

static void round_workload(struct rounds *r, size_t point, char *mark, struct workload *w)
{
	const struct point *p = &r->results->points[point];

	/* Of some bytes no more than that can be told from what other programs are given. */
	if (workload_is_small((size_t)p->argv_len))
		snprintf(mark, MARK_LEN, "~%u", ++r->mark);
	else
		snprintf(mark, MARK_LEN, "bench-%d-%u", getpid(), ++r->mark);
	*w = (struct workload){
		.cpus = r->conf->cpus,
		.rate = p->rate,
		.duration_ns = (uint64_t)(r->conf->seconds * 1e9),
		.argv_len = (size_t)p->argv_len,
		.mark = mark,
		.command = r->conf->command,
		.image = r->image,
	};
}

/* Run the workload; *got is of the programs. */
static int round_run(const struct rounds *r, const struct workload *w, struct pass *pass,
		     struct workload_result *got)
{
	int err = workload_run(w, r->stop, got);

	if (err < 0)
		return err;
	pass->programs = got->cnt ? (double)got->cnt : NAN;
	pass->own_ns = got->cpu_ns;
	pass->life_ns = w->command ? (double)got->wall_ns : hist_mean(&got->life);
	pass->p50_ns = hist_quantile(&got->life, 0.5);
	pass->p99_ns = hist_quantile(&got->life, 0.99);
	return 0;
}

int round_control(struct rounds *r, size_t point)
{
	struct workload_result got;
	char mark[MARK_LEN];
	struct workload w;

	round_workload(r, point, mark, &w);
	if (w.rate <= 0) /* idle: there is nothing to compare with */
		w.duration_ns = 0;
	r->control.tax_ns = tax_measure();
	return round_run(r, &w, &r->control, &got);
}

/* ---- with a tracer ---- */

static void traced_before(struct traced *t)
{
	if (!t->tracer.child.pid)
		return;
	t->resident = probe_resident(t->tracer.child.pid);
	probe_bpf(t->tracer.child.pid, &t->bpf);
	probe_take(t->tracer.child.pid, &t->before);
}

static void traced_run(struct traced *t)
{
	if (t->tracer.child.pid)
		probe_take(t->tracer.child.pid, &t->run);
}

static void traced_after(struct traced *t)
{
	if (!t->tracer.child.pid)
		return;
	probe_take(t->tracer.child.pid, &t->after);
	probe_bpf(t->tracer.child.pid, &t->bpf_after);
	t->resident_after = probe_resident(t->tracer.child.pid);
}

/* Start the tracer, run the workload, end the tracer. t is to be closed in any case. */
static int round_traced(const struct rounds *r, const struct subject *subject,
			const struct workload *w, struct traced *t, struct pass *pass,
			struct workload_result *got)
{
	uint64_t start_ns;
	int err = tracer_start(&t->tracer, subject, r->conf->options, r->stop);

	if (err < 0)
		return err;
	pass->tax_ns = tax_measure();
	traced_before(t);
	start_ns = clock_now_ns(CLOCK_MONOTONIC);
	err = round_run(r, w, pass, got);
	t->seconds = (double)(clock_now_ns(CLOCK_MONOTONIC) - start_ns) / 1e9;
	traced_run(t);
	if (err == 0)
		err = tracer_settle(&t->tracer, r->stop);
	if (err == 0)
		err = tracer_check(&t->tracer);
	if (err < 0)
		return err;
	traced_after(t);
	tracer_end(&t->tracer);
	return 0;
}

/* ---- samples ---- */

static void sample_init(struct sample *s, size_t point, size_t subject)
{
	*s = (struct sample){ .point = point, .subject = subject };
	for (size_t i = 0; i < METRIC_CNT; i++)
		s->values[i] = NAN;
}

/* What the workload itself says, beside the controls before and after it. */
static void sample_run(struct sample *s, const struct workload *w,
		       const struct workload_result *got, const struct pass *pass,
		       const struct pass *before, const struct pass *after)
{
	double *v = s->values;

	if (w->command)
		v[METRIC_WALL] = (double)got->wall_ns / 1e9;
	else
		v[METRIC_RATE] = (double)got->cnt / ((double)got->wall_ns / 1e9);
	v[METRIC_SLOWDOWN] = 2 * pass->life_ns / (before->life_ns + after->life_ns);
	v[METRIC_P50] = pass->p50_ns / 1e3;
	v[METRIC_P99] = pass->p99_ns / 1e3;
	v[METRIC_P50_ADDED] = (pass->p50_ns - (before->p50_ns + after->p50_ns) / 2) / 1e3;
	v[METRIC_P99_ADDED] = (pass->p99_ns - (before->p99_ns + after->p99_ns) / 2) / 1e3;
	v[METRIC_OWN] =
		(pass->own_ns / pass->programs -
		 (before->own_ns / before->programs + after->own_ns / after->programs) / 2) /
		1e3;
	/* The lower of the two: what disturbs so short a loop only ever adds. */
	v[METRIC_TAX] = pass->tax_ns - fmin(before->tax_ns, after->tax_ns);
}

/* What the tracer wrote. */
static void sample_output(struct sample *s, const struct workload *w,
			  const struct workload_result *got, const struct traced *t,
			  double *programs)
{
	const bool ours = t->tracer.subject->backend;
	_cleanup_(buf_done) struct buf tail = { 0 };
	struct span output = tracer_map(&t->tracer);
	struct count_totals totals;
	double *v = s->values;
	uint64_t whole;

	if (ours && count_totals(output, &totals)) {
		v[METRIC_EVENTS] = (double)totals.events;
		v[METRIC_LOST] = (double)totals.lost;
		v[METRIC_MISSING] = (double)totals.argv_missing;
		if (w->command && totals.execs)
			*programs = (double)totals.execs;
	}
	v[METRIC_OUTPUT] = (double)output.len / *programs;
	if (got->cnt) {
		workload_tail(&tail, w->argv_len);
		if (!tail.failed &&
		    count_whole(output, ours, w->mark, buf_span(&tail), got->number_end, &whole))
			v[METRIC_COMPLETE] = 100 * (double)whole / (double)got->cnt;
	}
	tracer_unmap(output);
}

/* What the tracer used: for each program until it had worked off all, by the time while they ran. */
static void sample_cost(struct sample *s, const struct traced *t, double programs)
{
	double *v = s->values;

	v[METRIC_CPU] = probe_cpu_between(&t->before, &t->after) / 1e3 / programs;
	v[METRIC_CPU_SHARE] = probe_cpu_between(&t->before, &t->run) / 1e7 / t->seconds;
	v[METRIC_WAKEUPS] = probe_wakeups_between(&t->before, &t->run) / t->seconds;
	v[METRIC_READY] = t->tracer.ready_ms;
	v[METRIC_RESIDENT] = (double)t->resident / MIB;
	v[METRIC_RESIDENT_AFTER] = (double)t->resident_after / MIB;
	if (t->bpf.prog_cnt)
		v[METRIC_PINNED] = (double)t->bpf.pinned / MIB;
}

int round_measure(struct rounds *r, size_t point, size_t subject)
{
	const struct subject *who = &r->results->subjects[subject];
	struct sums *sums = &r->results->sums[point * r->results->subject_cnt + subject];
	struct pass before = r->control, pass = { 0 };
	struct workload_result got;
	struct traced t = { 0 };
	char mark[MARK_LEN];
	struct workload w;
	struct sample s;
	int err;

	round_workload(r, point, mark, &w);
	err = round_traced(r, who, &w, &t, &pass, &got);
	if (err == 0)
		err = round_control(r, point);
	if (err == 0) {
		double programs = pass.programs;

		sample_init(&s, point, subject);
		sample_run(&s, &w, &got, &pass, &before, &r->control);
		if (!who->is_control) {
			sample_output(&s, &w, &got, &t, &programs);
			sample_cost(&s, &t, programs);
			if (!isnan(probe_cpu_between(&t.before, &t.after))) {
				sums->user_ticks += t.after.user_ticks - t.before.user_ticks;
				sums->system_ticks += t.after.system_ticks - t.before.system_ticks;
			}
		}
		if (!results_add(r->results, &s))
			err = log_err(-ENOMEM, "results");
	}
	tracer_close(&t.tracer);
	return err;
}

static int round_stats(struct rounds *r, size_t point, size_t subject, struct traced *t)
{
	struct workload_result got;
	struct pass pass = { 0 };
	char mark[MARK_LEN];
	struct workload w;
	double programs;
	struct sample s;
	int err;

	round_workload(r, point, mark, &w);
	err = round_traced(r, &r->results->subjects[subject], &w, t, &pass, &got);
	if (err < 0 || !t->bpf.prog_cnt)
		return err;
	programs = pass.programs;
	sample_init(&s, point, subject);
	sample_output(&s, &w, &got, t, &programs);
	sample_init(&s, point, subject);
	s.values[METRIC_BPF] = probe_run_between(&t->bpf, &t->bpf_after) / 1e3 / programs;
	results_add_bpf(r->results, point, subject, isnan(programs) ? 0 : programs, &t->bpf,
			&t->bpf_after);
	return results_add(r->results, &s) ? 0 : log_err(-ENOMEM, "results");
}

int round_measure_bpf(struct rounds *r, size_t point, size_t subject)
{
	/* Closed, it puts back what was before; the kernel does so even if we are killed. */
	_cleanup_close_ int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	struct traced t = { 0 };
	int err;

	if (stats < 0) {
		if (!r->no_stats)
			buf_printf(&r->results->notes,
				   "the run time of BPF programs cannot be counted: %s\n",
				   strerror(errno));
		r->no_stats = true;
		return 0;
	}
	err = round_stats(r, point, subject, &t);
	tracer_close(&t.tracer);
	return err;
}
