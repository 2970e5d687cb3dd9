// SPDX-License-Identifier: BSD-2-Clause
#include "doctor.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "clock.h"
#include "namespace.h"
#include "source/bpf_btf.h"
#include "source/cn_socket.h"
#include "thread.h"

enum {
	RCVBUF_LEN = 32 << 20, /* what source/connector.c asks for */
	MESSAGE_MS = 300, /* the kernel sends them before fork(2) returns */
	RECV_MAX = 1000, /* batches, on a machine that never rests */
	BTF_MAGIC = 0xeb9f, /* Documentation/bpf/btf.rst */
};

/* What the probes know of each other. */
struct doctor {
	const struct doctor_source *source; /* whose checks these are */
	const char *btf; /* of --btf; NULL: not given */
	uint64_t caps; /* effective, and this is the first user namespace, where they count */
	bool no_bpf; /* bpf() does nothing here */
	int cn_fd; /* subscribed to forks; -1: not */
};

/* Sets ok and found, and remedy where the row's is not the right one. */
typedef void probe_fn(struct doctor *d, struct doctor_finding *f);

struct check {
	const char *source;
	const char *name;
	bool needed;
	probe_fn *probe;
	const char *remedy; /* if it is not ok, and the probe knows no better */
};

static void __attribute__((format(printf, 3, 4)))
doctor_found(struct doctor_finding *f, enum doctor_ok ok, const char *fmt, ...)
{
	va_list ap;

	f->ok = ok;
	va_start(ap, fmt);
	vsnprintf(f->found, sizeof(f->found), fmt, ap);
	va_end(ap);
}

static void doctor_remedy(struct doctor_finding *f, const char *remedy)
{
	snprintf(f->remedy, sizeof(f->remedy), "%s", remedy);
}

/* ---- what is there for all ---- */

/* That has a fixed number only since Linux 6.18, but settings that the others lack. */
static bool doctor_first_net(void)
{
	return access("/proc/sys/net/core/netdev_budget", F_OK) == 0 ||
	       access("/proc/sys/net/core/somaxconn", F_OK) < 0;
}

/* Effective, if they count: for what the probes are about, other user namespaces have none. */
static uint64_t doctor_caps(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	if (!namespace_first_user() || syscall(SYS_capget, &head, data) < 0)
		return 0;
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

static bool doctor_seccomp(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER;
}

/* A child that did one thing and waits for its end, which comes when fd is closed. */
struct child {
	pid_t pid;
	int fd;
	int result; /* of that thing: 0 or errno */
};

static int child_nothing(void)
{
	return 0;
}

static int child_realtime(void)
{
	const struct sched_param param = { .sched_priority = sched_get_priority_min(SCHED_FIFO) };

	return sched_setscheduler(0, SCHED_FIFO, &param) < 0 ? errno : 0;
}

/* As a program of another user: reading its memory needs CAP_SYS_PTRACE. */
static int child_closed(void)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? errno : 0;
}

