// SPDX-License-Identifier: BSD-2-Clause
#include "report.h"

#include <math.h>

#include "../json.h"

enum {
	TITLE_WIDTH = 30, /* of a row of the text */
	CELL_WIDTH = 30,
};

#define LINEAR_OFF 0.15 /* points that are off by no more lie on a line */

/* ---- cells ---- */

void report_point(struct buf *b, const struct results *r, size_t point)
{
	const struct point *p = &r->points[point];

	if (isinf(p->rate))
		buf_puts(b, "as many programs as the machine starts");
	else if (p->rate > 0)
		buf_printf(b, "%g programs a second", p->rate);
	else
		buf_puts(b, "no programs");
	if (p->argv_len > 0)
		buf_printf(b, ", %.0f bytes of argv each", p->argv_len);
	if (p->alive > 0)
		buf_printf(b, ", %.0f processes alive", p->alive);
}

void report_subject(struct buf *b, const struct results *r, size_t subject)
{
	buf_puts(b, r->subjects[subject].name);
}

void report_cell(struct buf *b, const struct results *r, size_t point, size_t subject,
		 enum metric m)
{
	struct value v;

	results_value(r, point, subject, m, &v);
	if (v.kind == VALUE_UNKNOWN) {
		buf_puts(b, "-");
		return;
	}
	if (v.kind == VALUE_NOISE)
		buf_puts(b, "noise");
	else
		metric_put(b, m, v.mid);
	if (v.cnt > 1)
		buf_printf(b, metrics[m].sign ? " (%+.*f..%+.*f)" : " (%.*f..%.*f)",
			   (int)metrics[m].digits, v.low, (int)metrics[m].digits, v.high);
}

/* ---- what stands below ---- */

static bool has_backend(const struct results *r, const char *name)
{
	for (size_t i = 1; i < r->subject_cnt; i++)
		if (r->subjects[i].backend && !strcmp(r->subjects[i].backend, name))
			return true;
	return false;
}

void report_notes(struct buf *b, const struct results *r, const char *prefix, const char *suffix)
{
	size_t at = 0;

	while (at < r->notes.len) {
		const char *line = r->notes.ptr + at, *end = memchr(line, '\n', r->notes.len - at);
		size_t len = end ? (size_t)(end - line) : r->notes.len - at;

		buf_printf(b, "%s%.*s%s", prefix, (int)len, line, suffix);
		at += len + 1;
	}
	buf_printf(
		b, "%s%s%s", prefix,
		r->rounds > 1 ?
			"figures are medians, and in brackets the range of the rounds; noise: "
			"runs without a tracer differ from each other by more than this one from "
			"them" :
			"there was but one round: no spread tells which of the figures are noise",
		suffix);
	if (has_backend(r, "bpf"))
		buf_printf(
			b,
			"%snot counted for bpf: the interrupt by which the ring buffer wakes the "
			"tracer, at most one for each wakeup%s",
			prefix, suffix);
	if (has_backend(r, "connector"))
		buf_printf(b,
			   "%sthe connector: the kernel makes and sends its messages inside of the "
			   "programs, which is in the CPU added to them; not counted: its socket "
			   "buffers, which take memory only while messages wait%s",
			   prefix, suffix);
}

/* Figures that can be expected to grow: with the rate, or with anything else. */
static const struct {
	enum metric metric;
	bool with_rate, with_others;
} growing[] = {
	{ METRIC_CPU_SHARE, true, false },     { METRIC_CPU, false, true },
	{ METRIC_BPF, false, true },           { METRIC_READY, false, true },
	{ METRIC_RESIDENT_AFTER, true, true },
};

static void growth_line(struct buf *b, const struct results *r, size_t subject, enum metric m)
{
	const struct metric_info *info = &metrics[m];
	struct line_fit fit;

	if (!results_fit(r, subject, m, &fit))
		return;
	report_subject(b, r, subject);
	buf_printf(b, ": %s ", info->title);
	if (fit.off > LINEAR_OFF)
		buf_printf(b, "is not linear in the %s", results_axis(r));
	else if (fit.growth < LINEAR_OFF)
		buf_printf(b, "does not depend on the %s", results_axis(r));
	else
		buf_printf(b, "is linear in the %s: %.4g%s, and %.4g%s more for each 1000",
			   results_axis(r), fit.base, info->unit, 1000 * fit.slope, info->unit);
	buf_printf(b, " (off by at most %.0f %%)", 100 * fit.off);
}

void report_growth(struct buf *b, const struct results *r, const char *prefix, const char *suffix)
{
	const bool rate = results_axis_is_rate(r);

	if (results_is_grid(r))
		buf_printf(b,
			   "%sno plots, nor how figures grow: the points differ in more than one "
			   "way%s",
			   prefix, suffix);
	for (size_t s = 1; s < r->subject_cnt; s++) {
		for (size_t i = 0; i < ARRAY_LEN(growing); i++) {
			_cleanup_(buf_done) struct buf line = { 0 };

			if (rate ? growing[i].with_rate : growing[i].with_others)
				growth_line(&line, r, s, growing[i].metric);
			if (!line.len)
				continue;
			buf_puts(b, prefix);
			buf_put_span(b, buf_span(&line));
			buf_puts(b, suffix);
		}
	}
}

