// SPDX-License-Identifier: BSD-2-Clause
#include "enrich.h"

#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>

#include "buf.h"
#include "cgroup.h"
#include "clock.h"
#include "privilege.h"
#include "procfs.h"
#include "users.h"

enum {
	UUID_BYTES = 16,
	NAME_MAX_LEN = 256, /* of a user name that is kept */
};

struct enrich {
	struct users *users;
	struct cgroups *cgroups;
	struct enrich_conf conf;
	struct procfs *procfs; /* NULL: was not needed, or cannot be had */
	struct buf cgroup, cwd, argv, exe, vars;
	int64_t wall_offset_ns;
	char real_user[NAME_MAX_LEN];
};

struct enrich *enrich_new(const struct enrich_conf *conf)
{
	struct enrich *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->users = users_new("/etc/passwd");
	e->cgroups = cgroups_new();
	e->conf = *conf;
	if (conf->context || conf->cgroup || conf->command)
		e->procfs = procfs_open("/proc");
	if (!e->users || !e->cgroups) {
		enrich_free(e);
		return NULL;
	}
	enrich_batch(e);
	return e;
}

void enrich_free(struct enrich *e)
{
	if (!e)
		return;
	users_free(e->users);
	cgroups_free(e->cgroups);
	procfs_close(e->procfs);
	buf_done(&e->cgroup);
	buf_done(&e->cwd);
	buf_done(&e->argv);
	buf_done(&e->exe);
	buf_done(&e->vars);
	free(e);
}

unsigned int enrich_needs(const struct enrich *e)
{
	bool files = e->procfs && e->conf.cgroup && cgroups_have_others(e->cgroups);

	return (e->conf.context ? NEED_LINKS : 0) | (files ? NEED_PROC : 0);
}

void enrich_batch(struct enrich *e)
{
	e->wall_offset_ns = clock_wall_offset_ns();
}

/* A text of the event's process from /proc. False if there is none, or it is not wanted. */
static bool enrich_text(struct enrich *e, const struct event *ev, bool want, const char *name,
			bool link, struct buf *b)
{
	b->len = 0;
	return want && procfs_text(e->procfs, ev->pid, ev->start_ns, name, link, b) && !b->failed;
}

static void enrich_proc(struct enrich *e, struct event *ev)
{
	bool exec = ev->kind == EVENT_EXEC, snapshot = ev->kind == EVENT_SNAPSHOT;
	bool cgroup = (exec && (e->conf.context || e->conf.cgroup)) || (snapshot && e->conf.cgroup);

	if (!event_has(ev, HAS_START))
		return;
	if (enrich_text(e, ev, exec && e->conf.context, "cwd", true, &e->cwd)) {
		ev->cwd = buf_span(&e->cwd);
		ev->has |= HAS_CWD;
	}
	if (enrich_text(e, ev, snapshot && e->conf.command, "cmdline", false, &e->argv)) {
		ev->argv = buf_span(&e->argv);
		ev->has |= HAS_ARGV;
	}
	if (enrich_text(e, ev, cgroup && !event_has(ev, HAS_CGROUP_PATH), "cgroup", false,
			&e->cgroup)) {
		ev->cgroup_path = cgroup_parse(buf_span(&e->cgroup));
		ev->has |= ev->cgroup_path.len ? HAS_CGROUP_PATH : 0;
	}
}

static void enrich_cgroup(struct enrich *e, struct event *ev)
{
	if (event_has(ev, HAS_CGROUP)) {
		ev->cgroup_path = cgroups_path(e->cgroups, ev->cgroup);
		ev->has |= ev->cgroup_path.len ? HAS_CGROUP_PATH : 0;
	}
	if (e->procfs)
		enrich_proc(e, ev);
	if (event_has(ev, HAS_CGROUP_PATH)) {
		ev->container = cgroup_container(ev->cgroup_path);
		ev->has |= ev->container.len ? HAS_CONTAINER : 0;
	}
}

/* Lockdown forbids the kernel side to read names, or the path has too many: /proc shows it, late. */
static void enrich_binary(struct enrich *e, struct event *ev)
{
	if (!e->procfs)
		e->procfs = procfs_open("/proc");
	e->exe.len = 0;
	if (!e->procfs || !procfs_binary(e->procfs, ev, &e->exe))
		return;
	ev->executable = buf_span(&e->exe);
	ev->has |= HAS_EXECUTABLE | HAS_EXE_PROC;
}

static void enrich_env(struct enrich *e, struct event *ev)
{
	e->vars.len = 0;
	env_show(e->conf.env, ev->env, &e->vars);
	ev->env = buf_span(&e->vars);
}

static void enrich_exec(struct enrich *e, struct event *ev)
{
	if (event_has(ev, HAS_INODE | HAS_START) && !event_has(ev, HAS_EXECUTABLE))
		enrich_binary(e, ev);
	if (event_has(ev, HAS_ENV))
		enrich_env(e, ev);
}

void enrich_event(struct enrich *e, struct event *ev)
{
	if (ev->kind == EVENT_EXEC)
		enrich_exec(e, ev);
	ev->wall_offset_ns = e->wall_offset_ns;
	enrich_cgroup(e, ev);
	if (event_has(ev, HAS_UID)) {
		struct span name = users_name(e->users, ev->uid, ev->time_ns);

		if (name.len && name.len <= sizeof(e->real_user)) {
			memcpy(e->real_user, name.ptr, name.len);
			ev->real_user = (struct span){ e->real_user, name.len };
			ev->has |= HAS_REAL_USER;
		}
	}
	if (event_has(ev, HAS_EUID)) {
		ev->user = users_name(e->users, ev->euid, ev->time_ns);
		if (ev->user.len)
			ev->has |= HAS_USER;
	}
}

/* The first line of a small file, cut to what fits; "" if it cannot be read. */
static void enrich_line(const char *path, char *line, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : read(fd, line, size - 1);

	line[len > 0 ? len : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
}

/* For early in boot, when there is nothing random yet: the time and the pid. */
static void enrich_bytes(unsigned char *u, size_t len)
{
	uint64_t seed[2] = { clock_now_ns(CLOCK_REALTIME), (uint64_t)getpid() };

	memcpy(u, seed, len < sizeof(seed) ? len : sizeof(seed));
}

/* A random UUID, version 4: RFC 9562, section 5.4. */
static void enrich_uuid(char *text, size_t size)
{
	unsigned char u[UUID_BYTES] = { 0 };

	if (getrandom(u, sizeof(u), GRND_NONBLOCK) != (ssize_t)sizeof(u))
		enrich_bytes(u, sizeof(u));
	u[6] = (u[6] & 0x0f) | 0x40;
	u[8] = (u[8] & 0x3f) | 0x80;
	snprintf(text, size, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12],
		 u[13], u[14], u[15]);
}

void enrich_run(struct run *run)
{
	struct utsname uts;

	if (uname(&uts) == 0) {
		snprintf(run->host_name, sizeof(run->host_name), "%s", uts.nodename);
		snprintf(run->kernel, sizeof(run->kernel), "%s", uts.release);
		snprintf(run->arch, sizeof(run->arch), "%s", uts.machine);
	}
	enrich_line("/etc/machine-id", run->host_id, sizeof(run->host_id));
	enrich_line("/proc/sys/kernel/random/boot_id", run->boot_id, sizeof(run->boot_id));
	enrich_uuid(run->ephemeral_id, sizeof(run->ephemeral_id));
}
