/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * forge PORT...: sends messages to the netlink sockets of a listener of the proc connector, and to
 * all of them, which say that a process 99999999 did each thing that there is; and some that
 * make no sense. They are what the kernel would send, but for who sends them.
 *
 * forge --requests SECONDS: says `ready`, and then how many requests the kernel was sent to listen to
 * the proc connector, or no longer to.
 *
 * forge --listen COUNT MASK drop|unread: opens so many sockets that listen to the events in MASK (a sum
 * of PROC_EVENT_*; 0 is all) and keeps them until its standard input ends. They drop each message
 * with a filter, as a reader's socket does with the execs of other CPUs, or let it wait in a buffer
 * that soon is full. Says `ready`.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	FORGED_PID = 99999999, /* above the kernel's limit */
	CPU_CNT = 64,
};

struct message {
	struct nlmsghdr nl;
	struct cn_msg cn;
	char event[sizeof(struct proc_event) + 64];
} __attribute__((packed));

static void fail(const char *what)
{
	fprintf(stderr, "forge: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int connector(unsigned int groups)
{
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = groups };

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		fail("netlink");
	return fd;
}

static void forge_init(struct message *m, const struct proc_event *ev)
{
	memset(m, 0, sizeof(*m));
	m->nl.nlmsg_len = sizeof(m->nl) + sizeof(m->cn) + sizeof(*ev);
	m->nl.nlmsg_type = NLMSG_DONE;
	m->cn.id.idx = CN_IDX_PROC;
	m->cn.id.val = CN_VAL_PROC;
	m->cn.len = sizeof(*ev);
	memcpy(m->event, ev, sizeof(*ev));
}

/* To that port, or with 0 to all who listen. */
static void forge_send(int fd, unsigned int port, const void *bytes, size_t len)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK,
				  .nl_pid = port,
				  .nl_groups = port ? 0 : CN_IDX_PROC };

	/* The kernel answers what the group gets as well, and nobody else may be there. */
	if (sendto(fd, bytes, len, 0, (struct sockaddr *)&to, sizeof(to)) < 0 && port)
		fail("send");
}

static void forge_events(int fd, unsigned int port)
{
	static const unsigned int kinds[] = { PROC_EVENT_FORK, PROC_EVENT_EXEC,
					      PROC_EVENT_UID,  PROC_EVENT_GID,
					      PROC_EVENT_SID,  PROC_EVENT_PTRACE,
					      PROC_EVENT_COMM, PROC_EVENT_COREDUMP,
					      PROC_EVENT_EXIT };
	struct timespec now;
	struct message m;

	clock_gettime(CLOCK_MONOTONIC, &now);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct proc_event ev = { 0 };

		memcpy(&ev, &kinds[i], sizeof(kinds[i]));
		ev.timestamp_ns = (__u64)now.tv_sec * 1000000000 + (__u64)now.tv_nsec;
		ev.event_data.fork.child_pid = FORGED_PID;
		ev.event_data.fork.child_tgid = FORGED_PID;
		ev.event_data.fork.parent_pid = FORGED_PID;
		ev.event_data.fork.parent_tgid = FORGED_PID;
		for (ev.cpu = 0; ev.cpu < CPU_CNT; ev.cpu++) {
			forge_init(&m, &ev);
			forge_send(fd, port, &m, m.nl.nlmsg_len);
		}
	}
}

/* Cut, too long, of another connector, of an unknown kind, with lengths that lie. */
static void forge_nonsense(int fd, unsigned int port)
{
	struct proc_event ev = { .cpu = 0 };
	const unsigned int exec = PROC_EVENT_EXEC, unknown = 0x00100000;
	struct message m;

	memcpy(&ev, &exec, sizeof(exec));
	ev.event_data.exec.process_pid = FORGED_PID;
	ev.event_data.exec.process_tgid = FORGED_PID;
	for (size_t len = 0; len <= sizeof(m); len++) {
		forge_init(&m, &ev);
		forge_send(fd, port, &m, len ? len : 1);
	}
	for (unsigned int len = 0; len < 256; len += 4) {
		forge_init(&m, &ev);
		m.nl.nlmsg_len = len;
		forge_send(fd, port, &m, sizeof(m));
		forge_init(&m, &ev);
		m.cn.len = (__u16)(len * 257);
		forge_send(fd, port, &m, sizeof(m));
	}
	forge_init(&m, &ev);
	m.cn.id.idx = CN_IDX_PROC + 1;
	forge_send(fd, port, &m, m.nl.nlmsg_len);
	memcpy(&ev, &unknown, sizeof(unknown));
	forge_init(&m, &ev);
	forge_send(fd, port, &m, m.nl.nlmsg_len);
}

