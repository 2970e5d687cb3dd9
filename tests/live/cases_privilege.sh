# shellcheck shell=bash disable=SC2154,SC2016,SC2034  # run sets what is used here; the commands' $ are theirs
# SPDX-License-Identifier: BSD-2-Clause
#
# What the tracer has given up when it traces, and that it traces as well without.

# Bits of capabilities, capabilities(7)
cap_dac_override=2 cap_dac_read_search=4 cap_net_admin=1000 cap_sys_ptrace=80000

# sanitized: is the tracer built with AddressSanitizer, which needs more system calls than it may have?
sanitized() {
	grep -qsF __asan_init "$execsnoop"
}

# before RELEASE: is the kernel older?
before() {
	[[ $(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1) != "$1" ]]
}

# hex BITS...: their sum, as /proc shows it
hex() {
	local sum=0 bits
	for bits; do
		((sum |= 16#$bits))
	done
	printf '%016x\n' "$sum"
}

# main_caps BACKEND: what the main thread must keep there
main_caps() {
	case $1 in
	bpf) hex "$cap_dac_read_search" ;;
	connector) if before 6.6; then hex "$cap_sys_ptrace" "$cap_net_admin"; else hex "$cap_sys_ptrace"; fi ;;
	esac
}

# told STATUS NAME: a value in a file like /proc/PID/status, with single blanks
told() {
	sed -n "s/^$2:[[:space:]]*//p" "$1" | tr -s '[:space:]' ' ' | sed 's/ $//'
}