static void child_end(struct child *c)
{
	util_close(&c->fd);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static _Noreturn void child_run(int fd, int (*fn)(void))
{
	int result = fn();

	if (write(fd, &result, sizeof(result)) == sizeof(result))
		while (read(fd, &result, sizeof(result)) < 0 && errno == EINTR)
			;
	_exit(0);
}

/* 0; or -errno if there is no child. */
static int child_start(struct child *c, int (*fn)(void))
{
	int fds[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	*c = (struct child){ .pid = fork(), .fd = fds[0] };
	if (c->pid < 0) {
		r = -errno;
		close(fds[0]);
		close(fds[1]);
		return r;
	}
	if (c->pid == 0) {
		close(fds[0]);
		child_run(fds[1], fn);
	}
	close(fds[1]);
	if (read(c->fd, &c->result, sizeof(c->result)) == sizeof(c->result))
		return 0;
	child_end(c); /* a seccomp filter killed it */
	return -ECANCELED;
}

/* ---- bpf ---- */

/* Since Linux 5.8 CAP_BPF and CAP_PERFMON together, before CAP_SYS_ADMIN: capabilities(7). */
static bool bpf_privileged(const struct doctor *d)
{
	const uint64_t both = BIT(CAP_BPF) | BIT(CAP_PERFMON);

	return (d->caps & BIT(CAP_SYS_ADMIN)) || (d->caps & both) == both;
}

/* A command that there is not: the kernel says EINVAL, unless something says no before. */
static void probe_bpf_call(struct doctor *d, struct doctor_finding *f)
{
	union bpf_attr attr = { 0 };
	bool filter = doctor_seccomp();
	int err = syscall(SYS_bpf, INT_MAX, &attr, sizeof(attr)) < 0 ? errno : 0;

	d->no_bpf = err == ENOSYS || err == EPERM || err == EACCES;
	if (!d->no_bpf) {
		doctor_found(f, DOCTOR_YES, "there");
	} else if (err == ENOSYS) {
		doctor_found(f, DOCTOR_NO, "not there (ENOSYS)%s",
			     filter ? "; a seccomp filter is in force and may be what hides it" :
				      "");
		doctor_remedy(f, filter ? "allow bpf() in the filter (seccomp), or use a kernel "
					  "with CONFIG_BPF_SYSCALL" :
					  "use a kernel with CONFIG_BPF_SYSCALL");
	} else if (!bpf_privileged(d)) {
		doctor_found(f, DOCTOR_NO, "refused (%s): the capabilities are missing%s",
			     strerror(err), filter ? ", and a seccomp filter is in force" : "");
	} else {
		doctor_found(f, DOCTOR_NO, "refused (%s) although the capabilities are there: %s",
			     strerror(err),
			     filter ? "a seccomp filter is in force" : "by a security module");
		doctor_remedy(f, filter ? "allow bpf() in the filter (seccomp)" :
					  "allow it in the security module (SELinux, AppArmor)");
	}
}

static void probe_bpf_caps(struct doctor *d, struct doctor_finding *f)
{
	static const struct {
		unsigned int cap;
		const char *name;
	} caps[] = {
		{ CAP_BPF, "CAP_BPF" },
		{ CAP_PERFMON, "CAP_PERFMON" },
		{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
	};
	size_t at = 0;

	if (!namespace_first_user()) {
		doctor_found(f, DOCTOR_NO, "none that count in this user namespace");
		doctor_remedy(f, "run it as root of the host, outside of containers");
		return;
	}
	doctor_found(f, bpf_privileged(d) ? DOCTOR_YES : DOCTOR_NO, "none of those wanted");
	for (size_t i = 0; i < ARRAY_LEN(caps); i++)
		if (d->caps & BIT(caps[i].cap))
			at += (size_t)snprintf(f->found + at, sizeof(f->found) - at, "%s%s",
					       at ? ", " : "", caps[i].name);
}

static void probe_btf(struct doctor *d, struct doctor_finding *f)
{
	static const char path[] = BPF_BTF_OWN;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct source_why why = { 0 };
	char file[PATH_MAX];
	uint16_t magic = 0;

	if (fd < 0)
		doctor_found(f, DOCTOR_NO, "%s: %s", path, strerror(errno));
	else if (read(fd, &magic, sizeof(magic)) != sizeof(magic) || magic != BTF_MAGIC)
		doctor_found(f, DOCTOR_NO, "%s holds something else", path);
	else
		doctor_found(f, DOCTOR_YES, "%s", path);
	if (f->ok != DOCTOR_NO)
		return;
	if (access("/sys/kernel", F_OK) < 0)
		doctor_remedy(f, "mount /sys: mount -t sysfs sysfs /sys");
	else if (bpf_btf_choose(file, d->btf, &why) == 0 && *file)
		doctor_remedy(f, "a BTF file does instead");
}

/* Whether it is of this kernel shows when the programs run: probe_bpf_programs(). */
static void probe_btf_file(struct doctor *d, struct doctor_finding *f)
{
	struct source_why why = { 0 };
	char path[PATH_MAX];
	int r = bpf_btf_choose(path, d->btf, &why);

	if (r < 0) {
		doctor_found(f, DOCTOR_NO, "%s", why.cause);
	} else if (*path) {
		doctor_found(f, DOCTOR_YES, "%.200s, %s", path,
			     d->btf ? "as asked for" : "as the kernel has none");
	} else if (access(BPF_BTF_OWN, F_OK) == 0) {
		doctor_found(f, DOCTOR_YES, "none, and none is needed");
	} else {
		bpf_btf_place(path);
		doctor_found(f, DOCTOR_NO, "none in %.200s", path);
	}
}

/* May and can this process make objects of BPF? Else found says what there is to say. */
static bool bpf_can_try(const struct doctor *d, struct doctor_finding *f)
{
	if (d->no_bpf)
		doctor_found(f, DOCTOR_UNKNOWN, "not tried, without bpf()");
	else if (!bpf_privileged(d))
		doctor_found(f, DOCTOR_UNKNOWN, "not tried, without the capabilities");
	return !d->no_bpf && bpf_privileged(d);
}

static void probe_bpf_ring(struct doctor *d, struct doctor_finding *f)
{
	_cleanup_close_ int fd = -1;

	if (!bpf_can_try(d, f))
		return;
	fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, NULL, 0, 0, (uint32_t)sysconf(_SC_PAGESIZE),
			    NULL);
	if (fd >= 0)
		doctor_found(f, DOCTOR_YES, "made one");
	else if (fd == -EINVAL)
		doctor_found(f, DOCTOR_NO, "the kernel has none");
	else
		doctor_found(f, DOCTOR_NO, "cannot be made: %s", strerror(-fd));
}

/* What was found when the source was opened: nothing tells it better. */
static void probe_bpf_programs(struct doctor *d, struct doctor_finding *f)
{
	const struct doctor_source *s = d->source;

	if (s->usable) {
		doctor_found(f, DOCTOR_YES, "loaded, attached and removed");
	} else if (bpf_can_try(d, f)) {
		doctor_found(f, DOCTOR_NO, "%s", s->why.cause);
		doctor_remedy(f, s->why.cure);
	}
}

static void probe_bpf_read(struct doctor *d, struct doctor_finding *f)
{
	if (!bpf_can_try(d, f))
		return;
	if (libbpf_probe_bpf_helper(BPF_PROG_TYPE_RAW_TRACEPOINT, BPF_FUNC_probe_read_kernel,
				    NULL) == 1)
		doctor_found(f, DOCTOR_YES, "allowed");
	else
		doctor_found(f, DOCTOR_NO,
			     "refused: no process.vpid of processes in a nested pid namespace, no "
			     "new name in comm events");
}

/* "none [integrity] confidentiality": the one in force is marked. Integrity leaves BPF alone. */
static void probe_lockdown(struct doctor *d, struct doctor_finding *f)
{
	_cleanup_close_ int fd = open("/sys/kernel/security/lockdown", O_RDONLY | O_CLOEXEC);
	char text[128] = "";
	ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	const char *word = len > 0 ? strchr(text, '[') : NULL;

	(void)d;
	if (word)
		doctor_found(f, strncmp(word, "[conf", 5) ? DOCTOR_YES : DOCTOR_NO, "%.*s",
			     (int)strcspn(word + 1, "]"), word + 1);
	else if (access("/sys/kernel/security/lsm", F_OK) == 0 ||
		 (access("/sys/kernel", F_OK) == 0 && access("/sys/kernel/security", F_OK) < 0))
		doctor_found(f, DOCTOR_YES, "none: not in this kernel");
	else
		doctor_found(f, DOCTOR_UNKNOWN, "unknown: securityfs is not mounted");
}

/* ---- connector ---- */

static void probe_cn_socket(struct doctor *d, struct doctor_finding *f)
{
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);

	(void)d;
	if (fd < 0)
		doctor_found(f, DOCTOR_NO, "none: %s", strerror(errno));
	else
		doctor_found(f, DOCTOR_YES, "there");
}

static void probe_cn_namespaces(struct doctor *d, struct doctor_finding *f)
{
	const struct {
		bool first;
		const char *name;
	} ns[] = {
		{ namespace_first_user(), "user" },
		{ namespace_first_pid(), "pid" },
		{ doctor_first_net(), "network" },
	};
	size_t at = 0;

	(void)d;
	if (access("/proc/self", F_OK) < 0) {
		doctor_found(f, DOCTOR_UNKNOWN, "unknown without /proc");
		return;
	}
	doctor_found(f, DOCTOR_YES, "the first of user, pid and network");
	for (size_t i = 0; i < ARRAY_LEN(ns); i++) {
		if (ns[i].first)
			continue;
		f->ok = DOCTOR_NO;
		at += (size_t)snprintf(f->found + at, sizeof(f->found) - at, "%s%s",
				       at ? ", " : "not the first: ", ns[i].name);
	}
}

static void probe_cn_subscription(struct doctor *d, struct doctor_finding *f)
{
	const struct cn_socket_conf conf = {
		.mask = PROC_EVENT_FORK,
		.cpu = -1,
		.rcvbuf = RCVBUF_LEN,
	};
	struct source_why why = { 0 };
	int r = cn_socket_open(&d->cn_fd, &conf, &why);

	if (r == 0) {
		doctor_found(f, DOCTOR_YES, "acknowledged");
	} else {
		doctor_found(f, DOCTOR_NO, "%s", why.cause);
		doctor_remedy(f, why.cure);
	}
}

static bool cn_can_try(const struct doctor *d, struct doctor_finding *f)
{
	if (d->cn_fd < 0)
		doctor_found(f, DOCTOR_UNKNOWN, "not tried, without a subscription");
	return d->cn_fd >= 0;
}

struct cn_wanted {
	pid_t pid;
	bool seen;
};

static void cn_see_fork(void *ctx, const struct cn_msg_proc *msg)
{
	struct cn_wanted *w = ctx;

	w->seen |= msg->event.what == PROC_EVENT_FORK &&
		   msg->event.event_data.fork.child_tgid == w->pid;
}

/* Does the message that a child is made come within so long? 1, 0 or -errno: no child. */
static int cn_fork_comes(int fd, unsigned int ms)
{
	uint64_t end = clock_now_ns(CLOCK_MONOTONIC) + ms * NSEC_PER_MSEC, now;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct cn_wanted w = { 0 };
	struct child c = { .fd = -1 };
	int r = child_start(&c, child_nothing);

	if (r < 0)
		return r;
	w.pid = c.pid;
	child_end(&c);
	for (int i = 0; i < RECV_MAX && !w.seen; i++) {
		if (cn_socket_recv(fd, cn_see_fork, &w))
			continue;
		now = clock_now_ns(CLOCK_MONOTONIC);
		if (now >= end || poll(&p, 1, (int)((end - now) / NSEC_PER_MSEC) + 1) <= 0)
			break;
	}
	return w.seen;
}

static void probe_cn_message(struct doctor *d, struct doctor_finding *f)
{
	int r;

	if (!cn_can_try(d, f))
		return;
	r = cn_fork_comes(d->cn_fd, MESSAGE_MS);
	if (r < 0)
		doctor_found(f, DOCTOR_UNKNOWN, "not tried: fork: %s", strerror(-r));
	else
		doctor_found(f, r ? DOCTOR_YES : DOCTOR_NO, "that of a fork of our own %s",
			     r ? "came" : "did not come");
}

/* Subscribe to execs alone and take the socket's own filter away: does a fork come? */
static void probe_cn_mask(struct doctor *d, struct doctor_finding *f)
{
	const struct cn_socket_conf conf = {
		.mask = PROC_EVENT_EXEC,
		.cpu = -1,
		.rcvbuf = RCVBUF_LEN,
	};
	struct source_why why = { 0 };
	int fd = -1, r, unused = 0;

	if (!cn_can_try(d, f))
		return;
	if (cn_socket_open(&fd, &conf, &why) < 0) {
		doctor_found(f, DOCTOR_UNKNOWN, "not tried: %s", why.cause);
		return;
	}
	setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused));
	r = cn_fork_comes(fd, 0);
	if (r < 0 || cn_socket_drops(fd))
		doctor_found(f, DOCTOR_UNKNOWN, "not tried: the machine is too busy");
	else if (r)
		doctor_found(f, DOCTOR_NO,
			     "none: the kernel sends all kinds of events, and the "
			     "socket's filter drops those not wanted");
	else
		doctor_found(f, DOCTOR_YES, "there: kinds that nobody wants are not sent");
	cn_socket_ignore(fd);
	cn_socket_close(fd);
}

