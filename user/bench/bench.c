// SPDX-License-Identifier: BSD-2-Clause
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/random.h>

#include "../clock.h"
#include "../log.h"
#include "../out.h"
#include "../text.h"
#include "conf.h"
#include "crowd.h"
#include "host.h"
#include "html.h"
#include "plot.h"
#include "report.h"
#include "round.h"
#include "stop.h"
#include "workload.h"

#define REACHED 0.9 /* of a rate: what misses no more has reached it */

struct bench {
	struct bench_conf conf;
	struct results results;
	struct stop stop;
	struct rounds rounds;
	size_t *order; /* of the subjects in this round */
	size_t step, step_cnt; /* runs of tracers, for the progress line */
	uint64_t start_ns;
	bool terminal; /* there is one to show progress on */
};

/* ---- who is measured ---- */

/* Say what was noted so far. */
static void bench_warn(const struct buf *notes)
{
	size_t at = 0;

	while (at < notes->len) {
		const char *line = notes->ptr + at, *end = memchr(line, '\n', notes->len - at);
		size_t len = end ? (size_t)(end - line) : notes->len - at;

		log_info("bench: %.*s", (int)len, line);
		at += len + 1;
	}
}

/* Does the backend work here? If not, why is noted. */
static bool bench_try(struct bench *b, const struct source_ops *ops)
{
	const struct source_conf conf = {
		.kinds = BIT(EVENT_EXEC) | BIT(EVENT_FORK) | BIT(EVENT_EXIT),
		.max_argv = UINT32_MAX,
		.ring_len = 1 << 20,
		.reader_max = 1,
		.realtime = true,
	};
	struct source_why why = { 0 };
	struct source *source = NULL;

	if (ops->open(&source, &conf, &why) < 0) {
		buf_printf(&b->results.notes, "%s does not work here: %s (%s)\n", ops->name,
			   why.cause, why.cure);
		return false;
	}
	ops->stop(source);
	ops->close(source);
	return true;
}

static struct subject *bench_subject(struct bench *b, const char *name, size_t len,
				     const char *suffix)
{
	struct subject *s = &b->results.subjects[b->results.subject_cnt++];

	snprintf(s->name, sizeof(s->name), "%.*s%s", (int)len, name, suffix);
	return s;
}

static void bench_backend(struct bench *b, const struct source_ops *ops)
{
	struct subject *s;

	if (!bench_try(b, ops))
		return;
	s = bench_subject(b, ops->name, strlen(ops->name), "");
	s->backend = ops->name;
	s->program = "/proc/self/exe";
	if (!b->conf.base)
		return;
	s = bench_subject(b, ops->name, strlen(ops->name), ", base");
	s->backend = ops->name;
	s->program = b->conf.base;
	s->is_base = true;
}

static int bench_subjects(struct bench *b)
{
	const struct bench_conf *c = &b->conf;

	b->results.subjects =
		calloc(1 + 2 * c->backend_cnt + c->peer_cnt, sizeof(*b->results.subjects));
	if (!b->results.subjects)
		return log_err(-ENOMEM, "bench");
	bench_subject(b, "none", 4, "")->is_control = true;
	for (size_t i = 0; i < c->backend_cnt; i++)
		bench_backend(b, c->backends[i]);
	if (b->results.subject_cnt == 1) {
		bench_warn(&b->results.notes);
		log_err(0, "bench: there is no backend to measure");
		return -EOPNOTSUPP;
	}
	for (size_t i = 0; i < c->peer_cnt; i++) {
		const char *equal = strchr(c->peers[i], '=');

		bench_subject(b, c->peers[i], (size_t)(equal - c->peers[i]), "")->command =
			equal + 1;
	}
	return 0;
}

/* ---- where ---- */

static int bench_points(struct bench *b)
{
	const struct bench_conf *c = &b->conf;
	struct results *r = &b->results;
	const size_t cnt = c->rate_cnt * c->argv_cnt * c->alive_cnt;

	r->points = calloc(cnt, sizeof(*r->points));
	r->sums = calloc(cnt * r->subject_cnt, sizeof(*r->sums));
	b->order = calloc(r->subject_cnt, sizeof(*b->order));
	if (!r->points || !r->sums || !b->order)
		return log_err(-ENOMEM, "bench");
	for (size_t i = 0; i < c->alive_cnt; i++)
		for (size_t j = 0; j < c->argv_cnt; j++)
			for (size_t k = 0; k < c->rate_cnt; k++)
				r->points[r->point_cnt++] =
					(struct point){ c->rates[k], c->argv_lens[j], c->alive[i] };
	return 0;
}

