/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nobpf [ERRNO] COMMAND...: runs COMMAND where bpf(2) fails, with ENOSYS if no other is given,
 * as on a kernel without it or under the seccomp filter of a container.
 *
 * nobpf setns COMMAND...: where setns(2) does nothing and says that it did.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int forbid(unsigned int call, unsigned int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof(code) / sizeof(code[0]), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

int main(int argc, char **argv)
{
	int error = argc > 1 ? atoi(argv[1]) : 0;
	int setns = argc > 1 && !strcmp(argv[1], "setns");
	char **command = argv + (error || setns ? 2 : 1);

	if (command >= argv + argc) {
		fputs("usage: nobpf [ERRNO | setns] COMMAND...\n", stderr);
		return 2;
	}
	if (setns ? forbid(SYS_setns, 0) : forbid(SYS_bpf, error ? (unsigned int)error : ENOSYS)) {
		perror("nobpf: seccomp");
		return 1;
	}
	execvp(command[0], command);
	perror(command[0]);
	return 127;
}
