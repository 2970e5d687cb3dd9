/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel counts of a BPF program. It is read from the fdinfo of the program's descriptor
 * (bpf_prog_show_fdinfo() in kernel/bpf/syscall.c), which asks for no right once it is open; bpf(2) does,
 * before Linux 5.19. Layer 4.
 */
#ifndef SOURCE_BPF_COUNT_H
#define SOURCE_BPF_COUNT_H

#include "source.h"

/* A descriptor to read the counts of the program from, the caller's; or -errno. */
int bpf_count_open(int prog_fd);

/*
 * Fill in the counts; what is not told is 0. Those of runs are there if the kernel counts them, and misses,
 * how often the program was skipped as it ran on that CPU already, since Linux 5.12 (9ed9e9ba2337).
 */
void bpf_count(int fd, struct source_prog *prog);

#endif
