// SPDX-License-Identifier: BSD-2-Clause
#include "host.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <time.h>

enum {
	LOAD_LOOK_NS = 300000000,
	LOAD_PERCENT = 5, /* a machine with so much else to do is not quiet */
	LINE_LEN = 512,
};

/* A name that no file bears, and that goes with the process. */
int host_lock(void)
{
	static const char name[] = "execsnoop-c-bench";
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	memcpy(addr.sun_path + 1, name, sizeof(name) - 1);
	if (bind(fd, (const struct sockaddr *)&addr,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof(name))) == 0)
		return fd;
	err = errno;
	close(fd);
	return -err;
}

/* What stands behind the first ": " of the first line with the word. */
static void host_grep(struct buf *b, const char *path, const char *word)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	char line[LINE_LEN];

	while (f && fgets(line, sizeof(line), f)) {
		const char *at = strstr(line, ": ");

		if (strncmp(line, word, strlen(word)) != 0 || !at)
			continue;
		buf_printf(b, ", %.*s", (int)strcspn(at + 2, "\n"), at + 2);
		return;
	}
}

void host_describe(struct buf *b)
{
	double load[3] = { 0 };
	struct utsname uts;
	time_t now = time(NULL);
	struct tm tm;

	if (uname(&uts) == 0)
		buf_printf(b, "%s %s %s", uts.sysname, uts.release, uts.machine);
	host_grep(b, "/proc/cpuinfo", "model name");
	buf_printf(b, ", %ld CPUs", sysconf(_SC_NPROCESSORS_ONLN));
	if (getloadavg(load, 3) == 3)
		buf_printf(b, ", load %.2f %.2f %.2f", load[0], load[1], load[2]);
	if (gmtime_r(&now, &tm))
		buf_printf(b, ", %04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

/* ---- who else is here ---- */

/* The first line of /proc/stat: cpu user nice system idle iowait irq softirq steal, in ticks. */
static void host_ticks(double *all, double *idle)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/stat", "re");
	char line[LINE_LEN] = "cpu", *at = line + sizeof("cpu") - 1;

	*all = *idle = 0;
	if (!f || !fgets(line, sizeof(line), f))
		return;
	for (unsigned int i = 0; i < 8; i++) {
		double ticks = (double)strtoull(at, &at, 10);

		*all += ticks;
		*idle += i == 3 || i == 4 ? ticks : 0;
	}
}

static void warn_load(struct buf *b)
{
	const struct timespec look = { 0, LOAD_LOOK_NS };
	double all, idle, all2, idle2, busy;

	host_ticks(&all, &idle);
	nanosleep(&look, NULL);
	host_ticks(&all2, &idle2);
	busy = all2 > all ? 100 * (1 - (idle2 - idle) / (all2 - all)) : 0;
	if (busy > LOAD_PERCENT)
		buf_printf(b,
			   "other programs use %.0f %% of the CPUs: the figures are worth less\n",
			   busy);
}

/* Kinds of BPF programs that run when others do something: all others are of cgroups, networks... */
static bool host_is_tracing(const struct bpf_prog_info *info)
{
	switch (info->type) {
	case BPF_PROG_TYPE_KPROBE:
	case BPF_PROG_TYPE_TRACEPOINT:
	case BPF_PROG_TYPE_PERF_EVENT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
	case BPF_PROG_TYPE_TRACING:
	case BPF_PROG_TYPE_LSM:
		return true;
	default:
		return false;
	}
}

static void warn_bpf(struct buf *b)
{
	char name[BPF_OBJ_NAME_LEN + 1] = "";
	unsigned int cnt = 0;
	uint32_t id = 0;

	while (bpf_prog_get_next_id(id, &id) == 0) {
		_cleanup_close_ int fd = bpf_prog_get_fd_by_id(id);
		struct bpf_prog_info info = { 0 };
		uint32_t len = sizeof(info);

		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) || !host_is_tracing(&info))
			continue;
		if (!cnt++)
			snprintf(name, sizeof(name), "%s", info.name);
	}
	if (cnt)
		buf_printf(b,
			   "somebody else traces with %u BPF programs (%s%s): that slows the "
			   "control too\n",
			   cnt, name, cnt > 1 ? ", ..." : "");
}

/* Members of the connector's first group, by /proc/net/netlink: sk Eth Pid Groups ... */
static void warn_connector(struct buf *b)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/net/netlink", "re");
	unsigned int cnt = 0;
	char line[LINE_LEN];

	while (f && fgets(line, sizeof(line), f)) {
		char *at = line + strcspn(line, " ");
		unsigned long protocol = strtoul(at, &at, 10), groups;

		strtoul(at, &at, 10); /* whose it is */
		groups = strtoul(at, &at, 16);
		cnt += protocol == NETLINK_CONNECTOR && groups & 1;
	}
	if (cnt)
		buf_printf(
			b,
			"somebody else listens to the proc connector with %u sockets: that slows "
			"the control too\n",
			cnt);
}

static void warn_stats(struct buf *b)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/sys/kernel/bpf_stats_enabled", "re");

	if (f && getc(f) == '1')
		buf_puts(b,
			 "sysctl kernel.bpf_stats_enabled is on, which slows BPF programs in all "
			 "runs\n");
}

void host_warn(struct buf *b)
{
	warn_load(b);
	warn_bpf(b);
	warn_connector(b);
	warn_stats(b);
}
