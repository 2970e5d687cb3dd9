// SPDX-License-Identifier: BSD-2-Clause
#include "replay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include "../clock.h"
#include "../log.h"
#include "../parts.h"

enum {
	READ_LEN = 256 * 1024,
	HEAD_LEN = 64 * 1024, /* of a file, to look into it */
	FOLLOW_NS = 100 * 1000 * 1000, /* between two looks at a file that grows */
	NOTE_MAX = 10, /* told of one file */
	READ_NS = 20 * 1000 * 1000, /* of reading, before signals are looked at */
};

/* A file, and what it says of itself. */
struct item {
	char *name;
	bool stream; /* it was named and may be no file: it is read once */
	dev_t dev; /* else which file it is */
	ino_t ino;
	off_t len; /* its length when it was looked at */
	bool known; /* the rest is known */
	uint64_t wall_ns; /* when its run began */
	char run_id[sizeof(((struct run *)0)->ephemeral_id)];
	uint32_t part;
};

struct replay {
	struct source base;
	struct replay_conf conf;
	struct buf items; /* struct item[] */
	size_t at; /* the one that is read */
	int fd;
	bool grows; /* it may: it is a file. What comes from elsewhere and has ended has ended */
	struct buf head; /* bytes that were read to look at them */
	struct capture_reader *reader;
	bool more; /* it has not used up what it was given */
	uint64_t enough_ns; /* when replay_read() shall return */
	struct capture_part part;
	struct run run;
	event_fn *emit;
	void *ctx;
	unsigned int notes; /* told of this file */
	bool wrong;
	bool stopped;
	char buf[READ_LEN];
};

static struct item *item_at(const struct replay *r, size_t i)
{
	return &((struct item *)r->items.ptr)[i];
}

static size_t item_cnt(const struct replay *r)
{
	return r->items.len / sizeof(struct item);
}

/* ---- which files ---- */

static bool is_stdin(const char *name)
{
	return !strcmp(name, "-");
}

/* What was named to be read once: see is_stream(). */
static int stream_open(const char *name)
{
	int fd = is_stdin(name) ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1) :
				  open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : fd;
}

/* A regular file: a pipe that somebody put in its place would be waited for. */
static int file_open(const char *name, struct stat *st)
{
	_cleanup_close_ int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0 || fstat(fd, st) < 0)
		return -errno;
	if (S_ISDIR(st->st_mode))
		return -EISDIR;
	return S_ISREG(st->st_mode) ? TAKE_FD(fd) : -EINVAL;
}

/* Read the start of a file, until it is known what it says. */
static int file_peek(int fd, struct buf *head, struct capture_part *part, struct run *run)
{
	const char *why;
	int err = -EAGAIN;

	while (err == -EAGAIN) {
		char *at = buf_room(head, HEAD_LEN);
		ssize_t n = at ? read(fd, at, HEAD_LEN) : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ENODATA;
		head->len += (size_t)n;
		err = capture_peek(head->ptr, head->len, part, run, &why);
	}
	return err;
}

static void item_done(struct item *item)
{
	free(item->name);
}

static void item_say(struct item *item, const struct capture_part *part)
{
	item->known = true;
	item->wall_ns = part->time_ns + (uint64_t)part->wall_offset_ns;
	item->part = part->part;
	memcpy(item->run_id, part->run->ephemeral_id, sizeof(item->run_id));
}

/* Look into a file of that name. 0, also if it is not known what it says; or -errno. */
static int item_look(struct item *item, const char *name)
{
	_cleanup_(buf_done) struct buf head = { 0 };
	struct stat st = { 0 };
	_cleanup_close_ int fd = file_open(name, &st);
	struct run run = { 0 };
	struct capture_part part = { .run = &run };

	*item = (struct item){ 0 };
	if (fd < 0)
		return fd;
	item->dev = st.st_dev;
	item->ino = st.st_ino;
	item->len = st.st_size;
	if (file_peek(fd, &head, &part, &run) == 0)
		item_say(item, &part);
	item->name = strdup(name);
	return item->name ? 0 : -ENOMEM;
}

/* Put it at the end, which takes it over. 0, or -ENOMEM, logged. */
static int replay_push(struct replay *r, struct item *item)
{
	buf_put(&r->items, item, sizeof(*item));
	if (!r->items.failed)
		return 0;
	item_done(item);
	log_err(-ENOMEM, "replay");
	return -ENOMEM;
}

