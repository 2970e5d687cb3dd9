// SPDX-License-Identifier: BSD-2-Clause
#include "privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "buf.h"
#include "caps.h"
#include "log.h"
#include "sysfilter.h"
#include "util.h"

/* What is kept, and for what. CAP_DAC_OVERRIDE and NEED_PROC are not here: see privilege_folders() and privilege_proc(). */
static const struct {
	unsigned int need;
	unsigned int cap;
} kept[] = {
	/* bpf() of those who lack it is refused before Linux 5.19; given up when the tree is told */
	{ NEED_TREE, CAP_BPF },
	/* open_by_handle_at(2) */
	{ NEED_CGROUPS, CAP_DAC_READ_SEARCH },
	/* what a process runs and where it is, /proc tells those who may trace it */
	{ NEED_LINKS, CAP_SYS_PTRACE },
	{ NEED_MEMORY, CAP_SYS_PTRACE },
	/* a request to the connector, before Linux 6.6 */
	{ NEED_UNLISTEN, CAP_NET_ADMIN },
	/* to begin one, with a receive buffer that is large enough, and real-time priority */
	{ NEED_READERS, CAP_NET_ADMIN },
	{ NEED_READERS, CAP_SYS_NICE },
	/* root reads a user's captures; the next one of a set is opened when it is due */
	{ NEED_CAPTURES, CAP_DAC_READ_SEARCH },
};

static uint64_t privilege_caps(unsigned int needs)
{
	uint64_t caps = 0;

	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		if (kept[i].need & needs)
			caps |= BIT(kept[i].cap);
	return caps;
}

/*
 * The kernel forgets on a change of user that we are to end with the parent (prctl(2)), which may have ended
 * meanwhile.
 */
static void privilege_end_with(pid_t parent, int sig)
{
	if (!sig)
		return;
	prctl(PR_SET_PDEATHSIG, sig);
	if (getppid() != parent)
		raise(sig);
}

/*
 * Through glibc, which does it in all threads. The capabilities stay as they are, so that all can be opened
 * yet.
 */
int privilege_become(const struct privilege_conf *conf)
{
	const pid_t parent = getppid();
	int r, sig = 0;

	if (!conf->user || (geteuid() == conf->uid && getuid() == conf->uid))
		return 0;
	if (geteuid() != 0) {
		log_err(0,
			"--user %s: only root can become another user; try sudo, or leave it out",
			conf->user);
		return -EPERM;
	}
	r = caps_outlive_user();
	if (r < 0)
		return log_err(r, "--user %s: it needs CAP_SETPCAP", conf->user);
	prctl(PR_GET_PDEATHSIG, &sig);
	if (setgroups(0, NULL) < 0 || setresgid(conf->gid, conf->gid, conf->gid) < 0 ||
	    setresuid(conf->uid, conf->uid, conf->uid) < 0)
		return log_err(-errno, "cannot become %s", conf->user);
	privilege_end_with(parent, sig);
	return 0;
}

/*
 * /proc may be mounted with hidepid, which does not hide from all: so it is tried, with what is kept
 * else, whether it shows what is in the folder of the first process.
 */
static void privilege_proc(uint64_t *caps)
{
	uint64_t held = caps_effective();
	struct stat st;

	caps_limit(*caps | BIT(CAP_SYS_PTRACE) | BIT(CAP_DAC_OVERRIDE), *caps);
	if (stat("/proc/1/stat", &st) == 0)
		return;
	*caps |= BIT(CAP_SYS_PTRACE);
	if (!(held & BIT(CAP_SYS_PTRACE)))
		log_info("without CAP_SYS_PTRACE /proc hides the cgroups of others' processes "
			 "(hidepid)");
}

/*
 * With the capabilities that have effect. Before Linux 5.8 that cannot be asked, and access(2) would answer root
 * for those that it may still take: then it is said not to.
 */
static bool privilege_may(const char *path, int mode)
{
	if (syscall(SYS_faccessat2, AT_FDCWD, path, mode, AT_EACCESS) == 0)
		return true;
	return errno == ENOSYS && geteuid() != 0 && access(path, mode) == 0;
}

static bool privilege_can_make(const char *file, int mode)
{
	char *path = strdup(file);
	bool can = path && privilege_may(dirname(path), W_OK | X_OK | mode);

	free(path);
	return can;
}

/* The first of the files that we could not make anew, or the socket that is closed to us; NULL: none. */
static const char *privilege_closed(const struct privilege_conf *conf)
{
	for (size_t i = 0; i < PRIVILEGE_FILES_MAX; i++)
		if (conf->files[i] && !privilege_can_make(conf->files[i], 0))
			return conf->files[i];
	if (conf->rotated && !privilege_can_make(conf->rotated, R_OK))
		return conf->rotated;
	return conf->socket && !privilege_may(conf->socket, W_OK) ? conf->socket : NULL;
}

/*
 * Root may have been told to write into the folder of somebody else: then, and only then, it keeps
 * the right to.
 */
static int privilege_folders(const struct privilege_conf *conf, uint64_t *caps)
{
	const char *closed;

	caps_limit(*caps | BIT(CAP_DAC_OVERRIDE), *caps);
	closed = privilege_closed(conf);
	if (!closed)
		return 0;
	if (geteuid() == 0) {
		*caps |= BIT(CAP_DAC_OVERRIDE);
		return 0;
	}
	return log_err(
		-EACCES,
		closed == conf->socket ?
			"%s must be connected to anew later, and user %u may not write to it" :
			"%s must be made anew later, and user %u may not list its folder or make "
			"files there",
		closed, geteuid());
}

static void privilege_say(void)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	caps_put(&b, caps_effective());
	buf_put_char(&b, '\0');
	if (!b.failed)
		log_debug("from here on: user %u, group %u, capabilities: %s", geteuid(), getegid(),
			  b.ptr);
}

static void privilege_filter(unsigned int needs)
{
	int r = PRIVILEGE_SANITIZER ? -ECANCELED : sysfilter_load(needs);

	if (r == 0)
		log_debug("system calls are filtered");
	else if (PRIVILEGE_SANITIZER)
		log_debug("system calls are not filtered: the sanitizer needs them");
	else
		log_info("system calls are not filtered, since the kernel refuses it: %s",
			 strerror(-r));
}

int privilege_drop(const struct privilege_conf *conf, unsigned int needs)
{
	uint64_t caps = privilege_caps(needs);
	int r;

	if (conf->off)
		return 0;
	if (needs & NEED_PROC)
		privilege_proc(&caps);
	r = needs & (NEED_FILES | NEED_UNIX) ? privilege_folders(conf, &caps) : 0;
	if (r < 0)
		return r;
	r = caps_limit(caps, caps);
	if (r < 0)
		return log_err(r, "giving up capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return log_err(-errno, "PR_SET_NO_NEW_PRIVS");
	if (!PRIVILEGE_SANITIZER)
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	privilege_say();
	privilege_filter(needs);
	return 0;
}

void privilege_tree_told(const struct privilege_conf *conf, unsigned int needs)
{
	if (!conf->off && needs & NEED_TREE)
		caps_limit(~BIT(CAP_BPF), ~BIT(CAP_BPF));
}