static void probe_cn_rcvbuf(struct doctor *d, struct doctor_finding *f)
{
	int len = 0;
	socklen_t size = sizeof(len);

	if (!cn_can_try(d, f))
		return;
	getsockopt(d->cn_fd, SOL_SOCKET, SO_RCVBUF, &len, &size);
	len /= 2; /* the kernel doubles it, for its own part: socket(7) */
	doctor_found(f, len >= RCVBUF_LEN ? DOCTOR_YES : DOCTOR_NO, "%d KiB of %d", len / 1024,
		     RCVBUF_LEN / 1024);
}

static void probe_realtime(struct doctor *d, struct doctor_finding *f)
{
	struct child c = { .fd = -1 };
	int r = child_start(&c, child_realtime);

	if (r < 0) {
		doctor_found(f, DOCTOR_UNKNOWN, "not tried: %s", strerror(-r));
		return;
	}
	child_end(&c);
	if (c.result == EPERM && thread_may_be_realtime(d->caps)) {
		doctor_found(f, DOCTOR_NO,
			     "refused by its cpu cgroup: argv of short-lived programs is missed");
		doctor_remedy(f, "give that cgroup cpu.rt_runtime_us, or run it in the first one: "
				 "no CPUWeight and CPUQuota in a unit");
	} else if (c.result) {
		doctor_found(f, DOCTOR_NO, "refused (%s): argv of short-lived programs is missed",
			     strerror(c.result));
	} else {
		doctor_found(f, DOCTOR_YES, "allowed");
	}
}

