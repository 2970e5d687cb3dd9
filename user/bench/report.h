/* SPDX-License-Identifier: BSD-2-Clause */
/* The report. Pure: results in, bytes out. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "results.h"

void report_text(struct buf *b, const struct results *r);
void report_markdown(struct buf *b, const struct results *r);
void report_json(struct buf *b, const struct results *r);

/* For other forms of it: what a table's heading, column, row and cell say. */
void report_point(struct buf *b, const struct results *r, size_t point);
void report_subject(struct buf *b, const struct results *r, size_t subject);
void report_cell(struct buf *b, const struct results *r, size_t point, size_t subject,
		 enum metric m);

/* What each line of notes, and what is not counted, is preceded by; prefix is put before each. */
void report_notes(struct buf *b, const struct results *r, const char *prefix, const char *suffix);

/* Which figures grow linearly along the axis; nothing if there are too few points. */
void report_growth(struct buf *b, const struct results *r, const char *prefix, const char *suffix);

#endif
