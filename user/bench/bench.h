/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `execsnoop-c bench`: what tracing costs on this machine. Layer 5; its parts, in user/bench/:
 *
 *   bench.[ch]	the subcommand: who is measured, where, and in which order
 *   conf.[ch]		its command line
 *   round.[ch]	one run of one tracer, between two without
 *   workload.[ch]	what is run; true.c: the program; hist.[ch]: how long each lived
 *   crowd.[ch]	processes that are alive meanwhile
 *   tracer.[ch]	the tracer as a child; probe.[ch]: what it uses; count.[ch]: what it wrote
 *   host.[ch]		the machine and who else uses it
 *   child.[ch], stop.[ch], usage.h	processes; the user's wish to end
 *   results.[ch]	the figures, and which of them are noise
 *   report.[ch]	as text, Markdown and JSON; html.[ch], plot.[ch]: as a page with plots
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

/* What it ended with, for main() to make an exit status of. */
enum bench_end {
	BENCH_OK,
	BENCH_FAILED, /* or ended by the user: what is reported is not all */
	BENCH_USAGE,
};

/* argv[0] is the subcommand. All is said when it returns. */
enum bench_end bench_run(int argc, char **argv);

#endif
