# shellcheck shell=bash disable=SC2154,SC2016  # run sets what is used here; the commands' $ are theirs
# SPDX-License-Identifier: BSD-2-Clause
#
# execsnoop-c -- COMMAND: what the command is given, what is traced of it, and how both end.

# traced NAME OPTION... -- COMMAND...: the trace is in $tmp/NAME.json, standard error in NAME.err, sets
# status
traced() {
	local name=$1
	shift
	timeout 30 "$execsnoop" --json -o "$tmp/$name.json" "$@" 2>"$tmp/$name.err"
	status=$?
}

# ended NAME STATUS
ended() {
	[[ $status == "$2" ]] || wrong_file "$1: status $status, not $2:" "$tmp/$1.err"
}

# traced_start NAME OPTION... -- COMMAND...: the same in the background, once the command made
# $tmp/up
traced_start() {
	local name=$1
	shift
	rm -f "$tmp/up"
	# A shell lets what runs in the background ignore these two.
	env --default-signal=INT,QUIT "$execsnoop" --json -o "$tmp/$name.json" "$@" \
		2>"$tmp/$name.err" &
	tracers[$name]=$!
	wait_until 20 test -e "$tmp/up" || wrong_file "the command was not started:" "$tmp/$name.err"
}

case_command_status() {
	local backend code
	for backend in bpf connector; do
		for code in 0 1 2 126 127 255; do
			traced status -b "$backend" -- sh -c "exit $code"
			ended status $code
		done
		for code in 1 2 9 11 15 34; do
			traced status -b "$backend" -- sh -c "ulimit -c 0; kill -$code \$\$"
			ended status $((128 + code))
		done
		check_json status
	done
}

case_command_not_run() {
	traced absent -- "$tmp/no/such/program"
	ended absent 127
	has_reason absent 'no/such/program: No such file or directory'
	traced absent -- no-such-program-in-path
	ended absent 127
	has_reason absent 'no-such-program-in-path: No such file or directory'
	: >"$tmp/not-executable"
	traced denied -- "$tmp/not-executable"
	ended denied 126
	has_reason denied 'not-executable: Permission denied'
	traced denied -- "$tmp"
	ended denied 126
	check_json denied
}

case_command_usage() {
	local line
	for line in '--' 'true' '--follow' '--doctor -- true' '-e exec true -- true'; do
		# shellcheck disable=SC2086  # words
		timeout 10 "$execsnoop" $line >"$tmp/usage.out" 2>"$tmp/usage.err"
		status=$?
		ended usage 2
		has_reason usage .
		[[ -s $tmp/usage.out ]] && wrong_file "$line:" "$tmp/usage.out"
	done
}

# The command never runs if nothing can be traced
case_command_untraced() {
	rm -f "$tmp/ran"
	"$nobpf" 38 "$execsnoop" -b bpf -- touch "$tmp/ran" 2>"$tmp/untraced.err"
	status=$?
	ended untraced 1
	[[ -e $tmp/ran ]] && wrong "it ran all the same"
}

# Its own first exec, all that its descendants do, and nothing else
case_command_tree() {
	local backend scene
	for backend in bpf connector; do
		for scene in plain grandchild orphan thread-exec chain fork exit-codes; do
			strangers &
			wait_until 5 test -e "$tmp/strangers"
			TMPDIR=$tmp traced tree -b "$backend" -e exec,fork,exit -- "$actor" "$scene" \
				>"$tmp/truth.json"
			rm -f "$tmp/strangers"
			wait $!
			ended tree 0
			check_json tree
			check_tree "$scene"
			compare tree
			((bad)) && wrong "(scene $scene, $backend)"
		done
	done
}

strangers() {
	local i
	: >"$tmp/strangers"
	for ((i = 0; i < 2000; i++)); do
		[[ -e $tmp/strangers ]] || return
		/bin/true stranger
	done
}

check_tree() {
	jq -nr --slurpfile truth "$tmp/truth.json" '
		($truth | map({key: (.pid | tostring), value: true}) | from_entries) as $family
		| [inputs | select(.process.pid)] as $events
		| (if $events[0].process.pid != $truth[0].pid or $events[0].event.action != "exec"
		   then "the first is not the exec of the command" else empty end),
		  (if $events[-1].process.pid != $truth[0].pid or $events[-1].event.action != "exit"
		   then "the last is not the exit of the command" else empty end),
		  ($events[] | select($family[.process.pid | tostring] | not)
		   | "\(.event.action) of a stranger: \(.process.args)")' \
		"$tmp/tree.json" >"$tmp/json.notes" 2>&1
	[[ -s $tmp/json.notes ]] && wrong_file "$1:" "$tmp/json.notes"
}