/* Add the older files of the set that this one is the youngest of. */
static int replay_older(struct replay *r, const struct item *youngest)
{
	_cleanup_(buf_done) struct buf numbers = { 0 };
	int err = parts_list(youngest->name, &numbers);

	for (size_t i = 0; err == 0 && i < numbers.len / sizeof(uint64_t); i++) {
		_cleanup_(buf_done) struct buf name = { 0 };
		struct item item;

		parts_name(&name, youngest->name, ((const uint64_t *)numbers.ptr)[i]);
		if (name.failed)
			return -ENOMEM;
		if (item_look(&item, name.ptr) < 0) /* it was rotated away just now */
			continue;
		if (item.known && !strcmp(item.run_id, youngest->run_id))
			err = replay_push(r, &item);
		else
			item_done(&item);
	}
	return err;
}

static int replay_add(struct replay *r, const char *name)
{
	struct item item;
	int err = item_look(&item, name);

	if (err < 0)
		return log_err(err, "cannot read %s", name);
	err = replay_push(r, &item);
	if (err < 0 || !item.known || !item.part)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the list has it */
		return err;
	err = replay_older(r, &item);
	return err < 0 ? log_err(err, "the files before %s", name) : 0;
}

/*
 * By the beginning of the run, then by the part; what says nothing of itself comes last. 0: both say the same.
 */
static int item_compare(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int id = strcmp(x->run_id, y->run_id);

	if (!x->known || !y->known)
		return x->known ? -1 : y->known;
	if (x->wall_ns != y->wall_ns)
		return x->wall_ns < y->wall_ns ? -1 : 1;
	if (id)
		return id;
	return x->part < y->part ? -1 : x->part > y->part;
}

/* The longest first of those that say the same. */
static int item_order(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order = item_compare(x, y);

	return order ? order : x->len > y->len ? -1 : x->len < y->len;
}

static bool item_is(const struct item *x, const struct item *y)
{
	return x->dev == y->dev && x->ino == y->ino;
}

/* In order, each once. Of copies the longest is shown: one may have been made while it was recorded. */
static void replay_sort(struct replay *r)
{
	struct item *items = (struct item *)r->items.ptr;
	size_t cnt = item_cnt(r), kept = 1;

	if (!cnt)
		return;
	qsort(items, cnt, sizeof(*items), item_order);
	for (size_t i = 1; i < cnt; i++) {
		const struct item *last = &items[kept - 1];

		if (!items[i].known || item_compare(&items[i], last) != 0) {
			items[kept++] = items[i];
			continue;
		}
		if (!item_is(&items[i], last))
			log_info("%s is left out: %s is the same part of that run, and %s",
				 items[i].name, last->name,
				 items[i].len < last->len ? "longer" : "as long");
		item_done(&items[i]);
	}
	r->items.len = kept * sizeof(*items);
}

/* Standard input and pipes are read once, so nothing can be put before or after them. */
static int replay_stream(struct replay *r, const char *name)
{
	struct item item = { .stream = true };

	if (r->conf.more_cnt)
		return log_err(-EINVAL, "%s can only be replayed alone", name);
	item.name = strdup(name);
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the list has it */
	return item.name ? replay_push(r, &item) : log_err(-ENOMEM, "%s", name);
}

static bool is_stream(const char *name)
{
	struct stat st;

	return is_stdin(name) ||
	       (stat(name, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode));
}

static int replay_list(struct replay *r)
{
	int err = 0;

	for (int i = 0; i <= r->conf.more_cnt && err == 0; i++) {
		const char *name = i ? r->conf.more[i - 1] : r->conf.file;

		err = is_stream(name) ? replay_stream(r, name) : replay_add(r, name);
	}
	if (err == 0)
		replay_sort(r);
	return err;
}

/* ---- reading ---- */

static void replay_note(void *ctx, enum capture_note note, uint64_t offset, const char *text)
{
	struct replay *r = ctx;
	const char *name =
		is_stdin(item_at(r, r->at)->name) ? "standard input" : item_at(r, r->at)->name;

	if (note == CAPTURE_INFO) {
		log_info("%s: at byte %ju: %s", name, (uintmax_t)offset, text);
		return;
	}
	r->wrong = true;
	r->notes++;
	if (r->notes <= NOTE_MAX)
		log_err(0, "%s: at byte %ju: %s", name, (uintmax_t)offset, text);
	if (r->notes == NOTE_MAX)
		log_err(0, "%s: further damage is not told", name);
}

static void replay_run(void *ctx, const struct capture_part *part)
{
	struct replay *r = ctx;

	r->run = *part->run;
	r->part = *part;
	r->part.run = &r->run;
}

