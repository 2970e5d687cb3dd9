# shellcheck shell=bash disable=SC2154  # run sets here, root, tmp and the programs
# SPDX-License-Identifier: BSD-2-Clause
#
# A real build, traced beside strace(1): both must tell the same execs, exec by exec.

build_package=zlib

# build_fetch DIR: unpacks the source package there, fetched with a private apt configuration;
# false, and the reason on standard output
build_fetch() (
	cache=${XDG_CACHE_HOME:-$HOME/.cache}/execsnoop-c/source
	# shellcheck source-path=SCRIPTDIR source=../kernels/fetch.sh
	. "$root/tests/kernels/fetch.sh"
	suite=$(fetch_codename) arch=$(dpkg --print-architecture)
	[[ $suite && $arch ]] || { echo "this is no Debian" && exit 1; }
	apt=$cache/apt/$suite-$arch
	if ! compgen -G "$cache/*.orig.tar.*" >/dev/null; then
		mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
		: >"$apt/status"
		fetch_sources "$suite" | sed 's/^deb /deb-src /' >"$apt/sources.list"
		fetch_apt "$suite" "$arch" apt-get update >"$apt/log" 2>&1 &&
			cd "$cache" && fetch_apt "$suite" "$arch" apt-get source --download-only \
			"$build_package" >>"$apt/log" 2>&1 ||
			{ fetch_error "$suite" "$arch" && exit 1; }
	fi
	mkdir -p "$1" && tar -xf "$cache"/*.orig.tar.* -C "$1" --strip-components=1
)

# build_strace FILE: "PID HEX HEX..." of each exec that succeeded, the arguments with all bytes in
# hexadecimal; an exec that was interrupted by another line is put together again
build_strace() {
	awk '
		/<unfinished \.\.\.>$/ { begun[$1] = $0; next }
		/<\.\.\. execve(at)? resumed>/ { $0 = begun[$1] substr($0, index($0, ">") + 1) }
		!/ execve(at)?\(/ || !/ = 0$/ { next }
		{
			pid = $1
			sub(/^[^[]*\[/, "")
			sub(/\], .*/, "")
			gsub(/\\x|"|,/, "")
			print pid, $0
		}' "$1" | sort -s -n -k 1,1
}

# build_trace FILE: the same of what the tracer said
build_trace() {
	jq -r 'select(.event.action == "exec") | .process.pid as $pid
		| [$pid, (.process.args[] | explode | map(. as $c | [$c / 16, $c % 16]
			| map(floor | "0123456789abcdef"[.:. + 1]) | add) | add // "")]
		| map(tostring) | join(" ")' "$1" | sort -s -n -k 1,1
}

case_build() {
	local backend reason source=$tmp/source
	if ! reason=$(build_fetch "$source"); then
		skip "no source package $build_package: $reason"
		return
	fi
	for backend in bpf connector; do
		# The first exec is that of strace itself. A script is run by name: strace tells what was asked
		# for, and the kernel makes another argv of that.
		(cd "$source" && "$execsnoop" -b "$backend" -f json -e exec -o "$tmp/build.json" -- \
			strace -f -qq -v -xx -s 10000000 -e trace=execve,execveat -e signal=none \
			-o "$tmp/build.strace" \
			sh -c 'sh ./configure && make -j2 && make distclean') \
			>"$tmp/build.out" 2>&1 || wrong_file "the build failed:" "$tmp/build.out"
		build_strace "$tmp/build.strace" >"$tmp/want"
		build_trace "$tmp/build.json" | grep -v " $(printf strace | od -An -tx1 | tr -d ' \n') " \
			>"$tmp/got"
		(($(wc -l <"$tmp/want") > 250)) ||
			wrong_file "this was no build:" "$tmp/build.out"
		cmp -s "$tmp/want" "$tmp/got" ||
			wrong_file "$backend: < is strace's:" <(diff "$tmp/want" "$tmp/got")
	done
}
