/* SPDX-License-Identifier: BSD-2-Clause */
/* A program that the benchmark starts: in a process group of its own, and it dies with the benchmark. */
#ifndef BENCH_CHILD_H
#define BENCH_CHILD_H

#include <sys/types.h>

struct stop;

/* { 0, -1 } is none. */
struct child {
	pid_t pid; /* 0: none */
	int fd; /* readable once it has ended (pidfd_open(2), Linux 5.3) */
};

/*
 * Start argv, found along PATH, with standard output and error to these descriptors and no
 * input. 0, or -errno: why there is no such process.
 */
int child_start(struct child *c, char *const *argv, int out_fd, int err_fd);

/*
 * Wait for its end for at most ms (-1: no limit; 0: look). 1 if it has ended, with its wait
 * status and its CPU time, and then what is left of its group is killed; 0 if not; -EINTR if the user wants an end. stop may be NULL.
 */
int child_wait(struct child *c, struct stop *stop, int ms, int *status, double *cpu_ns);

/* End it and its group: first gently, with SIGINT. It may have ended, or never started. */
void child_end(struct child *c);

#endif
