/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SOURCE_BPF_WHY_H
#define SOURCE_BPF_WHY_H

struct source_why;

/*
 * Why the BPF programs could not be loaded or attached, err being what libbpf
 * returned, and what would mend it; btf is the file that they were fitted with, "" for none. Looks at
 * this process's capabilities, and tries bpf(2).
 */
void bpf_why(int err, const char *btf, struct source_why *why);

#endif
