/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SOURCE_BPF_WHY_H
#define SOURCE_BPF_WHY_H

/*
 * Why the BPF programs could not be loaded or attached, err being what libbpf
 * returned, and what would mend it: one line for the user. Looks at this process's
 * capabilities and at the kernel. Valid until the program ends.
 */
const char *bpf_why(int err);

#endif
