/* SPDX-License-Identifier: BSD-2-Clause */
/* A number for each of some pids. Layer 0. */
#ifndef PIDMAP_H
#define PIDMAP_H

#include <stdbool.h>

#include "util.h"

struct pidmap_slot {
	uint32_t pid; /* 0: free */
	uint32_t value;
};

/* All zero is an empty map. pid 0 is no pid: it never has a number, and may be asked about and set. */
struct pidmap {
	struct pidmap_slot *slots; /* a power of two of them, probed one after the other */
	size_t cap;
	size_t cnt;
};

void pidmap_done(struct pidmap *m);

/* 0 if the pid has none. */
uint32_t pidmap_get(const struct pidmap *m, uint32_t pid);

/* A value of 0 forgets the pid. False if there is no memory. */
bool pidmap_set(struct pidmap *m, uint32_t pid, uint32_t value);

#endif
