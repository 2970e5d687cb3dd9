// SPDX-License-Identifier: BSD-2-Clause
#include "probe.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "../clock.h"
#include "../util.h"

enum {
	FILE_LEN = 4096,
	PATH_LEN = 96,
	SEEN_MAX = 256,
};

/* The start of a file as a string; "" if there is none. */
static void probe_read(const char *path, char *text)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, FILE_LEN - 1);

	text[n > 0 ? n : 0] = '\0';
}

/* The number behind the key at the start of a line. */
static bool probe_value(const char *text, const char *key, uint64_t *value)
{
	const char *at = text;
	size_t len = strlen(key);

	while (strncmp(at, key, len) != 0) {
		at = strchr(at, '\n');
		if (!at++)
			return false;
	}
	*value = strtoull(at + len, NULL, 10);
	return true;
}

static void probe_thread(const char *dir, struct probe *p)
{
	char path[PATH_LEN], text[FILE_LEN];
	uint64_t switches;

	p->thread_cnt++;
	snprintf(path, sizeof(path), "%s/status", dir);
	probe_read(path, text);
	if (probe_value(text, "voluntary_ctxt_switches:", &switches))
		p->wakeups += switches;
}

static void probe_threads(pid_t pid, struct probe *p)
{
	char dir[PATH_LEN];
	const struct dirent *e;
	DIR *d;

	snprintf(dir, sizeof(dir), "/proc/%d/task", pid);
	d = opendir(dir);
	if (!d)
		return;
	while ((e = readdir(d)) != NULL) {
		if (*e->d_name == '.')
			continue;
		snprintf(dir, sizeof(dir), "/proc/%d/task/%.16s", pid, e->d_name);
		probe_thread(dir, p);
	}
	closedir(d);
}

/* Each thread has children of its own: task/TID/children, Linux 3.5. */
bool probe_has_children(pid_t pid)
{
	char path[PATH_LEN], text[FILE_LEN] = "";
	const struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	d = opendir(path);
	if (!d)
		return false;
	while (!*text && (e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "/proc/%d/task/%.16s/children", pid, e->d_name);
		if (*e->d_name != '.')
			probe_read(path, text);
	}
	closedir(d);
	return *text;
}

/* utime and stime, the 14th and 15th word of stat; the second can hold blanks. */
static void probe_ticks(pid_t pid, struct probe *p)
{
	char path[PATH_LEN], text[FILE_LEN], *at;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	probe_read(path, text);
	at = strrchr(text, ')');
	for (unsigned int word = 2; at && word < 14; word++)
		at = strchr(at + 1, ' ');
	if (!at)
		return;
	p->user_ticks = strtoull(at, &at, 10);
	p->system_ticks = strtoull(at, &at, 10);
}

/* The clock of the process, which has the time of threads that have ended too: clock_getcpuclockid(3). */
uint64_t probe_cpu_ns(pid_t pid)
{
	struct timespec ts;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &ts) < 0)
		return 0;
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

void probe_take(pid_t pid, struct probe *p)
{
	*p = (struct probe){ .cpu_ns = probe_cpu_ns(pid) };
	probe_threads(pid, p);
	probe_ticks(pid, p);
}

uint64_t probe_resident(pid_t pid)
{
	char path[PATH_LEN], text[FILE_LEN];
	uint64_t kib = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	probe_read(path, text);
	probe_value(text, "VmRSS:", &kib);
	return kib * 1024;
}

double probe_cpu_between(const struct probe *before, const struct probe *after)
{
	return after->cpu_ns < before->cpu_ns ? NAN : (double)(after->cpu_ns - before->cpu_ns);
}

double probe_wakeups_between(const struct probe *before, const struct probe *after)
{
	if (after->thread_cnt < before->thread_cnt || after->wakeups < before->wakeups)
		return NAN;
	return (double)(after->wakeups - before->wakeups);
}

/* ---- BPF ---- */

const struct probe_prog *probe_find(const struct probe_bpf *b, uint32_t id)
{
	for (unsigned int i = 0; i < b->prog_cnt; i++)
		if (b->progs[i].id == id)
			return &b->progs[i];
	return NULL;
}

/* Name and run time come from the kernel's own record of the program. */
static void probe_prog(struct probe_bpf *b, uint32_t id)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(id);
	struct probe_prog *prog = &b->progs[b->prog_cnt];

	if (probe_find(b, id))
		return;
	if (b->prog_cnt == PROBE_PROGS_MAX || fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return;
	*prog = (struct probe_prog){ .id = id, .run_ns = info.run_time_ns, .runs = info.run_cnt };
	snprintf(prog->name, sizeof(prog->name), "%.*s", (int)sizeof(info.name), info.name);
	b->prog_cnt++;
}

struct seen {
	uint64_t keys[SEEN_MAX];
	size_t cnt;
};

/* A program or map can be open twice, and counts once. */
static bool probe_is_new(struct seen *s, uint64_t key)
{
	for (size_t i = 0; i < s->cnt; i++)
		if (s->keys[i] == key)
			return false;
	if (s->cnt == SEEN_MAX)
		return false;
	s->keys[s->cnt++] = key;
	return true;
}

static void probe_fdinfo(const char *path, struct probe_bpf *b, struct seen *seen)
{
	uint64_t id, bytes = 0, type;
	char text[FILE_LEN];

	probe_read(path, text);
	probe_value(text, "memlock:", &bytes);
	if (probe_value(text, "map_id:", &id) && probe_is_new(seen, id << 1))
		b->pinned += bytes;
	if (!probe_value(text, "prog_id:", &id)) /* a link has it too */
		return;
	probe_prog(b, (uint32_t)id);
	if (probe_value(text, "prog_type:", &type) && probe_is_new(seen, id << 1 | 1))
		b->pinned += bytes;
}

void probe_bpf(pid_t pid, struct probe_bpf *b)
{
	struct seen seen = { 0 };
	const struct dirent *e;
	char path[PATH_LEN];
	DIR *d;

	*b = (struct probe_bpf){ 0 };
	snprintf(path, sizeof(path), "/proc/%d/fdinfo", pid);
	d = opendir(path);
	if (!d)
		return;
	while ((e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.16s", pid, e->d_name);
		if (*e->d_name != '.')
			probe_fdinfo(path, b, &seen);
	}
	closedir(d);
}

double probe_run_between(const struct probe_bpf *before, const struct probe_bpf *after)
{
	double ns = 0;

	for (unsigned int i = 0; i < after->prog_cnt; i++) {
		const struct probe_prog *from = probe_find(before, after->progs[i].id);

		if (from && after->progs[i].run_ns >= from->run_ns)
			ns += (double)(after->progs[i].run_ns - from->run_ns);
	}
	return ns;
}
