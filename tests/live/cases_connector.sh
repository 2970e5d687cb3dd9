# shellcheck shell=bash disable=SC2154  # run sets here, root, tmp and the programs
# SPDX-License-Identifier: BSD-2-Clause
#
# The live tests of the connector backend that are no scenes: faults, losses, and what it leaves
# behind.

# What it is told to do

case_connector_max_argv() {
	local scene
	for scene in boundaries odd-args bad-utf8 many-args script; do
		tracer_start limit -b connector -e exec,fork,exit --json --max-argv 255 || return
		act "$scene"
		tracer_end limit INT 0
		compare limit 255
	done
}

case_connector_ends() {
	local signal
	for signal in INT TERM; do
		tracer_start ends -b connector -e exec,fork,exit --json || return
		act burst
		tracer_end ends "$signal" 0
		compare ends
		check_totals ends
	done
}

case_two_tracers() {
	tracer_start one -b connector -e exec,fork,exit --json || return
	tracer_start two -b connector -e exec,fork,exit --json || return
	act burst
	tracer_end one INT 0
	compare one
	# The end of the first is not that of the second.
	act chain
	tracer_end two INT 0
	compare two
}

# The readers do not wait for one another where files are opened and closed, and keep nothing open that others close.
case_connector_files() {
	local thread pid cnt=0
	tracer_start files -b connector -e exec,fork,exit --json || return
	pid=${tracers[files]}
	act storm
	for thread in "/proc/$pid/task"/*; do
		[[ $thread != */"$pid" ]] || continue
		((++cnt))
		readlink "$thread/fd"/* | sed 's/:.*//' | sort | cmp -s - <(printf '%s\n' /proc socket) ||
			wrong "a reader has open: $(readlink "$thread/fd"/* | paste -sd' ')"
	done
	[[ $cnt == $(nproc --all) ]] || wrong "$cnt readers"
	tracer_end files INT 0
	compare files
}

# What has several threads when the tracer starts, and starts and ends some meanwhile, has one exit.
case_connector_around() {
	local try pid
	for try in 1 2 3 4; do
		rm -f "$tmp/gate"
		ACTOR_GATE=$tmp/gate act around &
		pid=$!
		sleep 0.4
		tracer_start around -b connector -e exit --json
		sleep 0.1
		touch "$tmp/gate"
		wait "$pid"
		tracer_end around INT 0
		# The forks were before.
		sed -i '/"action":"fork"/d' "$tmp/truth.json"
		compare around
		[[ $(lost around) == 0 ]] || wrong "$(lost around) events lost"
	done
}

# Once a machine was suspended, the clock of the messages is not that of /proc: an exec must still be
# one event. Such clocks has a time namespace, which the tracer would leave.
case_connector_suspended() {
	local -a suspended=(unshare -T --boottime 1000 "$nobpf" setns)
	if ! "${suspended[@]}" true 2>/dev/null; then
		skip "no time namespace can be made here"
		return
	fi
	"${suspended[@]}" "$execsnoop" -b connector -e exec,fork,exit --json \
		-o "$tmp/suspended.json" 2>"$tmp/suspended.err" &
	tracer_ready suspended $! || return
	act burst
	tracer_end suspended INT 0
	compare suspended
}

# Who must race for argv never tells a wrong one, and says at the start that it must.
case_race() {
	local options scene
	for options in --no-realtime '--readers 0' '--readers 1'; do
		for scene in restless chain script; do
			# shellcheck disable=SC2086  # two words
			tracer_start race -b connector $options -e exec,fork,exit --json || return
			check_note race "$options"
			act "$scene"
			tracer_end race INT 0
			compare_or_missing race
			check_totals race
		done
	done
}

