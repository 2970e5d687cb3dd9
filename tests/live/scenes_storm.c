/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"

enum {
	BURST_CNT = 500,
	RESTLESS_CNT = 300,
	STORM_CNT = 2000,
};

/* One of the shortest-lived programs, started and waited for by one of the storm's threads. */
struct life {
	char name[24];
	char *argv[3];
	struct program program;
	pid_t pid;
	int status;
};

struct spawner {
	struct stage *stage;
	struct life *lives;
	int cnt;
	int cpu;
	pthread_t thread;
};

static void life_init(struct life *l, const struct stage *s, int number)
{
	snprintf(l->name, sizeof(l->name), "storm-%d", number);
	l->argv[0] = "storm";
	l->argv[1] = l->name;
	l->program = (struct program){ .path = s->exe, .argv = l->argv, .child = "exit" };
}

static __attribute__((noinline)) void life_run(struct life *l, struct stage *s)
{
	pid_t pid = vfork();

	if (!pid)
		program_exec(s, &l->program);
	l->pid = pid;
	l->status = child_wait(pid);
}

static void *spawn_all(void *arg)
{
	struct spawner *sp = arg;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sp->cpu, &one);
	/* It may have been taken down since. */
	if (sched_setaffinity(0, sizeof(one), &one) && errno != EINVAL)
		fail("sched_setaffinity");
	for (int i = 0; i < sp->cnt; i++)
		life_run(&sp->lives[i], sp->stage);
	return NULL;
}

static void spawners_run(struct spawner *spawners, int cnt)
{
	for (int i = 0; i < cnt; i++) {
		errno = pthread_create(&spawners[i].thread, NULL, spawn_all, &spawners[i]);
		if (errno)
			fail("pthread_create");
	}
	for (int i = 0; i < cnt; i++)
		pthread_join(spawners[i].thread, NULL);
}

/* The lines come after the storm: they would slow it. */
static void lives_tell(const struct stage *s, const struct life *lives, int cnt)
{
	errno = s->shared->exec_errno;
	if (errno)
		fail("exec in the storm");
	for (int i = 0; i < cnt; i++) {
		truth_fork(lives[i].pid, getpid());
		truth_exec(&lives[i].program, lives[i].pid, getpid());
		truth_exit(lives[i].pid, lives[i].status);
	}
}

static int storm_cnt(void)
{
	const char *text = getenv("ACTOR_STORM");
	int cnt = text ? atoi(text) : STORM_CNT;

	return cnt > 0 ? cnt : STORM_CNT;
}

/* Shares cnt lives among one spawner for each CPU that the actor may use. */
static void lives_run(struct stage *s, int cnt, bool every_cpu)
{
	struct spawner spawners[CPU_SETSIZE];
	struct life *lives = calloc((size_t)cnt, sizeof(*lives));
	int spawner_cnt = 0, cpu_cnt, given = 0;
	cpu_set_t cpus;

	if (!lives || sched_getaffinity(0, sizeof(cpus), &cpus))
		fail("storm");
	for (int i = 0; i < cnt; i++)
		life_init(&lives[i], s, i);
	cpu_cnt = every_cpu ? CPU_COUNT(&cpus) : 1;
	for (int cpu = 0; spawner_cnt < cpu_cnt; cpu++) {
		struct spawner *sp = &spawners[spawner_cnt];

		if (!CPU_ISSET(cpu, &cpus))
			continue;
		spawner_cnt++;
		*sp = (struct spawner){ .stage = s,
					.lives = lives + given,
					.cpu = cpu,
					.cnt = cnt * spawner_cnt / cpu_cnt - given };
		given += sp->cnt;
	}
	spawners_run(spawners, spawner_cnt);
	lives_tell(s, lives, cnt);
	free(lives);
}

static void burst(struct stage *s)
{
	lives_run(s, BURST_CNT, false);
}

static void storm(struct stage *s)
{
	lives_run(s, storm_cnt(), true);
}

/* A process that does nothing but rename itself: events that cost next to nothing. */
static _Noreturn void rename_storm(struct stage *s)
{
	char name[24];

	(void)s;
	for (int i = 0, cnt = storm_cnt(); i < cnt; i++) {
		snprintf(name, sizeof(name), "name-%d", i);
		prctl(PR_SET_NAME, name);
	}
	_exit(0);
}

static void names(struct stage *s)
{
	pid_t pid = child_start(s, rename_storm);
	int status = child_wait(pid);
	char name[24];

	for (int i = 0, cnt = storm_cnt(); i < cnt; i++) {
		snprintf(name, sizeof(name), "name-%d", i);
		truth_comm(pid, pid, name);
	}
	truth_exit(pid, status);
}

/* Lets a CPU become idle, and look for work, again and again. */
static void *nap_often(void *stop)
{
	while (!__atomic_load_n((bool *)stop, __ATOMIC_RELAXED))
		usleep(100);
	return NULL;
}

/* Unlike those of the storm these may run anywhere: an idle CPU takes them from a busy one. */
static void restless(struct stage *s)
{
	struct life lives[RESTLESS_CNT] = { 0 };
	pthread_t thread;
	bool stop = false;

	errno = pthread_create(&thread, NULL, nap_often, &stop);
	if (errno)
		fail("pthread_create");
	for (int i = 0; i < RESTLESS_CNT; i++) {
		life_init(&lives[i], s, i);
		life_run(&lives[i], s);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	lives_tell(s, lives, RESTLESS_CNT);
}

const struct scene scenes_storm[] = {
	{ "burst", burst, "500 programs, one after another", NULL },
	{ "storm", storm, "the shortest-lived programs on every CPU; ACTOR_STORM says how many",
	  NULL },
	{ "restless", restless, "short-lived programs that change the CPU", NULL },
	{ "names", names, "as many names as ACTOR_STORM says for one process", "fork,comm,exit" },
	{ NULL, NULL, NULL, NULL },
};
