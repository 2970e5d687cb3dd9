/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel counts of a BPF program. Layer 4. */
#ifndef SOURCE_BPF_COUNT_H
#define SOURCE_BPF_COUNT_H

#include "source.h"

/*
 * Fill in the counts of the program at fd; what is not told is 0. They come from
 * /proc/self/fdinfo (bpf_prog_show_fdinfo() in kernel/bpf/syscall.c), which needs no right to call
 * bpf(2).
 */
void bpf_count(int fd, struct source_prog *prog);

#endif
