# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Cases of what log shippers and monitoring rely on: files that are rotated, a reader at a socket,
# messages for a journal, metrics.
# shellcheck disable=SC2154 # tmp, tracers, status: of lib.sh

# ---- which file ----

# kept OPTION...: what fails leaves the files of -o and -w as they were
kept() {
	printf 'old\n' | tee "$tmp/kept.out" >"$tmp/kept.xsn"
	timeout 20 "$execsnoop" -o "$tmp/kept.out" "$@" >/dev/null 2>"$tmp/kept.err" </dev/null &&
		wrong "$* succeeds"
	[[ $(cat "$tmp/kept.out" "$tmp/kept.xsn") == old$'\n'old ]] || wrong_file "not kept with $*:" "$tmp/kept.err"
}

case_output_kept() {
	printf 'old' >"$tmp/unfinished"
	kept --replay "$tmp/none.xsn"
	kept --replay "$tmp"
	kept --btf "$tmp/none.btf" -D 1
	kept --btf "$tmp/none.btf" -D 1 -w "$tmp/kept.xsn"
	timeout 20 "$execsnoop" -o "$tmp/unfinished" --append --replay "$tmp/none.xsn" 2>/dev/null
	[[ $(od -An -c "$tmp/unfinished") == '   o   l   d' ]] || wrong "a line was ended for nothing"
	printf 'old\n' | tee "$tmp/kept.out" >"$tmp/kept.xsn"
	"$execsnoop" --json -o "$tmp/kept.out" -w "$tmp/kept.xsn" -D 0.1 2>"$tmp/kept.err" ||
		wrong_file "it failed:" "$tmp/kept.err"
	grep -q '^old' "$tmp/kept.out" "$tmp/kept.xsn" && wrong "what was there is still there"
	rm "$tmp/unfinished" "$tmp/kept.out"
	"$execsnoop" --json -o "$tmp/kept.out" --replay "$tmp/kept.xsn" 2>"$tmp/kept.err" ||
		wrong_file "the capture is damaged:" "$tmp/kept.err"
}

