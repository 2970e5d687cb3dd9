// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <math.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/time.h>

#include "bench/conf.h"
#include "bench/count.h"
#include "bench/hist.h"
#include "bench/plot.h"
#include "bench/probe.h"
#include "bench/report.h"
#include "bench/results.h"
#include "bench/stop.h"
#include "clock.h"

/* ---- hist ---- */

static void assert_near(double got, double want, double share)
{
	if (!(fabs(got - want) <= share * want))
		fail_msg("%g is not %g", got, want);
}

static void hist_tells_quantiles(void **state)
{
	static const uint64_t tops[] = { 100, 1000, 100000, 10000000, 5000000000 };
	struct hist h, sum;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tops); i++) {
		memset(&h, 0, sizeof(h));
		memset(&sum, 0, sizeof(sum));
		assert_true(isnan(hist_quantile(&h, 0.5)));
		for (uint64_t n = 1; n <= 1000; n++)
			hist_add(&h, tops[i] * n / 1000);
		hist_merge(&sum, &h);
		hist_merge(&sum, &h);
		assert_int_equal(sum.total, 2000);
		assert_near(hist_quantile(&sum, 0.5), (double)tops[i] / 2, 0.011);
		assert_near(hist_quantile(&sum, 0.99), (double)tops[i] * 0.99, 0.011);
		assert_near(hist_mean(&sum), (double)tops[i] / 2, 0.011);
	}
}

static void hist_takes_any_time(void **state)
{
	static struct hist h;

	(void)state;
	hist_add(&h, 0);
	hist_add(&h, 255);
	hist_add(&h, 256);
	hist_add(&h, UINT64_MAX);
	assert_int_equal(h.total, 4);
	assert_int_equal(h.cnt[0] + h.cnt[255] + h.cnt[256] + h.cnt[HIST_BUCKETS - 1], 4);
}

/* ---- count ---- */

#define TAIL BYTES("-la\0/etc/hostname")
#define EXEC "{\"event\":{\"action\":\"exec\"},\"process\":{\"args\":[\"true\","
#define EXIT "{\"event\":{\"action\":\"exit\"},\"process\":{\"args\":[\"true\","
#define ARGS(n) "\"m-" n "\",\"-la\",\"/etc/hostname\"]}}\n"

static uint64_t whole(struct span output, bool json, uint64_t end)
{
	uint64_t cnt;

	assert_true(count_whole(output, json, "m", TAIL, end, &cnt));
	return cnt;
}

static void count_takes_whole_argvs_once(void **state)
{
	static const char output[] = EXEC ARGS("0") EXEC ARGS("0") /* twice */
		EXIT ARGS("1") /* no exec */
		EXEC "\"m-2\",\"-la\"]}}\n" /* cut */
		EXEC "\"m-3\",\"-la\",\"/etc/hostnam\"]}}\n" EXEC
		     "\"mm-4\",\"-la\"]}}\n" EXEC ARGS("5") EXEC ARGS("99") /* not one of them */
		EXEC "\"m-";
	uint64_t cnt;

	(void)state;
	assert_int_equal(whole(BYTES(output), true, 10), 2);
	assert_int_equal(whole(BYTES("true m-1 -la /etc/hostname\nm-2 -la /etc/host\n"), false, 10),
			 1);
	assert_int_equal(whole((struct span){ 0 }, true, 10), 0);
	assert_int_equal(whole(BYTES(output), true, 0), 0);
	/* What cannot be counted is not known. */
	assert_false(count_whole(BYTES(output), true, "m", TAIL, SIZE_MAX - 1, &cnt));
}

#define END "{\"event\":{\"action\":\"end\"},\"execsnoop\":{\"totals\":"

