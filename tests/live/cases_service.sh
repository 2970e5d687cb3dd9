# shellcheck shell=bash disable=SC2154  # run sets here, root, tmp and the programs
# SPDX-License-Identifier: BSD-2-Clause
#
# The unit of systemd, its configuration, and what the service manager is told.

unit=$root/packaging/execsnoop-c.service
service_uid=64123 # a user that nobody else is

# unit_get KEY: the values of the unit, each behind a blank
unit_get() {
	sed -n "s/^$1=//p" "$unit" | tr '\n' ' '
}

# unit_caps KEY: capabilities as setpriv(1) takes them
unit_caps() {
	unit_get "$1" | tr '[:upper:]' '[:lower:]' | sed 's/cap_/+/g; s/ *$//; s/  */,/g'
}

# service_setup: the program, the configuration and the folders, for the user
service_setup() {
	fallback_program
	rm -rf "$tmp/service"
	mkdir -p "$tmp/service"
	chown "$service_uid:$service_uid" "$tmp/service"
	sed "s,/var/log/execsnoop-c,$tmp/service,; s,/var/lib/execsnoop-c,$tmp/service," "$root/packaging/execsnoop-c.conf" >"$tmp/service.conf"
	service_rights
}

# service_rights [CAPABILITY]: as_service runs a command with the rights of the unit, and with this
# capability besides. The real-time priority is its own if this is root as on a host.
service_rights() {
	local ambient bounding
	ambient=$(unit_caps AmbientCapabilities)${1-} bounding=$(unit_caps CapabilityBoundingSet)${1-}
	[[ $ambient == +*,+* && $bounding == +*,+* ]] || wrong "no capabilities in the unit"
	as_service=(setpriv "--reuid=$service_uid" "--regid=$service_uid" --clear-groups --no-new-privs
		"--inh-caps=-all,$ambient" "--ambient-caps=-all,$ambient" "--bounding-set=-all,$bounding")
	realtime=(prlimit "--rtprio=$(($(unit_get LimitRTPRIO)))")
	if "${realtime[@]}" true 2>/dev/null; then
		as_service=("${realtime[@]}" "${as_service[@]}")
	else
		realtime=()
	fi
}
as_service=() realtime=()

# service_trace BACKEND NOTE CAPABILITIES SCENE...: it has these, in hexadecimal, and what it says is
# the truth, besides a note that matches
service_trace() {
	local scene caps
	rm -f "$tmp/service/events.json"
	ln -sf service/events.json "$tmp/service.json"
	"${as_service[@]}" "$fallback" --config "$tmp/service.conf" -b "$1" -e exec,fork,exit --max-argv 1G \
		2>"$tmp/service.err" &
	tracer_ready service $! || return
	for scene in "${@:4}"; do
		act "$scene"
		mv "$tmp/truth.json" "$tmp/truth.$scene"
	done
	# Of those of the unit, it gives up what it does not need.
	caps=$(sed -n 's/^CapEff:\t*//p' "/proc/${tracers[service]}/status")
	(((0x$caps & ~0x$3) == 0 && 0x$caps != 0x$3)) || wrong "capabilities $caps, of those of the unit, $3"
	tracer_end service INT 0
	[[ $(note_of service) =~ ^$2$ ]] || wrong "it does without: $(note_of service)"
	[[ $(backend_of service) == "$1" ]] || wrong "the backend is $(backend_of service)"
	for scene in "${@:4}"; do
		mv "$tmp/truth.$scene" "$tmp/truth.json"
		compare service
	done
	[[ $(stat -c '%u %a' "$tmp/service/events.json") == "$service_uid 640" ]] ||
		wrong "the log belongs to $(stat -c '%u %a' "$tmp/service/events.json")"
}

