// SPDX-License-Identifier: BSD-2-Clause
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "clock.h"
#include "log.h"
#include "out.h"
#include "parts.h"
#include "record_sync.h"

enum {
	FLUSH_NS = 500 * 1000 * 1000, /* and as much for the disk: at most a second is lost */
	LEVEL = 1, /* of deflate */
	ROTATE_BLOCKS =
		4, /* at least so many blocks go into a file, so that none is much too large */
};

struct record {
	struct record_conf conf;
	struct capture_writer *writer;
	bool file; /* that could be on a disk */
	struct record_sync *sync; /* NULL: none, or no thread is to be had */
	struct out out;
	struct buf buf; /* a block on its way to the file */
	struct buf early; /* blocks of before the start */
	uint64_t early_cnt; /* events in them */
	bool started;
	struct run run;
	struct capture_part part;
	uint64_t len; /* of the file, up to the last whole block; 0: its start is due */
	uint64_t since_ns; /* CLOCK_MONOTONIC: when this file was begun */
	uint64_t due_ns;
	uint64_t missing; /* events that are not in the capture */
	int err; /* of the last write */
	int rotate_err; /* of the last rotation */
};

/* A device, a folder or a link is not renamed. 0 or -errno, logged. */
static int record_may_rotate(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0 || S_ISREG(st.st_mode))
		return 0;
	log_err(0, "--rotate renames files, and %s is no regular file", path);
	return -EINVAL;
}

int record_open(struct record **out, const struct record_conf *conf, int stop_fd)
{
	struct record *r;
	struct stat st;
	int err = record_rotates(conf) ? record_may_rotate(conf->path) : 0;

	if (err < 0)
		return err;
	r = calloc(1, sizeof(*r));
	if (!r)
		return log_err(-ENOMEM, "recording");
	r->conf = *conf;
	r->out.fd = -1;
	r->out.fresh = record_rotates(conf);
	r->out.late = true;
	r->since_ns = clock_now_ns(CLOCK_MONOTONIC);
	r->due_ns = UINT64_MAX;
	if (record_rotates(conf)) /* an older run's file is not written over */
		err = parts_shift(conf->path);
	if (err < 0)
		log_err(err, "cannot rename %s", conf->path);
	else
		err = out_open(&r->out, strcmp(conf->path, "-") != 0 ? conf->path : NULL,
			       STDOUT_FILENO);
	r->out.stop_fd = stop_fd;
	r->writer = err < 0 ? NULL : capture_writer_new(LEVEL);
	r->file = r->writer && fstat(r->out.fd, &st) == 0 && S_ISREG(st.st_mode);
	if (r->file)
		r->sync = record_sync_new();
	if (r->file && !r->sync)
		log_info("%s: no thread is to be had that brings it to the disk: a power cut may "
			 "cost more than a second",
			 conf->path);
	if (err == 0 && !r->writer)
		err = log_err(-ENOMEM, "recording");
	if (err < 0) {
		record_close(r);
		return err;
	}
	*out = r;
	return 0;
}

/* The next file begins with the next block. */
static void record_begin(struct record *r)
{
	if (r->len)
		r->part.part++;
	r->len = 0;
	r->since_ns = clock_now_ns(CLOCK_MONOTONIC);
}

/* What was written shall be on the disk soon. */
static void record_sync(struct record *r)
{
	if (r->sync)
		record_sync_ask(r->sync, r->out.fd);
}

/* The file that is written to gets its number, and the next one is made. 0, or -errno and *what is done instead. */
static int record_next(struct record *r, const char **what)
{
	int err = parts_shift(r->conf.path);

	*what = "it goes on with the file that it has";
	if (err == 0)
		record_sync(r);
	if (err == 0)
		err = out_make(&r->out);
	if (err < 0)
		return err;
	record_begin(r);
	*what = "the oldest files stay";
	return parts_keep(r->conf.path, r->conf.keep);
}

/* Begin the next file of the set. What fails is said once, and tried again with the next block. */
static void record_rotate(struct record *r)
{
	const char *what;
	int err = record_next(r, &what);

	if (err < 0 && !r->rotate_err)
		log_err(err, "rotating %s: %s", r->conf.path, what);
	else if (err == 0 && r->rotate_err)
		log_info("%s: rotating again", r->conf.path);
	r->rotate_err = err;
}

static bool record_is_old(const struct record *r, size_t more)
{
	const struct record_conf *c = &r->conf;

	return r->len &&
	       ((c->rotate_len && r->len + more > c->rotate_len) ||
		(c->rotate_ns && clock_now_ns(CLOCK_MONOTONIC) - r->since_ns >= c->rotate_ns));
}

/* Of a file, take back what a write that failed has added. Others may have put something before, or emptied it. */
static void record_cut(const struct record *r, const struct stat *before, off_t at)
{
	struct stat now;

	if (S_ISREG(before->st_mode) && fstat(r->out.fd, &now) == 0 &&
	    now.st_size > before->st_size && ftruncate(r->out.fd, before->st_size) == 0)
		lseek(r->out.fd, at, SEEK_SET);
}

