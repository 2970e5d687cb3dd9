// SPDX-License-Identifier: BSD-2-Clause
/*
 * vmlinux/vmlinux.h is cut by hand: each struct and field in it, as the BPF object's
 * own BTF tells them, must be in the running kernel's BTF under the same name and of
 * the same kind. What holds for some kernels only has a flavour (___) in
 * bpf/kernel.h, whose fields are checked if the kernel has the type.
 */
#include "unit.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>

#define OBJECT "build/execsnoop.bpf.o"

static struct btf *ours, *kernels;

/* Past typedefs and const, to what it is. */
static const struct btf_type *resolve(const struct btf *btf, __u32 id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (btf_is_mod(t) || btf_is_typedef(t))
		t = btf__type_by_id(btf, t->type);
	return t;
}

/* The member of that name, also within unnamed structs; NULL if there is none. */
static const struct btf_type *find_member(const struct btf *btf, const struct btf_type *t,
					  const char *name)
{
	const struct btf_member *m = btf_members(t);

	for (int i = 0; i < btf_vlen(t); i++) {
		const char *n = btf__name_by_offset(btf, m[i].name_off);
		const struct btf_type *mt = resolve(btf, m[i].type), *found;

		if (!strcmp(n, name))
			return mt;
		if (*n || !btf_is_composite(mt))
			continue;
		found = find_member(btf, mt, name);
		if (found)
			return found;
	}
	return NULL;
}

/* Enums and integers may stand for each other, and pointers all look alike. */
static bool same_kind(const struct btf_type *a, const struct btf_type *b)
{
	bool a_int = btf_is_int(a) || btf_is_any_enum(a),
	     b_int = btf_is_int(b) || btf_is_any_enum(b);

	if (a_int || b_int)
		return a_int && b_int && a->size == b->size;
	return btf_kind(a) == btf_kind(b);
}

/* The kernel's type for one of ours; flavour: ours is for some kernels only. */
static const struct btf_type *kernel_type(const char *name, bool *flavour)
{
	char plain[128];
	char *end;
	int id;

	snprintf(plain, sizeof(plain), "%s", name);
	end = strstr(plain, "___");
	*flavour = end != NULL;
	if (end)
		*end = '\0';
	id = btf__find_by_name_kind(kernels, plain, BTF_KIND_STRUCT);
	return id < 0 ? NULL : btf__type_by_id(kernels, (__u32)id);
}

static int check_struct(const struct btf_type *t, const char *name)
{
	const struct btf_member *m = btf_members(t);
	const struct btf_type *k;
	bool flavour;

	k = kernel_type(name, &flavour);
	if (!k && flavour)
		return 0;
	if (!k)
		fail_msg("the kernel has no struct %s", name);
	for (int i = 0; i < btf_vlen(t); i++) {
		const char *field = btf__name_by_offset(ours, m[i].name_off);
		const struct btf_type *kt = find_member(kernels, k, field);

		if (!kt && flavour)
			continue;
		if (!kt)
			fail_msg("the kernel has no %s.%s", name, field);
		else if (!same_kind(resolve(ours, m[i].type), kt))
			fail_msg("%s.%s is of another kind in the kernel", name, field);
	}
	return btf_vlen(t);
}

/* Types of the project's own, which no kernel has. */
static bool is_own(const char *name)
{
	static const char *const prefixes[] = { "wire_", "map_", "copy" };

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

static void every_field_is_the_kernels(void **state)
{
	int fields = 0;

	(void)state;
	for (__u32 id = 1; id < btf__type_cnt(ours); id++) {
		const struct btf_type *t = btf__type_by_id(ours, id);
		const char *name = btf__name_by_offset(ours, t->name_off);

		if (btf_is_struct(t) && *name && !is_own(name))
			fields += check_struct(t, name);
	}
	assert_true(fields >= 35); /* else the object's BTF was not what we think */
}

/* The numbers in vmlinux.h's enums, which BTF of the object keeps if they are used. */
static void enums_are_the_kernels(void **state)
{
	static const struct {
		const char *type;
		const char *name;
		__u32 value;
	} wanted[] = {
		{ "bpf_map_type", "BPF_MAP_TYPE_ARRAY", 2 },
		{ "bpf_map_type", "BPF_MAP_TYPE_LRU_HASH", 9 },
		{ "bpf_map_type", "BPF_MAP_TYPE_RINGBUF", 27 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		int id = btf__find_by_name_kind(kernels, wanted[i].type, BTF_KIND_ENUM);
		const struct btf_type *t = btf__type_by_id(kernels, (__u32)id);
		const struct btf_enum *e;
		bool found = false;

		assert_true(id > 0);
		e = btf_enum(t);
		for (int j = 0; j < btf_vlen(t); j++)
			found |= !strcmp(btf__name_by_offset(kernels, e[j].name_off),
					 wanted[i].name) &&
				 (__u32)e[j].val == wanted[i].value;
		assert_true(found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_the_kernels),
		cmocka_unit_test(enums_are_the_kernels),
	};
	int r;

	kernels = btf__load_vmlinux_btf();
	if (!kernels) {
		printf("skip vmlinux: this kernel offers no BTF\n");
		return 0;
	}
	ours = btf__parse_elf(OBJECT, NULL);
	if (!ours) {
		printf("not ok vmlinux: cannot read %s\n", OBJECT);
		return 1;
	}
	r = cmocka_run_group_tests_name("vmlinux", tests, NULL, NULL);
	btf__free(ours);
	btf__free(kernels);
	return r;
}