/* One line for each figure that differs between the two builds beyond the range of the rounds. */
static void report_base(struct buf *b, const struct results *r, const char *prefix)
{
	for (size_t p = 0; p < r->point_cnt; p++) {
		for (size_t s = 1; s < r->subject_cnt; s++) {
			const size_t base = results_base_of(r, s);
			unsigned int differ = 0;

			for (enum metric m = 0; base && m < METRIC_CNT; m++) {
				int worse = results_compare(r, p, s, base, m);
				struct value was, is;

				if (!worse || m == METRIC_EVENTS)
					continue;
				results_value(r, p, base, m, &was);
				results_value(r, p, s, m, &is);
				buf_printf(b, "%s%s than the base, %s: %s, ", prefix,
					   worse > 0 ? "WORSE" : "better", r->subjects[s].name,
					   metrics[m].title + strspn(metrics[m].title, " "));
				metric_put(b, m, was.mid);
				buf_puts(b, " became ");
				metric_put(b, m, is.mid);
				buf_puts(b, ", at ");
				report_point(b, r, p);
				buf_puts(b, "\n");
				differ++;
			}
			if (base && !differ)
				buf_printf(b, "%sno difference from the base seen: %s\n", prefix,
					   r->subjects[s].name);
		}
	}
}

/* The BPF programs of a subject: "name 120 ns x 1.00, ...". */
static void report_progs(struct buf *b, const struct sums *sum)
{
	for (unsigned int i = 0; i < sum->prog_cnt; i++) {
		const struct probe_prog *p = &sum->progs[i];

		buf_printf(b, "%s%s %.0f ns x %.2f", i ? ", " : "", p->name,
			   p->runs ? (double)p->run_ns / (double)p->runs : 0,
			   (double)p->runs / sum->programs);
	}
}

/* ---- text and Markdown ---- */

struct form {
	const char *heading, *heading_end; /* around the title of a point */
	const char *first, *between, *last; /* around the cells of a row */
	size_t first_width, width; /* of cells; 0: as they come */
	const char *item; /* before a note */
};

static const struct form form_text = { "\n", "\n", "", "  ", "\n", TITLE_WIDTH, CELL_WIDTH, "- " };
static const struct form form_markdown = { "\n### ", "\n\n", "| ", " | ", " |\n", 0, 0, "- " };

static void form_pad(struct buf *b, size_t start, size_t width)
{
	while (b->len - start < width)
		buf_put_char(b, ' ');
}

/* A row of cells; m METRIC_CNT: the heads of the columns. */
static void form_row(struct buf *b, const struct form *f, const struct results *r, size_t point,
		     enum metric m)
{
	size_t start;

	buf_puts(b, f->first);
	start = b->len;
	if (m < METRIC_CNT)
		buf_puts(b, metrics[m].title);
	form_pad(b, start, f->first_width);
	for (size_t s = 0; s < r->subject_cnt; s++) {
		buf_puts(b, f->between);
		start = b->len;
		if (m < METRIC_CNT)
			report_cell(b, r, point, s, m);
		else
			report_subject(b, r, s);
		if (s + 1 < r->subject_cnt)
			form_pad(b, start, f->width);
	}
	buf_puts(b, f->last);
}

static void form_point(struct buf *b, const struct form *f, const struct results *r, size_t point)
{
	buf_puts(b, f->heading);
	if (!results_has(r, point, METRIC_WALL))
		report_point(b, r, point);
	buf_puts(b, f->heading_end);
	form_row(b, f, r, point, METRIC_CNT);
	if (f == &form_markdown) {
		buf_puts(b, "|---|");
		for (size_t s = 0; s < r->subject_cnt; s++)
			buf_puts(b, "--:|");
		buf_puts(b, "\n");
	}
	for (enum metric m = 0; m < METRIC_CNT; m++)
		if (results_has(r, point, m))
			form_row(b, f, r, point, m);
	for (size_t s = 1; s < r->subject_cnt; s++) {
		const struct sums *sum = &r->sums[point * r->subject_cnt + s];

		if (!(sum->programs > 0))
			continue;
		buf_printf(b, "\n%sBPF programs of %s, time of a run x runs for each program: ",
			   f->item, r->subjects[s].name);
		report_progs(b, sum);
		buf_puts(b, "\n");
	}
}

static void form_report(struct buf *b, const struct form *f, const struct results *r)
{
	for (size_t p = 0; p < r->point_cnt; p++)
		form_point(b, f, r, p);
	buf_puts(b, "\n");
	report_base(b, r, f->item);
	report_growth(b, r, f->item, "\n");
	report_notes(b, r, f->item, "\n");
}

