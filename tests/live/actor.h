/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTOR_H
#define ACTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

/*
 * The actor acts one scene and tells the truth about it: the processes that it caused, as NDJSON.
 * The programs that it starts are itself: the environment variable ACTOR_CHILD says what such a
 * program does, so that a scene is free to choose every byte of argv.
 *
 *	actor.c			main, the list of the scenes, what a child does
 *	actor_truth.c		the lines on standard output
 *	actor_stage.c		the private directory, starting programs, waiting for them
 *	scenes_args.c		argv of every kind and size
 *	scenes_path.c		file names, scripts, descriptors
 *	scenes_binary.c		binaries that are not where their name says
 *	scenes_process.c	threads, namespaces, signals, credentials, parents
 *	scenes_failed.c		execs that fail
 *	scenes_change.c		threads, names, ids, sessions, tracers, core dumps
 *	scenes_usage.c		CPU time, memory, bytes read and written
 *	scenes_storm.c		many programs at once
 */

#define CHILD_VARIABLE "ACTOR_CHILD"
#define SLOW_PREFIX "slow+" /* before what a child does: only after a moment */

enum {
	NOBODY = 65534,
	SLOW_US = 50000,
	HOLD_US = 300000,
	SHARED_PIDS = 4,
	EXEC_FAILED_CODE = 127,
};

/* Memory that all processes of a scene share, for what only a descendant knows. */
struct shared {
	int exec_errno; /* of the last exec that failed */
	pid_t pids[SHARED_PIDS];
};

struct stage {
	char exe[4096]; /* this program */
	char dir[256]; /* private, anyone may search it, removed at the end */
	struct shared *shared;
	const struct program *next; /* what a child of child_start is to exec */
	bool slow; /* ACTOR_SLOW: each program lives for a moment before it does anything */
};

/* A program to start, and what a tracer should see of it. All pointers are borrowed. */
struct program {
	const char *path; /* as given to execveat(2) */
	int dirfd; /* 0: the working directory */
	int flags; /* of execveat(2) */
	char **argv;
	const char *child; /* what it does once it runs, see actor.c */
	int (*prepare)(struct stage *s); /* before the exec; 0 or -1 and errno; may be NULL */
	int error; /* the errno that the exec must fail with */

	const char *filename; /* as the kernel names it; NULL: path */
	const char *interp; /* of a script, else NULL */
	const char *exe; /* the binary's path; NULL: that of interp or path, without links */
	const char *marks; /* what else is said of the binary; NULL: nothing */
	char **seen; /* argv as the kernel builds it; NULL: argv */
	bool adopted; /* its parent is gone: nobody knows the new one for sure */
	uid_t uid; /* of user and group, if the scene changes them */
	pid_t nspid; /* in its own pid namespace, if that is another */
};

/* An exec that must fail, and what a tracer should see of it. All pointers are borrowed. */
struct failed {
	const char *path;
	char **argv; /* may be NULL, as for execve(2) */
	int error; /* the errno */
	bool at; /* with execveat(2), and then: */
	int dirfd;
	int flags;

	bool nameless; /* path cannot be captured */
	const char *cut; /* why argv is not captured whole, NULL if it is; and then: */
	size_t got; /* bytes of it that are */
	size_t argc; /* 0: all of argv, or if cut is "fault" none */
};

#define ARGV(...) ((char *[]){ __VA_ARGS__, NULL })

/* actor_truth.c */
void truth_actor(void);
void truth_fork(pid_t pid, pid_t ppid);
void truth_exec(const struct program *p, pid_t pid, pid_t ppid);
/* tid: of the thread that called it */
void truth_failed(const struct failed *f, pid_t pid, pid_t tid);
/* status is what waitpid(2) gave. */
void truth_exit(pid_t pid, int status);
/* uid: was it the user's ids, or the group's? */
void truth_ids(bool uid, pid_t pid, id_t real, id_t effective);
void truth_thread(pid_t pid, pid_t tid);
void truth_comm(pid_t pid, pid_t tid, const char *name);
void truth_session(pid_t pid);
/* tracer: 0 if it is gone */
void truth_ptrace(pid_t pid, pid_t tracer);
void truth_core(pid_t pid);
/* As wait4(2) says. */
void truth_usage(pid_t pid, const struct rusage *usage);

/* actor_stage.c: each of these ends the actor with a message if the machine does not play along. */
_Noreturn void fail(const char *what);
void stage_open(struct stage *s);
void stage_close(struct stage *s);
/* Writes DIR/name into path. */
void stage_path(const struct stage *s, char path[4096], const char *name);
/* Copies this program to path. */
void stage_copy(const char *path);
void stage_write(const char *path, const char *text, mode_t mode);

/* Replaces this process; says why in s->shared and exits with EXEC_FAILED_CODE if it cannot. */
_Noreturn void program_exec(struct stage *s, const struct program *p);
/* Starts p in a new process and tells of its fork, waits for its end and tells of that. */
pid_t program_start(struct stage *s, const struct program *p);
int program_end(struct stage *s, const struct program *p, pid_t pid);
int program_run(struct stage *s, const struct program *p);

/* Runs act, which does not return, in a new process and tells of the fork. */
pid_t child_start(struct stage *s, void (*act)(struct stage *s));
/* Waits for pid without a word; the caller tells of what else happened, then of the exit. */
int child_wait(pid_t pid);
/* Waits for pid and tells of its end. */
void child_end(pid_t pid);

/* An argv whose block (each argument and its NUL) has total bytes, in arguments of piece bytes. */
char **argv_new(size_t total, size_t piece);
void argv_free(char **argv);

/* The step of a chain of execs in one process: `chain 5`, which execs `chain 4`, ... */
enum {
	CHAIN_STEPS = 5,
};
struct chain {
	char step[16];
	char child[16];
	char *argv[3];
	struct program program;
};
void chain_init(struct chain *c, const char *exe, int step);

struct scene {
	const char *name;
	void (*act)(struct stage *s);
	const char *text;
	const char *events; /* what to ask of the tracer; NULL: exec,fork,exit */
};

extern const struct scene scenes_args[];
extern const struct scene scenes_path[];
extern const struct scene scenes_binary[];
extern const struct scene scenes_process[];
extern const struct scene scenes_failed[];
extern const struct scene scenes_change[];
extern const struct scene scenes_usage[];
extern const struct scene scenes_storm[];

#endif
