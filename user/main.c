// SPDX-License-Identifier: BSD-2-Clause
/*
 * execsnoop-c: show every program that this machine starts, with its whole argv.
 *
 * The map of the sources. A file may know those of its own layer and below:
 *
 * - main(): exit statuses			main.c (this file)
 *
 * 5 pipeline_run(): source to output	pipeline.[ch]
 *   - the way of an event		flow.[ch]
 *   doctor_run(): what the host offers	doctor.[ch],
 *					doctor_probe.c, doctor_report.c
 *   bench_run(): what tracing costs	bench/: the map is in bench/bench.h
 *   - opts_parse(): the option table	opts.[ch], opts_config.[ch], opts_filter.[ch],
 *					opts_output.[ch], opts_record.[ch], opts_help.c,
 *					opts_table.h, version.h
 *
 * 4 where events come from		source/source.h, source/list.c
 *   - BPF programs and ring buffer	source/bpf.c, source/bpf_argv.[ch],
 *					source/bpf_why.[ch], source/bpf_handler.[ch],
 *					source/bpf_failed.[ch], source/bpf_count.[ch]
 *   - kernels without BTF		source/bpf_btf.[ch], source/bpf_prove.[ch],
 *					source/bpf_raw.[ch]
 *   - proc connector and /proc		source/connector.c, source/cn_queue.[ch],
 *					source/cn_threads.[ch], source/cn_socket.[ch],
 *					source/reader.[ch], source/cpus.[ch]
 *   - captures				source/replay.[ch]
 *   what events look like			sink/sink.h, sink/list.c
 *   - a field as text for a person		sink/cells.[ch]
 *   - lines of these, in columns		sink/columns.[ch]
 *   - the views made of these		sink/table.c, sink/tree.c, sink/lifecycle.c
 *   - JSON after ECS			sink/json.c
 *   where the bytes go			out.[ch]
 *   - a reader at a socket		peer.[ch]
 *   metrics for Prometheus		metrics.[ch], metrics_file.[ch]
 *   a command to trace			command.[ch]
 *   what the service manager is told	notify.[ch]
 *   where a capture goes		record.[ch], record_sync.[ch]
 *
 * 3 processes alive			proctab.[ch]
 *   which events are shown		filter.[ch]
 *   what was started most		stats.[ch]
 *   what the machine knows besides	enrich.[ch]
 *
 * 2 records into events			decode.[ch]
 *   events into a capture, and back	capture.h, capture_write.c,
 *					capture_read.c, capture_block.[ch],
 *					capture_format.[ch]
 *   the reader of a ring buffer		ring.[ch]
 *   messages of the proc connector	cn.[ch]
 *   records from /proc			procfs.[ch]
 *   names of users			users.[ch]
 *   paths of cgroups			cgroup.[ch]
 *
 * 1 struct event				event.[ch]
 *   the field table			field.[ch]
 *   which environment is shown		env.[ch]
 *   what is given up before tracing	privilege.[ch]
 *   which system calls are allowed	sysfilter.[ch]
 *   threads with few rights		thread.[ch]
 *
 * 0 a growing buffer			buf.[ch]
 *   hostile bytes made printable		text.[ch]
 *   JSON strings				json.[ch]
 *   clocks and time as text		clock.[ch]
 *   a number for each of some pids	pidmap.[ch]
 *   the size of an expression		pattern.[ch]
 *   files of a rotated set		parts.[ch]
 *   the lines of a configuration file	config.[ch]
 *   messages				log.[ch]
 *   capabilities			caps.[ch]
 *   in which namespaces we are		namespace.[ch]
 *   cleanup attributes and the like	util.h
 *
 * In the kernel: bpf/wire.h is the form of the records, bpf/exec.bpf.c,
 * bpf/fork.bpf.c and the like make them, bpf/filter.h leaves some out, vmlinux/vmlinux.h tells which
 * kernel fields they read, bpf/read.h how.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"
#include "buf.h"
#include "command.h"
#include "doctor.h"
#include "log.h"
#include "notify.h"
#include "opts.h"
#include "opts_table.h"
#include "out.h"
#include "pipeline.h"
#include "version.h"

enum {
	EXIT_USAGE = 2,
};

/* What --help, --check-config and the like print; a full disk counts here too. */
static int main_print(const struct opts *o)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct out out = { .fd = -1 };
	int r;

	if (o->help)
		opts_help(&b);
	else if (o->columns_help)
		opts_help_columns(&b);
	else if (o->completion)
		opts_completion(&b, o->completion);
	else if (o->check_config)
		buf_printf(&b, "%s: ok\n", o->file.path);
	else
		buf_puts(&b, "execsnoop-c " VERSION "\n");
	r = out_open(&out, NULL, STDOUT_FILENO);
	if (r == 0)
		r = out_flush(&out, &b);
	if (r < 0 && r != -EPIPE)
		log_err(r, "%s", out.name);
	if (out_close(&out) < 0)
		return EXIT_FAILURE;
	return r < 0 && r != -EPIPE ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Does it run until something ends it? */
