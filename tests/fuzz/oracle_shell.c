// SPDX-License-Identifier: BSD-2-Clause
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>

#include "buf.h"
#include "oracle.h"
#include "text.h"

enum {
	ANSWER_MS = 20000,
	QUOTED_MAX = 32768, /* less than a pipe takes: neither side waits for the other */
};

#define END "-end-"

/* A shell that reads commands. Restricted, without any command but its own: what we quote is hostile. */
struct shell {
	int in, out;
};

static void shell_open(struct shell *s)
{
	char *const argv[] = { "bash", "--restricted", "--norc", "--noprofile", NULL };
	char *const env[] = { "LC_ALL=C.UTF-8", "PATH=/nonexistent", NULL };
	static const char begin[] = "enable -n kill eval source . trap ulimit umask suspend\n";
	posix_spawn_file_actions_t actions;
	int in[2], out[2];
	pid_t pid;

	must(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
	must(posix_spawn_file_actions_init(&actions) == 0);
	must(posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO) == 0);
	must(posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO) == 0);
	must(posix_spawnp(&pid, "bash", &actions, NULL, argv, env) == 0);
	posix_spawn_file_actions_destroy(&actions);
	close(in[0]);
	close(out[1]);
	*s = (struct shell){ in[1], out[0] };
	must(write(s->in, begin, sizeof(begin) - 1) == sizeof(begin) - 1);
}

static void shell_read(const struct shell *s, char *to, size_t len)
{
	struct pollfd fd = { .fd = s->out, .events = POLLIN };

	while (len) {
		ssize_t n;

		must(poll(&fd, 1, ANSWER_MS) == 1); /* else it waits for a quote that ends a word */
		n = read(s->out, to, len);
		must(n > 0);
		to += n;
		len -= (size_t)n;
	}
}

void oracle_shell(struct span quoted, struct span argv)
{
	static unsigned int calls;
	static struct shell shell = { -1, -1 };
	_cleanup_(buf_done) struct buf ask = { 0 }, want = { 0 };
	_cleanup_free_ char *got = NULL;
	struct span arg;

	if (calls++ % SHELL_EVERY || quoted.len > QUOTED_MAX || !argv.len)
		return;
	if (shell.in < 0)
		shell_open(&shell);
	buf_puts(&ask, "printf '%s\\0' ");
	buf_put_span(&ask, quoted);
	buf_puts(&ask, " " END "\n");
	while (text_next_arg(&argv, &arg)) {
		buf_put_span(&want, arg);
		buf_put_char(&want, '\0');
	}
	buf_put(&want, END, sizeof(END));
	got = malloc(want.len);
	must(got && !ask.failed && !want.failed);
	must(write(shell.in, ask.ptr, ask.len) == (ssize_t)ask.len);
	shell_read(&shell, got, want.len);
	must(!memcmp(got, want.ptr, want.len));
}
