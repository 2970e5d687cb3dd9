/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events for fuzz targets: made of hostile bytes, and checked. Both go by the field table, so a new
 * row is fuzzed at once; a new field type needs a row in made.c.
 */
#ifndef MADE_H
#define MADE_H

#include "event.h"
#include "fuzz.h"

/* An event as user/event.h allows it, but for that all hostile. run is borrowed, not NULL. */
void made_event(struct event *ev, const struct run *run, struct input *in, struct blocks *keep);

/* A run whose every string is hostile. */
void made_run(struct run *run, struct input *in);

/* The event keeps what user/event.h promises, and all that it borrows is there. */
void made_check(const struct event *ev);

#endif