# one_file TEXT OPTION...: refused, with that message, before any file of $tmp/one is written to
one_file() {
	local before
	before=$(head -v -n 99 "$tmp"/one/*)
	(cd "$tmp/one" && timeout 10 "$execsnoop" -D 0.1 "${@:2}") >"$tmp/one.out" 2>"$tmp/one.err" </dev/null
	status=$?
	[[ $status == 2 && $(<"$tmp/one.err") == *"$1" ]] || wrong_file "status $status of ${*:2}:" "$tmp/one.err"
	[[ $(head -v -n 99 "$tmp"/one/*) == "$before" ]] || wrong "${*:2} changes a file"
}

case_output_one_file() {
	local own='is the file of' read='is a file that --replay reads'
	mkdir -p "$tmp/one" && printf 'max-argv = 1K\noutput = conf\n' >"$tmp/one/conf"
	for file in there cap.xsn cap.xsn.1 x.prom.new; do
		printf 'old\n' >"$tmp/one/$file"
	done
	ln "$tmp/one/there" "$tmp/one/hard"
	ln -s there "$tmp/one/soft"
	one_file "--record: there $own --output as well" -w there -o there
	one_file "--record: none $own --output as well" -w none -o ./none
	one_file "--record: $tmp/one/none $own --output as well" -w "$tmp/one/none" -o none
	one_file "--record: hard $own --output as well" -w hard -o soft
	one_file "--metrics: none $own --output as well" -o none --metrics none
	one_file "--metrics: ../one/none $own --record as well" -w none --metrics ../one/none
	one_file "--metrics: x.prom.new $own --output as well" -o x.prom.new --metrics x.prom
	one_file "--metrics: y.prom.new $own --output as well" -o y.prom.new --metrics y.prom
	one_file "conf:2: --output: conf $own --config as well" --config conf
	one_file "--record: conf $own --config as well" --config conf -o /dev/null -w conf
	one_file "--output: there $own --btf as well" --btf there -o there
	one_file "--output cap.xsn $read" --replay cap.xsn -o cap.xsn
	one_file "--output cap.xsn $read" --append --replay ./cap.xsn -o cap.xsn
	one_file "--output cap.xsn.1 $read" --replay cap.xsn -o cap.xsn.1
	one_file "--output there $read" -o there --replay cap.xsn hard
	sh -c 'exec "$@" >>"$0"' "$tmp/one/there" "$execsnoop" -w "$tmp/one/soft" -D 0.1 2>"$tmp/one.err"
	has_line "$tmp/one.err" "$own --output as well" || wrong "standard output is not looked at"
	timeout 10 "$execsnoop" -o /dev/null -w /dev/null -D 0.1 2>"$tmp/one.err" ||
		wrong_file "/dev/null is refused twice:" "$tmp/one.err"
	timeout 10 "$execsnoop" --json -o /dev/stdout -w /dev/stdout -D 0.1 2>"$tmp/one.err" | cat >/dev/null
	((PIPESTATUS[0] == 0)) || wrong_file "a pipe is refused twice:" "$tmp/one.err"
}

# A file of that name is ./-
case_output_dash() {
	(cd "$tmp" && "$execsnoop" --json -o - -- /bin/echo of-the-command) >"$tmp/dash.out" 2>"$tmp/dash.err" ||
		wrong_file "it failed:" "$tmp/dash.err"
	[[ -e $tmp/- ]] && wrong "there is a file of that name"
	has_line "$tmp/dash.out" '"of-the-command"' || wrong_file "not on standard output:" "$tmp/dash.out"
	has_line "$tmp/dash.err" '"of-the-command"' && wrong "on standard error"
	(cd "$tmp" && "$execsnoop" -o ./- -D 0.1 2>/dev/null && test -e ./-) || wrong "./- is no file"
}

# ---- rotation ----

# output_start OPTION...: a tracer that writes $tmp/logs/out.json; its messages are in $tmp/out.err
output_start() {
	mkdir -p "$tmp/logs"
	rm -f "$tmp"/logs/out.json*
	"$execsnoop" --json -o "$tmp/logs/out.json" "$@" 2>"$tmp/out.err" &
	tracers[out]=$!
	wait_until 20 test -s "$tmp/logs/out.json" || wrong_file "it did not start:" "$tmp/out.err"
}

# output_reopened: the signal, and until it was heard. It then has another file at the path
output_reopened() {
	kill -HUP "${tracers[out]}"
	wait_until 10 test -e "$tmp/logs/out.json" || wrong "there is no new file"
}

# output_join FILE...: what they hold, in this order, is one whole run of which $tmp/out.json becomes a copy
output_join() {
	zcat -f "$@" >"$tmp/out.json"
	check_json out
}

# acts FILE SCENE: the actor acts again and again until the file is there; $tmp/truth.json has all
acts() {
	: >"$tmp/truth.all"
	until [[ -e $1 ]]; do
		[[ -d $tmp ]] || return # the run was ended
		act "$2"
		cat "$tmp/truth.json" >>"$tmp/truth.all"
		sleep 0.3
	done
	mv "$tmp/truth.all" "$tmp/truth.json"
}

# rotations CNT: logrotate does so many; a file without events is not rotated
rotations() {
	local i=0
	for ((; i < 4 * $1; ++i)); do
		logrotate -f -s "$tmp/logrotate.state" "$tmp/logrotate.conf" >>"$tmp/logrotate.out" 2>&1 ||
			wrong_file "logrotate failed:" "$tmp/logrotate.out"
		[[ -e $tmp/logs/out.json.$1.gz ]] && return
		sleep 0.03
	done
	wrong "logrotate did not rotate $1 times in $i runs"
}

case_logrotate() {
	local pid files
	if ! command -v logrotate >/dev/null; then
		skip "no logrotate"
		return
	fi
	output_start -e exec,fork,exit -p $$ --append || return
	pid=${tracers[out]}
	sed -e "s,/var/log/execsnoop-c/,$tmp/logs/," -e 's/execsnoop-c execsnoop-c/root adm/' \
		-e "s/systemctl kill .*/kill -HUP $pid/" -e 's/rotate 14/rotate 100/' \
		"$root/packaging/execsnoop-c.logrotate" >"$tmp/logrotate.conf"
	chmod 600 "$tmp/logrotate.conf"
	rm -f "$tmp/rotated" "$tmp/logrotate.state" "$tmp/logrotate.out"
	(acts "$tmp/rotated" burst) &
	rotations 50
	: >"$tmp/rotated"
	wait $!
	kill -INT "$pid"
	tracer_reap out 0
	mapfile -t files < <(ls -v -r "$tmp"/logs/out.json.*)
	output_join "${files[@]}" "$tmp/logs/out.json"
	compare out
	check_totals out
	[[ $(lost out) == 0 ]] || wrong "$(lost out) events were lost"
	[[ -s $tmp/out.err ]] && wrong_file "it complains:" "$tmp/out.err"
	# The tracer made it: logrotate's group is another.
	[[ $(stat -c '%a %G' "$tmp/logs/out.json") == "640 $(id -gn)" ]] ||
		wrong "the new file is $(stat -c '%a %G' "$tmp/logs/out.json")"
}

# Without anybody to make the new file: it is made, and the folder may be gone meanwhile
case_reopen() {
	output_start -e exec,fork,exit -p $$ || return
	act script
	mv "$tmp/logs/out.json" "$tmp/first"
	output_reopened
	[[ $(stat -c %a "$tmp/logs/out.json") == 640 ]] || wrong "the new file has another mode"
	mv "$tmp/logs" "$tmp/elsewhere"
	kill -HUP "${tracers[out]}"
	wait_until 10 has_line "$tmp/out.err" 'cannot open' ||
		wrong_file "no word of a folder that is gone:" "$tmp/out.err"
	act burst
	mv "$tmp/elsewhere" "$tmp/logs"
	mv "$tmp/logs/out.json" "$tmp/second"
	output_reopened
	/bin/true
	wait_until 10 test -s "$tmp/logs/out.json"
	kill -HUP "${tracers[out]}" # at the same file: it goes on behind what is there
	sleep 0.3
	kill -INT "${tracers[out]}"
	tracer_reap out 0
	output_join "$tmp/first" "$tmp/second" "$tmp/logs/out.json"
	compare out
	check_totals out
	has_reason out "cannot open $tmp/logs/out.json anew.*No such file"
}

# A file system where no file can be made any more, and then has no room for the rest of the line
case_reopen_full() {
	local disk=$tmp/logs
	mkdir -p "$disk"
	mount -t tmpfs -o size=256k,nr_inodes=2 none "$disk" || {
		skip "no tmpfs can be mounted"
		return
	}
	output_start -e exec,fork,exit
	mv "$disk/out.json" "$disk/old"
	kill -HUP "${tracers[out]}"
	wait_until 10 has_line "$tmp/out.err" 'cannot open' ||
		wrong_file "no word of a full file system:" "$tmp/out.err"
	act burst
	wait_until 10 has_line "$tmp/out.err" 'events are not written' || wrong_file "no word:" "$tmp/out.err"
	kill -INT "${tracers[out]}"
	tracer_reap out 1
	# A short batch may find room where a longer one did not: then it is told again that the disk is full.
	awk '!/writing again/ && !(/events are not written/ && told++)' "$tmp/out.err" >"$tmp/full.err"
	has_reason full 'anew.*No space left' 4
	has_reason full '[0-9]+ lines were not written: No space left' 4
	has_reason full '; [0-9]+ lost' 4
	[[ $(tail -c 1 "$disk/old" | od -An -tx1) == ' 0a' ]] || wrong "the last line is cut"
	jq -es 'map(.event.sequence) | length > 0 and . == unique' "$disk/old" >/dev/null ||
		wrong "what was written is not whole"
}

# SIGHUP is the end where there is no file, and where the terminal is gone
case_hangup() {
	"$execsnoop" -e exec --json >"$tmp/stdout.json" 2>"$tmp/stdout.err" &
	tracer_ready stdout $! || return
	tracer_end stdout HUP 0
	rm -f "$tmp/pty.json" "$tmp/pty.pid"
	on_pty "echo \$\$ >$tmp/pty.pid; exec $(quoted "$execsnoop" -e exec --json -o "$tmp/pty.json")" \
		2>/dev/null &
	wait_until 20 test -s "$tmp/pty.json" || wrong "it did not start on a terminal"
	kill -KILL "$(ps -o ppid= -p "$(<"$tmp/pty.pid")")" # script(1), which has the other end
	wait_until 10 exec_until gone "$(<"$tmp/pty.pid")" || wrong "it outlives its terminal"
	wait $!
	check_json pty
}

# early_hangup MILLISECONDS OPTION...: sets early, a tracer that gets SIGHUP so long after its main() began to
# read $tmp/early.conf, which takes a moment
early_hangup() {
	local end=$((SECONDS + 20))
	printf '# %s\n' "${comment[@]}" >"$tmp/early.conf"
	touch -a -d '2 seconds ago' "$tmp/early.conf"
	touch -m -d '1 second ago' "$tmp/early.conf"
	"$execsnoop" --config "$tmp/early.conf" -b connector -e exec -p $$ --json "${@:2}" 2>"$tmp/early.err" &
	early=$! tracers[early]=$!
	while [[ -N $tmp/early.conf ]] && ((SECONDS < end)); do :; done # until it was read
	(($1)) && sleep "0.0$(printf %02d "$1")"
	kill -HUP "$early" 2>/dev/null
}

# SIGHUP for files that were rotated while it started: it heeds it then
case_hangup_early() {
	local early i comment=() want got
	for ((i = 0; i < 60; ++i)); do
		comment+=("$(printf '%01000d' 0)")
	done
	for ((i = 0; i < 30; ++i)); do
		rm -f "$tmp/early.json"
		early_hangup $((i < 20 ? 0 : 2 * i - 40)) -o "$tmp/early.json"
		wait_until 20 started early
		gone "$early" || kill -INT "$early"
		tracer_reap early 0
	done
	# Without a file it is the end, whenever it comes.
	for i in 0 5; do
		early_hangup $i >/dev/null
		reap "$early" 30
		[[ $status == 129 || $status == 0 ]] || wrong "no end by SIGHUP: status $status"
	done
	unset 'tracers[early]'
	# A command has the signals as they were.
	want=$(grep -E '^Sig(Blk|Ign)' /proc/self/status)
	got=$("$execsnoop" --json -o "$tmp/early.json" -- grep -E '^Sig(Blk|Ign)' /proc/self/status)
	[[ $got == "$want" ]] || wrong "the command has other signals: $got, not $want"
	got=$(unit_get RestartForceExitStatus)
	[[ $got == 'SIGHUP ' ]] || wrong "a service that SIGHUP ended before main() stays down: $got"
}

# --append keeps what is there, also if the last line is not whole
case_append() {
	output_start -e exec || return
	kill -INT "${tracers[out]}"
	tracer_reap out 0
	printf '{"cut":' >>"$tmp/logs/out.json"
	"$execsnoop" --json -o "$tmp/logs/out.json" --append -D 0.1 || wrong "--append fails"
	[[ $(jq -nR '[inputs | fromjson? | select(.event.action == "start")] | length' \
		"$tmp/logs/out.json") == 2 ]] || wrong_file "not two runs in:" "$tmp/logs/out.json"
	"$execsnoop" --json -o "$tmp/logs/out.json" -D 0.1
	[[ $(grep -c '"action":"start"' "$tmp/logs/out.json") == 1 ]] || wrong "it is not emptied"
	check_usage '--append'
	check_usage '--append -o unix:/x'
}

# A capture is rotated in the same way: each file can be replayed, and all together
case_reopen_capture() {
	rm -f "$tmp"/live.xsn*
	recorder_start live -e exec,fork,exit || return
	act script
	mv "$tmp/live.xsn" "$tmp/live.xsn.old"
	kill -HUP "${tracers[live]}"
	wait_until 10 test -s "$tmp/live.xsn" || wrong "there is no new capture"
	act_some reopened 3
	kill -HUP "${tracers[live]}" # it is the same file
	sleep 0.5
	act_some again 3
	mv "$tmp/live.xsn" "$tmp/live.xsn.new"
	echo foreign >"$tmp/live.xsn"
	kill -HUP "${tracers[live]}" # it is not ours
	wait_until 10 has_line "$tmp/live.err" 'is another file' || wrong "it says nothing"
	[[ $(<"$tmp/live.xsn") == foreign ]] || wrong "it writes to a file that is not its own"
	mv "$tmp/live.xsn.new" "$tmp/live.xsn"
	act_some third 3
	tracer_end live INT 0
	has_reason live 'is another file'
	replay 0 --replay "$tmp/live.xsn.old" "$tmp/live.xsn"
	same live
	[[ $(recorded reopened) == 3 && $(recorded again) == 3 && $(recorded third) == 3 ]] ||
		wrong "execs are missing"
}

# ---- a reader at a socket ----

# reader_there NUMBER: it listens, or was connected to already
reader_there() {
	[[ -S $tmp/socket || -e $tmp/read.$1 ]]
}

# reader_start NUMBER: who reads at $tmp/socket; what it read is in $tmp/read.NUMBER
reader_start() {
	rm -f "$tmp/socket"
	socat -u "UNIX-LISTEN:$tmp/socket" "OPEN:$tmp/read.$1,creat,trunc" 2>"$tmp/read.err" &
	tracers[reader]=$!
	wait_until 10 reader_there "$1" || wrong_file "nobody listens:" "$tmp/read.err"
}

# socket_start OPTION...
socket_start() {
	if ! command -v socat >/dev/null; then
		skip "no socat"
		return 1
	fi
	rm -f "$tmp"/read.*
	reader_start 1
	"$execsnoop" --json -o "unix:$tmp/socket" "$@" 2>"$tmp/socket.err" &
	tracers[socket]=$!
	wait_until 20 test -s "$tmp/read.1" || wrong_file "it did not start:" "$tmp/socket.err"
}

# socket_end STATUS: and until the reader has all
socket_end() {
	kill -INT "${tracers[socket]}"
	tracer_reap socket "$1"
	reap "${tracers[reader]}" 10
	unset 'tracers[reader]'
}

case_socket() {
	socket_start -e exec,fork,exit -p $$ || return
	kill -STOP "${tracers[reader]}"
	act storm
	kill -CONT "${tracers[reader]}"
	socket_end 0
	cp "$tmp/read.1" "$tmp/socket.json"
	check_json socket
	compare socket
	check_totals socket
}

# A reader that does not read: it stops reading the ring, and what that has no room for is counted
case_socket_slow() {
	local printed
	socket_start -e exec --buffer 4096 || return
	kill -STOP "${tracers[reader]}"
	act storm
	act storm
	kill -CONT "${tracers[reader]}"
	socket_end 0
	cp "$tmp/read.1" "$tmp/socket.json"
	check_json socket
	check_totals socket
	printed=$(execs_of_actor socket)
	(($(lost socket) > 0)) || wrong "nothing was lost: this proves nothing"
	((printed + $(lost socket) >= $(grep -c '"exec"' "$tmp/truth.json"))) ||
		wrong "$printed printed and $(lost socket) lost are not all"
}

# The reader is killed with lines that it has not read, and comes back: each line comes at least once
case_socket_reconnect() {
	socket_start -e exec,fork,exit -p $$ || return
	sleep 0.3
	kill -STOP "${tracers[reader]}"
	act burst
	sleep 0.3
	kill -KILL "${tracers[reader]}"
	reap "${tracers[reader]}" 10
	/bin/true while nobody reads
	sleep 0.5
	reader_start 2
	wait_until 20 test -s "$tmp/read.2" || wrong_file "it does not come back:" "$tmp/socket.err"
	socket_end 0
	# The first reader's last line may be cut, a line may come twice, and then is the same.
	jq -ncR '[inputs | fromjson?] | unique | .[]' "$tmp/read.1" "$tmp/read.2" |
		jq -s 'sort_by(.event.sequence)[]' -c >"$tmp/socket.json"
	jq -es . "$tmp/read.2" >/dev/null || wrong "the second reader got a line that is not whole"
	check_json socket
	compare socket
	check_totals socket
	has_line "$tmp/socket.json" '"while","nobody","reads"' || wrong "what came meanwhile is lost"
	has_reason socket 'the reader is gone' 2
	has_reason socket 'there is a reader again' 2
}

# The same where nothing happens meanwhile: that the reader is gone is seen at once, and another one gets at
# once what that one had not read
case_socket_idle() {
	local start third
	rm -f "$tmp/go"
	mkfifo "$tmp/go"
	sh -c 'exec <>"$1"; read -r go; /bin/true un read; read -r go; /bin/true again; exec sleep 90' sh \
		"$tmp/go" &
	tracers[hold]=$!
	socket_start -e exec -p "${tracers[hold]}" -D 12 || return
	start=$EPOCHREALTIME
	kill -STOP "${tracers[reader]}"
	echo >"$tmp/go"
	sleep 0.5
	kill -KILL "${tracers[reader]}"
	reap "${tracers[reader]}" 10
	wait_until 3 has_line "$tmp/socket.err" 'the reader is gone' || wrong "not seen"
	sleep 1
	reader_start 2
	wait_until 5 has_line "$tmp/read.2" '"un","read"' || wrong "it is not said again"
	# On SIGHUP as well, and nothing that was read for certain.
	third=${tracers[reader]}
	reader_start 3
	kill -HUP "${tracers[socket]}"
	reap "$third" 10
	third=${tracers[reader]}
	kill -STOP "$third"
	echo >"$tmp/go"
	sleep 0.5
	reader_start 4
	kill -HUP "${tracers[socket]}"
	wait_until 5 has_line "$tmp/read.4" '"again"' || wrong "it is not said to another after SIGHUP"
	kill -CONT "$third"
	reap "$third" 10
	has_line "$tmp/read.3" '"again"' || wrong "a reader that is left does not get what was sent"
	has_line "$tmp/read.3" '"un","read"' && wrong "what was read is said again"
	kill -KILL "${tracers[reader]}"
	reap "${tracers[reader]}" 10
	unset 'tracers[reader]'
	tracer_reap socket 1
	(($(milliseconds_since "$start") < 24000)) || wrong "-D is not heeded while there is no reader"
	has_reason socket 'there is a reader again' 4
	has_reason socket '[0-9]+ lines were not written' 4
	[[ $(grep -c 'the reader is gone' "$tmp/socket.err") == 2 ]] || wrong_file "not twice:" "$tmp/socket.err"
	kill "${tracers[hold]}"
	tracer_reap hold 143
}

# So does a replay, which root runs, to a socket that only capabilities open
case_socket_replay() {
	command -v socat >/dev/null || {
		skip "no socat"
		return
	}
	recorder_start live -e all || return
	act_bulk
	tracer_end live INT 0
	rm -f "$tmp"/read.*
	umask 777
	reader_start 1
	kill -STOP "${tracers[reader]}"
	"$execsnoop" --json --replay "$tmp/live.xsn" -o "unix:$tmp/socket" 2>"$tmp/socket.err" &
	tracers[socket]=$!
	sleep 0.5
	kill -KILL "${tracers[reader]}"
	reap "${tracers[reader]}" 10
	reader_start 2
	umask 022
	tracer_reap socket 0
	reap "${tracers[reader]}" 10
	unset 'tracers[reader]'
	cmp "$tmp/live.json" "$tmp/read.2" >"$tmp/cmp" 2>&1 || wrong_file "not the same:" "$tmp/cmp"
}

# SIGHUP: to whom listens now
case_socket_reopen() {
	socket_start -e exec,fork,exit -p $$ || return
	act script
	reap_later=${tracers[reader]}
	reader_start 2
	kill -HUP "${tracers[socket]}"
	act burst
	wait_until 10 test -s "$tmp/read.2" || wrong "the second reader gets nothing"
	reap "$reap_later" 10
	socket_end 0
	jq -nc '[inputs] | unique_by(.event.sequence) | .[]' "$tmp/read.1" "$tmp/read.2" \
		>"$tmp/socket.json"
	check_json socket
	compare socket
	[[ -s $tmp/socket.err ]] && wrong_file "it complains:" "$tmp/socket.err"
}

# Signals end it while it waits: for a reader that does not read, and for one that is gone
case_socket_end() {
	local start how
	for how in STOP KILL; do
		socket_start -e exec,fork,exit -p $$ || return
		kill "-$how" "${tracers[reader]}"
		[[ $how == KILL ]] && reap "${tracers[reader]}" 10
		act burst
		sleep 0.2
		start=$EPOCHREALTIME
		kill -TERM "${tracers[socket]}"
		tracer_reap socket 1
		(($(milliseconds_since "$start") < 6000)) || wrong "it did not end within 6 s"
		has_reason socket '[0-9]+ lines were not written' 4
		kill -KILL "${tracers[reader]}" 2>/dev/null
		reap "${tracers[reader]}" 10
	done
	reader_start 1
	"$execsnoop" --json -o "unix:$tmp/socket" -- sh -c 'kill -KILL "$1"; sleep 0.2; exit 5' sh \
		"${tracers[reader]}" 2>"$tmp/socket.err" &
	reap $! 10
	[[ $status == 1 ]] || wrong "a command whose trace has no reader: status $status"
	reap "${tracers[reader]}" 10
	unset 'tracers[reader]'
}

case_socket_nobody() {
	rm -f "$tmp/socket"
	timeout 10 "$execsnoop" -o "unix:$tmp/socket" 2>"$tmp/nobody.err"
	status=$?
	((status == 1)) || wrong "status $status"
	has_reason nobody "cannot connect to unix:$tmp/socket"
	check_usage "-o unix:"
	check_usage "-o unix:$(printf '/%.0s' {1..108})"
	check_usage "-w unix:$tmp/socket"
}

# ---- messages ----

# A line that comes again and again is counted, and has its level for the journal
case_messages() {
	local i
	mkdir -p "$tmp/logs"
	: >"$tmp/out.err"
	JOURNAL_STREAM=$(stat -c %d:%i "$tmp/out.err") output_start -e exec || return
	mv "$tmp/logs" "$tmp/elsewhere"
	for ((i = 0; i < 20; ++i)); do
		kill -HUP "${tracers[out]}"
		sleep 0.05
	done
	kill -INT "${tracers[out]}"
	tracer_reap out 0
	mv "$tmp/elsewhere" "$tmp/logs"
	(($(wc -l <"$tmp/out.err") == 6)) || wrong_file "not 6 lines of 20:" "$tmp/out.err"
	[[ $(grep -c '^<3>execsnoop-c: cannot open' "$tmp/out.err") == 6 ]] ||
		wrong_file "no level in:" "$tmp/out.err"
	has_line "$tmp/out.err" '(15 more like this)' || wrong_file "not counted:" "$tmp/out.err"
}

# wakeups NAME: how often that tracer went to sleep
wakeups() {
	sed -n 's/^voluntary_ctxt_switches:[[:space:]]*//p' "/proc/${tracers[$1]}/status"
}

# It is said also when nothing else happens, and nothing but that wakes the tracer: the kernel leaves out
# what is not in the tree
case_messages_idle() {
	local i before woken
	sleep 90 &
	tracers[hold]=$!
	output_start -b bpf -e exec -p "${tracers[hold]}" || return
	mv "$tmp/logs" "$tmp/elsewhere"
	for ((i = 0; i < 7; ++i)); do
		kill -HUP "${tracers[out]}"
		sleep 0.05
	done
	mv "$tmp/elsewhere" "$tmp/logs"
	before=$(wakeups out)
	wait_until 32 has_line "$tmp/out.err" '(2 more like this)' || wrong_file "not said:" "$tmp/out.err"
	sleep 1
	woken=$(($(wakeups out) - before))
	((woken < 4)) || wrong "it wakes up $woken times"
	kill -INT "${tracers[out]}"
	tracer_reap out 0
	kill "${tracers[hold]}"
	tracer_reap hold 143
}

# ---- metrics ----

# metric NAME[LABELS]: its value in $tmp/metrics.prom
metric() {
	awk -v name="$1" 'substr($0, 1, length(name) + 1) == name " " { print $NF }' \
		"$tmp/prom/metrics.prom"
}

# metric_is NAME VALUE
metric_is() {
	[[ $(metric "$1") == "$2" ]] || wrong "$1 is $(metric "$1"), not $2"
}

# The last metrics say what the last line says
check_metrics() {
	local name value
	while read -r name value; do
		metric_is "$name" "$value"
	done < <(tail -n 1 "$tmp/$1.json" | jq -r '.execsnoop.totals |
		(.events | to_entries[] | select(.key | IN("exec", "fork", "exit")) |
			"execsnoop_events_total{action=\"\(.key)\"} \(.value)"),
		(.lost | to_entries[] | select(.key != "capture") |
			"execsnoop_events_lost_total{reason=\"\(.key)\"} \(.value)"),
		(.args_truncated | to_entries[] |
			"execsnoop_args_truncated_total{reason=\"\(.key)\"} \(.value)"),
		(.args_missing | to_entries[] |
			"execsnoop_args_missing_total{reason=\"\(.key)\"} \(.value)"),
		"execsnoop_events_filtered_total \(.filtered)"')
	metric_is execsnoop_written_bytes_total "$(wc -c <"$tmp/$1.json")"
}

# metrics_start NAME OPTION...: a tracer that renews $tmp/prom/metrics.prom each second
metrics_start() {
	mkdir -p "$tmp/prom"
	rm -f "$tmp"/prom/*
	tracer_start "$1" -e exec,fork,exit --json --metrics "$tmp/prom/metrics.prom" \
		--metrics-interval 1 "${@:2}" || return
	wait_until 10 test -s "$tmp/prom/metrics.prom" || wrong "there are no metrics"
}

metrics_are_clean() {
	promtool check metrics <"$tmp/prom/metrics.prom" >"$tmp/promtool" 2>&1 &&
		[[ ! -s $tmp/promtool ]] || wrong_file "promtool says:" "$tmp/promtool"
}

# metric_in LEAST NAME MOST
metric_in() {
	awk -v n="$(metric "$2")" -v least="$1" -v most="$3" \
		'BEGIN { exit !(n != "" && n >= least && n <= most) }' ||
		wrong "$2 is $(metric "$2"), not $1 to $3"
}

case_metrics() {
	local now pid
	command -v promtool >/dev/null || {
		skip "no promtool"
		return
	}
	bpf_stats=$(sysctl -n kernel.bpf_stats_enabled)
	sysctl -qw kernel.bpf_stats_enabled=1
	metrics_start bpf -b bpf --max-argv 255 --buffer 16384 -p $$
	act boundaries
	act storm
	wait_until 5 metric_above 1000 'execsnoop_bpf_runs_total{program="on_exec"}'
	pid=${tracers[bpf]}
	now=$(date +%s)
	metric_in 1 execsnoop_process_resident_memory_bytes \
		"$(awk '/^VmHWM/ { print 1024 * $2 }' "/proc/$pid/status")"
	metric_in 3 execsnoop_process_open_fds 100
	metric_in $((now - 60)) execsnoop_process_start_time_seconds "$now"
	tracer_end bpf INT 0
	check_metrics bpf
	metrics_are_clean
	metric_in 1000 'execsnoop_bpf_runs_total{program="on_exec"}' 100000
	metric_in 0.0001 'execsnoop_bpf_run_seconds_total{program="on_exec"}' 10
	metric_is 'execsnoop_buffer_size_bytes{buffer="ring"}' 16384
	metric_in 1000 'execsnoop_buffer_used_max_bytes{buffer="ring"}' 16384
	metric_in 1 execsnoop_processes 32768
	metric_in 0.001 execsnoop_process_cpu_seconds_total 60
	(($(metric 'execsnoop_args_truncated_total{reason="limit"}') > 0)) ||
		wrong "no argv was cut: this proves nothing"
}

# metric_above LEAST NAME
metric_above() {
	(($(metric "$2") + 0 > $1))
}

case_metrics_connector() {
	command -v promtool >/dev/null || {
		skip "no promtool"
		return
	}
	metrics_start connector -b connector -p $$ || return
	act burst
	tracer_end connector INT 0
	check_metrics connector
	metrics_are_clean
	metric_in 1000000 'execsnoop_buffer_size_bytes{buffer="socket"}' 1000000000
	grep -q '^execsnoop_backend_info{backend="connector",.*,version="[^"]' \
		"$tmp/prom/metrics.prom" || wrong "no word of the backend"
	grep -q bpf_ "$tmp/prom/metrics.prom" && wrong "it tells of BPF programs"
}

# Whoever reads the file at any moment reads all of it
case_metrics_whole() {
	local reads=0 inode files=() end=$((SECONDS + 3)) last
	metrics_start whole -p $$ || return
	last=$(tail -n 1 "$tmp/prom/metrics.prom" | cut -d ' ' -f 1)
	while ((SECONDS < end)); do
		[[ $(tail -n 1 "$tmp/prom/metrics.prom") == "$last "* ]] || wrong "it is not whole"
		inode=$(stat -c %i "$tmp/prom/metrics.prom")
		[[ " ${files[*]} " == *" $inode "* ]] || files+=("$inode")
		((++reads))
	done
	((${#files[@]} >= 2)) || wrong "it is not renewed each second"
	tracer_end whole INT 0
	[[ $(ls "$tmp/prom") == metrics.prom ]] || wrong "it leaves $(ls "$tmp/prom")"
}

case_metrics_unwritable() {
	local path
	for path in "$tmp/no/such/x.prom" "$tmp" /proc/version; do
		timeout 10 "$execsnoop" --metrics "$path" -o /dev/null 2>"$tmp/path.err"
		status=$?
		((status == 1)) || wrong "$path gives status $status"
		has_reason path "cannot write metrics to $path"
		[[ $path != "$tmp" ]] || has_reason path "cannot write metrics to $path: not a regular file"
	done
	check_usage "--metrics"
	check_usage "--metrics="
	check_usage "--metrics-interval 5"
	check_usage "--metrics x --metrics-interval 0.5"
	check_usage "--replay x --metrics y"
}

case_metrics_full_disk() {
	local old
	mkdir -p "$tmp/prom"
	mount -t tmpfs -o size=64k none "$tmp/prom" || {
		skip "no tmpfs can be mounted"
		return
	}
	metrics_start full -p $$ || return
	head -c 100K /dev/zero >"$tmp/prom/filler" 2>/dev/null
	wait_until 10 has_line "$tmp/full.err" 'metrics are not written' ||
		wrong_file "no word of a full disk:" "$tmp/full.err"
	old=$(metric execsnoop_written_bytes_total)
	[[ $old ]] || wrong "the old file is gone"
	sleep 1.2
	rm "$tmp/prom/filler"
	wait_until 10 has_line "$tmp/full.err" 'metrics are written again' ||
		wrong_file "it does not recover:" "$tmp/full.err"
	tracer_end full INT 0
	check_metrics full
	has_reason full 'No space left on device' 2
}

# full_start OPTION...: as output_start, of what this shell starts, on a disk that is full by now but for some lines
full_start() {
	mkdir -p "$tmp/logs" "$tmp/prom"
	rm -f "$tmp"/prom/*
	mount -t tmpfs -o size=512k none "$tmp/logs" || {
		skip "no tmpfs can be mounted"
		return 1
	}
	output_start -e exec,fork,exit -p $$ "$@" || return
	head -c 1M /dev/zero >"$tmp/logs/filler" 2>/dev/null
	execs 60
	wait_until 10 has_line "$tmp/out.err" 'events are not written' || wrong_file "no word:" "$tmp/out.err"
}

# execs CNT
execs() {
	local i
	for ((i = 0; i < $1; ++i)); do
		/bin/true "$i"
	done
}

# full_end: what it wrote is in $tmp/out.json
full_end() {
	kill -INT "${tracers[out]}"
	tracer_reap out 1
	cp "$tmp/logs/out.json" "$tmp/out.json"
	umount "$tmp/logs"
}

# full_counts: events that are delivered and events that are lost are all, and the file has the former
full_counts() {
	jq -en '[inputs] | last.execsnoop.totals as $said | (last.event.sequence + 1 - length) as $gap
		| ([.[] | .event.action | select(IN("exec", "fork", "exit"))] | group_by(.) |
			map({key: first, value: length}) | from_entries) as $got
		| $got == ($said.events | {exec, fork, exit}) and $gap > 0 and $said.lost["output-full"] == $gap' \
		"$tmp/out.json" >/dev/null ||
		wrong_file "not what is in the file:" <(tail -n 1 "$tmp/out.json" | jq -c .execsnoop.totals)
}

# On a full disk and after it, totals and metrics say what is in the file
case_metrics_full_output() {
	full_start --metrics "$tmp/prom/metrics.prom" --metrics-interval 1 || return
	rm "$tmp/logs/filler"
	wait_until 10 has_line "$tmp/out.err" 'writing again' || wrong_file "it does not recover:" "$tmp/out.err"
	execs 3
	full_end
	has_line "$tmp/out.json" '"action":"end"' || wrong "there is no end"
	full_counts
	check_metrics out
}

# last_words FILE: it has totals and statistics
last_words() {
	grep -qE "^execsnoop-c: [0-9]+ exec.*; (about )?[0-9]+ lost, " "$1" && has_line "$1" 'EXECS  BY PARENT' ||
		wrong_file "no totals or statistics:" "$1"
}

# Totals and statistics come also when the reader leaves, and when a disk is full to the end
case_last_words() {
	local status_file=$tmp/left.status execs
	rm -f "$status_file"
	{
		timeout 30 "$execsnoop" -e exec -S 2>"$tmp/left.err"
		echo $? >"$status_file"
	} | head -n 2 >/dev/null &
	wait_until 20 exec_until test -s "$status_file" || wrong "it goes on"
	wait $!
	[[ $(<"$status_file") == 0 ]] || wrong "status $(<"$status_file")"
	last_words "$tmp/left.err"

	full_start -S || return
	full_end
	execs=$(grep -c '"action":"exec"' "$tmp/out.json")
	last_words "$tmp/out.err"
	grep -qE "^execsnoop-c: $execs exec, .*; [1-9][0-9]* lost" "$tmp/out.err" ||
		wrong_file "not $execs execs:" "$tmp/out.err"
}

# A replay that can write nothing counts each line, the end as well
case_replay_unwritten() {
	recorder_start live -e exec -p $$ || return
	execs 3
	tracer_end live INT 0
	timeout 20 "$execsnoop" --json --replay "$tmp/live.xsn" -o /dev/full 2>"$tmp/unwritten.err"
	status=$?
	((status == 1)) || wrong "status $status"
	has_line "$tmp/unwritten.err" " $(wc -l <"$tmp/live.json") lines were not written" ||
		wrong_file "not $(wc -l <"$tmp/live.json"):" "$tmp/unwritten.err"
}

# scraped PORT: what the exporter there says, in $tmp/scraped
scraped() {
	{
		exec {http}<>"/dev/tcp/127.0.0.1/$1"
	} 2>/dev/null || return
	printf 'GET /metrics HTTP/1.0\r\n\r\n' >&"$http"
	cat <&"$http" >"$tmp/scraped"
	exec {http}>&-
	grep -q '^execsnoop_' "$tmp/scraped"
}

# Through the exporter that Debian has, the values are those of the tracer's last line
case_metrics_exporter() {
	local port=$((20000 + $$ % 10000))
	command -v prometheus-node-exporter >/dev/null || {
		skip "no prometheus-node-exporter"
		return
	}
	metrics_start exported -p $$ || return
	act burst
	tracer_end exported INT 0
	prometheus-node-exporter --collector.disable-defaults --collector.textfile \
		--collector.textfile.directory="$tmp/prom" --web.listen-address="127.0.0.1:$port" \
		2>"$tmp/exporter.err" &
	tracers[exporter]=$!
	wait_until 10 scraped "$port" || wrong_file "nothing is exported:" "$tmp/exporter.err"
	kill "${tracers[exporter]}"
	reap "${tracers[exporter]}" 10
	unset 'tracers[exporter]'
	grep '^node_textfile_scrape_error 0$' "$tmp/scraped" >/dev/null || wrong "the exporter has errors"
	grep -i error "$tmp/exporter.err" >"$tmp/json.notes" &&
		wrong_file "the exporter complains:" "$tmp/json.notes"
	# As the exporter writes numbers: 1.5e+06
	grep '^execsnoop_' "$tmp/scraped" | awk '{ $NF += 0; print }' | sort >"$tmp/got"
	grep '^execsnoop_' "$tmp/prom/metrics.prom" | awk '{ $NF += 0; print }' | sort >"$tmp/want"
	differ exported
	check_metrics exported
}
