// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * A program was started. Its argv, and the file name that was asked for, are
 * read from its own new memory: the kernel wrote them there a moment ago, so the
 * pages are resident, and the program has not yet run, so they are what it was
 * given.
 *
 *	argv fits one record      one WIRE_EXEC, put together in map_scratch
 *	it is longer              WIRE_ARGV records in map_argv, then a WIRE_EXEC that
 *	                          says how much of it they hold
 *	a ring is too full        the same record with as much of argv as there is
 *	                          room for, or none; of a longer one only the start,
 *	                          which leaves room to other events
 *	no room for that either   counted in map_lost
 */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "filter.h"
#include "maps.h"
#include "path.h"
#include "read.h"
#include "task.h"

enum {
	FIXED_MAX = WIRE_EXE_ROOM + WIRE_NAME_MAX, /* before argv */
	PIECE = 4096, /* a page on most machines: what a fault makes unreadable */
	/* Of an argv that found no room in its own ring; and if there is not much in the other. */
	LEFT_MAX = PIECE,
	LEFT_MIN = 256,
	RING_HEAD_LEN = 8, /* BPF_RINGBUF_HDR_SZ */
};

struct wire_piece {
	struct wire_argv argv;
	char bytes[WIRE_CHUNK];
};

/* A range in user memory that is copied piece by piece. */
struct copy {
	unsigned long src;
	__u32 len; /* to be copied */
	__u32 got;
};

/*
 * The same number, at most max, and the verifier sees that. In assembler, because what clang
 * makes of a comparison is right but too much for older verifiers (those of Linux 5.10 and 6.1):
 * it compares one register and goes on with a copy, or leaves out what is always true. And
 * with 32 bits, because of 64 they forget the bound when clang takes the lower half.
 */
static __always_inline __u32 exec_bound(__u32 len, const __u32 max)
{
	asm volatile("if %0 <= %1 goto +1\n\t%0 = %1" : "+w"(len) : "i"(max));
	return len;
}

/* Copy up to WIRE_CHUNK bytes; on a page fault as many pieces as can be read. */
static __always_inline __u32 exec_read(char *dst, __u32 len, unsigned long src)
{
	__u32 i;

	len = exec_bound(len, WIRE_CHUNK);
	if (bpf_probe_read_user(dst, len, (void *)src) == 0)
		return len;
	for (i = 0; i < WIRE_CHUNK / PIECE; i++)
		if ((i + 1) * PIECE > len ||
		    bpf_probe_read_user(dst + i * PIECE, PIECE, (void *)(src + i * PIECE)))
			break;
	return i * PIECE;
}

/*
 * The functions wire_put_*() are global, so the verifier looks at each of them once for all
 * arguments and not once for each way through the loop. They take numbers only: before Linux
 * 5.12 such functions may not take pointers.
 */
int wire_put_chunk(__u64 src, __u32 off, __u32 pid, __u64 time_ns);
int wire_put_tail(__u64 src, __u32 len, __u32 off, __u32 pid, __u64 time_ns);
int wire_put_pieces(__u64 src, __u32 len, __u32 pid, __u64 time_ns);

/* How it went: enum wire_cut in the low two bits, above them the bytes that were put. */
#define PUT(got, cut) ((got) << 2 | (cut))
#define PUT_CUT(put) ((put)&3)
#define PUT_GOT(put) ((__u32)(put) >> 2)

static __always_inline void exec_piece_fill(struct wire_argv *argv, __u32 pid, __u64 time_ns,
					    __u32 off, __u32 len)
{
	task_head(&argv->head, WIRE_ARGV);
	argv->head.time_ns = time_ns;
	argv->pid = pid;
	argv->argv_off = off;
	argv->argv.off = sizeof(*argv);
	argv->argv.len = len;
}

/* A whole chunk, straight into the ring. 0, or why not. */
__noinline int wire_put_chunk(__u64 src, __u32 off, __u32 pid, __u64 time_ns)
{
	struct wire_piece *piece = bpf_ringbuf_reserve(&map_argv, sizeof(*piece), 0);

	if (!piece)
		return WIRE_CUT_RING;
	if (bpf_probe_read_user(piece->bytes, WIRE_CHUNK, (void *)(src + off))) {
		bpf_ringbuf_discard(piece, 0);
		return WIRE_CUT_FAULT;
	}
	exec_piece_fill(&piece->argv, pid, time_ns, off, WIRE_CHUNK);
	bpf_ringbuf_submit(piece, 0);
	return WIRE_CUT_NONE;
}

