// SPDX-License-Identifier: BSD-2-Clause
#include "parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

enum {
	DIGITS_MAX = 18, /* of a number that is read back */
};

#define NUMBER_MAX 999999999999999999u

static void parts_closedir(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* The number that follows name and a dot in entry; 0 if there is none. */
static uint64_t parts_number(const char *entry, const char *name)
{
	size_t len = strlen(name), digits;

	if (strncmp(entry, name, len) != 0 || entry[len] != '.')
		return 0;
	entry += len + 1;
	digits = strspn(entry, "0123456789");
	if (!digits || digits > DIGITS_MAX || entry[digits] || *entry == '0')
		return 0;
	return strtoull(entry, NULL, 10);
}

static int parts_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

int parts_list(const char *path, struct buf *numbers)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	_cleanup_(buf_done) struct buf dir = { 0 };
	_cleanup_(parts_closedir) DIR *d = NULL;
	const struct dirent *entry;

	buf_put(&dir, path, slash ? (size_t)(slash - path) + 1 : 0);
	buf_put(&dir, slash ? "" : ".", slash ? 1 : 2);
	if (dir.failed)
		return -ENOMEM;
	d = opendir(dir.ptr);
	if (!d)
		return -errno;
	while ((entry = readdir(d))) {
		uint64_t number = parts_number(entry->d_name, name);

		if (number)
			buf_put(numbers, &number, sizeof(number));
	}
	if (numbers->failed)
		return -ENOMEM;
	if (numbers->len)
		qsort(numbers->ptr, numbers->len / sizeof(uint64_t), sizeof(uint64_t),
		      parts_compare);
	return 0;
}

void parts_name(struct buf *b, const char *path, uint64_t number)
{
	buf_puts(b, path);
	buf_put_char(b, '.');
	buf_put_u64(b, number);
	buf_put_char(b, '\0');
}

/* Never over a file that is there. */
static int parts_rename(const char *from, const char *to)
{
	struct stat st;

	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	/* A file system, or a kernel, that cannot promise that. */
	if (lstat(to, &st) == 0)
		return -EEXIST;
	return rename(from, to) < 0 ? -errno : 0;
}

int parts_shift(const char *path)
{
	_cleanup_(buf_done) struct buf numbers = { 0 }, name = { 0 };
	uint64_t last;
	size_t cnt;
	int r;

	r = parts_list(path, &numbers);
	if (r < 0)
		return r;
	cnt = numbers.len / sizeof(uint64_t);
	last = cnt ? ((const uint64_t *)numbers.ptr)[cnt - 1] : 0;
	if (last >= NUMBER_MAX)
		return -ENAMETOOLONG;
	parts_name(&name, path, last + 1);
	if (name.failed)
		return -ENOMEM;
	r = parts_rename(path, name.ptr);
	return r == -ENOENT ? 0 : r;
}

int parts_keep(const char *path, unsigned int keep)
{
	_cleanup_(buf_done) struct buf numbers = { 0 };
	size_t cnt;
	int r = parts_list(path, &numbers);

	if (r < 0)
		return r;
	cnt = numbers.len / sizeof(uint64_t);
	for (size_t i = 0; i + keep < cnt; i++) {
		_cleanup_(buf_done) struct buf name = { 0 };

		parts_name(&name, path, ((const uint64_t *)numbers.ptr)[i]);
		if (name.failed)
			return -ENOMEM;
		if (unlink(name.ptr) < 0 && errno != ENOENT)
			r = -errno;
	}
	return r;
}
