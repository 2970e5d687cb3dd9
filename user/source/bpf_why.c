// SPDX-License-Identifier: BSD-2-Clause
#include "bpf_why.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>

#include "../util.h"

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

const char *bpf_why(int err)
{
	switch (-err) {
	case EPERM:
		if (!bpf_why_privileged())
			return "it needs root, or the capabilities CAP_BPF and CAP_PERFMON: "
			       "try sudo";
		return "the kernel refuses although the capabilities are there: a seccomp filter, "
		       "a security module or a container forbids it";
	case ENOSYS:
		return "there is no bpf() system call: the kernel was built without "
		       "CONFIG_BPF_SYSCALL, or a seccomp filter hides it";
	case ESRCH:
	case ENOENT:
		return "the kernel offers no BTF in /sys/kernel/btf/vmlinux: it was built without "
		       "CONFIG_DEBUG_INFO_BTF, or /sys is not mounted";
	case EINVAL:
	case EACCES: /* the verifier's */
	case EOPNOTSUPP:
		return "this kernel does not take the programs: it lacks ring buffers or BTF "
		       "tracepoints (Linux 5.8 and later have them), or lockdown forbids them; "
		       "--verbose shows more";
	case ENOMEM:
	case E2BIG:
		return "no memory for the ring buffer: try a smaller --buffer";
	default:
		return strerror(-err);
	}
}