# What it inherits is what it would without a tracer
case_command_inherits() {
	local inherits='grep -E "^(Sig(Blk|Ign|Cgt)|NoNewPrivs|CapEff)" /proc/self/status
		ulimit -Sn; ulimit -Hn; readlink /proc/self/fd/*; umask; pwd; ps -o pgid= -p $$'
	(
		trap '' USR1 PIPE CHLD
		ulimit -Sn 300
		sh -c "$inherits" >"$tmp/want" 2>"$tmp/inherits.err" </dev/null
		"$execsnoop" -o "$tmp/inherits.trace" -- sh -c "$inherits" >"$tmp/got" \
			2>"$tmp/inherits.err" </dev/null
	)
	sed -i 's|/proc/[0-9]*/|/proc/PID/|; s|'"$tmp"'/[a-z.]*||' "$tmp/want" "$tmp/got"
	diff "$tmp/want" "$tmp/got" >"$tmp/diff" ||
		wrong_file "< without, > with the tracer:" "$tmp/diff"
	[[ -s $tmp/want ]] || wrong "nothing was compared"
}

case_command_streams() {
	printf 'from standard input' | traced streams -- cat >"$tmp/out"
	[[ $(<"$tmp/out") == 'from standard input' ]] || wrong_file "not copied:" "$tmp/out"
	# Without -o the trace goes where it is not mixed up with what the command writes
	timeout 20 "$execsnoop" --json -- echo only this >"$tmp/out" 2>"$tmp/streams.json"
	[[ $(<"$tmp/out") == 'only this' ]] || wrong_file "on standard output:" "$tmp/out"
	check_json streams
	grep -q '"only","this"' "$tmp/streams.json" || wrong_file "no trace in:" "$tmp/streams.json"
}

# Each signal that a process sends reaches the command, once, and only its end is the end
case_command_signals() {
	local signal
	for signal in HUP INT QUIT TERM USR1 USR2 WINCH; do
		rm -f "$tmp/heard"
		traced_start signals -- bash -c '
			trap "echo '$signal' >>$0/heard" '$signal'
			: >$0/up
			until [[ -e $0/heard ]]; do sleep 0.02; done
			sleep 0.2
			exit 42' "$tmp"
		kill "-$signal" "${tracers[signals]}"
		tracer_reap signals 42
		[[ $(cat "$tmp/heard") == "$signal" ]] || wrong_file "$signal was heard so:" "$tmp/heard"
		check_json signals
	done
	traced_start signals -- sh -c ': >$0/up; exec sleep 60' "$tmp"
	kill -TERM "${tracers[signals]}"
	tracer_reap signals 143
}

# Also while nobody reads what the tracer writes
case_command_unread() {
	local unread
	rm -f "$tmp/fifo" "$tmp/up"
	mkfifo "$tmp/fifo"
	exec {unread}<>"$tmp/fifo"
	"$execsnoop" --json -o "$tmp/fifo" -- bash -c '
		for ((i = 0; i < 300; i++)); do /bin/true; done
		trap "exit 9" USR1
		: >$0/up
		while :; do sleep 0.02; done' "$tmp" {unread}>&- 2>"$tmp/unread.err" &
	tracers[unread]=$!
	wait_until 20 test -e "$tmp/up" || wrong "the command waits for the reader"
	kill -USR1 "${tracers[unread]}"
	tracer_reap unread 1 20
	has_reason unread 'lines were not written' 3
	exec {unread}>&-
}

# The reader of the trace goes, the command goes on
case_command_reader_gone() {
	{
		timeout 20 "$execsnoop" --json -- sh -c 'sleep 0.3; /bin/true; sleep 0.3; exit 6' \
			2>&1 >/dev/null
		echo $? >"$tmp/gone.status"
	} | head -n 1 >/dev/null
	[[ $(<"$tmp/gone.status") == 6 ]] || wrong "status $(<"$tmp/gone.status"), not 6"
}

case_command_duration() {
	local start=$EPOCHREALTIME
	traced duration -D 0.3 --follow -- sh -c 'sleep 20 & sleep 1; /bin/true late; exit 5'
	ended duration 5
	(($(milliseconds_since "$start") < 10000)) || wrong "it waited for what it did not trace"
	grep -q '"late"' "$tmp/duration.json" && wrong "it traced for longer than it was asked"
	check_json duration
}

