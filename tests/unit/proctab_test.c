// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include "cgroup.h"
#include "proctab.h"

enum {
	TICK_NS = 10000000, /* nearer start times are taken for the same: /proc knows no better */
};

static void do_exec(struct proctab *t, uint32_t pid, uint64_t start_ns, const char *name)
{
	struct event ev = {
		.kind = EVENT_EXEC,
		.has = HAS_PID | HAS_START | HAS_FILENAME,
		.pid = pid,
		.start_ns = start_ns * TICK_NS,
		.filename = { name, strlen(name) },
	};

	proctab_update(t, &ev);
}

/* The process's exit tells this file name; NULL: none. */
static void assert_exit(struct proctab *t, uint32_t pid, uint64_t start_ns, const char *want)
{
	struct event ev = {
		.kind = EVENT_EXIT,
		.has = HAS_PID | HAS_START,
		.pid = pid,
		.start_ns = start_ns * TICK_NS,
	};

	proctab_update(t, &ev);
	assert_int_equal(event_has(&ev, HAS_FILENAME), want != NULL);
	if (!want)
		return;
	assert_int_equal(ev.filename.len, strlen(want));
	assert_memory_equal(ev.filename.ptr, want, ev.filename.len);
}

static void exit_tells_the_last_exec(void **state)
{
	struct proctab *t = proctab_new(&(struct proctab_conf){ 0 });

	(void)state;
	do_exec(t, 1, 100, "/bin/first");
	do_exec(t, 1, 100, "/bin/second");
	do_exec(t, 2, 100, "/bin/other");
	assert_int_equal(proctab_cnt(t), 2);
	assert_exit(t, 1, 100, "/bin/second");
	assert_exit(t, 1, 100, NULL); /* it is gone */
	assert_exit(t, 3, 100, NULL);
	assert_int_equal(proctab_cnt(t), 1);
	proctab_free(t);
}

static void a_pid_used_again_is_another_process(void **state)
{
	struct proctab *t = proctab_new(&(struct proctab_conf){ 0 });

	(void)state;
	do_exec(t, 1, 100, "/bin/old");
	assert_exit(t, 1, 200, NULL);
	do_exec(t, 1, 200, "/bin/new");
	assert_int_equal(proctab_cnt(t), 1);
	assert_exit(t, 1, 200, "/bin/new");
	proctab_free(t);
}

static void the_oldest_is_forgotten(void **state)
{
	struct proctab *t = proctab_new(&(struct proctab_conf){ 0 });

	(void)state;
	for (uint32_t pid = 1; pid <= PROCTAB_MAX; pid++)
		do_exec(t, pid, 1, "/bin/x");
	do_exec(t, 1, 1, "/bin/again"); /* touched: now 2 is the oldest */
	do_exec(t, PROCTAB_MAX + 1, 1, "/bin/y");
	assert_int_equal(proctab_cnt(t), PROCTAB_MAX);
	assert_exit(t, 2, 1, NULL);
	assert_exit(t, 1, 1, "/bin/again");
	assert_exit(t, 3, 1, "/bin/x");
	assert_exit(t, PROCTAB_MAX + 1, 1, "/bin/y");
	proctab_free(t);
}

/* The connector tells little of an exit: the rest is what was known of the process. */
static void a_poor_exit_is_made_rich(void **state)
{
	struct proctab *t = proctab_new(&(struct proctab_conf){ 0 });
	struct event parent = { .kind = EVENT_SNAPSHOT,
				.has = HAS_PID | HAS_COMM | HAS_START,
				.pid = 7,
				.start_ns = 5 * (uint64_t)TICK_NS,
				.comm = SPAN("mum") };
	struct event exec = { .kind = EVENT_EXEC,
			      .has = HAS_PID | HAS_START | HAS_COMM | HAS_PPID | HAS_EUID |
				     HAS_USER,
			      .pid = 8,
			      .ppid = 7,
			      .start_ns = 9 * (uint64_t)TICK_NS,
			      .comm = SPAN("kid"),
			      .user = SPAN("ann"),
			      .euid = 3 };
	struct event end = {
		.kind = EVENT_EXIT, .has = HAS_PID, .pid = 8, .time_ns = 11 * (uint64_t)TICK_NS
	};

	(void)state;
	proctab_update(t, &parent);
	proctab_update(t, &exec);
	assert_true(event_has(&exec, HAS_PARENT_COMM | HAS_PARENT_START));
	assert_memory_equal(exec.parent_comm.ptr, "mum", 3);
	proctab_update(t, &end);
	assert_true(event_has(&end, HAS_START | HAS_COMM | HAS_PPID | HAS_EUID | HAS_USER |
					    HAS_DURATION | HAS_PARENT_COMM));
	assert_memory_equal(end.comm.ptr, "kid", 3);
	assert_memory_equal(end.user.ptr, "ann", 3);
	assert_int_equal(end.euid, 3);
	assert_int_equal(end.duration_ns, 2 * TICK_NS);
	assert_int_equal(proctab_cnt(t), 1);
	proctab_free(t);
}

