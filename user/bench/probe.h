/* SPDX-License-Identifier: BSD-2-Clause */
/* What /proc tells of a tracer's cost: proc(5), Documentation/filesystems/proc.rst. */
#ifndef BENCH_PROBE_H
#define BENCH_PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What a process has used so far, all its threads together. */
struct probe {
	uint64_t cpu_ns; /* exact; also of threads that have ended */
	uint64_t user_ticks; /* sampled: good for the ratio of the two */
	uint64_t system_ticks;
	uint64_t wakeups; /* voluntary switches of live threads: how often they went to sleep */
	unsigned int thread_cnt;
};

void probe_take(pid_t pid, struct probe *p);

/* What was used between the two. NAN if it cannot be told: the process or one of its threads ended. */
double probe_cpu_between(const struct probe *before, const struct probe *after);
double probe_wakeups_between(const struct probe *before, const struct probe *after);

/* The CPU time alone, for where nothing else may be done; 0 if unknown. */
uint64_t probe_cpu_ns(pid_t pid);

/* Has it started others that are there? False if the kernel does not tell (CONFIG_PROC_CHILDREN). */
bool probe_has_children(pid_t pid);

/* Resident memory in bytes, 0 if unknown. */
uint64_t probe_resident(pid_t pid);

enum {
	PROBE_PROGS_MAX = 32,
	PROBE_NAME_LEN = 32,
};

struct probe_prog {
	uint32_t id;
	char name[PROBE_NAME_LEN];
	uint64_t run_ns; /* counted while bpf_stats are enabled */
	uint64_t runs;
};

/* The BPF programs that a process has open, and the kernel memory of its programs and maps. */
struct probe_bpf {
	struct probe_prog progs[PROBE_PROGS_MAX];
	unsigned int prog_cnt;
	uint64_t pinned; /* bytes */
};

void probe_bpf(pid_t pid, struct probe_bpf *b);

/* The program with the id; NULL if there is none. */
const struct probe_prog *probe_find(const struct probe_bpf *b, uint32_t id);

/* ns that the programs of both ran between the two. */
double probe_run_between(const struct probe_bpf *before, const struct probe_bpf *after);

#endif
