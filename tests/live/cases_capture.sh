# shellcheck shell=bash disable=SC2154  # run sets root, tmp and the programs
# SPDX-License-Identifier: BSD-2-Clause
#
# The live tests of captures: what is recorded while tracing and shown later is what was shown.

# act_some TAG N: so many programs with an argument of our own
act_some() {
	local i
	for ((i = 0; i < $2; i++)); do
		/bin/true "$1-$i"
	done
}

# act_bulk: arguments that do not deflate, 600 KB of them
act_bulk() {
	local i
	for ((i = 0; i < 40; i++)); do
		/bin/true "$(head -c 20000 /dev/urandom | base64 -w0)"
	done
}

# recorder_start NAME OPTION...: tracer_start with a capture to $tmp/NAME.xsn
recorder_start() {
	local name=$1
	shift
	tracer_start "$name" --json -w "$tmp/$name.xsn" "$@"
}

# replay STATUS OPTION...: to $tmp/replay.json and replay.err
replay() {
	local want=$1 rc
	shift
	timeout 60 "$execsnoop" --json "$@" >"$tmp/replay.json" 2>"$tmp/replay.err"
	rc=$?
	((rc == want)) || wrong_file "--replay ended with status $rc, not $want:" "$tmp/replay.err"
}

# same NAME: the live output and the replay
same() {
	cmp "$tmp/$1.json" "$tmp/replay.json" >"$tmp/cmp" 2>&1 || wrong_file "not the same:" "$tmp/cmp"
}

# recorded TAG: how many of our execs are in the replay
recorded() {
	grep -c "\"action\":\"exec\".*\"$1-[0-9]*\"" "$tmp/replay.json"
}

case_capture_replays() {
	local backend
	for backend in bpf connector; do
		recorder_start live -b "$backend" -e all || return
		act_some same 200
		act odd-args
		act bad-utf8
		tracer_end live INT 0
		(($(stat -c %a "$tmp/live.xsn") == 640)) || wrong "the capture has another mode than 640"
		replay 0 --replay "$tmp/live.xsn"
		same live
		(($(recorded same) == 200)) || wrong "$(recorded same) of 200 execs in the replay"
		replay 0 --replay - <"$tmp/live.xsn"
		same live
		# Not in one go, and one more reading of what came from a pipe.
		replay 0 --replay - < <(head -c 1000 "$tmp/live.xsn" && sleep 0.3 &&
			tail -c +1001 "$tmp/live.xsn")
		same live
		# What is not to be had when the table is made anew would show here.
		replay 0 --replay "$tmp/live.xsn" -e exit
		grep -q '"action":"exec"' "$tmp/replay.json" && wrong "-e exit shows execs"
		grep '"action":"exit"' "$tmp/live.json" | sed 's/"sequence":[0-9]*//' >"$tmp/a"
		grep '"action":"exit"' "$tmp/replay.json" | sed 's/"sequence":[0-9]*//' >"$tmp/b"
		cmp "$tmp/a" "$tmp/b" >"$tmp/cmp" 2>&1 || wrong_file "other exits:" "$tmp/cmp"
	done
}

# view_same TEXT OPTION...: a replay shows what view.json and the statistics in view.err have
view_same() {
	local text=$1
	shift
	timeout 60 "$execsnoop" "$@" --replay "$tmp/view.xsn" -o "$tmp/replay.json" 2>"$tmp/replay.err" ||
		wrong_file "$text: --replay failed:" "$tmp/replay.err"
	cmp "$tmp/view.json" "$tmp/replay.json" >"$tmp/cmp" 2>&1 ||
		wrong_file "$text: not the same:" "$tmp/cmp"
	grep -v '^execsnoop-c: connector: \|^execsnoop-c: using' "$tmp/view.err" | cmp - "$tmp/replay.err" \
		>"$tmp/cmp" 2>&1 || wrong_file "$text: not the same said:" "$tmp/cmp"
}