# A reading that comes when the next program's argv is there already, and its exec not yet told, is not
# taken for that of the program before: whoever reads, and whether exits are told or not.
case_held_exec() {
	local options
	for options in '-e exec,fork,exit' '-e exec' '--no-realtime -e exec,exit' \
		'--readers 0 -e exec'; do
		# shellcheck disable=SC2086  # words
		tracer_start held -b connector $options --json || return
		ACTOR_SLOW=1 ACTOR_HOLD=${tracers[held]} act held
		sleep 0.1
		tracer_end held INT 0
		jq -c 'select(.action == "exec")' "$tmp/truth.json" >"$tmp/execs"
		jq -rs '.[].args' "$tmp/execs" >"$tmp/want"
		jq -r --argjson pid "$(jq -s '.[0].pid' "$tmp/execs")" '
			select(.event.action == "exec" and .process.pid == $pid)
			| .execsnoop.args_missing // (.process.args | map(. + "\u0000") | add | @base64)' \
			"$tmp/held.json" >"$tmp/got"
		sed -i '1s/.*/gone/' "$tmp/want"
		cmp -s "$tmp/want" "$tmp/got" || wrong_file "with $options:" "$tmp/got"
	done
}

# check_note NAME OPTIONS
check_note() {
	[[ $2 == '--readers 1' && $(nproc --all) == 1 ]] && return
	[[ $(head -n 1 "$tmp/$1.json" | jq -r '.execsnoop.note // ""') == *real-time* ]] ||
		wrong "start does not say what is missing with $2"
}

# Linux has no limit of listeners that could be reached: drivers/connector/cn_proc.c counts them in
# an int, net/netlink/af_netlink.c in one of 32 bits, and each costs its process a descriptor and
# some memory. So a great many of them make every process slower, and that is all.
case_many_listeners() {
	local before hold
	before=$(wc -l </proc/net/netlink)
	mkfifo "$tmp/hold"
	"$forge" --listen 500 0 drop <"$tmp/hold" >"$tmp/listen.drop" &
	"$forge" --listen 500 0 unread <"$tmp/hold" >"$tmp/listen.unread" &
	exec {hold}>"$tmp/hold"
	wait_until 20 test -s "$tmp/listen.drop" -a -s "$tmp/listen.unread" ||
		wrong "the listeners did not start"
	among_listeners
	(($(wc -l </proc/net/netlink) >= before + 900)) ||
		wrong "the listeners are not there: this proves nothing"
	exec {hold}>&-
	wait_until 20 listeners_ended || wrong "the listeners do not end"
	rm "$tmp/hold"
}

listeners_ended() {
	[[ ! $(jobs -rp) ]]
}

among_listeners() {
	local try
	tracer_start many -b connector -e exec,fork,exit --json || return
	[[ -z $(note many) ]] || wrong "start says $(note many)"
	act burst
	tracer_end many INT 0
	compare many
	[[ $(lost many) == 0 ]] || wrong "$(lost many) events lost"
	check_totals many
	for try in 1 2 3 4 5; do
		subscription INT && return
	done
	wrong "$sockets sockets, $requests requests at the end"
}

# What it loses, and says so

# The receive buffer holds some 80,000 messages. A tracer that is stopped lets it run over, and must
# account for each event that another tracer saw between two markers. The execs have a buffer of
# their own for each CPU: they must be there, once each, and the figure without them is exact.
case_overrun() {
	overrun 90000
}

# As above, when the buffer becomes full among the execs, so that all that was dropped is recovered
case_overrun_late() {
	overrun 79000
}

# overrun COUNT: events of no consequence before some execs
overrun() {
	local all said pid names drops
	tracer_start reference -b bpf -e exec,comm --json --buffer 64M || return
	tracer_start full -b connector -e exec,comm --json || return
	pid=${tracers[full]}
	act storm
	marker before
	kill -STOP "$pid"
	ACTOR_STORM=$1 act names
	names=$(jq -r 'select(.action == "fork").pid' "$tmp/truth.json")
	act storm
	drops=$(sockets_of "$pid" | awk -v pid="$pid" '$3 == pid { print $9 }')
	kill -CONT "$pid"
	wait_until 20 drained "$pid"
	marker after
	tracer_quit full
	tracer_quit reference
	[[ $(between reference | grep -c "\"pid\":$names,") == "$1" ]] ||
		wrong "the reference lost events: this proves nothing"

	all=$(between reference | wc -l)
	said=$(between full | wc -l)
	((drops > 0)) || wrong "the buffer did not run over: this proves nothing"
	((said + $(lost full) == all)) || wrong "$said said and $(lost full) lost are not $all"
	has_line "$tmp/full.json" '"exact":false' && wrong "the count is exact, and not said to be"
	check_execs_once full
	check_totals full
}

