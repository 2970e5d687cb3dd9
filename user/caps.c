// SPDX-License-Identifier: BSD-2-Clause
#include "caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "buf.h"
#include "util.h"

enum {
	CAPS_MAX = 64,
};

/* Those that the program ever keeps. */
static const struct {
	unsigned int cap;
	const char *name;
} caps_names[] = {
	{ CAP_DAC_OVERRIDE, "dac_override" },
	{ CAP_DAC_READ_SEARCH, "dac_read_search" },
	{ CAP_KILL, "kill" },
	{ CAP_NET_ADMIN, "net_admin" },
	{ CAP_SYS_PTRACE, "sys_ptrace" },
	{ CAP_SYS_NICE, "sys_nice" },
	{ CAP_BPF, "bpf" },
};

struct caps {
	struct __user_cap_header_struct head;
	struct __user_cap_data_struct data[2]; /* low and high halves */
};

static int caps_get(struct caps *c)
{
	*c = (struct caps){ .head.version = _LINUX_CAPABILITY_VERSION_3 };
	return syscall(SYS_capget, &c->head, c->data) < 0 ? -errno : 0;
}

uint64_t caps_effective(void)
{
	struct caps c;

	if (caps_get(&c) < 0)
		return 0;
	return (uint64_t)c.data[1].effective << 32 | c.data[0].effective;
}

int caps_limit(uint64_t keep, uint64_t now)
{
	struct caps c;
	int r = caps_get(&c);

	if (r < 0)
		return r;
	/* EINVAL: there is no capability of that number. */
	if (c.data[0].effective & BIT(CAP_SETPCAP))
		for (unsigned long cap = 0; cap < CAPS_MAX; cap++)
			if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
				break;
	for (int i = 0; i < 2; i++) {
		c.data[i].permitted &= (uint32_t)(keep >> 32 * i);
		c.data[i].effective = c.data[i].permitted & (uint32_t)(now >> 32 * i);
		c.data[i].inheritable = 0; /* and so none is ambient */
	}
	return syscall(SYS_capset, &c.head, c.data) < 0 ? -errno : 0;
}

int caps_outlive_user(void)
{
	return prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) < 0 ? -errno : 0;
}

void caps_put(struct buf *b, uint64_t caps)
{
	size_t before = b->len;

	for (size_t i = 0; i < ARRAY_LEN(caps_names); i++)
		if (caps & BIT(caps_names[i].cap))
			buf_printf(b, "%s%s", b->len > before ? "," : "", caps_names[i].name);
	if (b->len == before)
		buf_puts(b, "none");
}