/* The bytes in the buffer to the file, all or nothing of them. */
static int record_bytes(struct record *r)
{
	uint64_t len = r->buf.len;
	off_t at = lseek(r->out.fd, 0, SEEK_CUR);
	struct stat before;
	bool known = fstat(r->out.fd, &before) == 0;
	int err = 0;

	if (r->buf.failed)
		err = -ENOMEM;
	if (err == 0)
		err = out_flush(&r->out, &r->buf);
	if (err == 0)
		r->len += len;
	else if (known)
		record_cut(r, &before, at);
	r->buf.len = 0;
	r->buf.failed = false;
	return err;
}

/* Say that events get lost from here on, or no longer. */
static void record_report(struct record *r, int err)
{
	if (err < 0 && !r->err)
		log_err(err, "%s: events are not recorded", r->conf.path);
	else if (err == 0 && r->err)
		log_info("%s: recording again, without %ju events", r->conf.path,
			 (uintmax_t)r->missing);
	r->err = err;
}

/* The block that is being made to the file. */
static void record_write(struct record *r)
{
	_cleanup_(buf_done) struct buf block = { 0 };
	uint32_t cnt = capture_pending(r->writer);
	int err = capture_take(r->writer, &block);

	r->due_ns = UINT64_MAX;
	if (err == 0 && record_is_old(r, block.len))
		record_rotate(r);
	if (err == 0) {
		if (!r->len)
			capture_put_part(&r->buf, &r->part);
		buf_put_span(&r->buf, buf_span(&block));
		err = record_bytes(r);
	}
	if (err == 0)
		record_sync(r);
	else
		r->missing += cnt;
	record_report(r, err);
}

int record_start(struct record *r, const struct capture_part *part)
{
	int err = out_begin(&r->out);

	if (err < 0)
		return err;
	r->run = *part->run;
	r->part = *part;
	r->part.run = &r->run;
	r->started = true;
	capture_put_part(&r->buf, &r->part);
	buf_put_span(&r->buf, buf_span(&r->early));
	r->buf.failed |= r->early.failed;
	buf_done(&r->early);
	err = record_bytes(r);
	if (err < 0)
		r->missing += r->early_cnt;
	record_report(r, err);
	return 0;
}

void record_meanwhile(struct record *r, void (*meanwhile)(void *ctx), void *ctx)
{
	r->out.meanwhile = meanwhile;
	r->out.ctx = ctx;
}

void record_stop(struct record *r)
{
	r->out.stopping = true;
}

/* The block that is being made is done. */
static void record_take(struct record *r)
{
	uint32_t cnt;

	if (r->started) {
		record_write(r);
		return;
	}
	cnt = capture_pending(r->writer);
	if (capture_take(r->writer, &r->early) == 0)
		r->early_cnt += cnt;
	else
		r->missing += cnt;
}

void record_event(struct record *r, const struct event *ev)
{
	int full = capture_put(r->writer, ev);

	if (full == -EAGAIN) {
		record_take(r);
		full = capture_put(r->writer, ev);
	}
	if (full == -E2BIG)
		r->missing++;
	else if (full)
		record_take(r);
	else if (!r->started)
		return;
	else if (r->conf.rotate_len &&
		 capture_pending_len(r->writer) > r->conf.rotate_len / ROTATE_BLOCKS)
		record_write(r);
	else if (r->due_ns == UINT64_MAX)
		r->due_ns = clock_now_ns(CLOCK_MONOTONIC) + FLUSH_NS;
}

uint64_t record_due(const struct record *r)
{
	return r->due_ns;
}

void record_flush(struct record *r, uint64_t now_ns)
{
	if (now_ns >= r->due_ns)
		record_write(r);
}

/* Is the file at path the one that is open? *empty: or may it become that? */
static bool record_is_at(const struct record *r, bool *empty)
{
	struct stat ours, there;

	*empty = stat(r->conf.path, &there) < 0 || there.st_size == 0;
	return !*empty && fstat(r->out.fd, &ours) == 0 && ours.st_dev == there.st_dev &&
	       ours.st_ino == there.st_ino;
}

void record_reopen(struct record *r)
{
	bool empty;

	if (!r->file || !r->out.path || r->out.fd < 0) /* nothing that could be rotated */
		return;
	if (capture_pending(r->writer))
		record_write(r);
	if (record_is_at(r, &empty))
		return;
	if (!empty) {
		log_err(0, "%s is another file and not empty: recording goes on in the one it has",
			r->conf.path);
		return;
	}
	record_sync(r);
	if (out_reopen(&r->out) == 0)
		record_begin(r);
}

int record_close(struct record *r)
{
	int err, r2;

	if (!r)
		return 0;
	record_stop(r);
	if (r->writer && r->started && capture_pending(r->writer))
		record_write(r);
	err = r->err ? r->err : r->rotate_err;
	r2 = record_sync_free(r->sync);
	if (r2 < 0)
		err = log_err(r2, "%s: not all is on the disk", r->conf.path);
	r2 = out_close(&r->out);
	if (r->missing)
		log_info("%s: %ju events are not recorded", r->conf.path, (uintmax_t)r->missing);
	if (!err && r->missing)
		err = -EIO;
	capture_writer_free(r->writer);
	buf_done(&r->buf);
	buf_done(&r->early);
	free(r);
	return err ? err : r2;
}