/* A fork without a start time says at least that the pid is another's now. */
static void a_fork_ends_what_was_there(void **state)
{
	struct proctab *t = proctab_new(&(struct proctab_conf){ 0 });
	struct event child = { .kind = EVENT_FORK, .has = HAS_PID | HAS_PPID, .pid = 1, .ppid = 2 };

	(void)state;
	do_exec(t, 1, 100, "/bin/old");
	proctab_update(t, &child);
	assert_exit(t, 1, 300, NULL);
	proctab_free(t);
}

#define ALL (&(struct proctab_conf){ .command = true, .ancestry = true, .cgroup = true })

static struct event fork_of(uint32_t ppid, uint32_t pid)
{
	return (struct event){
		.kind = EVENT_FORK, .has = HAS_PID | HAS_PPID, .pid = pid, .ppid = ppid
	};
}

static struct event exec_of(uint32_t ppid, uint32_t pid, struct span comm, struct span argv)
{
	return (struct event){ .kind = EVENT_EXEC,
			       .has = HAS_PID | HAS_PPID | HAS_COMM | HAS_ARGV,
			       .pid = pid,
			       .ppid = ppid,
			       .time_ns = pid * UINT64_C(1000),
			       .comm = comm,
			       .argv = argv,
			       .argv_len = argv.len };
}

static void assert_span(struct span got, struct span want)
{
	assert_int_equal(got.len, want.len);
	assert_memory_equal(got.ptr, want.ptr, want.len);
}

static void commands_are_kept_if_wanted(void **state)
{
	const struct span top = BYTES("top\0-b\0"), kid = BYTES("kid\0");
	struct proctab *t = proctab_new(ALL), *less = proctab_new(&(struct proctab_conf){ 0 });
	struct event one = exec_of(1, 10, SPAN("top"), top), two = fork_of(10, 11);
	struct event three = exec_of(10, 11, SPAN("kid"), kid), failed = three;
	struct event end = { .kind = EVENT_EXIT, .has = HAS_PID, .pid = 11, .time_ns = 5 };
	struct event copy = one, last = end;

	(void)state;
	proctab_update(t, &one);
	assert_span(one.command, top);
	proctab_update(t, &two);
	assert_true(event_has(&two, HAS_PARENT_COMMAND | HAS_COMMAND));
	assert_false(event_has(&two, HAS_EXEC_TIME)); /* that program was not its own */
	assert_span(two.command, top);
	failed.kind = EVENT_EXEC_FAILED;
	proctab_update(t, &failed);
	assert_span(failed.command, top); /* it still runs that */
	proctab_update(t, &three);
	assert_span(three.command, kid);
	assert_span(three.parent_command, top);
	proctab_update(t, &end);
	assert_true(event_has(&end, HAS_COMMAND | HAS_EXEC_TIME));
	assert_span(end.command, kid);
	assert_int_equal(end.exec_time_ns, 11000);

	proctab_update(less, &copy);
	last.pid = 10;
	proctab_update(less, &last);
	assert_false(last.has & (HAS_COMMAND | HAS_DEPTH | HAS_ANCESTRY));
	assert_true(event_has(&last, HAS_EXEC_TIME));
	assert_int_equal(proctab_bytes(less), 0);
	proctab_free(t);
	proctab_free(less);
}

