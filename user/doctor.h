/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --doctor: what this host offers to each source, found by trying and not by version
 * numbers; what is missing, and what would mend it. Layer 5.
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include "buf.h"
#include "field.h"
#include "source/source.h"

struct opts;

enum {
	DOCTOR_TEXT_LEN = 320,
	DOCTOR_SOURCES_MAX = 4,
	DOCTOR_FINDINGS_MAX = 12, /* of one source */
};

enum doctor_ok {
	DOCTOR_UNKNOWN, /* could not be tried; null in JSON */
	DOCTOR_YES,
	DOCTOR_NO,
};

/* What came of one check. */
struct doctor_finding {
	const char *name;
	bool needed; /* else the source does with less */
	enum doctor_ok ok;
	char found[DOCTOR_TEXT_LEN];
	char remedy[DOCTOR_TEXT_LEN]; /* "": none is needed, or another finding has it */
};

struct doctor_source {
	const struct source_ops *ops;
	bool usable; /* it was opened, for exec, fork and exit at least, and closed again */
	struct source_why why; /* if it is not */
	char note[SOURCE_TEXT_LEN]; /* if it is: what it does without */
	struct doctor_finding findings[DOCTOR_FINDINGS_MAX];
	size_t finding_cnt;
};

struct doctor_report {
	char kernel[65]; /* uname -r */
	char arch[65]; /* uname -m */
	bool context; /* --context is asked for */
	bool audit; /* the kernel keeps loginuid and sessionid */
	struct doctor_source sources[DOCTOR_SOURCES_MAX]; /* as in source_list: best first */
	size_t source_cnt;
	const struct doctor_source *best; /* what --backend auto takes; NULL: nothing works */
	char reason[512]; /* why those before it are not taken, and what would mend that */
};

/*
 * Print a report on what this host offers, as text or, if opts wants JSON, as one JSON object.
 * Each probe is bounded: at most some seconds in all. Leaves nothing behind. 0 if a
 * source works; -EOPNOTSUPP if none does; or -errno of the output, logged.
 */
int doctor_run(const struct opts *opts);

/* Do the checks of one source, each by trying (doctor_probe.c). s->ops is set; btf is that of --btf. */
void doctor_probe(struct doctor_source *s, const char *btf);

/* ---- the parts of it that are pure (doctor_report.c, and the last in doctor_probe.c) ---- */

/* Append the report for a person, lines of 100 columns at most. */
void doctor_text(struct buf *b, const struct doctor_report *r, bool color);

/* Append the report as one JSON object and a newline. */
void doctor_json(struct buf *b, const struct doctor_report *r);

/* Has the best source never this field, in events of this kind? EVENT_KIND_CNT: of any. */
bool doctor_lacks(const struct doctor_report *r, const struct field *f, enum event_kind kind);

/*
 * The value of an option of the file system that a line of /proc/self/mountinfo (proc(5)) says
 * is mounted at point, as in "hidepid"; the line is taken apart. NULL if the line is about
 * another mount; "" if the option is not set.
 */
const char *doctor_mount_option(char *line, const char *point, const char *option);

#endif
