/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SOURCE_BPF_FAILED_H
#define SOURCE_BPF_FAILED_H

#include <stdbool.h>
#include <stddef.h>

struct bpf_object;

/*
 * Execs that fail: leave those programs of obj (bpf/failed.bpf.c) to be loaded that this kernel
 * takes. At the end of execve and execveat if it takes fexit programs, which taxes nothing else; or
 * at the end of every system call, as always without its own BTF (own_btf). note (len bytes) gets
 * which. Between open and load. 0 or -errno, -ESRCH without BTF of the kernel.
 */
int bpf_failed_choose(struct bpf_object *obj, bool own_btf, char *note, size_t len);

#endif
