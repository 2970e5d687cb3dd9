/* SPDX-License-Identifier: BSD-2-Clause */
/* The report as a page that needs nothing besides: no script, no font, no network. Pure. */
#ifndef BENCH_HTML_H
#define BENCH_HTML_H

#include "results.h"

void html_put(struct buf *b, const struct results *r);

#endif
