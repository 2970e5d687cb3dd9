// SPDX-License-Identifier: BSD-2-Clause
/* The netlink parser: the input is one datagram. */
#include "cn.h"

#include <errno.h>
#include <linux/netlink.h>

#include "fuzz.h"

static void see(void *ctx, const struct cn_msg_proc *msg)
{
	size_t *cnt = ctx;

	++*cnt;
	touch((struct span){ (const char *)msg, sizeof(*msg) });
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t cnt = 0;
	int r = cn_parse(data, size, see, &cnt);

	must(r == 0 || r == -EBADMSG);
	must(cnt <= size / sizeof(struct nlmsghdr)); /* it moves on with each */
	return 0;
}
