// SPDX-License-Identifier: BSD-2-Clause
#include "doctor.h"

#include <string.h>

#include "json.h"
#include "version.h"

enum {
	COLUMNS = 100,
	NAME_COLUMNS = 22, /* of a check */
	FOUND_COLUMN = 6 + NAME_COLUMNS + 1, /* behind the mark and the name */
};

#define COLOR_HEAD "\033[1m"
#define COLOR_OFF "\033[0m"

/* ---- fields ---- */

static bool has_context(const struct doctor_report *r)
{
	return r->context;
}

static bool has_audit(const struct doctor_report *r)
{
	return r->audit;
}

static bool has_connector(const struct doctor_report *r)
{
	for (size_t i = 0; i < r->source_cnt; i++)
		if (!strcmp(r->sources[i].ops->name, "connector"))
			return r->sources[i].usable;
	return false;
}

#define LATER (BIT(EVENT_FORK) | BIT(EVENT_EXIT))

/* What a source, NULL: any, lacks unless; in events of these kinds, 0: all. */
static const struct {
	const char *source;
	unsigned int kinds;
	bool (*unless)(const struct doctor_report *r);
	const char *field;
} lacks[] = {
	{ NULL, 0, has_context, "cwd" },
	{ NULL, LATER, NULL, "cwd" },
	{ "bpf", 0, has_audit, "loginuid" },
	{ "bpf", 0, has_audit, "sessionid" },
	{ "bpf", 0, has_connector, "tracer" },
	/* What neither the messages nor the files say that are read for an exec: procfs.c. */
	{ "connector", 0, NULL, "vpid" },
	{ "connector", 0, NULL, "ruid" },
	{ "connector", 0, NULL, "ruser-name" },
	{ "connector", 0, NULL, "rgid" },
	{ "connector", 0, NULL, "interpreter" },
	{ "connector", 0, NULL, "loginuid" },
	{ "connector", 0, NULL, "sessionid" },
	{ "connector", 0, NULL, "cgroup" },
	{ "connector", 0, has_context, "cgroup-path" },
	{ "connector", 0, has_context, "container" },
	{ "connector", 0, NULL, "outcome" },
	{ "connector", 0, NULL, "error" },
	{ "connector", 0, NULL, "inode" },
	{ "connector", 0, NULL, "device-major" },
	{ "connector", 0, NULL, "device-minor" },
	{ "connector", 0, NULL, "secure" },
	{ "connector", 0, NULL, "errno" },
	{ "connector", 0, NULL, "cpu-user" },
	{ "connector", 0, NULL, "cpu-system" },
	{ "connector", 0, NULL, "memory-max" },
	{ "connector", 0, NULL, "read" },
	{ "connector", 0, NULL, "write" },
	{ "connector", 0, NULL, "read-chars" },
	{ "connector", 0, NULL, "write-chars" },
	{ "connector", BIT(EVENT_EXEC), NULL, "thread" },
	/* No file is read for these; of an exit much is known from the exec before: proctab.c. */
	{ "connector", LATER, NULL, "cgroup-path" },
	{ "connector", LATER, NULL, "container" },
	{ "connector", LATER, NULL, "tty-major" },
	{ "connector", LATER, NULL, "tty-minor" },
	{ "connector", BIT(EVENT_FORK), NULL, "entity" },
	{ "connector", BIT(EVENT_FORK), NULL, "comm" },
	{ "connector", BIT(EVENT_FORK), NULL, "start" },
	{ "connector", BIT(EVENT_FORK), NULL, "uid" },
	{ "connector", BIT(EVENT_FORK), NULL, "user-name" },
	{ "connector", BIT(EVENT_FORK), NULL, "gid" },
};

