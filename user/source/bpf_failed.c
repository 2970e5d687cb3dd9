// SPDX-License-Identifier: BSD-2-Clause
#include "bpf_failed.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "../util.h"

/* The programs, and what the functions are called that they belong to; those of one machine exist. */
static const struct {
	const char *prog;
	const char *symbols[2];
} entries[] = {
	{ "on_failed_execve", { "__x64_sys_execve", "__arm64_sys_execve" } },
	{ "on_failed_execveat", { "__x64_sys_execveat", "__arm64_sys_execveat" } },
	{ "on_failed_execve32", { "__ia32_compat_sys_execve", "__arm64_compat_sys_execve" } },
	{ "on_failed_execveat32", { "__ia32_compat_sys_execveat", "__arm64_compat_sys_execveat" } },
};

static const char fallback[] = "on_failed_any";

/*
 * Does BTF say what that function's argument points to? Some kernels (5.10 of execveat) do not, and
 * then refuse to let it be followed.
 */
static bool failed_is_told(const struct btf *btf, __s32 id)
{
	const struct btf_type *t = btf__type_by_id(btf, (__u32)id);

	t = btf__type_by_id(btf, t->type);
	if (!btf_is_func_proto(t) || btf_vlen(t) != 1)
		return false;
	t = btf__type_by_id(btf, btf_params(t)[0].type);
	if (!btf_is_ptr(t))
		return false;
	do
		t = btf__type_by_id(btf, t->type);
	while (btf_is_mod(t) || btf_is_typedef(t));
	return btf_is_struct(t);
}

/* The symbol of that row in this kernel, NULL if there is none; *id is its number in BTF. */
static const char *failed_symbol(const struct btf *btf, size_t row, __s32 *id)
{
	for (size_t i = 0; i < ARRAY_LEN(entries[row].symbols); i++) {
		*id = btf__find_by_name_kind(btf, entries[row].symbols[i], BTF_KIND_FUNC);
		if (*id > 0 && failed_is_told(btf, *id))
			return entries[row].symbols[i];
	}
	return NULL;
}

/* 0 if the kernel takes an fexit program there, which does nothing; else -errno. */
static int failed_try_fexit(__s32 id)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FEXIT,
		    .attach_btf_id = (__u32)id);
	_cleanup_close_ int prog = -1, link = -1;

	prog = bpf_prog_load(BPF_PROG_TYPE_TRACING, "execsnoop_try", "GPL", insns, ARRAY_LEN(insns),
			     &opts);
	if (prog < 0)
		return prog;
	link = bpf_raw_tracepoint_open(NULL, prog);
	return link < 0 ? link : 0;
}

static int failed_autoload(struct bpf_object *obj, const char *name, bool load, const char *symbol)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(obj, name);
	int r;

	if (!prog)
		return -ENOENT;
	r = bpf_program__set_autoload(prog, load);
	return r == 0 && load && symbol ? bpf_program__set_attach_target(prog, 0, symbol) : r;
}

/* At the end of every system call, since the kernel does as why says. */
static int failed_choose_any(struct bpf_object *obj, const char *why, char *note, size_t len)
{
	int r = failed_autoload(obj, fallback, true, NULL);

	for (size_t i = 0; i < ARRAY_LEN(entries) && r == 0; i++)
		r = failed_autoload(obj, entries[i].prog, false, NULL);
	snprintf(note, len,
		 "failed execs: at the end of every system call, which slows each of them, since "
		 "the kernel %s",
		 why);
	return r;
}

/* At the end of those entry points that there are. */
static int failed_choose_entries(struct bpf_object *obj, const struct btf *btf, char *note,
				 size_t len)
{
	const char *without = "";
	int r = failed_autoload(obj, fallback, false, NULL);
	__s32 id;

	for (size_t i = 0; i < ARRAY_LEN(entries) && r == 0; i++) {
		const char *symbol = failed_symbol(btf, i, &id);

		r = failed_autoload(obj, entries[i].prog, symbol, symbol);
		if (!symbol && i == 1)
			without = ", but the kernel does not tell enough of execveat";
	}
	snprintf(note, len, "failed execs: at the end of execve and execveat alone%s", without);
	return r;
}

int bpf_failed_choose(struct bpf_object *obj, bool own_btf, char *note, size_t len)
{
	char why[64] = "refuses fexit: no such entry point";
	struct btf *btf;
	__s32 id;
	int r;

	if (!own_btf)
		return failed_choose_any(obj, "takes no fexit without BTF of its own", note, len);
	btf = btf__load_vmlinux_btf();
	if (!btf)
		return -ESRCH;
	r = failed_symbol(btf, 0, &id) ? failed_try_fexit(id) : -ESRCH;
	if (r < 0 && r != -ESRCH)
		snprintf(why, sizeof(why), "refuses fexit: %s", strerror(-r));
	r = r < 0 ? failed_choose_any(obj, why, note, len) :
		    failed_choose_entries(obj, btf, note, len);
	btf__free(btf);
	return r;
}