# Each view, with filters and statistics; TREE stands for the pid of a shell with a child.
case_capture_views() {
	local backend line options
	for backend in bpf connector; do
		while read -r line; do
			tree_plant burst
			read -ra options <<<"${line//TREE/$tree}"
			rm -f "$tmp"/view.*
			"$execsnoop" -b "$backend" -w "$tmp/view.xsn" "${options[@]}" -o "$tmp/view.json" \
				2>"$tmp/view.err" &
			tracers[view]=$!
			wait_until 20 test -s "$tmp/view.xsn" || wrong_file "$line:" "$tmp/view.err"
			act_some view 20
			tree_act
			kill -INT "${tracers[view]}"
			tracer_reap view 0
			(($(wc -l <"$tmp/view.json") > 1)) || wrong "$backend $line: nothing is shown"
			view_same "$backend $line" "${options[@]}"
		done <<'LINES'
-f table -e all -S
-f tree -e all -T -U
-f lifecycle -S
--json -e all -n ^true$ -S
--json -e all -l view-1 -u 0
--json -e all -p TREE -S
-f tree -e all -p TREE
-f table --columns time,command,parent-command,ancestry,cgroup-path,status -e all -P TREE
-f lifecycle --exit-status 0 -c /
--json -e all --include-self
LINES
	done
}

# Of a copy that was made too early and the whole, in any order, the whole is shown; and it is said.
case_capture_copies() {
	local early=$tmp/early.xsn
	recorder_start live -e all || return
	act_bulk
	tracer_end live INT 0
	head -c 100000 "$tmp/live.xsn" >"$early"
	ln -f "$tmp/live.xsn" "$tmp/link.xsn"
	replay 0 --replay "$early" "$tmp/live.xsn" "$tmp/link.xsn"
	same live
	[[ $(<"$tmp/replay.err") == "execsnoop-c: $early is left out: "*"and longer" ]] ||
		wrong_file "not this one line that tells of it:" "$tmp/replay.err"
}

# A command's tree is what is shown of its capture; -p 1 shows the rest too.
case_capture_command() {
	local backend
	for backend in bpf connector; do
		rm -f "$tmp"/view.*
		"$execsnoop" -b "$backend" -w "$tmp/view.xsn" --json -e all -S -o "$tmp/view.json" -- \
			bash -c '/bin/true command-1; (/bin/true command-2 &); :' 2>"$tmp/view.err" ||
			wrong_file "$backend:" "$tmp/view.err"
		has_line "$tmp/view.json" command-2 || wrong "$backend: the command is not shown"
		view_same "$backend" --json -e all -S
	done
	replay 0 --replay "$tmp/view.xsn" -p 1
	has_line "$tmp/replay.json" command-1 || wrong "-p 1 does not show it"
}

# A replay asks nothing of the processes and cgroups that are there now; a pid that is gone is none.
case_capture_filters_of_then() {
	recorder_start live || return
	bash -c '/bin/true then-1; /bin/true then-2; :' &
	local shell=$!
	reap "$shell" 10
	tracer_end live INT 0
	replay 0 --replay "$tmp/live.xsn" -e exec -p "$shell" -l then-
	[[ $(recorded then) == 2 ]] || wrong "$(recorded then) of 2 execs of a process that is gone"
	replay 0 --replay "$tmp/live.xsn" -c /no/such/cgroup
	[[ $(recorded then) == 0 ]] || wrong "a cgroup that never was has execs"
}

# Two runs in one replay: each has a table, a filter, statistics and numbers of its own.
case_capture_runs() {
	local i
	for i in 1 2; do
		tracer_start "run$i" --json -e all -n '^true$' -S -w "$tmp/run$i.xsn" || return
		act_some "run$i" 5
		tracer_end "run$i" INT 0
	done
	replay 0 -e all -n '^true$' -S --replay "$tmp/run2.xsn" "$tmp/run1.xsn"
	cat "$tmp/run1.json" "$tmp/run2.json" | cmp - "$tmp/replay.json" >"$tmp/cmp" 2>&1 ||
		wrong_file "not the one behind the other:" "$tmp/cmp"
	cat "$tmp/run1.err" "$tmp/run2.err" | cmp - "$tmp/replay.err" >"$tmp/cmp" 2>&1 ||
		wrong_file "other statistics:" "$tmp/cmp"
}

# Only execs are shown, and all is recorded.
case_capture_records_all() {
	recorder_start live || return
	act_some all 50
	tracer_end live INT 0
	replay 0 --replay "$tmp/live.xsn"
	same live
	replay 0 --replay "$tmp/live.xsn" -e all
	(($(recorded all) == 50)) || wrong "$(recorded all) of 50 execs in the replay"
	jq -e -n '[inputs | .event.action] | (map(select(. == "exit")) | length) >= 50 and
		(map(select(. == "fork")) | length) >= 50' "$tmp/replay.json" >/dev/null ||
		wrong "forks and exits were not recorded"
	"$execsnoop" -f table --replay "$tmp/live.xsn" 2>/dev/null | grep -q 'true all-7$' ||
		wrong "the table does not show the command"
}

