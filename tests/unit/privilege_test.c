// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caps.h"
#include "log.h"
#include "privilege.h"
#include "sysfilter.h"
#include "thread.h"
#include "util.h"

static char folder[] = "/tmp/privilege_test.XXXXXX";
static char made[64], moved[64];

/* ---- what is tried: each returns -1 and sets errno if it is not to be had ---- */

static long try_execve(void)
{
	char *const argv[] = { "none", NULL };

	return execve("/no/such/program", argv, NULL);
}

static long try_inet(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static long try_netlink(void)
{
	return socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
}

static long try_route(void)
{
	return socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_ROUTE);
}

static long try_unix(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static long try_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static long try_bpf(int cmd)
{
	union bpf_attr attr = { 0 };

	/* Of no descriptor: EBADF, or another complaint, is what allowed looks like. */
	attr.map_fd = UINT32_MAX;
	return syscall(SYS_bpf, cmd, &attr, sizeof(attr));
}

static long try_bpf_load(void)
{
	return try_bpf(BPF_PROG_LOAD);
}

static long try_bpf_create(void)
{
	return try_bpf(BPF_MAP_CREATE);
}

static long try_bpf_update(void)
{
	return try_bpf(BPF_MAP_UPDATE_ELEM);
}

static long try_create(void)
{
	return open(made, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static long try_write(void)
{
	return open("/dev/null", O_WRONLY | O_CLOEXEC);
}

static long try_read_write(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

static long try_truncate(void)
{
	return open("/dev/null", O_RDONLY | O_TRUNC | O_CLOEXEC);
}

static long try_rename(void)
{
	return rename(made, moved);
}

static long try_unlink(void)
{
	return unlink(moved);
}

static long try_setuid(void)
{
	return syscall(SYS_setuid, 0);
}

static long try_mount(void)
{
	return mount("none", folder, "tmpfs", 0, NULL);
}

static long try_kill(void)
{
	return kill(getpid(), 0);
}

static long try_wait(void)
{
	return waitpid(-1, NULL, WNOHANG) < 0 && errno != ECHILD ? -1 : 0;
}

static long try_fork(void)
{
	return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static long try_tgkill_other(void)
{
	return syscall(SYS_tgkill, getppid(), getppid(), 0);
}

static long try_program_memory(void)
{
	return (long)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static long try_tiocsti(void)
{
	return ioctl(0, TIOCSTI, "x");
}

static long try_memory_of(pid_t pid)
{
	static char from = 'x';
	char to = 0;
	const struct iovec here = { &to, 1 }, there = { &from, 1 };

	return process_vm_readv(pid, &here, 1, &there, 1, 0) == 1 && to == 'x' ? 0 : -1;
}

static long try_own_memory(void)
{
	return try_memory_of(getpid());
}

static long try_scheduler(void)
{
	const struct sched_param param = { .sched_priority = 0 };

	return sched_setscheduler(0, SCHED_OTHER, &param);
}

static long try_dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static long try_seccomp(void)
{
	return syscall(SYS_seccomp, 2, 0, NULL); /* SECCOMP_GET_ACTION_AVAIL: EFAULT */
}

static long try_unshare(void)
{
	return unshare(CLONE_NEWNS);
}

static long try_reads(void)
{
	char text[16];
	_cleanup_close_ int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -1 : pread(fd, text, sizeof(text), 0);
}

static long try_waits(void)
{
	struct pollfd p = { .fd = STDERR_FILENO };
	const struct timespec moment = { .tv_nsec = 1 };

	return poll(&p, 1, 0) < 0 ? -1 : nanosleep(&moment, NULL);
}

static long try_memory(void)
{
	void *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? -1 : munmap(p, 1 << 20);
}

static long try_links(void)
{
	char text[64];

	return readlink("/proc/self/exe", text, sizeof(text));
}

static void *empty_thread(void *arg)
{
	return arg;
}

static long try_thread(void)
{
	pthread_t thread;

	errno = -thread_start(&thread, NULL, empty_thread, NULL, 0, 0);
	return errno ? -1 : pthread_join(thread, NULL);
}

/* Of each: with which needs it is allowed. */
#define ALWAYS (~0u)
#define NEVER 0u

static const struct {
	const char *name;
	long (*fn)(void);
	unsigned int needs;
} tries[] = {
	{ "read a file", try_reads, ALWAYS },
	{ "wait", try_waits, ALWAYS },
	{ "memory", try_memory, ALWAYS },
	{ "links", try_links, ALWAYS },
	{ "execve", try_execve, NEVER },
	{ "AF_INET", try_inet, NEVER },
	{ "ptrace", try_ptrace, NEVER },
	{ "bpf load", try_bpf_load, NEVER },
	{ "bpf map", try_bpf_create, NEVER },
	{ "open to read and write", try_read_write, NEVER },
	{ "open to truncate", try_truncate, NEVER },
	{ "setuid", try_setuid, NEVER },
	{ "mount", try_mount, NEVER },
	{ "unshare", try_unshare, NEVER },
	{ "fork", try_fork, NEVER },
	{ "tgkill of another", try_tgkill_other, NEVER },
	{ "memory that can be run", try_program_memory, NEVER },
	{ "input for a terminal", try_tiocsti, NEVER },
	{ "prctl", try_dumpable, NEVER },
	{ "seccomp", try_seccomp, NEVER },
	{ "routes", try_route, NEVER },
	{ "bpf update", try_bpf_update, NEED_TREE },
	{ "memory of others", try_own_memory, NEED_MEMORY },
	{ "connector", try_netlink, NEED_READERS },
	{ "scheduler", try_scheduler, NEED_READERS },
	{ "thread", try_thread, NEED_READERS },
	{ "kill", try_kill, NEED_COMMAND },
	{ "wait for a child", try_wait, NEED_COMMAND },
	{ "open to write", try_write, NEED_FILES | NEED_REOPEN },
	{ "create", try_create, NEED_FILES | NEED_REOPEN },
	{ "rename", try_rename, NEED_FILES },
	{ "unlink", try_unlink, NEED_FILES },
	{ "AF_UNIX", try_unix, NEED_UNIX },
};

/* In a process that has given up its rights: 0, or how many tries ended wrongly, each told. */
static int all_tries(unsigned int needs)
{
	int wrong = 0;

	for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
		bool want = tries[i].needs == ALWAYS || tries[i].needs & needs, got;

		/* AddressSanitizer makes more calls in a thread than it may. */
		if (PRIVILEGE_SANITIZER && tries[i].fn == try_thread)
			continue;
		errno = 0;
		got = tries[i].fn() >= 0 || errno != EPERM;
		if (got != want) {
			fprintf(stderr, "needs %#x: %s is %s\n", needs, tries[i].name,
				got ? "allowed" : "refused");
			wrong++;
		}
	}
	return wrong;
}

/* Runs fn in a process of its own; what it returns, or -1 if something killed it. */
static int apart(int (*fn)(unsigned int), unsigned int arg)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) /* not _exit(): before that AddressSanitizer calls what is refused */
		syscall(SYS_exit_group, fn(arg));
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int filtered(unsigned int needs)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || sysfilter_load(needs) < 0)
		return 100;
	return all_tries(needs);
}

/* One need at a time, none, and what real runs have. */
static void only_what_is_needed_is_allowed(void **state)
{
	static const unsigned int runs[] = {
		0,
		NEED_CGROUPS,
		NEED_CGROUPS | NEED_TREE | NEED_COMMAND,
		NEED_LISTEN | NEED_MEMORY | NEED_LINKS,
		NEED_LISTEN | NEED_UNLISTEN | NEED_MEMORY | NEED_LINKS | NEED_READERS | NEED_FILES,
		NEED_CAPTURES,
	};

	(void)state;
	for (unsigned int bit = 0; 1u << bit <= NEED_CAPTURES; bit++)
		assert_int_equal(apart(filtered, 1u << bit), 0);
	for (size_t i = 0; i < ARRAY_LEN(runs); i++)
		assert_int_equal(apart(filtered, runs[i]), 0);
}

#ifdef __x86_64__
/* The numbers of another architecture. */
static int other_numbers(unsigned int needs)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || sysfilter_load(needs) < 0)
		return 100;
	__asm__ volatile("int $0x80" : : "a"(20) : "memory"); /* getpid */
	return 0;
}

