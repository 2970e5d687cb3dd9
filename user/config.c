// SPDX-License-Identifier: BSD-2-Clause
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "text.h"
#include "util.h"

#define BLANKS " \t\r"

const char *config_read(const char *path, char **text, size_t *len)
{
	/* A FIFO without a writer would wait in open(2), and some files of /proc in read(2). */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	_cleanup_free_ char *ptr = NULL;
	char *fit;
	size_t done = 0;
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "not a regular file";
	ptr = malloc(CONFIG_LEN_MAX + 1);
	if (!ptr)
		return strerror(ENOMEM);
	do {
		n = read(fd, ptr + done, CONFIG_LEN_MAX + 1 - done);
		done += n > 0 ? (size_t)n : 0;
	} while ((n > 0 && done <= CONFIG_LEN_MAX) || (n < 0 && errno == EINTR));
	if (n < 0)
		return strerror(errno);
	if (done > CONFIG_LEN_MAX)
		return "longer than 64 KiB: this is no configuration file";
	ptr[done] = '\0';
	/* It is kept as long as the program runs; and a sanitizer sees what is read behind it. */
	fit = realloc(ptr, done + 1);
	if (fit)
		ptr = fit;
	*text = TAKE_PTR(ptr);
	*len = done;
	return NULL;
}

/* Without blanks at both ends. */
static char *config_trim(char *s)
{
	size_t len;

	s += strspn(s, BLANKS);
	for (len = strlen(s); len && strchr(BLANKS, s[len - 1]); len--)
		;
	s[len] = '\0';
	return s;
}

static bool config_is_printable(const char *s)
{
	size_t len = strlen(s);
	unsigned int n, bad;
	uint32_t cp;

	for (; len; s += n, len -= n) {
		n = text_decode(s, len, &cp, &bad);
		if (!n || !text_is_printable(cp))
			return false;
	}
	return true;
}

/* What the line s says. False: nothing. */
static bool config_line(struct config *c, char *s, size_t len)
{
	c->name = c->value = NULL;
	c->wrong = NULL;
	if (len > CONFIG_LINE_MAX) {
		c->wrong = "the line is longer than 4096 bytes";
		return true;
	}
	if (memchr(s, '\0', len)) {
		c->wrong = "a NUL byte is no text";
		return true;
	}
	s = config_trim(s);
	if (!*s || *s == '#')
		return false;
	if (!config_is_printable(s)) {
		c->wrong = "not printable text (UTF-8)";
		return true;
	}
	c->value = strchr(s, '=');
	if (c->value) {
		*c->value = '\0';
		c->value = config_trim(c->value + 1);
	}
	c->name = config_trim(s);
	return true;
}

bool config_next(struct config *c)
{
	while (c->len) {
		char *line = c->at, *end = memchr(line, '\n', c->len);
		size_t len = end ? (size_t)(end - line) : c->len;
		size_t taken = end ? len + 1 : len;

		c->at += taken;
		c->len -= taken;
		c->number++;
		line[len] = '\0';
		if (config_line(c, line, len))
			return true;
	}
	return false;
}
