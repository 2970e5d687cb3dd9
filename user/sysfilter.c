// SPDX-License-Identifier: BSD-2-Clause
#include "sysfilter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "privilege.h"
#include "util.h"

enum {
	ARGS_MAX = 2,
	OPTIMIZE_TREE = 2, /* a binary tree of numbers, not a list: seccomp_attr_set(3) */
};

/* Bits of open(2) by which a file is made or changed. */
#define OPEN_WRITES (O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND)

#define IS(arg, value) SCMP_CMP(arg, SCMP_CMP_EQ, value, 0)
#define WITHOUT(arg, bits) SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, bits, 0)
#define MASKED(arg, bits, value) SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, bits, value)

/* Allowed with any of the needs, 0: always; if all arguments are so. No row: not allowed. */
static const struct {
	int nr;
	unsigned int needs;
	unsigned int arg_cnt;
	struct scmp_arg_cmp args[ARGS_MAX];
} allowed[] = {
	/* What is open already, and what can be read */
	{ SCMP_SYS(read), 0, 0, {} },
	{ SCMP_SYS(pread64), 0, 0, {} },
	{ SCMP_SYS(write), 0, 0, {} },
	{ SCMP_SYS(writev), 0, 0, {} },
	{ SCMP_SYS(lseek), 0, 0, {} },
	{ SCMP_SYS(close), 0, 0, {} },
	{ SCMP_SYS(fstat), 0, 0, {} },
	{ SCMP_SYS(newfstatat), 0, 0, {} },
	{ SCMP_SYS(stat), 0, 0, {} },
	{ SCMP_SYS(lstat), 0, 0, {} },
	{ SCMP_SYS(statx), 0, 0, {} },
	{ SCMP_SYS(readlink), 0, 0, {} },
	{ SCMP_SYS(readlinkat), 0, 0, {} },
	{ SCMP_SYS(getdents64), 0, 0, {} },
	{ SCMP_SYS(faccessat), 0, 0, {} },
	{ SCMP_SYS(faccessat2), 0, 0, {} },
	{ SCMP_SYS(openat), 0, 1, { WITHOUT(2, OPEN_WRITES) } },
	{ SCMP_SYS(ftruncate), 0, 0, {} },
	{ SCMP_SYS(fdatasync), 0, 0, {} },
	{ SCMP_SYS(fcntl), 0, 1, { IS(1, F_DUPFD_CLOEXEC) } },
	{ SCMP_SYS(fcntl), 0, 1, { IS(1, F_GETFL) } },
	{ SCMP_SYS(fcntl), 0, 1, { IS(1, F_SETFD) } },
	{ SCMP_SYS(ioctl), 0, 1, { IS(1, TCGETS) } },
	{ SCMP_SYS(sendto), 0, 1, { IS(4, 0) } }, /* where it is connected to */
	/* Waiting, and the time */
	{ SCMP_SYS(poll), 0, 0, {} },
	{ SCMP_SYS(ppoll), 0, 0, {} },
	{ SCMP_SYS(nanosleep), 0, 0, {} },
	{ SCMP_SYS(clock_nanosleep), 0, 0, {} },
	{ SCMP_SYS(clock_gettime), 0, 0, {} },
	{ SCMP_SYS(gettimeofday), 0, 0, {} },
	{ SCMP_SYS(restart_syscall), 0, 0, {} },
	{ SCMP_SYS(membarrier), 0, 0, {} },
	/* Memory, none of it a program; glibc asks for the size of the machine */
	{ SCMP_SYS(sysinfo), 0, 0, {} },
	{ SCMP_SYS(sched_getaffinity), 0, 0, {} },
	{ SCMP_SYS(memfd_create), 0, 0, {} },
	{ SCMP_SYS(brk), 0, 0, {} },
	{ SCMP_SYS(mmap), 0, 1, { WITHOUT(2, PROT_EXEC) } },
	{ SCMP_SYS(mprotect), 0, 1, { WITHOUT(2, PROT_EXEC) } },
	{ SCMP_SYS(mremap), 0, 0, {} },
	{ SCMP_SYS(munmap), 0, 0, {} },
	{ SCMP_SYS(madvise), 0, 0, {} },
	/* Threads, signals, the end */
	{ SCMP_SYS(futex), 0, 0, {} },
	{ SCMP_SYS(getpid), 0, 0, {} },
	{ SCMP_SYS(gettid), 0, 0, {} },
	{ SCMP_SYS(getcpu), 0, 0, {} },
	{ SCMP_SYS(getrandom), 0, 0, {} },
	{ SCMP_SYS(rt_sigaction), 0, 0, {} },
	{ SCMP_SYS(rt_sigprocmask), 0, 0, {} },
	{ SCMP_SYS(rt_sigreturn), 0, 0, {} },
	{ SCMP_SYS(exit), 0, 0, {} },
	{ SCMP_SYS(exit_group), 0, 0, {} },
	/* Maps that are open: loading and attaching is over */
	{ SCMP_SYS(bpf), NEED_TREE, 1, { IS(0, BPF_MAP_UPDATE_ELEM) } },
	{ SCMP_SYS(capget), NEED_TREE | NEED_READERS, 0, {} },
	{ SCMP_SYS(capset), NEED_TREE | NEED_READERS, 0, {} }, /* it can only give up more */
	{ SCMP_SYS(open_by_handle_at), NEED_CGROUPS, 1, { IS(2, O_PATH | O_CLOEXEC) } },
	{ SCMP_SYS(process_vm_readv), NEED_MEMORY, 0, {} },
	/* The proc connector, whose requests are sent with no address either */
	{ SCMP_SYS(recvfrom), NEED_LISTEN, 0, {} },
	{ SCMP_SYS(recvmmsg), NEED_LISTEN, 0, {} },
	{ SCMP_SYS(getsockopt), NEED_LISTEN, 0, {} },
	{ SCMP_SYS(sched_setaffinity), NEED_LISTEN, 0, {} },
	{ SCMP_SYS(close_range), NEED_LISTEN, 0, {} },
	/* and one more of its readers */
	{ SCMP_SYS(socket), NEED_READERS, 2, { IS(0, AF_NETLINK), IS(2, NETLINK_CONNECTOR) } },
	{ SCMP_SYS(setsockopt), NEED_READERS, 0, {} },
	{ SCMP_SYS(bind), NEED_READERS, 0, {} },
	{ SCMP_SYS(clone), NEED_READERS, 1, { MASKED(0, CLONE_THREAD, CLONE_THREAD) } },
	{ SCMP_SYS(prctl), NEED_READERS, 1, { IS(0, PR_SET_NO_NEW_PRIVS) } },
	{ SCMP_SYS(set_robust_list), NEED_READERS, 0, {} },
	{ SCMP_SYS(rseq), NEED_READERS, 0, {} },
	{ SCMP_SYS(sched_setscheduler), NEED_READERS, 0, {} },
	{ SCMP_SYS(sched_getparam), NEED_READERS, 0, {} },
	{ SCMP_SYS(sched_getscheduler), NEED_READERS, 0, {} },
	{ SCMP_SYS(sched_get_priority_min), NEED_READERS, 0, {} },
	{ SCMP_SYS(sched_get_priority_max), NEED_READERS, 0, {} },
	/* The command */
	{ SCMP_SYS(kill), NEED_COMMAND, 0, {} },
	{ SCMP_SYS(wait4), NEED_COMMAND, 0, {} },
	{ SCMP_SYS(rt_sigtimedwait), NEED_COMMAND, 0, {} },
	/* Files that are made anew */
	{ SCMP_SYS(openat), NEED_FILES | NEED_REOPEN, 1, { MASKED(2, O_ACCMODE, O_WRONLY) } },
	{ SCMP_SYS(rename), NEED_FILES, 0, {} },
	{ SCMP_SYS(renameat), NEED_FILES, 0, {} },
	{ SCMP_SYS(renameat2), NEED_FILES, 0, {} },
	{ SCMP_SYS(unlink), NEED_FILES, 0, {} },
	{ SCMP_SYS(unlinkat), NEED_FILES, 0, {} },
	{ SCMP_SYS(fsync), NEED_FILES, 0, {} },
	/* How a replay begins, which gave up its rights before */
	{ SCMP_SYS(signalfd4), NEED_CAPTURES, 0, {} },
	/* A socket in the file system */
	{ SCMP_SYS(socket), NEED_UNIX, 1, { IS(0, AF_UNIX) } },
	{ SCMP_SYS(connect), NEED_UNIX, 0, {} },
	{ SCMP_SYS(getsockopt), NEED_UNIX, 2, { IS(1, SOL_SOCKET), IS(2, SO_SNDBUF) } },
	{ SCMP_SYS(ioctl), NEED_UNIX, 1, { IS(1, SIOCOUTQ) } },
	/* Of this process; it changes none */
	{ SCMP_SYS(getrusage), NEED_USAGE, 0, {} },
	{ SCMP_SYS(prlimit64), NEED_USAGE | NEED_READERS, 1, { IS(2, 0) } },
};

