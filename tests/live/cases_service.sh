# shellcheck shell=bash disable=SC2154  # run sets here, root, tmp and the programs
# SPDX-License-Identifier: BSD-2-Clause
#
# What the service manager is told.

# service_manager NAME: one that listens there, and writes to $tmp/heard
service_manager() {
	rm -f "$tmp/heard" "$1"
	"$manager" "$1" >"$tmp/heard" 2>"$tmp/manager.err" &
	tracers[manager]=$!
	wait_until 5 service_listens "$1" || wrong_file "no manager:" "$tmp/manager.err"
}

service_listens() {
	awk '{ print $8 }' /proc/net/unix | grep -qxF -- "$1"
}

service_manager_end() {
	kill "${tracers[manager]}"
	tracer_reap manager 143
}

# service_heard PATTERN: a message matches the whole
service_heard() {
	grep -qE -- "^[0-9]+ [0-9]+ $1\$" "$tmp/heard"
}

# service_told NAME: of a tracer that starts and ends
service_told() {
	local ready
	service_manager "$1"
	# The manager takes no word from others than the main process.
	NOTIFY_SOCKET=$1 tracer_start told -b bpf --json || return
	wait_until 5 service_heard 'READY=1 STATUS=tracing with the bpf backend' ||
		wrong_file "it is not said to be ready:" "$tmp/heard"
	/bin/true "after-ready-$$"
	tr '\0' '\n' <"/proc/${tracers[told]}/environ" | grep -q "^NOTIFY_SOCKET=" ||
		wrong "this proves nothing"
	ready=${tracers[told]}
	tracer_end told TERM 0
	has_line "$tmp/told.json" "after-ready-$$" || wrong "ready, and does not trace"
	awk -v pid="$ready" '$2 != pid' "$tmp/heard" >"$tmp/others"
	[[ -s $tmp/others ]] && wrong_file "words of others:" "$tmp/others"
	[[ $(cut -d' ' -f3 "$tmp/heard" | tr '\n' ' ') == 'READY=1 STOPPING=1 ' ]] ||
		wrong_file "not READY and STOPPING:" "$tmp/heard"
	service_manager_end
}

case_notify() {
	service_told "$tmp/notify"
	service_told "@execsnoop-c/test/$$"
	# One that cannot trace is never ready, and says why.
	service_manager "$tmp/notify"
	NOTIFY_SOCKET=$tmp/notify "$nobpf" 1 "$execsnoop" -b bpf --json >/dev/null 2>&1
	wait_until 5 service_heard 'STATUS=failed: .* ERRNO=[0-9]+' ||
		wrong_file "no word of the failure:" "$tmp/heard"
	service_heard 'READY.*' && wrong "it fails, and is ready"
	# The other backend is said, and a command that is traced knows nothing of the manager.
	NOTIFY_SOCKET=$tmp/notify WATCHDOG_USEC=3000000 "$nobpf" 1 "$execsnoop" -o /dev/null -- \
		env >"$tmp/env" 2>/dev/null
	service_heard 'READY=1 STATUS=tracing with the connector backend, since bpf: .*' ||
		wrong_file "no word of the backend:" "$tmp/heard"
	grep -E '^(NOTIFY|WATCHDOG)_' "$tmp/env" >"$tmp/others" &&
		wrong_file "the command is told:" "$tmp/others"
	service_manager_end
	# A socket where nobody listens, or that is none, is worth a line and no more.
	NOTIFY_SOCKET=$tmp/notify timeout 10 "$execsnoop" -b bpf --json -D 0.2 >/dev/null 2>"$tmp/no.err" ||
		wrong "it fails where nobody listens"
	has_reason no 'NOTIFY_SOCKET'
	NOTIFY_SOCKET=relative timeout 10 "$execsnoop" -b bpf --json -D 0.2 >/dev/null 2>"$tmp/no.err" ||
		wrong "it fails if there is no socket"
	has_reason no 'NOTIFY_SOCKET'
}

# signs: how many signs of life came
signs() {
	grep -c WATCHDOG=1 "$tmp/heard"
}

# Signs of life come twice as often as they must, also when nothing happens; and none once it hangs.
case_watchdog() {
	local before longest
	service_manager "$tmp/notify"
	NOTIFY_SOCKET=$tmp/notify WATCHDOG_USEC=400000 tracer_start dog -b bpf --json \
		-n 'no such name' || return
	sleep 2
	longest=$(awk 'NR > 1 && $1 - last > most { most = $1 - last } { last = $1 } END { print most }' \
		"$tmp/heard")
	before=$(signs)
	((before >= 7 && before <= 11)) || wrong_file "$before signs of life in 2 s:" "$tmp/heard"
	((longest < 400)) || wrong_file "none for $longest ms:" "$tmp/heard"
	kill -STOP "${tracers[dog]}"
	sleep 0.1
	before=$(signs)
	sleep 1
	(($(signs) == before)) || wrong "it is stopped, and gives signs of life"
	kill -CONT "${tracers[dog]}"
	tracer_end dog TERM 0
	# An output that nobody reads: the main loop is stuck.
	: >"$tmp/heard"
	service_stuck
	service_manager_end
}

service_stuck() {
	local pipe=$tmp/stuck.pipe before
	mkfifo "$pipe"
	sleep 60 <"$pipe" &
	tracers[reader]=$!
	NOTIFY_SOCKET=$tmp/notify WATCHDOG_USEC=400000 "$execsnoop" -b bpf --json >"$pipe" 2>"$tmp/dog.err" &
	tracers[dog]=$!
	wait_until 10 service_heard WATCHDOG=1 || wrong_file "no sign of life:" "$tmp/dog.err"
	act storm
	sleep 0.5
	before=$(signs)
	sleep 1
	(($(signs) == before)) || wrong "it waits for its reader, and gives signs of life"
	kill -TERM "${tracers[dog]}"
	kill "${tracers[reader]}"
	tracer_reap dog 0
	tracer_reap reader 143
	rm "$pipe"
}

# idle_wakeups SECONDS: how often the tracer wakes up in that time by itself
idle_wakeups() {
	local file=/proc/${tracers[idle]}/status before
	before=$(sed -n 's/^voluntary_ctxt_switches:\t*//p' "$file")
	sleep "$1"
	echo $(($(sed -n 's/^voluntary_ctxt_switches:\t*//p' "$file") - before))
}

# Without a watchdog, a manager costs no wakeup. The kernel leaves out what is not in the tree.
case_notify_idle() {
	local cnt hold
	mkfifo "$tmp/idle.fifo"
	sleep 60 <>"$tmp/idle.fifo" &
	tracers[hold]=$!
	service_manager "$tmp/notify"
	NOTIFY_SOCKET=$tmp/notify tracer_start idle -b bpf --json -p "${tracers[hold]}" || return
	sleep 0.5
	cnt=$(idle_wakeups 1.5)
	((cnt == 0)) || wrong "$cnt wakeups in 1.5 s"
	tracer_end idle TERM 0
	NOTIFY_SOCKET=$tmp/notify WATCHDOG_USEC=400000 tracer_start idle -b bpf --json \
		-p "${tracers[hold]}" || return
	cnt=$(idle_wakeups 1.5)
	((cnt >= 5 && cnt <= 20)) || wrong "$cnt wakeups in 1.5 s with a watchdog: this proves nothing"
	tracer_end idle TERM 0
	kill "${tracers[hold]}"
	tracer_reap hold 143
	service_manager_end
}