/* Lines that say what was done, for the reader of the report. */
static void bench_describe(struct bench *b, int argc, char **argv)
{
	const struct bench_conf *c = &b->conf;
	struct results *r = &b->results;
	_cleanup_(buf_done) struct buf line = { 0 };

	host_describe(&r->machine);
	buf_puts(&line, "execsnoop-c");
	for (int i = 0; i < argc; i++) {
		buf_put_char(&line, ' ');
		text_quote(&line, (struct span){ argv[i], strlen(argv[i]) }, 0);
	}
	snprintf(r->command, sizeof(r->command), "%.*s", (int)line.len, line.ptr);
	r->rounds = c->rounds;
	line.len = 0;
	if (c->command)
		text_quote(&line, (struct span){ c->command[0], strlen(c->command[0]) }, 0);
	if (c->command)
		snprintf(r->workload, sizeof(r->workload), "the command %.*s, %u rounds",
			 (int)line.len, line.ptr, c->rounds);
	else
		snprintf(r->workload, sizeof(r->workload),
			 "the shortest-lived programs, started on %u CPUs, %u rounds of %g s",
			 c->cpus, c->rounds, c->seconds);
}

/* ---- in which order ---- */

static void bench_progress(struct bench *b, size_t subject, const char *what)
{
	double gone = (double)(clock_now_ns(CLOCK_MONOTONIC) - b->start_ns) / 1e9;
	double left = b->step ? gone / (double)b->step * (double)(b->step_cnt - b->step) : 0;

	if (b->terminal)
		fprintf(stderr, "\r%zu of %zu: %s%s, %s%.0f s left\033[K", b->step + 1, b->step_cnt,
			b->results.subjects[subject].name, what, b->step ? "about " : "? ", left);
	b->step++;
}

/* A random order of the first cnt numbers. */
static void bench_shuffle(size_t *order, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++) {
		uint32_t random = 0;
		size_t j;

		if (getrandom(&random, sizeof(random), 0) < 0)
			random = 0;
		j = random % (i + 1);
		order[i] = order[j];
		order[j] = i;
	}
}

static int bench_round(struct bench *b, size_t point)
{
	int err = round_control(&b->rounds, point);

	bench_shuffle(b->order, b->results.subject_cnt);
	for (size_t i = 0; i < b->results.subject_cnt && err == 0; i++) {
		bench_progress(b, b->order[i], "");
		err = round_measure(&b->rounds, point, b->order[i]);
	}
	return err;
}

static bool bench_has_bpf(const struct subject *s)
{
	return !s->is_control && (!s->backend || !strcmp(s->backend, "bpf"));
}

static int bench_bpf(struct bench *b, size_t point)
{
	int err = 0;

	for (size_t i = 0; i < b->results.subject_cnt && err == 0; i++) {
		if (!bench_has_bpf(&b->results.subjects[i]))
			continue;
		bench_progress(b, i, ", BPF run time");
		err = round_measure_bpf(&b->rounds, point, i);
	}
	return err;
}

/*
 * How often the BPF run time is measured: it varies less than what the clock on the wall says. But so
 * often that two builds can be compared, if the rounds allow that.
 */
static unsigned int bench_bpf_rounds(const struct bench *b)
{
	const unsigned int rounds = b->conf.rounds, half = (rounds + 1) / 2;
	const unsigned int wanted = half > RESULTS_COMPARE_RUNS ? half : RESULTS_COMPARE_RUNS;

	return rounds < wanted ? rounds : wanted;
}

static int bench_point(struct bench *b, size_t point)
{
	_cleanup_(crowd_end) struct crowd crowd;
	int err = crowd_start(&crowd, (unsigned int)b->results.points[point].alive);

	for (unsigned int i = 0; i < b->conf.rounds && err == 0; i++)
		err = bench_round(b, point);
	for (unsigned int i = 0; i < bench_bpf_rounds(b) && err == 0; i++)
		err = bench_bpf(b, point);
	return err;
}

/* A rate that the machine cannot start programs at, even without a tracer. */
static void bench_note_rates(struct results *r)
{
	for (size_t i = 0; i < r->point_cnt; i++) {
		struct value v;

		results_value(r, i, 0, METRIC_RATE, &v);
		if (isfinite(r->points[i].rate) && v.mid < REACHED * r->points[i].rate)
			buf_printf(&r->notes,
				   "the rate of %g/s was not reached: without a tracer it was "
				   "%.0f/s\n",
				   r->points[i].rate, v.mid);
	}
}

/* Figures of a tracer, that is: of the control alone there is nothing to say. */
static bool bench_has_figures(const struct results *r)
{
	for (size_t i = 0; i < r->sample_cnt; i++)
		if (r->samples[i].subject)
			return true;
	return false;
}

/* What there is when an error or the user ends it is reported. */
static int bench_measure(struct bench *b)
{
	size_t bpf = 0;
	int err = 0;

	for (size_t i = 0; i < b->results.subject_cnt; i++)
		bpf += bench_has_bpf(&b->results.subjects[i]);
	b->step_cnt = b->results.point_cnt *
		      (b->conf.rounds * b->results.subject_cnt + bench_bpf_rounds(b) * bpf);
	b->start_ns = clock_now_ns(CLOCK_MONOTONIC);
	for (size_t i = 0; i < b->results.point_cnt && err == 0; i++)
		err = bench_point(b, i);
	if (b->terminal)
		fputs("\r\033[K", stderr);
	bench_note_rates(&b->results);
	if (!err || (err != -EINTR && !bench_has_figures(&b->results)))
		return err;
	b->results.partial = true;
	buf_printf(&b->results.notes, "partial: ended by %s after %zu of %zu runs\n",
		   err == -EINTR ? "a signal" : "an error", b->step, b->step_cnt);
	return 0;
}

