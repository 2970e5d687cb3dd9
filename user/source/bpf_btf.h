/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SOURCE_BPF_BTF_H
#define SOURCE_BPF_BTF_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct source_why;

/* BTF: the types of a kernel, Documentation/bpf/btf.rst. What the kernel itself offers. */
#define BPF_BTF_OWN "/sys/kernel/btf/vmlinux"

/* What to do about a file that is of no use. */
#define BPF_BTF_CURE "make it anew for this kernel: see --btf in execsnoop-c(8)"

/* Where BTF of this kernel is looked for if it offers none of its own. */
void bpf_btf_place(char path[PATH_MAX]);

/*
 * Which file the programs are fitted to the kernel with: given, if it is not NULL; else, if the kernel
 * has no BTF of its own, that in its place. Sets path to it, "" for the kernel's own or for none. 0; or
 * -errno with why filled in if that file is of no use: it cannot be read, or holds no BTF.
 */
int bpf_btf_choose(char path[PATH_MAX], const char *given, struct source_why *why);

#endif
