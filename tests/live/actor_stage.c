/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"

void fail(const char *what)
{
	fprintf(stderr, "actor: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st, (void)type, (void)walk;
	return remove(path);
}

void stage_open(struct stage *s)
{
	const char *tmp = getenv("TMPDIR");
	ssize_t len = readlink("/proc/self/exe", s->exe, sizeof(s->exe) - 1);

	if (len < 0)
		fail("readlink /proc/self/exe");
	s->exe[len] = '\0';
	s->slow = getenv("ACTOR_SLOW");
	if (snprintf(s->dir, sizeof(s->dir), "%s/actor.XXXXXX", tmp ? tmp : "/tmp") >=
	    (int)sizeof(s->dir)) {
		errno = ENAMETOOLONG;
		fail("TMPDIR");
	}
	if (!mkdtemp(s->dir) || chmod(s->dir, 0755))
		fail(s->dir);
	s->shared = mmap(NULL, sizeof(*s->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s->shared == MAP_FAILED)
		fail("mmap");
}

void stage_close(struct stage *s)
{
	if (nftw(s->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS))
		fail(s->dir);
	munmap(s->shared, sizeof(*s->shared));
}

void stage_path(const struct stage *s, char path[4096], const char *name)
{
	snprintf(path, PATH_MAX, "%s/%s", s->dir, name);
}

void stage_copy(const char *path)
{
	int in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int out = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	struct stat st;

	if (in < 0 || out < 0 || fstat(in, &st))
		fail(path);
	while (st.st_size > 0) {
		ssize_t n = sendfile(out, in, NULL, (size_t)st.st_size);

		if (n <= 0)
			fail(path);
		st.st_size -= n;
	}
	/* Not with open(2): the umask must have no say. */
	if (fchmod(out, 0755) || close(out) || close(in))
		fail(path);
}

void stage_write(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "we");

	if (!f || fputs(text, f) < 0 || fchmod(fileno(f), mode) || fclose(f))
		fail(path);
}

void program_exec(struct stage *s, const struct program *p)
{
	char variable[64];
	char *envp[] = { variable, NULL };

	snprintf(variable, sizeof(variable), CHILD_VARIABLE "=%s%s", s->slow ? SLOW_PREFIX : "",
		 p->child);
	if (!p->prepare || !p->prepare(s))
		syscall(SYS_execveat, p->dirfd ? p->dirfd : AT_FDCWD, p->path, p->argv, envp,
			p->flags);
	s->shared->exec_errno = errno;
	_exit(EXEC_FAILED_CODE);
}

pid_t program_start(struct stage *s, const struct program *p)
{
	pid_t pid;

	s->shared->exec_errno = 0;
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (!pid)
		program_exec(s, p);
	truth_fork(pid, getpid());
	return pid;
}

int program_end(struct stage *s, const struct program *p, pid_t pid)
{
	int status = child_wait(pid);

	errno = s->shared->exec_errno;
	if (errno != p->error)
		fail(p->path);
	if (!p->error)
		truth_exec(p, pid, getpid());
	truth_exit(pid, status);
	return status;
}

int program_run(struct stage *s, const struct program *p)
{
	return program_end(s, p, program_start(s, p));
}

pid_t child_start(struct stage *s, void (*act)(struct stage *s))
{
	pid_t pid;

	s->shared->exec_errno = 0;
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (!pid)
		act(s);
	truth_fork(pid, getpid());
	return pid;
}

int child_wait(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		fail("waitpid");
	return status;
}

void child_end(pid_t pid)
{
	truth_exit(pid, child_wait(pid));
}

/* Printable and different at each place, so that a piece lost, doubled or moved shows. */
static char pattern(size_t i)
{
	return (char)('!' + ((unsigned int)i * 2654435761U >> 16) % 94);
}

char **argv_new(size_t total, size_t piece)
{
	size_t cnt = (total + piece - 1) / piece;
	char **argv = calloc(cnt + 1, sizeof(*argv));
	char *block = malloc(total);

	if (!argv || !block)
		fail("malloc");
	for (size_t i = 0; i < total; i++)
		block[i] = i % piece == piece - 1 ? '\0' : pattern(i);
	block[total - 1] = '\0';
	for (size_t i = 0; i < cnt; i++)
		argv[i] = block + i * piece;
	return argv;
}

void argv_free(char **argv)
{
	free(argv[0]);
	free(argv);
}
