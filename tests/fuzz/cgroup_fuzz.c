// SPDX-License-Identifier: BSD-2-Clause
/* The text of /proc/PID/cgroup, and a path in it. */
#include "cgroup.h"

#include "fuzz.h"

static void check_within(struct span part, struct span whole)
{
	must(!part.len || (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len));
	touch(part);
}

static void check_container(struct span path)
{
	struct span id = cgroup_container(path);

	check_within(id, path);
	must(id.len == 0 || id.len == 64);
	for (size_t i = 0; i < id.len; i++)
		must(strchr("0123456789abcdef", id.ptr[i]) && id.ptr[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };
	struct span path = cgroup_parse(text);

	check_within(path, text);
	must(!path.len || !memchr(path.ptr, '\n', path.len));
	check_container(path);
	check_container(text);
	return 0;
}
