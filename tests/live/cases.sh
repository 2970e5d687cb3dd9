# shellcheck shell=bash disable=SC2154  # run sets here, root, tmp and the programs
# SPDX-License-Identifier: BSD-2-Clause
#
# The live tests that are no scenes. Each function case_NAME is one; lib.sh has what they say.

# What a program is told to do

case_usage() {
	local words
	while IFS= read -r words; do
		check_usage "$words"
	done <<'LINES'
--nonsense
-Z
-e
-e nonsense
-e exec,nonsense
-e exec,,fork
--max-argv
--max-argv x
--max-argv -1
--max-argv 12x
--max-argv 99999999999999999999
--max-argv=
--buffer x
--buffer -4096
--buffer 1
--buffer 99999999999999999999
--buffer=
-D
-D x
-D -1
-D 99999999999999999999
--latency x
--latency -1
--latency 99999999999
-o
stray
-e exec stray
LINES
}

# check_usage WORDS: refused, in one line
check_usage() {
	local -a words
	read -ra words <<<"$1"
	timeout 10 "$execsnoop" "${words[@]}" >"$tmp/usage.out" 2>"$tmp/usage.err"
	status=$?
	((status == 2)) || wrong "'$1' gives status $status"
	[[ -s $tmp/usage.out ]] && wrong "'$1' writes to standard output"
	[[ $(wc -l <"$tmp/usage.err") == 1 ]] ||
		wrong_file "'$1' does not say one line:" "$tmp/usage.err"
}

case_help() {
	local option
	for option in -h --help -V --version; do
		timeout 10 "$execsnoop" "$option" >"$tmp/help.out" 2>"$tmp/help.err" ||
			wrong "$option fails"
		[[ -s $tmp/help.out ]] || wrong "$option says nothing"
		[[ -s $tmp/help.err ]] && wrong_file "$option complains:" "$tmp/help.err"
		timeout 10 "$execsnoop" "$option" >/dev/full 2>"$tmp/help.err"
		status=$?
		((status == 1)) || wrong "$option >/dev/full gives status $status"
	done
}

# What it leaves out of argv, and says so

case_max_argv() {
	local scene
	for scene in boundaries odd-args bad-utf8 many-args; do
		tracer_start limit -e exec,fork,exit --json --max-argv 255 || return
		act "$scene"
		tracer_end limit INT 0
		compare limit 255
	done
}

case_large_argv_small_ring() {
	tracer_start ring -e exec --json --buffer 65536 || return
	act large
	tracer_end ring INT 0
	check_prefix ring
}

# check_prefix NAME: of the actor's only exec the first bytes are there, and the true sizes
check_prefix() {
	local pid captured bytes
	pid=$(jq -r 'select(.action == "exec").pid' "$tmp/truth.json")
	jq -c --argjson pid "$pid" 'select(.process.pid == $pid)' "$tmp/$1.json" >"$tmp/event"
	jq -r 'select(.action == "exec").args' "$tmp/truth.json" | base64 -d >"$tmp/want"
	jq -r '.execsnoop.args_base64 // ([.process.args[] + "\u0000"] | add | @base64)' \
		"$tmp/event" | base64 -d >"$tmp/got"
	bytes=$(jq .execsnoop.args_bytes "$tmp/event")
	captured=$(jq .execsnoop.args_captured "$tmp/event")
	[[ $(wc -l <"$tmp/event") == 1 ]] || wrong "$(wc -l <"$tmp/event") events of one exec"
	[[ $bytes == "$(wc -c <"$tmp/want")" ]] || wrong "args_bytes is $bytes"
	((captured > 0 && captured < bytes)) || wrong "args_captured is $captured"
	cmp -n "$captured" "$tmp/want" "$tmp/got" >>"$tmp/notes" || wrong "the bytes differ"
	[[ $(jq -r .execsnoop.args_truncated "$tmp/event") == ring-full ]] ||
		wrong "args_truncated is not ring-full"
	[[ $(jq .process.args_count "$tmp/event") == \
		"$(jq 'select(.action == "exec").args_count' "$tmp/truth.json")" ]] ||
		wrong "args_count is wrong"
}

