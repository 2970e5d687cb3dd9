/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * An address as a pointer that can be dereferenced, checked by nobody: what does not lie there reads
 * as 0. It costs no call. Since Linux 6.2, a35b9af4ec2c "bpf: Add a kfunc for generic type cast".
 *
 * Of a pointer that the verifier trusts, Linux 6.18 searches the kernel's whole BTF for each pointer
 * that is loaded through it, a millisecond each time; not through one that was cast.
 */
#ifndef BPF_CAST_H
#define BPF_CAST_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "kernel.h"

#ifdef RAW_TP
#define CAST(type, address) ((type *)(address)) /* never reached */
#else
extern void *bpf_rdonly_cast(const void *address, __u32 btf_id) __ksym __weak;

#define CAST(type, address) \
	((type *)bpf_rdonly_cast((const void *)(address), bpf_core_type_id_kernel(type)))
#endif

/* A constant to the verifier. PTR_TRUSTED came with the same release. The raw form reads by calls. */
static __always_inline bool cast_is_there(void)
{
#ifdef RAW_TP
	return false;
#else
	return bpf_core_enum_value_exists(enum bpf_type_flag___v6_2, PTR_TRUSTED___v6_2);
#endif
}

/* The same of a pointer that can be dereferenced anyway. */
#define UNTRUSTED(type, ptr) (cast_is_there() ? CAST(type, ptr) : (ptr))

#endif
