# shellcheck shell=bash disable=SC2154  # run sets tmp and version
# SPDX-License-Identifier: BSD-2-Clause
#
# The RPM package: it is built, and has what Debian's has, where RPM has it.

rpm_file() {
	echo "build/rpm/RPMS/$(uname -m)/execsnoop-c-$version-1.$(uname -m).rpm"
}

case_rpm() {
	packaging/make-rpm build/rpm >"$tmp/made" || return
	[ -e "$(rpm_file)" ] || echo "not made: $(rpm_file)"
}

case_rpm_files() {
	rpm -qp --qf '[%{FILEMODES:perms} %{FILEUSERNAME} %{FILENAMES}\n]' "$(rpm_file)" |
		grep -v ' /usr/lib/\.build-id' >"$tmp/listed"
	grep -v '^[^ ]* root ' "$tmp/listed"
	awk '!/^d/ { print $1, $3 }' "$tmp/listed" | grep -v ' /usr/share/doc/execsnoop-c/examples/' |
		sort >"$tmp/files"
	{
		deb_want | sed -e 's, \./, /,' -e 's, /lib/, /usr/lib/,' -e 's,zsh/vendor-completions,zsh/site-functions,' \
			-e '/\/copyright$/d' -e '/\/changelog.gz$/d' -e '/bpf\.o/! s,\.gz$,,'
		echo '-rw-r--r-- /usr/share/licenses/execsnoop-c/LICENSE'
	} | sort | diff - <(sed 's,\(/man8/.*\)\.gz$,\1,' "$tmp/files")
	# The folders that files of its own alone are in.
	sed -n 's,^-[^ ]* root \(.*/execsnoop-c\(/.*\)*\)/[^/]*$,\1,p' "$tmp/listed" | sort -u |
		diff - <(sed -n 's,^d[^ ]* root ,,p' "$tmp/listed" | sort)
	diff <(rpm -qpc "$(rpm_file)" | grep -v '^(' | sort) <(sed -n 's/^-.* root \(\/etc\/\)/\1/p' "$tmp/listed" | sort)
}