# tracer_quit NAME: without a look at each line, as there are too many
tracer_quit() {
	kill -INT "${tracers[$1]}"
	tracer_reap "$1" 0
}

# marker NAME: an exec that everybody has seen when this returns
marker() {
	sleep 0.3
	/bin/true "marker-$1-$$"
	sleep 0.3
}

# between NAME: the events between the markers
between() {
	sed -n "/\"marker-before-$$\"/,/\"marker-after-$$\"/p" "$tmp/$1.json" | sed '1d; $d' |
		grep -F -e '"action":"exec"' -e '"action":"comm"'
}

# drained PID: nothing waits in its sockets
drained() {
	sockets_of "$1" | awk '$5 > 4096 { full = 1 } END { exit full }'
}

# sockets_of PID: their lines in /proc/net/netlink
sockets_of() {
	find "/proc/$1/fd" -lname 'socket:*' -printf '%l\n' 2>/dev/null | tr -dc '0-9\n' |
		awk 'NR == FNR { mine[$1] = 1; next } $2 == 11 && ($10 in mine)' - /proc/net/netlink
}

# check_execs_once NAME: those of $tmp/truth.json, between the markers
check_execs_once() {
	jq -r 'select(.action == "exec").pid' "$tmp/truth.json" | sort >"$tmp/want"
	between "$1" | grep -F '"action":"exec"' |
		jq -r '.process | [.pid, .parent.pid // "-"] | join(" ")' |
		awk -v actor="$(head -n 1 "$tmp/truth.json" | jq .pid)" '
			NR == FNR { family[$1] = 1; next } $1 in family || $2 == actor { print $1 }' \
			"$tmp/want" - | sort >"$tmp/got"
	cmp -s "$tmp/want" "$tmp/got" ||
		wrong "execs not shown: $(comm -23 "$tmp/want" "$tmp/got" | wc -l)," \
			"shown more than once: $(comm -13 "$tmp/want" "$tmp/got" | wc -l)"
}

# Stopped for so long, and nothing lost, as the buffer is large
case_suspended() {
	local pid
	tracer_start suspended -b connector -e exec,fork,exit --json || return
	pid=${tracers[suspended]}
	{
		sleep 0.2
		kill -STOP "$pid"
		sleep 5
		kill -CONT "$pid"
	} &
	act burst
	wait $!
	tracer_end suspended INT 0
	[[ $(lost suspended) == 0 ]] || wrong "$(lost suspended) events lost"
	compare_or_missing suspended
	((missing > 0)) || wrong "it was not stopped: this proves nothing"
	check_times suspended
	check_totals suspended
}

# Whom it does not believe

