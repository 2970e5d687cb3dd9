# shellcheck shell=bash disable=SC2154  # run sets here, root, tmp and the programs
# SPDX-License-Identifier: BSD-2-Clause
#
# The live tests of `execsnoop-c bench`: what it refuses, that its figures are there and can be
# wrong, and that nothing of it stays behind. Small runs: what they measure does not matter.

quick=(--rounds 1 --seconds 0.1)

case_bench_usage() {
	local words
	while IFS= read -r words; do
		check_usage "bench $words"
	done <<'LINES'
--nonsense
stray
--rate
--rate x
--rate -1
--rate 1,,2
--rate nan
--rate 0x10
--rate inf
--rounds 0
--rounds 99999999999999999999
--seconds 0
--seconds x
--cpus 0
--backends
--backends auto
--backends bpf,nonsense
--argv 2M
--argv 1K,x
--alive -1
--alive 99999999
--peer nonsense
--peer =x
--base /nonexistent
--html=
--rate 10 -- true
--rate 0.0000000000000001
--argv 0
--argv 5
--argv K
--argv 10.5
--alive 1.5
--rounds 1.5
--cpus 1.5
--base /tmp
--
--with -- stray
-xy
--json=x
LINES
	grep -qF -- '--json=x: this option takes no value' "$tmp/usage.err" ||
		wrong_file "it does not say what is wrong:" "$tmp/usage.err"
	check_usage "bench -xy"
	grep -qF -- '-x is no option' "$tmp/usage.err" ||
		wrong_file "it does not say what is wrong:" "$tmp/usage.err"
}

case_bench_refuses() {
	fallback_program
	timeout 10 "${nobody[@]}" "$fallback" bench >"$tmp/bench.out" 2>"$tmp/bench.err"
	status=$?
	bench_refused root 'root'
	timeout 10 unshare -n "$nobpf" 38 "$execsnoop" bench >"$tmp/bench.out" 2>"$tmp/bench.err"
	status=$?
	bench_refused neither 'no backend' 8
	has_reason bench 'bpf does not work here: .+ \(.+\)$' 8
	has_reason bench 'connector does not work here: .+ \(.+\)$' 8
	# In a network namespace of their own the two meet but each other.
	unshare -n sh -c '
		"$0" bench --backends bpf --seconds 1 --rounds 1 >/dev/null 2>&1 & holder=$!
		i=0
		while [ $((i += 1)) -lt 100 ]; do
			sleep 0.05
			timeout 2 "$0" bench --backends bpf --rounds 9 >"$1.out" 2>"$1.err"
			grep -q another "$1.err" && break
		done
		kill $holder; wait $holder' "$execsnoop" "$tmp/bench"
	has_reason bench 'another one is running' 1
}

# bench_refused WHAT PATTERN [LINES]: it ended with status 1, without a report, and with the reason
bench_refused() {
	((status == 1)) || wrong_file "$1: status $status" "$tmp/bench.err"
	[[ -s $tmp/bench.out ]] && wrong_file "$1: it reports:" "$tmp/bench.out"
	has_reason bench "$2" "${3:-1}"
}

# bench OPTION...: $tmp/bench.out; where another one runs on this machine, after it
bench() {
	local end=$((SECONDS + 60))
	while :; do
		timeout 60 "${below[@]}" "$execsnoop" bench "$@" >"$tmp/bench.out" 2>"$tmp/bench.err"
		status=$?
		grep -q 'another one is running' "$tmp/bench.err" && ((SECONDS < end)) || return 0
		sleep 0.3
	done
}
below=()

# bench_ok OPTION...: the same, and it must succeed, with JSON
bench_ok() {
	bench --json "$@"
	((status == 0)) || wrong_file "bench $*: status $status" "$tmp/bench.err"
	jq . "$tmp/bench.out" >"$tmp/bench.jq" 2>&1 || wrong_file "it is no JSON:" "$tmp/bench.jq"
}