static void another_architecture_is_the_end(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(other_numbers(0));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}
#endif

/* ---- as a whole, for root ---- */

static bool cap_is(const char *line, const char *name, uint64_t want)
{
	size_t len = strlen(name);

	return strncmp(line, name, len) != 0 || strtoull(line + len, NULL, 16) == want;
}

/* What the kernel says of this thread. */
static bool status_is(const char *task, uint32_t uid, uint64_t caps)
{
	char line[256], ids[64];
	FILE *f = fopen(task, "re");
	bool ok = f;

	snprintf(ids, sizeof(ids), "Uid:\t%u\t%u\t%u\t%u\n", uid, uid, uid, uid);
	while (f && fgets(line, sizeof(line), f)) {
		ok &= cap_is(line, "CapPrm:", caps) && cap_is(line, "CapEff:", caps) &&
		      cap_is(line, "CapInh:", 0) && cap_is(line, "CapAmb:", 0) &&
		      cap_is(line, "CapBnd:", 0) && cap_is(line, "NoNewPrivs:", 1);
		ok &= strncmp(line, "Uid:", 4) != 0 || !strcmp(line, ids);
		ok &= strncmp(line, "Groups:", 7) != 0 || !uid ||
		      strspn(line + 7, " \t\n") == strlen(line + 7);
	}
	if (f)
		fclose(f);
	return ok;
}

