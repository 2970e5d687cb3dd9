# shellcheck shell=bash disable=SC2154,SC2034  # run sets what is used here, and reads scene_args
# SPDX-License-Identifier: BSD-2-Clause
#
# The live tests of --btf: the raw_tp form of the programs, with a file that has the kernel's types. The
# whole list of scenes in that form: EXECSNOOP_ARGS="--btf FILE" tests/live/run.

btf_own=/sys/kernel/btf/vmlinux
# In a mount namespace of its own: no BTF of the kernel, and $1 in the place where it is looked for.
btf_hide='mount -t tmpfs none /sys/kernel/btf && mount -t tmpfs none /var/lib &&
	mkdir -p /var/lib/execsnoop-c/btf && place=/var/lib/execsnoop-c/btf/$(uname -r).btf &&
	{ [ ! "$1" ] || cp -p "$1" "$place"; } && shift && exec "$@"'

# btf_make: $tmp/min.btf, made as the manual says
btf_make() {
	[[ -e $btf_own ]] || {
		skip "this kernel has no BTF to make a file of"
		return 1
	}
	[[ -e $tmp/min.btf ]] || "$("$root/packaging/deps" --bpftool)" gen min_core_btf "$btf_own" \
		"$tmp/min.btf" "${execsnoop%/*}/execsnoop.raw.bpf.o" 2>"$tmp/make.err" ||
		wrong_file "no minimal BTF:" "$tmp/make.err"
	((!bad))
}

# Scenes that have all fields between them
case_btf_scenes() {
	local scene scene_args
	btf_make || return
	scene_args=(--btf "$tmp/min.btf")
	for scene in plain large script memfd deleted thread-exec threads-exit orphan uid-change \
		pid-namespace mount-namespace exit-codes signals failed failed-at threads comm \
		session core; do
		run_scene "$scene"
		[[ $(note_of scene) == "raw_tp programs, with the BTF in $tmp/min.btf"* ]] ||
			wrong_file "start does not say what runs:" "$tmp/scene.json"
		((!bad)) || {
			wrong "(in the scene $scene)"
			return
		}
	done
	scene_args=(--btf "$btf_own")
	run_scene plain
}

case_btf_used() {
	btf_make && case_used --btf "$tmp/min.btf"
}

# btf_refuses NAME WHAT COMMAND...: `COMMAND --btf FILE` ends soon, and its one line names file and reason
btf_refuses() {
	local start=$EPOCHREALTIME file=$tmp/btf/$1
	timeout -s KILL 20 "${@:3}" --btf "$file" --json >"$tmp/btf.out" 2>"$tmp/btf.err"
	status=$?
	((status == 1)) || wrong_file "$1: status $status:" "$tmp/btf.err"
	(($(milliseconds_since "$start") < 8000)) || wrong "$1: it took too long"
	[[ -s $tmp/btf.out ]] && wrong_file "$1: it traces:" "$tmp/btf.out"
	has_reason btf "cannot trace: bpf: $file:? .*$2.* \\(.+\\)\$"
}

case_btf_bad_file() {
	local nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all
		--bounding-set=-all) name
	btf_make || return
	mkdir -p "$tmp/btf/folder" "$tmp/bin"
	chmod 755 "$tmp/btf"
	cp "$execsnoop" "$tmp/bin/execsnoop-c"
	mkfifo "$tmp/btf/fifo"
	: >"$tmp/btf/empty"
	echo 'no types here' >"$tmp/btf/text"
	cp "$tmp/min.btf" "$tmp/btf/secret"
	chmod 600 "$tmp/btf/secret"
	head -c 1000 "$tmp/min.btf" >"$tmp/btf/short"
	head -c 20 "$tmp/min.btf" >"$tmp/btf/shorter"
	cp "$execsnoop" "$tmp/btf/program"
	"$btfshift" "$tmp/min.btf" "$tmp/btf/loose" task_struct mm loose || wrong "btfshift failed"
	# BTF, of another kind of program: no field is in it.
	echo 'int other;' | clang -target bpf -g -x c -c - -o "$tmp/btf/other" || wrong "clang failed"
	btf_refuses missing 'No such file or directory' "$execsnoop"
	btf_refuses folder 'it is a directory' "$execsnoop"
	btf_refuses fifo 'it is not a file' "$execsnoop"
	for name in empty text short shorter program; do
		btf_refuses "$name" 'it holds no BTF, or not all of it' "$execsnoop"
	done
	btf_refuses loose 'its BTF is damaged' "$execsnoop"
	btf_refuses secret 'Permission denied' "${nobody[@]}" "$tmp/bin/execsnoop-c"
	btf_refuses other 'it is of another kernel, or lacks types' "$execsnoop"
	"$execsnoop" --btf '' >"$tmp/btf.out" 2>"$tmp/btf.err"
	(($? == 2)) || wrong "an empty name is taken"
	"$execsnoop" -b connector --btf "$tmp/min.btf" >"$tmp/btf.out" 2>"$tmp/btf.err"
	(($? == 2)) || wrong "the connector takes it"
}

