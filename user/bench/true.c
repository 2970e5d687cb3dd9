// SPDX-License-Identifier: BSD-2-Clause
/*
 * The shortest-lived program there is: it ends with its first system call. Built
 * without a C library, so that exec maps one small file and no loader runs.
 */
#include "exit_now.h"

void _start(void);

void _start(void)
{
	exit_now();
}
