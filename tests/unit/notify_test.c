// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "notify.h"
#include "util.h"

static char name[sizeof(((struct sockaddr_un *)0)->sun_path)];
static int manager = -1;

/* The service manager's end, with this name in the environment. */
static void listen_at(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	size_t len = strlen(path);

	memcpy(at.sun_path, path, len);
	if (*path == '@')
		at.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(manager, (struct sockaddr *)&at,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
			 0);
	setenv("NOTIFY_SOCKET", path, 1);
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

static int listen_abstract(void **state)
{
	(void)state;
	snprintf(name, sizeof(name), "@execsnoop-c/notify_test/%d", getpid());
	listen_at(name);
	return 0;
}

static int listen_path(void **state)
{
	(void)state;
	snprintf(name, sizeof(name), "/tmp/notify_test.%d", getpid());
	listen_at(name);
	return 0;
}

static int hang_up(void **state)
{
	(void)state;
	close(manager);
	if (*name == '/')
		unlink(name);
	return 0;
}

/* The next message; "" if there is none. */
static const char *heard(void)
{
	static char text[4096];
	ssize_t len = recv(manager, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[len > 0 ? len : 0] = '\0';
	return text;
}

static void messages(void **state)
{
	uint64_t before = clock_now_ns(CLOCK_MONOTONIC) / 1000;
	struct notify n;
	uintmax_t usec;
	char end;

	(void)state;
	notify_open(&n);
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_string_equal(heard(), "");
	notify_ready(&n, "tracing");
	assert_string_equal(heard(), "READY=1\nSTATUS=tracing");
	notify_ready(&n, "two\nREADY=0");
	assert_string_equal(heard(), "READY=1\nSTATUS=two");
	notify_reloading(&n);
	assert_int_equal(sscanf(heard(), "RELOADING=1\nMONOTONIC_USEC=%ju%c", &usec, &end), 1);
	assert_true(usec >= before && usec <= clock_now_ns(CLOCK_MONOTONIC) / 1000);
	notify_ready(&n, NULL);
	assert_string_equal(heard(), "READY=1");
	notify_stopping(&n);
	assert_string_equal(heard(), "STOPPING=1");
	notify_failed(&n, -ENOSPC);
	assert_string_equal(heard(), "STATUS=failed: No space left on device\nERRNO=28");
	notify_alive(&n, UINT64_MAX - 1);
	assert_string_equal(heard(), "");
	notify_close(&n);
	notify_close(&n);
	notify_ready(&n, NULL);
	assert_string_equal(heard(), "");
}

/* Twice as often as it must be, and not before it is ready, nor once it ends. */
static void signs_of_life(void **state)
{
	const uint64_t half = 1500 * NSEC_PER_MSEC;
	uint64_t now, due;
	struct notify n;
	char pid[16];

	(void)state;
	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("WATCHDOG_USEC", "3000000", 1);
	setenv("WATCHDOG_PID", pid, 1);
	notify_open(&n);
	assert_null(getenv("WATCHDOG_USEC"));
	assert_null(getenv("WATCHDOG_PID"));
	assert_true(n.due_ns == UINT64_MAX);
	now = clock_now_ns(CLOCK_MONOTONIC);
	notify_ready(&n, NULL);
	heard();
	due = n.due_ns;
	assert_in_range(due, now + half, now + 2 * half);
	notify_alive(&n, due - 1);
	assert_string_equal(heard(), "");
	notify_alive(&n, due);
	assert_string_equal(heard(), "WATCHDOG=1");
	assert_true(n.due_ns == due + half);
	/* A manager that does not read is not waited for. */
	for (int i = 0; i < 1000; i++)
		notify_alive(&n, n.due_ns);
	while (*heard())
		;
	notify_stopping(&n);
	heard();
	assert_true(n.due_ns == UINT64_MAX);
	notify_close(&n);
}

static void no_signs_of_life(void **state)
{
	static const char *const wanted[][2] = {
		{ NULL, NULL }, { "3000000", "1" },
		{ "0", NULL },  { "", NULL },
		{ "-1", NULL }, { "1s", NULL },
		{ " 1", NULL }, { "99999999999999999999", NULL },
	};
	struct notify n;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		setenv("NOTIFY_SOCKET", name, 1);
		if (wanted[i][0])
			setenv("WATCHDOG_USEC", wanted[i][0], 1);
		if (wanted[i][1])
			setenv("WATCHDOG_PID", wanted[i][1], 1);
		notify_open(&n);
		notify_ready(&n, NULL);
		assert_true(n.due_ns == UINT64_MAX);
		assert_string_equal(heard(), "READY=1");
		notify_close(&n);
	}
	/* Whoever passes no pid means the one that it starts. */
	setenv("NOTIFY_SOCKET", name, 1);
	setenv("WATCHDOG_USEC", "3000000", 1);
	notify_open(&n);
	assert_true(n.every_ns == 1500 * NSEC_PER_MSEC);
	notify_close(&n);
}

static void nobody_wants_to_know(void **state)
{
	char longest[200] = "/";
	const char *const nowhere[] = { "", "/", "@", "relative", "vsock:2:1", longest };
	struct notify n;

	(void)state;
	memset(longest + 1, 'x', sizeof(longest) - 2);
	unsetenv("NOTIFY_SOCKET");
	setenv("WATCHDOG_USEC", "3000000", 1);
	notify_open(&n);
	assert_int_equal(n.fd, -1);
	notify_ready(&n, "x");
	assert_true(n.due_ns == UINT64_MAX);
	notify_stopping(&n);
	notify_close(&n);
	for (size_t i = 0; i < ARRAY_LEN(nowhere); i++) {
		setenv("NOTIFY_SOCKET", nowhere[i], 1);
		notify_open(&n);
		assert_int_equal(n.fd, -1);
		assert_null(getenv("NOTIFY_SOCKET"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(messages, listen_abstract, hang_up),
		cmocka_unit_test_setup_teardown(messages, listen_path, hang_up),
		cmocka_unit_test_setup_teardown(signs_of_life, listen_abstract, hang_up),
		cmocka_unit_test_setup_teardown(no_signs_of_life, listen_abstract, hang_up),
		cmocka_unit_test(nobody_wants_to_know),
	};

	/* The messages are for users; here they would only look like failures. */
	if (!freopen("/dev/null", "we", stderr))
		return 1;
	return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
