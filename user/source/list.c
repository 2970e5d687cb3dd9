// SPDX-License-Identifier: BSD-2-Clause
#include "source.h"

#include <errno.h>
#include <string.h>

#include "../log.h"

extern const struct source_ops source_bpf;
extern const struct source_ops source_connector;

const struct source_ops *const source_list[] = {
	&source_bpf,
	&source_connector,
};

const size_t source_cnt = ARRAY_LEN(source_list);

const struct source_ops *source_find(const char *name)
{
	for (size_t i = 0; i < source_cnt; i++)
		if (!strcmp(source_list[i]->name, name))
			return source_list[i];
	return NULL;
}

int source_pick(struct source **out, const struct source_ops *only, const struct source_conf *conf,
		char *reason, size_t len)
{
	size_t at = 0;
	int r = -EINVAL;

	*reason = '\0';
	for (size_t i = 0; i < source_cnt; i++) {
		struct source_why why = { 0 };

		if (only && source_list[i] != only)
			continue;
		r = source_list[i]->open(out, conf, &why);
		if (r == 0)
			return 0;
		if (at < len)
			at += (size_t)snprintf(reason + at, len - at, "%s%s: %s (%s)",
					       at ? "; " : "", source_list[i]->name, why.cause,
					       why.cure);
	}
	log_err(0, "cannot trace: %s", reason);
	return r;
}