/* What is left after the whole chunks: its length varies, so it goes through the scratch. */
__noinline int wire_put_tail(__u64 src, __u32 len, __u32 off, __u32 pid, __u64 time_ns)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct wire_scratch *s = bpf_map_lookup_elem(&map_scratch, &cpu);
	struct wire_piece *piece;
	__u32 got;

	if (!s)
		return WIRE_CUT_FAULT;
	piece = (struct wire_piece *)s->bytes;
	got = exec_read(piece->bytes, len, src + off);
	if (got > WIRE_CHUNK)
		return WIRE_CUT_FAULT;
	exec_piece_fill(&piece->argv, pid, time_ns, off, got);
	if (bpf_ringbuf_output(&map_argv, piece, sizeof(piece->argv) + got, 0))
		return WIRE_CUT_RING;
	return PUT(got, got == len ? WIRE_CUT_NONE : WIRE_CUT_FAULT);
}

/* An argv of more than a chunk, into its ring. */
__noinline int wire_put_pieces(__u64 src, __u32 len, __u32 pid, __u64 time_ns)
{
	__u32 off = 0;
	int cut;

	for (int i = 0; i < WIRE_CHUNK_CNT && len - off >= WIRE_CHUNK; i++) {
		cut = wire_put_chunk(src, off, pid, time_ns);
		if (cut)
			return PUT(off, cut);
		off += WIRE_CHUNK;
	}
	return off < len ? PUT(off, 0) + wire_put_tail(src, len - off, off, pid, time_ns) :
			   PUT(off, WIRE_CUT_NONE);
}

/* Note how the reading of the file name went; returns the bytes it takes, its NUL included. */
static __always_inline __u32 exec_name(struct wire_exec *exec, __u32 off, long ret)
{
	exec->filename.off = sizeof(*exec) + off;
	exec->filename.len = 0;
	exec->head.flags &= ~WIRE_HAS_FILENAME;
	if (ret <= 0 || ret > WIRE_NAME_MAX)
		return 0;
	exec->head.flags |= WIRE_HAS_FILENAME;
	exec->filename.len = ret - 1;
	return ret;
}

/* The binary's path as s->bytes has it; returns the bytes it takes. */
static __always_inline __u32 exec_exe(struct wire_exec *exec, __u32 len)
{
	len = exec_bound(len, WIRE_EXE_ROOM);
	exec->exe.off = sizeof(*exec);
	exec->exe.len = len;
	return len;
}

/*
 * Put a record into the ring, with so many bytes of s->bytes: binary and name, argv, and
 * environment, which lie one behind the other.
 */
static __always_inline bool exec_put(struct wire_scratch *s, __u32 fixed, __u32 len, __u32 env)
{
	fixed = exec_bound(fixed, FIXED_MAX);
	len = exec_bound(len, WIRE_CHUNK);
	env = exec_bound(env, WIRE_ENV_MAX);
	s->exec.argv.off = sizeof(s->exec) + fixed;
	s->exec.argv.len = len;
	if (!(s->exec.head.flags & WIRE_PIECES))
		s->exec.argv_got = len;
	s->exec.env.off = sizeof(s->exec) + fixed + len;
	s->exec.env.len = env;
	return bpf_ringbuf_output(&map_ring, &s->exec, sizeof(s->exec) + fixed + len + env, 0) == 0;
}

/* The bytes that the ring could take now beside `fixed` of the same record, others permitting. */
static __always_inline __u32 exec_room(__u32 fixed)
{
	__u64 used = bpf_ringbuf_query(&map_ring, BPF_RB_AVAIL_DATA) + 2 * RING_HEAD_LEN + fixed;

	return used < wire_ring_len ? wire_ring_len - used : 0;
}

/* There is no room for the whole record: without environment, then with less of argv. */
static __always_inline bool exec_put_less(struct wire_scratch *s, __u32 fixed, __u32 got)
{
	__u32 room;

	if (wire_want_env && exec_put(s, fixed, got, 0))
		return true;
	room = exec_room(sizeof(s->exec) + fixed);
	if (got && room) {
		if (got > room)
			got = room;
		s->exec.argv_cut = WIRE_CUT_RING;
		if (exec_put(s, fixed, got, 0))
			return true;
	}
	if (got)
		s->exec.argv_cut = WIRE_CUT_RING;
	s->exec.head.flags &= ~(WIRE_HAS_EXE | WIRE_EXE_PARTS | WIRE_EXE_DELETED | WIRE_EXE_MEMFD);
	exec_name(&s->exec, 0, 0);
	return exec_put(s, 0, 0, 0);
}

/*
 * How much of argv the record is to have. If a long one's pieces found no room (argv_cut says so), the
 * reader is behind: then only the start, since more would take the room of events.
 */
