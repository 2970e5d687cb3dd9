// SPDX-License-Identifier: BSD-2-Clause
/*
 * btfshift IN OUT STRUCT FIELD BYTES|loose: a copy of a file with BTF in which that field lies so many
 * bytes further on, as in another kernel; or has a type that there is not.
 */
#include <bpf/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const char *what)
{
	fprintf(stderr, "btfshift: %s\n", what);
	return 1;
}

/* Where it is written: libbpf gives it out for reading. */
static struct btf_member *find(const struct btf *btf, const char *type, const char *field)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (__u32)id) : NULL;

	for (int i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(t)[i].name_off), field))
			return btf_members(t) + i;
	return NULL;
}

int main(int argc, char **argv)
{
	struct btf_member *m;
	const void *bytes;
	struct btf *btf;
	FILE *file;
	__u32 len;

	if (argc != 6)
		return fail("usage: btfshift IN OUT STRUCT FIELD BYTES|loose");
	btf = btf__parse(argv[1], NULL);
	m = btf ? find(btf, argv[3], argv[4]) : NULL;
	if (!m)
		return fail("there is no such field");
	if (!strcmp(argv[5], "loose"))
		m->type = 0x7fffffff;
	m->offset += 8 * (__u32)atoi(argv[5]);
	bytes = btf__raw_data(btf, &len);
	file = fopen(argv[2], "we");
	if (!bytes || !file || fwrite(bytes, 1, len, file) != len || fclose(file) != 0)
		return fail("the copy cannot be written");
	return 0;
}