static void sysfilter_release(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

/* Rules whose arguments, or results, are not those of the others. */
static int sysfilter_odd_rules(scmp_filter_ctx ctx)
{
	/* Of our own threads: abort(3), and a reader that is woken. */
	int r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
				 IS(0, (scmp_datum_t)getpid()));

	/* Its arguments are out of sight. glibc then takes clone(2). */
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return r;
}

static int sysfilter_rules(scmp_filter_ctx ctx, unsigned int needs)
{
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++) {
		int r;

		if (allowed[i].needs && !(allowed[i].needs & needs))
			continue;
		r = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, allowed[i].nr, allowed[i].arg_cnt,
					   allowed[i].args);
		if (r < 0 && r != -EDOM) /* EDOM: this machine has no such call */
			return r;
	}
	return sysfilter_odd_rules(ctx);
}

static int sysfilter_attributes(scmp_filter_ctx ctx)
{
	static const struct {
		enum scmp_filter_attr attr;
		uint32_t value;
	} attributes[] = {
		{ SCMP_FLTATR_CTL_TSYNC, 1 }, /* first: EOPNOTSUPP if the kernel has nothing */
		{ SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS },
		{ SCMP_FLTATR_CTL_LOG, 1 },
		/* Before Linux 5.16 the filter would slow speculation, as if we ran others' code. */
		{ SCMP_FLTATR_CTL_SSB, 1 },
		{ SCMP_FLTATR_CTL_OPTIMIZE, OPTIMIZE_TREE },
		{ SCMP_FLTATR_API_SYSRAWRC, 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(attributes); i++) {
		int r = seccomp_attr_set(ctx, attributes[i].attr, attributes[i].value);

		if (r < 0 && !(r == -EOPNOTSUPP && i)) /* the rest is not needed */
			return r;
	}
	return 0;
}

int sysfilter_load(unsigned int needs)
{
	_cleanup_(sysfilter_release) scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = ctx ? sysfilter_attributes(ctx) : -ENOMEM;

	if (r == 0)
		r = sysfilter_rules(ctx, needs);
	if (r == 0)
		r = seccomp_load(ctx);
	return r < 0 ? r : 0;
}
