// SPDX-License-Identifier: BSD-2-Clause
#include "cgroup.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum {
	CACHE_CNT = 256, /* a power of two */
	PATH_LEN = 4096,
	CONTAINER_ID_LEN = 64,
	FILEID_KERNFS = 0xfe, /* include/linux/exportfs.h */
};

struct entry {
	uint64_t id; /* 0: free */
	char *path; /* NULL: it has none */
	size_t len;
};

struct cgroups {
	int mount_fd;
	char mount[PATH_LEN]; /* the mount point's own path */
	size_t mount_len;
	bool others; /* hierarchies */
	struct entry cache[CACHE_CNT];
};

/* The mount point of the unified hierarchy: fields 5 and behind " - " the type, proc(5). */
static bool cgroups_find_mount(char *point, size_t size)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;
	char fmt[32];

	snprintf(fmt, sizeof(fmt), "%%*s %%*s %%*s %%*s %%%zus", size - 1);
	while (f && getline(&line, &cap, f) > 0)
		if (strstr(line, " - cgroup2 ") && sscanf(line, fmt, point) == 1)
			return true;
	return false;
}

/* A line for each hierarchy in which a process is; the unified one has number 0: cgroups(7). */
static bool cgroups_find_others(void)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/cgroup", "re");
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;

	while (f && getline(&line, &cap, f) > 0)
		if (strncmp(line, "0:", 2) != 0)
			return true;
	return false;
}

struct cgroups *cgroups_new(void)
{
	struct cgroups *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->mount_fd = -1;
	if (cgroups_find_mount(c->mount, sizeof(c->mount))) {
		c->mount_fd = open(c->mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		c->mount_len = strlen(c->mount);
	}
	c->others = c->mount_fd < 0 || cgroups_find_others();
	return c;
}

void cgroups_free(struct cgroups *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < CACHE_CNT; i++)
		free(c->cache[i].path);
	util_close(&c->mount_fd);
	free(c);
}

bool cgroups_have_others(const struct cgroups *c)
{
	return c->others;
}

/* A cgroup's id is the file handle of its folder: no search is needed. */
static int cgroups_open(const struct cgroups *c, uint64_t id)
{
	union {
		struct file_handle head;
		char bytes[sizeof(struct file_handle) + sizeof(id)];
	} handle = { .head = { .handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS } };

	memcpy(handle.head.f_handle, &id, sizeof(id));
	return open_by_handle_at(c->mount_fd, &handle.head, O_PATH | O_CLOEXEC);
}

static void cgroups_look(const struct cgroups *c, struct entry *e)
{
	_cleanup_close_ int fd = cgroups_open(c, e->id);
	char link[32], path[PATH_LEN];
	ssize_t len;

	if (fd < 0)
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path));
	if (len < (ssize_t)c->mount_len || len == (ssize_t)sizeof(path) ||
	    memcmp(path, c->mount, c->mount_len) != 0)
		return;
	/* At the root a path of another hierarchy, if there is one, tells more. */
	if (len == (ssize_t)c->mount_len && !c->others)
		path[len++] = '/';
	if (len == (ssize_t)c->mount_len || path[c->mount_len] != '/')
		return;
	e->len = (size_t)len - c->mount_len;
	e->path = strndup(path + c->mount_len, e->len);
}

struct span cgroups_path(struct cgroups *c, uint64_t id)
{
	struct entry *e = &c->cache[id & (CACHE_CNT - 1)];

	if (c->mount_fd < 0 || !id || (id == CGROUP_ROOT_ID && c->others))
		return (struct span){ 0 };
	if (e->id != id) {
		free(e->path);
		*e = (struct entry){ .id = id };
		cgroups_look(c, e);
	}
	return (struct span){ e->path, e->path ? e->len : 0 };
}

struct span cgroup_parse(struct span text)
{
	struct span best = { 0 };

	/* Lines of hierarchy:controllers:path; each longer path tells more. */
	while (text.len) {
		const char *end = memchr(text.ptr, '\n', text.len);
		size_t len = end ? (size_t)(end - text.ptr) : text.len;
		const char *one = memchr(text.ptr, ':', len);
		const char *two =
			one ? memchr(one + 1, ':', len - (size_t)(one + 1 - text.ptr)) : NULL;

		if (two && len - (size_t)(two + 1 - text.ptr) > best.len)
			best = (struct span){ two + 1, len - (size_t)(two + 1 - text.ptr) };
		text.ptr += len + (end ? 1 : 0);
		text.len -= len + (end ? 1 : 0);
	}
	return best;
}

static bool cgroup_is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

struct span cgroup_container(struct span path)
{
	size_t run = 0;

	for (size_t i = 0; i < path.len; i++) {
		run = cgroup_is_hex(path.ptr[i]) ? run + 1 : 0;
		if (run == CONTAINER_ID_LEN &&
		    (i + 1 == path.len || !cgroup_is_hex(path.ptr[i + 1])))
			return (struct span){ path.ptr + i + 1 - run, run };
	}
	return (struct span){ 0 };
}

bool cgroup_exists(const char *path)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	char point[PATH_LEN], full[2 * PATH_LEN], fmt[32];
	size_t cap = 0;
	struct stat st;

	snprintf(fmt, sizeof(fmt), "%%*s %%*s %%*s %%*s %%%zus", sizeof(point) - 1);
	while (f && getline(&line, &cap, f) > 0) {
		if (!strstr(line, " - cgroup") || sscanf(line, fmt, point) != 1)
			continue;
		snprintf(full, sizeof(full), "%s/%s", point, path);
		if (stat(full, &st) == 0 && S_ISDIR(st.st_mode))
			return true;
	}
	return false;
}