/* The connector tells the pids of the first namespace, so /proc must have these. */
static void probe_proc(struct doctor *d, struct doctor_finding *f)
{
	char self[16] = "", pid[16];
	ssize_t len = readlink("/proc/self", self, sizeof(self) - 1);

	(void)d;
	snprintf(pid, sizeof(pid), "%d", getpid());
	if (len < 0)
		doctor_found(f, DOCTOR_NO, "not mounted");
	else if (strcmp(self, pid) != 0)
		doctor_found(f, DOCTOR_NO, "of another pid namespace than this process's");
	else
		doctor_found(f, DOCTOR_YES, "mounted");
}

const char *doctor_mount_option(char *line, const char *point, const char *option)
{
	char *rest = strstr(line, " - "), *word = NULL, *at = line, *end = NULL;
	size_t len = strlen(option);

	if (!rest)
		return NULL;
	*rest = '\0';
	rest += 3;
	for (int i = 0; i < 5; i++) /* id, parent, device, root, mount point */
		word = strtok_r(at, " ", &end), at = NULL;
	if (!word || strcmp(word, point) != 0)
		return NULL;
	rest[strcspn(rest, "\n")] = '\0';
	at = strrchr(rest, ' '); /* type, device, options */
	while (at && *at++) {
		if (!strncmp(at, option, len) && at[len] == '=') {
			at[strcspn(at, ",")] = '\0';
			return at + len + 1;
		}
		at = strchr(at, ',');
	}
	return "";
}

