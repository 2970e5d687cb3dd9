/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the connector told and what was read for it, put in order by time. Pure. Layer 4.
 *
 * It also decides whether what /proc said of a process is that of the exec it was read for. The
 * kernel gives a process its new argv a moment before it tells of the exec, and that moment can
 * be long if the process is preempted, or held there by a debugger. So a reading is right if
 *
 *	it was prompt	the process could not have run since the exec (reader.h): unless the next
 *			exec was told right after the reading;
 *	it was proven	the process was seen afterwards where no exec was under way
 *			(procfs_is_settled()), and no other exec was told before that.
 */
#ifndef SOURCE_CN_QUEUE_H
#define SOURCE_CN_QUEUE_H

#include "../buf.h"
#include "../pidmap.h"
#include "../procfs.h"

/* A record, or a claim that there will be one: of an exec, whose record comes another way. */
struct cn_item {
	uint64_t time_ns; /* CLOCK_BOOTTIME, as all of these */
	uint64_t came_ns; /* when it was received */
	uint64_t proven_ns; /* when what was read was proven; 0: it was not */
	struct procfs_look look; /* if it was read from /proc; else all 0 */
	size_t off; /* of the record in the arena */
	size_t len; /* 0: a claim */
	uint32_t pid;
	uint32_t tid;
	uint32_t order; /* of arrival, for those of the same time */
	uint32_t round; /* caller's count of its reads, when it came */
	uint32_t drops; /* messages that the socket had dropped by then */
	uint16_t kind; /* enum wire_kind; WIRE_KIND_CNT: nothing any more */
	uint16_t cpu;
	bool from_reader; /* read on its CPU */
	bool prompt; /* and before the program could run */
	bool paired; /* a record whose claim came as well */
	uint32_t next; /* index of the next exec of the process; 0: none is known */
};

/* All zero is an empty queue. */
struct cn_queue {
	struct cn_item *items;
	size_t cnt, cap;
	struct buf arena; /* the records */
	struct pidmap next; /* used while they are linked */
	bool linked; /* each knows the next exec of its process */
};

enum cn_verdict {
	CN_OPEN, /* it must be proven yet */
	CN_RIGHT,
	CN_STALE, /* it may be of a later program of the same process */
};

enum {
	CN_PROMPT_NS = 30 * 1000, /* sooner after its first instruction no program execs another */
};

void cn_queue_done(struct cn_queue *q);

/* A new item, all zero but its order; NULL if there is no memory. Valid until the next call. */
struct cn_item *cn_queue_add(struct cn_queue *q);

/* Append zeros to the arena until the next record is aligned. Returns where that will be. */
size_t cn_queue_align(struct cn_queue *q);

/*
 * What was appended to the arena since cn_queue_align() returned off is the record of the item. False if
 * there was no memory for all of it: then none of it is kept, and the item is a claim.
 */
bool cn_queue_keep(struct cn_queue *q, struct cn_item *item, size_t off);

/*
 * Sort by time, and link each exec with the next one of its process. False if there is no memory: then
 * nothing that was read is judged right.
 */
bool cn_queue_sort(struct cn_queue *q);

/* The item of the same exec, the claim of a record or the record of a claim; or SIZE_MAX. Sorted. */
size_t cn_queue_twin(const struct cn_queue *q, size_t i);

/* Does a later item tell the end of a thread of the same process? Sorted. */
bool cn_queue_ends_later(const struct cn_queue *q, size_t i);

/* Is what was read for the exec at i right? drops: of the socket by now. Sorted. */
enum cn_verdict cn_queue_judge(const struct cn_queue *q, size_t i, uint32_t drops);

/* Forget the first so many items. Without memory their records stay in the arena for now. */
void cn_queue_shift(struct cn_queue *q, size_t cnt);

#endif