static void ancestors_are_counted_and_named(void **state)
{
	struct proctab *t = proctab_new(ALL);
	struct event a = exec_of(0, 1, SPAN("init"), BYTES("init\0"));
	struct event b = exec_of(1, 2, SPAN("sh"), BYTES("sh\0"));
	struct event c = fork_of(2, 3), d = exec_of(3, 4, SPAN("x"), BYTES("x\0"));

	(void)state;
	proctab_update(t, &a);
	assert_int_equal(a.depth, 0);
	assert_false(event_has(&a, HAS_ANCESTRY));
	proctab_update(t, &b);
	assert_span(b.ancestry, BYTES("init\0"));
	proctab_update(t, &c);
	proctab_update(t, &d); /* of 3 the name is not known */
	assert_true(event_has(&d, HAS_DEPTH | HAS_ANCESTRY));
	assert_int_equal(d.depth, 3);
	assert_span(d.ancestry, BYTES("\0sh\0init\0"));
	proctab_free(t);
}

/* From the root on, whoever adopts what descends from it. */
static void depth_is_counted_from_the_root(void **state)
{
	struct proctab *t = proctab_new(&(struct proctab_conf){ .ancestry = true, .root = 20 });
	/* A child may stand before its parent. */
	struct event old = {
		.kind = EVENT_SNAPSHOT, .has = HAS_PID | HAS_PPID, .pid = 22, .ppid = 21
	};
	struct event mid = old, top = old, root = exec_of(10, 20, SPAN("root"), BYTES("r\0"));
	struct event end = { .kind = EVENT_EXIT, .has = HAS_PID, .pid = 21 }, poor = end;
	struct event kid = fork_of(22, 23), orphan = exec_of(1, 22, SPAN("orphan"), BYTES("o\0"));
	struct event again = fork_of(23, 20), other = fork_of(10, 11), below = fork_of(20, 24);

	(void)state;
	mid.pid = 21;
	mid.ppid = 20;
	top.pid = 10;
	top.ppid = 1;
	proctab_update(t, &old);
	proctab_update(t, &mid);
	proctab_update(t, &top);
	top.pid = 20;
	top.ppid = 10;
	proctab_update(t, &top);
	proctab_update(t, &root);
	assert_int_equal(root.depth, 0);
	proctab_update(t, &below);
	assert_int_equal(below.depth, 1);
	proctab_update(t, &end);
	assert_int_equal(end.depth, 1);
	proctab_update(t, &kid); /* its parent's parent is gone */
	assert_int_equal(kid.depth, 2);
	proctab_update(t, &orphan);
	assert_int_equal(orphan.depth, 1);
	proctab_update(t, &other);
	assert_int_equal(other.depth, 1);
	assert_span(other.ancestry, BYTES("\0"));
	proctab_update(t, &poor); /* of which nothing is known */
	assert_true(event_has(&poor, HAS_DEPTH));
	assert_int_equal(poor.depth, 1);
	end.pid = 20;
	proctab_update(t, &end);
	kid = fork_of(22, 25);
	proctab_update(t, &kid);
	assert_int_equal(kid.depth, 2); /* as when the root was there */
	proctab_update(t, &again); /* its pid */
	assert_int_equal(again.depth, 3);
	proctab_free(t);
}

/* Lost events can leave pids that lead in a circle, or to whoever has the pid now. */
static void a_walk_ends(void **state)
{
	struct proctab *t = proctab_new(ALL);
	struct event own = exec_of(5, 5, SPAN("own"), BYTES("o\0"));
	struct event a = exec_of(2, 1, SPAN("a"), BYTES("a\0"));
	struct event b = exec_of(1, 2, SPAN("b"), BYTES("b\0"));
	struct event c = exec_of(2, 3, SPAN("c"), BYTES("c\0"));
	struct event young = exec_of(0, 7, SPAN("young"), BYTES("y\0"));
	struct event old = exec_of(7, 8, SPAN("old"), BYTES("o\0"));

	(void)state;
	proctab_update(t, &own);
	assert_int_equal(own.depth, 0);
	proctab_update(t, &a);
	proctab_update(t, &b);
	proctab_update(t, &c);
	assert_int_equal(c.depth, PROCTAB_DEPTH_MAX);
	young.has |= HAS_START;
	young.start_ns = 9 * (uint64_t)TICK_NS;
	old.has |= HAS_START;
	old.start_ns = 5 * (uint64_t)TICK_NS;
	proctab_update(t, &young);
	proctab_update(t, &old);
	assert_int_equal(old.depth, 0);
	proctab_free(t);
}

