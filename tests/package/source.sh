# shellcheck shell=bash disable=SC2154  # run sets static, tmp and version
# SPDX-License-Identifier: BSD-2-Clause
#
# The source: one version, one archive, and what the documentation says of the packages.

case_version() {
	local spec=packaging/execsnoop-c.spec

	same "version.h and the Debian changelog" "$version" \
		"$(sed -n '1s/^execsnoop-c (\(.*\)) .*/\1/p' packaging/debian/changelog)"
	same "version.h and the spec" "$version" "$(sed -n 's/^Version: *//p' "$spec")"
	same "version.h and the spec's changelog" "$version-1" \
		"$(sed -n '/^%changelog/{n;s/.* //p}' "$spec")"
	same "version.h and the program" "execsnoop-c $version" "$("$static" --version)"
}

# The same bytes with another umask and time zone, and from the archive, where there is no git.
case_dist() {
	local name=execsnoop-c-$version

	packaging/make-dist "$tmp/dist" || return
	(umask 077 && TZ=XYZ-9 packaging/make-dist "$tmp/dist2") || return
	cmp "$tmp/dist/$name.tar.gz" "$tmp/dist2/$name.tar.gz"
	tar -tf "$tmp/dist/$name.tar.gz" | grep -v "^$name/[^/]" | sed 's/^/beside the folder: /'
	tar -xzf "$tmp/dist/$name.tar.gz" -C "$tmp" || return
	"$tmp/$name/packaging/make-dist" "$tmp/dist3" || return
	cmp "$tmp/dist/$name.tar.gz" "$tmp/dist3/$name.tar.gz"
}

# make install leaves what the administrator wrote, and make uninstall nothing else. Not what is built: make would
# do that with other options than these tests are for.
case_make_install() {
	local conf confs=(/etc/execsnoop-c.conf /etc/logrotate.d/execsnoop-c)

	make -s install-service DESTDIR="$tmp/made-root" >/dev/null || return
	for conf in "${confs[@]}"; do
		echo '# mine' >>"$tmp/made-root$conf" || return
	done
	make -s install-service DESTDIR="$tmp/made-root" >/dev/null || return
	for conf in "${confs[@]}"; do
		same "lines of the administrator's in $conf" 1 "$(grep -cx '# mine' "$tmp/made-root$conf")"
	done
	make -s uninstall DESTDIR="$tmp/made-root" || return
	diff <(printf '%s\n' "${confs[@]}") <(cd "$tmp/made-root" && find . -type f -printf '/%P\n' | sort)
}

# What is linked is named as needed to build it: Debian's package in debian/control, and in the spec what
# packaging/deps calls it there.
case_build_depends() {
	local package rpm

	jq -r '.packages[].sourceInfo // empty' "$sbom" | sed 's/^Debian package \([^ ]*\) .*/\1/' |
		grep -vE '^lib(c6|gcc-[0-9]+)-dev$' >"$tmp/libraries"
	[ -s "$tmp/libraries" ] || echo "the SBOM names no library"
	while read -r package; do
		grep -qE "^(Build-Depends:)? +$package( .*)?,?$" packaging/debian/control ||
			echo "not in Build-Depends of packaging/debian/control: $package"
		rpm=$(awk -v package="$package" '$2 == package { print $3; exit }' packaging/deps)
		grep -q "^BuildRequires: *${rpm:-$package}\$" packaging/execsnoop-c.spec ||
			echo "not in BuildRequires of packaging/execsnoop-c.spec: ${rpm:-$package}"
	done <"$tmp/libraries"
}


# stated WHAT COLUMN: a cell of the README's table of packages
stated() {
	awk -F ' *[|] *' -v what="$1" -v column="$2" '$2 == what { print $column }' README.md
}

# figure WHAT BYTES: the README is right to a tenth of a megabyte
figure() {
	awk -v is="$2" -v stated="$(stated "$1" 3)" -v what="$1" 'BEGIN {
		is /= 1e6; apart = is - stated
		if (stated !~ /^[0-9.]+ MB$/ || apart > 0.1 || apart < -0.1)
			printf "README.md, %s: it says %s, and it is %.2f MB\n", what, stated, is
	}'
}

commas() {
	paste -sd, - | sed 's/,/, /g'
}

# Sizes and what is needed, as the README has them, are those of what was built.
case_figures() {
	figure "Debian package" $(($(dpkg-deb -f "$(deb)" Installed-Size) * 1024))
	figure "RPM package" "$(rpm -qp --qf '%{SIZE}' "$(rpm_file)")"
	figure "static program" "$(stat -c %s "$static")"
	same "README.md, what the Debian package needs" "$(stated "Debian package" 4)" \
		"$(dpkg-deb -f "$(deb)" Depends | tr ',' '\n' | sed 's/^ *//; s/ (.*//; /|/d' | sort |
			commas)"
	same "README.md, what the RPM package needs" "$(stated "RPM package" 4)" \
		"$(rpm -qp --requires "$(rpm_file)" | sed -n 's/^\(lib.*\.so\.[0-9]*\)().*/\1/p' | sort | commas)"
}
