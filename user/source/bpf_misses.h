/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How often the kernel skipped a BPF program, as it ran on that CPU already. It is read from the fdinfo
 * of the program's descriptor, which asks for no right once it is open; bpf(2) does, before Linux
 * 5.19. The line is there since Linux 5.12 (9ed9e9ba2337), as is the counter. Layer 4.
 */
#ifndef SOURCE_BPF_MISSES_H
#define SOURCE_BPF_MISSES_H

#include <stdint.h>

/* A descriptor to read the counter of the program from, the caller's; or -errno. */
int bpf_misses_open(int prog_fd);

/* The counter; 0 if the kernel does not count. */
uint64_t bpf_misses_read(int fd);

#endif