/* EVENT_KIND_CNT: in events of all kinds. */
bool doctor_lacks(const struct doctor_report *r, const struct field *f, enum event_kind kind)
{
	for (size_t i = 0; r->best && i < ARRAY_LEN(lacks); i++)
		if ((!lacks[i].source || !strcmp(lacks[i].source, r->best->ops->name)) &&
		    !strcmp(lacks[i].field, f->name) &&
		    (!lacks[i].kinds || lacks[i].kinds & BIT(kind)) &&
		    !(lacks[i].unless && lacks[i].unless(r)))
			return true;
	return false;
}

/* Which fields a list has: those of all kinds, or those of one kind that are not in that list. */
static bool doctor_listed(const struct doctor_report *r, const struct field *f,
			  enum event_kind kind)
{
	return f->json && doctor_lacks(r, f, kind) &&
	       (kind == EVENT_KIND_CNT || !doctor_lacks(r, f, EVENT_KIND_CNT));
}

/* ---- text ---- */

/* Append text, broken at blanks, from a column to which further lines are indented; and a newline. */
static void text_wrap(struct buf *b, const char *text, size_t column)
{
	size_t at = column;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (at > column && at + 1 + len > COLUMNS) {
			buf_printf(b, "\n%*s", (int)column, "");
			at = column;
		} else if (at > column) {
			buf_put_char(b, ' ');
			at++;
		}
		buf_put(b, text, len);
		at += len;
		text += len + strspn(text + len, " ");
	}
	buf_put_char(b, '\n');
}

static const struct mark {
	const char *text;
	const char *color;
} mark_yes = { "ok", "\033[32m" }, mark_weak = { "--", "\033[33m" }, mark_no = { "no", "\033[31m" };

static void text_finding(struct buf *b, const struct doctor_finding *f, bool color)
{
	const struct mark *mark = f->ok == DOCTOR_YES             ? &mark_yes :
				  f->ok == DOCTOR_NO && f->needed ? &mark_no :
								    &mark_weak;

	buf_printf(b, "  %s%s%s  %-*s ", color ? mark->color : "", mark->text,
		   color ? COLOR_OFF : "", NAME_COLUMNS, f->name);
	text_wrap(b, f->found, FOUND_COLUMN);
	if (*f->remedy) {
		buf_printf(b, "%*s-> ", FOUND_COLUMN, "");
		text_wrap(b, f->remedy, FOUND_COLUMN + 3);
	}
}

/* Does a finding tell why it does not work? */
static bool text_explained(const struct doctor_source *s)
{
	for (size_t i = 0; i < s->finding_cnt; i++)
		if (s->findings[i].needed && s->findings[i].ok == DOCTOR_NO)
			return true;
	return false;
}

static void text_source(struct buf *b, const struct doctor_source *s, bool color)
{
	const char *more = s->usable ? s->note : text_explained(s) ? "" : s->why.cause;
	char line[2 * SOURCE_TEXT_LEN];

	snprintf(line, sizeof(line), "%s%s%s%s%s%s", color ? COLOR_HEAD : "", s->ops->name,
		 color ? COLOR_OFF : "", s->usable ? " works" : " does not work here",
		 *more ? ": " : "", more);
	buf_put_char(b, '\n');
	text_wrap(b, line, 0);
	for (size_t i = 0; i < s->finding_cnt; i++)
		text_finding(b, &s->findings[i], color);
}

static void text_missing(struct buf *b, const struct doctor_report *r, enum event_kind kind,
			 const char *intro)
{
	_cleanup_(buf_done) struct buf line = { 0 };
	size_t cnt = 0;

	buf_puts(&line, intro);
	for (size_t i = 0; i < field_cnt; i++)
		if (doctor_listed(r, &fields[i], kind))
			buf_printf(&line, "%s %s", cnt++ ? "," : "", fields[i].json);
	buf_put_char(&line, '\0');
	if (cnt && !line.failed)
		text_wrap(b, line.ptr, 0);
}

