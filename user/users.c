// SPDX-License-Identifier: BSD-2-Clause
#include "users.h"

#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

enum {
	USERS_MAX = 65536, /* of a larger file, the rest is shown by number */
};

struct user {
	uint32_t uid;
	uint32_t gid;
	uint32_t name_len;
	uint32_t place; /* in the file: of two with one uid, or one name, the first counts */
	char *name;
};

struct users {
	char *path;
	struct user *list; /* ascending by uid, then by place */
	size_t cnt;
	struct stat file; /* when it was read */
	uint64_t next_look_ns; /* for a uid that is unknown */
	uint64_t next_check_ns; /* whether what is known still holds */
	struct user last; /* the one found last: most lookups repeat; borrows from list */
};

struct users *users_new(const char *path)
{
	struct users *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->path = strdup(path);
	if (!u->path) {
		free(u);
		return NULL;
	}
	return u;
}

static void users_clear(struct users *u)
{
	for (size_t i = 0; i < u->cnt; i++)
		free(u->list[i].name);
	free(u->list);
	u->list = NULL;
	u->cnt = 0;
	u->last = (struct user){ 0 };
}

void users_free(struct users *u)
{
	if (!u)
		return;
	users_clear(u);
	free(u->path);
	free(u);
}

static int users_compare(const void *a, const void *b)
{
	const struct user *x = a, *y = b;

	if (x->uid != y->uid)
		return x->uid < y->uid ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

static bool users_add(struct users *u, size_t *cap, const struct passwd *pw)
{
	if (u->cnt == *cap) {
		size_t more = *cap ? *cap * 2 : 64;
		struct user *list = realloc(u->list, more * sizeof(*list));

		if (!list)
			return false;
		u->list = list;
		*cap = more;
	}
	u->list[u->cnt] = (struct user){ .uid = pw->pw_uid,
					 .gid = pw->pw_gid,
					 .place = (uint32_t)u->cnt,
					 .name = strdup(pw->pw_name) };
	if (!u->list[u->cnt].name)
		return false;
	u->list[u->cnt].name_len = (uint32_t)strlen(pw->pw_name);
	u->cnt++;
	return true;
}

static bool users_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Read the file, if it is not the one that was read already. */
static void users_look(struct users *u)
{
	_cleanup_fclose_ FILE *f = NULL;
	struct passwd *pw;
	struct stat st;
	size_t cap = 0;

	if (stat(u->path, &st) < 0 || users_is_same(&st, &u->file))
		return;
	f = fopen(u->path, "re");
	if (!f)
		return;
	users_clear(u);
	u->file = st;
	while (u->cnt < USERS_MAX && (pw = fgetpwent(f)))
		if (!users_add(u, &cap, pw))
			break;
	if (u->cnt)
		qsort(u->list, u->cnt, sizeof(*u->list), users_compare);
}

static bool users_find(struct users *u, uint32_t uid)
{
	size_t at = 0, end = u->cnt;

	if (u->last.name && u->last.uid == uid)
		return true;
	while (at < end) { /* the first that is not below */
		size_t mid = at + (end - at) / 2;

		if (u->list[mid].uid < uid)
			at = mid + 1;
		else
			end = mid;
	}
	if (at == u->cnt || u->list[at].uid != uid)
		return false;
	u->last = u->list[at];
	return true;
}

struct span users_name(struct users *u, uint32_t uid, uint64_t now_ns)
{
	if (now_ns >= u->next_check_ns) {
		u->next_check_ns = now_ns + NSEC_PER_SEC;
		users_look(u);
	}
	if (!users_find(u, uid)) {
		if (now_ns < u->next_look_ns)
			return (struct span){ 0 };
		u->next_look_ns = now_ns + NSEC_PER_SEC;
		users_look(u);
		if (!users_find(u, uid))
			return (struct span){ 0 };
	}
	return (struct span){ u->last.name, u->last.name_len };
}

static const struct user *users_named(struct users *u, const char *name)
{
	const struct user *found = NULL;

	users_look(u);
	for (size_t i = 0; i < u->cnt; i++)
		if (!strcmp(u->list[i].name, name) && (!found || u->list[i].place < found->place))
			found = &u->list[i];
	return found;
}

bool users_id(struct users *u, const char *name, uint32_t *uid)
{
	const struct user *found = users_named(u, name);

	if (found)
		*uid = found->uid;
	return found;
}

bool users_login(struct users *u, const char *user, uint32_t *uid, uint32_t *gid)
{
	const struct user *found = users_named(u, user);
	char *end;

	if (!found && *user >= '0' && *user <= '9') {
		uint64_t number = strtoull(user, &end, 10);

		if (!*end && number < UINT32_MAX && users_find(u, (uint32_t)number))
			found = &u->last;
	}
	if (!found)
		return false;
	*uid = found->uid;
	*gid = found->gid;
	return true;
}
