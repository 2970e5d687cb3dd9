// SPDX-License-Identifier: BSD-2-Clause
#include "source.h"

extern const struct source_ops source_bpf;

const struct source_ops *const source_list[] = {
	&source_bpf,
};

const size_t source_cnt = ARRAY_LEN(source_list);