case_forged() {
	local backend
	for backend in connector bpf; do
		tracer_start forged -b "$backend" --json \
			-e exec,fork,exit,thread,comm,uid,gid,session,ptrace,core || return
		mapfile -t ports < <(sockets_of "${tracers[forged]}" | awk '{ print $3 }')
		((${#ports[@]})) || wrong "the tracer has no socket"
		"$forge" "${ports[@]}" 2>"$tmp/forge.err" || wrong_file "forge:" "$tmp/forge.err"
		act chain
		tracer_end forged INT 0
		compare forged
		has_line "$tmp/forged.json" 99999999 &&
			wrong_file "$backend: forged:" <(grep -F 99999999 "$tmp/forged.json")
		[[ $(lost forged) == 0 ]] || wrong "$backend: $(lost forged) lost"
	done
}

# What it has to do without

# Whatever it can open, it traces right; or it says that it cannot, at once or of each argv.
case_few_files() {
	local cnt
	for cnt in 4 5 6 7 8 9 10 12 14 20; do
		few_files "$cnt" || wrong "(with $cnt descriptors)"
	done
}

# few_files COUNT
few_files() {
	local pid before=$bad
	bad=0
	rm -f "$tmp/few.json"
	(
		exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
		ulimit -n "$1"
		exec "$execsnoop" -b connector -e exec,fork,exit --json -o "$tmp/few.json"
	) 2>"$tmp/few.err" &
	pid=$! tracers[few]=$!
	wait_until 10 started few
	if gone "$pid"; then
		tracer_reap few 1
		has_reason few '[Ff]iles|descriptors'
	else
		ACTOR_SLOW=1 act plain
		kill -INT "$pid"
		tracer_reap few 0
		compare_or_missing few
		grep -q ' missing=gone' "$tmp/got.raw" && wrong "a living process is said to be gone"
	fi
	((!bad)) && bad=$before
}

case_no_proc() {
	local hide='mount -t tmpfs none /proc && exec "$@"'
	timeout 10 unshare -m sh -c "$hide" sh "$execsnoop" -b connector --json -D 1 \
		>"$tmp/proc.out" 2>"$tmp/proc.err"
	status=$?
	((status == 1)) || wrong "status $status"
	[[ -s $tmp/proc.out ]] && wrong_file "it writes:" "$tmp/proc.out"
	sed -i "/^==/d" "$tmp/proc.err" # a sanitizer misses /proc as well
	has_reason proc '/proc.*mount'
}

# no_realtime [COMMAND...]: the note and the doctor name the cgroup, and nothing else
no_realtime() {
	"${refused[@]}" "$@" "$execsnoop" -b connector --json -D 0.1 >"$tmp/realtime.json" 2>"$tmp/realtime.err"
	[[ $(note_of realtime) == *cpu.rt_runtime_us* && $(note_of realtime) != *CAP_SYS_NICE* ]] ||
		wrong_file "$*: the note is '$(note_of realtime)'" "$tmp/realtime.err"
	"${refused[@]}" "$@" "$execsnoop" --doctor --json 2>/dev/null |
		jq -r '.backends[].checks[] | select(.name == "real-time priority") | .found + "; " + .remedy' >"$tmp/realtime"
	grep -q 'cgroup.*cpu.rt_runtime_us' "$tmp/realtime" || wrong_file "$*: the doctor says:" "$tmp/realtime"
}

# With the right to it, by capability or limit, and in a cpu cgroup that has no real-time budget, as a new one has
# on a kernel with CONFIG_RT_GROUP_SCHED: elsewhere strace(1) refuses it as that would.
case_no_realtime() {
	local box refused
	box=$(awk '/ - cgroup / && $NF ~ /(^|,)cpu(,|$)/ { print $5; exit }' /proc/self/mountinfo)/execsnoop-test-$$
	if [[ $box == /*/* ]] && box_make "$box" && [[ $(cat "$box/cpu.rt_runtime_us" 2>/dev/null) == 0 ]]; then
		refused=(sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$box")
	else
		refused=(env "ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0" strace -f -qq -o /dev/null -e signal=none
			-e trace=sched_setscheduler -e inject=sched_setscheduler:error=EPERM)
	fi
	no_realtime
	prlimit --rtprio=1 true 2>/dev/null && no_realtime prlimit --rtprio=1 setpriv --bounding-set=-sys_nice
}

# A reader that can receive no more makes nothing wait for it: a program that lives for 50 ms is read.
case_reader_gives_up() {
	rm -f "$tmp/given.json"
	# LeakSanitizer does not work beside strace.
	ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 strace -D -f -qq -e signal=none -e trace=recvfrom -e inject=recvfrom:error=ENOMEM \
		-o "$tmp/given.strace" "$execsnoop" -b connector -e exec,fork,exit --json \
		-o "$tmp/given.json" 2>"$tmp/given.err" &
	tracer_ready given $! || return
	ACTOR_SLOW=1 act plain
	wait_until 5 grep -q INJECTED "$tmp/given.strace" || wrong "no reader failed: this proves nothing"
	ACTOR_SLOW=1 act chain
	tracer_end given INT 0
	compare_or_missing given
	((missing == 0)) || wrong "$missing argvs are missing"
}

# /proc hides from a user what is not his: such an argv is missing, and never another one.
case_hidepid() {
	local level hide="mount -t proc -o hidepid=\$0 proc /proc && exec \"\$@\""
	fallback_program
	for level in 1 2; do
		rm -f "$tmp/hidden.json"
		unshare -m sh -c "$hide" "$level" "${nobody[@]}" "$fallback" -b connector \
			-e exec,fork,exit --json >"$tmp/hidden.json" 2>"$tmp/hidden.err" &
		tracer_ready hidden $! || return
		ACTOR_SLOW=1 act chain
		mv "$tmp/truth.json" "$tmp/truth.root"
		nobody_act chain
		tracer_end hidden INT 0
		compare hidden 0 ' user'
		mv "$tmp/truth.root" "$tmp/truth.json"
		compare_or_missing hidden
		((missing == 5)) || wrong "hidepid=$level: $missing of 5 argvs are missing"
	done
}

# What it leaves behind

# The kernel is told once for each socket that nobody listens there any more: before Linux 6.6 it
# counts its listeners by these requests alone. It tells the others of each request.
case_subscription() {
	local signal try right
	for signal in INT TERM; do
		right=
		for try in 1 2 3 4 5; do
			subscription "$signal" && right=$try && break
		done
		[[ $right ]] || wrong "SIG$signal: $sockets sockets, $requests requests at the end"
	done
	tracer_start left -b connector --json || return
	sockets_of "${tracers[left]}" | awk '{ print $10 }' | sort >"$tmp/sockets"
	[[ -s $tmp/sockets ]] || wrong "the tracer has no socket"
	kill -KILL "${tracers[left]}"
	tracer_reap left 137
	wait_until 10 sockets_gone || wrong "sockets are left after SIGKILL"
}
sockets='' requests=''

# subscription SIGNAL: false if it was disturbed, or is wrong
subscription() {
	tracer_start left -b connector --json || return
	sockets_of "${tracers[left]}" | awk '{ print $10 }' | sort >"$tmp/sockets"
	sockets=$(wc -l <"$tmp/sockets")
	rm -f "$tmp/requests"
	"$forge" --requests 1 >"$tmp/requests" &
	wait_until 5 test -s "$tmp/requests"
	kill "-$1" "${tracers[left]}"
	tracer_reap left 0
	wait $!
	requests=$(tail -n 1 "$tmp/requests")
	wait_until 10 sockets_gone || wrong "sockets are left after SIG$1"
	((sockets > 0 && requests == sockets))
}

sockets_gone() {
	! awk '$2 == 11 { print $10 }' /proc/net/netlink | sort | comm -12 - "$tmp/sockets" |
		grep -q .
}

# In a time namespace whose clocks are ahead, times and what is made of them are those of the kernel.
case_time_namespace() {
	local -a ahead=(unshare -T --boottime 864000 --monotonic 5000)
	local backend
	if ! "${ahead[@]}" true 2>/dev/null; then
		skip "no time namespace can be made here"
		return
	fi
	for backend in bpf connector; do
		tracer_start outside -b "$backend" -e exec,fork,exit --json || return
		rm -f "$tmp/inside.json"
		"${ahead[@]}" "$execsnoop" -b "$backend" -e exec,fork,exit --json \
			-o "$tmp/inside.json" 2>"$tmp/inside.err" &
		tracer_ready inside $! || return
		act burst
		tracer_end inside INT 0
		tracer_end outside INT 0
		compare inside
		jq -nr -f "$here/clocks.jq" --slurpfile outside "$tmp/outside.json" \
			--slurpfile truth "$tmp/truth.json" "$tmp/inside.json" \
			>"$tmp/json.notes" 2>&1
		[[ -s $tmp/json.notes ]] && wrong_file "$backend: the times differ:" "$tmp/json.notes"
	done
	# What is run keeps the clocks that it had.
	timeout 20 "${ahead[@]}" "$execsnoop" -o "$tmp/inside.json" -- cat /proc/self/timens_offsets \
		>"$tmp/got" 2>"$tmp/inside.err"
	grep -q '^boottime *864000 ' "$tmp/got" || wrong_file "the command's clocks changed:" "$tmp/got"
	timeout 10 "${ahead[@]}" setpriv --bounding-set=-sys_time "$execsnoop" -D 1 \
		>"$tmp/got" 2>"$tmp/refused.err"
	status=$?
	[[ $status == 1 ]] || wrong "without CAP_SYS_TIME it ended with status $status"
	has_reason refused 'CAP_SYS_TIME'
}
