// SPDX-License-Identifier: BSD-2-Clause
#include "tracer.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "../clock.h"
#include "../log.h"
#include "stop.h"

enum {
	READY_MS = 30000,
	LOOK_MS = 1, /* how often to look whether ours is ready */
	PEER_MS = 1000, /* others do not say when they are */
	CALM_MS = 100,
	CALM_CNT = 2, /* so many of these in a row make it calm */
	CALM_NS = 200000, /* CPU time in one of them, whatever it was before */
	BUSY_NS = 25000000, /* with so much it is working something off */
	SETTLE_MAX = 50, /* of these */
	WORDS_MAX = 64,
};

/* Its command line: words that the caller does not own. path has room for that of its output. */
static void tracer_words(const struct tracer *t, char *const *options, char **words, char *path,
			 size_t path_len)
{
	const struct subject *s = t->subject;
	char *const ours[] = { (char *)s->program,
			       "-b",
			       (char *)s->backend,
			       "-e",
			       "exec,fork,exit",
			       "--json",
			       "-o",
			       path,
			       NULL };
	char *const others[] = { "sh", "-c", (char *)s->command, NULL };
	size_t cnt = 0;

	/* A file that has no name, by the name of our descriptor of it. */
	snprintf(path, path_len, "/proc/%d/fd/%d", getpid(), t->out_fd);
	for (char *const *w = s->backend ? ours : others; *w; w++)
		words[cnt++] = *w;
	for (; s->backend && *options && cnt < WORDS_MAX; options++)
		words[cnt++] = *options;
	words[cnt] = NULL;
}

static off_t tracer_written(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? 0 : st.st_size;
}

/* It has ended early: say so, with the first line of its standard error. */
static int tracer_failed(const struct tracer *t, int status)
{
	char text[512];
	ssize_t n = pread(t->err_fd, text, sizeof(text) - 1, 0);
	char *line = text;

	text[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	log_err(0, "the tracer %s ended early, with wait status %#x: %s", t->subject->name,
		(unsigned int)status, *line ? line : "it did not say why");
	return -ECHILD;
}

/* What is measured is one process: of a pipeline that would be the shell, which does nothing. */
static int tracer_is_one(const struct tracer *t)
{
	if (!probe_has_children(t->child.pid))
		return 0;
	log_err(0,
		"--peer %s: it has started other processes, which cannot be measured; is an exec "
		"missing before the command?",
		t->subject->name);
	return -ECHILD;
}

static int tracer_wait_ready(struct tracer *t, struct stop *stop)
{
	const uint64_t start_ns = clock_now_ns(CLOCK_MONOTONIC);
	const bool ours = t->subject->backend;
	double cpu_ns;
	int status, r;

	for (;;) {
		double ms = (double)(clock_now_ns(CLOCK_MONOTONIC) - start_ns) / 1e6;

		if (ours && tracer_written(t->out_fd)) {
			t->ready_ms = ms;
			return 0;
		}
		if (!ours && ms > PEER_MS)
			return tracer_is_one(t);
		if (ms > READY_MS)
			return log_err(-ETIMEDOUT, "%s did not start", t->subject->name);
		r = child_wait(&t->child, stop, LOOK_MS, &status, &cpu_ns);
		if (r)
			return r < 0 ? r : tracer_failed(t, status);
	}
}

int tracer_start(struct tracer *t, const struct subject *subject, char *const *options,
		 struct stop *stop)
{
	char *words[WORDS_MAX + 1], path[48];
	int r;

	*t = (struct tracer){ subject, { 0, -1 }, -1, -1, NAN };
	if (subject->is_control)
		return 0;
	t->out_fd = memfd_create("output", MFD_CLOEXEC);
	t->err_fd = memfd_create("errors", MFD_CLOEXEC);
	if (t->out_fd < 0 || t->err_fd < 0)
		return log_err(-errno, "memory for the tracer's output");
	tracer_words(t, options, words, path, sizeof(path));
	r = child_start(&t->child, words, t->out_fd, t->err_fd);
	if (r < 0)
		return log_err(r, "cannot run %s", words[0]);
	r = tracer_wait_ready(t, stop);
	return r < 0 ? r : tracer_settle(t, stop);
}

/* Others may use the machine too, and give it something to do: then it is calm if that is all. */
static bool tracer_is_calm(uint64_t used_ns, uint64_t used_before_ns)
{
	return used_ns < CALM_NS || (used_ns < BUSY_NS && used_ns < used_before_ns * 3 / 2);
}

int tracer_settle(const struct tracer *t, struct stop *stop)
{
	uint64_t before, now, used = 0, used_before;
	int calm = 0, r;

	if (!t->child.pid)
		return 0;
	before = probe_cpu_ns(t->child.pid);
	for (int i = 0; i < SETTLE_MAX && calm < CALM_CNT; i++, before = now) {
		r = stop_wait(stop, -1, CALM_MS);
		if (r < 0)
			return r;
		now = probe_cpu_ns(t->child.pid);
		used_before = used;
		used = now - before;
		calm = tracer_is_calm(used, used_before) ? calm + 1 : 0;
	}
	return 0;
}

int tracer_check(struct tracer *t)
{
	double cpu_ns;
	int status;

	if (!t->child.pid || child_wait(&t->child, NULL, 0, &status, &cpu_ns) == 0)
		return 0;
	return tracer_failed(t, status);
}

void tracer_end(struct tracer *t)
{
	child_end(&t->child);
}

struct span tracer_map(const struct tracer *t)
{
	const off_t len = t->out_fd < 0 ? 0 : tracer_written(t->out_fd);
	void *ptr = len ? mmap(NULL, (size_t)len, PROT_READ, MAP_SHARED, t->out_fd, 0) : MAP_FAILED;

	return ptr == MAP_FAILED ? (struct span){ 0 } : (struct span){ ptr, (size_t)len };
}

void tracer_unmap(struct span output)
{
	if (output.len)
		munmap((void *)output.ptr, output.len);
}

void tracer_close(struct tracer *t)
{
	child_end(&t->child);
	util_close(&t->out_fd);
	util_close(&t->err_fd);
	*t = (struct tracer){ NULL, { 0, -1 }, -1, -1, NAN };
}