# bench_is TEXT JQ-CONDITION
bench_is() {
	[[ -s $tmp/bench.out ]] || wrong "$1: there is no report"
	jq -e "$2" "$tmp/bench.out" >"$tmp/bench.jq" 2>&1 ||
		wrong "$1: $(jq -c '[.notes, .points[].tracers]' "$tmp/bench.out")"
}

case_bench_figures() {
	bench_ok "${quick[@]}" --rate 200,9999999/s
	bench_is "three rows at two points" \
		'[.points[] | [.tracers[].name]] == [["none", "bpf", "connector"], ["none", "bpf", "connector"]]'
	# Reached on any machine that is not very busy; never passed by much.
	bench_is "the rate of 200 is kept" \
		'.points[0].tracers | all(.rate.median | . > 0 and . < 250)'
	bench_is "ten millions are not, and the rate reached is told" \
		'(.points[1].tracers | all(.rate.median | . > 0 and . < 9999999)) and
		 (.notes | any(test("not reached")))'
	bench_is "each argv is found" \
		'.points | all(.tracers[1:] | all(.complete_percent.median == 100))'
	bench_is "fork, exec and exit of each are delivered" \
		'.points[1].tracers[1:] | all(.events.median >= 3 * 0.1 * .rate.median * 0.9)'
	bench_is "tracers cost something" \
		'.points[1].tracers[1:] | all(.cpu_us.median > 0 and .wakeups_per_s.median > 0)'
	bench_is "three BPF programs run once for each" \
		'.points[1].tracers[1].bpf_programs | length == 3 and
			all(.run_ns > 20 and .runs_per_program > 0.9)'
	bench_is "memory is told" \
		'.points[1].tracers[1] | .pinned_mib.median > 1 and .resident_mib.median > 1'
}

# What is not whole must not count as complete.
case_bench_incomplete() {
	bench_ok "${quick[@]}" --backends bpf --with=--max-argv=10
	bench_is "no argv is whole" '.points[0].tracers[1].complete_percent.median == 0'
	bench_ok "${quick[@]}" --backends bpf --with=--buffer=4K
	bench_is "a small buffer loses" '.points[0].tracers[1] |
		.lost.median > 0 and .complete_percent.median < 100'
}

case_bench_growth() {
	bench_ok "${quick[@]}" --backends bpf --rate 20 --argv 100,20K,1M --alive 300
	bench_is "long argvs are whole" \
		'.points | length == 3 and all(.tracers[1].complete_percent.median == 100)'
	bench_is "the output grows with them" \
		'[.points[].tracers[1].output_bytes.median] | .[1] > 15000 and .[2] > 1000000'
	bench_ok "${quick[@]}" --backends bpf --rate 0
	bench_is "an idle tracer has figures" \
		'.points[0].tracers[1] | .cpu_percent.median >= 0 and .wakeups_per_s.median >= 0'
}

case_bench_command() {
	bench_ok --rounds 1 -- sh -c 'for i in 1 2 3; do /bin/true; done'
	bench_is "the command is timed, its programs are seen" \
		'.points[0].tracers[1] | .wall_s.median > 0 and .slowdown.median > 0 and .events.median >= 9'
	bench --rounds 1 --backends bpf -- sh -c 'exit 3'
	bench_refused exit 'status 3' 4
	bench --rounds 1 -- sh -c 'kill -9 $$'
	bench_refused signal 'signal 9' 4
	bench --rounds 1 -- /nonexistent/command
	bench_refused nowhere '/nonexistent/command: No such file' 4
	bench "${quick[@]}" --with=--nonsense
	bench_refused option 'ended early.*--nonsense' 4
}

# What a command leaves behind would disturb the next run.
case_bench_left() {
	local pid
	bench_start --rounds 1 --backends bpf --json -- sh -c 'sleep 77 & exit 0' || return
	reap "$bench_pid" 60
	[[ $status == 0 ]] || wrong_file "status $status" "$tmp/bench.err"
	bench_left
	for pid in $(pgrep -s "$bench_pid" -x sleep); do kill "$pid"; done
}

