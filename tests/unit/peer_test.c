// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "peer.h"

static char folder[] = "/tmp/peer_test.XXXXXX";
static char path[64];
static int listener;
static struct peer peer;

static int setup(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)state;
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/socket", folder);
	strcpy(address.sun_path, path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	peer_init(&peer, path);
	return bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	       listen(listener, 1) < 0;
}

static int teardown(void **state)
{
	(void)state;
	peer_done(&peer);
	close(listener);
	unlink(path);
	return rmdir(folder);
}

static int reader(void)
{
	int fd;

	assert_int_equal(peer_connect(&peer), 0);
	fd = accept(listener, NULL, NULL);
	assert_true(fd >= 0);
	return fd;
}

static void add(const char *lines)
{
	assert_int_equal(peer_add(&peer, (struct span){ lines, strlen(lines) }), 0);
}

/* Send all that there is, to a reader that has room for it. */
static void send_all(void)
{
	while (peer_rest(&peer).len)
		assert_true(peer_send(&peer) > 0);
	assert_int_equal(peer_send(&peer), 0);
}

/* Read at most len bytes: these. */
static void assert_read(int fd, size_t len, const char *want)
{
	char text[256];
	ssize_t n = recv(fd, text, len, MSG_DONTWAIT);

	assert_int_equal(n, strlen(want));
	assert_memory_equal(text, want, strlen(want));
}

static void nobody(void **state)
{
	(void)state;
	add(""); /* before there is any memory */
	close(listener);
	assert_int_equal(peer_connect(&peer), -ECONNREFUSED);
	assert_int_equal(peer_send(&peer), -ENOTCONN);
	listener = -1;
}

/* What was read is not sent again; what may not have been is, from the start of its line. */
static void unread_comes_again(void **state)
{
	int fd = reader();

	(void)state;
	add("one\ntwo\n");
	send_all();
	assert_read(fd, 8, "one\ntwo\n");
	add("three\nfour\n");
	send_all();
	add("five\n");
	send_all();
	assert_read(fd, 8, "three\nfo");
	close(fd);
	add("six\n");
	assert_true(peer_send(&peer) < 0);
	peer_leave(&peer);
	add("seven\n");
	fd = reader();
	send_all();
	assert_read(fd, 200, "three\nfour\nfive\nsix\nseven\n");
	close(fd);
}

/* A new connection beside the old one, of which all was read: nothing comes twice. */
static void read_does_not(void **state)
{
	int old = reader(), fd;

	(void)state;
	add("one\n");
	send_all();
	assert_read(old, 4, "one\n");
	add("two\n");
	fd = reader();
	send_all();
	assert_read(fd, 200, "two\n");
	assert_int_equal(recv(old, &(char){ 0 }, 1, 0), 0);
	close(fd);
	close(old);
}

/* Also if nothing was added since; and a reader that has read all and is gone is not known to have. */
static void read_is_forgotten(void **state)
{
	int fd = reader();

	(void)state;
	assert_false(peer_is_gone(&peer));
	add("one\n");
	send_all();
	assert_read(fd, 4, "one\n");
	close(fd);
	assert_true(peer_is_gone(&peer));
	fd = reader();
	assert_false(peer_is_gone(&peer));
	send_all();
	assert_read(fd, 200, "one\n");
	close(reader());
	assert_int_equal(peer_rest(&peer).len, 0);
	close(fd);
}

/* A reader that never has read all: what is kept is bounded, and is what it has not read. */
/* A flush without lines, after a burst whose memory was given back. */
static void nothing(void **state)
{
	_cleanup_(buf_done) struct buf none = { 0 };

	(void)state;
	add("");
	assert_int_equal(peer_add(&peer, buf_span(&none)), 0);
	assert_int_equal(peer_rest(&peer).len, 0);
}

static void bounded(void **state)
{
	static char line[5000], in[1 << 16];
	size_t sent = 0, got = 0, most = 0;
	int fd = reader();

	(void)state;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 2] = '\n';
	line[sizeof(line) - 1] = '\0';
	while (sent < 20u << 20) {
		ssize_t n;

		add(line);
		sent += sizeof(line) - 1;
		while ((n = peer_send(&peer)) != 0) {
			if (n != -EAGAIN)
				continue;
			n = read(fd, in, sizeof(in));
			assert_true(n > 0);
			got += (size_t)n;
		}
		most = peer.lines.len > most ? peer.lines.len : most;
	}
	assert_true(most < 1u << 20);
	assert_true(most <= peer.unread_max + 2 * sizeof(line));
	/* All that was not read is still there. */
	assert_true(peer.lines.len >= sent - got);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(unread_comes_again, setup, teardown),
		cmocka_unit_test_setup_teardown(read_does_not, setup, teardown),
		cmocka_unit_test_setup_teardown(read_is_forgotten, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(bounded, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
