/* SPDX-License-Identifier: BSD-2-Clause */
/* Others' opinion of what was written: a JSON library's and a shell's. They abort if it differs. */
#ifndef ORACLE_H
#define ORACLE_H

#include <stdbool.h>

#include "fuzz.h"

/* One line of hostile text: valid UTF-8, nothing that a terminal or a reader of lines obeys. */
void oracle_line(struct span text, bool utf8);

/* Valid UTF-8? */
bool oracle_is_utf8(struct span s);

/*
 * text is a JSON string. It means s, or, if exact is not set, something that is not s. base64 is a
 * JSON string that means s in base64, always.
 */
void oracle_json_string(struct span text, struct span s, bool exact);
void oracle_json_base64(struct span text, struct span s);

/*
 * line is one JSON object, no key of an object there twice. args and filename, unless NULL: what it must
 * say these are, to the byte.
 */
void oracle_json_line(struct span line, const struct span *args, const struct span *filename);

/*
 * quoted are words that bash reads as the arguments of an argv block. Asked is a real one, so only
 * each SHELL_EVERY-th time.
 */
void oracle_shell(struct span quoted, struct span argv);

#endif
