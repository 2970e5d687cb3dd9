/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SOURCE_BPF_HANDLER_H
#define SOURCE_BPF_HANDLER_H

struct bpf_object;

/*
 * Takes programs in SEC("tp_btf/NAME") and SEC("fexit/NAME") over from libbpf, which spoils them under
 * lockdown=confidentiality. Once, before an object is opened. 0 or -errno.
 */
int bpf_handler_register(void);

/*
 * Looks up the tracepoints of those tp_btf programs of obj that are to be loaded. Between open and
 * load. 0 or -errno, -ESRCH without BTF of the kernel.
 */
int bpf_handler_set_targets(struct bpf_object *obj);

#endif