/* ---- the report ---- */

/*
 * Can it be written to later? A file is made where there is none, but what is in it stays until there
 * is something better. A FIFO without a reader is not waited for: -ENXIO.
 */
static int bench_test_file(const char *path)
{
	int fd;

	if (out_socket_path(path))
		return 0;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0640);
	if (fd < 0)
		return log_err(-errno, "cannot write to %s", path);
	close(fd);
	return 0;
}

static int bench_test_outputs(const struct bench_conf *c)
{
	const int flags = fcntl(STDOUT_FILENO, F_GETFL);

	if (flags < 0 || flags & O_PATH || (flags & O_ACCMODE) == O_RDONLY)
		return log_err(-EBADF, "cannot write to standard output");
	if (c->plots) {
		_cleanup_close_ int fd = open(c->plots, O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0 || access(c->plots, W_OK | X_OK) < 0)
			return log_err(-errno, "cannot write to %s", c->plots);
	}
	return c->html ? bench_test_file(c->html) : 0;
}

/* Of two results the first that is an error: each output is written whatever became of the others. */
static int bench_first(int err, int err2)
{
	return err < 0 ? err : err2;
}

static int bench_write(const char *path, struct buf *text)
{
	struct out out = { .fd = -1 };
	int err = out_open(&out, path, STDOUT_FILENO);

	if (err == 0)
		err = out_flush(&out, text);
	if (err == -EPIPE)
		err = 0;
	else if (err < 0)
		log_err(err, "%s", out.name);
	return bench_first(err, out_close(&out));
}

static int bench_plots(const struct results *r, const char *dir)
{
	_cleanup_(buf_done) struct buf svg = { 0 };
	char path[4096];
	int err = 0;

	for (size_t i = 0; i < plot_cnt; i++) {
		svg.len = 0;
		if (!plot_put(&svg, r, i))
			continue;
		snprintf(path, sizeof(path), "%s/%s.svg", dir, plot_name(i));
		err = bench_first(err, bench_write(path, &svg));
	}
	return err;
}

static int bench_report(const struct bench *b)
{
	static void (*const formats[])(struct buf * text, const struct results *r) = {
		[FORMAT_TEXT] = report_text,
		[FORMAT_JSON] = report_json,
		[FORMAT_MARKDOWN] = report_markdown,
	};
	_cleanup_(buf_done) struct buf text = { 0 };
	int err;

	formats[b->conf.format](&text, &b->results);
	err = bench_write(NULL, &text);
	if (b->conf.html) {
		text.len = 0;
		html_put(&text, &b->results);
		err = bench_first(err, bench_write(b->conf.html, &text));
	}
	if (b->conf.plots)
		err = bench_first(err, bench_plots(&b->results, b->conf.plots));
	return err;
}

/* ---- all of it ---- */

/* Everything that may refuse, before anything is measured. */
static int bench_open(struct bench *b, int *lock, int *image)
{
	int err;

	if (geteuid() != 0) {
		log_err(0,
			"bench: needs root, to trace with both backends (sudo execsnoop-c bench)");
		return -EPERM;
	}
	*lock = host_lock();
	if (*lock == -EADDRINUSE)
		return log_err(*lock, "bench: another one is running on this machine");
	if (*lock < 0)
		return log_err(*lock, "bench: the lock");
	err = bench_test_outputs(&b->conf);
	if (err < 0)
		return err;
	*image = workload_image();
	if (*image < 0)
		return *image;
	err = stop_open(&b->stop);
	if (err < 0)
		return err;
	host_warn(&b->results.notes);
	err = bench_subjects(b);
	return err < 0 ? err : bench_points(b);
}

static int bench_do(struct bench *b, int argc, char **argv)
{
	_cleanup_close_ int lock = -1, image = -1;
	char path[48];
	int err = bench_open(b, &lock, &image);

	if (err < 0)
		return err;
	bench_warn(&b->results.notes);
	bench_describe(b, argc, argv);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", image);
	b->terminal = isatty(STDERR_FILENO);
	b->rounds = (struct rounds){ &b->conf, &b->stop, &b->results,     path,
				     0,        false,    { .life_ns = 0 } };
	err = bench_measure(b);
	return err < 0 ? err : bench_report(b);
}

enum bench_end bench_run(int argc, char **argv)
{
	struct bench b = { .stop.fd = -1 };
	_cleanup_(buf_done) struct buf help = { 0 };
	int err;

	if (bench_conf_parse(&b.conf, argc, argv) < 0)
		return BENCH_USAGE;
	if (b.conf.help) {
		bench_conf_help(&help);
		return bench_write(NULL, &help) < 0 ? BENCH_FAILED : BENCH_OK;
	}
	err = bench_do(&b, argc, argv);
	stop_close(&b.stop);
	free(b.order);
	if (err == 0 && b.results.partial)
		err = -EINTR;
	results_done(&b.results);
	return err < 0 ? BENCH_FAILED : BENCH_OK;
}
