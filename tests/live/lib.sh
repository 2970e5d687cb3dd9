# shellcheck shell=bash disable=SC2154,SC2034  # run and this file set what the other reads
# SPDX-License-Identifier: BSD-2-Clause
#
# What run and the cases share. Every wait has a bound, and only what was started here is killed,
# by its pid.

declare -A tracers=()
boxes=()     # cgroups that a case has made
bpf_stats='' # what kernel.bpf_stats_enabled was before
status=
missing=

# wrong TEXT: the test has failed
wrong() {
	bad=1
	printf '%s\n' "$*" >>"$tmp/notes"
}

# wrong_file TEXT FILE: as above, and the first lines of the file show why
wrong_file() {
	wrong "$1"
	head -n 12 "$2" >>"$tmp/notes"
}

skip() {
	skipped=$*
}

# wait_until SECONDS COMMAND...: false if the command stays false for so long
wait_until() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS > end)) && return 1
		sleep 0.02
	done
}

milliseconds_since() {
	echo $((${EPOCHREALTIME/./} / 1000 - ${1/./} / 1000))
}

# bash has waited for a child as soon as it ended: a zombie does not look alive
gone() {
	! kill -0 "$1" 2>/dev/null
}

# reap PID SECONDS: sets status, to `none` if the process had to be killed
reap() {
	if wait_until "$2" gone "$1"; then
		wait "$1"
		status=$?
	else
		kill -KILL "$1"
		wait "$1"
		status=none
	fi 2>/dev/null
}

# has_line FILE TEXT: one whole line of the file contains the text
has_line() {
	grep -qsF -- "$2" "$1"
}

started() {
	[[ -s $tmp/$1.json ]] || gone "${tracers[$1]}"
}

# tracer_ready NAME PID: the process is a tracer that writes $tmp/NAME.json: wait for its first line
tracer_ready() {
	tracers[$1]=$2
	wait_until 20 started "$1" && ! gone "$2" && return
	wrong_file "the tracer did not start:" "$tmp/$1.err"
	return 1
}

# tracer_start NAME OPTION...: writes $tmp/NAME.json and NAME.err
tracer_start() {
	local name=$1
	shift
	rm -f "$tmp/$name.json"
	"$execsnoop" "$@" -o "$tmp/$name.json" 2>"$tmp/$name.err" &
	tracer_ready "$name" $!
}

# tracer_reap NAME STATUS [SECONDS]: wait for its end, which must have that status
tracer_reap() {
	reap "${tracers[$1]}" "${3:-30}"
	unset "tracers[$1]"
	[[ $status == "$2" ]] || wrong_file "$1 ended with status $status, not $2:" "$tmp/$1.err"
}

# tracer_end NAME SIGNAL STATUS
tracer_end() {
	kill "-$2" "${tracers[$1]}" 2>/dev/null
	tracer_reap "$1" "$3"
	check_json "$1"
}

tracers_kill() {
	local name
	for name in "${!tracers[@]}"; do
		kill -KILL "${tracers[$name]}" 2>/dev/null
		reap "${tracers[$name]}" 10
	done
	tracers=()
}

# box_make FOLDER: a cgroup, which leave() removes
box_make() {
	mkdir "$1" 2>/dev/null && boxes=("$1" "${boxes[@]}")
}

# leave: nothing of a case stays behind, wherever it ended
leave() {
	local name
	tracers_kill
	for name in "${boxes[@]}"; do
		wait_until 10 rmdir "$name" 2>/dev/null || wrong "$name cannot be removed"
	done
	boxes=()
	while read -r name; do
		umount "$name" 2>/dev/null || umount -l "$name"
	done < <(awk -v below="$tmp/" 'index($2, below) == 1 { print $2 }' /proc/mounts | tac)
	[[ ! $bpf_stats ]] || sysctl -qw "kernel.bpf_stats_enabled=$bpf_stats"
	bpf_stats=
}

cleanup() {
	# What a case runs beside itself
	# shellcheck disable=SC2046  # words
	kill $(jobs -pr) 2>/dev/null
	leave
	rm -rf --one-file-system "$tmp"
}

# act SCENE: the truth goes to $tmp/truth.json
act() {
	TMPDIR=$tmp timeout 120 "$actor" "$1" >"$tmp/truth.json" 2>"$tmp/actor.err" ||
		wrong_file "the actor failed:" "$tmp/actor.err"
}

# check_json NAME: every line is UTF-8, JSON and in the schema; the order is that of a whole run
check_json() {
	local json=$tmp/$1.json notes=$tmp/json.notes
	iconv -f UTF-8 -t UTF-8 "$json" >/dev/null 2>"$notes" ||
		wrong_file "$1 is not valid UTF-8:" "$notes"
	jq -nr -f "$here/stream.jq" "$json" >"$notes" 2>&1
	[[ -s $notes ]] && wrong_file "the order of $1 is wrong:" "$notes"
	# The tracer could not read a record of its own.
	has_line "$json" '"reason":"decode"' && wrong "$1 has records that could not be decoded"
	check_schema "$1"
}

