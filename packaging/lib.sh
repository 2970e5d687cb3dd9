# shellcheck shell=sh
# SPDX-License-Identifier: BSD-2-Clause
#
# What the makers of packages share. They run at the top of the tree.

# The version has one source, and a release one date: that of its entry in the Debian changelog.
version=$(sed -n 's/^#define VERSION "\(.*\)"$/\1/p' user/version.h)
SOURCE_DATE_EPOCH=$(date -u -d "$(sed -n 's/^ -- .*>  //p' packaging/debian/changelog | head -n 1)" +%s)
export SOURCE_DATE_EPOCH

umask 022

# Not the options of the make that runs this: a package is built with its own.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL WERROR SAN CFLAGS CPPFLAGS LDFLAGS

# die MESSAGE
die() {
	printf '%s: %s\n' "$0" "$*" >&2
	exit 1
}

# need COMMAND...
need() {
	for name; do
		command -v "$name" >/dev/null || die "no $name: make deps-package installs it"
	done
}

# run LOG COMMAND...: says on failure what the command said last
run() {
	log=$1
	shift
	if ! "$@" >"$log" 2>&1; then
		tail -n 20 "$log" >&2
		die "$1 failed; all it said is in $log"
	fi
}