# Only one process can be measured: of a pipeline that is the shell.
case_bench_pipeline() {
	bench "${quick[@]}" --rate 50 --backends bpf --peer 'both=sleep 77 | cat'
	bench_failed pipeline '--peer both: it has started other processes'
}

case_bench_missing() {
	below=("$nobpf" 38)
	bench_ok "${quick[@]}"
	below=()
	bench_is "only the connector is measured, and why" \
		'[.points[0].tracers[].name] == ["none", "connector"] and
		 (.notes | any(test("^bpf does not work here: .+ \\(.+\\)$")))'
}

# What is told by the second is of the workload's time, however short that is.
case_bench_by_second() {
	mkfifo "$tmp/ticks"
	bench_ok "${quick[@]}" --rate 100 --backends bpf \
		--peer "ticks=exec bash -c 'exec 3<>$tmp/ticks; while :; do read -t 0.01 -u 3; done'"
	bench_is "it wakes up 100 times a second" \
		'.points[0].tracers[2].wakeups_per_s.median | . > 0 and . <= 120'
}

# All that is to be judged against a base is measured often enough.
case_bench_base() {
	bench_ok --rounds 5 --seconds 0.05 --rate 100 --backends bpf --base "$execsnoop"
	bench_is "the two are compared" '(.base | length > 0) and
		(.points[0].tracers[1:] | all(.bpf_us.runs == 4 and .cpu_us.runs == 5))'
}

# ---- its outputs ----

# What cannot be written is said before anything is measured.
case_bench_unwritable() {
	mkfifo "$tmp/bench.fifo"
	mkdir "$tmp/bench.dir"
	: >"$tmp/bench.file"
	bench "${quick[@]}" --html "$tmp/nowhere/page.html"
	bench_refused page 'cannot write to .*/page.html: No such file'
	bench "${quick[@]}" --html "$tmp/bench.dir"
	bench_refused directory 'cannot write to .*/bench.dir: Is a directory'
	bench "${quick[@]}" --html "$tmp/bench.fifo"
	bench_refused FIFO 'cannot write to .*/bench.fifo: No such device or address'
	bench "${quick[@]}" --plots "$tmp/nowhere"
	bench_refused plots 'cannot write to .*/nowhere: No such file'
	bench "${quick[@]}" --plots "$tmp/bench.file"
	bench_refused "a file for plots" 'cannot write to .*/bench.file: Not a directory'
	# Full it is only later, when the others are written all the same.
	bench "${quick[@]}" --backends bpf --rate 50,500 --html /dev/full --plots "$tmp/bench.dir"
	bench_failed full '/dev/full: No space left'
	[[ -s $tmp/bench.out ]] || wrong "there is no report beside a full disk"
	[[ -s $tmp/bench.dir/slowdown.svg ]] || wrong "there is no plot beside a full disk"
}

# No number of a standard descriptor goes to another file.
case_bench_closed() {
	local name
	bench_closed "${quick[@]}" --backends bpf --json
	bench_failed bench 'cannot write to standard output: Bad file descriptor'
	bench_closed --help
	bench_failed help 'standard output: Bad file descriptor'
	for name in --json --version --doctor; do
		timeout 20 "$execsnoop" "$name" -D 1 <&- >&- 2>"$tmp/bench.err"
		status=$?
		bench_failed "$name" 'standard output: Bad file descriptor'
	done
	# What is said on the way must not get into the file.
	timeout 20 "$execsnoop" -b connector -D 0.5 --json -v -o "$tmp/closed.json" 2>&-
	status=$?
	[[ $status == 0 ]] || wrong "closed, but with a file to write to: status $status"
	jq . "$tmp/closed.json" >"$tmp/bench.jq" 2>&1 || wrong_file "messages are in the output:" "$tmp/bench.jq"
}

