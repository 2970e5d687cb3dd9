// SPDX-License-Identifier: BSD-2-Clause
#include "bpf_btf.h"

#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "../util.h"
#include "source.h"

enum {
	CHAIN_MAX = 64, /* typedef, const and the like, one of the other */
};

#define FILE_MAX (1ll << 30) /* a vmlinux with all that a debugger wants is that large */
#define PLACE "/var/lib/execsnoop-c/btf/"

void bpf_btf_place(char path[PATH_MAX])
{
	struct utsname uts;

	*path = '\0';
	if (uname(&uts) == 0)
		snprintf(path, PATH_MAX, PLACE "%s.btf", uts.release);
}

/* ---- libbpf 1.1 follows what a file says: so that it leads nowhere ---- */

static bool btf_has(const struct btf *btf, __u32 id)
{
	return id < btf__type_cnt(btf);
}

/* Do the typedefs and the like end? */
static bool btf_chain_ends(const struct btf *btf, const struct btf_type *t)
{
	for (int i = 0; i < CHAIN_MAX; i++) {
		if (!btf_is_mod(t) && !btf_is_typedef(t) && !btf_is_array(t))
			return true;
		t = btf__type_by_id(btf, btf_is_array(t) ? btf_array(t)->type : t->type);
		if (!t)
			return false;
	}
	return false;
}

/* Is all there that this type is made of? */
static bool btf_parts_exist(const struct btf *btf, const struct btf_type *t)
{
	const struct btf_array *array = btf_array(t);
	bool ok = true;

	switch (btf_kind(t)) {
	case BTF_KIND_ARRAY:
		return btf_has(btf, array->type) && btf_has(btf, array->index_type);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		for (int i = 0; i < btf_vlen(t); i++)
			ok &= btf_has(btf, btf_members(t)[i].type);
		return ok;
	case BTF_KIND_FUNC_PROTO:
		for (int i = 0; i < btf_vlen(t); i++)
			ok &= btf_has(btf, btf_params(t)[i].type);
		return ok && btf_has(btf, t->type);
	case BTF_KIND_DATASEC:
		for (int i = 0; i < btf_vlen(t); i++)
			ok &= btf_has(btf, btf_var_secinfos(t)[i].type);
		return ok;
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_FWD:
	case BTF_KIND_FLOAT:
		return true; /* what the others have as a type is their size here */
	default:
		return btf_has(btf, t->type);
	}
}

static bool btf_is_sound(const struct btf *btf)
{
	for (__u32 id = 1; btf_has(btf, id); id++)
		if (!btf_parts_exist(btf, btf__type_by_id(btf, id)))
			return false;
	for (__u32 id = 1; btf_has(btf, id); id++)
		if (!btf_chain_ends(btf, btf__type_by_id(btf, id)))
			return false;
	return btf__type_cnt(btf) > 1;
}

/* ---- a file ---- */

/* Why a file is of no use; NULL: it is BTF. Of one that nobody named: whose it is counts. */
static const char *btf_wrong(const char *path, bool named)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *wrong = NULL;
	struct btf *btf;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return strerror(errno);
	if (S_ISDIR(st.st_mode))
		return "it is a directory";
	if (!S_ISREG(st.st_mode))
		return "it is not a file";
	if (!named && ((st.st_uid != 0 && st.st_uid != geteuid()) || st.st_mode & 022))
		return "others may write it";
	if (st.st_size > FILE_MAX)
		return "it is too large";
	btf = btf__parse(path, NULL);
	if (!btf)
		return errno == ENOMEM ? strerror(errno) : "it holds no BTF, or not all of it";
	if (!btf_is_sound(btf))
		wrong = "its BTF is damaged";
	btf__free(btf);
	return wrong;
}

int bpf_btf_choose(char path[PATH_MAX], const char *given, struct source_why *why)
{
	const char *wrong;

	*path = '\0';
	if (given)
		snprintf(path, PATH_MAX, "%s", given);
	else if (access(BPF_BTF_OWN, F_OK) < 0)
		bpf_btf_place(path);
	if (!given && access(path, F_OK) < 0)
		*path = '\0';
	wrong = *path ? btf_wrong(path, given) : NULL;
	if (!wrong)
		return 0;
	snprintf(why->cause, sizeof(why->cause), "%.160s: %s", path, wrong);
	snprintf(why->cure, sizeof(why->cure), BPF_BTF_CURE);
	return -EINVAL;
}