# thread_has STATUS UID CAPS: false, and says why, if that thread has anything else
thread_has() {
	local name want got
	for name in "Uid=$2 $2 $2 $2" "Gid=$2 $2 $2 $2" "CapPrm=$3" "CapEff=$3" "CapBnd=$(hex 0)" \
		"CapInh=$(hex 0)" "CapAmb=$(hex 0)" NoNewPrivs=1 \
		"Seccomp=$(sanitized && echo 0 || echo 2)"; do
		want=${name#*=} name=${name%%=*}
		got=$(told "$1" "$name")
		[[ $got == "$want" ]] || wrong "$1: $name is '$got', not '$want'"
	done
	[[ $2 == 0 || -z $(told "$1" Groups) ]] || wrong "$1: groups $(told "$1" Groups)"
}

# threads_have NAME UID CAPS OTHERS: the main thread has CAPS, the OTHERS theirs; sets others, their number
threads_have() {
	local pid=${tracers[$1]} status
	others=0
	for status in "/proc/$pid/task"/*/status; do
		if [[ $status == "/proc/$pid/task/$pid/status" ]]; then
			thread_has "$status" "$2" "$3"
		else
			((++others))
			thread_has "$status" "$2" "$4"
		fi
	done
}
others=

case_privilege_threads() {
	local options uid backend
	for options in '' '--user nobody' '--user 65534'; do
		uid=$([[ $options ]] && echo 65534 || echo 0)
		for backend in bpf connector; do
			# shellcheck disable=SC2086  # words
			tracer_start held -b $backend $options -e exec,fork,exit --json || return
			threads_have held "$uid" "$(main_caps $backend)" "$(hex "$cap_sys_ptrace")"
			[[ $backend == bpf || $others == $(nproc --all) ]] || wrong "$others readers"
			act plain
			tracer_end held INT 0
			compare held
			[[ $(stat -c '%a %u' "$tmp/held.json") == "640 $uid" ]] ||
				wrong "the output is $(stat -c '%a %u' "$tmp/held.json")"
		done
	done
}

# What more is kept, and for what
case_privilege_options() {
	tracer_start kept --context --json || return
	threads_have kept 0 "$(hex "$cap_dac_read_search" "$cap_sys_ptrace")" ''
	act plain
	tracer_end kept INT 0
	# The thread that brings a capture to the disk has nothing.
	tracer_start kept -w "$tmp/kept.xsn" --json || return
	threads_have kept 0 "$(main_caps bpf)" "$(hex 0)"
	[[ $others == 1 ]] || wrong "$others threads beside the main thread"
	tracer_end kept INT 0
	# BPF is given up when the tree is told.
	tracer_start kept -p $$ --json || return
	threads_have kept 0 "$(main_caps bpf)" ''
	tracer_end kept INT 0
	tracer_start kept --no-sandbox --json || return
	[[ $(told "/proc/${tracers[kept]}/status" CapEff) == $(told /proc/self/status CapEff) &&
		$(told "/proc/${tracers[kept]}/status" NoNewPrivs) == 0 &&
		$(told "/proc/${tracers[kept]}/status" Seccomp) == $(told /proc/self/status Seccomp) ]] ||
		wrong "something was given up with --no-sandbox"
	tracer_end kept INT 0
}

case_privilege_says() {
	"$execsnoop" -v --user nobody -D 0.1 --json -o "$tmp/says.json" 2>"$tmp/says.err"
	has_line "$tmp/says.err" 'user 65534, group 65534, capabilities: dac_read_search' ||
		wrong_file "not all is said:" "$tmp/says.err"
	has_line "$tmp/says.err" "system calls are $(sanitized && echo 'not ')filtered" ||
		wrong_file "not all is said:" "$tmp/says.err"
}

case_user_storm() {
	local backend scene
	for backend in bpf connector; do
		for scene in storm script long-arg uid-change; do
			tracer_start storm -b $backend --user nobody -e exec,fork,exit --json || return
			act $scene
			tracer_end storm INT 0
			compare storm
			check_totals storm
			[[ $(lost storm) == 0 ]] || wrong "$(lost storm) events lost"
		done
	done
}

# What is lost is counted without bpf(2), which others than root are refused before Linux 5.19.
case_user_accounting() {
	local try checked=0
	for try in 1 2; do
		account --user nobody && return
	done
	((checked)) || wrong "the reference lost events too, in each try"
}

case_user_rotates() {
	local dir=$tmp/rotated file
	rm -rf "$dir"
	mkdir -m 755 "$dir"
	chown 65534:65534 "$dir"
	tracer_start rotated --user nobody -e all --json -w "$dir/x" --rotate 64K --keep 2 || return
	act_bulk
	tracer_end rotated INT 0
	[[ $(find "$dir" -type f | wc -l) == 3 ]] || wrong "files: $(ls "$dir")"
	for file in "$dir"/*; do
		[[ $(stat -c '%a %u %g' "$file") == '640 65534 65534' ]] ||
			wrong "$file: $(stat -c '%a %u %g' "$file")"
	done
	"$execsnoop" --replay "$dir/x" --json >"$tmp/replay.json" 2>"$tmp/replay.err" ||
		wrong_file "it cannot be replayed:" "$tmp/replay.err"
	# Where nobody cannot rotate, this is said at once.
	chown 0:0 "$dir"
	"$execsnoop" --user nobody -w "$dir/y" --rotate 64K -D 5 -o /dev/null 2>"$tmp/refused.err"
	status=$?
	[[ $status == 1 ]] || wrong "status $status where it could not rotate"
	has_reason refused "$dir/y .*user 65534"
}

# Root may write into a folder of somebody else: it keeps that right, where it must.
case_root_rotates() {
	local owner
	mkdir -m 755 "$tmp/owned"
	for owner in 0 65534; do
		chown "$owner" "$tmp/owned"
		rm -f "$tmp/owned"/*
		tracer_start rotated -e all --json -w "$tmp/owned/x" --rotate 64K || return
		threads_have rotated 0 "$(hex "$cap_dac_read_search" \
			"$([[ $owner == 0 ]] && echo 0 || echo $cap_dac_override)")" "$(hex 0)"
		act_bulk
		tracer_end rotated INT 0
		[[ -s $tmp/owned/x.2 ]] || wrong "owner $owner: not rotated: $(ls "$tmp/owned")"
	done
}

# A command stays who it was, and hears signals from a tracer that is somebody else.
case_user_command() {
	local backend
	for backend in bpf connector; do
		traced who -b $backend --user nobody -- \
			sh -c "id -u; grep NoNewPrivs /proc/self/status" >"$tmp/id"
		ended who 0
		[[ $(cat "$tmp/id") == $'0\nNoNewPrivs:\t0' ]] || wrong_file "the command:" "$tmp/id"
		traced_start who -b $backend --user nobody -- \
			sh -c ': >"$0/up"; exec setpriv --reuid 1 --clear-groups sleep 20' "$tmp"
		wait_until 5 pgrep -P "${tracers[who]}" -x sleep >/dev/null || wrong "no sleep"
		thread_has "/proc/${tracers[who]}/status" 65534 "$(main_caps $backend)"
		kill -TERM "${tracers[who]}"
		tracer_reap who 143
	done
}

case_user_refused() {
	local line
	for line in '--user no-such-user' '--user 4123456789' '--user nobody --no-sandbox'; do
		# shellcheck disable=SC2086  # words
		timeout 10 "$execsnoop" $line >/dev/null 2>"$tmp/refused.err"
		status=$?
		ended refused 2
		has_reason refused user
	done
	cp "$execsnoop" "$tmp/bin-user" && chmod 755 "$tmp/bin-user"
	setpriv --reuid=65534 --regid=65534 --clear-groups "$tmp/bin-user" --user root \
		>/dev/null 2>"$tmp/refused.err"
	status=$?
	ended refused 1
	has_reason refused 'only root can become another user'
	setpriv --reuid=65534 --regid=65534 --clear-groups "$tmp/bin-user" --user nobody -b bpf \
		>/dev/null 2>"$tmp/refused.err"
	has_reason refused 'cannot trace'
}

# A service is not root: it has just the capabilities that it needs, and keeps fewer.
case_privilege_ambient() {
	local caps=+bpf,+perfmon,+dac_read_search,+sys_ptrace,+sys_nice,+net_admin
	local backend
	cp "$execsnoop" "$tmp/bin-user" && chmod 755 "$tmp/bin-user"
	for backend in bpf connector; do
		: >"$tmp/ambient.json"
		chown 65534 "$tmp/ambient.json"
		setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps="$caps" --ambient-caps="$caps" \
			"$tmp/bin-user" -b $backend --json -e exec,fork,exit >"$tmp/ambient.json" \
			2>"$tmp/ambient.err" &
		tracer_ready ambient $! || return
		[[ $(told "/proc/${tracers[ambient]}/status" CapPrm) == $(main_caps $backend) ]] ||
			wrong "$backend: $(told "/proc/${tracers[ambient]}/status" CapPrm)"
		act plain
		tracer_end ambient INT 0
		compare ambient
	done
}

# A cgroup of version 1 is looked up in /proc, which may show it only to who keeps a right; where it need not
# be kept, it is not
case_hidden_cgroup() {
	local box hidepid options uid keeps caps=+bpf,+perfmon,+dac_read_search
	box=$(awk '/ - cgroup / { print $5; exit }' /proc/self/mountinfo)
	[[ ! $box ]] || box+=/execsnoop-test-$(printf '%064d' $$) # longer than the paths in the other hierarchies
	[[ $box ]] && box_make "$box" || {
		skip "no cgroup of version 1 can be made"
		return
	}
	while read -r hidepid uid keeps options; do
		rm -f "$tmp/hidden.json"
		# shellcheck disable=SC2086  # words
		unshare -m sh -c 'mount -t proc -o "hidepid=$0" proc /proc && exec "$@"' "$hidepid" \
			"$execsnoop" -b bpf --json -e exec -c "/${box##*/}" $options \
			>"$tmp/hidden.json" 2>"$tmp/hidden.err" &
		tracer_ready hidden $! || return
		threads_have hidden "$uid" "$(hex "$cap_dac_read_search" "$keeps")" ''
		(
			echo "$BASHPID" >"$box/cgroup.procs"
			sh -c 'sleep 0.2' inside
		)
		tracer_end hidden INT 0
		has_line "$tmp/hidden.json" '"inside"' || wrong "hidepid=$hidepid $options: no cgroup"
		has_line "$tmp/hidden.json" "\"/${box##*/}\"" || wrong "hidepid=$hidepid $options: no path"
	done <<-END
		0 65534 0 --user nobody
		1 65534 $cap_sys_ptrace --user nobody
		2 65534 $cap_sys_ptrace --user nobody
		2 0 0
		4 0 $cap_sys_ptrace
	END
	# Who does not have that right is told.
	cp "$execsnoop" "$tmp/bin-user" && chmod 755 "$tmp/bin-user"
	for hidepid in 0 2; do
		unshare -m sh -c 'mount -t proc -o "hidepid=$0" proc /proc && exec "$@"' "$hidepid" \
			setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps="$caps" \
			--ambient-caps="$caps" "$tmp/bin-user" -b bpf --json -c "/${box##*/}" -D 0.1 \
			>"$tmp/hidden.json" 2>"$tmp/hidden.err"
		if ((hidepid)); then
			has_reason hidden 'without CAP_SYS_PTRACE /proc hides' 2
		else
			has_line "$tmp/hidden.err" hides && wrong_file "it complains:" "$tmp/hidden.err"
		fi
	done
}