# A daemon outlives its command: traced to its own end with --follow, and else left alone
case_command_daemon() {
	local backend daemon='(setsid sh -c "sleep 0.7; /bin/echo from the daemon >$0/daemon" &); exit 4'
	for backend in bpf connector; do
		rm -f "$tmp/daemon"
		traced daemon -b "$backend" -e exec,fork,exit -- sh -c "$daemon" "$tmp" </dev/null
		ended daemon 4
		grep -q '"daemon"' "$tmp/daemon.json" && wrong "$backend: it waited for the daemon"
		wait_until 5 test -s "$tmp/daemon" || wrong "$backend: the daemon was not left alone"

		rm -f "$tmp/daemon"
		traced daemon -b "$backend" -e exec,fork,exit --follow -- sh -c "$daemon" "$tmp"
		ended daemon 4
		[[ -s $tmp/daemon ]] || wrong "$backend: it did not wait for the daemon"
		jq -e -n '[inputs | select(.event.action == "exit")] | length >= 4
			' "$tmp/daemon.json" >/dev/null || wrong "$backend: ends are missing"
		grep -q '"from","the","daemon"' "$tmp/daemon.json" ||
			wrong_file "$backend: nothing of the daemon in:" "$tmp/daemon.json"
		check_json daemon
	done
}

# Once the command has ended, a signal ends the tracing of what it left
case_command_daemon_signal() {
	traced_start daemon --follow -- sh -c 'sleep 60 & : >$0/up; exit 8' "$tmp"
	wait_until 10 grep -q sleep "$tmp/daemon.json"
	sleep 0.3
	gone "${tracers[daemon]}" && wrong "it did not follow"
	kill -TERM "${tracers[daemon]}"
	tracer_reap daemon 8
	check_json daemon
	kill "$(jq -r 'select(.process.name == "sleep").process.pid' "$tmp/daemon.json")"
}

# on_pty COMMAND: the command line, quoted for bash, runs on a terminal of its own; its keys come from
# standard input
on_pty() {
	SHELL=/bin/bash timeout 30 script -qec "stty rows 33 cols 77; $1" "$tmp/typescript" >/dev/null 2>&1
}

# quoted WORD...: for a shell
quoted() {
	printf '%q ' "$@"
}

case_command_terminal() {
	on_pty "$(quoted "$execsnoop" -o "$tmp/pty.trace" -- bash -c \
		'stty size >$0/size; tty >$0/tty; ps -o tpgid=,pgid= -p $$ >$0/group' "$tmp")" </dev/null
	[[ $(cat "$tmp/size") == '33 77' ]] || wrong_file "the size of the terminal is:" "$tmp/size"
	grep -q ^/dev/pts/ "$tmp/tty" || wrong_file "no terminal:" "$tmp/tty"
	awk '$1 != $2 { exit 1 }' "$tmp/group" || wrong_file "in the background:" "$tmp/group"
}

# The terminal sends ^C to the whole group: the command must hear it once, and may go on
case_command_interrupt() {
	rm -f "$tmp/heard" "$tmp/up"
	{
		wait_until 10 test -e "$tmp/up"
		printf '\003'
		wait_until 10 test -e "$tmp/done"
	} | on_pty "$(quoted "$execsnoop" -o "$tmp/pty.trace" -- bash -c '
		trap "echo INT >>$0/heard" INT
		: >$0/up
		for i in {1..20}; do sleep 0.05; done
		: >$0/done
		exit 3' "$tmp"); echo \$? >$tmp/pty.status"
	[[ $(cat "$tmp/heard") == INT ]] || wrong_file "^C was heard so:" "$tmp/heard"
	[[ $(cat "$tmp/pty.status") == 3 ]] || wrong "status $(cat "$tmp/pty.status"), not 3"
}

# A shell that manages jobs takes the terminal, gives it away and gets it back
case_command_job_control() {
	rm -f "$tmp/jobs"
	{
		sleep 1
		printf 'sleep 5\n'
		sleep 0.7
		printf '\032'
		sleep 0.7
		printf 'jobs >%s/jobs; kill -KILL %%1; sleep 1; wait; exit 11\n' "$tmp"
		wait_until 10 test -e "$tmp/pty.status"
	} | {
		rm -f "$tmp/pty.status"
		on_pty "$(quoted "$execsnoop" -o "$tmp/pty.trace" -- bash --norc --noprofile -i)
			echo \$? >$tmp/pty.status"
	}
	grep -q 'Stopped.*sleep 5' "$tmp/jobs" || wrong_file "no job was stopped:" "$tmp/typescript"
	[[ $(cat "$tmp/pty.status") == 11 ]] || wrong_file "status $(cat "$tmp/pty.status"):" \
		"$tmp/typescript"
}