/* hidepid= of /proc; "" if it is not set. The last mount lies above the others. */
static void proc_hidepid(char *value, size_t size)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;

	*value = '\0';
	while (file && getline(&line, &cap, file) > 0) {
		const char *found = doctor_mount_option(line, "/proc", "hidepid");

		if (found)
			snprintf(value, size, "%s", found);
	}
}

/* Is pid 1 shown, which belongs to root? */
static void probe_hidepid(struct doctor *d, struct doctor_finding *f)
{
	_cleanup_close_ int fd = open("/proc/1/stat", O_RDONLY | O_CLOEXEC);
	char value[32];

	(void)d;
	proc_hidepid(value, sizeof(value));
	if (fd >= 0 && *value)
		doctor_found(f, DOCTOR_YES, "shown in spite of hidepid=%s", value);
	else if (fd >= 0)
		doctor_found(f, DOCTOR_YES, "shown");
	else
		doctor_found(f, DOCTOR_NO, "hidden%s%s: no argv of other users' programs",
			     *value ? " by hidepid=" : "", value);
}

/* The right is looked at before the address, where nothing is: process_vm_readv(2). */
static void probe_memory(struct doctor *d, struct doctor_finding *f)
{
	const struct iovec there = { NULL, 1 };
	struct child c = { .fd = -1 };
	char byte;
	const struct iovec here = { &byte, 1 };
	int r = namespace_first_user() ? child_start(&c, child_closed) : -EPERM, err;

	(void)d;
	if (r < 0) {
		doctor_found(f, DOCTOR_UNKNOWN, "not tried: %s",
			     r == -EPERM ? "not the first user namespace" : strerror(-r));
		return;
	}
	err = process_vm_readv(c.pid, &here, 1, &there, 1, 0) < 0 ? errno : 0;
	child_end(&c);
	if (!err || err == EFAULT) {
		doctor_found(f, DOCTOR_YES, "readable");
	} else if (err == ENOSYS) {
		doctor_found(f, DOCTOR_NO, "not there (ENOSYS): no file name");
		doctor_remedy(f, "use a kernel with CONFIG_CROSS_MEMORY_ATTACH");
	} else {
		doctor_found(f, DOCTOR_NO,
			     "refused (%s): no binary and no file name of others' programs",
			     strerror(err));
	}
}