# denied FILE...: what was refused, by strace -Z. Not: that fexit is tried for, before anything is given
# up, and how glibc finds out whether mutexes can inherit priority.
denied() {
	grep -h EPERM "$@" | grep -vE 'bpf\(BPF_PROG_LOAD|FUTEX_UNLOCK_PI' >"$tmp/denied.calls"
	[[ -s $tmp/denied.calls ]] && wrong_file "refused:" "$tmp/denied.calls"
}

# denied_none OPTION...: acts some scenes under a traced tracer, to which nothing may be refused
denied_none() {
	local scene
	rm -f "$tmp/denied.json" "$tmp/denied.strace"
	strace -D -f -qq -Z -e signal=none -o "$tmp/denied.strace" \
		"$execsnoop" "$@" --json -o "$tmp/denied.json" 2>"$tmp/denied.err" &
	tracer_ready denied $! || return
	for scene in plain script long-arg uid-change; do
		act $scene
	done
	kill -USR1 "${tracers[denied]}"
	kill -INT "${tracers[denied]}"
	tracer_reap denied 0
	[[ -s $tmp/denied.strace ]] || wrong "strace saw nothing fail, so it saw nothing"
	denied "$tmp/denied.strace"
}

case_denied_nothing() {
	if sanitized; then
		return # nothing is filtered
	fi
	denied_none -b bpf -e all -S
	denied_none -b bpf --user nobody -e all,thread,comm,uid,session -x --context --env PATH
	denied_none -b bpf -p $$ -u 0 -w "$tmp/denied.xsn" --rotate 64K --keep 1
	denied_none -b connector --user nobody -e all
	denied_none -b connector -e all,thread,comm,uid,session --env all --context
	strace -f -qq -Z -o "$tmp/denied.strace" "$execsnoop" --replay "$tmp/denied.xsn" -f tree \
		--follow -D 1 >/dev/null 2>"$tmp/denied.err"
	strace -f -qq -Z -o "$tmp/denied.command" "$execsnoop" --user nobody -o /dev/null -- \
		sh -c 'true; true' >/dev/null 2>"$tmp/denied.err"
	denied "$tmp/denied.strace" "$tmp/denied.command"
}
