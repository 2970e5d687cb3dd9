/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * How kernel memory is read. Each program is compiled twice:
 *
 *	tp_btf	by direct dereference, which the verifier allows since it knows the kernel's types
 *	raw_tp	with -DRAW_TP, for kernels that have none (CONFIG_DEBUG_INFO_BTF=n): with
 *		bpf_probe_read_kernel(), at the offsets that a BTF file tells the loader
 *
 * In both a NULL on the way reads as 0.
 */
#ifndef BPF_READ_H
#define BPF_READ_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/*
 * TP			what the section of a program on a tracepoint begins with
 * READ(p, a, b.c)	p->a->b.c
 * READ_BIT(p, a)	p->a, a bit field
 * READ_INTO(dst, p, a)	*dst = p->a, an array
 * CURRENT_TOLD, CURRENT()	can the task that runs be had, and it
 * __large		inline, unless it is so much more in the raw_tp form that the compiler takes the
 *			registers of the loop around it, whose end the verifier then does not see
 */
#ifdef RAW_TP
#define TP "raw_tp/"
#define READ(p, ...) BPF_CORE_READ(p, __VA_ARGS__)
#define READ_BIT(p, field) BPF_CORE_READ_BITFIELD_PROBED(p, field)
#define READ_INTO(dst, p, field) BPF_CORE_READ_INTO(dst, p, field)
#define __large __noinline
#define CURRENT_TOLD true
#define CURRENT() ((struct task_struct *)bpf_get_current_task())
#else
#define TP "tp_btf/"
#define READ(p, ...) ___arrow((p), __VA_ARGS__)
#define READ_BIT(p, field) BPF_CORE_READ_BITFIELD(p, field)
#define READ_INTO(dst, p, field) __builtin_memcpy(dst, (p)->field, sizeof(*(dst)))
#define __large __always_inline
#define CURRENT_TOLD \
	bpf_core_enum_value_exists(enum bpf_func_id___v5_11, BPF_FUNC_get_current_task_btf___v5_11)
#define CURRENT() bpf_get_current_task_btf()
#endif

#endif
