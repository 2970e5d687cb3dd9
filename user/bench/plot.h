/* SPDX-License-Identifier: BSD-2-Clause */
/* Figures along the axis as SVG. Pure. */
#ifndef BENCH_PLOT_H
#define BENCH_PLOT_H

#include "results.h"

extern const size_t plot_cnt;

/* The file's name, without its suffix. */
const char *plot_name(size_t plot);

/*
 * Append an <svg> element with all tracers; false, and nothing, if there are no figures, but
 * one point, or more than one axis.
 */
bool plot_put(struct buf *b, const struct results *r, size_t plot);

/* Append text with what HTML and SVG would misread escaped. */
void plot_escape(struct buf *b, struct span text);

#endif