case_capture_without_root() {
	recorder_start live || return
	act_some nobody 5
	tracer_end live INT 0
	cp "$execsnoop" "$tmp/execsnoop" && chmod 755 "$tmp/execsnoop"
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all \
		"$tmp/execsnoop" --json --replay - <"$tmp/live.xsn" >"$tmp/replay.json" ||
		wrong "nobody cannot replay"
	same live
}

# A kill -9 costs at most the last second, and what is lost is said.
case_capture_kill() {
	recorder_start live -e all || return
	act_some early 100
	sleep 1.2
	act_some late 100
	kill -KILL "${tracers[live]}"
	tracer_reap live 137
	replay 1 --replay "$tmp/live.xsn"
	(($(recorded early) == 100)) || wrong "$(recorded early) of 100 execs of a second ago are left"
	has_line "$tmp/replay.err" 'the run has no end' || wrong_file "no word of it:" "$tmp/replay.err"
	jq -e -n '[inputs] | last | .event.action == "end"' "$tmp/replay.json" >/dev/null ||
		wrong "the replay has no end"
	# And cut somewhere: all before that is shown.
	head -c -20 "$tmp/live.xsn" >"$tmp/cut.xsn"
	replay 1 --replay "$tmp/cut.xsn"
	has_line "$tmp/replay.err" 'at byte' || wrong_file "no offset:" "$tmp/replay.err"
	jq -e -n '[inputs | .execsnoop.lost // empty] | length == 1 and .[0].reason == "capture"' \
		"$tmp/replay.json" >/dev/null || wrong "the loss is not in the output"
}

# disk_image FROM TO: a copy as of one moment, which is in $at_ms: nothing was written meanwhile
disk_image() {
	local try
	for ((try = 0; try < 50; try++)); do
		at_ms=$(date +%s%3N)
		cp "$1" "$2" && cmp -s "$1" "$2" && return
	done
	wrong "the disk was written to all the time"
}

# What has reached the disk is all that a power cut leaves. The disk is a file here, so that its bytes can be
# taken while a program starts each 20 ms and the tracer goes on.
case_capture_power_cut() {
	local i at_ms last_ms writer shown
	truncate -s 16M "$tmp/power"
	mkdir -p "$tmp/at-work" "$tmp/after"
	{ mkfs.ext4 -q "$tmp/power" && mount -o loop "$tmp/power" "$tmp/at-work"; } 2>"$tmp/power.err" || {
		wrong_file "no disk could be made of a file:" "$tmp/power.err"
		return
	}
	tracer_start live --json -w "$tmp/at-work/live.xsn" -e all && {
		for ((i = 0; i < 500; i++)); do
			/bin/true "power-$i"
			sleep 0.02
		done &
		writer=$!
		for i in 1 2 3 4; do
			sleep 1.37
			disk_image "$tmp/power" "$tmp/power.$i"
			echo "$at_ms" >"$tmp/at.$i"
		done
		kill "$writer"
		tracer_end live INT 0
	}
	umount "$tmp/at-work"
	for i in 1 2 3 4; do
		mount -o loop "$tmp/power.$i" "$tmp/after" || wrong "no file system is left"
		replay 1 --replay "$tmp/after/live.xsn"
		umount "$tmp/after"
		at_ms=$(cat "$tmp/at.$i")
		shown=$(recorded power)
		# Whole up to its end, and that is less than a second ago.
		grep '"power-' "$tmp/live.json" | grep '"action":"exec"' | head -n "$shown" >"$tmp/a"
		grep '"power-' "$tmp/replay.json" | grep '"action":"exec"' >"$tmp/b"
		cmp "$tmp/a" "$tmp/b" >"$tmp/cmp" 2>&1 || wrong_file "image $i, not the same:" "$tmp/cmp"
		last_ms=$(date +%s%3N -d "$(tail -n 1 "$tmp/b" | jq -r '.["@timestamp"]')")
		((shown && at_ms - last_ms <= 1000)) ||
			wrong "image $i: $shown programs, and of the last $((at_ms - last_ms)) ms nothing"
	done
}

