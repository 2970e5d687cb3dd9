// SPDX-License-Identifier: BSD-2-Clause
#include "cn.h"

#include <errno.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <string.h>

#define EVENT_LEN(member)                          \
	(offsetof(struct proc_event, event_data) + \
	 sizeof(((struct proc_event *)0)->event_data.member))

/* The bytes that each kind needs; a kernel may send more. Kinds not in here are unknown. */
static const struct {
	uint32_t what;
	size_t len;
} cn_kinds[] = {
	{ PROC_EVENT_NONE, EVENT_LEN(ack) },
	{ PROC_EVENT_FORK, EVENT_LEN(fork) },
	{ PROC_EVENT_EXEC, EVENT_LEN(exec) },
	{ PROC_EVENT_UID, EVENT_LEN(id) },
	{ PROC_EVENT_GID, EVENT_LEN(id) },
	{ PROC_EVENT_SID, EVENT_LEN(sid) },
	{ PROC_EVENT_PTRACE, EVENT_LEN(ptrace) },
	{ PROC_EVENT_COMM, EVENT_LEN(comm) },
	/* Without the parent, which came with Linux 4.18. */
	{ PROC_EVENT_COREDUMP, offsetof(struct proc_event, event_data.coredump.parent_pid) },
	{ PROC_EVENT_EXIT, offsetof(struct proc_event, event_data.exit.parent_pid) },
};

/* One connector message of at most len bytes. */
static int cn_parse_one(const char *at, size_t len, cn_fn *fn, void *ctx)
{
	struct cn_msg_proc msg = { 0 };
	struct cn_msg head;
	size_t body;

	if (len < sizeof(head))
		return -EBADMSG;
	memcpy(&head, at, sizeof(head));
	if (head.id.idx != CN_IDX_PROC || head.id.val != CN_VAL_PROC)
		return 0;
	if (head.len > len - sizeof(head))
		return -EBADMSG;
	msg.seq = head.seq;
	msg.ack = head.ack;
	body = head.len < sizeof(msg.event) ? head.len : sizeof(msg.event);
	if (body < offsetof(struct proc_event, event_data))
		return -EBADMSG;
	/* It lies at an address that is no multiple of 8 there. */
	memcpy(&msg.event, at + sizeof(head), body);
	for (size_t i = 0; i < ARRAY_LEN(cn_kinds); i++) {
		if (cn_kinds[i].what != (uint32_t)msg.event.what)
			continue;
		if (body < cn_kinds[i].len)
			return -EBADMSG;
		fn(ctx, &msg);
		break;
	}
	return 0;
}

int cn_parse(const void *buf, size_t len, cn_fn *fn, void *ctx)
{
	const char *at = buf;

	while (len > 0) {
		struct nlmsghdr head;
		size_t step;
		int r;

		if (len < sizeof(head))
			return -EBADMSG;
		memcpy(&head, at, sizeof(head));
		if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > len)
			return -EBADMSG;
		if (head.nlmsg_type == NLMSG_ERROR || head.nlmsg_type == NLMSG_OVERRUN)
			return -EBADMSG;
		if (head.nlmsg_type != NLMSG_NOOP) {
			r = cn_parse_one(at + sizeof(head), head.nlmsg_len - sizeof(head), fn, ctx);
			if (r < 0)
				return r;
		}
		step = NLMSG_ALIGN(head.nlmsg_len);
		if (step >= len)
			break;
		at += step;
		len -= step;
	}
	return 0;
}

size_t cn_request(void *buf, bool listen, uint32_t mask, uint32_t ack)
{
	const uint32_t op = listen ? PROC_CN_MCAST_LISTEN : PROC_CN_MCAST_IGNORE;
	const size_t body = sizeof(op) + (mask ? sizeof(mask) : 0);
	const struct cn_msg head = {
		.id = { CN_IDX_PROC, CN_VAL_PROC },
		.ack = ack,
		.len = (__u16)body,
	};
	const struct nlmsghdr nl = {
		.nlmsg_len = (__u32)(sizeof(nl) + sizeof(head) + body),
		.nlmsg_type = NLMSG_DONE,
	};
	char *at = buf;

	memcpy(at, &nl, sizeof(nl));
	memcpy(at + sizeof(nl), &head, sizeof(head));
	memcpy(at + sizeof(nl) + sizeof(head), &op, sizeof(op));
	if (mask)
		memcpy(at + sizeof(nl) + sizeof(head) + sizeof(op), &mask, sizeof(mask));
	return nl.nlmsg_len;
}
