// SPDX-License-Identifier: BSD-2-Clause
#include "html.h"

#include "plot.h"
#include "report.h"

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<title>What tracing costs</title>\n<style>\n"
	"body { font: 15px/1.5 sans-serif; color: #222; background: #fff; max-width: 84em;\n"
	"  margin: 2em auto; padding: 0 1em }\n"
	"table { border-collapse: collapse; margin: 1em 0 }\n"
	"th, td { padding: .2em .8em; border-bottom: 1px solid #ddd; text-align: right;\n"
	"  white-space: pre; font-variant-numeric: tabular-nums }\n"
	"th:first-child { text-align: left }\n"
	".scroll { overflow-x: auto }\n"
	".plots { display: flex; flex-wrap: wrap; gap: 1em }\n"
	".plots svg { max-width: 100%; height: auto; border: 1px solid #ddd }\n"
	"dt { font-weight: bold } .partial { color: #b00000; font-weight: bold }\n"
	"</style>\n</head>\n<body>\n<h1>What tracing costs</h1>\n";

/* What fn appends, escaped, inside of a tag. */
static void put_cell(struct buf *b, const char *tag, const struct buf *text)
{
	buf_printf(b, "<%s>", tag);
	plot_escape(b, buf_span(text));
	buf_printf(b, "</%s>", tag);
}

static void put_row(struct buf *b, const struct results *r, size_t point, enum metric m)
{
	_cleanup_(buf_done) struct buf cell = { 0 };

	buf_puts(b, "<tr>");
	buf_puts(&cell, m < METRIC_CNT ? metrics[m].title : "");
	put_cell(b, "th", &cell);
	for (size_t s = 0; s < r->subject_cnt; s++) {
		cell.len = 0;
		if (m < METRIC_CNT)
			report_cell(&cell, r, point, s, m);
		else
			report_subject(&cell, r, s);
		put_cell(b, m < METRIC_CNT ? "td" : "th", &cell);
	}
	buf_puts(b, "</tr>\n");
}

static void put_point(struct buf *b, const struct results *r, size_t point)
{
	_cleanup_(buf_done) struct buf title = { 0 };

	if (!results_has(r, point, METRIC_WALL)) {
		report_point(&title, r, point);
		put_cell(b, "h2", &title);
	}
	buf_puts(b, "\n<div class=\"scroll\"><table>\n");
	put_row(b, r, point, METRIC_CNT);
	for (enum metric m = 0; m < METRIC_CNT; m++)
		if (results_has(r, point, m))
			put_row(b, r, point, m);
	buf_puts(b, "</table></div>\n");
}

static void put_plots(struct buf *b, const struct results *r)
{
	buf_puts(b, "<div class=\"plots\">\n");
	for (size_t i = 0; i < plot_cnt; i++)
		plot_put(b, r, i);
	buf_puts(b, "</div>\n");
}

/* Lines, each of them an item of a list. */
static void put_items(struct buf *b, const struct buf *lines)
{
	struct span left = buf_span(lines);

	buf_puts(b, "<ul>\n");
	while (left.len) {
		const char *end = memchr(left.ptr, '\n', left.len);
		size_t len = end ? (size_t)(end - left.ptr) : left.len;

		buf_puts(b, "<li>");
		plot_escape(b, (struct span){ left.ptr, len });
		buf_puts(b, "</li>\n");
		len += end != NULL;
		left = (struct span){ left.ptr + len, left.len - len };
	}
	buf_puts(b, "</ul>\n");
}

static void put_help(struct buf *b)
{
	buf_puts(b, "<dl>\n");
	for (enum metric m = 0; m < METRIC_CNT; m++)
		if (*metrics[m].help)
			buf_printf(b, "<dt>%s</dt><dd>%s</dd>\n", metrics[m].title,
				   metrics[m].help);
	buf_puts(b, "</dl>\n");
}

void html_put(struct buf *b, const struct results *r)
{
	_cleanup_(buf_done) struct buf lines = { 0 };

	buf_puts(b, head);
	if (r->partial)
		buf_puts(b, "<p class=\"partial\">Partial: it was ended before all was "
			    "measured.</p>\n");
	buf_printf(&lines, "Workload: %s\nMachine: %.*s\nCommand: %s\n", r->workload,
		   (int)r->machine.len, r->machine.ptr, r->command);
	put_items(b, &lines);
	put_plots(b, r);
	for (size_t p = 0; p < r->point_cnt; p++)
		put_point(b, r, p);
	lines.len = 0;
	report_growth(&lines, r, "", "\n");
	report_notes(&lines, r, "", "\n");
	put_items(b, &lines);
	put_help(b);
	buf_puts(b, "</body>\n</html>\n");
}
