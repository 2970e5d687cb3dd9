/* SPDX-License-Identifier: BSD-2-Clause */
/* Where events come from. A new source is one file and a line in list.c. Layer 4. */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include "../event.h"

/* What a source is asked for. */
struct source_conf {
	unsigned int kinds; /* BIT(enum event_kind) wanted */
	uint32_t max_argv; /* capture at most so many bytes of argv */
	bool env; /* capture the environment of each exec, up to WIRE_ENV_MAX */
	uint32_t ring_len; /* bytes of kernel buffer; rounded up to what the kernel takes */
	unsigned int reader_max; /* connector: at most so many reader threads */
	bool realtime; /* connector: let them run before what they read about */
	const char *
		btf; /* bpf: a file with the types of this kernel; NULL: as bpf_btf_choose() finds */

	/*
	 * What the source may leave out itself. It need not, and connector does not. tree: all but
	 * this process and its descendants, see follow(); by_uid: all but those of uid. 0 and
	 * false: nothing. shown: kinds whose left out events are counted.
	 */
	uint32_t tree;
	uint32_t uid;
	bool by_uid;
	unsigned int shown;
};

enum {
	SOURCE_TEXT_LEN = 256,
};

/* Why a source cannot be used here, and what would mend it. One line each, no full stop. */
struct source_why {
	char cause[SOURCE_TEXT_LEN];
	char cure[SOURCE_TEXT_LEN];
};

enum {
	SOURCE_PROG_MAX = 16,
};

/* How a source fares. */
struct source_state {
	const char *buffer; /* where events wait in the kernel: "ring" or "socket" */
	uint64_t buffer_len; /* bytes it holds, */
	uint64_t buffer_used; /* that wait now, */
	uint64_t
		buffer_used_max; /* and that waited at the start of a read() at the most; 0: not known */
	size_t prog_cnt;
	struct source_prog {
		const char *name;
		uint64_t misses; /* runs that the kernel left out: recursion */
		uint64_t runs; /* 0: not counted, nor run_ns (kernel.bpf_stats_enabled) */
		uint64_t run_ns;
	} progs[SOURCE_PROG_MAX]; /* that are loaded */
};

struct source_ops;

/* The base of every source; a source embeds it as its first member. */
struct source {
	const struct source_ops *ops;
};

struct source_ops {
	const char *name;
	bool tells_all; /* each event says all that is known of its process and its parent */

	/*
	 * Start to collect. 0 and *out set, owned by the caller, who ends it with
	 * close(); or -errno and *why filled in, nothing logged.
	 */
	int (*open)(struct source **out, const struct source_conf *conf, struct source_why *why);

	/* What it does without here, "" if nothing; stays the source's. */
	const char *(*note)(const struct source *s);

	/* Readable when events wait; stays the source's. */
	int (*fd)(const struct source *s);

	/*
	 * Readable when something waits that must not wait longer; -1 if there is no such thing. It may
	 * change with each read().
	 */
	int (*urgent_fd)(const struct source *s);

	/*
	 * Emit what waits, in its order, and what was lost since the last call. 0 if nothing more
	 * waits; or in how many nanoseconds it wants to be called again, 1 for at once; or
	 * -errno, logged; -ENODATA if nothing will ever come again, not logged. It does not go on for long: the caller has signals to look at.
	 */
	int (*read)(struct source *s, event_fn *emit, void *ctx);

	/*
	 * For a source that leaves out events itself; NULL: it does not. Until narrow() is called no
	 * event is left out for the tree. follow(): the process is a member; its children to come
	 * are, too. settle(): what happened before it, read() emits by the time it returns 0.
	 * narrow(): all members are known. filtered(): events left out so far.
	 */
	void (*follow)(struct source *s, uint32_t pid);
	void (*settle)(struct source *s);
	void (*narrow)(struct source *s);
	uint64_t (*filtered)(const struct source *s);

	/* Fill in *state, which is all zero; its strings are constants or the source's. NULL: nothing. */
	void (*state)(const struct source *s, struct source_state *state);

	/* What it must still be allowed to do once it is open: enum privilege_need. */
	unsigned int (*needs)(const struct source *s);

	/* Collect no more. What waits can still be read. */
	void (*stop)(struct source *s);

	/* Give everything back; s may be NULL. */
	void (*close)(struct source *s);
};

/* All sources, best first. */
extern const struct source_ops *const source_list[];
extern const size_t source_cnt;

/* The source of that name, NULL if there is none. */
const struct source_ops *source_find(const char *name);

/*
 * Open the best source that works here, or only the one given if it is not NULL.
 * reason (len bytes) gets why those before it do not, and what would mend them, "" if the first
 * works. 0, or -errno with the reasons of all that were tried, logged.
 */
int source_pick(struct source **out, const struct source_ops *only, const struct source_conf *conf,
		char *reason, size_t len);

#endif