static void request(int fd, unsigned int op)
{
	struct proc_event ev = { 0 };
	struct message m;

	forge_init(&m, &ev);
	m.cn.len = sizeof(op);
	m.nl.nlmsg_len = sizeof(m.nl) + sizeof(m.cn) + sizeof(op);
	memcpy(m.event, &op, sizeof(op));
	if (send(fd, &m, m.nl.nlmsg_len, 0) < 0)
		fail("request");
}

/* Is the next message, of those that come so soon, the answer to a request? */
static bool is_answer(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	unsigned int what = PROC_EVENT_EXIT;
	struct message m;

	if (poll(&p, 1, ms) > 0 && recv(fd, &m, sizeof(m), 0) > 0)
		memcpy(&what, m.event, sizeof(what));
	return what == PROC_EVENT_NONE;
}

/*
 * The kernel tells all who listen of each request to listen, or no longer to; count these. A line
 * at once, when it is ready, and the number after that time.
 */
static int requests(int seconds)
{
	const unsigned int listen = PROC_CN_MCAST_LISTEN, ignore = PROC_CN_MCAST_IGNORE;
	int fd = connector(CN_IDX_PROC), cnt = 0;
	struct timespec now, end;

	/* It tells nobody if nobody is left: so listen, too. */
	request(fd, listen);
	while (!is_answer(fd, -1))
		;
	puts("ready");
	fflush(stdout);
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	do {
		cnt += is_answer(fd, 10);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec ||
		 (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
	request(fd, ignore);
	printf("%d\n", cnt);
	return 0;
}

/* From Linux 6.6 the kernel knows the mask; before, it passes over so long a request. */
static void request_listen(int fd, unsigned int mask)
{
	const struct {
		unsigned int op, mask;
	} input = { PROC_CN_MCAST_LISTEN, mask };
	struct proc_event ev = { 0 };
	struct message m;

	request(fd, PROC_CN_MCAST_LISTEN);
	if (!mask)
		return;
	forge_init(&m, &ev);
	m.cn.len = sizeof(input);
	m.nl.nlmsg_len = sizeof(m.nl) + sizeof(m.cn) + sizeof(input);
	memcpy(m.event, &input, sizeof(input));
	if (send(fd, &m, m.nl.nlmsg_len, 0) < 0)
		fail("request");
}

static int listener(unsigned int mask, bool drop)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	const struct sock_fprog prog = { .len = 1, .filter = code };
	int fd = connector(CN_IDX_PROC), least = 1;

	if (drop && setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)))
		fail("SO_ATTACH_FILTER");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least)))
		fail("SO_RCVBUF");
	request_listen(fd, mask);
	return fd;
}

static int listeners(int cnt, unsigned int mask, bool drop)
{
	struct rlimit files;
	int *fds;
	char c;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	fds = calloc((size_t)cnt, sizeof(*fds));
	if (cnt && !fds)
		fail("calloc");
	for (int i = 0; i < cnt; i++)
		fds[i] = listener(mask, drop);
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	for (int i = 0; i < cnt; i++)
		request(fds[i], PROC_CN_MCAST_IGNORE);
	free(fds);
	return 0;
}

int main(int argc, char **argv)
{
	int fd;

	if (argc == 3 && !strcmp(argv[1], "--requests"))
		return requests(atoi(argv[2]));
	if (argc == 5 && !strcmp(argv[1], "--listen"))
		return listeners(atoi(argv[2]), (unsigned int)strtoul(argv[3], NULL, 0),
				 !strcmp(argv[4], "drop"));
	if (argc < 2) {
		fputs("usage: forge PORT... | forge --requests SECONDS |\n"
		      "       forge --listen COUNT MASK drop|unread\n",
		      stderr);
		return 2;
	}
	fd = connector(0);
	for (int i = 1; i < argc; i++) {
		unsigned int port = (unsigned int)strtoul(argv[i], NULL, 10);

		forge_events(fd, port);
		forge_nonsense(fd, port);
	}
	/* To the group as well: no CPU of it can be told from the kernel's but by the sender. */
	forge_events(fd, 0);
	return 0;
}
