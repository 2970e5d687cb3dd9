// SPDX-License-Identifier: BSD-2-Clause
#include "pidmap.h"

enum {
	CAP_MIN = 64,
};

void pidmap_done(struct pidmap *m)
{
	free(m->slots);
	*m = (struct pidmap){ 0 };
}

static size_t pidmap_home(const struct pidmap *m, uint32_t pid)
{
	return (size_t)(pid * UINT64_C(2654435761) >> 16) & (m->cap - 1);
}

/* The slot of the pid, or the free one where it would go. Some slot is always free. */
static struct pidmap_slot *pidmap_slot(const struct pidmap *m, uint32_t pid)
{
	size_t i = pidmap_home(m, pid);

	while (m->slots[i].pid && m->slots[i].pid != pid)
		i = (i + 1) & (m->cap - 1);
	return &m->slots[i];
}

uint32_t pidmap_get(const struct pidmap *m, uint32_t pid)
{
	return m->cap ? pidmap_slot(m, pid)->value : 0;
}

static bool pidmap_grow(struct pidmap *m)
{
	struct pidmap more = { .cap = m->cap ? 2 * m->cap : CAP_MIN, .cnt = m->cnt };

	more.slots = calloc(more.cap, sizeof(*more.slots));
	if (!more.slots)
		return false;
	for (size_t i = 0; i < m->cap; i++)
		if (m->slots[i].pid)
			*pidmap_slot(&more, m->slots[i].pid) = m->slots[i];
	free(m->slots);
	*m = more;
	return true;
}

/* Free a slot, and move up those behind it that were looked for from before it. */
static void pidmap_drop(struct pidmap *m, size_t hole)
{
	size_t i = hole;

	m->slots[hole] = (struct pidmap_slot){ 0 };
	m->cnt--;
	for (;;) {
		size_t home;

		i = (i + 1) & (m->cap - 1);
		if (!m->slots[i].pid)
			return;
		home = pidmap_home(m, m->slots[i].pid);
		if (((i - home) & (m->cap - 1)) < ((i - hole) & (m->cap - 1)))
			continue;
		m->slots[hole] = m->slots[i];
		m->slots[i] = (struct pidmap_slot){ 0 };
		hole = i;
	}
}

bool pidmap_set(struct pidmap *m, uint32_t pid, uint32_t value)
{
	struct pidmap_slot *slot;

	if (!pid)
		return true;
	if (2 * m->cnt >= m->cap && !pidmap_grow(m))
		return false;
	slot = pidmap_slot(m, pid);
	if (!slot->pid && !value)
		return true;
	if (!value) {
		pidmap_drop(m, (size_t)(slot - m->slots));
		return true;
	}
	if (!slot->pid)
		m->cnt++;
	*slot = (struct pidmap_slot){ pid, value };
	return true;
}
