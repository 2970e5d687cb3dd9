// SPDX-License-Identifier: BSD-2-Clause
#include "opts_filter.h"

#include <errno.h>
#include <string.h>

#include "buf.h"
#include "cgroup.h"
#include "filter.h"
#include "log.h"
#include "namespace.h"
#include "opts.h"
#include "opts_table.h"
#include "users.h"

enum {
	PID_LIMIT = 4 << 20, /* PID_MAX_LIMIT of the kernel */
	EXIT_CODE_MAX = 255,
	CONTAINER_ID_LEN = 64,
};

/* A decimal number and nothing else. */
static bool parse_number(const char *arg, uint64_t max, uint32_t *number)
{
	uint64_t n;

	if (arg[strspn(arg, "0123456789")] || !parse_size(arg, max, &n))
		return false;
	*number = (uint32_t)n;
	return true;
}

/* The process that a thread belongs to; 0 if there is none of that number, or no /proc. */
static uint32_t process_of(uint32_t tid)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[32], line[256];

	snprintf(path, sizeof(path), "/proc/%u/status", tid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "Tgid:", 5))
			return (uint32_t)strtoul(line + 5, NULL, 10);
	return 0;
}

static const char *set_process(uint32_t *to, const char *arg)
{
	return parse_number(arg, PID_LIMIT, to) && *to ? NULL : "the number of a process is wanted";
}

const char *set_pid(struct opts *o, const char *arg)
{
	return set_process(&o->filter.pid, arg);
}

const char *set_ppid(struct opts *o, const char *arg)
{
	return set_process(&o->filter.ppid, arg);
}

const char *set_uid(struct opts *o, const char *arg)
{
	struct users *users = NULL;
	bool known = parse_number(arg, UINT32_MAX - 1, &o->filter.uid);

	if (!known && (users = users_new("/etc/passwd")))
		known = users_id(users, arg, &o->filter.uid);
	users_free(users);
	o->filter.by_uid = true;
	return known ? NULL : "a user of /etc/passwd, or a user id, is wanted";
}

const char *set_user(struct opts *o, const char *arg)
{
	struct users *users = users_new("/etc/passwd");
	bool known = users && users_login(users, arg, &o->privilege.uid, &o->privilege.gid);

	users_free(users);
	o->privilege.user = arg;
	return known ? NULL : "a user of /etc/passwd, or the id of one, is wanted";
}

const char *set_name(struct opts *o, const char *arg)
{
	o->filter.name = arg;
	return NULL;
}

const char *set_line(struct opts *o, const char *arg)
{
	o->filter.line = arg;
	return NULL;
}

const char *set_cgroup(struct opts *o, const char *arg)
{
	if (*arg != '/')
		return "a path as in /proc/PID/cgroup is wanted, as in /system.slice";
	o->filter.cgroup = arg;
	return NULL;
}

const char *set_container(struct opts *o, const char *arg)
{
	size_t len = strlen(arg);

	if (!len || len > CONTAINER_ID_LEN || arg[strspn(arg, "0123456789abcdef")])
		return "the id of a container, or its start, is wanted: up to 64 digits 0 to 9 and "
		       "a to f";
	o->filter.container = arg;
	return NULL;
}

const char *set_exit_status(struct opts *o, const char *arg)
{
	if (!strcmp(arg, "nonzero"))
		o->filter.status = FILTER_STATUS_NONZERO;
	else if (!strcmp(arg, "signal"))
		o->filter.status = FILTER_STATUS_SIGNAL;
	else if (parse_number(arg, EXIT_CODE_MAX, &o->filter.code))
		o->filter.status = FILTER_STATUS_CODE;
	else
		return "a number from 0 to 255, nonzero or signal is wanted";
	return NULL;
}

const char *set_min_duration(struct opts *o, const char *arg)
{
	if (!parse_seconds(arg, &o->filter.min_duration_ns))
		return "a number of seconds above 0 is wanted, as in 10 or 0.5";
	return NULL;
}

const char *set_include_self(struct opts *o, const char *arg)
{
	(void)arg;
	o->filter.self = 0;
	return NULL;
}

/* Is there a process of that number (0: none is named)? */
static int check_process(const struct opts *o, const char *option, uint32_t pid)
{
	uint32_t process;

	if (!pid)
		return 0;
	if (!namespace_first_pid())
		return opts_err(o, option, "--%s '%u': a process can be named " NAMESPACE_PIDS,
				option, pid);
	process = process_of(pid);
	if (process == pid)
		return 0;
	return opts_err(o, option, "--%s '%u': %s", option, pid,
			process ? "that is a thread; its process is wanted (Tgid in "
				  "/proc/TID/status)" :
				  "there is no such process");
}

/* What is named must be there; in a replay it was, or was not. */
static int check_live(const struct opts *o)
{
	const struct filter_conf *c = &o->filter;

	if (check_process(o, "pid", c->pid) < 0 || check_process(o, "ppid", c->ppid) < 0)
		return -EINVAL;
	if (!c->cgroup || cgroup_exists(c->cgroup))
		return 0;
	return opts_err(o, "cgroup",
			"--cgroup '%s': there is no such cgroup; a path as in /proc/PID/cgroup is "
			"wanted",
			c->cgroup);
}

int opts_filter_kinds(const struct opts *o, unsigned int kinds)
{
	const struct filter_conf *c = &o->filter;
	const char *ends = c->status ? "exit-status" : "min-duration";

	if ((!c->status && !c->min_duration_ns) || kinds & BIT(EVENT_EXIT))
		return 0;
	return opts_err(o, ends, "--%s is about exits: ask for them, as in -e exit", ends);
}

int opts_filter_check(const struct opts *o)
{
	const struct filter_conf *c = &o->filter;
	_cleanup_(buf_done) struct buf wrong = { 0 };
	struct filter *f;

	if (!o->replay.file && check_live(o) < 0)
		return -EINVAL;
	/* Without -e, the kinds of a replay are those of its capture. */
	if ((o->kinds_given || !o->replay.file) && opts_filter_kinds(o, o->source.kinds) < 0)
		return -EINVAL;
	f = filter_new(c, &wrong);
	filter_free(f);
	if (f)
		return 0;
	if (!wrong.len)
		return log_err(-ENOMEM, "filters"), -EINVAL;
	return opts_err(o, !strncmp(wrong.ptr, "--line", strlen("--line")) ? "line" : "name",
			"%.*s", (int)wrong.len, wrong.ptr);
}