# An argv does not fit the ring: its tail is lost, not the event, or else that is counted
case_small_rings() {
	local size
	for size in 4096 16384 65536 131072; do
		tracer_start ring -e exec --json --buffer "$size" || return
		act boundaries
		tracer_end ring INT 0
		check_prefixes ring "$size"
		check_totals ring
	done
}

# Long argvs that the reader cannot keep up with cost no event: they leave its ring to the others. The
# kernel tells of this shell's processes alone, so nobody else takes the room.
case_long_argvs_unread() {
	local i whole
	tracer_start longs -b bpf -e exec --json -p $BASHPID || return
	kill -STOP "${tracers[longs]}"
	ACTOR_CHILD=longs:300 timeout 60 "$actor"
	for i in {1..50}; do
		/bin/true "beside-$i"
	done
	kill -CONT "${tracers[longs]}"
	tracer_end longs INT 0
	[[ $(lost longs) == 0 ]] || wrong "$(lost longs) events lost"
	[[ $(grep -c '"beside-[0-9]*"' "$tmp/longs.json") == 50 ]] ||
		wrong "$(grep -c '"beside-[0-9]*"' "$tmp/longs.json") of 50 execs beside"
	jq -c 'select(.execsnoop.args_bytes == 240000).execsnoop
		| [.args_captured // .args_bytes, .args_truncated]' "$tmp/longs.json" >"$tmp/got"
	[[ $(wc -l <"$tmp/got") == 300 ]] || wrong "$(wc -l <"$tmp/got") of 300 long ones"
	# 8 MiB hold 34.
	whole=$(grep -c '^\[240000,null\]$' "$tmp/got")
	((whole >= 30 && whole < 300)) || wrong "$whole argvs are whole"
	jq -c 'select(.[1] and (.[1] != "ring-full" or .[0] == 0 or (.[0] > 4096 and .[0] % 32768 > 0)))' \
		"$tmp/got" >"$tmp/odd"
	[[ -s $tmp/odd ]] && wrong_file "bytes and reasons:" "$tmp/odd"
}

# check_prefixes NAME TEXT
check_prefixes() {
	local printed lost
	jq -nr --arg reason ring-full --slurpfile truth "$tmp/truth.json" -f "$here/prefix.jq" \
		"$tmp/$1.json" >"$tmp/json.notes" 2>&1
	[[ -s $tmp/json.notes ]] && wrong_file "--buffer $2:" "$tmp/json.notes"
	printed=$(execs_of_actor "$1")
	lost=$(lost "$1")
	((printed + lost >= $(grep -c '"exec"' "$tmp/truth.json"))) ||
		wrong "--buffer $2: $printed printed and $lost lost are not all"
	has_line "$tmp/$1.json" '"args_truncated":"ring-full"' ||
		wrong "--buffer $2: no argv was cut: this proves nothing"
}

# What it loses, and says so

# The tracer with a tiny ring has to account for every event that another one saw, on the whole
# machine. It was there from one marker to the next, so that it must say that it lost at least
# what is missing between; and it cannot have lost more than is missing of all its life. If the
# machine was quiet, so that nothing was lost but between the markers, these are equal.
case_accounting() {
	local try checked=0
	for try in 1 2; do
		account && return
	done
	((checked)) || wrong "the reference lost events too, in each try"
}

# account OPTION...: false if the machine was busy
account() {
	local pid
	tracer_start reference -e exec,fork,exit --json || return
	tracer_start tiny -e exec,fork,exit --json --buffer 4096 "$@" || return
	pid=${tracers[tiny]}
	sleep 0.3
	/bin/true marker-before
	sleep 0.3
	act storm
	sleep 0.3
	/bin/true marker-after
	sleep 0.3
	tracer_end tiny INT 0
	kill -INT "${tracers[reference]}" && tracer_reap reference 0
	[[ $(lost reference) == 0 ]] || return
	checked=1
	check_account "$pid"
	check_totals tiny
	account_quiet
}

# check_account PID: of the tracer with the tiny ring
check_account() {
	local kind low high said
	identities tiny "$1" all >"$tmp/seen"
	identities reference "$1" between | comm -23 - "$tmp/seen" >"$tmp/low"
	identities reference "$1" life | comm -23 - "$tmp/seen" >"$tmp/high"
	for kind in exec fork exit; do
		said=$(lost_of tiny "$kind")
		low=$(grep -c "^$kind " "$tmp/low")
		high=$(grep -c "^$kind " "$tmp/high")
		account_quiet && high=$low
		((low <= said && said <= high)) ||
			wrong "$said $kind events are said to be lost, $low to $high are"
		((said > 0)) || wrong "no $kind event was lost: this proves nothing"
	done
}

# Nothing was lost but between the markers
account_quiet() {
	has_line "$tmp/tiny.json" marker-before && has_line "$tmp/tiny.json" marker-after &&
		! sed '/marker-before/q' "$tmp/tiny.json" | grep -qF '"action":"lost"' &&
		! sed '1,/marker-after/d' "$tmp/tiny.json" | grep -qF '"action":"lost"'
}

# lost_of NAME KIND
lost_of() {
	jq -n --arg kind "$2" '[inputs.execsnoop.lost // empty | select(.event == $kind).count]
		| add // 0' "$tmp/$1.json"
}

# identities NAME PID PART: what tells an event from the others, whatever was cut from it, of
# all: the trace, between: the markers, or life: that of the process
identities() {
	jq -nr --argjson pid "$2" --arg part "$3" '
		def marked($text): .process.args == ["/bin/true", $text];
		def own($action): .process.pid == $pid and .event.action == $action;
		def first: if $part == "life" then own("exec") else marked("marker-before") end;
		def last: if $part == "life" then own("exit") else marked("marker-after") end;
		foreach (inputs | select(.process.pid)) as $e ({inside: ($part == "all")};
			.e = $e
			| if .leave and $part != "all" then .inside = false else . end
			| if $e | first then .inside = true else . end
			| .leave = ($e | last);
			select(.inside).e)
		| .process.exit_code as $code
		| "\(.event.action) \(.process.pid) \(.process.args_count) \(.execsnoop.args_bytes) \($code)"
		' "$tmp/$1.json" | sort
}

# check_totals NAME: the last line counts what the lines before it say
check_totals() {
	grep -F -e '"action":"exec"' -e '"action":"lost"' -e '"action":"end"' "$tmp/$1.json" |
		jq -n 'reduce inputs as $e ({execs: 0, lost: 0, cut: 0, missing: 0};
			.said = $e.execsnoop.totals
			| .execs += (if $e.event.action == "exec" then 1 else 0 end)
			| .lost += ($e.execsnoop.lost.count // 0)
			| .cut += (if $e.execsnoop.args_truncated then 1 else 0 end)
			| .missing += (if $e.execsnoop.args_missing then 1 else 0 end))
		| select(.said.events.exec != .execs or (.said.lost | add) != .lost
			 or (.said.args_truncated | add) != .cut
			 or (.said.args_missing | add) != .missing)' >"$tmp/json.notes" 2>&1
	[[ -s $tmp/json.notes ]] && wrong_file "the totals of $1 are wrong:" "$tmp/json.notes"
}

case_stopped() {
	local printed lost
	tracer_start stopped -e exec --json --buffer 4096 || return
	kill -STOP "${tracers[stopped]}"
	act storm
	sleep 3
	kill -CONT "${tracers[stopped]}"
	tracer_end stopped INT 0
	printed=$(execs_of_actor stopped)
	lost=$(lost stopped)
	((lost > 0)) || wrong "nothing was lost"
	((printed + lost >= $(grep -c '"exec"' "$tmp/truth.json"))) ||
		wrong "$printed printed and $lost lost are not all"
	check_totals stopped
}

# How it ends

case_sigterm() {
	tracer_start term -e exec,fork,exit --json || return
	act burst
	tracer_end term TERM 0
	compare term
	check_totals term
}

case_duration() {
	local start=$EPOCHREALTIME ms
	tracer_start duration -D 1 --json || return
	tracer_reap duration 0 10
	ms=$(milliseconds_since "$start")
	((ms >= 950 && ms < 2500)) || wrong "it took $ms ms"
	check_json duration
}

# Also while it waits for somebody who does not read
case_duration_blocked() {
	local start=$EPOCHREALTIME hold ms
	mkfifo "$tmp/blocked.fifo"
	exec {hold}<>"$tmp/blocked.fifo"
	"$execsnoop" -D 2 -e exec,fork,exit --json -o "$tmp/blocked.fifo" 2>"$tmp/blocked.err" &
	tracers[blocked]=$!
	wait_until 20 read -r -u "$hold" || wrong_file "it did not start:" "$tmp/blocked.err"
	act storm
	tracer_reap blocked 1 20
	exec {hold}<&-
	ms=$(milliseconds_since "$start")
	((ms >= 2000)) || wrong "it took $ms ms"
	has_reason blocked '[0-9]+ lines were not written' 4
}

case_closed_pipe() {
	local status_file=$tmp/closed.status
	rm -f "$status_file"
	{
		timeout 20 "$execsnoop" -e exec --json 2>"$tmp/closed.err"
		echo $? >"$status_file"
	} | head -n 1 >"$tmp/closed.json" &
	wait_until 10 exec_until test -s "$status_file" || wrong "it goes on"
	wait $!
	[[ $(<"$status_file") == 0 ]] || wrong "status $(<"$status_file")"
	[[ -s $tmp/closed.err ]] && wrong_file "not quiet:" "$tmp/closed.err"
	check_schema closed
}

# exec_until COMMAND...: an event, then the command
exec_until() {
	/bin/true event
	"$@"
}

case_full_device() {
	timeout 20 "$execsnoop" -e exec --json -o /dev/full >"$tmp/full.out" 2>"$tmp/full.err" &
	wait_until 10 exec_until gone $!
	reap $! 10
	[[ $status == 1 ]] || wrong "status $status"
	has_reason full 'No space left on device'
}

case_full_disk() {
	mkdir -p "$tmp/disk"
	# shellcheck disable=SC2016  # the inner shell expands them
	unshare -m bash -c '
		mount -t tmpfs -o size=64k none "$2/disk" || exit 77
		exec "$1" -e exec,fork,exit --json -o "$2/disk/trace" 2>"$2/disk.err"' \
		bash "$execsnoop" "$tmp" &
	tracers[disk]=$!
	wait_until 20 test -s "/proc/$!/root$tmp/disk/trace"
	act burst
	wait_until 10 has_line "$tmp/disk.err" 'events are not written: No space left on device' ||
		wrong_file "no word of a full disk:" "$tmp/disk.err"
	# And back: nothing is missing but what is counted.
	cp "/proc/${tracers[disk]}/root$tmp/disk/trace" "$tmp/disk.json"
	: >"/proc/${tracers[disk]}/root$tmp/disk/trace"
	act plain
	wait_until 10 has_line "$tmp/disk.err" 'writing again' || wrong_file "it did not recover:" "$tmp/disk.err"
	exec {disk}<"/proc/${tracers[disk]}/root$tmp/disk/trace"
	kill -INT "${tracers[disk]}"
	tracer_reap disk 1 10
	cat <&"$disk" >>"$tmp/disk.json"
	exec {disk}<&-
	jq -e -n '[inputs] | (last.event.sequence + 1 - length) as $gap
		| [.[] | .execsnoop.lost // empty | select(.reason == "output-full").count] as $lost
		| ($lost | add) == $gap and $gap > 0 and last.execsnoop.totals.lost["output-full"] == $gap' \
		"$tmp/disk.json" >/dev/null || wrong_file "what is missing is not what is told:" "$tmp/disk.err"
}

case_unwritable() {
	local path
	for path in "$tmp" "$tmp/no/such/folder" /proc/version; do
		timeout 10 "$execsnoop" --json -o "$path" >"$tmp/path.out" 2>"$tmp/path.err"
		status=$?
		((status == 1)) || wrong "$path gives status $status"
		has_reason path "$path"
	done
}

# tracer_unread: a tracer of which only the first line is read; the rest waits in the pipe $unread
tracer_unread() {
	rm -f "$tmp/fifo"
	mkfifo "$tmp/fifo"
	exec {unread}<>"$tmp/fifo"
	"$execsnoop" -e exec,fork,exit --json >"$tmp/fifo" {unread}>&- 2>"$tmp/unread.err" &
	tracers[unread]=$!
	IFS= read -r -t 20 -u "$unread" first
}

case_unread_pipe() {
	local start reading written unwritten
	tracer_unread
	act storm
	start=$EPOCHREALTIME
	kill -TERM "${tracers[unread]}" 2>/dev/null
	tracer_reap unread 1
	(($(milliseconds_since "$start") < 10000)) || wrong "it did not end within 10 s"
	has_reason unread '[0-9]+ lines were not written' 3

	exec {reading}<"$tmp/fifo" {unread}>&-
	written=$(wc -l <&"$reading")
	exec {reading}<&-
	unwritten=$(sed -n 's/.* \([0-9]*\) lines were not written.*/\1/p' "$tmp/unread.err")
	((written + unwritten >= $(wc -l <"$tmp/truth.json") - 1)) ||
		wrong "$written lines written and $unwritten not are too few"
}

case_resumed_pipe() {
	local printed lost reader reading
	tracer_unread
	act storm
	exec {reading}<"$tmp/fifo"
	printf '%s\n' "$first" >"$tmp/unread.json"
	cat <&"$reading" {unread}>&- >>"$tmp/unread.json" &
	reader=$!
	exec {unread}>&- {reading}<&-
	tracer_end_resumed "$reader"
	printed=$(execs_of_actor unread)
	lost=$(lost unread)
	((printed + lost >= $(grep -c '"exec"' "$tmp/truth.json"))) ||
		wrong "$printed execs printed and $lost events lost are not all"
	((lost > 0)) || compare unread
	check_totals unread
}

# The reader must be done before its file is looked at
tracer_end_resumed() {
	kill -INT "${tracers[unread]}" 2>/dev/null
	tracer_reap unread 0
	wait_until 10 gone "$1" || wrong "the pipe is still open"
	check_json unread
}

# What it leaves behind

case_nothing_left() {
	local signal
	if ! command -v bpftool >/dev/null; then
		skip "no bpftool"
		return
	fi
	for signal in INT TERM KILL; do
		tracer_start left --json || return
		programs_of "${tracers[left]}" >"$tmp/programs"
		[[ -s $tmp/programs ]] || wrong "the tracer holds no BPF program"
		kill "-$signal" "${tracers[left]}"
		reap "${tracers[left]}" 10
		unset 'tracers[left]'
		wait_until 10 programs_gone ||
			wrong "after SIG$signal: programs $(tr '\n' ' ' <"$tmp/programs")"
	done
	orphans >"$tmp/programs"
	timeout 10 "$execsnoop" -o "$tmp/no/such/folder" 2>/dev/null
	wait_until 10 no_new_orphan || wrong "a start that fails leaves programs behind"
}

# programs_of PID...: the ids of the BPF programs that the processes hold
programs_of() {
	local pid
	for pid; do
		cat "/proc/$pid/fdinfo/"* 2>/dev/null
	done | sed -n 's/^prog_id:[[:space:]]*//p' | sort -u
}

programs_gone() {
	! bpftool prog show | cut -d : -f 1 | sort | comm -12 - "$tmp/programs" | grep -q .
}

# The ids of programs named as ours that no process holds
orphans() {
	local pids
	bpftool prog show | sed -n 's/^\([0-9]*\): .* name on_\(exec\|fork\|exit\) .*/\1/p' |
		sort >"$tmp/named"
	mapfile -t pids < <(cd /proc && printf '%s\n' [0-9]*)
	programs_of "${pids[@]}" | comm -23 "$tmp/named" -
}

no_new_orphan() {
	! orphans | comm -23 - "$tmp/programs" | grep -q .
}

# What its output is like

# jq takes the last of two equal keys without a word: no object may have a key twice
case_json_keys() {
	tracer_start keys -e exec,fork,exit --json || return
	act script
	act signals
	tracer_end keys INT 0
	while IFS= read -r line; do
		printf '%s\n' "$line" | jq -c --stream 'select(length == 2)[0]' | sort | uniq -d
		printf '%s\n' "$line" | jq -c --stream 'select(length == 1)[0][:-1]' | sort | uniq -d
	done < <(head -n 60 "$tmp/keys.json") >"$tmp/json.notes"
	[[ -s $tmp/json.notes ]] && wrong_file "keys that come twice:" "$tmp/json.notes"
}

# A line, given to a shell, is the time, user, pid, ppid, comm, and then argv
case_table() {
	local locale scene
	for locale in C C.UTF-8; do
		for scene in plain empty-args odd-args bad-utf8 each-byte odd-name argc-zero script; do
			LC_ALL=$locale tracer_start table -e exec || return
			act "$scene"
			kill -INT "${tracers[table]}"
			tracer_reap table 0
			check_table "$locale" "$scene"
		done
	done
}

check_table() {
	local unsafe='[^ -~]'
	[[ $1 == C ]] || unsafe='[\p{C}\p{Zl}\p{Zp}]'
	LC_ALL=$1 grep -naP -- "$unsafe" "$tmp/table.json" >"$tmp/json.notes" &&
		wrong_file "$2 ($1): not for a terminal:" <(cat -v "$tmp/json.notes")
	iconv -f UTF-8 -t UTF-8 "$tmp/table.json" >/dev/null || wrong "$2 ($1): not UTF-8"
	sed 1d "$tmp/table.json" | grep -vE '^[0-2][0-9]:[0-5][0-9]:[0-6][0-9]' >"$tmp/json.notes" &&
		wrong_file "$2 ($1): lines that are no event:" "$tmp/json.notes"
	jq -r 'select(.action == "exec") | "\(.pid) \(.args)"' "$tmp/truth.json" >"$tmp/want"
	sed 1d "$tmp/table.json" | table_argvs >"$tmp/got"
	diff "$tmp/want" "$tmp/got" >"$tmp/diff" ||
		wrong_file "$2 ($1): < is argv, > is what a shell makes of the line:" "$tmp/diff"
}

# The argvs of the truth's processes, as a shell reads them
table_argvs() {
	local pid line
	while IFS= read -r line; do
		pid=$(awk '{print $3}' <<<"$line")
		grep -q "\"exec\",\"pid\":$pid," "$tmp/truth.json" && eval "print_argv $line"
	done
}

# print_argv TIME USER PID PPID COMM ARGUMENT...
print_argv() {
	local pid=$3
	shift 5
	printf '%s %s\n' "$pid" "$(printf '%s\0' "$@" | base64 -w 0)"
}

case_table_loss() {
	tracer_start table -e exec,fork,exit --buffer 4096 || return
	kill -STOP "${tracers[table]}"
	act storm
	kill -CONT "${tracers[table]}"
	kill -INT "${tracers[table]}" 2>/dev/null
	tracer_reap table 0
	grep -qE ' LOST [0-9]+ exec ' "$tmp/table.json" || wrong "no word of the loss"
}

case_colour() {
	local escape=$'\033'
	on_terminal TERM=xterm
	grep -qF "$escape" "$tmp/typescript" || wrong "no colour on a terminal"
	on_terminal TERM=xterm NO_COLOR=1
	grep -qF "$escape" "$tmp/typescript" && wrong "colour in spite of NO_COLOR"
	tracer_start table -e exec || return
	act plain
	kill -INT "${tracers[table]}" 2>/dev/null
	tracer_reap table 0
	grep -qF "$escape" "$tmp/table.json" && wrong "colour in a file"
}

# on_terminal VARIABLE=VALUE...: what a run shows there, in $tmp/typescript
on_terminal() {
	local command
	printf -v command '%q ' env "$@" "$execsnoop" -D 1
	timeout 20 script -qec "$command" "$tmp/typescript" </dev/null >/dev/null 2>&1 ||
		wrong "script $* failed"
	grep -q COMMAND "$tmp/typescript" || wrong_file "no table on a terminal:" "$tmp/typescript"
}

# What it says of the host

# doctor NAME [COMMAND...]: what it says, run by the command, in $tmp/NAME.doctor, and its status
doctor() {
	local name=$1 start=$EPOCHREALTIME
	shift
	timeout 20 "$@" "$tmp/bin/execsnoop-c" --doctor --json >"$tmp/$name.doctor" \
		2>"$tmp/$name.err"
	status=$?
	(($(milliseconds_since "$start") < 8000)) || wrong "$name: it took too long"
	[[ -s $tmp/$name.err ]] && wrong_file "$name: it complains:" "$tmp/$name.err"
	[[ $(wc -l <"$tmp/$name.doctor") == 1 ]] || wrong_file "$name: not a line:" "$tmp/$name.doctor"
	jq -e --argjson status "$status" '
		def bad: map(select(.needed and .ok == false)) | length > 0;
		.auto == ([.backends[] | select(.usable).name] + [null])[0]
		and $status == (if .auto then 0 else 1 end)
		and all(.backends[]; .usable != (.checks | bad))
		and all(.backends[].checks[]; .found != "" and (.ok != false or .remedy != ""))
		and (.fields - .missing_fields == .fields)' \
		"$tmp/$name.doctor" >"$tmp/notes.doctor" 2>&1 ||
		wrong_file "$name: status $status, and that does not fit:" "$tmp/$name.doctor"
}

# says NAME BACKEND CHECK OK: what came of a check: true, false or null
says() {
	jq -e --arg backend "$2" --arg check "$3" --argjson ok "$4" '
		any(.backends[] | select(.name == $backend).checks[]; .name == $check and .ok == $ok)
		' "$tmp/$1.doctor" >/dev/null || wrong_file "$1: $3 is not $4:" "$tmp/$1.doctor"
}

doctor_program() {
	mkdir -p "$tmp/bin"
	cp "$execsnoop" "$tmp/bin/execsnoop-c"
}

# As root the backend that it names is the one that traces
case_doctor() {
	doctor_program
	doctor root env
	tracer_start backend --json || return
	tracer_end backend INT 0
	[[ $(jq -r .auto "$tmp/root.doctor") == \
		"$(jq -r 'select(.event.action == "start").execsnoop.backend' "$tmp/backend.json")" ]] ||
		wrong_file "another backend traces than:" "$tmp/root.doctor"
}

case_doctor_hosts() {
	local error
	doctor_program
	doctor nobody setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
		--bounding-set=-all
	says nobody bpf capabilities false
	says nobody connector "others' memory" false
	doctor btf unshare -m sh -c 'mount -t tmpfs none /sys/kernel/btf && exec "$@"' sh
	says btf bpf "BTF of the kernel" false
	for error in 38 1; do
		doctor "bpf$error" "$nobpf" "$error"
		says "bpf$error" bpf "bpf() system call" false
		has_line "$tmp/bpf$error.doctor" seccomp || wrong "no word of seccomp"
	done
	doctor inside unshare -Urpf --mount-proc
	says inside bpf capabilities false
	says inside connector namespaces false
	[[ $status == 1 ]] || wrong "it would trace from inside of a container"
	doctor net unshare -n
	says net connector namespaces false
}

# The fields that it says the connector cannot know are those that bpf has more in a trace
case_doctor_fields() {
	local backend kind scene
	doctor_program
	doctor btf unshare -m sh -c 'mount -t tmpfs none /sys/kernel/btf && exec "$@"' sh
	[[ $(jq -r .auto "$tmp/btf.doctor") == connector ]] || {
		skip "the connector does not work here"
		return
	}
	for backend in bpf connector; do
		tracer_start "$backend" -b "$backend" -e exec,fork,exit --json || return
		: >"$tmp/$backend.family"
		for scene in script thread-exec; do
			act "$scene"
			jq .pid "$tmp/truth.json" >>"$tmp/$backend.family"
		done
		tracer_end "$backend" INT 0
	done
	for kind in exec fork exit; do
		keys bpf "$kind" | comm -23 - <(keys connector "$kind") >"$tmp/want"
		jq -r --arg kind "$kind" '(.missing_fields + .missing_in[$kind])[]' \
			"$tmp/btf.doctor" | sort -u >"$tmp/said"
		comm -23 "$tmp/want" "$tmp/said" >"$tmp/diff"
		[[ -s $tmp/diff ]] && wrong_file "$kind: missing, and not said:" "$tmp/diff"
		keys connector "$kind" | comm -12 - "$tmp/said" >"$tmp/diff"
		[[ -s $tmp/diff ]] && wrong_file "$kind: said to be missing, and there:" "$tmp/diff"
	done
}

# keys NAME KIND: of all the actor's events of that kind
keys() {
	jq -r --arg kind "$2" --slurpfile family "$tmp/$1.family" '
		select(.event.action == $kind and (.process.pid | IN($family[])))
		| paths(type != "object") | map(select(type == "string")) | join(".")' \
		"$tmp/$1.json" | sort -u
}

case_doctor_text() {
	doctor_program
	"$tmp/bin/execsnoop-c" --doctor >"$tmp/doctor.out" 2>"$tmp/doctor.err" ||
		wrong_file "it fails:" "$tmp/doctor.out"
	grep -nP '.{101}|[^ -~]' "$tmp/doctor.out" >"$tmp/json.notes" &&
		wrong_file "lines too long or not plain:" "$tmp/json.notes"
	timeout 20 script -qec "env -u NO_COLOR TERM=xterm $tmp/bin/execsnoop-c --doctor" \
		"$tmp/typescript" </dev/null >/dev/null 2>&1
	grep -qF $'\033' "$tmp/typescript" || wrong "no colour on a terminal"
	timeout 20 script -qec "env NO_COLOR=1 TERM=xterm $tmp/bin/execsnoop-c --doctor" \
		"$tmp/typescript" </dev/null >/dev/null 2>&1
	grep -qF $'\033' "$tmp/typescript" && wrong "colour in spite of NO_COLOR"
	"$tmp/bin/execsnoop-c" --doctor >/dev/full 2>"$tmp/full.err"
	status=$?
	[[ $status == 1 ]] || wrong "status $status with a full disk"
	has_reason full 'No space left on device'
}

# While its report waits for a reader it holds no program, no socket and no child any more
case_doctor_nothing_left() {
	local pid
	doctor_program
	mkfifo "$tmp/report"
	"$tmp/bin/execsnoop-c" --doctor --json -o "$tmp/report" 2>"$tmp/report.err" &
	pid=$!
	tracers[report]=$pid
	# Where open(2) of a pipe sleeps (fs/pipe.c)
	wait_until 10 grep -q wait_for_partner "/proc/$pid/wchan" ||
		wrong "it does not come to its report"
	[[ $(<"/proc/$pid/task/$pid/children") ]] && wrong "it leaves a child"
	find "/proc/$pid/fd" -lname 'anon_inode:*' -o -lname 'socket:*' >"$tmp/held"
	[[ -s $tmp/held ]] && wrong_file "it still holds:" "$tmp/held"
	timeout 10 cat "$tmp/report" >"$tmp/report.doctor"
	tracer_reap report 0 10
	jq -e .auto "$tmp/report.doctor" >/dev/null || wrong_file "no report:" "$tmp/report.doctor"
}
