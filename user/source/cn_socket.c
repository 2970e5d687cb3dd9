// SPDX-License-Identifier: BSD-2-Clause
#include "cn_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "../clock.h"

enum {
	ACK_MS = 500,
	BATCH = 64, /* messages received with one system call */
	MSG_LEN = 256, /* each is 76 bytes */
	OFF_CHILD_PID =
		CN_OFF_CPU + 4 + 8 + 8, /* event_data.fork.child_pid, and behind it child_tgid */
	FILTER_MAX = 32,
};

static int cn_fail(struct source_why *why, int err, const char *cause, const char *cure)
{
	if (err == -EMFILE || err == -ENFILE) {
		cause = "there are too many open files";
		cure = "raise the limit: ulimit -n";
	}
	snprintf(why->cause, sizeof(why->cause), "%s", cause);
	snprintf(why->cure, sizeof(why->cure), "%s", cure);
	return err;
}

static void filter_add(struct sock_fprog *prog, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	prog->filter[prog->len++] = (struct sock_filter){ code, jt, jf, k };
}

/*
 * A classic BPF filter (socket(7)) for what is wanted. It loads words in network order and the
 * messages are in the host's, so the constants are turned.
 */
static int cn_socket_filter(int fd, const struct cn_socket_conf *conf)
{
	struct sock_filter code[FILTER_MAX];
	struct sock_fprog prog = { .filter = code };
	const uint32_t take = UINT32_MAX;

	/* The acknowledgement, from whatever CPU. */
	filter_add(&prog, BPF_LD | BPF_W | BPF_ABS, CN_OFF_WHAT, 0, 0);
	filter_add(&prog, BPF_JMP | BPF_JEQ | BPF_K, PROC_EVENT_NONE, 0, 1);
	filter_add(&prog, BPF_RET | BPF_K, take, 0, 0);
	if (conf->cpu >= 0) {
		filter_add(&prog, BPF_LD | BPF_W | BPF_ABS, CN_OFF_CPU, 0, 0);
		filter_add(&prog, BPF_JMP | BPF_JEQ | BPF_K, htonl((uint32_t)conf->cpu), 1, 0);
		filter_add(&prog, BPF_RET | BPF_K, 0, 0, 0);
		filter_add(&prog, BPF_LD | BPF_W | BPF_ABS, CN_OFF_WHAT, 0, 0);
	}
	if (!conf->threads) { /* a fork whose child is no process */
		filter_add(&prog, BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_FORK), 0, 5);
		filter_add(&prog, BPF_LD | BPF_W | BPF_ABS, OFF_CHILD_PID, 0, 0);
		filter_add(&prog, BPF_MISC | BPF_TAX, 0, 0, 0);
		filter_add(&prog, BPF_LD | BPF_W | BPF_ABS, OFF_CHILD_PID + 4, 0, 0);
		filter_add(&prog, BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0);
		filter_add(&prog, BPF_RET | BPF_K, 0, 0, 0);
		filter_add(&prog, BPF_LD | BPF_W | BPF_ABS, CN_OFF_WHAT, 0, 0);
	}
	filter_add(&prog, BPF_JMP | BPF_JSET | BPF_K, htonl(conf->mask), 1, 0);
	filter_add(&prog, BPF_RET | BPF_K, 0, 0, 0);
	filter_add(&prog, BPF_RET | BPF_K, take, 0, 0);
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) < 0 ? -errno : 0;
}

static void cn_socket_rcvbuf(int fd, int len)
{
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &len, sizeof(len)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &len, sizeof(len));
}

static int cn_socket_send(int fd, bool listen, uint32_t mask, uint32_t ack)
{
	uint32_t buf[CN_REQUEST_MAX / sizeof(uint32_t)];
	size_t len = cn_request(buf, listen, mask, ack);

	return send(fd, buf, len, 0) < 0 ? -errno : 0;
}

struct ack {
	uint32_t want;
	bool seen;
	uint32_t err;
};

/* The acknowledgements of others come here as well. */
static void cn_socket_ack(void *ctx, const struct cn_msg_proc *msg)
{
	struct ack *ack = ctx;

	if (msg->event.what != PROC_EVENT_NONE || msg->ack != ack->want)
		return;
	ack->seen = true;
	ack->err = msg->event.event_data.ack.err;
}

