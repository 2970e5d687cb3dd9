/* SPDX-License-Identifier: BSD-2-Clause */
/* The raw_tp form of the BPF programs (bpf/read.h), which most hosts never need: it is kept compressed. Layer 4. */
#ifndef SOURCE_BPF_RAW_H
#define SOURCE_BPF_RAW_H

#include "../buf.h"

/* The object into b, which is empty. 0, or -errno. */
int bpf_raw_object(struct buf *b);

#endif