case_capture_rotates() {
	local n cnt
	rm -f "$tmp"/live.xsn*
	recorder_start live -e all --rotate 64K || return
	act_bulk
	tracer_end live INT 0
	cnt=$(find "$tmp" -name 'live.xsn.*' | wc -l)
	((cnt >= 2)) || wrong "only $cnt files were rotated away"
	while read -r n; do
		((n <= 65536)) || wrong "a file has $n bytes"
	done < <(stat -c %s "$tmp"/live.xsn*)
	replay 0 --replay "$tmp/live.xsn"
	same live
	# In any order, and each once.
	replay 0 --replay "$tmp/live.xsn" "$tmp/live.xsn.2" "$tmp/live.xsn.1"
	same live
	# One that is gone is missed.
	rm "$tmp/live.xsn.2"
	replay 1 --replay "$tmp/live.xsn"
	has_line "$tmp/replay.err" 'events before this are missing' ||
		wrong_file "no word of what is missing:" "$tmp/replay.err"
	# A new run does not write over the old one, and removes the oldest.
	recorder_start live --rotate 1h --keep 2 -D 0.5 || return
	tracer_reap live 0
	recorder_start live --rotate 1s --keep 1 -D 2.5 || return
	for n in 1 2 3 4 5 6; do
		sleep 0.3
		act_some keep 1
	done
	tracer_reap live 0
	cnt=$(find "$tmp" -name 'live.xsn.*' | wc -l)
	((cnt == 1)) || wrong "$cnt files are kept, not 1"
	replay 0 --replay "$tmp/live.xsn"
	has_line "$tmp/replay.err" 'are not in these files' ||
		wrong_file "no word of the files removed:" "$tmp/replay.err"
}

# replay_follow FILE: in the background, as the process $follower
replay_follow() {
	timeout 60 "$execsnoop" --json --follow --replay "$1" >"$tmp/replay.json" 2>"$tmp/replay.err" &
	follower=$!
}

# follower_end STATUS [SIGNAL]
follower_end() {
	[[ ${2-} ]] && kill "-$2" "$follower"
	reap "$follower" 10
	[[ $status == "$1" ]] || wrong_file "the replay ended with status $status, not $1:" "$tmp/replay.err"
}

# A pipe that somebody puts among the files of a run is not waited for; one that is named is read.
case_capture_pipes() {
	local follower
	rm -f "$tmp"/live.xsn*
	recorder_start live -e all --rotate 64K || return
	act_bulk
	tracer_end live INT 0
	mkfifo "$tmp/live.xsn.99" "$tmp/cut.xsn.1" "$tmp/piped"
	replay 0 --replay "$tmp/live.xsn"
	same live
	head -c -20 "$tmp/live.xsn" >"$tmp/cut.xsn"
	replay_follow "$tmp/cut.xsn"
	wait_until 5 test -s "$tmp/replay.json" || wrong_file "it shows nothing:" "$tmp/replay.err"
	sleep 0.3 # by then it looked for the next file
	follower_end 0 INT
	cat "$tmp/live.xsn" >"$tmp/piped" &
	replay 0 --replay "$tmp/piped"
	has_line "$tmp/replay.json" '"action":"exec"' || wrong "of a pipe it shows nothing"
	# And one that has ended without the run's end does not go on.
	replay 1 --follow --replay - < <(cat "$tmp/cut.xsn")
	has_line "$tmp/replay.err" 'the run has no end' || wrong_file "no word of it:" "$tmp/replay.err"
}

# le BYTES NUMBER: little-endian
le() {
	local i
	for ((i = 0; i < $1; i++)); do
		# shellcheck disable=SC2059 # that is the format
		printf "\\x$(printf %x $(($2 >> 8 * i & 255)))"
	done
}

# crc FILE: as 4 bytes; gzip ends with it
crc() {
	gzip -c "$1" | tail -c 8 | head -c 4
}

# block CNT FILE: an events block with so many events, deflated
block() {
	local raw
	raw=$(stat -c %s "$2")
	gzip -9nc "$2" | tail -c +11 | head -c -8 >"$tmp/stored"
	{
		printf 'XSBK\2\1\0\0'
		le 4 "$(stat -c %s "$tmp/stored")"
		le 4 "$raw"
		le 4 "$1"
		le 8 0
		crc "$tmp/stored"
		le 4 0
	} >"$tmp/head"
	cat "$tmp/head" && crc "$tmp/head" && cat "$tmp/stored"
}

