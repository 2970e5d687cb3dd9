/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A filter of system calls, seccomp(2): those that the table in sysfilter.c has are allowed, all others
 * fail with EPERM, which is what a call that was forgotten there looks like too. Calls by another
 * architecture's numbers kill the process. Layer 1.
 */
#ifndef SYSFILTER_H
#define SYSFILTER_H

/*
 * Allow from here on, for good and in all threads, only what is needed: enum privilege_need. It wants
 * no_new_privs. 0, or -errno: -EOPNOTSUPP if the kernel has no such filters.
 */
int sysfilter_load(unsigned int needs);

#endif
