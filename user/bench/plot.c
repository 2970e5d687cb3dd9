// SPDX-License-Identifier: BSD-2-Clause
#include "plot.h"

#include <math.h>

enum {
	WIDTH = 600,
	HEIGHT = 380,
	LEFT = 70, /* margins */
	RIGHT = 30,
	TOP = 66,
	BOTTOM = 50,
	TICKS = 6, /* about */
	LEGEND_WIDTH = 130,
};

#define LOG_FROM 20.0 /* an axis whose ends differ by this factor is logarithmic */

static const struct {
	enum metric metric;
	const char *name;
} plots[] = {
	{ METRIC_SLOWDOWN, "slowdown" },       { METRIC_COMPLETE, "complete" },
	{ METRIC_P99_ADDED, "added-p99" },     { METRIC_CPU, "cpu-per-program" },
	{ METRIC_CPU_SHARE, "cpu" },           { METRIC_WAKEUPS, "wakeups" },
	{ METRIC_RESIDENT_AFTER, "resident" }, { METRIC_READY, "ready" },
};

const size_t plot_cnt = ARRAY_LEN(plots);

/* Okabe and Ito's, which people with any kind of colour vision tell apart; the control is grey. */
static const char *const colors[] = { "#888888", "#0072b2", "#d55e00", "#009e73",
				      "#cc79a7", "#56b4e9", "#e69f00", "#000000" };

struct scale {
	double low, high;
	bool log;
	double from, to; /* in the picture */
};

struct plot {
	const struct results *r;
	enum metric metric;
	struct scale x, y;
};

const char *plot_name(size_t plot)
{
	return plots[plot].name;
}

void plot_escape(struct buf *b, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		switch (text.ptr[i]) {
		case '<':
			buf_puts(b, "&lt;");
			break;
		case '>':
			buf_puts(b, "&gt;");
			break;
		case '&':
			buf_puts(b, "&amp;");
			break;
		case '"':
			buf_puts(b, "&quot;");
			break;
		default:
			buf_put_char(b, text.ptr[i]);
		}
	}
}

/* ---- scales ---- */

static double scale_at(const struct scale *s, double v)
{
	double share = s->log ? log(v / s->low) / log(s->high / s->low) :
				(v - s->low) / (s->high - s->low);

	return s->from + share * (s->to - s->from);
}

/* 1, 2 or 5 times a power of ten: so that there are about TICKS of them. */
static double scale_step(const struct scale *s)
{
	double raw = (s->high - s->low) / TICKS, power = pow(10, floor(log10(raw)));

	if (raw <= power)
		return power;
	if (raw <= 2 * power)
		return 2 * power;
	return raw <= 5 * power ? 5 * power : 10 * power;
}

/* Round the ends outwards, to ticks. */
static void scale_round(struct scale *s)
{
	double step;

	if (s->log) {
		s->low = pow(10, floor(log10(s->low)));
		s->high = pow(10, ceil(log10(s->high)));
	}
	if (!(s->high > s->low)) {
		s->low -= fabs(s->low) / 10 + 0.1;
		s->high += fabs(s->high) / 10 + 0.1;
	}
	if (s->log)
		return;
	step = scale_step(s);
	s->low = floor(s->low / step) * step;
	s->high = ceil(s->high / step) * step;
}

static void scale_add(struct scale *s, double v)
{
	s->low = fmin(s->low, v); /* a NAN is the other one */
	s->high = fmax(s->high, v);
}

/* A point's place and figure; false if it has none. */
static bool plot_value(const struct plot *p, size_t point, size_t subject, double *x,
		       struct value *v)
{
	*x = results_place(p->r, point, subject);
	results_value(p->r, point, subject, p->metric, v);
	return !isnan(*x) && v->kind != VALUE_UNKNOWN;
}

static bool plot_scales(struct plot *p)
{
	struct value v;
	bool any = false;
	double x;

	p->x = (struct scale){ NAN, NAN, false, LEFT, WIDTH - RIGHT };
	p->y = (struct scale){ NAN, NAN, false, HEIGHT - BOTTOM, TOP };
	for (size_t i = 0; i < p->r->point_cnt; i++) {
		for (size_t s = 0; s < p->r->subject_cnt; s++) {
			if (!plot_value(p, i, s, &x, &v))
				continue;
			any = true;
			scale_add(&p->x, x);
			scale_add(&p->y, v.low);
			scale_add(&p->y, v.high);
		}
	}
	if (!any)
		return false;
	p->x.log = p->x.low > 0 && p->x.high / p->x.low > LOG_FROM;
	if (p->metric == METRIC_COMPLETE)
		p->y.low = 0, p->y.high = 100;
	else if (!metrics[p->metric].judged)
		p->y.log = p->y.low > 0 && p->y.high / p->y.low > LOG_FROM;
	if (!metrics[p->metric].judged && !p->y.log)
		p->y.low = 0;
	scale_round(&p->x);
	scale_round(&p->y);
	return true;
}

