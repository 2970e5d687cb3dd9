// SPDX-License-Identifier: BSD-2-Clause
#include "bpf_why.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>

#include "../util.h"
#include "bpf_btf.h"
#include "source.h"

/* Since Linux 5.8 CAP_BPF and CAP_PERFMON together, before CAP_SYS_ADMIN: capabilities(7). */
static bool bpf_why_privileged(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	uint64_t has;

	if (syscall(SYS_capget, &head, data) < 0)
		return true;
	has = (uint64_t)data[1].effective << 32 | data[0].effective;
	return (has & BIT(CAP_SYS_ADMIN)) || ((has & BIT(CAP_BPF)) && (has & BIT(CAP_PERFMON)));
}

/* libbpf looks for BTF first: where both are missing, it tells of the lesser. */
static bool bpf_why_no_call(void)
{
	return syscall(SYS_bpf, 0, NULL, 0) < 0 && errno == ENOSYS;
}

struct row {
	int err;
	const char *cause;
	const char *cure;
};

#define NO_BTF "the kernel offers no BTF in " BPF_BTF_OWN
#define NO_BTF_CURE                                                                              \
	"use a kernel with CONFIG_DEBUG_INFO_BTF, mount /sys, or make a BTF file: see --btf in " \
	"execsnoop-c(8)"

static const struct row rows[] = {
	{ ENOSYS,
	  "there is no bpf() system call: the kernel was built without CONFIG_BPF_SYSCALL, or a "
	  "seccomp filter hides it",
	  "use a kernel with CONFIG_BPF_SYSCALL, or allow bpf() in the filter" },
	{ ESRCH, NO_BTF, NO_BTF_CURE },
	{ ENOENT, NO_BTF, NO_BTF_CURE },
	{ EINVAL,
	  "the kernel refuses the programs: it lacks ring buffers or BTF tracepoints, or lockdown "
	  "forbids them",
	  "use Linux 5.8 or later; --verbose shows more" },
	{ EACCES, "the kernel's verifier refuses the programs",
	  "please report it with what --verbose shows" },
	{ EMFILE, "there are too many open files", "raise the limit: ulimit -n" },
	{ ENOMEM, "no memory for the ring buffer", "use a smaller --buffer" },
	{ E2BIG, "the ring buffer is larger than the kernel allows", "use a smaller --buffer" },
};

/* The verifier has refused what was fitted with a file: a field that is not there makes it do so. */
static void bpf_why_btf(const char *btf, struct source_why *why)
{
	const bool may_read = libbpf_probe_bpf_helper(BPF_PROG_TYPE_RAW_TRACEPOINT,
						      BPF_FUNC_probe_read_kernel, NULL) == 1;

	snprintf(why->cause, sizeof(why->cause),
		 may_read ? "%.120s: the kernel refuses the programs with it: it is of another "
			    "kernel, or lacks types" :
			    "lockdown=confidentiality forbids the programs that %.120s is for",
		 btf);
	snprintf(why->cure, sizeof(why->cure),
		 may_read ? BPF_BTF_CURE : "boot without lockdown=confidentiality");
}

void bpf_why(int err, const char *btf, struct source_why *why)
{
	const struct row *row = NULL;

	if ((err == -ESRCH || err == -ENOENT) && bpf_why_no_call())
		err = -ENOSYS;
	if (err == -EPERM && !bpf_why_privileged()) {
		snprintf(why->cause, sizeof(why->cause), "it needs CAP_BPF and CAP_PERFMON");
		snprintf(why->cure, sizeof(why->cure), "run as root: try sudo");
		return;
	}
	if (err == -EPERM) {
		snprintf(why->cause, sizeof(why->cause),
			 "the kernel refuses bpf() although the capabilities are there");
		snprintf(why->cure, sizeof(why->cure),
			 "look for a seccomp filter, a security module or a container that "
			 "forbids it");
		return;
	}
	if (*btf && (err == -EINVAL || err == -EACCES || err == -ESRCH || err == -ENOENT)) {
		bpf_why_btf(btf, why);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(rows) && !row; i++)
		if (rows[i].err == -err)
			row = &rows[i];
	snprintf(why->cause, sizeof(why->cause), "%s", row ? row->cause : strerror(-err));
	snprintf(why->cure, sizeof(why->cure), "%s", row ? row->cure : "--verbose shows more");
}
