# shellcheck shell=bash disable=SC2154  # run sets live
# SPDX-License-Identifier: BSD-2-Clause
#
# What came of one run of the tracer in a guest, judged with what the live suite has for that.

# verdict_left_out KERNEL SCENE: prints why it is left out there; false if it is not
verdict_left_out() {
	case $1/$2 in
	*-lockdown/pid-namespace)
		echo "under lockdown the number in its own namespace is not known"
		;;
	5.10/failed-at)
		echo "its BTF does not tell the arguments of execveat"
		;;
	*) return 1 ;;
	esac
}

# verdict_field FILE FIELD: of the line that says how the run began
verdict_field() {
	head -n 1 "$1" 2>/dev/null | jq -r ".execsnoop.$2 // empty" 2>/dev/null
}

# verdict_refusal FILE: why there was no run, from standard error
verdict_refusal() {
	sed -n 's/^execsnoop-c: \(cannot trace:\)/\1/p' "$1"
}

# verdict KERNEL WANT DIR: what the guest said is in DIR, WANT is the backend; false if anything
# is wrong, with complaints in DIR/notes. Sets scene_count to how many were compared. The live
# suite's functions use here, tmp and bad.
verdict() {
	local here=$live tmp=$3 bad=0
	: >"$tmp/notes"
	scene_count=0
	if [[ $2 == none ]]; then
		verdict_none
	else
		verdict_start "$2"
		verdict_trace "$1" "$2"
	fi
	return "$bad"
}

# verdict_status STATUS: with which the tracer must have ended
verdict_status() {
	local status
	status=$(cat "$tmp/trace.status")
	[[ $status == "$1" ]] ||
		wrong_file "the tracer ended with status $status, not $1:" "$tmp/trace.err"
}

# verdict_none: it must have ended at once, and have said of both backends why not
verdict_none() {
	local name
	verdict_status 1
	for name in bpf connector; do
		verdict_refusal "$tmp/trace.err" | grep -q " $name: " ||
			wrong_file "no word of why not $name:" "$tmp/trace.err"
	done
}

# verdict_start WANT: the backend must be that; if it was a choice, its reason must be the true one
verdict_start() {
	local backend reason want=
	verdict_status 0
	backend=$(verdict_field "$tmp/trace.json" backend)
	reason=$(verdict_field "$tmp/trace.json" fallback_reason)
	[[ $backend == "$1" ]] ||
		wrong_file "the backend is ${backend:-none}, not $1:" "$tmp/trace.err"
	[[ $1 == connector && ${tmp##*/} == auto ]] && want='bpf()'
	[[ $reason == *"$want"* && ${reason:+x} == "${want:+x}" ]] ||
		wrong "the reason is '$reason', not '$want'"
}

# verdict_trace KERNEL WANT
verdict_trace() {
	[[ -s $tmp/trace.json ]] || return
	check_json trace
	verdict_missing
	verdict_scenes "$1" "$2"
}

# verdict_scenes KERNEL WANT
verdict_scenes() {
	local scene
	for scene in "$tmp"/truth/*.err; do
		[[ -s $scene ]] && wrong_file "the actor failed:" "$scene"
		scene=$(basename "$scene" .err)
		verdict_left_out "$1" "$scene" >/dev/null && continue
		verdict_scene "$scene" "$2"
		((++scene_count))
	done
	((scene_count)) || wrong "no scene was acted"
}

# verdict_scene SCENE WANT
verdict_scene() {
	local before=$bad
	bad=0
	rm -f "$tmp/want" "$tmp/got"
	cp "$tmp/truth/$1" "$tmp/truth.json"
	if [[ $2 == connector ]]; then
		compare_or_missing trace
	else
		compare trace
	fi
	[[ -s $tmp/want && -s $tmp/got ]] || wrong "nothing was compared"
	((bad)) && wrong "(in the scene $1)"
	((bad |= before))
}

# An emulated CPU may leave the connector's reader no time before the program runs. That is then
# said of the argv, but it must be rare.
verdict_missing() {
	local execs missing
	execs=$(jq -n '[inputs | select(.event.action == "exec")] | length' "$tmp/trace.json")
	missing=$(jq -n '[inputs | select(.execsnoop.args_missing)] | length' "$tmp/trace.json")
	((missing <= execs / 10 + 1)) || wrong "$missing of $execs argvs are missing"
}
