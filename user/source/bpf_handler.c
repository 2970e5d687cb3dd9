// SPDX-License-Identifier: BSD-2-Clause
/*
 * libbpf tries bpf_probe_read_kernel() and, if the kernel refuses it, believes that it is from
 * before v5.5 and turns each bpf_probe_read_user() into bpf_probe_read(), and _str() likewise:
 * bpf_object__sanitize_prog() in libbpf.c. Under lockdown=confidentiality the kernel refuses
 * all but those for user memory, so that none of our programs would load. Here they are turned
 * back, right before the load. Ours never call the old helpers, and the kernel's own are
 * behind wire_read_kernel, which is false there.
 *
 * To get between, the section must be ours, and then its tracepoint and its attachment
 * are ours to look after as well.
 */
#include "bpf_handler.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#define BPF_HANDLER_PREFIX "tp_btf/"
#define BPF_HANDLER_FEXIT "fexit/" /* their targets are set by bpf_failed.c */

static void bpf_handler_restore(struct bpf_insn *insn)
{
	if (insn->code != (BPF_JMP | BPF_CALL) || insn->src_reg != 0)
		return;
	switch (insn->imm) {
	case BPF_FUNC_probe_read:
		insn->imm = BPF_FUNC_probe_read_user;
		break;
	case BPF_FUNC_probe_read_str:
		insn->imm = BPF_FUNC_probe_read_user_str;
		break;
	}
}

/*
 * In place: what libbpf hands out is what it is about to load. bpf_program__set_insns() would copy
 * it there once more.
 */
static int bpf_handler_prepare(struct bpf_program *prog, struct bpf_prog_load_opts *opts,
			       long cookie)
{
	size_t cnt = bpf_program__insn_cnt(prog);
	struct bpf_insn *insns = (struct bpf_insn *)bpf_program__insns(prog);

	(void)opts, (void)cookie;
	for (size_t i = 0; i < cnt; i++)
		bpf_handler_restore(&insns[i]);
	return 0;
}

static int bpf_handler_attach(const struct bpf_program *prog, long cookie, struct bpf_link **link)
{
	(void)cookie;
	*link = bpf_program__attach_trace(prog);
	return *link ? 0 : -errno;
}

int bpf_handler_register(void)
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, opts, .prog_prepare_load_fn = bpf_handler_prepare,
		    .prog_attach_fn = bpf_handler_attach);
	int r = libbpf_register_prog_handler(BPF_HANDLER_PREFIX, BPF_PROG_TYPE_TRACING,
					     BPF_TRACE_RAW_TP, &opts);

	if (r >= 0)
		r = libbpf_register_prog_handler(BPF_HANDLER_FEXIT, BPF_PROG_TYPE_TRACING,
						 BPF_TRACE_FEXIT, &opts);
	return r < 0 ? r : 0;
}

int bpf_handler_set_targets(struct bpf_object *obj)
{
	struct bpf_program *prog;
	int r;

	bpf_object__for_each_program(prog, obj)
	{
		if (!bpf_program__autoload(prog) ||
		    strncmp(bpf_program__section_name(prog), BPF_HANDLER_PREFIX,
			    strlen(BPF_HANDLER_PREFIX)) != 0)
			continue;
		r = bpf_program__set_attach_target(
			prog, 0, bpf_program__section_name(prog) + strlen(BPF_HANDLER_PREFIX));
		if (r < 0)
			return r;
	}
	return 0;
}