# 20 KB that tell five million events, each with a name of 1000 bytes, do not make it deaf.
case_capture_interrupted() {
	local follower began n=5000000
	recorder_start live -D 0.1 && tracer_reap live 0
	{
		# A form: an exec with the fields 1, 2 and 19; the name once, then two bytes for each event.
		printf '\16\0\0\4exec\3\1\1\2\1\23\2\355\7\1\4\0\350\7' && head -c 1000 /dev/zero | tr '\0' a
		yes ab | head -c $((3 * n)) | tr 'ab\n' '\2\1\0'
	} >"$tmp/raw"
	{
		head -c $((64 + $(od -An -tu4 -j32 -N4 "$tmp/live.xsn"))) "$tmp/live.xsn"
		block $((n + 1)) "$tmp/raw"
	} >"$tmp/bomb.xsn"
	rm -f "$tmp/replay.json"
	timeout 60 "$execsnoop" --json --replay "$tmp/bomb.xsn" 2>"$tmp/replay.err" \
		> >(head -c 10000 >"$tmp/replay.json" && cat >/dev/null) &
	follower=$!
	wait_until 10 has_line "$tmp/replay.json" aaa || wrong_file "it shows nothing:" "$tmp/replay.err"
	began=$EPOCHREALTIME
	follower_end 0 INT
	(($(milliseconds_since "$began") < 2000)) || wrong "it took $(milliseconds_since "$began") ms"
}

case_capture_disk_full() {
	local disk=$tmp/capture-disk
	mkdir "$disk" && mount -t tmpfs -o size=8m none "$disk" || {
		skip "no tmpfs can be mounted"
		return
	}
	head -c 8000K /dev/zero >"$disk/filler"
	tracer_start live --json -e all -w "$disk/live.xsn" || return
	act_bulk
	if ! wait_until 20 has_line "$tmp/live.err" 'No space left'; then
		wrong_file "no word of a full disk:" "$tmp/live.err"
	fi
	rm "$disk/filler"
	act_some room 200
	sleep 1
	has_line "$tmp/live.err" 'recording again' || wrong_file "it did not recover:" "$tmp/live.err"
	tracer_end live INT 1
	replay 1 --replay "$disk/live.xsn"
	(($(recorded room) == 200)) || wrong "$(recorded room) of 200 execs after there was room"
	has_line "$tmp/replay.err" 'are missing' || wrong_file "no count:" "$tmp/replay.err"
}

# A reader of the capture that does not read: signs of life go on, and -D is the end.
case_capture_unread() {
	local pipe=$tmp/unread.pipe before
	service_manager "$tmp/notify"
	mkfifo "$pipe"
	sleep 60 <"$pipe" &
	tracers[reader]=$!
	NOTIFY_SOCKET=$tmp/notify WATCHDOG_USEC=2500000 "$execsnoop" -w "$pipe" -o /dev/null \
		--metrics "$tmp/unread.prom" --metrics-interval 1 -D 7 2>"$tmp/unread.err" &
	tracers[unread]=$!
	wait_until 10 service_heard WATCHDOG=1 || wrong_file "no sign of life:" "$tmp/unread.err"
	act_bulk
	sleep 1
	before=$(signs)
	rm -f "$tmp/unread.prom"
	sleep 2.5
	(($(signs) >= before + 1)) || wrong "it waits for the reader, and gives no sign of life"
	[[ -s $tmp/unread.prom ]] || wrong "it waits for the reader, and writes no metrics"
	tracer_reap unread 1 20
	has_line "$tmp/unread.err" 'events are not recorded' || wrong_file "no word:" "$tmp/unread.err"
	kill "${tracers[reader]}"
	tracer_reap reader 143
	service_manager_end
	rm "$pipe"
}

case_capture_follow() {
	local follower
	rm -f "$tmp"/live.xsn*
	recorder_start live -e all --rotate 64K || return
	wait_until 10 test -s "$tmp/live.xsn"
	replay_follow "$tmp/live.xsn"
	act_bulk
	act_some follow 50
	wait_until 5 grep -q 'follow-49' "$tmp/replay.json" ||
		wrong_file "what is recorded does not come:" "$tmp/replay.err"
	tracer_end live INT 0
	follower_end 0
	same live
}