bench_closed() {
	timeout 60 "$execsnoop" bench "$@" <&- >&- 2>"$tmp/bench.err"
	status=$?
}

# ---- it is ended in the middle ----

# Late in a run a tracer is killed: what was measured until then is reported.
case_bench_partial() {
	bench_start --rounds 500 --seconds 0.1 --rate 100 --backends bpf --json || return
	wait_until 20 bench_traces || wrong "it starts no tracer"
	sleep 4
	wait_until 20 bench_kill_tracer || wrong "there is no tracer to kill"
	reap "$bench_pid" 30
	bench_failed killed 'the tracer bpf ended early'
	bench_is "what there is is marked" '.partial and (.notes | any(test("^partial: ended by an error"))) and
		.points[0].tracers[1].cpu_us.median > 0'
	bench_left
}

bench_kill_tracer() {
	local pid
	pid=$(pgrep -P "$bench_pid" -f -- '-e exec,fork,exit' | head -n 1)
	[[ $pid ]] && kill -KILL "$pid"
}

case_bench_interrupted() {
	bench_start --rounds 500 --seconds 0.1 --json || return
	wait_until 20 bench_traces || wrong "it starts no tracer"
	kill -INT "$bench_pid"
	reap "$bench_pid" 30
	bench_failed interrupted 'bench: ended by SIGINT; the figures are partial$'
	bench_is "what there is is marked" '.partial and (.notes | any(test("^partial: ")))'
	bench_left
}

# As nohup(1) has it.
case_bench_nohup() {
	signals=(--ignore-signal=HUP)
	bench_start --rounds 2 --seconds 0.1 --backends bpf --json || return
	signals=()
	kill -HUP "$bench_pid"
	reap "$bench_pid" 60
	[[ $status == 0 ]] || wrong_file "after a SIGHUP that is ignored: status $status" "$tmp/bench.err"
	bench_is "it went on" '.partial == false'
}

# While the kernel counts the run time of BPF programs, which is then our own tracer's too.
case_bench_killed() {
	tracer_start watch -b bpf --json || return
	bench_start --rounds 1 --seconds 0.5 --rate 100 --backends bpf --json || return
	wait_until 30 bench_counts || wrong "the run time of BPF programs is never counted"
	kill -KILL "$bench_pid"
	reap "$bench_pid" 10
	bench_left
	bench_counts && wrong "the kernel still counts the run time of BPF programs"
	kill -INT "${tracers[watch]}"
	tracer_reap watch 0
}

# A tracer that becomes somebody else ends with it as well.
case_bench_killed_user() {
	bench_start --rounds 500 --seconds 0.5 --rate 100 --backends bpf --with=--user=nobody --json || return
	wait_until 30 bench_traces_as 65534 || wrong "no tracer of nobody starts"
	kill -KILL "$bench_pid"
	reap "$bench_pid" 10
	bench_left
	pgrep -s "$bench_pid" | xargs -r kill -KILL
}

# bench_traces_as UID
bench_traces_as() {
	pgrep -s "$bench_pid" -u "$1" -f -- '-e exec,fork,exit' >/dev/null
}

# A spawner that is killed, as for want of memory, has measured nothing.
case_bench_spawner() {
	bench_start --rounds 3 --seconds 2 --rate 50 --backends bpf --json || return
	wait_until 20 bench_spawner || wrong "it starts no spawner"
	kill -KILL "$spawner"
	reap "$bench_pid" 30
	bench_failed spawner 'a spawner was killed by signal 9'
	bench_left
}

# bench_failed WHAT PATTERN: it ended with status 1 and said why
bench_failed() {
	[[ $status == 1 ]] || wrong_file "$1: status $status" "$tmp/bench.err"
	grep -qE -- "$2" "$tmp/bench.err" || wrong_file "$1: it does not say why:" "$tmp/bench.err"
}