check_schema() {
	local notes=$tmp/json.notes
	jq -nr --rawfile fields "$root/tests/data/ecs-fields.tsv" -f "$here/ecs.jq" \
		"$tmp/$1.json" >"$notes" 2>&1
	[[ -s $notes ]] && wrong_file "$1 leaves the schema:" "$notes"
}

# normalise SIDE LIMIT MASK [TRACE]: sorted by pid; what one process did stays in order
normalise() {
	jq -nr --arg side "$1" --argjson limit "$2" --arg mask "$3" \
		--slurpfile truth "$tmp/truth.json" -f "$here/normalise.jq" "${@:4}" 2>&1 |
		sort -s -n -k 1,1
}

# backend_of NAME: the one that the tracer says it has
backend_of() {
	head -n 1 "$tmp/$1.json" | jq -r '.execsnoop.backend // empty' 2>/dev/null
}

# note_of NAME: what it says that it does without
note_of() {
	head -n 1 "$tmp/$1.json" | jq -r '.execsnoop.note // empty' 2>/dev/null
}

# differences: the lines of the list that are no comment
differences() {
	grep -v '^#' "$here/differences.tsv"
}

# mask NAME: what not to compare with the truth, as its backend does not know it
mask() {
	[[ $(note_of "$1") == *"is locked down"* ]] && printf 'exe deleted memfd '
	[[ $(backend_of "$1") == connector ]] || return
	differences | awk -F '\t' -v ORS=' ' '
		BEGIN { name["process.vpid"] = "nspid"; name["execsnoop.interpreter"] = "interpreter"
			name["execsnoop.secure_exec"] = "secure" }
		$1 ~ /(^|,)exec(,|$)/ && $2 in name { print name[$2] }'
}

# sides NAME [LIMIT [MASK]]: $tmp/want and $tmp/got; LIMIT is that of --max-argv
sides() {
	local mask
	mask="$(mask "$1")${3-}"
	normalise truth "${2:-0}" "$mask" >"$tmp/want"
	normalise trace "${2:-0}" "$mask" "$tmp/$1.json" >"$tmp/got"
	[[ -s $tmp/want ]] || wrong "the actor told nothing"
}

# compare NAME [LIMIT [MASK]]: the tracer said what the actor caused
compare() {
	sides "$@"
	differ "$1"
}

# compare_or_missing NAME [LIMIT [MASK]]: as above, but an argv may be missing, with the reason, and the
# binary may be unknown
compare_or_missing() {
	sides "$@"
	cp "$tmp/got" "$tmp/got.raw"
	missing=$(grep -c ' exec missing=' "$tmp/got")
	paste -d '\n' "$tmp/want" "$tmp/got" | awk '
		NR % 2 { want = $0; next }
		$2 == "exec" && $3 ~ /^missing=/ && index(want, $1 " exec ") == 1 { $0 = want }
		# The program ended between the one and the other.
		/ exe= / && match(want, / exe=[^ ]*/) {
			sub(/ exe=/, substr(want, RSTART, RLENGTH))
		}
		{ print }' >"$tmp/got.filled"
	mv "$tmp/got.filled" "$tmp/got"
	differ "$1"
}

# differ NAME
differ() {
	cmp -s "$tmp/want" "$tmp/got" && return
	diff "$tmp/want" "$tmp/got" >"$tmp/diff"
	wrong_file "< is the truth, > is what the tracer said; $(lost "$1") events lost:" \
		"$tmp/diff"
}

# check_times NAME: the events come in the order of their times
check_times() {
	jq -nr 'foreach (inputs | select(.process.pid)) as $e ({};
			{before: .now, now: $e["@timestamp"], $e};
			select(.before and .now < .before)
			| "\(.e.event.action) \(.e.process.pid) \(.now) after \(.before)")' \
		"$tmp/$1.json" >"$tmp/json.notes" 2>&1
	[[ -s $tmp/json.notes ]] && wrong_file "$1 goes back in time:" "$tmp/json.notes"
}

# lost NAME: how many events the tracer says it lost
lost() {
	jq -n '[inputs | .execsnoop.lost.count // 0] | add // 0' "$tmp/$1.json" 2>/dev/null
}

# execs_of_actor NAME: how many of the execs in $tmp/truth.json the tracer has
execs_of_actor() {
	normalise trace 0 "" "$tmp/$1.json" | grep -c ' exec '
}

# has_reason NAME PATTERN [LINES]: standard error names the cause, in one line or at most LINES
has_reason() {
	local lines
	lines=$(wc -l <"$tmp/$1.err")
	grep -qE -- "$2" "$tmp/$1.err" || wrong_file "no word of $2 in:" "$tmp/$1.err"
	((lines <= ${3:-1})) || wrong_file "$lines lines on standard error:" "$tmp/$1.err"
}
