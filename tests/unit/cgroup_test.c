// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include "cgroup.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void assert_text(struct span got, const char *want)
{
	assert_int_equal(got.len, strlen(want));
	assert_memory_equal(got.ptr ? got.ptr : "", want, got.len);
}

static void parses_proc(void **state)
{
	(void)state;
	assert_text(cgroup_parse(SPAN("0::/user.slice/a.scope\n")), "/user.slice/a.scope");
	assert_text(cgroup_parse(SPAN("0::/\n")), "/");
	assert_text(cgroup_parse(SPAN("9:name=systemd:/\n4:memory:/\n0::/\n")), "/");
	assert_text(cgroup_parse(SPAN("9:name=systemd:/\n4:memory:/a/b\n0::/\n")), "/a/b");
	assert_text(cgroup_parse(SPAN("0::/with:colon")), "/with:colon");
	assert_text(cgroup_parse(SPAN("")), "");
	assert_text(cgroup_parse(SPAN("nonsense\n::\n:")), "");
}

static void finds_containers(void **state)
{
	(void)state;
	assert_text(cgroup_container(SPAN("/docker/" ID)), ID);
	assert_text(cgroup_container(SPAN("/system.slice/docker-" ID ".scope")), ID);
	assert_text(cgroup_container(SPAN("/kubepods/pod1/cri-containerd-" ID ".scope/x")), ID);
	assert_text(cgroup_container(SPAN("/user.slice/user-0.slice")), "");
	assert_text(cgroup_container(SPAN("/docker/" ID "0")), ""); /* one digit too many */
	assert_text(cgroup_container((struct span){ 0 }), "");
}

static void ids_without_a_path(void **state)
{
	struct cgroups *c = cgroups_new();
	struct span root;

	(void)state;
	assert_non_null(c);
	assert_text(cgroups_path(c, 0), "");
	root = cgroups_path(c, CGROUP_ROOT_ID);
	/* Else it depends on whether this may ask. */
	if (cgroups_have_others(c) || root.len)
		assert_text(root, cgroups_have_others(c) ? "" : "/");
	assert_text(cgroups_path(c, UINT64_MAX), "");
	assert_text(cgroups_path(c, UINT64_MAX), "");
	cgroups_free(c);
	cgroups_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_proc),
		cmocka_unit_test(finds_containers),
		cmocka_unit_test(ids_without_a_path),
	};

	return cmocka_run_group_tests_name("cgroup", tests, NULL, NULL);
}