static __always_inline __u32 exec_wants(const struct wire_scratch *s, const struct copy *c)
{
	if (c->len <= WIRE_CHUNK || s->exec.argv_cut != WIRE_CUT_RING)
		return c->len;
	return exec_room(0) > wire_ring_len / 2 ? LEFT_MAX : LEFT_MIN;
}

/*
 * The record from the scratch, its argv up to a chunk unless it came in pieces; as much
 * of it as there is room for. False: no room at all.
 */
static __always_inline bool exec_put_record(struct copy *c, struct copy *env,
					    struct wire_scratch *s, unsigned long name)
{
	__u32 exe_len = exec_exe(&s->exec, s->walk.len);
	long ret = bpf_probe_read_user_str(s->bytes + exe_len, WIRE_NAME_MAX, (void *)name);
	__u32 fixed = exec_bound(exe_len + exec_name(&s->exec, exe_len, ret), FIXED_MAX);
	__u32 got = 0;

	if (!(s->exec.head.flags & WIRE_PIECES)) {
		got = exec_read(s->bytes + fixed, exec_wants(s, c), c->src);
		/* Of a longer one argv_cut says already why it is not whole. */
		if (got < c->len && c->len <= WIRE_CHUNK)
			s->exec.argv_cut = WIRE_CUT_FAULT;
	}
	if (wire_want_env)
		env->got = exec_read(s->bytes + fixed + exec_bound(got, WIRE_CHUNK), env->len,
				     env->src);
	return exec_put(s, fixed, got, env->got) || exec_put_less(s, fixed, got);
}

/* Which binary runs; for the path see wire_path(). */
static __always_inline void exec_binary(struct wire_scratch *s, struct file *file)
{
	struct inode *inode = READ(file, f_inode);

	s->exec.exe_ino = READ(inode, i_ino);
	s->exec.exe_dev = READ(inode, i_sb, s_dev);
	s->exec.head.flags |= WIRE_HAS_INODE;
	s->walk.len = 0;
	s->walk.file = (__u64)file;
}

SEC(TP "sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct wire_scratch *s = bpf_map_lookup_elem(&map_scratch, &cpu);
	struct wire_lost *lost = wire_lost_here();
	struct mm_struct *mm = READ(UNTRUSTED(struct task_struct, task), mm);
	struct copy c = { .src = READ(mm, arg_start) }, env = { 0 };
	__u64 len = READ(mm, arg_end) - c.src;

	if (!s || !lost || filter_out(task, WIRE_SHOWN_EXEC))
		return 0;
	task_head(&s->exec.head, WIRE_EXEC);
	task_fill(&s->exec.head, &s->exec.task, task,
		  READ(UNTRUSTED(struct task_struct, task), signal));
	s->exec.task.cgroup = bpf_get_current_cgroup_id();
	s->exec.task.exec_tid = old_pid;
	s->exec.argc = READ(bprm, argc);
	s->exec.argv_len = len;
	s->exec.argv_got = 0;
	s->exec.argv_cut = len > wire_max_argv ? WIRE_CUT_LIMIT : WIRE_CUT_NONE;
	s->exec.argv_missing = WIRE_MISSING_NOTHING;
	s->exec.env_len = 0;
	s->exec.error = 0;
	s->exec.pad = 0;
	/* A handler put an interpreter into argv[0]: see load_script() in fs/binfmt_script.c. */
	if (READ(bprm, interp) != READ(bprm, filename))
		s->exec.head.flags |= WIRE_INTERP;
	/* Without a jump: after each the verifier would go through the pieces once more. */
	s->exec.head.flags |= (__u32)READ_BIT(bprm, secureexec) * WIRE_SECURE;
	exec_binary(s, READ(bprm, file));
	if (wire_want_env) {
		env.src = READ(mm, env_start);
		env.len = s->exec.env_len = READ(mm, env_end) - env.src;
		s->exec.head.flags |= WIRE_HAS_ENV;
	}

	c.len = len > wire_max_argv ? wire_max_argv : len;
	if (c.len > WIRE_CHUNK) {
		int put = wire_put_pieces(c.src, c.len, s->exec.task.pid, s->exec.head.time_ns);

		if (PUT_CUT(put))
			s->exec.argv_cut = PUT_CUT(put);
		s->exec.argv_got = PUT_GOT(put);
		if (s->exec.argv_got)
			s->exec.head.flags |= WIRE_PIECES;
	}
	/* Not before: s->bytes had the last piece. */
	if (wire_read_kernel)
		wire_path();
	if (!exec_put_record(&c, &env, s, READ(bprm, exec)))
		lost->exec++;
	return 0;
}
