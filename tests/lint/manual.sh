#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The manual has each option of the option table with its letter and argument, and in its synopsis, each column
# of the field table in its words, each JSON key below "execsnoop", each metric in its words, and nothing of
# these that is not there. Prints what differs.
set -u
cd "$(dirname "$0")/../.." || exit 1
program=${EXECSNOOP:-build/execsnoop-c}
page=docs/execsnoop-c.8
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# differ WHAT: $work/table is what it must be, $work/manual what it is
differ() {
	sort "$work/table" >"$work/want"
	sort "$work/manual" | diff "$work/want" - |
		sed -n "s/^</$1 not in the manual:/p; s/^>/$1 only in the manual:/p"
}

"$program" --help | grep -oE '^ +(-[A-Za-z], )?--[a-z-]+( [A-Z]+)?' |
	sed -E 's/^ +//; s/ ([A-Z]+)$/ \L\1/' >"$work/table"
sed -n 's/^\.It Fl //p' "$page" | sed -E 's/^(.) , -/-\1, --/; t argument
	s/^-/--/; : argument
	s/ Ar / /' >"$work/manual"
differ option

# The synopsis has the letter of an option, or if it has none the long name.
"$program" --help | grep -oE '^ +-[A-Za-z]\b|^ +--[a-z-]+' | tr -d ' ' >"$work/table"
sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "$page" | grep -oE 'Fl -?[A-Za-z][A-Za-z-]*' |
	sed -E 's/Fl (-.*)/-\1/; t; s/Fl //; s/./-&\n/g' | grep . | sort -u >"$work/manual"
differ 'option of the synopsis'

"$program" --columns help | sed 1d | awk '{ name = $1; $1 = $2 = ""; print name, $0 }' |
	tr -s ' ' >"$work/table"
sed -n '/^\.Ss Columns/,/^\.El/p' "$page" | sed 's/\\e/\\/g' |
	awk '/^\.It Cm / { name = $3; next } name { print name, $0; name = "" }' | tr -s ' ' \
		>"$work/manual"
differ column

# A key that is made when needed stands with its plain one.
grep -oE '"execsnoop\.[a-z_0-9]+' user/field.c | cut -d. -f2 | sort -u |
	while read -r key; do
		grep -qE "^(\.It )?\.?Li (.* )?(execsnoop\.)?$key\b" "$page" ||
			echo "key not in the manual: execsnoop.$key"
	done

tr -d '\n\t' <user/metrics.c | grep -oE '\{ "execsnoop_[a-z_]+", *"[a-z]+", *"[^"]*"' |
	awk -F '"' '{ print $2, $6 }' >"$work/table"
sed -n '/^\.Sh METRICS/,/^\.El/p' "$page" |
	awk '/^\.It Li / { name = $3; next } name { print name, $0; name = "" }' >"$work/manual"
differ metric