/* ---- the checks ---- */

/* In this order: later ones look at what earlier ones found. */
static const struct check checks[] = {
	{ "bpf", "bpf() system call", true, probe_bpf_call, "run it as root: try sudo" },
	{ "bpf", "capabilities", true, probe_bpf_caps,
	  "run it as root: try sudo; CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN, are enough" },
	{ "bpf", "BTF of the kernel", false, probe_btf, "use a kernel with CONFIG_DEBUG_INFO_BTF" },
	{ "bpf", "BTF file", true, probe_btf_file,
	  "make one: pahole --btf_encode_detached=all.btf vmlinux; bpftool gen min_core_btf "
	  "all.btf "
	  "FILE execsnoop.bpf.o; see --btf in execsnoop-c(8)" },
	{ "bpf", "ring buffer", true, probe_bpf_ring, "use Linux 5.8 or later" },
	{ "bpf", "tracepoint programs", true, probe_bpf_programs, "--verbose shows more" },
	{ "bpf", "bpf_probe_read_kernel", false, probe_bpf_read,
	  "boot without lockdown=confidentiality" },
	{ "bpf", "lockdown", false, probe_lockdown, "boot without lockdown=confidentiality" },
	{ "connector", "netlink socket", true, probe_cn_socket,
	  "use a kernel with CONFIG_CONNECTOR and CONFIG_PROC_EVENTS" },
	{ "connector", "namespaces", true, probe_cn_namespaces,
	  "run it outside of containers, or in the host's user, pid and network namespaces" },
	{ "connector", "subscription", true, probe_cn_subscription, "run it as root: try sudo" },
	{ "connector", "messages", true, probe_cn_message,
	  "try again: before Linux 6.6 any program may end the subscriptions of all" },
	{ "connector", "event mask", false, probe_cn_mask, "Linux 6.6 or later costs less" },
	{ "connector", "receive buffer", false, probe_cn_rcvbuf,
	  "run it as root, or with CAP_NET_ADMIN: bursts of events are lost sooner" },
	{ "connector", "real-time priority", false, probe_realtime,
	  "run it as root, with CAP_SYS_NICE or with ulimit -r 1" },
	{ "connector", "/proc", true, probe_proc, "mount it: mount -t proc proc /proc" },
	{ "connector", "others' processes", false, probe_hidepid,
	  "run it as root, or with CAP_SYS_PTRACE" },
	{ "connector", "others' memory", false, probe_memory,
	  "run it as root or with CAP_SYS_PTRACE, and kernel.yama.ptrace_scope below 3" },
};

void doctor_probe(struct doctor_source *s, const char *btf)
{
	struct doctor d = { .source = s, .btf = btf, .caps = doctor_caps(), .cn_fd = -1 };

	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		struct doctor_finding *f = &s->findings[s->finding_cnt];

		if (strcmp(checks[i].source, s->ops->name) != 0 ||
		    s->finding_cnt == DOCTOR_FINDINGS_MAX)
			continue;
		s->finding_cnt++;
		f->name = checks[i].name;
		f->needed = checks[i].needed;
		checks[i].probe(&d, f);
		if (f->ok == DOCTOR_NO && !*f->remedy)
			doctor_remedy(f, checks[i].remedy);
	}
	if (d.cn_fd >= 0)
		cn_socket_ignore(d.cn_fd);
	cn_socket_close(d.cn_fd);
}