void doctor_text(struct buf *b, const struct doctor_report *r, bool color)
{
	char line[sizeof(r->reason) + 64];

	buf_printf(b, "execsnoop-c %s on Linux %s, %s\n", VERSION, r->kernel, r->arch);
	for (size_t i = 0; i < r->source_cnt; i++)
		text_source(b, &r->sources[i], color);
	buf_put_char(b, '\n');
	if (!r->best) {
		buf_puts(b, "It cannot trace here.\n");
		return;
	}
	snprintf(line, sizeof(line), "Without --backend it takes %s%s%s%s", r->best->ops->name,
		 *r->reason ? ", since " : "", r->reason, ".");
	text_wrap(b, line, 0);
	text_missing(b, r, EVENT_KIND_CNT, "Fields that it lacks:");
	text_missing(b, r, EVENT_EXEC, "Of an exec, too:");
	text_missing(b, r, EVENT_FORK, "Of a fork, too:");
	text_missing(b, r, EVENT_EXIT, "Of an exit, too:");
}

/* ---- JSON ---- */

static void json_member(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "\"%s\":", name);
	json_string(b, (struct span){ value, strlen(value) });
}

static void json_finding(struct buf *b, const struct doctor_finding *f)
{
	static const char *const ok[] = {
		[DOCTOR_UNKNOWN] = "null",
		[DOCTOR_YES] = "true",
		[DOCTOR_NO] = "false",
	};

	buf_put_char(b, '{');
	json_member(b, "name", f->name);
	buf_printf(b, ",\"needed\":%s,\"ok\":%s,", f->needed ? "true" : "false", ok[f->ok]);
	json_member(b, "found", f->found);
	buf_put_char(b, ',');
	json_member(b, "remedy", f->remedy);
	buf_put_char(b, '}');
}

static void json_source(struct buf *b, const struct doctor_source *s)
{
	buf_put_char(b, '{');
	json_member(b, "name", s->ops->name);
	buf_printf(b, ",\"usable\":%s,", s->usable ? "true" : "false");
	json_member(b, "cause", s->why.cause);
	buf_put_char(b, ',');
	json_member(b, "note", s->note);
	buf_puts(b, ",\"checks\":[");
	for (size_t i = 0; i < s->finding_cnt; i++) {
		if (i)
			buf_put_char(b, ',');
		json_finding(b, &s->findings[i]);
	}
	buf_puts(b, "]}");
}

/* The keys that are missing in events of that kind; or, with known, those that are not. */
static void json_fields(struct buf *b, const struct doctor_report *r, enum event_kind kind,
			bool known)
{
	size_t cnt = 0;

	buf_put_char(b, '[');
	for (size_t i = 0; r->best && i < field_cnt; i++)
		if (fields[i].json && doctor_listed(r, &fields[i], kind) != known)
			buf_printf(b, "%s\"%s\"", cnt++ ? "," : "", fields[i].json);
	buf_put_char(b, ']');
}

void doctor_json(struct buf *b, const struct doctor_report *r)
{
	static const enum event_kind kinds[] = { EVENT_EXEC, EVENT_FORK, EVENT_EXIT };

	buf_put_char(b, '{');
	json_member(b, "version", VERSION);
	buf_put_char(b, ',');
	json_member(b, "kernel", r->kernel);
	buf_put_char(b, ',');
	json_member(b, "architecture", r->arch);
	buf_puts(b, ",\"backends\":[");
	for (size_t i = 0; i < r->source_cnt; i++) {
		if (i)
			buf_put_char(b, ',');
		json_source(b, &r->sources[i]);
	}
	buf_puts(b, "],\"auto\":");
	buf_printf(b, r->best ? "\"%s\"," : "null,", r->best ? r->best->ops->name : "");
	json_member(b, "reason", r->reason);
	buf_puts(b, ",\"fields\":");
	json_fields(b, r, EVENT_KIND_CNT, true);
	buf_puts(b, ",\"missing_fields\":");
	json_fields(b, r, EVENT_KIND_CNT, false);
	buf_puts(b, ",\"missing_in\":{");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		buf_printf(b, "%s\"%s\":", i ? "," : "", event_kind_names[kinds[i]]);
		json_fields(b, r, kinds[i], false);
	}
	buf_puts(b, "}}\n");
}