/* ---- the picture ---- */

static void put_text(struct buf *b, double x, double y, const char *attributes, const char *text)
{
	buf_printf(b, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, attributes);
	plot_escape(b, (struct span){ text, strlen(text) });
	buf_puts(b, "</text>\n");
}

static void put_line(struct buf *b, double x1, double y1, double x2, double y2, const char *color)
{
	buf_printf(b, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n", x1,
		   y1, x2, y2, color);
}

static void put_tick(struct buf *b, const struct plot *p, bool vertical, double v)
{
	char text[32];
	double at = scale_at(vertical ? &p->y : &p->x, v);

	snprintf(text, sizeof(text), "%.6g", fabs(v) < 1e-12 ? 0 : v);
	if (vertical) {
		put_line(b, LEFT, at, WIDTH - RIGHT, at, "#dddddd");
		put_text(b, LEFT - 6, at + 4, "text-anchor=\"end\"", text);
	} else {
		put_line(b, at, HEIGHT - BOTTOM, at, HEIGHT - BOTTOM + 5, "#222222");
		put_text(b, at, HEIGHT - BOTTOM + 19, "text-anchor=\"middle\"", text);
	}
}

static void put_axis(struct buf *b, const struct plot *p, bool vertical)
{
	const struct scale *s = vertical ? &p->y : &p->x;
	const double step = s->log ? 0 : scale_step(s);
	const long cnt = lround(s->log ? log10(s->high / s->low) : (s->high - s->low) / step);

	for (long i = 0; i <= cnt; i++)
		put_tick(b, p, vertical,
			 s->log ? s->low * pow(10, (double)i) : s->low + (double)i * step);
}

static void put_series(struct buf *b, const struct plot *p, size_t subject)
{
	const char *color = colors[subject % ARRAY_LEN(colors)];
	_cleanup_(buf_done) struct buf path = { 0 };
	struct value v;
	double x;

	for (size_t i = 0; i < p->r->point_cnt; i++) {
		double px, py;

		if (!plot_value(p, i, subject, &x, &v))
			continue;
		px = scale_at(&p->x, x);
		py = scale_at(&p->y, v.mid);
		buf_printf(&path, "%s%.1f,%.1f", path.len ? " " : "", px, py);
		put_line(b, px, scale_at(&p->y, v.low), px, scale_at(&p->y, v.high), color);
		buf_printf(b, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"%s\"/>\n", px, py,
			   color);
	}
	if (path.len)
		buf_printf(b,
			   "<polyline points=\"%.*s\" fill=\"none\" stroke=\"%s\" "
			   "stroke-width=\"1.5\"/>\n",
			   (int)path.len, path.ptr, color);
}

static void put_legend(struct buf *b, const struct plot *p)
{
	unsigned int at = 0;

	for (size_t s = 0; s < p->r->subject_cnt; s++) {
		const char *color = colors[s % ARRAY_LEN(colors)];
		const unsigned int row = at / 4, column = at % 4;
		double x = LEFT + column * LEGEND_WIDTH, y = 36 + row * 15;

		if (p->r->subjects[s].is_control && !metrics[p->metric].judged)
			continue;
		buf_printf(b, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>\n", x, y - 4,
			   color);
		put_text(b, x + 8, y, "", p->r->subjects[s].name);
		at++;
	}
}

bool plot_put(struct buf *b, const struct results *r, size_t plot)
{
	struct plot p = { .r = r, .metric = plots[plot].metric };
	const struct metric_info *m = &metrics[p.metric];
	char title[128];

	if (r->point_cnt < 2 || results_is_grid(r) || !plot_scales(&p))
		return false;
	snprintf(title, sizeof(title), "%s%s%s", m->title, *m->unit ? "," : "", m->unit);
	buf_printf(b,
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
		   "height=\"%d\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#222222\" "
		   "role=\"img\">\n<title>",
		   WIDTH, HEIGHT, WIDTH, HEIGHT);
	plot_escape(b, (struct span){ title, strlen(title) });
	buf_printf(b, "</title>\n<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", WIDTH,
		   HEIGHT);
	put_text(b, LEFT, 16, "font-size=\"14\" font-weight=\"bold\"", title);
	put_legend(b, &p);
	put_axis(b, &p, true);
	put_axis(b, &p, false);
	put_line(b, LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, "#222222");
	put_text(b, (double)(LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "text-anchor=\"middle\"",
		 results_axis(r));
	for (size_t s = 0; s < r->subject_cnt; s++)
		put_series(b, &p, s);
	buf_puts(b, "</svg>\n");
	return true;
}
