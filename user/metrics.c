// SPDX-License-Identifier: BSD-2-Clause
#include "metrics.h"

#include <stddef.h>

#include "text.h"

struct metric {
	const char *name;
	const char *type;
	const char *help;
	void (*put)(struct buf *b, const struct metric *m, const struct metrics_state *s);
	size_t off; /* of the value in struct metrics_state, for metric_value() and metric_seconds() */
};

/* A label's value: any UTF-8, with a backslash before these three. Invalid bytes become U+FFFD. */
static void metric_text(struct buf *b, const char *s)
{
	size_t len = strlen(s);

	while (len) {
		unsigned int bad = 0;
		uint32_t cp = 0;
		unsigned int n = text_decode(s, len, &cp, &bad);

		if (!n)
			buf_puts(b, "\xef\xbf\xbd");
		else if (*s == '\n')
			buf_puts(b, "\\n");
		else if (*s == '"' || *s == '\\')
			buf_printf(b, "\\%c", *s);
		else
			buf_put(b, s, n);
		n = n ? n : bad;
		s += n;
		len -= n;
	}
}

static void metric_label(struct buf *b, char before, const char *label, const char *value)
{
	buf_put_char(b, before);
	buf_puts(b, label);
	buf_puts(b, "=\"");
	metric_text(b, value);
	buf_put_char(b, '"');
}

/* One sample: with a label, if that is not NULL. */
static void metric_sample(struct buf *b, const struct metric *m, const char *label,
			  const char *value, uint64_t n)
{
	buf_puts(b, m->name);
	if (label) {
		metric_label(b, '{', label, value);
		buf_put_char(b, '}');
	}
	buf_put_char(b, ' ');
	buf_put_u64(b, n);
	buf_put_char(b, '\n');
}

/* The same, of nanoseconds. */
static void metric_sample_ns(struct buf *b, const struct metric *m, const char *label,
			     const char *value, uint64_t ns)
{
	metric_sample(b, m, label, value, ns / NSEC_PER_SEC);
	b->len -= b->len > 0; /* the end of the line */
	buf_put_char(b, '.');
	buf_put_padded(b, ns % NSEC_PER_SEC, 9);
	buf_put_char(b, '\n');
}

static uint64_t metric_at(const struct metric *m, const struct metrics_state *s)
{
	uint64_t n;

	memcpy(&n, (const char *)s + m->off, sizeof(n));
	return n;
}

static void metric_value(struct buf *b, const struct metric *m, const struct metrics_state *s)
{
	metric_sample(b, m, NULL, NULL, metric_at(m, s));
}

static void metric_seconds(struct buf *b, const struct metric *m, const struct metrics_state *s)
{
	metric_sample_ns(b, m, NULL, NULL, metric_at(m, s));
}

static void metric_events(struct buf *b, const struct metric *m, const struct metrics_state *s)
{
	for (size_t k = 0; k < EVENT_KIND_CNT; k++)
		if (s->run->kinds & BIT(k))
			metric_sample(b, m, "action", event_kind_names[k],
				      s->run->totals.events[k]);
}

/* One for each name; names may have a NULL, for what needs no reason. */
static void metric_reasons(struct buf *b, const struct metric *m, const char *const *names,
			   const uint64_t *cnt, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (names[i])
			metric_sample(b, m, "reason", names[i], cnt[i]);
}

static void metric_lost(struct buf *b, const struct metric *m, const struct metrics_state *s)
{
	metric_reasons(b, m, event_lost_names, s->run->totals.lost, LOST_CAPTURE);
}

static void metric_missing(struct buf *b, const struct metric *m, const struct metrics_state *s)
{
	metric_reasons(b, m, event_argv_missing_names, s->run->totals.argv_missing,
		       ARGV_MISSING_CNT);
}

static void metric_cut(struct buf *b, const struct metric *m, const struct metrics_state *s)
{
	metric_reasons(b, m, event_argv_cut_names, s->run->totals.argv_cut, ARGV_CUT_CNT);
}

static void metric_backend(struct buf *b, const struct metric *m, const struct metrics_state *s)
{
	buf_puts(b, m->name);
	metric_label(b, '{', "backend", s->run->backend);
	metric_label(b, ',', "fallback_reason", s->run->fallback_reason);
	metric_label(b, ',', "kernel", s->run->kernel);
	metric_label(b, ',', "note", s->run->note);
	metric_label(b, ',', "version", s->run->version);
	buf_puts(b, "} 1\n");
}

static void metric_buffer(struct buf *b, const struct metric *m, const struct metrics_state *s)
{
	if (s->source.buffer)
		metric_sample(b, m, "buffer", s->source.buffer, metric_at(m, s));
}

