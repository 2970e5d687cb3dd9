# shellcheck shell=bash disable=SC2154  # run sets cache, here, root and tmp
# SPDX-License-Identifier: BSD-2-Clause
#
# What nobody offers: a kernel without bpf(2), and the programs for other machines. As in fetch.sh
# each function prints a folder, or fails and prints the reason.

# Debian's name of this machine.
build_native() {
	case $(uname -m) in
	x86_64) echo amd64 ;;
	aarch64) echo arm64 ;;
	*) uname -m ;;
	esac
}

# build_lacks COMMAND...: says what is not installed
build_lacks() {
	local name
	for name; do
		command -v "$name" >/dev/null || {
			echo "no $name: make deps-kernels installs it"
			return
		}
	done
	return 1
}

# build_kernel SUITE PACKAGE: vmlinuz of the kernel source in that package with nobpf.config
build_kernel() {
	local source to
	build_lacks flex bison bc xz && return 1
	source=$(fetch "$1" amd64 "$2") || { echo "$source" && return 1; }
	to=$cache/nobpf-$({ echo "${source##*/}" && cat "$here/nobpf.config"; } | sha256sum |
		cut -c 1-16)
	[[ -e $to/vmlinuz ]] || build_make "$source"/usr/src/*.tar.xz "$to" || return
	echo "$to"
}

# build_make TARBALL FOLDER
build_make() {
	local work=$tmp/linux
	mkdir -p "$work"
	# shellcheck disable=SC2016  # the inner shell expands them
	if ! timeout --foreground -k 5 3000 bash -eu -c '
		cd "$1"
		tar -xJf "$2" --strip-components=1
		make -s tinyconfig
		scripts/kconfig/merge_config.sh -m .config "$3"
		make -s olddefconfig
		grep "^CONFIG_.*=y" "$3" | grep -vxFf .config && exit 1
		! grep "^CONFIG_BPF_SYSCALL=" .config
		exec nice make -s "-j$4" bzImage
		' bash "$work" "$1" "$here/nobpf.config" "$(nproc)" >"$tmp/linux.log" 2>&1; then
		echo "the build failed: $(grep . "$tmp/linux.log" | tail -n 1)"
		return 1
	fi
	mkdir -p "$2.part"
	cp "$work/arch/x86/boot/bzImage" "$2.part/vmlinuz" && mv -T "$2.part" "$2"
	rm -rf "$work"
}

# build_programs MACHINE: the tracer and the actor for it
build_programs() {
	if [[ $1 == "$(build_native)" ]]; then
		mkdir -p "$tmp/programs-$1"
		ln -sf "$execsnoop" "$tmp/programs-$1/execsnoop-c"
		ln -sf "$actor" "$tmp/programs-$1/actor"
		echo "$tmp/programs-$1"
	else
		build_cross "$1"
	fi
}

# build_cross MACHINE: with the -dev packages of its Debian, beside which nothing of it is needed
build_cross() {
	local triplet sysroot=$tmp/sysroot-$1 build=$root/build/$1 name folder
	case $1 in
	arm64) triplet=aarch64-linux-gnu ;;
	amd64) triplet=x86_64-linux-gnu ;;
	esac
	build_lacks "$triplet-gcc" && return 1
	mkdir -p "$sysroot"
	for name in libbpf-dev libelf-dev zlib1g-dev libseccomp-dev; do
		folder=$(fetch "$(fetch_codename)" "$1" "$name") || { echo "$folder" && return 1; }
		cp -r "$folder/." "$sysroot"
	done
	# Not with the options of the make that runs this.
	if ! env -u MAKEFLAGS -u MAKEOVERRIDES make -s -C "$root" -j"$(nproc)" B="build/$1" \
		CC="$triplet-gcc" CFLAGS="-O2 -g -isystem $sysroot/usr/include" \
		LDFLAGS="-L$sysroot/usr/lib/$triplet" \
		"build/$1/static/execsnoop-c" "build/$1/static/actor" >"$tmp/cross.log" 2>&1; then
		echo "the build for $1 failed: $(grep -m 1 -i error "$tmp/cross.log")"
		return 1
	fi
	echo "$build/static"
}
