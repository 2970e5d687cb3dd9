// SPDX-License-Identifier: BSD-2-Clause
/* The option parser: the input is an argv block, without the program's name. */
#include "opts.h"

#include <errno.h>

#include "fuzz.h"
#include "text.h"

enum {
	ARGC_MAX = 32,
	SAID_MAX = 64 * 1024, /* a file may be wrong in 20 ways */
};

/* What was said on stderr: nothing, or what is wrong, with the program's name before it. */
static void check_said(const char *said, size_t len, int r)
{
	must((len != 0) == (r < 0));
	if (!len)
		return;
	must(len > 13 && !memcmp(said, "execsnoop-c: ", 13));
	must(said[len - 1] == '\n');
}

static void check_opts(const struct opts *o)
{
	must(o->sink);
	must(o->source.kinds || o->replay.file); /* which may say what is shown */
	must(!(o->source.kinds >> EVENT_KIND_CNT));
	must(o->source.ring_len >= 4096);
	must(memchr(o->text, '\0', sizeof(o->text)));
	if (o->output)
		must(*o->output);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char said[SAID_MAX];
	static FILE *saying;
	struct span block = { (const char *)data, size }, arg;
	char name[] = "execsnoop-c", *argv[ARGC_MAX + 2] = { name };
	FILE *err = stderr;
	struct opts o;
	int argc = 1, r;

	if (!saying)
		saying = fmemopen(said, sizeof(said), "w");
	must(saying);
	while (argc <= ARGC_MAX && text_next_arg(&block, &arg))
		argv[argc++] = strndup(arg.ptr, arg.len);
	rewind(saying);
	stderr = saying;
	r = opts_parse(&o, argc, argv);
	fflush(saying);
	stderr = err;
	must(r == 0 || r == -EINVAL);
	check_said(said, (size_t)ftell(saying), r);
	if (r == 0)
		check_opts(&o);
	opts_done(&o);
	for (size_t i = 1; i < ARRAY_LEN(argv); i++) /* getopt_long(3) moves them, and loses none */
		if (argv[i] != name)
			free(argv[i]);
	return 0;
}
