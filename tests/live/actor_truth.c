/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"

static void base64(const char *bytes, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	const unsigned char *b = (const unsigned char *)bytes;

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		unsigned int v = b[i] << 16;

		v |= left > 1 ? b[i + 1] << 8 : 0;
		v |= left > 2 ? b[i + 2] : 0;
		putchar(digits[v >> 18]);
		putchar(digits[v >> 12 & 63]);
		putchar(left > 1 ? digits[v >> 6 & 63] : '=');
		putchar(left > 2 ? digits[v & 63] : '=');
	}
}

static void base64_key(const char *key, const char *bytes, size_t len)
{
	printf(",\"%s\":\"", key);
	base64(bytes, len);
	putchar('"');
}

static void args_keys(char **argv)
{
	size_t len = 0, cnt = 0;
	char *block, *end;

	for (; argv[cnt]; cnt++)
		len += strlen(argv[cnt]) + 1;
	block = malloc(len + 1);
	if (!block)
		fail("malloc");
	end = block;
	for (size_t i = 0; i < cnt; i++)
		end = stpcpy(end, argv[i]) + 1;
	printf(",\"args_count\":%zu", cnt);
	base64_key("args", block, len);
	free(block);
}

/* Each line leaves at once: a child must never inherit, and then write, a buffer of its parent. */
static void line_end(void)
{
	puts("}");
	if (fflush(stdout))
		fail("standard output");
}

void truth_actor(void)
{
	printf("{\"action\":\"actor\",\"pid\":%d", getpid());
	line_end();
}

void truth_fork(pid_t pid, pid_t ppid)
{
	printf("{\"action\":\"fork\",\"pid\":%d,\"ppid\":%d", pid, ppid);
	line_end();
}

static void binary_keys(const struct program *p)
{
	char path[PATH_MAX];
	const char *exe = p->exe;

	if (!exe)
		exe = realpath(p->interp ? p->interp : p->path, path);
	if (!exe)
		fail(p->path);
	base64_key("exe", exe, strlen(exe));
	printf(",\"marks\":\"%s\"", p->marks ? p->marks : "");
}

void truth_exec(const struct program *p, pid_t pid, pid_t ppid)
{
	const char *filename = p->filename ? p->filename : p->path;

	printf("{\"action\":\"exec\",\"pid\":%d", pid);
	if (!p->adopted)
		printf(",\"ppid\":%d", ppid);
	base64_key("filename", filename, strlen(filename));
	if (p->interp)
		base64_key("interp", p->interp, strlen(p->interp));
	binary_keys(p);
	if (p->uid)
		printf(",\"uid\":%u,\"gid\":%u", p->uid, p->uid);
	if (p->nspid)
		printf(",\"nspid\":%d", p->nspid);
	args_keys(p->seen ? p->seen : p->argv);
	line_end();
}

/* The first bytes of an argv block. */
static void args_cut(const struct failed *f)
{
	char *block = malloc(f->got + 1);
	size_t len = 0, argc = 0;

	if (!block)
		fail("malloc");
	while (len < f->got) {
		size_t left = f->got - len, arg = strlen(f->argv[argc]) + 1;

		memcpy(block + len, f->argv[argc], arg < left ? arg : left);
		len += arg < left ? arg : left;
		argc++;
	}
	while (strcmp(f->cut, "fault") != 0 && !f->argc && f->argv[argc])
		argc++;
	printf(",\"args_count\":%zu,\"cut\":\"%s\"", f->argc ? f->argc : argc, f->cut);
	base64_key("args", block, f->got);
	free(block);
}

void truth_failed(const struct failed *f, pid_t pid, pid_t tid)
{
	static char *none[] = { NULL };

	printf("{\"action\":\"exec-failed\",\"pid\":%d,\"ppid\":%d,\"tid\":%d,\"error\":\"%s\"",
	       pid, getpid(), tid, strerrorname_np(f->error));
	if (!f->nameless)
		base64_key("filename", f->path, strlen(f->path));
	if (f->cut)
		args_cut(f);
	else
		args_keys(f->argv ? f->argv : none);
	line_end();
}

void truth_exit(pid_t pid, int status)
{
	printf("{\"action\":\"exit\",\"pid\":%d", pid);
	if (WIFSIGNALED(status))
		printf(",\"exit_signal\":%d,\"core\":%s", WTERMSIG(status),
		       WCOREDUMP(status) ? "true" : "false");
	else
		printf(",\"exit_code\":%d", WEXITSTATUS(status));
	line_end();
}

void truth_ids(bool uid, pid_t pid, id_t real, id_t effective)
{
	printf("{\"action\":\"%s\",\"pid\":%d,\"real\":%u,\"effective\":%u", uid ? "uid" : "gid",
	       pid, real, effective);
	line_end();
}

void truth_thread(pid_t pid, pid_t tid)
{
	printf("{\"action\":\"thread\",\"pid\":%d,\"tid\":%d", pid, tid);
	line_end();
}

void truth_comm(pid_t pid, pid_t tid, const char *name)
{
	printf("{\"action\":\"comm\",\"pid\":%d,\"tid\":%d", pid, tid);
	base64_key("name", name, strlen(name));
	line_end();
}

void truth_session(pid_t pid)
{
	printf("{\"action\":\"session\",\"pid\":%d", pid);
	line_end();
}

void truth_ptrace(pid_t pid, pid_t tracer)
{
	printf("{\"action\":\"ptrace\",\"pid\":%d,\"tracer\":%d", pid, tracer);
	line_end();
}

void truth_core(pid_t pid)
{
	printf("{\"action\":\"core\",\"pid\":%d", pid);
	line_end();
}

static long long timeval_ns(struct timeval t)
{
	return (t.tv_sec * 1000000LL + t.tv_usec) * 1000;
}

void truth_usage(pid_t pid, const struct rusage *usage)
{
	printf("{\"action\":\"usage\",\"pid\":%d", pid);
	printf(",\"cpu_user_ns\":%lld", timeval_ns(usage->ru_utime));
	printf(",\"cpu_system_ns\":%lld", timeval_ns(usage->ru_stime));
	printf(",\"memory_max_bytes\":%lld", usage->ru_maxrss * 1024LL);
	line_end();
}