void report_text(struct buf *b, const struct results *r)
{
	buf_printf(b, "Workload: %s\n", r->workload);
	buf_printf(b, "Machine: %.*s\n", (int)r->machine.len, r->machine.ptr);
	form_report(b, &form_text, r);
}

void report_markdown(struct buf *b, const struct results *r)
{
	buf_printf(b, "- Command: `%s`\n- Workload: %s.\n", r->command, r->workload);
	buf_printf(b, "- Machine: %.*s.\n", (int)r->machine.len, r->machine.ptr);
	form_report(b, &form_markdown, r);
}

/* ---- JSON ---- */

static void json_text(struct buf *b, const char *key, const char *text, size_t len)
{
	buf_printf(b, "\"%s\":", key);
	json_string(b, (struct span){ text, len });
}

static void json_number(struct buf *b, const char *key, double number)
{
	if (isnan(number) || isinf(number))
		buf_printf(b, "\"%s\":null", key);
	else
		buf_printf(b, "\"%s\":%.9g", key, number);
}

/* No median where it would be noise. */
static void json_value(struct buf *b, enum metric m, const struct value *v)
{
	buf_printf(b, ",\"%s\":{\"noise\":%s,", metrics[m].key,
		   v->kind == VALUE_NOISE ? "true" : "false");
	json_number(b, "median", v->kind == VALUE_NOISE ? NAN : v->mid);
	buf_put_char(b, ',');
	json_number(b, "min", v->low);
	buf_put_char(b, ',');
	json_number(b, "max", v->high);
	buf_printf(b, ",\"runs\":%zu}", v->cnt);
}

static void json_progs(struct buf *b, const struct sums *sum)
{
	buf_puts(b, ",\"bpf_programs\":[");
	for (unsigned int i = 0; i < sum->prog_cnt; i++) {
		const struct probe_prog *p = &sum->progs[i];

		buf_puts(b, i ? ",{" : "{");
		json_text(b, "name", p->name, strlen(p->name));
		buf_put_char(b, ',');
		json_number(b, "run_ns", p->runs ? (double)p->run_ns / (double)p->runs : NAN);
		buf_put_char(b, ',');
		json_number(b, "runs_per_program", (double)p->runs / sum->programs);
		buf_put_char(b, '}');
	}
	buf_put_char(b, ']');
}

static void json_subject(struct buf *b, const struct results *r, size_t point, size_t subject)
{
	const struct sums *sum = &r->sums[point * r->subject_cnt + subject];
	const char *name = r->subjects[subject].name;

	buf_put_char(b, '{');
	json_text(b, "name", name, strlen(name));
	for (enum metric m = 0; m < METRIC_CNT; m++) {
		struct value v;

		results_value(r, point, subject, m, &v);
		if (v.kind != VALUE_UNKNOWN)
			json_value(b, m, &v);
	}
	if (sum->programs > 0)
		json_progs(b, sum);
	buf_put_char(b, '}');
}

static void json_point(struct buf *b, const struct results *r, size_t point)
{
	const struct point *p = &r->points[point];

	buf_put_char(b, '{');
	json_number(b, "rate", p->rate); /* null: as many as can be */
	buf_put_char(b, ',');
	json_number(b, "argv_bytes", p->argv_len);
	buf_put_char(b, ',');
	json_number(b, "alive", p->alive);
	buf_puts(b, ",\"tracers\":[");
	for (size_t s = 0; s < r->subject_cnt; s++) {
		buf_puts(b, s ? "," : "");
		json_subject(b, r, point, s);
	}
	buf_puts(b, "]}");
}

static void json_lines(struct buf *b, const char *key, struct span text)
{
	const char *before = "";

	buf_printf(b, "\"%s\":[", key);
	while (text.len) {
		const char *end = memchr(text.ptr, '\n', text.len);
		size_t len = end ? (size_t)(end - text.ptr) : text.len;

		buf_puts(b, before);
		json_string(b, (struct span){ text.ptr, len });
		before = ",";
		len += end != NULL;
		text = (struct span){ text.ptr + len, text.len - len };
	}
	buf_puts(b, "]");
}

void report_json(struct buf *b, const struct results *r)
{
	_cleanup_(buf_done) struct buf base = { 0 };

	buf_put_char(b, '{');
	json_text(b, "command", r->command, strlen(r->command));
	buf_put_char(b, ',');
	json_text(b, "workload", r->workload, strlen(r->workload));
	buf_put_char(b, ',');
	json_text(b, "machine", r->machine.ptr, r->machine.len);
	buf_printf(b, ",\"rounds\":%u,\"partial\":%s,", r->rounds, r->partial ? "true" : "false");
	json_lines(b, "notes", buf_span(&r->notes));
	report_base(&base, r, "");
	buf_put_char(b, ',');
	json_lines(b, "base", buf_span(&base));
	buf_puts(b, ",\"points\":[");
	for (size_t p = 0; p < r->point_cnt; p++) {
		buf_puts(b, p ? "," : "");
		json_point(b, r, p);
	}
	buf_puts(b, "]}\n");
}