static void count_reads_the_last_line(void **state)
{
	static const char output[] =
		EXEC ARGS("0") END "{\"events\":{\"exec\":7,\"comm\":100,\"fork\":20,\"exit\":300},"
				   "\"lost\":{\"ring-full\":4,\"decode\":1},\"lost_exact\":true,"
				   "\"args_missing\":{\"gone\":2,\"zombie\":1}}}}\n";
	struct count_totals t;

	(void)state;
	assert_true(count_totals(BYTES(output), &t));
	assert_int_equal(t.execs, 7);
	assert_int_equal(t.events, 327);
	assert_int_equal(t.lost, 5);
	assert_int_equal(t.argv_missing, 3);
	assert_false(count_totals((struct span){ output, sizeof(output) - 3 }, &t));
	assert_false(count_totals(BYTES(EXEC ARGS("0")), &t));
	assert_false(count_totals((struct span){ 0 }, &t));
	/* Whatever stands there, it stays within. */
	assert_true(count_totals(BYTES(END "{\"events\":{\"exec\n"), &t));
	assert_true(count_totals(BYTES(END "{\"events\":{\"exec\":\"end\"\n"), &t));
	assert_int_equal(t.execs, 0);
}

/* ---- results ---- */

static struct value value(double *numbers, size_t cnt)
{
	struct value v;

	value_of(&v, numbers, cnt);
	return v;
}

static void values_are_medians(void **state)
{
	double odd[] = { 3, NAN, 1, 2 }, even[] = { 4, 1, 2, 3 }, none[] = { NAN };
	struct value v = value(odd, 4);

	(void)state;
	assert_int_equal(v.cnt, 3);
	assert_true(v.mid == 2 && v.low == 1 && v.high == 3);
	assert_true(value(even, 4).mid == 2.5);
	assert_int_equal(value(none, 1).kind, VALUE_UNKNOWN);
}

static void noise_is_no_figure(void **state)
{
	double control_[] = { 0.98, 1.00, 1.02 }, small[] = { 1.03, 1.03, 1.03 };
	double large[] = { 1.05, 1.05, 1.30 };
	struct value control = value(control_, 3), v = value(small, 3);

	(void)state;
	value_judge(&v, &control);
	assert_int_equal(v.kind, VALUE_NOISE);
	v = value(large, 3);
	value_judge(&v, &control);
	assert_int_equal(v.kind, VALUE_KNOWN);
}

/* Results of a control, a tracer and another build of it, at three rates. */
static void make(struct results *r, const double *cpu, const double *base_cpu)
{
	*r = (struct results){ .point_cnt = 3, .subject_cnt = 3, .rounds = 1 };
	r->points = calloc(3, sizeof(*r->points));
	r->subjects = calloc(3, sizeof(*r->subjects));
	r->sums = calloc(9, sizeof(*r->sums));
	assert_true(r->points && r->subjects && r->sums);
	r->subjects[0].is_control = true;
	strcpy(r->subjects[0].name, "none");
	strcpy(r->subjects[1].name, "a<b&\"");
	strcpy(r->subjects[2].name, "base");
	r->subjects[1].backend = r->subjects[2].backend = "bpf";
	r->subjects[2].is_base = true;
	for (size_t p = 0; p < 3; p++) {
		r->points[p].rate = pow(10, (double)p + 1);
		for (size_t s = 0; s < 3; s++) {
			struct sample sample = { .point = p, .subject = s };

			for (size_t m = 0; m < METRIC_CNT; m++)
				sample.values[m] = NAN;
			sample.values[METRIC_RATE] = r->points[p].rate;
			sample.values[METRIC_SLOWDOWN] = s ? 1.5 : 1;
			if (s)
				sample.values[METRIC_CPU_SHARE] = s == 1 ? cpu[p] : base_cpu[p];
			for (unsigned int run = 0; run < 4; run++)
				assert_true(results_add(r, &sample));
		}
	}
}

static void lines_are_found(void **state)
{
	static const double line[] = { 3 + 0.1, 3 + 1, 3 + 10 }, curve[] = { 1, 100, 1 };
	struct line_fit fit;
	struct results r;

	(void)state;
	make(&r, line, curve);
	assert_true(results_fit(&r, 1, METRIC_CPU_SHARE, &fit));
	assert_near(fit.base, 3, 1e-6);
	assert_near(fit.slope, 0.01, 1e-6);
	assert_true(fit.off < 1e-6);
	assert_true(results_fit(&r, 2, METRIC_CPU_SHARE, &fit));
	assert_true(fit.off > 0.5);
	assert_false(results_fit(&r, 1, METRIC_P50, &fit));
	results_done(&r);
}

