# shellcheck shell=bash disable=SC2154  # run sets here, root, tmp and the programs
# SPDX-License-Identifier: BSD-2-Clause
#
# The live tests of the filters, each on both backends.

backends=(bpf connector)

case_filter_usage() {
	local words
	while IFS= read -r words; do
		check_usage "$words"
	done <<'LINES'
-p
-p 0
-p x
-p 4194303
-P -1
-u
-u no-such-user
-n a(b
-l [
-c nowhere
-c /no/such/cgroup
--container
--container nothex
--exit-status nonzero
--exit-status 256 -e exit
--exit-status often -e exit
--min-duration 1 -e exec
--min-duration 0 -e exit
LINES
	timeout 10 "$execsnoop" -n 'x(y' 2>"$tmp/usage.err"
	has_line "$tmp/usage.err" "at '(y'" || wrong_file "it does not say where:" "$tmp/usage.err"
	sleep 30 &
	timeout 10 "$execsnoop" -p "$(tid_of_thread)" 2>"$tmp/usage.err"
	has_line "$tmp/usage.err" "that is a thread" || wrong_file "of a thread:" "$tmp/usage.err"
	kill $!
	reap $! 10
}

# tid_of_thread: some thread that is not the first of its process
tid_of_thread() {
	local thread
	for thread in /proc/[0-9]*/task/[0-9]*; do
		[[ ${thread%/task/*} == "/proc/${thread##*/}" ]] && continue
		echo "${thread##*/}"
		return
	done
}

# The tree: a process, its child that was there already, and what the actor does below it

case_filter_pid() {
	local backend scene
	for backend in "${backends[@]}"; do
		for scene in orphan subreaper threads-exit burst; do
			tree_plant "$scene"
			tracer_start tree -v -b "$backend" -e exec,fork,exit --json -p "$tree" || return
			tree_act
			tracer_end tree INT 0
			compare tree
			tree_check "$backend $scene"
		done
	done
}

# tree_plant SCENE: sets tree, the pid of a shell whose child's child waits to act
tree_plant() {
	rm -f "$tmp/go"
	mkfifo "$tmp/go"
	# shellcheck disable=SC2016  # the inner shells' words
	TMPDIR=$tmp bash -c 'bash -c "read -r < \"\$1/go\"; \"\$2\" \"\$3\" >\"\$1/truth.json\"; :" \
		- "$@"; :' - "$tmp" "$actor" "$1" &
	tree=$!
	wait_until 10 tree_waits || wrong "the tree does not grow"
}

tree_waits() {
	pgrep -P "$tree" >"$tmp/child"
}

# tree_act: inside, and others outside
tree_act() {
	local i
	for i in {1..20}; do
		/bin/true "outside-$i"
	done
	echo >"$tmp/go"
	reap "$tree" 60
	/bin/true outside-21
}

# tree_check TEXT: it was all there and nothing else; the kernel did it, if it can
tree_check() {
	local text=$1 filtered
	jq -nr --argjson tree "$tree" --argjson child "$(<"$tmp/child")" '
		foreach (inputs | select(.process.pid)) as $e
			({tree: {"\($tree)": true, "\($child)": true}};
			.e = $e | .tree["\($e.process.pid)"] = (.tree["\($e.process.pid)"]
				// .tree["\($e.process.parent.pid)"]);
			select(.tree["\(.e.process.pid)"] | not).e
			| "\(.event.action) \(.process.pid) \(.process.args)")' "$tmp/tree.json" >"$tmp/json.notes" 2>&1
	[[ -s $tmp/json.notes ]] && wrong_file "$text: not of the tree:" "$tmp/json.notes"
	has_line "$tmp/tree.json" outside- && wrong "$text: it shows others"
	filtered=$(tail -n 1 "$tmp/tree.json" | jq .execsnoop.totals.filtered)
	((filtered >= 63)) || wrong "$text: $filtered events left out, of 63 at least"
	[[ $text == bpf* ]] && ! has_line "$tmp/tree.err" 'the kernel follows the tree' &&
		wrong "$text: the kernel does not follow"
}

# A tree that grows and sheds orphans while the tracer starts, beside a tracer that sees all: of what
# was made after the start nothing is missing, and nothing is there that is not of it.
case_filter_pid_growing() {
	local backend grower
	for backend in "${backends[@]}"; do
		tracer_start reference -b bpf -e exec,fork,exit --json --buffer 64M || return
		sleep 0.2
		# shellcheck disable=SC2016  # the inner shell's words
		bash -c 'trap "exit 0" TERM; while :; do ( (/bin/true inside &) ; exit 3); done' &
		grower=$!
		sleep 0.3
		tracer_start tree -v -b "$backend" -e exec,fork,exit --json -p "$grower" || return
		for _ in {1..40}; do /bin/true outside; done
		sleep 0.5
		kill -TERM "$grower"
		reap "$grower" 10
		sleep 0.3
		tracer_end tree INT 0
		kill -INT "${tracers[reference]}" && tracer_reap reference 0
		[[ $(lost reference) == 0 ]] || {
			skip "the reference lost events"
			return
		}
		grown reference "$grower" all >"$tmp/want"
		grown tree "$grower" any >"$tmp/got"
		[[ $(wc -l <"$tmp/want") -gt 100 ]] || wrong "$backend: the tree did not grow"
		cmp -s "$tmp/want" "$tmp/got" || {
			diff "$tmp/want" "$tmp/got" >"$tmp/diff"
			wrong_file "$backend: < is the whole, > the filtered:" "$tmp/diff"
		}
	done
}

# grown NAME PID WHICH: what happened to processes that were made after the start of tree.json; of
# all: those of the tree of PID, or any
grown() {
	jq -nr --argjson root "$2" --arg which "$3" --slurpfile tree <(head -n 1 "$tmp/tree.json") '
		$tree[0]["@timestamp"] as $start
		| foreach (inputs | select(.process.pid)) as $e ({tree: {"\($root)": true}, new: {}};
			.e = $e | "\($e.process.pid)" as $pid
			| if $e.event.action == "fork" and $e.process.pid != $root then
				.tree[$pid] = .tree["\($e.process.parent.pid)"]
				| .new[$pid] = ($e["@timestamp"] > $start)
			  else . end;
			select(.new["\(.e.process.pid)"])
			| select($which == "any" or .tree["\(.e.process.pid)"]).e
			| "\(.event.action) \(.process.pid) \(.process.exit_code)")' "$tmp/$1.json" | sort
}

# What the first process of a pid namespace adopts is not of its tree: the same on each way that decides it

case_filter_pid_adopted() {
	local way options adopter
	for way in bpf 'bpf recorded' connector; do
		options=(-b "${way%% *}")
		[[ $way == *recorded ]] && options+=(-w "$tmp/adopted.xsn")
		rm -f "$tmp/go"
		mkfifo "$tmp/go"
		# shellcheck disable=SC2016  # the inner shell's words
		unshare -pf --kill-child bash -c 'read -r <"$0"; /bin/true inside; exit 0' "$tmp/go" &
		tree=$!
		wait_until 10 adopter_of "$tree" || {
			skip "no pid namespace can be made"
			return
		}
		adopter=$(<"$tmp/adopter")
		tracer_start adopted "${options[@]}" -e exec,fork,exit --json -p "$adopter" || return
		nsenter -t "$adopter" -p sh -c '(sleep 0.3; exec sh -c "exit 5" orphan) &'
		sleep 0.6
		echo >"$tmp/go"
		reap "$tree" 10
		tracer_end adopted INT 0
		adopted_check "$way" adopted
		[[ $way == *recorded ]] || continue
		"$execsnoop" --replay "$tmp/adopted.xsn" -e exec,fork,exit --json -p "$adopter" \
			>"$tmp/replayed.json" 2>&1
		adopted_check "$way, replayed" replayed
	done
}

# adopter_of PID: its child, to $tmp/adopter
adopter_of() {
	pgrep -P "$1" >"$tmp/adopter"
}

# adopted_check TEXT NAME
adopted_check() {
	has_line "$tmp/$2.json" '"inside"' || wrong "$1: the tree is not shown"
	has_line "$tmp/$2.json" '"orphan"' && wrong "$1: an exec of another"
	has_line "$tmp/$2.json" '"exit_code":5' && wrong "$1: an exit of another"
}

case_filter_ppid() {
	local backend
	for backend in "${backends[@]}"; do
		rm -f "$tmp/go"
		mkfifo "$tmp/go"
		# shellcheck disable=SC2016  # the inner shell's words
		TMPDIR=$tmp bash -c 'read -r < "$1/go"; exec "$2" grandchild >"$1/truth.json"' \
			- "$tmp" "$actor" &
		tree=$!
		tracer_start children -b "$backend" -e exec,fork --json -P "$tree" || return
		echo >"$tmp/go"
		reap "$tree" 60
		tracer_end children INT 0
		truth_where ".ppid == $tree"
		compare children
	done
}

# truth_where CONDITION: of the truth, the actor and what meets the condition
truth_where() {
	jq -c "select(.action == \"actor\" or ($1))" "$tmp/truth.json" >"$tmp/truth.less"
	mv "$tmp/truth.less" "$tmp/truth.json"
	[[ $(wc -l <"$tmp/truth.json") -gt 1 ]] || wrong "nothing meets $1"
}

case_filter_uid() {
	local backend events
	for backend in "${backends[@]}"; do
		# With exits the process table needs all execs, and the kernel leaves out nothing.
		for events in exec exec,exit; do
			tracer_start user -b "$backend" -e "$events" --json -u 65534 || return
			act uid-change
			act_more plain
			tracer_end user INT 0
			jq -e '.process.pid and .process.user.id != "65534" and
				.process.real_user.id != "65534"' "$tmp/user.json" |
				grep -q true && wrong "$backend: it shows other users"
			truth_where '.action == "exec" and .uid == 65534'
			jq -c 'select(.event.action != "exit")' "$tmp/user.json" >"$tmp/execs.json"
			compare execs 0 "$([[ $backend == connector ]] && echo " nspid interpreter")"
			tail -n 1 "$tmp/user.json" | jq -e '.execsnoop.totals.filtered > 0' \
				>/dev/null || wrong "$backend: nothing was left out"
		done
	done
	tracer_start user -e exec --json -u root || return
	act plain
	tracer_end user INT 0
	truth_where '.action == "exec"'
	compare user
}

# act_more SCENE: whose truth is of no interest
act_more() {
	TMPDIR=$tmp timeout 120 "$actor" "$1" >/dev/null 2>"$tmp/actor.err" ||
		wrong_file "the actor failed:" "$tmp/actor.err"
}

# What a program is called, and how it ends

# Four programs, of which the test knows all
filter_act() {
	cp /bin/sh "$tmp/needle"
	cp /bin/sh "$tmp/hay"
	"$tmp/needle" -c 'exit 0' first
	"$tmp/needle" -c 'exit 3' second
	# shellcheck disable=SC2016  # its own words
	{ "$tmp/hay" -c 'kill -9 $$' third; } 2>/dev/null
	"$tmp/hay" -c 'sleep 0.6; :' fourth
}

# filter_seen NAME: what is shown of these: event, program, and how it ended
filter_seen() {
	jq -r --arg dir "$tmp/" 'select(.execsnoop.filename // "" | startswith($dir))
		| [.event.action, .execsnoop.filename[($dir | length):],
		   .process.exit_code // .execsnoop.exit_signal // empty] | join(" ")' "$tmp/$1.json"
}

# filter_case EXPECTED OPTION...: on both backends
filter_case() {
	local expected=$1 backend seen
	shift
	for backend in "${backends[@]}"; do
		tracer_start filter -b "$backend" --json "$@" || return
		filter_act
		tracer_end filter INT 0
		seen=$(filter_seen filter | paste -sd ,)
		[[ $seen == "$expected" ]] || wrong "$backend $*: '$seen', not '$expected'"
	done
}

case_filter_name() {
	filter_case 'exec needle,exit needle 0,exec needle,exit needle 3' -e exec,exit -n '^needle$'
	filter_case 'exec hay,exec hay' -n '^h.y$'
	filter_case 'exit hay 9,exit hay 0' -e exit -n '^hay'
}

case_filter_line() {
	filter_case 'exec hay,exit hay 9' -e exec,exit -l 'hay -c .* thi?rd$'
	filter_case 'exec needle' -l 'exit 3 second$'
	filter_case 'exit needle 3' -e exit -l 'exit 3 second$'
}

case_filter_status() {
	filter_case 'exit needle 3' -e exec,exit --exit-status 3
	filter_case 'exit needle 3,exit hay 9' -e exec,exit --exit-status nonzero
	filter_case 'exit hay 9' -e exec,exit --exit-status signal
	filter_case 'exit needle 0' -e exit --exit-status 0 -n needle
}

case_filter_duration() {
	filter_case 'exit hay 0' -e exec,exit --min-duration 0.5
}

# Where it runs: a new cgroup whose path is longer than any other, and names a container

case_filter_cgroup() {
	local point id seen backend box child
	id=$(printf '%064d' $$)
	for point in /sys/fs/cgroup/unified /sys/fs/cgroup/freezer /sys/fs/cgroup; do
		box=$point/execsnoop-test-$id
		mountpoint -q "$point" && [[ -e $point/cgroup.procs ]] && box_make "$box" && box_make "$box/below" && break
		box=
	done
	[[ $box ]] || {
		skip "no cgroup can be made"
		return
	}
	for backend in "${backends[@]}"; do
		for seen in "-c /execsnoop-test-$id" "-c /execsnoop-test-$id/below/" \
			"--container ${id%?????}" "--container $id"; do
			# shellcheck disable=SC2086  # two words
			tracer_start cgroup -b "$backend" --json -e exec,exit $seen || return
			(
				echo "$BASHPID" >"$box/below/cgroup.procs"
				sh -c 'sleep 0.2; exit 5' inside # with the connector it is looked up late
			)
			sh -c 'exit 6' outside
			tracer_end cgroup INT 0
			has_line "$tmp/cgroup.json" '"inside"' || wrong "$backend $seen: no exec"
			has_line "$tmp/cgroup.json" '"exit_code":5' || wrong "$backend $seen: no exit"
			has_line "$tmp/cgroup.json" '"outside"' && wrong "$backend $seen: outside"
			has_line "$tmp/cgroup.json" '"exit_code":6' && wrong "$backend $seen: an exit"
		done
	done
}

# Out of it again: to the root, and to one that is gone before its path is looked up

# filter_leave BOX ROOT SHORT: what the tracer is to see
filter_leave() {
	# shellcheck disable=SC2016  # the inner shells' words
	sh -c 'echo 0 >"$0/cgroup.procs"; exec sh -c "$3" "$@"' "$@" '
		/bin/true inside
		(mkdir "$1"; echo 0 >"$1/cgroup.procs"; exec sh -c "exit 5" short)
		rmdir "$1"
		echo 0 >"$0/cgroup.procs"
		exit 6'
	[[ ! -e $3 ]] || wait_until 10 rmdir "$3" 2>/dev/null
}

case_filter_cgroup_left() {
	local point box option replayed
	for point in /sys/fs/cgroup/unified /sys/fs/cgroup; do
		box=$point/execsnoop-left-$(printf '%064d' $$)
		mkdir -p "$box" 2>/dev/null && [[ -e $box/cgroup.procs ]] && break
		box=
	done
	[[ $box ]] || {
		skip "no cgroup of version 2 can be made"
		return
	}
	for option in "-c /${box##*/}" "--container ${box##*-}"; do
		# shellcheck disable=SC2086  # two words
		tracer_start left -b bpf --json -e exec,exit --latency 300 -w "$tmp/left.xsn" \
			$option || break
		filter_leave "$box" "$point" "$point/execsnoop-short-$$"
		tracer_end left INT 0
		# shellcheck disable=SC2086  # two words
		"$execsnoop" --replay "$tmp/left.xsn" --json -e exec,exit $option >"$tmp/replayed.json" 2>&1
		for replayed in left replayed; do
			has_line "$tmp/$replayed.json" '"inside"' || wrong "$option: no exec"
			has_line "$tmp/$replayed.json" '"exit_code":0' || wrong "$option: no exit"
			has_line "$tmp/$replayed.json" '"short"' && wrong "$option: an exec of another"
			has_line "$tmp/$replayed.json" '"exit_code":5' && wrong "$option: an exit of another"
			has_line "$tmp/$replayed.json" '"exit_code":6' && wrong "$option: an exit of the root"
		done
	done
	wait_until 10 rmdir "$box" 2>/dev/null
}

# The root of the unified hierarchy has a path where that is the only one, and this tracer is told so

case_filter_cgroup_root() {
	if ! grep -q ' - cgroup2 ' /proc/self/mountinfo || ! grep -qx '0::/' /proc/self/cgroup; then
		skip "not at the root of a hierarchy of version 2"
		return
	fi
	echo 0::/ >"$tmp/cgroup"
	rm -f "$tmp/root.json"
	# shellcheck disable=SC2016  # the inner shell's words
	unshare -m bash -c 'mount --bind "$1/cgroup" "/proc/$$/cgroup" && exec "$2" -b bpf --json \
		-e exec,fork,exit -c / -o "$1/root.json"' - "$tmp" "$execsnoop" 2>"$tmp/root.err" &
	tracer_ready root $! || return
	act grandchild
	tracer_end root INT 0
	compare root
	jq -nr --slurpfile truth "$tmp/truth.json" '($truth | map(.pid)) as $pids | inputs
		| select(.process.pid as $pid | $pids | index($pid)) | .execsnoop.cgroup' \
		"$tmp/root.json" | grep -vxF / >"$tmp/json.notes" &&
		wrong_file "not at the root:" "$tmp/json.notes"
}

# A child of the tracer, from before it was the tracer

case_filter_self() {
	local backend option
	for backend in "${backends[@]}"; do
		for option in '' --include-self; do
			rm -f "$tmp/self.json"
			cp /bin/true "$tmp/needle"
			# shellcheck disable=SC2016,SC2086  # the inner shell's words; none or one
			bash -c '(sleep 1; exec "$1/needle") & exec "$2" "${@:3}" -o "$1/self.json"' - \
				"$tmp" "$execsnoop" -b "$backend" --json -D 2 $option 2>"$tmp/self.err" &
			tracer_ready self $!
			tracer_reap self 0
			has_line "$tmp/self.json" "$tmp/needle"
			[[ $? == "$([[ $option ]] && echo 0 || echo 1)" ]] ||
				wrong "$backend: a child is shown with '$option', or not without"
		done
	done
}

# In a nested pid namespace the tracer knows neither its own pid nor others: as the first process there it has
# the number of the host's init, whose orphans must be shown, and nothing told of them that /proc there says.
case_filter_nested() {
	local -a nested=(unshare -pf --kill-child --mount-proc)
	if ! "${nested[@]}" true 2>/dev/null; then
		skip "no pid namespace can be made here"
		return
	fi
	nested_refuses -p 1
	nested_refuses -P 1
	rm -f "$tmp/nested.json"
	"${nested[@]}" "$execsnoop" -b bpf -e exec,fork,exit --json --ancestry -w "$tmp/nested.xsn" \
		-o "$tmp/nested.json" -D 2 2>"$tmp/nested.err" &
	tracer_ready nested $! || return
	# shellcheck disable=SC2016  # the inner shell's words
	(bash -c 'sleep 0.3; exec bash -c "/bin/true nested-1; /bin/true nested-2; :" nested-0' &)
	tracer_reap nested 0
	check_json nested
	jq -c 'select(.event.action == "exec" and (.process.args | length > 1) and
			(.process.args[-1] | test("^nested-[012]$"))) | [.process, .execsnoop.ancestry]' \
		"$tmp/nested.json" >"$tmp/got"
	(($(wc -l <"$tmp/got") == 3)) || wrong_file "not 3 execs of an orphan, but:" "$tmp/got"
	has_line "$tmp/got" execsnoop-c && wrong_file "whose child is it said to be?" "$tmp/got"
	"$execsnoop" --replay "$tmp/nested.xsn" --json -e exec >"$tmp/want"
	"${nested[@]}" "$execsnoop" --replay "$tmp/nested.xsn" --json -e exec >"$tmp/got"
	cmp -s "$tmp/want" "$tmp/got" || wrong "a replay in the namespace shows something else"
}

nested_refuses() {
	timeout 10 "${nested[@]}" "$execsnoop" "$@" -D 1 >"$tmp/usage.out" 2>"$tmp/usage.err"
	status=$?
	[[ $status == 2 ]] && has_line "$tmp/usage.err" "initial pid namespace" ||
		wrong_file "$* is not refused as it should be:" "$tmp/usage.err"
}
