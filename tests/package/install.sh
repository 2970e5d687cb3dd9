# shellcheck shell=bash disable=SC2154,SC2034  # run sets tmp and version, and reads skipped
# SPDX-License-Identifier: BSD-2-Clause
#
# The Debian package installed, installed again and purged, with its scripts. This machine's files are
# below a layer that is gone afterwards, so that it is not changed.

case_install() {
	if [ "$(id -u)" -ne 0 ]; then
		skipped="needs root, to mount a layer over this machine's files"
		return 0
	fi
	mkdir -p "$tmp/layer"
	cp "$(deb)" "$tmp/package.deb"
	unshare --mount bash -c '. tests/package/install.sh && install_in_layer "$@"' bash \
		"$tmp/layer" "$tmp/package.deb" "execsnoop-c $version"
}

# install_in_layer FOLDER DEB VERSION: in a mount namespace of its own
install_in_layer() {
	local root=$1/root log=$1/log

	mount -t tmpfs layer "$1" && mkdir "$1/upper" "$1/work" "$root" &&
		mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" overlay "$root" &&
		mount --bind /dev "$root/dev" && mount -t proc proc "$root/proc" || return
	cp "$2" "$root/package.deb"
	: >"$log"

	install_run "$root" "$log" dpkg -i /package.deb
	install_look "$root" "$3"
	# Upon an upgrade what the administrator wrote stays.
	[ ! -e "$root/etc/execsnoop-c.conf" ] || echo '# mine' >>"$root/etc/execsnoop-c.conf"
	mkdir -p "$root/var/log/execsnoop-c"
	install_run "$root" "$log" dpkg -i /package.deb
	[ ! -e "$root/etc/execsnoop-c.conf" ] || grep -qx '# mine' "$root/etc/execsnoop-c.conf" ||
		echo "a second installation has overwritten /etc/execsnoop-c.conf"
	install_run "$root" "$log" dpkg --purge execsnoop-c
	# In /run things last until the next boot. A character device says what of the host's is not seen here.
	find "$1/upper" -name '*execsnoop*' ! -path "$1/upper/run/*" ! -type c | sed "s,^$1/upper,left: ,"
}

# install_run ROOT LOG COMMAND...
install_run() {
	local root=$1 log=$2

	shift 2
	chroot "$root" env DEBIAN_FRONTEND=noninteractive "$@" >>"$log" 2>&1 </dev/null || {
		echo "it fails: $*"
		tail -n 20 "$log"
	}
}

# install_look ROOT VERSION: what is there now
install_look() {
	[ "$(chroot "$1" /usr/bin/execsnoop-c --version)" = "$2" ] || echo "the program does not run"
	if [ -e packaging/execsnoop-c.sysusers ]; then
		grep -q '^execsnoop-c:' "$1/etc/passwd" || echo "there is no user execsnoop-c"
	fi
	find "$1/etc/systemd/system" -name 'execsnoop-c*' 2>/dev/null | sed "s,^$1,enabled: ,"
}