static void worse_is_said(void **state)
{
	static const double ours[] = { 5, 2.01, 1 }, base[] = { 4, 2, 3 };
	_cleanup_(buf_done) struct buf b = { 0 };
	struct results r;

	(void)state;
	make(&r, ours, base);
	assert_int_equal(results_base_of(&r, 1), 2);
	assert_int_equal(results_base_of(&r, 2), 0);
	assert_int_equal(results_compare(&r, 0, 1, 2, METRIC_CPU_SHARE), 1);
	assert_int_equal(results_compare(&r, 1, 1, 2, METRIC_CPU_SHARE), 0);
	assert_int_equal(results_compare(&r, 2, 1, 2, METRIC_CPU_SHARE), -1);
	for (size_t i = 0; i < r.sample_cnt; i++)
		r.samples[i].values[METRIC_CPU] = r.samples[i].values[METRIC_CPU_SHARE];
	for (size_t i = 0; i < 9; i++)
		r.sums[i].user_ticks = r.sums[i].system_ticks = 1;
	assert_int_equal(results_compare(&r, 0, 1, 2, METRIC_CPU), 1);
	assert_int_equal(results_compare(&r, 0, 1, 2, METRIC_CPU_USER), 0);
	report_text(&b, &r);
	r.sample_cnt /= 2; /* so the third point has none, the second too few */
	assert_int_equal(results_compare(&r, 1, 1, 2, METRIC_CPU_SHARE), 0);
	assert_int_equal(results_compare(&r, 2, 1, 2, METRIC_CPU_SHARE), 0);
	buf_put_char(&b, '\0');
	assert_non_null(strstr(b.ptr, "WORSE than the base"));
	results_done(&r);
}

static void a_grid_is_no_line(void **state)
{
	static const double line[] = { 3 + 0.1, 3 + 1, 3 + 10 };
	_cleanup_(buf_done) struct buf b = { 0 };
	struct line_fit fit;
	struct results r;

	(void)state;
	make(&r, line, line);
	assert_false(results_is_grid(&r));
	r.points[1].argv_len = 1000;
	assert_true(results_is_grid(&r));
	assert_false(results_fit(&r, 1, METRIC_CPU_SHARE, &fit));
	for (size_t i = 0; i < plot_cnt; i++)
		assert_false(plot_put(&b, &r, i));
	report_text(&b, &r);
	buf_put_char(&b, '\0');
	assert_non_null(strstr(b.ptr, "more than one way"));
	assert_null(strstr(b.ptr, "linear"));
	assert_non_null(strstr(b.ptr, "but one round"));
	results_done(&r);
}

static void plots_escape_names(void **state)
{
	static const double some[] = { 1, 2, 3 };
	_cleanup_(buf_done) struct buf b = { 0 };
	struct results r;

	(void)state;
	make(&r, some, some);
	for (size_t i = 0; i < plot_cnt; i++)
		plot_put(&b, &r, i);
	buf_put_char(&b, '\0');
	assert_non_null(strstr(b.ptr, "a&lt;b&amp;&quot;"));
	assert_null(strstr(b.ptr, "a<b"));
	assert_null(strstr(b.ptr, "nan"));
	results_done(&r);
}

/* ---- probe ---- */

#define BURN_NS 30000000u

static sem_t burnt, may_end;

static void *burn(void *arg)
{
	(void)arg;
	while (clock_now_ns(CLOCK_THREAD_CPUTIME_ID) < BURN_NS)
		;
	sem_post(&burnt);
	sem_wait(&may_end);
	return NULL;
}

static void probes_survive_a_thread(void **state)
{
	struct probe before, middle, after;
	pthread_t thread;

	(void)state;
	sem_init(&burnt, 0, 0);
	sem_init(&may_end, 0, 0);
	probe_take(getpid(), &before);
	assert_int_equal(pthread_create(&thread, NULL, burn, NULL), 0);
	sem_wait(&burnt);
	probe_take(getpid(), &middle);
	assert_true(probe_cpu_between(&before, &middle) >= BURN_NS);
	assert_true(probe_wakeups_between(&before, &middle) >= 0);
	sem_post(&may_end);
	pthread_join(thread, NULL);
	probe_take(getpid(), &after);
	assert_true(probe_cpu_between(&middle, &after) >= 0);
	assert_true(probe_cpu_between(&before, &after) >= BURN_NS);
	assert_true(isnan(probe_wakeups_between(&middle, &after)));
	probe_take(4194305, &after);
	assert_true(isnan(probe_cpu_between(&before, &after)));
}