/* A storm of long command lines must not take more memory than is said. */
static void bytes_are_bounded(void **state)
{
	enum {
		LEN = 1 << 20,
		CNT = 40
	};
	struct proctab *t = proctab_new(ALL);
	char *bytes = calloc(1, PROCTAB_BYTES + 1);
	struct event ev;

	(void)state;
	assert_non_null(bytes);
	for (uint32_t pid = 1; pid <= CNT; pid++) {
		ev = exec_of(pid - 1, pid, SPAN("x"), (struct span){ bytes, LEN });
		proctab_update(t, &ev);
		/* The one that left last is kept for its event. */
		assert_true(proctab_bytes(t) <= PROCTAB_BYTES + LEN);
	}
	assert_true(proctab_cnt(t) < CNT && proctab_cnt(t) >= PROCTAB_BYTES / LEN - 1);
	for (uint32_t pid = CNT + 1; pid < 2 * CNT; pid++) { /* a share takes nothing */
		size_t before = proctab_bytes(t);

		ev = fork_of(CNT, pid);
		proctab_update(t, &ev);
		assert_true(event_has(&ev, HAS_COMMAND));
		assert_true(proctab_bytes(t) <= before);
	}
	ev = exec_of(CNT, CNT + 1, SPAN("x"), (struct span){ bytes, PROCTAB_BYTES + 1 });
	proctab_update(t, &ev);
	ev = (struct event){ .kind = EVENT_EXIT, .has = HAS_PID, .pid = CNT + 1 };
	proctab_update(t, &ev);
	assert_false(event_has(&ev, HAS_COMMAND));
	free(bytes);
	proctab_free(t);
}

static void a_cgroup_is_inherited(void **state)
{
	struct proctab *t = proctab_new(ALL);
	struct event one = exec_of(1, 10, SPAN("a"), BYTES("a\0")), two = fork_of(10, 11);

	(void)state;
	one.cgroup_path = SPAN("/box/abc");
	one.container = (struct span){ one.cgroup_path.ptr + 5, 3 };
	one.has |= HAS_CGROUP_PATH | HAS_CONTAINER;
	proctab_update(t, &one);
	proctab_update(t, &two);
	assert_true(event_has(&two, HAS_CGROUP_PATH | HAS_CONTAINER));
	assert_span(two.cgroup_path, SPAN("/box/abc"));
	assert_span(two.container, SPAN("abc"));
	proctab_free(t);
}

static struct event exit_in(uint64_t cgroup, uint32_t pid)
{
	return (struct event){
		.kind = EVENT_EXIT, .has = HAS_PID | HAS_CGROUP, .pid = pid, .cgroup = cgroup
	};
}

/* Whoever went to a cgroup of which no path is known is not where it was, nor are its children. */
static void a_cgroup_is_left(void **state)
{
	struct proctab *t = proctab_new(ALL);
	struct event in = exec_of(1, 10, SPAN("a"), BYTES("a\0")), other = in;
	struct event stays = fork_of(10, 11), leaves = fork_of(10, 12);
	struct event untold = fork_of(10, 13), end;

	(void)state;
	in.cgroup = stays.cgroup = 1032;
	leaves.cgroup = 1051;
	in.cgroup_path = SPAN("/box/abc");
	in.container = (struct span){ in.cgroup_path.ptr + 5, 3 };
	in.has |= HAS_CGROUP | HAS_CGROUP_PATH | HAS_CONTAINER;
	stays.has |= HAS_CGROUP;
	leaves.has |= HAS_CGROUP;
	proctab_update(t, &in);
	proctab_update(t, &stays);
	assert_true(event_has(&stays, HAS_CGROUP_PATH | HAS_CONTAINER));
	proctab_update(t, &leaves);
	assert_false(leaves.has & (HAS_CGROUP_PATH | HAS_CONTAINER));
	proctab_update(t, &untold); /* as the connector tells it */
	assert_true(event_has(&untold, HAS_CGROUP_PATH | HAS_CONTAINER));
	end = exit_in(1032, 11);
	proctab_update(t, &end);
	assert_true(event_has(&end, HAS_CGROUP_PATH | HAS_CONTAINER));
	end = exit_in(1032, 12); /* it came back */
	proctab_update(t, &end);
	assert_true(event_has(&end, HAS_CGROUP_PATH | HAS_CONTAINER));

	other.cgroup = 1099; /* made anew under the same name */
	other.cgroup_path = in.cgroup_path;
	other.has |= HAS_CGROUP | HAS_CGROUP_PATH;
	proctab_update(t, &other);
	end = exit_in(1099, 10);
	proctab_update(t, &end);
	assert_true(event_has(&end, HAS_CGROUP_PATH));
	end = exit_in(CGROUP_ROOT_ID, 13);
	proctab_update(t, &end);
	assert_false(event_has(&end, HAS_CGROUP_PATH));
	proctab_free(t);
}