static bool main_traces(const struct opts *o)
{
	return !o->help && !o->columns_help && !o->completion && !o->check_config && !o->version &&
	       !o->doctor;
}

/* The files that SIGHUP is about may be rotated while we start: it waits until it can be understood. */
static void main_hold_hangup(sigset_t *before)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, before);
}

/*
 * The next file to be opened would take the number of one that is closed, and what is meant for standard
 * output be written into it. Instead of it there is a path alone, with which each read and write fails as
 * before: EBADF, open(2). A command that is run gets it closed.
 */
static int main_occupy_fds(void)
{
	int fd;

	do {
		fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return log_err(-errno, "/");
	close(fd);
	return 0;
}

/* Nobody would see what is written to it. */
static int main_test_output(const struct opts *o)
{
	const int fd = opts_std_fd(o);

	if (o->output || !(fcntl(fd, F_GETFL) & O_PATH))
		return 0;
	return log_err(-EBADF, "cannot write to standard %s",
		       fd == STDERR_FILENO ? "error" : "output");
}

/* Trace the machine; or a command, and then its exit status is ours. signals: that were held back at the start. */
static int main_trace(struct opts *o, const sigset_t *signals)
{
	_cleanup_(notify_close) struct notify notify;
	struct command *command = NULL;
	int r, status;

	notify_open(&notify);
	if (main_test_output(o) < 0)
		return EXIT_FAILURE;
	if (!pipeline_holds_hangup(o, &notify))
		sigprocmask(SIG_SETMASK, signals, NULL);
	if (o->command) {
		if (command_start(&command, o->command, o->follow) < 0)
			return EXIT_FAILURE;
		o->filter.pid = command_pid(command);
	}
	/* What a burst or a long argv took is given back: glibc would raise this with each large block. */
	mallopt(M_MMAP_THRESHOLD, BUF_KEEP);
	r = pipeline_run(o, command, &notify);
	if (r < 0)
		notify_failed(&notify, r);
	status = command ? command_end(command) : EXIT_SUCCESS;
	return r < 0 ? EXIT_FAILURE : status;
}

static int main_bench(int argc, char **argv)
{
	static const int statuses[] = {
		[BENCH_OK] = EXIT_SUCCESS,
		[BENCH_FAILED] = EXIT_FAILURE,
		[BENCH_USAGE] = EXIT_USAGE,
	};

	return statuses[bench_run(argc, argv)];
}

int main(int argc, char **argv)
{
	_cleanup_(opts_done) struct opts opts = { 0 };
	sigset_t signals;

	if (main_occupy_fds() < 0)
		return EXIT_FAILURE;

	if (argc > 1 && !strcmp(argv[1], "bench"))
		return main_bench(argc - 1, argv + 1);
	main_hold_hangup(&signals);
	if (opts_parse(&opts, argc, argv) < 0)
		return EXIT_USAGE;
	log_set_verbose(opts.verbose);
	if (main_traces(&opts))
		return main_trace(&opts, &signals);
	sigprocmask(SIG_SETMASK, &signals, NULL);
	if (opts.doctor)
		return doctor_run(&opts) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	return main_print(&opts);
}
