# shellcheck shell=bash disable=SC2154  # run sets cache, tmp and update
# SPDX-License-Identifier: BSD-2-Clause
#
# Debian's packages, taken out of its archives and unpacked, never installed: with a private apt
# configuration made of the machine's own sources, in which only the suite is another.
#
#	$cache/apt/SUITE-ARCH/		apt's own state for one suite
#	$cache/packages/		what was unpacked, a folder for each package
#	$cache/found-KEY		the folder that an earlier run found for a request

# fetch_apt SUITE ARCH COMMAND...: apt-get or apt-cache with that configuration
fetch_apt() {
	local dir=$cache/apt/$1-$2 arch=$2 command=$3
	timeout --foreground -k 5 300 "$command" -q \
		-o Dir::Etc::sourcelist="$dir/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State="$dir" -o Dir::State::Lists="$dir/lists" \
		-o Dir::State::status="$dir/status" -o Dir::Cache="$dir/cache" \
		-o APT::Architecture="$arch" -o APT::Architectures="$arch" \
		-o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=true \
		-o Acquire::Languages=none -o Acquire::PDiffs=false \
		-o Acquire::Retries=2 -o Acquire::http::Timeout=20 "${@:4}" </dev/null
}

# The codename of the machine's Debian; its sources are what the others are made from.
fetch_codename() {
	# shellcheck source=/dev/null
	(. /etc/os-release && [[ $ID == debian ]] && echo "${VERSION_CODENAME-}")
}

# fetch_sources SUITE
fetch_sources() {
	local codename
	local -a files
	codename=$(fetch_codename)
	mapfile -t files < <(find /etc/apt/sources.list /etc/apt/sources.list.d \
		\( -name '*.list' -o -name '*.sources' \) 2>/dev/null)
	[[ $codename ]] && ((${#files[@]})) || return
	awk -v codename="$codename" -v want="$1" -f "${BASH_SOURCE[0]%/*}/sources.awk" "${files[@]}" | sort -u
}

# fetch_update SUITE ARCH: the index of a suite, asked for once in a run; says what is wrong
fetch_update() {
	local said=$tmp/update-$1-$2
	[[ -e $said ]] || fetch_index "$1" "$2" >"$said"
	cat "$said"
	[[ ! -s $said ]]
}

fetch_index() {
	local dir=$cache/apt/$1-$2
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	: >"$dir/status"
	fetch_sources "$1" >"$dir/sources.list"
	if [[ ! -s $dir/sources.list ]]; then
		echo "this machine has no sources of Debian packages"
	elif ! fetch_apt "$1" "$2" apt-get update >"$dir/log" 2>&1; then
		echo "apt-get update for $1 $2 failed: $(fetch_error "$1" "$2")"
	fi
}

# fetch_error SUITE ARCH: what apt complained of first
fetch_error() {
	grep -m 1 '^[EW]:' "$cache/apt/$1-$2/log" || echo "gone from the archive"
}

# fetch_names SUITE ARCH REGEX: the packages with such a name, newest first
fetch_names() {
	fetch_apt "$1" "$2" apt-cache pkgnames | grep -xE -- "$3" | sort -rV
}

# fetch_download SUITE ARCH PACKAGE: unpacked to a folder below $cache/packages, which is
# printed; false if that is not to be had: an index can list what is gone from the archive.
fetch_download() {
	local work=$tmp/download name
	name=$(fetch_apt "$1" "$2" apt-get download --print-uris "$3" 2>/dev/null |
		awk '{ print $2 }')
	[[ $name == *.deb ]] || return
	name=${name%.deb}
	if [[ ! -d $cache/packages/$name ]]; then
		rm -rf "$work" "$cache/packages/$name.part"
		mkdir -p "$work/files" "$cache/packages"
		(cd "$work" && fetch_apt "$1" "$2" apt-get download "$3") >"$work/log" 2>&1 &&
			fetch_unpack "$work"/*.deb "$work/files" || return
		# In one step at the end: a folder that is there is whole.
		cp -r "$work/files" "$cache/packages/$name.part" &&
			mv -T "$cache/packages/$name.part" "$cache/packages/$name" || return
		rm -rf "$work"
	fi
	echo "$name"
}

# fetch_unpack DEB DIR: without modules and documentation
fetch_unpack() {
	dpkg-deb --fsys-tarfile "$1" |
		tar -x -C "$2" --no-same-owner --exclude='*.ko' --exclude='*.ko.xz' \
			--exclude='./usr/share/doc' --exclude='./usr/share/locale'
}

# fetch_found KEY: what an earlier run found; it is good until --update asks again
fetch_found() {
	local name
	((update)) && return 1
	name=$(cat "$cache/found-$1" 2>/dev/null) && [[ -d $cache/packages/$name ]] &&
		echo "$cache/packages/$name"
}

# fetch SUITE ARCH REGEX: prints the folder of the newest such package that can be had, or
# fails and prints why there is none
fetch() {
	local key name found
	local -a names
	key=$(printf '%s ' "$@" | sha256sum | cut -c 1-16)
	fetch_found "$key" && return
	fetch_update "$1" "$2" || return
	mapfile -t names < <(fetch_names "$1" "$2" "$3")
	for name in "${names[@]}"; do
		found=$(fetch_download "$1" "$2" "$name") || continue
		echo "$found" >"$cache/found-$key"
		echo "$cache/packages/$found"
		return
	done
	echo "none of ${#names[@]} packages like $3 in $1 $2 can be had: $(fetch_error "$1" "$2")"
	return 1
}