static void replay_event(void *ctx, struct event *ev)
{
	struct replay *r = ctx;

	r->emit(r->ctx, ev);
}

/* The clock is that which costs least. */
static bool replay_enough(void *ctx)
{
	return clock_now_ns(CLOCK_MONOTONIC_COARSE) >= ((struct replay *)ctx)->enough_ns;
}

/* Open the file that was looked at, if it is there under that name. A descriptor or -errno. */
static int item_open_as(const struct item *item, const char *name)
{
	struct stat st = { 0 };
	_cleanup_close_ int fd = file_open(name, &st);

	if (fd < 0)
		return fd;
	return st.st_dev == item->dev && st.st_ino == item->ino ? TAKE_FD(fd) : -ESTALE;
}

/* The recorder may have given it a number since. Some file systems give it another inode. */
static int item_open(const struct item *item)
{
	_cleanup_(buf_done) struct buf numbers = { 0 };
	int fd = item_open_as(item, item->name);
	struct stat st;

	if ((fd != -ESTALE && fd != -ENOENT) || parts_list(item->name, &numbers) < 0)
		return fd;
	for (size_t i = numbers.len / sizeof(uint64_t); fd < 0 && i-- > 0;) {
		_cleanup_(buf_done) struct buf name = { 0 };

		parts_name(&name, item->name, ((const uint64_t *)numbers.ptr)[i]);
		fd = name.failed ? -ENOMEM : item_open_as(item, name.ptr);
	}
	return fd < 0 ? file_open(item->name, &st) : fd;
}

/* Open the file that is to be read. 0 or -errno, logged. */
static int replay_file(struct replay *r)
{
	const struct item *item = item_at(r, r->at);
	struct stat st;

	r->notes = 0;
	r->fd = item->stream ? stream_open(item->name) : item_open(item);
	r->grows = r->fd >= 0 && fstat(r->fd, &st) == 0 && S_ISREG(st.st_mode);
	if (r->fd >= 0)
		return 0;
	r->wrong = true;
	return log_err(r->fd, "cannot read %s", item->name);
}

static void replay_close(struct source *s)
{
	struct replay *r = (struct replay *)s;

	if (!r)
		return;
	util_close(&r->fd);
	capture_reader_free(r->reader);
	for (size_t i = 0; i < item_cnt(r); i++)
		item_done(item_at(r, i));
	buf_done(&r->items);
	buf_done(&r->head);
	free(r);
}

static const struct source_ops source_replay;

int replay_open(struct source **out, const struct replay_conf *conf)
{
	struct replay *r = calloc(1, sizeof(*r));
	const struct capture_reader_ops ops = { .event = replay_event,
						.part = replay_run,
						.note = replay_note,
						.enough = replay_enough,
						.ctx = r };
	struct run run = { 0 };
	struct capture_part part = { .run = &run };
	int err;

	if (!r)
		return log_err(-ENOMEM, "replay");
	r->base.ops = &source_replay;
	r->conf = *conf;
	r->fd = -1;
	r->part.run = &r->run;
	r->reader = capture_reader_new(&ops);
	err = r->reader ? replay_list(r) : log_err(-ENOMEM, "replay");
	if (err == 0)
		err = replay_file(r);
	if (err < 0) {
		replay_close(&r->base);
		return err;
	}
	/* A file that says nothing is not an error yet: the reader tells what is wrong with it. */
	if (file_peek(r->fd, &r->head, &part, &run) == 0)
		replay_run(r, &part);
	*out = &r->base;
	return 0;
}

const struct capture_part *replay_part(const struct source *s)
{
	return &((const struct replay *)s)->part;
}

bool replay_is_wrong(const struct source *s)
{
	return ((const struct replay *)s)->wrong;
}

static const char *replay_no_note(const struct source *s)
{
	(void)s;
	return "";
}

static int replay_fd(const struct source *s)
{
	return ((const struct replay *)s)->fd;
}

static int replay_no_fd(const struct source *s)
{
	(void)s;
	return -1;
}

/* Is that file the one after the one that is read? */
static bool item_follows(const struct item *item, const struct item *now)
{
	return item->known && !strcmp(item->run_id, now->run_id) && item->part == now->part + 1;
}

/* While following: add the next file of the set if there is one by now. */
static int replay_grow(struct replay *r, const char *name, bool other_run)
{
	const struct item *now = item_at(r, r->at);
	struct item item;

	if (item_look(&item, name) < 0)
		return 0;
	if (!item_follows(&item, now) &&
	    !(other_run && item.known && strcmp(item.run_id, now->run_id) != 0)) {
		item_done(&item);
		return 0;
	}
	return replay_push(r, &item) < 0 ? -ENOMEM : 1;
}

