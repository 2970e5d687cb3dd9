// SPDX-License-Identifier: BSD-2-Clause
#include "metrics_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "clock.h"
#include "log.h"

struct metrics_file {
	struct metrics_conf conf;
	char *new_path;
	uint64_t start_ns; /* CLOCK_REALTIME */
	uint64_t due_ns;
	int err; /* of the last time */
};

/* In a folder that others may write to, none of theirs is written to. */
static int metrics_file_make(const struct metrics_file *f)
{
	int fd;

	if (unlink(f->new_path) < 0 && errno != ENOENT)
		return -errno;
	fd = open(f->new_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	return fd < 0 ? -errno : fd;
}

int metrics_file_open(struct metrics_file **out, const struct metrics_conf *conf)
{
	struct metrics_file *f = calloc(1, sizeof(*f));
	struct stat st;
	bool special;
	int fd;

	if (!f || asprintf(&f->new_path, "%s.new", conf->path) < 0) {
		free(f);
		return log_err(-ENOMEM, "%s", conf->path);
	}
	f->conf = *conf;
	f->start_ns = clock_now_ns(CLOCK_REALTIME);
	special = stat(conf->path, &st) == 0 && !S_ISREG(st.st_mode);
	fd = special ? -EINVAL : metrics_file_make(f);
	if (fd < 0) {
		log_err(special ? 0 : fd, "cannot write metrics to %s%s", conf->path,
			special ? ": not a regular file" : "");
		metrics_file_close(f);
		return fd;
	}
	close(fd);
	unlink(f->new_path);
	*out = f;
	return 0;
}

uint64_t metrics_file_due(const struct metrics_file *f)
{
	return f->due_ns;
}

static uint64_t metrics_file_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *e;
	uint64_t cnt = 0;

	while (dir && (e = readdir(dir)))
		cnt += *e->d_name != '.';
	if (dir)
		closedir(dir);
	return cnt ? cnt - 1 : 0; /* without the folder's own */
}

static void metrics_file_memory(struct metrics_state *s)
{
	_cleanup_fclose_ FILE *in = fopen("/proc/self/statm", "re");
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	char line[128], *end = line;

	if (!in || !fgets(line, sizeof(line), in))
		return;
	s->virtual = page * strtoull(end, &end, 10);
	s->resident = page * strtoull(end, &end, 10);
}

static uint64_t timeval_ns(const struct timeval *t)
{
	return (uint64_t)t->tv_sec * NSEC_PER_SEC + (uint64_t)t->tv_usec * 1000;
}

static void metrics_file_process(const struct metrics_file *f, struct metrics_state *s)
{
	struct rusage usage;
	struct rlimit limit;

	s->start_ns = f->start_ns;
	s->suppressed = log_suppressed();
	s->fds = metrics_file_fds();
	metrics_file_memory(s);
	if (getrusage(RUSAGE_SELF, &usage) == 0)
		s->cpu_ns = timeval_ns(&usage.ru_utime) + timeval_ns(&usage.ru_stime);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		s->fds_max = limit.rlim_cur;
}

/* One write(2): on a disk it is done whole or fails. */
static int metrics_file_put(const struct metrics_file *f, const struct buf *b)
{
	int fd = b->failed ? -ENOMEM : metrics_file_make(f), r = 0;
	ssize_t n;

	if (fd < 0)
		return fd;
	n = write(fd, b->ptr, b->len);
	if (n < 0)
		r = -errno;
	else if ((size_t)n < b->len)
		r = -ENOSPC;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(f->new_path, f->conf.path) < 0)
		r = -errno;
	if (r < 0)
		unlink(f->new_path);
	return r;
}

void metrics_file_write(struct metrics_file *f, struct metrics_state *s)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	int err;

	f->due_ns = clock_now_ns(CLOCK_MONOTONIC) + f->conf.interval_ns;
	metrics_file_process(f, s);
	metrics_put(&b, s);
	err = metrics_file_put(f, &b);
	if (err < 0 && !f->err)
		log_err(err, "%s: metrics are not written, those before stay", f->conf.path);
	else if (err == 0 && f->err)
		log_info("%s: metrics are written again", f->conf.path);
	f->err = err;
}

void metrics_file_close(struct metrics_file *f)
{
	if (!f)
		return;
	free(f->new_path);
	free(f);
}
