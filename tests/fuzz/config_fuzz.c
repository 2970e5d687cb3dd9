// SPDX-License-Identifier: BSD-2-Clause
/* The configuration file: the input is the file, read by the command line parser. */
#include "opts.h"

#include <errno.h>
#include <sys/mman.h>

#include "config.h"
#include "fuzz.h"

enum {
	SAID_MAX = 64 * 1024,
	LINES_MAX = 21, /* 20 that are wrong, and that there may be more */
};

/* What was said on stderr: nothing, or lines with the place in the file, and nothing a terminal obeys. */
static void check_said(char *said, size_t len, const char *path, int r)
{
	char head[64];
	unsigned int lines = 0;

	must((len != 0) == (r < 0));
	snprintf(head, sizeof(head), "execsnoop-c: %s:", path);
	said[len] = '\0';
	for (char *end; *said; said = end + 1, lines++) {
		must(!strncmp(said, head, strlen(head)));
		end = strchr(said, '\n');
		must(end);
		for (; said < end; said++)
			must((unsigned char)*said >= ' ' && *said != 0x7f);
	}
	must(lines <= LINES_MAX);
}

/* A string that an option keeps lies in the text. */
static void check_kept(const struct opts *o, size_t size, const char *s)
{
	if (!s)
		return;
	must(s > o->file.text && s <= o->file.text + size);
	touch((struct span){ s, strlen(s) });
	must(strlen(s) <= CONFIG_LINE_MAX);
}

static void check_opts(const struct opts *o, size_t size)
{
	const char *const kept[] = { o->output,        o->filter.name,      o->filter.line,
				     o->filter.cgroup, o->filter.container, o->record.path,
				     o->env.names,     o->env.redact };

	must(o->sink && o->source.kinds && o->source.ring_len >= 4096);
	must(!o->help && !o->version && !o->doctor && !o->completion && !o->columns_help);
	must(!o->check_config && !o->replay.file && !o->command);
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		check_kept(o, size, kept[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char said[SAID_MAX], path[32], name[] = "execsnoop-c", option[] = "--config";
	char *argv[] = { name, option, path, NULL };
	static FILE *saying;
	static int fd = -1; /* making a file takes longer than reading it */
	FILE *err = stderr;
	struct opts o;
	int r;

	if (!saying)
		saying = fmemopen(said, sizeof(said), "w");
	if (fd < 0) {
		fd = memfd_create("config", MFD_CLOEXEC);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	must(saying && fd >= 0 && ftruncate(fd, (off_t)size) == 0);
	must(pwrite(fd, data, size, 0) == (ssize_t)size);
	rewind(saying);
	stderr = saying;
	r = opts_parse(&o, 3, argv);
	fflush(saying);
	stderr = err;
	must(r == 0 || r == -EINVAL);
	check_said(said, (size_t)ftell(saying), path, r);
	if (r == 0)
		check_opts(&o, size);
	opts_done(&o);
	must(!o.file.text);
	return 0;
}