static void metric_buffer_max(struct buf *b, const struct metric *m, const struct metrics_state *s)
{
	if (s->source.buffer_used_max)
		metric_buffer(b, m, s);
}

static void metric_runs(struct buf *b, const struct metric *m, const struct metrics_state *s)
{
	for (size_t i = 0; i < s->source.prog_cnt; i++)
		if (s->source.progs[i].runs)
			metric_sample(b, m, "program", s->source.progs[i].name,
				      s->source.progs[i].runs);
}

static void metric_run_time(struct buf *b, const struct metric *m, const struct metrics_state *s)
{
	for (size_t i = 0; i < s->source.prog_cnt; i++)
		if (s->source.progs[i].runs)
			metric_sample_ns(b, m, "program", s->source.progs[i].name,
					 s->source.progs[i].run_ns);
}

static void metric_misses(struct buf *b, const struct metric *m, const struct metrics_state *s)
{
	for (size_t i = 0; i < s->source.prog_cnt; i++)
		metric_sample(b, m, "program", s->source.progs[i].name, s->source.progs[i].misses);
}

#define AT(member) offsetof(struct metrics_state, member)

/*
 * Not process_cpu_seconds_total and the like, as programs have that are asked themselves: the node exporter
 * that shows this file has these of its own, and then shows neither right. tests/lint/manual.sh reads
 * names and words.
 */
static const struct metric metrics[] = {
	{ "execsnoop_events_total", "counter", "Events shown, by action.", metric_events, 0 },
	{ "execsnoop_events_lost_total", "counter", "Events not delivered, by reason.", metric_lost,
	  0 },
	{ "execsnoop_args_missing_total", "counter", "Execs without arguments, by reason.",
	  metric_missing, 0 },
	{ "execsnoop_args_truncated_total", "counter", "Execs whose arguments are cut, by reason.",
	  metric_cut, 0 },
	{ "execsnoop_events_filtered_total", "counter", "Events that a filter left out.",
	  metric_value, AT(filtered) },
	{ "execsnoop_written_bytes_total", "counter", "Bytes of output written.", metric_value,
	  AT(written) },
	{ "execsnoop_unwritten_lines_total", "counter",
	  "Lines of output that could not be written.", metric_value, AT(unwritten) },
	{ "execsnoop_messages_suppressed_total", "counter", "Messages counted instead of shown.",
	  metric_value, AT(suppressed) },
	{ "execsnoop_backend_info", "gauge", "Where events come from, and with what.",
	  metric_backend, 0 },
	{ "execsnoop_buffer_size_bytes", "gauge", "Size of the kernel's buffer for events.",
	  metric_buffer, AT(source.buffer_len) },
	{ "execsnoop_buffer_used_bytes", "gauge", "Bytes of it that wait to be read.",
	  metric_buffer, AT(source.buffer_used) },
	{ "execsnoop_buffer_used_max_bytes", "gauge", "The most that waited when it was read.",
	  metric_buffer_max, AT(source.buffer_used_max) },
	{ "execsnoop_processes", "gauge", "Processes in the process table.", metric_value,
	  AT(processes) },
	{ "execsnoop_processes_max", "gauge", "Processes that it holds at most.", metric_value,
	  AT(processes_max) },
	{ "execsnoop_bpf_runs_total", "counter", "Runs of a BPF program.", metric_runs, 0 },
	{ "execsnoop_bpf_run_seconds_total", "counter", "Time that a BPF program ran.",
	  metric_run_time, 0 },
	{ "execsnoop_bpf_missed_total", "counter",
	  "Runs of a BPF program that the kernel left out.", metric_misses, 0 },
	{ "execsnoop_process_cpu_seconds_total", "counter", "CPU time of this program.",
	  metric_seconds, AT(cpu_ns) },
	{ "execsnoop_process_start_time_seconds", "gauge", "When it was started, since 1970.",
	  metric_seconds, AT(start_ns) },
	{ "execsnoop_process_resident_memory_bytes", "gauge", "Its resident memory.", metric_value,
	  AT(resident) },
	{ "execsnoop_process_virtual_memory_bytes", "gauge", "Its address space.", metric_value,
	  AT(virtual) },
	{ "execsnoop_process_open_fds", "gauge", "Its open file descriptors.", metric_value,
	  AT(fds) },
	{ "execsnoop_process_max_fds", "gauge", "The most that it may have.", metric_value,
	  AT(fds_max) },
};

void metrics_put(struct buf *b, const struct metrics_state *s)
{
	for (const struct metric *m = metrics; m < metrics + ARRAY_LEN(metrics); m++) {
		size_t at = b->len, head;

		buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name, m->type);
		head = b->len;
		m->put(b, m, s);
		if (b->len == head) /* not known here */
			b->len = at;
	}
}
