/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "actor.h"

enum {
	MIB = 1 << 20,
	BURN_MS = 60,
	BURNER_CNT = 3,
	AT_ONCE_CNT = 10,
};

static void thread_start(void *(*run)(void *), void *arg)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, run, arg);
	if (errno)
		fail("pthread_create");
}

static long long thread_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* So much CPU time of this thread, and in the kernel as well if `call` is not NULL. */
static void *burn(void *call)
{
	while (thread_ms() < BURN_MS)
		for (volatile int i = 0; i < 10000; i++)
			if (call && i % 10 == 0)
				syscall(SYS_getppid);
	return NULL;
}

static void *burn_and_exit_group(void *call)
{
	burn(call);
	_exit(0);
}

/* Runs act in a child, waits for it with wait4(2) and tells what that says. */
static void measure(struct stage *s, void (*act)(struct stage *s))
{
	struct rusage usage;
	pid_t pid = child_start(s, act);
	int status;

	if (wait4(pid, &status, 0, &usage) != pid)
		fail("wait4");
	truth_usage(pid, &usage);
	truth_exit(pid, status);
}

static void one_thread(struct stage *s)
{
	burn(s);
	_exit(0);
}

/* Threads that end before the process does. */
static void threads(struct stage *s)
{
	pthread_t burners[BURNER_CNT];

	for (int i = 0; i < BURNER_CNT; i++)
		if (pthread_create(&burners[i], NULL, burn, i ? NULL : s))
			_exit(1);
	for (int i = 0; i < BURNER_CNT; i++)
		pthread_join(burners[i], NULL);
	_exit(0);
}

/* The first thread ends first, having used CPU time; another is the last. */
static void leader_first(struct stage *s)
{
	thread_start(burn_and_exit_group, s);
	burn(NULL);
	for (;;)
		syscall(SYS_exit, 0);
}

/* All end at once, on each CPU. */
static void all_at_once(struct stage *s)
{
	for (int i = 0; i < BURNER_CNT; i++)
		thread_start(burn_and_exit_group, i ? NULL : s);
	burn(NULL);
	for (;;)
		pause();
}

static void memory(struct stage *s)
{
	char *bytes = malloc(40 * MIB);

	(void)s;
	if (bytes)
		memset(bytes, 1, 40 * MIB);
	_exit(!bytes || bytes[MIB] != 1);
}

/* Writes a mebibyte to storage and reads it. */
static void storage(struct stage *s)
{
	static char bytes[MIB];
	char path[PATH_MAX];
	int fd;

	stage_path(s, path, "file");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	_exit(fd < 0 || write(fd, bytes, MIB) != MIB || pread(fd, bytes, MIB, 0) != MIB);
}

static void resources(struct stage *s)
{
	measure(s, one_thread);
	measure(s, threads);
	measure(s, leader_first);
	for (int i = 0; i < AT_ONCE_CNT; i++)
		measure(s, all_at_once);
	measure(s, memory);
	measure(s, storage);
}

const struct scene scenes_usage[] = {
	{ "resources", resources, "CPU time, memory, bytes written, of one and more threads",
	  "fork,exit" },
	{ NULL, NULL, NULL, NULL },
};