static int replay_rotated(struct replay *r)
{
	const char *path = r->conf.more_cnt ? r->conf.more[r->conf.more_cnt - 1] : r->conf.file;
	_cleanup_(buf_done) struct buf numbers = { 0 };
	int found = 0;

	if (is_stream(path) || !item_at(r, r->at)->known)
		return 0;
	found = parts_list(path, &numbers);
	for (size_t i = 0; found == 0 && i < numbers.len / sizeof(uint64_t); i++) {
		_cleanup_(buf_done) struct buf name = { 0 };

		parts_name(&name, path, ((const uint64_t *)numbers.ptr)[i]);
		found = name.failed ? -ENOMEM : replay_grow(r, name.ptr, false);
	}
	return found ? found : replay_grow(r, path, capture_ended(r->reader));
}

/* To the next file. 1, or -ENODATA if that was the last; or -errno, logged. */
static int replay_next(struct replay *r)
{
	capture_read_eof(r->reader);
	util_close(&r->fd);
	r->fd = -1;
	while (++r->at < item_cnt(r))
		if (replay_file(r) == 0)
			return 1;
	r->at = item_cnt(r) - 1;
	capture_read_end(r->reader, true);
	return -ENODATA;
}

/* Somebody emptied the file that is followed, such as a recorder that was started again. */
static bool replay_emptied(struct replay *r)
{
	off_t at = lseek(r->fd, 0, SEEK_CUR);
	struct stat st;

	if (fstat(r->fd, &st) < 0 || st.st_size >= at)
		return false;
	replay_note(r, CAPTURE_WRONG, (uint64_t)at, "the file was emptied while it was read");
	capture_read_eof(r->reader);
	lseek(r->fd, 0, SEEK_SET);
	item_at(r, r->at)->known = false; /* nor is the run, until it says one again */
	*r->run.ephemeral_id = '\0';
	return true;
}

/* The file has no more bytes. */
static int replay_eof(struct replay *r)
{
	struct item *item = item_at(r, r->at);
	int found;

	if (r->conf.follow && r->grows && r->at + 1 == item_cnt(r) && !capture_ended(r->reader)) {
		if (replay_emptied(r))
			return 1;
		if (!item->known && *r->run.ephemeral_id)
			item_say(item, &r->part);
		found = replay_rotated(r);
		/* If so, this one may have got its last block in the meantime: read it once more. */
		return found ? found : FOLLOW_NS;
	}
	return replay_next(r);
}

static int replay_bytes(struct replay *r, const char *ptr, size_t len)
{
	int err = capture_read(r->reader, ptr, len);

	r->more = err > 0;
	if (err == -EBADMSG)
		return replay_next(r);
	return err < 0 ? log_err(err, "%s", item_at(r, r->at)->name) : 1;
}

static int replay_read(struct source *s, event_fn *emit, void *ctx)
{
	struct replay *r = (struct replay *)s;
	struct pollfd p = { .fd = r->fd, .events = POLLIN };
	ssize_t n;

	r->emit = emit;
	r->ctx = ctx;
	r->enough_ns = clock_now_ns(CLOCK_MONOTONIC_COARSE) + READ_NS;
	if (r->stopped) {
		capture_read_end(r->reader, false);
		return -ENODATA;
	}
	if (r->head.len) {
		_cleanup_(buf_done) struct buf head = TAKE(r->head, (struct buf){ 0 });

		return replay_bytes(r, head.ptr, head.len);
	}
	if (r->more)
		return replay_bytes(r, NULL, 0);
	if (poll(&p, 1, 0) == 0)
		return 0;
	n = read(r->fd, r->buf, sizeof(r->buf));
	if (n > 0)
		return replay_bytes(r, r->buf, (size_t)n);
	if (n == 0)
		return replay_eof(r);
	if (errno == EINTR || errno == EAGAIN)
		return 1;
	r->wrong = true;
	log_err(-errno, "reading %s", item_at(r, r->at)->name);
	return replay_next(r);
}

static void replay_stop(struct source *s)
{
	((struct replay *)s)->stopped = true;
}

static const struct source_ops source_replay = {
	.name = "replay",
	.note = replay_no_note,
	.fd = replay_fd,
	.urgent_fd = replay_no_fd,
	.read = replay_read,
	.stop = replay_stop,
	.close = replay_close,
};