/* A snapshot's path has no id: it is that of a hierarchy of version 1, or the unified one has told it. */
static void a_cgroup_of_a_snapshot(void **state)
{
	struct proctab *t = proctab_new(ALL);
	struct event seen = { .kind = EVENT_SNAPSHOT,
			      .has = HAS_PID | HAS_CGROUP_PATH,
			      .pid = 10,
			      .cgroup_path = SPAN("/box") };
	struct event leaves = fork_of(10, 11), end = exit_in(CGROUP_ROOT_ID, 10);

	(void)state;
	leaves.cgroup = 1051; /* of a service that was over before its cgroup was looked at */
	leaves.has |= HAS_CGROUP;
	proctab_update(t, &seen);
	proctab_update(t, &leaves);
	assert_false(event_has(&leaves, HAS_CGROUP_PATH));
	proctab_update(t, &end);
	assert_true(event_has(&end, HAS_CGROUP_PATH));
	assert_span(end.cgroup_path, SPAN("/box"));
	proctab_free(t);
}

/* A user without a name is not the one that the process had before. */
static void a_users_name_is_that_of_its_id(void **state)
{
	struct proctab *t = proctab_new(&(struct proctab_conf){ 0 });
	struct event one = exec_of(1, 10, SPAN("a"), BYTES("a\0")), two = one;
	struct event poor = { .kind = EVENT_COMM, .has = HAS_PID, .pid = 10 };
	struct event end = { .kind = EVENT_EXIT, .has = HAS_PID, .pid = 10 };

	(void)state;
	one.euid = 0;
	one.user = SPAN("root");
	one.has |= HAS_EUID | HAS_USER;
	two.euid = 54321;
	two.has |= HAS_EUID;
	proctab_update(t, &one);
	proctab_update(t, &poor);
	assert_true(event_has(&poor, HAS_EUID | HAS_USER));
	assert_span(poor.user, SPAN("root"));
	proctab_update(t, &two);
	assert_false(event_has(&two, HAS_USER));
	proctab_update(t, &end);
	assert_int_equal(end.euid, 54321);
	assert_false(event_has(&end, HAS_USER));
	proctab_free(t);
}

/* A thread may have another name than its process. */
static void a_threads_name_is_its_own(void **state)
{
	struct proctab *t = proctab_new(ALL);
	struct event one = exec_of(1, 10, SPAN("main"), BYTES("m\0")), two = fork_of(10, 11);
	struct event name = { .kind = EVENT_COMM,
			      .has = HAS_PID | HAS_COMM | HAS_THREAD,
			      .pid = 10,
			      .tid = 12,
			      .comm = SPAN("thread") };

	(void)state;
	proctab_update(t, &one);
	proctab_update(t, &name);
	assert_span(name.comm, SPAN("thread"));
	proctab_update(t, &two);
	assert_span(two.parent_comm, SPAN("main"));
	proctab_free(t);
}

