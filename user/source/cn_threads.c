// SPDX-License-Identifier: BSD-2-Clause
#include "cn_threads.h"

void cn_threads_done(struct cn_threads *t)
{
	pidmap_done(&t->cnt);
	pidmap_done(&t->known);
	*t = (struct cn_threads){ 0 };
}

static bool cn_threads_is_known(const struct cn_threads *t, uint32_t pid, uint32_t tid)
{
	return pidmap_get(&t->known, tid) == pid;
}

static void cn_threads_know(struct cn_threads *t, uint32_t pid, uint32_t tid)
{
	if (!pidmap_set(&t->known, tid, pid))
		t->blind = true;
}

void cn_threads_add(struct cn_threads *t, uint32_t pid, uint32_t tid)
{
	if (cn_threads_is_known(t, pid, tid))
		return;
	cn_threads_know(t, pid, tid);
	pidmap_set(&t->cnt, pid, pidmap_get(&t->cnt, pid) + 1);
}

void cn_threads_added(struct cn_threads *t, uint64_t time_ns, bool blind)
{
	t->until_ns = time_ns + CN_START_NS;
	t->blind = t->blind || blind;
}

void cn_threads_time(struct cn_threads *t, uint64_t time_ns)
{
	if (!t->until_ns || time_ns <= t->until_ns)
		return;
	t->until_ns = 0;
	pidmap_done(&t->known);
}

void cn_threads_fork(struct cn_threads *t, uint32_t pid)
{
	if (t->until_ns && cn_threads_is_known(t, pid, pid))
		return; /* counted, with those that it has by now */
	pidmap_set(&t->cnt, pid, 0); /* a pid that is used again */
	if (t->until_ns)
		cn_threads_know(t, pid, pid);
}

void cn_threads_exec(struct cn_threads *t, uint32_t pid)
{
	/* At the start the exec may have been before the count, which then has threads made since. */
	if (t->until_ns)
		cn_threads_know(t, pid, pid);
	else
		pidmap_set(&t->cnt, pid, 0);
}

void cn_threads_begin(struct cn_threads *t, uint32_t pid, uint32_t tid)
{
	uint32_t cnt = pidmap_get(&t->cnt, pid);

	if (t->until_ns) {
		if (cn_threads_is_known(t, pid, tid))
			return;
		if (!cnt && !t->blind && !cn_threads_is_known(t, pid, pid))
			return; /* it will be CN_UNSEEN */
		cn_threads_know(t, pid, tid);
		if (!cnt)
			cn_threads_know(t, pid, pid);
	}
	pidmap_set(&t->cnt, pid, cnt ? cnt + 1 : 2);
}

enum cn_end cn_threads_end(struct cn_threads *t, uint32_t pid, uint32_t tid)
{
	uint32_t cnt = pidmap_get(&t->cnt, pid);

	if (t->until_ns && cn_threads_is_known(t, pid, tid))
		pidmap_set(&t->known, tid, 0);
	else if (t->until_ns && (cnt || cn_threads_is_known(t, pid, pid)))
		return CN_GOES_ON; /* it ended before it would have been counted */
	else if (t->until_ns && !t->blind)
		return CN_UNSEEN;
	if (cnt)
		pidmap_set(&t->cnt, pid, cnt - 1);
	return cnt == 1 || (!cnt && tid == pid) ? CN_LAST : CN_GOES_ON;
}