# A file that is emptied is read from its start, for the run of a recorder that was started again.
case_capture_emptied() {
	local follower
	rm -f "$tmp/replay.json"
	recorder_start first || return
	act_bulk
	tracer_end first INT 0
	recorder_start second || return
	act_some second 5
	tracer_end second INT 0
	head -c -20 "$tmp/first.xsn" >"$tmp/emptied.xsn"
	replay_follow "$tmp/emptied.xsn"
	wait_until 5 test -s "$tmp/replay.json" || wrong_file "it shows nothing:" "$tmp/replay.err"
	sleep 0.3
	cat "$tmp/second.xsn" >"$tmp/emptied.xsn"
	follower_end 1
	(($(recorded second) == 5)) || wrong_file "$(recorded second) of 5 execs:" "$tmp/replay.err"
	has_line "$tmp/replay.err" 'was emptied' || wrong_file "no word of it:" "$tmp/replay.err"
}

# What is rotated away between the look at the files and the reading of them is found under its new name.
case_capture_moved() {
	local follower
	rm -f "$tmp"/live.xsn* "$tmp"/replay.*
	recorder_start live -e all --rotate 64K || return
	act_bulk
	tracer_end live INT 0
	mkfifo "$tmp/replay.fifo"
	timeout 60 "$execsnoop" --json --replay "$tmp/live.xsn" >"$tmp/replay.fifo" 2>"$tmp/replay.err" &
	follower=$!
	# It has looked at all files, and waits for room in the pipe.
	exec {follower_out}<"$tmp/replay.fifo"
	head -c 1 <&"$follower_out" >"$tmp/replay.json"
	mv "$tmp/live.xsn" "$tmp/live.xsn.1000"
	cp "$tmp/live.xsn.1" "$tmp/live.xsn"
	cat <&"$follower_out" >>"$tmp/replay.json"
	exec {follower_out}<&-
	follower_end 0
	same live
}

case_capture_since_until() {
	local from to
	recorder_start live || return
	act_some one 3
	sleep 0.3
	from=$(date -u +%FT%T.%NZ)
	act_some two 3
	sleep 0.3
	to=$(date '+%F %T.%N')
	act_some three 3
	tracer_end live INT 0
	replay 0 --replay "$tmp/live.xsn" --since "$from" --until "$to"
	[[ $(recorded one) == 0 && $(recorded two) == 3 && $(recorded three) == 0 ]] ||
		wrong "$(recorded one), $(recorded two) and $(recorded three) execs, not 0, 3 and 0"
}

# usage_error OPTION...: exit status 2 and one line
usage_error() {
	timeout 10 "$execsnoop" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	local rc=$?
	[[ $rc == 2 && $(wc -l <"$tmp/err") == 1 && ! -s $tmp/out ]] ||
		wrong_file "status $rc for $*:" "$tmp/err"
}

case_capture_usage() {
	usage_error --replay x -b bpf
	usage_error --replay x -w y
	usage_error --replay x --context
	usage_error --replay x --env all
	usage_error --replay x --max-argv 5
	usage_error --replay x -- true
	usage_error --replay x y -e all
	usage_error -w - -o y -- true
	usage_error --replay x --replay y
	usage_error --replay x --since yesterdayish
	usage_error --replay x --until 2026-02-30
	usage_error --replay x --since 23:00 --until 22:00
	usage_error --replay ''
	usage_error --since 23:00
	usage_error --follow
	usage_error -w x --rotate 5
	usage_error -w x --rotate 5x
	usage_error -w x --keep 2
	usage_error --rotate 1M
	usage_error -w -
	usage_error -w "$tmp/same" -o "$tmp/same"
	: >"$tmp/empty.xsn"
	replay 1 --replay "$tmp/empty.xsn"
	has_line "$tmp/replay.err" 'at byte 0: the file is empty' ||
		wrong_file "no word of an empty file:" "$tmp/replay.err"
	replay 1 --replay "$tmp/none.xsn"
	replay 1 --replay "$tmp"
	recorder_start live -e exec -D 0.1 && tracer_reap live 0
	replay 1 --replay "$tmp/live.xsn" --exit-status nonzero
	has_line "$tmp/replay.err" 'is about exits' || wrong_file "no word of exits:" "$tmp/replay.err"
	replay 0 --replay "$tmp/live.xsn" --exit-status nonzero -e exit
}