# In another kernel's file some fields lie elsewhere. Whatever it is, it is found out
case_btf_other_kernel() {
	local type field
	btf_make || return
	mkdir -p "$tmp/btf"
	while read -r type field; do
		"$btfshift" "$tmp/min.btf" "$tmp/btf/shifted" "$type" "$field" 24 2>>"$tmp/notes" ||
			wrong "no $type.$field in it"
		btf_refuses shifted 'is not of this kernel: told wrong of the' "$execsnoop"
		((!bad)) || {
			wrong "($type.$field)"
			return
		}
	done <<-END
		task_struct tgid
		task_struct real_parent
		task_struct start_boottime
		task_struct cred
		task_struct comm
		task_struct signal
		task_struct mm
		task_struct ioac
		task_struct cgroups
		signal_struct group_exit_code
		signal_struct maxrss
		cred euid
		linux_binprm argc
		linux_binprm exec
		linux_binprm file
		file f_inode
		dentry d_parent
	END
}

# Where the kernel has none the file is found in its place; if it is of no use, the reason says so
case_btf_found() {
	local place
	btf_make || return
	place=/var/lib/execsnoop-c/btf/$(uname -r).btf
	unshare -m sh -c "$btf_hide" sh "$tmp/min.btf" "$execsnoop" -e exec,fork,exit --json \
		>"$tmp/found.json" 2>"$tmp/found.err" &
	tracer_ready found $! || return
	act script
	tracer_end found INT 0
	compare found
	[[ $(backend_of found) == bpf && $(note_of found) == "raw_tp programs, with the BTF in $place" ]] ||
		wrong_file "it runs otherwise:" "$tmp/found.err"
	doctor_program
	doctor found unshare -m sh -c "$btf_hide" sh "$tmp/min.btf"
	says found bpf "BTF of the kernel" false
	says found bpf "BTF file" true
	says found bpf "tracepoint programs" true
	[[ $(jq -r .auto "$tmp/found.doctor") == bpf ]] || wrong_file "not bpf:" "$tmp/found.doctor"
	doctor none unshare -m sh -c "$btf_hide" sh ''
	says none bpf "BTF file" false
	has_line "$tmp/none.doctor" 'bpftool gen min_core_btf' || wrong "doctor knows no remedy"
	btf_not_found "$place: others may write it" 'chmod g+w'
	btf_not_found "$place: it holds no BTF, or not all of it" 'truncate -s 1000'
	btf_not_found "$place is not of this kernel: told wrong of the exec of a process of ours: parent" \
		btf_misplace_comm
}

btf_misplace_comm() {
	"$btfshift" "$tmp/min.btf" "$1" task_struct comm -16
}

# btf_not_found REASON COMMAND: after `COMMAND FILE` it goes on with the connector, for that reason
btf_not_found() {
	rm -f "$tmp/bad.btf"
	cp "$tmp/min.btf" "$tmp/bad.btf"
	# shellcheck disable=SC2086  # some words
	$2 "$tmp/bad.btf" || wrong "$2 failed"
	falls_back bad "bpf: $1" 1 unshare -m sh -c "$btf_hide" sh "$tmp/bad.btf" || {
		tracers_kill
		return
	}
	tracer_end bad INT 0
}
