# shellcheck shell=bash disable=SC2154  # run sets tmp, here and steps
# SPDX-License-Identifier: BSD-2-Clause
#
# Boots a kernel in an emulator, with an initramfs of busybox, tracer and actor. What the guest
# found comes back over its console: that needs no driver which some kernel has as a module.

# Nothing here takes half of it on an idle machine.
boot_seconds=${KERNELS_TIMEOUT:-240}
guest=

# boot_initramfs BUSYBOX TRACER ACTOR OUTPUT: one compressed archive
boot_initramfs() {
	local dir=$tmp/initramfs applet run
	rm -rf "$dir"
	mkdir -p "$dir/bin" "$dir/runs"
	install -m 755 "$here/guest-init" "$dir/init"
	install -m 755 "$1" "$dir/bin/busybox"
	install -m 755 "$2" "$dir/bin/execsnoop-c"
	install -m 755 "$3" "$dir/bin/actor"
	for applet in base64 cat cp date dmesg grep gzip kill mkdir mount poweroff reboot rm sh tar taskset tr uname usleep; do
		ln -s busybox "$dir/bin/$applet"
	done
	for run in "${!steps[@]}"; do
		printf '%s\n' "${steps[$run]}" >"$dir/runs/$run"
	done
	(cd "$dir" && find . | cpio -o -H newc -R 0:0 --quiet | gzip -1) >"$4"
}

# boot_emulator MACHINE: the program that it needs
boot_emulator() {
	case $1 in
	amd64) echo qemu-system-x86_64 ;;
	arm64) echo qemu-system-aarch64 ;;
	esac
}

# boot MACHINE KERNEL INITRAMFS ARGUMENTS CONSOLE: ends when the guest does, or after a while. One
# thread for all CPUs: with more, kernels that change their own code die of it now and then.
boot() {
	local -a command arguments
	# The serial line of the RT kernel is lost to the guard against interrupts nobody handles.
	read -ra arguments <<<"quiet panic=-1 noirqdebug $4"
	case $1 in
	# On a busy machine the emulated timer is too late for the kernel's check of it.
	amd64) command=(-M q35 -cpu max -append "console=ttyS0 no_timer_check ${arguments[*]}") ;;
	# With -cpu max five times slower.
	arm64) command=(-M virt -cpu cortex-a57 -append "console=ttyAMA0 ${arguments[*]}") ;;
	uml)
		mkdir -p "$tmp/uml"
		command=("$2" mem=256M initrd="$3" "con0=fd:0,fd:1" con=null uml_dir="$tmp/uml/"
			"${arguments[@]}")
		;;
	esac
	[[ $1 == uml ]] || command=("$(boot_emulator "$1")" "${command[@]}"
		-accel tcg,thread=single -smp 2 -m 512 -nodefaults -no-user-config -nographic
		-serial stdio -monitor none -no-reboot -kernel "$2" -initrd "$3")
	timeout -k 5 "$boot_seconds" "${command[@]}" </dev/null >"$5" 2>&1 &
	guest=$!
	wait "$guest"
	guest=
}

# boot_kill: timeout(1) hands it on to what it started
boot_kill() {
	[[ -z $guest ]] || kill "$guest" 2>/dev/null
}

# boot_result CONSOLE DIR: what the guest printed, as files; false if it did not come to that
boot_result() {
	mkdir -p "$2"
	grep -q '^=== end' "$1" || return
	tr -d '\r' <"$1" | sed -n '/^=== begin/,/^=== end/ { /^===/! p }' |
		base64 -d 2>/dev/null | tar -xz -C "$2" --no-same-owner 2>/dev/null
}
