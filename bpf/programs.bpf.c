// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * All programs, compiled as one: libbpf's linker before 1.3 refuses two objects that name the same
 * function of the kernel (cast.h).
 */
#include "comm.bpf.c"
#include "exec.bpf.c"
#include "exit.bpf.c"
#include "failed.bpf.c"
#include "fork.bpf.c"
#include "maps.bpf.c"