static int cn_socket_subscribe(int fd, const struct cn_socket_conf *conf, struct source_why *why)
{
	struct ack ack = { 0 };
	uint64_t end, now;
	int r;

	/* Early in boot there may be nothing random yet, and it would wait for that. */
	if (getrandom(&ack.want, sizeof(ack.want), GRND_NONBLOCK) != sizeof(ack.want))
		ack.want = (uint32_t)clock_now_ns(CLOCK_MONOTONIC);
	r = cn_socket_send(fd, true, 0, ack.want - 1);
	if (r == -ECONNREFUSED) /* nobody listens on the kernel's side */
		return cn_fail(why, r, "the proc connector serves only the first network namespace",
			       "run it outside of containers, or with the host's network");
	if (r < 0)
		return cn_fail(why, r, "the kernel takes no request to listen",
			       "use a kernel with CONFIG_PROC_EVENTS");
	/* The kernel has sent it before it takes the request's call back. */
	cn_socket_recv(fd, cn_socket_ack, &ack);
	end = clock_now_ns(CLOCK_MONOTONIC) + ACK_MS * NSEC_PER_MSEC;
	while (!ack.seen && (now = clock_now_ns(CLOCK_MONOTONIC)) < end) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (poll(&p, 1, (int)((end - now) / NSEC_PER_MSEC) + 1) > 0)
			cn_socket_recv(fd, cn_socket_ack, &ack);
	}
	if (!ack.seen)
		return cn_fail(
			why, -ETIMEDOUT,
			"the proc connector does not answer: it serves only the first user and "
			"pid namespaces, and kernels with CONFIG_PROC_EVENTS",
			"run it outside of containers");
	if (ack.err)
		return cn_fail(why, -(int)ack.err,
			       "the proc connector refuses: it needs CAP_NET_ADMIN",
			       "run as root: try sudo");
	/* Narrower; a kernel before 6.6 passes over a request of this length, and the filter does it. */
	return cn_socket_send(fd, true, conf->mask, 0);
}

int cn_socket_open(int *out, const struct cn_socket_conf *conf, struct source_why *why)
{
	const struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC };
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
	int r;

	if (fd < 0)
		return cn_fail(why, -errno, "the kernel has no connector",
			       "use a kernel with CONFIG_CONNECTOR and CONFIG_PROC_EVENTS");
	cn_socket_rcvbuf(fd, conf->rcvbuf);
	r = cn_socket_filter(fd, conf);
	if (r < 0)
		return cn_fail(why, r, "the socket takes no filter", "--verbose shows more");
	if (bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0)
		return cn_fail(why, -errno,
			       "the proc connector needs CAP_NET_ADMIN before Linux 6.6",
			       "run as root: try sudo");
	r = cn_socket_subscribe(fd, conf, why);
	if (r < 0)
		return r;
	*out = TAKE_FD(fd);
	return 0;
}

void cn_socket_ignore(int fd)
{
	cn_socket_send(fd, false, 0, 0);
}

void cn_socket_close(int fd)
{
	util_close(&fd);
}

int cn_socket_wait(int fd, cn_fn *fn, void *ctx)
{
	char bytes[MSG_LEN] __attribute__((aligned(8)));
	struct sockaddr_nl from = { 0 };
	socklen_t from_len = sizeof(from);
	ssize_t len = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &from_len);

	if (len < 0)
		return errno == ENOBUFS || errno == EINTR ? 0 : -errno;
	if (from.nl_pid == 0)
		cn_parse(bytes, (size_t)len, fn, ctx);
	return 0;
}

int cn_socket_recv(int fd, cn_fn *fn, void *ctx)
{
	char bytes[BATCH][MSG_LEN] __attribute__((aligned(8)));
	struct sockaddr_nl from[BATCH] = { 0 };
	struct mmsghdr msgs[BATCH] = { 0 };
	struct iovec iov[BATCH];
	int cnt;

	for (size_t i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ bytes[i], MSG_LEN };
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
		msgs[i].msg_hdr.msg_name = &from[i];
		msgs[i].msg_hdr.msg_namelen = sizeof(from[i]);
	}
	cnt = recvmmsg(fd, msgs, BATCH, MSG_DONTWAIT, NULL);
	if (cnt < 0)
		return errno == ENOBUFS;
	for (int i = 0; i < cnt; i++) {
		/* Any process may send to a netlink socket; the kernel's port is 0. */
		if (from[i].nl_pid != 0 || msgs[i].msg_hdr.msg_flags & MSG_TRUNC)
			continue;
		cn_parse(bytes[i], msgs[i].msg_len, fn, ctx);
	}
	return cnt == BATCH;
}

static bool cn_socket_info(int fd, uint32_t info[SK_MEMINFO_VARS])
{
	socklen_t len = SK_MEMINFO_VARS * sizeof(*info);

	return getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &len) == 0;
}

uint32_t cn_socket_drops(int fd)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 };

	return cn_socket_info(fd, info) ? info[SK_MEMINFO_DROPS] : 0;
}

bool cn_socket_used(int fd, uint64_t *used, uint64_t *len)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 };

	if (!cn_socket_info(fd, info))
		return false;
	*used = info[SK_MEMINFO_RMEM_ALLOC];
	*len = info[SK_MEMINFO_RCVBUF];
	return true;
}