/* Nor does a thread that fails to run a program, or changes its ids alone, speak for its process. */
static void a_threads_exec_is_its_processes(void **state)
{
	struct proctab *t = proctab_new(ALL);
	struct event one = exec_of(1, 10, SPAN("main"), BYTES("m\0")), failed = one, exec = one;
	struct event uid = { .kind = EVENT_UID,
			     .has = HAS_PID | HAS_EUID | HAS_EGID | HAS_THREAD,
			     .pid = 10,
			     .tid = 12,
			     .euid = 7,
			     .egid = 7 };
	struct event two = fork_of(10, 11), three = fork_of(10, 13), poor = uid;

	(void)state;
	one.euid = one.egid = 3;
	one.user = SPAN("ann");
	one.has |= HAS_EUID | HAS_EGID | HAS_USER;
	failed.kind = EVENT_EXEC_FAILED;
	failed.comm = SPAN("worker");
	failed.has |= HAS_THREAD;
	poor.kind = EVENT_COMM;
	poor.has = HAS_PID;
	proctab_update(t, &one);
	proctab_update(t, &failed);
	proctab_update(t, &uid);
	assert_int_equal(uid.euid, 7);
	assert_false(event_has(&uid, HAS_USER));
	proctab_update(t, &two);
	assert_span(two.parent_comm, SPAN("main"));
	assert_span(two.ancestry, BYTES("main\0"));
	proctab_update(t, &poor);
	assert_true(event_has(&poor, HAS_EUID | HAS_EGID | HAS_USER));
	assert_int_equal(poor.euid, 3);
	assert_int_equal(poor.egid, 3);
	assert_span(poor.user, SPAN("ann"));

	exec.comm = SPAN("next");
	exec.euid = 7;
	exec.has |= HAS_THREAD | HAS_EUID; /* it called exec, and is the first thread now */
	proctab_update(t, &exec);
	proctab_update(t, &three);
	assert_span(three.ancestry, BYTES("next\0"));
	poor.has = HAS_PID;
	proctab_update(t, &poor);
	assert_int_equal(poor.euid, 7);
	assert_false(event_has(&poor, HAS_USER));
	proctab_free(t);
}

/* Of which the connector tells no parent. */
static void a_thread_stands_where_its_process_does(void **state)
{
	struct proctab *t = proctab_new(ALL), *rooted,
		       *less = proctab_new(&(struct proctab_conf){ 0 });
	struct event one = exec_of(1, 10, SPAN("main"), BYTES("m\0")), two = fork_of(10, 11);
	struct event poor = {
		.kind = EVENT_THREAD, .has = HAS_PID | HAS_TID, .pid = 11, .tid = 12
	};
	struct event rich = poor, unknown = poor, plain = poor;

	(void)state;
	rooted = proctab_new(&(struct proctab_conf){ .ancestry = true, .root = 10 });
	proctab_update(t, &one);
	proctab_update(t, &two);
	proctab_update(t, &poor);
	assert_true(event_has(&poor, HAS_DEPTH | HAS_ANCESTRY));
	assert_int_equal(poor.depth, 1);
	assert_span(poor.ancestry, BYTES("main\0"));
	rich.has |= HAS_PPID;
	rich.ppid = 1; /* it was adopted meanwhile */
	proctab_update(t, &rich);
	assert_int_equal(rich.depth, 0);
	unknown.pid = 13;
	proctab_update(t, &unknown);
	assert_false(event_has(&unknown, HAS_DEPTH));
	proctab_update(rooted, &unknown);
	assert_true(event_has(&unknown, HAS_DEPTH));
	assert_int_equal(unknown.depth, 1);
	proctab_update(less, &plain);
	assert_false(event_has(&plain, HAS_DEPTH));
	assert_int_equal(proctab_cnt(less), 0);
	proctab_free(t);
	proctab_free(rooted);
	proctab_free(less);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_tells_the_last_exec),
		cmocka_unit_test(a_pid_used_again_is_another_process),
		cmocka_unit_test(the_oldest_is_forgotten),
		cmocka_unit_test(a_poor_exit_is_made_rich),
		cmocka_unit_test(a_fork_ends_what_was_there),
		cmocka_unit_test(commands_are_kept_if_wanted),
		cmocka_unit_test(ancestors_are_counted_and_named),
		cmocka_unit_test(depth_is_counted_from_the_root),
		cmocka_unit_test(a_walk_ends),
		cmocka_unit_test(bytes_are_bounded),
		cmocka_unit_test(a_cgroup_is_inherited),
		cmocka_unit_test(a_cgroup_is_left),
		cmocka_unit_test(a_cgroup_of_a_snapshot),
		cmocka_unit_test(a_users_name_is_that_of_its_id),
		cmocka_unit_test(a_threads_name_is_its_own),
		cmocka_unit_test(a_threads_exec_is_its_processes),
		cmocka_unit_test(a_thread_stands_where_its_process_does),
	};

	return cmocka_run_group_tests_name("proctab", tests, NULL, NULL);
}