# With the rights of the unit, and no more, each backend does what it does for root. The root of a
# container may not raise a limit: there the connector has no priority, and then another right to it.
case_service_rights() {
	service_setup
	service_trace bpf '' 000000c000081004 script burst
	if ((${#realtime[@]})); then
		service_trace connector '' 000000c000081004 script burst
	else
		ACTOR_SLOW=1 service_trace connector '.*CAP_SYS_NICE.*' 000000c000081004 script
		service_rights ,+sys_nice
		service_trace connector '' 000000c000881004 script burst
	fi
	service_context
}

# Working directory, environment and binary of other users, with both backends, and failed execs
service_context() {
	local backend
	for backend in bpf connector; do
		rm -f "$tmp/context.json"
		"${as_service[@]}" "$fallback" -b "$backend" --json --context --env MARK \
			>"$tmp/context.json" 2>"$tmp/context.err" &
		tracer_ready context $! || return
		(cd / && MARK=mark-$backend exec sleep 0.3)
		"${nobody[@]}" env MARK=nobody-$backend sleep 0.3
		tracer_end context INT 0
		jq -r 'select(.event.action == "exec" and .process.name == "sleep")
			| [.process.env_vars[0], .process.executable, .process.working_directory]
			| map(tostring) | join(" ")' \
			"$tmp/context.json" >"$tmp/got"
		grep -qx "MARK=mark-$backend $(realpath "$(command -v sleep)") /" "$tmp/got" &&
			grep -qx "MARK=nobody-$backend $(realpath "$(command -v sleep)") $PWD" "$tmp/got" ||
			wrong_file "$backend does not know:" "$tmp/got"
	done
	rm -f "$tmp/context.json"
	"${as_service[@]}" "$fallback" -b bpf -x --json >"$tmp/context.json" 2>"$tmp/context.err" &
	tracer_ready context $! || return
	env "$tmp/service/none-$$" 2>/dev/null
	tracer_end context INT 0
	has_line "$tmp/context.json" "$tmp/service/none-$$" ||
		wrong_file "no failed exec:" "$tmp/context.err"
}

# filter_calls NAME...: the system calls of these names and groups, one a line
filter_calls() {
	local name
	for name in "$@"; do
		if [[ $name == @* ]]; then
			# shellcheck disable=SC2046  # words
			filter_calls $(systemd-analyze syscall-filter "$name" 2>/dev/null |
				sed -n 's/^ *\([@a-z][a-z_0-9-]*\)$/\1/p' | grep -vx -- "$name")
		else
			echo "$name"
		fi
	done
}

# in_cgroup2 COMMAND...: where the cgroups of version 2 are at $tmp/cgroup2, if the kernel has them
in_cgroup2() {
	mkdir -p "$tmp/cgroup2"
	unshare -m sh -c '{ mount -t cgroup2 cgroup2 "$0" || ! grep -qw cgroup2 /proc/filesystems; } && exec "$@"' \
		"$tmp/cgroup2" "$@"
}

# strace(1) sees no system call that the unit's filter refuses. BPF looks up the path of any cgroup but the first.
case_service_calls() {
	local backend failed=-x box=$tmp/cgroup2/execsnoop-test-$$
	command -v systemd-analyze >/dev/null || { skip "no systemd-analyze here" && return; }
	service_setup
	# shellcheck disable=SC2046  # words
	filter_calls $(unit_get SystemCallFilter) | sort -u >"$tmp/allowed"
	grep -qx sched_setscheduler "$tmp/allowed" || wrong_file "no filter:" "$tmp/allowed"
	service_manager "$tmp/notify"
	for backend in bpf connector; do
		rm -f "$tmp/service/events.json"
		# shellcheck disable=SC2086  # an option, or nothing
		NOTIFY_SOCKET=$tmp/notify WATCHDOG_USEC=200000 ASAN_OPTIONS=detect_leaks=0 in_cgroup2 \
			strace -f -qq -o "$tmp/calls" -e signal=none "${as_service[@]}" "$fallback" --config "$tmp/service.conf" -b "$backend" $failed \
			-D 2 -w "$tmp/service/all.xsn" 2>"$tmp/service.err" &
		tracers[service]=$!
		wait_until 20 test -s "$tmp/service/events.json"
		act script
		# In one piece, so that the cgroup does not stay if the run is ended.
		in_cgroup2 sh -c 'mkdir "$0" && { sh -c "echo \$\$ >\"\$0/cgroup.procs\"; /bin/true" "$0"; sleep 0.3; rmdir "$0"; }' \
			"$box" 2>/dev/null
		tracer_reap service 0
		awk -v program="$fallback" '
			/ execve\(/ && index($0, program) { split("", seen) }
			match($2, /^[a-z_0-9]+\(/) { seen[substr($2, 1, RLENGTH - 1)] = 1 }
			END { for (call in seen) print call }' "$tmp/calls" | sort >"$tmp/used"
		service_heard WATCHDOG=1 && grep -qx sendto "$tmp/used" || wrong_file "$backend: too few calls:" "$tmp/used"
		[[ ! $failed ]] || ! grep -qw cgroup2 /proc/filesystems || grep -qx open_by_handle_at "$tmp/used" ||
			wrong_file "$backend: no cgroup is looked up:" "$tmp/used"
		comm -13 "$tmp/allowed" "$tmp/used" >"$tmp/refused"
		[[ -s $tmp/refused ]] && wrong_file "$backend: the filter of the unit refuses:" "$tmp/refused"
		failed=
	done
	service_manager_end
}

# systemd's own opinion of the unit; RestartSteps is of systemd 254.
case_service_unit() {
	command -v systemd-analyze >/dev/null || { skip "no systemd-analyze here" && return; }
	mkdir -p "$tmp/unit/execsnoop-c.service.d"
	sed "s,^ExecStart=/usr/bin/execsnoop-c,ExecStart=$execsnoop,; /^Documentation=/d" "$unit" \
		>"$tmp/unit/execsnoop-c.service"
	verify_unit
	systemd-analyze security --offline=yes --threshold=30 --no-pager \
		"$tmp/unit/execsnoop-c.service" >"$tmp/unit.out" 2>&1 ||
		wrong_file "not hardened enough:" <(grep -e ✗ -e Overall "$tmp/unit.out")
	cp "$root/packaging/old-kernel.conf" "$tmp/unit/execsnoop-c.service.d/"
	verify_unit
	systemd-sysusers --dry-run "$root/packaging/execsnoop-c.sysusers" >"$tmp/unit.out" 2>&1 ||
		wrong_file "systemd-sysusers:" "$tmp/unit.out"
	grep -q "user 'execsnoop-c'" "$tmp/unit.out" || wrong_file "no user is made:" "$tmp/unit.out"
	# It is started again for ever, also without RestartSteps: systemd gives up after 5 starts in 10 s.
	[[ -z $(unit_get StartLimitIntervalSec)$(unit_get StartLimitBurst) ]] &&
		(($(unit_get RestartSec | tr -dc 0-9) * 5 > 10)) || wrong "systemd gives up"
}

verify_unit() {
	SYSTEMD_UNIT_PATH=$tmp/unit: systemd-analyze verify "$tmp/unit/execsnoop-c.service" \
		>"$tmp/unit.out" 2>&1 || wrong_file "systemd-analyze verify fails:" "$tmp/unit.out"
	grep "$tmp/unit" "$tmp/unit.out" | grep -vE "Unknown key.*'Restart(Steps|MaxDelaySec)'" \
		>"$tmp/unit.wrong"
	[[ -s $tmp/unit.wrong ]] && wrong_file "systemd does not take:" "$tmp/unit.wrong"
	return 0
}

# ---- what the service manager is told ----

# service_manager NAME: one that listens there, and writes to $tmp/heard
service_manager() {
	rm -f "$tmp/heard" "$1"
	"$manager" "$1" >"$tmp/heard" 2>"$tmp/manager.err" &
	tracers[manager]=$!
	wait_until 5 service_listens "$1" || wrong_file "no manager:" "$tmp/manager.err"
	[[ $1 == @* ]] || chmod 777 "$1" # as systemd's
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
	# An output that nobody reads: to wait for it is its work.
	: >"$tmp/heard"
	service_unread
	service_manager_end
}

service_unread() {
	local pipe=$tmp/stuck.pipe before
	mkfifo "$pipe"
	sleep 60 <"$pipe" &
	tracers[reader]=$!
	NOTIFY_SOCKET=$tmp/notify WATCHDOG_USEC=2500000 "$execsnoop" -b bpf --json >"$pipe" 2>"$tmp/dog.err" &
	tracers[dog]=$!
	wait_until 10 service_heard WATCHDOG=1 || wrong_file "no sign of life:" "$tmp/dog.err"
	act storm
	sleep 0.5
	before=$(signs)
	sleep 2.5
	(($(signs) >= before + 1)) || wrong "it waits for its reader, and gives no sign of life"
	kill -TERM "${tracers[dog]}"
	kill "${tracers[reader]}"
	tracer_reap dog 0
	tracer_reap reader 143
	rm "$pipe"
}

# idle_ns SECONDS: for how long the tracer runs in that time, with nothing to do
idle_ns() {
	local file=/proc/${tracers[idle]}/schedstat before after
	read -r before _ <"$file"
	sleep "$1"
	read -r after _ <"$file"
	echo $((after - before))
}

# Without a watchdog a manager costs nothing. The kernel leaves out what is not in the tree.
case_notify_idle() {
	local ns
	mkfifo "$tmp/idle.fifo"
	sleep 60 <>"$tmp/idle.fifo" &
	tracers[hold]=$!
	service_manager "$tmp/notify"
	NOTIFY_SOCKET=$tmp/notify tracer_start idle -b bpf --json -p "${tracers[hold]}" || return
	sleep 0.5
	ns=$(idle_ns 1.5)
	((ns == 0)) || wrong "it runs for $ns ns in 1.5 s"
	tracer_end idle TERM 0
	NOTIFY_SOCKET=$tmp/notify WATCHDOG_USEC=400000 tracer_start idle -b bpf --json \
		-p "${tracers[hold]}" || return
	ns=$(idle_ns 1.5)
	((ns > 0)) || wrong "it does not run with a watchdog: this proves nothing"
	tracer_end idle TERM 0
	kill "${tracers[hold]}"
	tracer_reap hold 143
	service_manager_end
}