static void programs_are_known_by_id(void **state)
{
	const struct probe_bpf before = { .prog_cnt = 2,
					  .progs = { { 7, "a", 100, 1 }, { 8, "b", 5000, 1 } } };
	const struct probe_bpf after = { .prog_cnt = 2,
					 .progs = { { 8, "b", 5010, 2 }, { 9, "c", 50, 1 } } };
	double some[3] = { 1, 1, 1 };
	struct results r;

	(void)state;
	assert_true(probe_run_between(&before, &after) == 10);
	make(&r, some, some);
	results_add_bpf(&r, 0, 1, 1, &before, &after);
	assert_int_equal(r.sums[1].prog_cnt, 1);
	assert_int_equal(r.sums[1].progs[0].run_ns, 10);
	results_done(&r);
}

/* ---- stop ---- */

static void on_alarm(int number)
{
	(void)number;
}

static void waiting_survives_signals(void **state)
{
	const struct sigaction act = { .sa_handler = on_alarm };
	const struct itimerval often = { { 0, 20000 }, { 0, 20000 } },
			       never = { { 0, 0 }, { 0, 0 } };
	uint64_t start_ns;
	int fds[2];

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &act, NULL), 0);
	assert_int_equal(pipe(fds), 0);
	setitimer(ITIMER_REAL, &often, NULL);
	start_ns = clock_now_ns(CLOCK_MONOTONIC);
	assert_int_equal(stop_wait(NULL, fds[0], 100), 0);
	assert_true(clock_now_ns(CLOCK_MONOTONIC) - start_ns >= 90 * NSEC_PER_MSEC);
	setitimer(ITIMER_REAL, &never, NULL);
	assert_int_equal(write(fds[1], "", 1), 1);
	assert_int_equal(stop_wait(NULL, fds[0], -1), 1);
	close(fds[0]);
	close(fds[1]);
}

static void an_end_is_wanted_for_good(void **state)
{
	struct stop stop;

	(void)state;
	signal(SIGHUP, SIG_IGN);
	assert_int_equal(stop_open(&stop), 0);
	raise(SIGHUP);
	assert_int_equal(stop_wait(&stop, -1, 0), 0);
	raise(SIGTERM);
	assert_int_equal(stop_wait(&stop, -1, 1000), -EINTR);
	assert_int_equal(stop_wait(&stop, -1, 1000), -EINTR);
	stop_close(&stop);
}

/* ---- conf ---- */

static void conf_reads_lists(void **state)
{
	char *argv[] = {
		"bench", "--rate", "10,1.5,max/s", "--argv=1K,20", "--peer", "x=y z", NULL
	};
	char *command[] = { "bench", "--rounds", "3", "--", "ls", "--rate", NULL };
	struct bench_conf c;

	(void)state;
	assert_int_equal(bench_conf_parse(&c, 6, argv), 0);
	assert_int_equal(c.rate_cnt, 3);
	assert_true(c.rates[0] == 10 && c.rates[1] == 1.5 && isinf(c.rates[2]));
	assert_true(c.argv_cnt == 2 && c.argv_lens[0] == 1024 && c.argv_lens[1] == 20);
	assert_int_equal(c.peer_cnt, 1);
	assert_int_equal(bench_conf_parse(&c, 6, command), 0);
	assert_int_equal(c.rounds, 3);
	assert_string_equal(c.command[0], "ls");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hist_tells_quantiles),
		cmocka_unit_test(hist_takes_any_time),
		cmocka_unit_test(count_takes_whole_argvs_once),
		cmocka_unit_test(count_reads_the_last_line),
		cmocka_unit_test(values_are_medians),
		cmocka_unit_test(noise_is_no_figure),
		cmocka_unit_test(lines_are_found),
		cmocka_unit_test(worse_is_said),
		cmocka_unit_test(a_grid_is_no_line),
		cmocka_unit_test(plots_escape_names),
		cmocka_unit_test(probes_survive_a_thread),
		cmocka_unit_test(programs_are_known_by_id),
		cmocka_unit_test(waiting_survives_signals),
		cmocka_unit_test(an_end_is_wanted_for_good),
		cmocka_unit_test(conf_reads_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
