// SPDX-License-Identifier: BSD-2-Clause
#include "scene.h"

#include <string.h>

#include "text.h"

enum scene_type {
	SCENE_U32,
	SCENE_U64,
	SCENE_SPAN,
	SCENE_NAME, /* an enum: the place of the word in names */
	SCENE_BIT, /* no value */
};

struct scene_key {
	const char *name;
	enum scene_type type;
	size_t off; /* in struct event */
	uint64_t has;
	const char *const *names;
	size_t name_cnt;
};

#define AT(member) offsetof(struct event, member)
/* clang-format off */
#define U32(member, has) { #member, SCENE_U32, AT(member), has, NULL, 0 }
#define U64(member, has) { #member, SCENE_U64, AT(member), has, NULL, 0 }
#define TEXT(member, has) { #member, SCENE_SPAN, AT(member), has, NULL, 0 }
#define NAME(member, has, names, cnt) { #member, SCENE_NAME, AT(member), has, names, cnt }
#define FLAG(name, has) { name, SCENE_BIT, 0, has, NULL, 0 }
#define RUN(member) \
	{ "run." #member, offsetof(struct run, member), sizeof(((struct run *)0)->member) }
/* clang-format on */

static const struct scene_key scene_keys[] = {
	U64(time_ns, 0),
	U32(pid, HAS_PID),
	U32(tid, HAS_TID),
	U32(ppid, HAS_PPID),
	U32(nspid, HAS_NSPID),
	U64(start_ns, HAS_START),
	U64(parent_start_ns, HAS_PARENT_START),
	U32(uid, HAS_UID),
	U32(euid, HAS_EUID),
	U32(gid, HAS_GID),
	U32(egid, HAS_EGID),
	U32(loginuid, HAS_LOGINUID),
	U32(sessionid, HAS_SESSIONID),
	U64(cgroup, HAS_CGROUP),
	U32(tty_major, HAS_TTY),
	U32(tty_minor, HAS_TTY),
	FLAG("thread", HAS_THREAD),
	TEXT(comm, HAS_COMM),
	TEXT(parent_comm, HAS_PARENT_COMM),
	TEXT(user, HAS_USER),
	TEXT(real_user, HAS_REAL_USER),
	TEXT(cgroup_path, HAS_CGROUP_PATH),
	TEXT(container, HAS_CONTAINER),
	TEXT(cwd, HAS_CWD),
	TEXT(filename, HAS_FILENAME),
	TEXT(interp, HAS_INTERP),
	TEXT(executable, HAS_EXECUTABLE),
	TEXT(argv, HAS_ARGV),
	U32(argc, HAS_ARGV),
	U64(argv_len, HAS_ARGV),
	NAME(argv_cut, HAS_ARGV_CUT, event_argv_cut_names, ARGV_CUT_CNT),
	NAME(argv_missing, HAS_ARGV_MISSING, event_argv_missing_names, ARGV_MISSING_CNT),
	TEXT(env, HAS_ENV),
	U64(env_len, HAS_ENV),
	U64(exe_ino, HAS_INODE),
	U32(exe_dev_major, HAS_INODE),
	U32(exe_dev_minor, HAS_INODE),
	FLAG("exe_deleted", HAS_EXE_DELETED),
	FLAG("exe_memfd", HAS_EXE_MEMFD),
	FLAG("exe_proc", HAS_EXE_PROC),
	FLAG("secure", HAS_SECURE),
	U32(exec_errno, HAS_ERRNO),
	TEXT(command, HAS_COMMAND),
	TEXT(parent_command, HAS_PARENT_COMMAND),
	U32(depth, HAS_DEPTH),
	TEXT(ancestry, HAS_ANCESTRY),
	U64(exec_time_ns, HAS_EXEC_TIME),
	U32(exit_code, HAS_EXIT_CODE),
	U32(exit_signal, HAS_EXIT_SIGNAL),
	FLAG("core", HAS_CORE),
	U32(tracer_pid, HAS_TRACER),
	U64(duration_ns, HAS_DURATION),
	U64(utime_ns, HAS_USAGE),
	U64(stime_ns, HAS_USAGE),
	U64(rss_max, HAS_USAGE),
	U64(read_bytes, HAS_IO),
	U64(write_bytes, HAS_IO),
	U64(read_chars, HAS_IO),
	U64(write_chars, HAS_IO),
	U64(lost_cnt, HAS_LOST),
	NAME(lost_reason, HAS_LOST, event_lost_names, LOST_REASON_CNT),
	NAME(lost_kind, HAS_LOST, event_kind_names, EVENT_KIND_CNT),
};

static const struct {
	const char *name;
	size_t off; /* in struct run */
	size_t size;
} scene_runs[] = {
	RUN(version),      RUN(backend),   RUN(fallback_reason), RUN(note),    RUN(options),
	RUN(ephemeral_id), RUN(host_name), RUN(host_id),         RUN(boot_id), RUN(kernel),
	RUN(arch),
};

static int scene_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Decode in place. */
static bool scene_bytes(char *text, struct span *out)
{
	static const char from[] = "sn\\0", to[] = " \n\\";
	char *put = text;

	out->ptr = text;
	for (char *get = text; *get; get++) {
		const char *at = NULL;

		if (*get != '\\') {
			*put++ = *get;
			continue;
		}
		if (*++get)
			at = strchr(from, *get);
		if (at) {
			*put++ = to[at - from];
		} else if (*get == 'x' && scene_digit(get[1]) >= 0 && scene_digit(get[2]) >= 0) {
			*put++ = (char)(scene_digit(get[1]) << 4 | scene_digit(get[2]));
			get += 2;
		} else {
			return false;
		}
	}
	out->len = (size_t)(put - text);
	return true;
}

static bool scene_name(const char *word, const char *const *names, size_t cnt, unsigned int *value)
{
	for (size_t i = 0; i < cnt; i++)
		if (names[i] && !strcmp(names[i], word)) {
			*value = (unsigned int)i;
			return true;
		}
	return false;
}

static bool scene_value(const struct scene_key *key, char *text, void *at)
{
	char *end = text;

	switch (key->type) {
	case SCENE_U32:
		*(uint32_t *)at = (uint32_t)strtoul(text, &end, 10);
		return *text && !*end;
	case SCENE_U64:
		*(uint64_t *)at = strtoull(text, &end, 10);
		return *text && !*end;
	case SCENE_SPAN:
		return scene_bytes(text, at);
	case SCENE_NAME:
		return scene_name(text, key->names, key->name_cnt, at);
	default:
		return false;
	}
}

static bool scene_run(struct run *run, const char *word, char *value)
{
	struct span text;

	for (size_t i = 0; i < ARRAY_LEN(scene_runs); i++)
		if (!strcmp(scene_runs[i].name, word) && scene_bytes(value, &text)) {
			snprintf((char *)run + scene_runs[i].off, scene_runs[i].size, "%.*s",
				 (int)text.len, text.ptr);
			return true;
		}
	return false;
}

static bool scene_word(struct run *run, struct event *ev, char *word)
{
	char *value = strchr(word, '=');

	if (!strcmp(word, "lost_exact")) {
		ev->lost_exact = true;
		return true;
	}
	if (value)
		*value++ = '\0';
	for (size_t i = 0; i < ARRAY_LEN(scene_keys); i++) {
		const struct scene_key *key = &scene_keys[i];

		if (strcmp(key->name, word) != 0 || !value != (key->type == SCENE_BIT))
			continue;
		ev->has |= key->has;
		return !value || scene_value(key, value, (char *)ev + key->off);
	}
	return value && scene_run(run, word, value);
}

/* What follows from the rest. */
static void scene_complete(struct event *ev)
{
	struct span argv = ev->argv, arg;

	if (!ev->argv_len)
		ev->argv_len = ev->argv.len;
	if (!ev->argc)
		while (text_next_arg(&argv, &arg))
			ev->argc++;
	if (ev->kind != EVENT_START && ev->kind != EVENT_END)
		return;
	ev->has |= HAS_RUN;
	if (*ev->run->fallback_reason)
		ev->has |= HAS_FALLBACK;
	if (*ev->run->note)
		ev->has |= HAS_NOTE;
}

int scene_read(FILE *f, struct run *run, event_fn *fn, void *ctx)
{
	_cleanup_free_ char *line = NULL;
	uint64_t time_ns = NSEC_PER_SEC;
	size_t size = 0;

	for (int number = 1; getline(&line, &size, f) > 0; number++) {
		struct event ev = { .wall_offset_ns = SCENE_WALL_OFFSET_NS,
				    .time_ns = time_ns,
				    .lost_kind = EVENT_KIND_CNT,
				    .run = run };
		char *rest = NULL, *word = strtok_r(line, " \n", &rest);
		unsigned int kind;

		if (!word || *word == '#')
			continue;
		if (!scene_name(word, event_kind_names, EVENT_KIND_CNT, &kind)) {
			fprintf(stderr, "line %d: %s is no kind of event\n", number, word);
			return number;
		}
		ev.kind = kind;
		while ((word = strtok_r(NULL, " \n", &rest)))
			if (!scene_word(run, &ev, word)) {
				fprintf(stderr, "line %d: what is %s?\n", number, word);
				return number;
			}
		scene_complete(&ev);
		time_ns = ev.time_ns + NSEC_PER_MSEC;
		fn(ctx, &ev);
	}
	return 0;
}