# A child of the bench that is none of the tracers', into $spawner.
bench_spawner() {
	spawner=$(pgrep -P "$bench_pid" -f ' bench ' | head -n 1)
	[[ $spawner ]]
}
spawner=

# bench_start OPTION...: in a session of its own
bench_start() {
	local try
	for ((try = 0; try < 200; try++)); do
		setsid env --default-signal=INT "${signals[@]}" "$execsnoop" bench "$@" >"$tmp/bench.out" 2>"$tmp/bench.err" &
		bench_pid=$!
		sleep 0.6
		gone "$bench_pid" || return 0
		grep -q 'another one is running' "$tmp/bench.err" || break
	done
	wrong_file "it does not start:" "$tmp/bench.err"
	return 1
}
bench_pid=
signals=()

bench_traces() {
	pgrep -s "$bench_pid" -f -- '-e exec,fork,exit' >/dev/null
}

# Does the run time of the programs of the tracer `watch` grow?
bench_counts() {
	local before
	before=$(bench_run_ns)
	for _ in 1 2 3; do /bin/true; done
	[[ $(bench_run_ns) != "$before" ]]
}

bench_run_ns() {
	cat /proc/"${tracers[watch]}"/fdinfo/* 2>/dev/null | awk '/^run_time_ns:/ { s += $2 } END { print s + 0 }'
}

bench_is_alone() {
	! pgrep -s "$bench_pid" >/dev/null
}

bench_left() {
	wait_until 10 bench_is_alone ||
		wrong "it leaves processes: $(ps -o pid,args -s "$bench_pid" | tail -n +2 | head -n 5)"
}

# ---- the page ----

case_bench_html() {
	local page=$tmp/bench.html dom=$tmp/bench.dom
	bench_ok "${quick[@]}" --rate 50,500 --html "$page" --plots "$tmp" \
		--peer '<script>document.write("bad")</script>=exec sleep 100'
	grep -qE 'https?://' <(sed 's,http://www.w3.org/2000/svg,,g' "$page") &&
		wrong "the page needs other files"
	command -v chromium >/dev/null || {
		skip "chromium is not installed"
		return
	}
	browse "$page"
	# Slowdown and completeness, each with two points of each tracer and its legend.
	[[ $(grep -c '<svg' "$dom") -ge 6 ]] || wrong "it shows $(grep -c '<svg' "$dom") plots"
	bench_plot 'slowdown, x' 12
	bench_plot 'argvs complete, %' 9
	[[ $(grep -c '<table' "$dom") == 2 ]] || wrong "it shows $(grep -c '<table' "$dom") tables"
	grep -q '<script' "$dom" && wrong "the name of a tracer became a script"
	grep -qF '&lt;script&gt;' "$dom" || wrong "the name of a tracer is missing"
	browse "$tmp/slowdown.svg"
	grep -qi parsererror "$dom" && wrong_file "the plot is no SVG:" "$dom"
	[[ $(grep -c '<circle' "$dom") == 12 ]] || wrong_file "the plot is not complete:" "$dom"
}

# browse FILE: what a browser makes of it, in $tmp/bench.dom
browse() {
	timeout 60 chromium --headless --no-sandbox --disable-gpu --user-data-dir="$tmp/chromium" \
		--dump-dom "file://$1" >"$tmp/bench.dom" 2>"$tmp/chromium.err" ||
		wrong_file "the browser fails:" "$tmp/chromium.err"
}

# bench_plot TITLE CIRCLES
bench_plot() {
	local circles
	circles=$(awk -v title="<title>$1</title>" '
		index($0, title) { on = 1 }
		on && /<circle/ { n++ }
		/<\/svg>/ { on = 0 }
		END { print n + 0 }' "$tmp/bench.dom")
	[[ $circles == "$2" ]] || wrong "the plot of $1 has $circles circles, not $2"
}