struct thread {
	int go[2];
	bool ok;
	uint32_t uid;
};

static void *look_at_thread(void *arg)
{
	struct thread *t = arg;
	char go;

	t->ok = read(t->go[0], &go, 1) == 1 &&
		status_is("/proc/thread-self/status", t->uid, BIT(CAP_KILL));
	return NULL;
}

static int as_user(unsigned int uid)
{
	const struct privilege_conf conf = { .user = "somebody", .uid = uid, .gid = uid };
	const gid_t groups[] = { 1, 2 };
	struct thread t = { .uid = uid };
	pthread_t thread;

	if (setgroups(2, groups) < 0 || pipe2(t.go, O_CLOEXEC) < 0 || privilege_become(&conf) < 0 ||
	    thread_start(&thread, NULL, look_at_thread, &t, BIT(CAP_KILL), 0) < 0 ||
	    privilege_drop(&conf, NEED_CGROUPS | NEED_LINKS) < 0)
		return 100;
	if (!status_is("/proc/thread-self/status", uid,
		       BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_SYS_PTRACE)))
		return 1;
	if (write(t.go[1], "", 1) != 1 || pthread_join(thread, NULL) != 0 || !t.ok)
		return 2;
	/* Root alone is kept from it by the filter. */
	return !(PRIVILEGE_SANITIZER && !uid) && syscall(SYS_setuid, 0) == 0 ? 3 : 0;
}

static void a_user_and_few_capabilities(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(apart(as_user, 65534), 0);
	assert_int_equal(apart(as_user, 0), 0);
}

static int tree_told(unsigned int uid)
{
	const struct privilege_conf conf = { .user = "somebody", .uid = uid, .gid = uid };

	if (privilege_become(&conf) < 0 || privilege_drop(&conf, NEED_TREE) < 0)
		return 100;
	if (!status_is("/proc/thread-self/status", uid, BIT(CAP_BPF)))
		return 1;
	privilege_tree_told(&conf, NEED_TREE);
	return status_is("/proc/thread-self/status", uid, 0) ? 0 : 2;
}

static void bpf_is_given_up_last(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(apart(tree_told, 65534), 0);
}

