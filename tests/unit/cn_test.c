// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <errno.h>
#include <linux/connector.h>
#include <linux/netlink.h>

#include "cn.h"

/* A datagram as the kernel sends it: 76 bytes. */
struct datagram {
	struct nlmsghdr nl;
	struct cn_msg cn;
	char event[sizeof(struct proc_event)];
};

struct seen {
	int cnt;
	struct cn_msg_proc msg;
};

static void see(void *ctx, const struct cn_msg_proc *msg)
{
	struct seen *s = ctx;

	s->cnt++;
	s->msg = *msg;
}

static struct datagram datagram(uint32_t what)
{
	struct proc_event ev = { .what = what, .cpu = 3, .timestamp_ns = 77 };
	struct datagram d = {
		.nl = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct cn_msg) + sizeof(ev)),
			.nlmsg_type = NLMSG_DONE },
		.cn = { .id = { CN_IDX_PROC, CN_VAL_PROC }, .seq = 9, .ack = 4, .len = sizeof(ev) },
	};

	ev.event_data.exec.process_pid = 41;
	ev.event_data.exec.process_tgid = 40;
	memcpy(d.event, &ev, sizeof(ev));
	return d;
}

/* In memory of its very length, so that the sanitizer sees each byte beyond it. */
static int parse(const void *bytes, size_t len, struct seen *s)
{
	char *copy = malloc(len ? len : 1);
	int r;

	memcpy(copy, bytes, len);
	r = cn_parse(copy, len, see, s);
	free(copy);
	return r;
}

static void a_message(void **state)
{
	struct datagram d = datagram(PROC_EVENT_EXEC);
	struct seen s = { 0 };

	(void)state;
	assert_int_equal(parse(&d, d.nl.nlmsg_len, &s), 0);
	assert_int_equal(s.cnt, 1);
	assert_int_equal(s.msg.seq, 9);
	assert_int_equal(s.msg.ack, 4);
	assert_int_equal(s.msg.event.cpu, 3);
	assert_int_equal(s.msg.event.timestamp_ns, 77);
	assert_int_equal(s.msg.event.event_data.exec.process_tgid, 40);
}

static void every_shorter_length_is_refused(void **state)
{
	struct datagram d = datagram(PROC_EVENT_EXIT);
	struct seen s = { 0 };

	(void)state;
	for (size_t len = 1; len < d.nl.nlmsg_len; len++)
		assert_int_equal(parse(&d, len, &s), -EBADMSG);
	assert_int_equal(parse(&d, 0, &s), 0);
	assert_int_equal(s.cnt, 0);
}

static void lies_are_refused(void **state)
{
	struct datagram good = datagram(PROC_EVENT_FORK), d;
	struct seen s = { 0 };

	(void)state;
	d = good, d.nl.nlmsg_len = 8;
	assert_int_equal(parse(&d, sizeof(d), &s), -EBADMSG);
	d = good, d.nl.nlmsg_len = UINT32_MAX;
	assert_int_equal(parse(&d, sizeof(d), &s), -EBADMSG);
	d = good, d.cn.len = UINT16_MAX;
	assert_int_equal(parse(&d, sizeof(d), &s), -EBADMSG);
	d = good, d.cn.len = 20; /* a fork needs more */
	assert_int_equal(parse(&d, sizeof(d), &s), -EBADMSG);
	d = good, d.cn.len = 3;
	assert_int_equal(parse(&d, sizeof(d), &s), -EBADMSG);
	d = good, d.nl.nlmsg_type = NLMSG_ERROR;
	assert_int_equal(parse(&d, sizeof(d), &s), -EBADMSG);
	assert_int_equal(s.cnt, 0);
}

static void aliens_are_passed_over(void **state)
{
	struct datagram good = datagram(PROC_EVENT_FORK), d;
	struct seen s = { 0 };

	(void)state;
	d = good, d.cn.id.idx = 99; /* of another connector */
	assert_int_equal(parse(&d, d.nl.nlmsg_len, &s), 0);
	d = datagram(0x00400000); /* a kind of tomorrow */
	assert_int_equal(parse(&d, d.nl.nlmsg_len, &s), 0);
	d = good, d.nl.nlmsg_type = NLMSG_NOOP;
	assert_int_equal(parse(&d, d.nl.nlmsg_len, &s), 0);
	assert_int_equal(s.cnt, 0);
}

/* A kernel may send more than this one knows, and several messages in one datagram. */
static void longer_and_more(void **state)
{
	struct {
		struct datagram d;
		char more[24];
	} longer = { .d = datagram(PROC_EVENT_EXEC) };
	struct datagram two[2] = { datagram(PROC_EVENT_EXEC), datagram(PROC_EVENT_EXIT) };
	struct seen s = { 0 };

	(void)state;
	longer.d.cn.len += sizeof(longer.more);
	longer.d.nl.nlmsg_len += sizeof(longer.more);
	assert_int_equal(parse(&longer, longer.d.nl.nlmsg_len, &s), 0);
	assert_int_equal(s.cnt, 1);
	two[0].nl.nlmsg_len = sizeof(two[0]);
	assert_int_equal(parse(two, sizeof(two[0]) + two[1].nl.nlmsg_len, &s), 0);
	assert_int_equal(s.cnt, 3);
	assert_int_equal((uint32_t)s.msg.event.what, PROC_EVENT_EXIT);
}

static void requests(void **state)
{
	uint32_t buf[CN_REQUEST_MAX / 4];
	struct nlmsghdr nl;
	struct cn_msg cn;

	(void)state;
	assert_int_equal(cn_request(buf, true, 0, 7), 40);
	memcpy(&nl, buf, sizeof(nl));
	memcpy(&cn, (char *)buf + sizeof(nl), sizeof(cn));
	assert_int_equal(nl.nlmsg_len, 40);
	assert_int_equal(cn.ack, 7);
	assert_int_equal(cn.len, 4);
	assert_int_equal(buf[9], PROC_CN_MCAST_LISTEN);
	assert_int_equal(cn_request(buf, false, 2, 0), 44);
	assert_int_equal(buf[9], PROC_CN_MCAST_IGNORE);
	assert_int_equal(buf[10], 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message),
		cmocka_unit_test(every_shorter_length_is_refused),
		cmocka_unit_test(lies_are_refused),
		cmocka_unit_test(aliens_are_passed_over),
		cmocka_unit_test(longer_and_more),
		cmocka_unit_test(requests),
	};

	return cmocka_run_group_tests_name("cn", tests, NULL, NULL);
}
