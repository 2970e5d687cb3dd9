# shellcheck shell=bash disable=SC2154  # run sets tmp and version
# SPDX-License-Identifier: BSD-2-Clause
#
# Debian's package: the same bytes each time, clean, and with what belongs into it.

deb() {
	echo "build/deb/execsnoop-c_${version}_$(dpkg --print-architecture).deb"
}

case_deb() {
	umask 022
	packaging/make-deb build/deb >"$tmp/made" || return
	grep -qx "$PWD/$(deb)" "$tmp/made" || echo "not made: $(deb)"
}

# In another folder, with another umask, time zone, locale and home: .buildinfo and what names its
# checksum tell how it was built, all else must be the same.
case_deb_again() {
	local file again=$tmp/some/other/place

	mkdir -p "$again"
	(umask 077 && TZ=XYZ-9 LC_ALL=C.UTF-8 HOME=/nonexistent packaging/make-deb "$again") \
		>"$tmp/made" || return
	for file in build/deb/*.deb build/deb/*.dsc build/deb/*.tar.xz; do
		cmp "$file" "$again/${file##*/}"
	done
	# Neither the programs for the kernel nor, before it was stripped, the program know the folder.
	! grep -rl --binary-files=text "$again" "$again"/*/build/execsnoop.bpf.o \
		"$again"/*/build/execsnoop-c
}

case_deb_lintian() {
	lintian --fail-on warning --allow-root build/deb/*.changes | grep '^[EW]:'
	[ "${PIPESTATUS[0]}" -eq 0 ]
}

# deb_want: mode and name of all that is in the package
deb_want() {
	local line kind to

	while read -r line; do
		echo "-rw-r--r-- ./$line"
	done <<-END
	usr/share/bash-completion/completions/execsnoop-c
	usr/share/doc/execsnoop-c/changelog.gz
	usr/share/doc/execsnoop-c/copyright
	usr/share/fish/vendor_completions.d/execsnoop-c.fish
	usr/share/man/man8/execsnoop-c-bench.8.gz
	usr/share/man/man8/execsnoop-c.8.gz
	usr/share/execsnoop-c/execsnoop.bpf.o.gz
	usr/share/zsh/vendor-completions/_execsnoop-c
	END
	echo "-rwxr-xr-x ./usr/bin/execsnoop-c"
	for to in README.md docs/capture.md docs/fleet.md; do
		[ ! -e "$to" ] || echo "-rw-r--r-- ./usr/share/doc/execsnoop-c/${to##*/}.gz"
	done
	while read -r kind to; do
		[ ! -e "packaging/execsnoop-c.$kind" ] || echo "-rw-r--r-- ./$to"
	done <<-END
	service lib/systemd/system/execsnoop-c.service
	sysusers usr/lib/sysusers.d/execsnoop-c.conf
	logrotate etc/logrotate.d/execsnoop-c
	conf etc/execsnoop-c.conf
	END
}

# Examples apart: what is long there is compressed.
case_deb_files() {
	local example

	dpkg-deb -c "$(deb)" >"$tmp/listed" || return
	awk '{ print $2 }' "$tmp/listed" | grep -vx root/root | sed 's/^/owner: /'
	awk '/^d/ && $1 != "drwxr-xr-x"' "$tmp/listed"
	awk '!/^d/ { print $1, $6 }' "$tmp/listed" | grep -v ' ./usr/share/doc/execsnoop-c/examples/' |
		sort >"$tmp/files"
	deb_want | sort | diff - "$tmp/files"
	for example in packaging/*.conf packaging/rsyslog/*; do
		[ -f "$example" ] && [ "$example" != packaging/execsnoop-c.conf ] || continue
		grep -qE "^-rw-r--r-- .* ./usr/share/doc/execsnoop-c/examples/${example#packaging/}(\.gz)?$" \
			"$tmp/listed" || echo "not among the examples: $example"
	done
}

# All below /etc, and nothing else.
case_deb_conffiles() {
	rm -rf "$tmp/control"
	dpkg-deb -e "$(deb)" "$tmp/control" || return
	touch "$tmp/control/conffiles"
	dpkg-deb -c "$(deb)" | sed -n 's,^-.* \./etc/,/etc/,p' | sort |
		diff <(sort "$tmp/control/conffiles") -
}

# The unit starts what the package has, and a rotated log is told to whom it has.
case_deb_service() {
	local unit program

	[ -e packaging/execsnoop-c.service ] || return 0
	rm -rf "$tmp/root"
	dpkg-deb -x "$(deb)" "$tmp/root" || return
	unit=$tmp/root/lib/systemd/system/execsnoop-c.service
	while read -r program; do
		[ -x "$tmp/root$program" ] || echo "the unit starts $program, which is not in the package"
	done < <(sed -n 's/^Exec[A-Za-z]*=[-@:+!]*\([^ ]*execsnoop[^ ]*\).*/\1/p' "$unit")
}

# The program in it runs, and as root traces: stripped and hardened it is the same.
case_deb_program() {
	local program=$tmp/root/usr/bin/execsnoop-c

	rm -rf "$tmp/root"
	dpkg-deb -x "$(deb)" "$tmp/root" || return
	same "its version" "execsnoop-c $version" "$("$program" --version)"
	readelf -lW "$program" | grep -q GNU_RELRO || echo "it is without RELRO"
	readelf -dW "$program" | grep -q 'FLAGS.*\bPIE\b' || echo "it is not position independent"
	readelf -dW "$program" | grep -q 'FLAGS.*\bBIND_NOW\b\|FLAGS_1.*\bNOW\b' ||
		echo "it binds late"
	[ "$(id -u)" -eq 0 ] || return 0
	EXECSNOOP=$program tests/live/run plain failing >"$tmp/live" 2>&1 || cat "$tmp/live"
}