/* Makes a file anew in a folder that belongs to owner, as uid. 0, or the step that failed. */
static int files_in(unsigned int owner, uint32_t uid, uint64_t caps)
{
	struct privilege_conf conf = { .user = "somebody", .uid = uid, .files = { NULL, made } };

	if (chown(folder, owner, owner) < 0 || privilege_become(&conf) < 0)
		return 100;
	if (privilege_drop(&conf, NEED_FILES) < 0)
		return 1;
	if (!status_is("/proc/thread-self/status", uid, caps))
		return 2;
	return try_create() < 0 || try_rename() < 0 || try_unlink() < 0 ? 3 : 0;
}

static int files_as_user(unsigned int owner)
{
	return files_in(owner, 65534, 0);
}

static int files_as_root(unsigned int owner)
{
	return files_in(owner, 0, owner ? BIT(CAP_DAC_OVERRIDE) : 0);
}

static void folders_of_files(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(apart(files_as_user, 65534), 0);
	assert_int_equal(apart(files_as_user, 0), 1);
	assert_int_equal(apart(files_as_root, 0), 0);
	assert_int_equal(apart(files_as_root, 65534), 0);
}

static int become_root(unsigned int uid)
{
	const struct privilege_conf self = { .user = "self", .uid = uid },
				    root = { .user = "root", .uid = 0 };

	if (geteuid() == 0 && setresuid(uid, uid, uid) < 0)
		return 100;
	return privilege_become(&self) == 0 && privilege_become(&root) == -EPERM ? 0 : 1;
}

static void nobody_becomes_another(void **state)
{
	(void)state;
	assert_int_equal(apart(become_root, geteuid() ? geteuid() : 65534), 0);
}

/* seccomp(2) as it is in a kernel without CONFIG_SECCOMP. */
static int no_filters(unsigned int needs)
{
	const struct privilege_conf conf = { 0 };
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog prog = { ARRAY_LEN(code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0)
		return 100;
	if (sysfilter_load(needs) != -EOPNOTSUPP)
		return 1;
	return privilege_drop(&conf, needs) < 0 || caps_effective() != 0 ? 2 : 0;
}

static void a_kernel_without_filters(void **state)
{
	(void)state;
	assert_int_equal(apart(no_filters, 0), 0);
}

static int off(unsigned int needs)
{
	const struct privilege_conf conf = { .off = true };
	uint64_t before = caps_effective();

	if (privilege_drop(&conf, needs) < 0)
		return 100;
	return caps_effective() != before || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0;
}

static void nothing_is_given_up_if_off(void **state)
{
	(void)state;
	assert_int_equal(apart(off, 0), 0);
}

/* A set of files in a folder of uid's own that it may not list: 1, or what root keeps. */
static int rotated_in(uint32_t uid)
{
	struct privilege_conf conf = { .user = "somebody", .uid = uid, .rotated = made };

	if (chown(folder, uid, uid) < 0 || chmod(folder, 0300) < 0 || privilege_become(&conf) < 0)
		return 100;
	if (privilege_drop(&conf, NEED_FILES) < 0)
		return 1;
	return status_is("/proc/thread-self/status", uid, BIT(CAP_DAC_OVERRIDE)) ? 0 : 2;
}

static void folders_of_sets(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(apart(rotated_in, 65534), 1);
	assert_int_equal(apart(rotated_in, 0), 0);
	assert_int_equal(chmod(folder, 0700), 0);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(made, sizeof(made), "%s/made", folder);
	snprintf(moved, sizeof(moved), "%s/moved", folder);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_needed_is_allowed),
#ifdef __x86_64__
		cmocka_unit_test(another_architecture_is_the_end),
#endif
		cmocka_unit_test(a_user_and_few_capabilities),
		cmocka_unit_test(bpf_is_given_up_last),
		cmocka_unit_test(folders_of_files),
		cmocka_unit_test(folders_of_sets),
		cmocka_unit_test(nobody_becomes_another),
		cmocka_unit_test(a_kernel_without_filters),
		cmocka_unit_test(nothing_is_given_up_if_off),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
