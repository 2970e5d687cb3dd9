// SPDX-License-Identifier: BSD-2-Clause
#include "doctor.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/utsname.h>

#include "log.h"
#include "opts.h"
#include "out.h"

/* Really open it, and close it. */
static void doctor_try(struct doctor_source *s, const struct source_conf *conf)
{
	struct source *source = NULL;

	if (s->ops->open(&source, conf, &s->why) < 0)
		return;
	s->usable = true;
	snprintf(s->note, sizeof(s->note), "%s", s->ops->note(source));
	s->ops->stop(source);
	s->ops->close(source);
}

/* The rule is that of source_pick(), which would open them a second time and log. */
static void doctor_pick(struct doctor_report *r)
{
	size_t at = 0;

	for (size_t i = 0; i < r->source_cnt && !r->best; i++) {
		const struct doctor_source *s = &r->sources[i];

		if (s->usable)
			r->best = s;
		else if (at < sizeof(r->reason))
			at += (size_t)snprintf(r->reason + at, sizeof(r->reason) - at,
					       "%s%s: %s (%s)", at ? "; " : "", s->ops->name,
					       s->why.cause, s->why.cure);
	}
}

static void doctor_examine(struct doctor_report *r, const struct opts *opts)
{
	struct source_conf conf = opts->source;
	struct utsname uts;

	conf.kinds |= BIT(EVENT_EXEC) | BIT(EVENT_FORK) | BIT(EVENT_EXIT);
	if (uname(&uts) == 0) {
		snprintf(r->kernel, sizeof(r->kernel), "%s", uts.release);
		snprintf(r->arch, sizeof(r->arch), "%s", uts.machine);
	}
	r->context = opts->context;
	r->audit = access("/proc/self/loginuid", F_OK) == 0;
	while (r->source_cnt < source_cnt && r->source_cnt < DOCTOR_SOURCES_MAX) {
		struct doctor_source *s = &r->sources[r->source_cnt];

		s->ops = source_list[r->source_cnt++];
		doctor_try(s, &conf);
		doctor_probe(s, conf.btf);
	}
	doctor_pick(r);
}

/* Before Linux 6.6 a subscription outlives a process that a signal ends, as a cost for all. */
static void doctor_signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(how, &set, NULL);
}

static int doctor_print(const struct doctor_report *r, const struct opts *opts)
{
	const char *no_color = getenv("NO_COLOR");
	_cleanup_(buf_done) struct buf b = { 0 };
	struct out out = { .fd = -1, .append = opts->append };
	int err = out_open(&out, opts->output, STDOUT_FILENO), err2;

	if (err == 0) {
		if (!strcmp(opts->sink->name, "json"))
			doctor_json(&b, r);
		else
			doctor_text(&b, r, out_is_tty(&out) && !(no_color && *no_color));
		err = out_flush(&out, &b);
		if (err == -EPIPE) /* nobody wants to know */
			err = 0;
		else if (err < 0)
			log_err(err, "%s", out.name);
	}
	err2 = out_close(&out);
	return err < 0 ? err : err2;
}

int doctor_run(const struct opts *opts)
{
	struct doctor_report r = { 0 };
	int err;

	doctor_signals(SIG_BLOCK);
	doctor_examine(&r, opts);
	doctor_signals(SIG_UNBLOCK);
	signal(SIGPIPE, SIG_IGN);
	err = doctor_print(&r, opts);
	if (err < 0)
		return err;
	return r.best ? 0 : -EOPNOTSUPP;
}
