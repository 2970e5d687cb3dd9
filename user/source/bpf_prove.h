/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SOURCE_BPF_PROVE_H
#define SOURCE_BPF_PROVE_H

#include <stddef.h>

struct source;

/* The kinds that are looked at; EVENT_EXEC_FAILED may be among them too. */
#define BPF_PROVE_KINDS (BIT(EVENT_EXEC) | BIT(EVENT_FORK) | BIT(EVENT_EXIT) | BIT(EVENT_COMM))

/*
 * Does a source that was fitted to the kernel with somebody's file tell the truth? Lets two
 * processes act of which all is known, for some milliseconds, and compares what the source tells of
 * them. It must be open for these kinds of events, with whole argvs and the environment. 0; -EBADMSG
 * with what is told wrong in wrong (len bytes); or -errno if that cannot be tried.
 */
int bpf_prove(struct source *s, unsigned int kinds, char *wrong, size_t len);

#endif
