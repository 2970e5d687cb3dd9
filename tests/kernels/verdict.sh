# shellcheck shell=bash disable=SC2154  # run sets live and steps
# SPDX-License-Identifier: BSD-2-Clause
#
# What came of one run of the tracer in a guest, judged with what the live suite has for that.

# verdict_mask KERNEL SCENE: what not to compare there, after a blank
verdict_mask() {
	case $1/$2 in
	# Under lockdown the number in its own namespace is not known.
	*-lockdown/pid-namespace) echo " nspid" ;;
	esac
}

# verdict_untold KERNEL SCENE: the events of which that kernel tells nothing there
verdict_untold() {
	case ${tmp##*/}/$1/$2 in
	# Its BTF does not tell the arguments of execveat; the start line says so.
	bpf-failed/5.10/failed-at) echo exec-failed ;;
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
		verdict_start "$2" "$1"
		[[ $3 != *-hotplug ]] || verdict_cpus
		[[ $3 != *-clock ]] || verdict_clock
		verdict_rights "$1" "$2"
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

# verdict_kernel NAME: it is what it was booted for
verdict_kernel() {
	[[ $1 != *-lockdown ]] || grep -q 'locked down' "$tmp/../dmesg" ||
		wrong "the kernel is not locked down"
	[[ $1 != [0-9]* || $(cat "$tmp/../release") == "${1%%-*}".* ]] ||
		wrong "the kernel is $(cat "$tmp/../release")"
}

# verdict_start WANT NAME: the backend must be that; if it was a choice, its reason must be the true one
verdict_start() {
	local backend reason want=
	verdict_status 0
	verdict_kernel "$2"
	backend=$(verdict_field "$tmp/trace.json" backend)
	reason=$(verdict_field "$tmp/trace.json" fallback_reason)
	[[ $backend == "$1" ]] ||
		wrong_file "the backend is ${backend:-none}, not $1:" "$tmp/trace.err"
	[[ $1 == connector && ${tmp##*/} == auto ]] && want='bpf()'
	[[ ${tmp##*/} != *-btf || $(verdict_field "$tmp/trace.json" note) == raw_tp* ]] ||
		wrong_file "the programs are not raw_tp:" "$tmp/trace.err"
	[[ $reason == *"$want"* && ${reason:+x} == "${want:+x}" ]] ||
		wrong "the reason is '$reason', not '$want'"
}

# verdict_rights KERNEL WANT: all threads are another user, with few capabilities, and filtered where the
# kernel can; and no call was refused, of which the kernel tells
verdict_rights() {
	local want=$'NoNewPrivs: 1\nSeccomp: 2\nUid: 4242 4242 4242 4242'
	[[ $1 != *-nobpf ]] || want=$(grep -v Seccomp <<<"$want")
	tr -s '\t' ' ' <"$tmp/rights" | grep -v '^CapPrm' | sort -u | cmp -s - <(echo "$want") ||
		wrong_file "the threads may do:" "$tmp/rights"
	# dac_read_search, sys_ptrace; and for the connector net_admin, sys_nice
	want='0+(4|80004)'
	[[ $2 != connector && $tmp != */connector* ]] || want='0+(80000|81000|881000)'
	awk '/^CapPrm/ { print $2 }' "$tmp/rights" | grep -vxE "$want" >"$tmp/more" &&
		wrong_file "capabilities that are not needed:" "$tmp/more"
	# clone3(2) is to be refused, whose number is the same everywhere.
	! grep 'type=1326' "$tmp/../dmesg" | grep -v ' syscall=435 ' >"$tmp/refused" ||
		wrong_file "calls were refused:" "$tmp/refused"
}

# verdict_trace KERNEL WANT
verdict_trace() {
	[[ -s $tmp/trace.json ]] || return
	check_json trace
	verdict_counted
	verdict_scenes "$1" "$2"
}

# verdict_counted: what is missing is in the totals
verdict_counted() {
	local counts
	counts=$(jq -n -c '[inputs] | [map(select(.execsnoop.args_missing)) | length] +
		[last.execsnoop.totals.args_missing | add]' "$tmp/trace.json")
	jq -e '.[0] == .[1]' <<<"$counts" >/dev/null ||
		wrong "argvs missing, and what the totals say of that: $counts"
}

# verdict_cpus: CPU 1 was down and up as it was asked for, and in the end each CPU had a reader
verdict_cpus() {
	local want
	want=$(sed -n 's/^online$/0-1/p; s/^offline$/0/p' <<<"${steps[${tmp##*/}]}")
	[[ $want == "$(cat "$tmp/cpus" 2>/dev/null)" ]] ||
		wrong "CPUs online: $(paste -sd' ' "$tmp/cpus"), not" $want
	[[ $(awk '{ print $2 }' "$tmp/threads" | sort) == $'0\n0-1\n1' ]] ||
		wrong_file "there must be the main thread and a reader on each CPU:" "$tmp/threads"
}

# verdict_clock: it slept, and the times of each scene's events are those of the clock at that moment
verdict_clock() {
	local when first last pids
	[[ $(cat "$tmp/slept") == 0 ]] || wrong "the machine did not sleep"
	for when in "$tmp"/truth/*.when; do
		{ read -r first && read -r last; } <"$when"
		pids=$(jq -s -c 'map(.pid) | unique' "${when%.when}")
		jq -n --argjson pids "$pids" --argjson first "$first" --argjson last "$last" '
			inputs | select(.process.pid | IN($pids[])) | .["@timestamp"]
			| (sub("[.][0-9]+Z"; "Z") | fromdate) as $at
			| select($at < $first or $at > $last) | "\(.) is not within \($first) and \($last)"' \
			"$tmp/trace.json" >"$tmp/clock.notes"
		[[ ! -s $tmp/clock.notes ]] || wrong_file "${when##*/}:" "$tmp/clock.notes"
	done
	(($(cat "$tmp"/truth/*.when | sort -n | awk 'NR == 1 { a = $1 } END { print ($1 - a > 80000) }'))) ||
		wrong "the clock was not stepped"
}

# verdict_scenes KERNEL WANT
verdict_scenes() {
	local scene
	for scene in "$tmp"/truth/*.err; do
		[[ -s $scene ]] && wrong_file "the actor failed:" "$scene"
		verdict_scene "$1" "$(basename "$scene" .err)"
		((++scene_count))
	done
	((scene_count == $(grep -cvxE '(hide|trace|online|offline|clock|suspend).*' <<<"${steps[${tmp##*/}]}"))) ||
		wrong "only $scene_count scenes were acted"
}

# verdict_scene KERNEL STEP.SCENE
verdict_scene() {
	local before=$bad mask untold
	bad=0
	mask=$(verdict_mask "$1" "${2#*.}")
	rm -f "$tmp/want" "$tmp/got"
	cp "$tmp/truth/$2" "$tmp/truth.json"
	if [[ $tmp == *-hotplug ]]; then
		compare_or_missing trace 0 "$mask"
		verdict_missing
	else
		sides trace 0 "$mask"
		untold=$(verdict_untold "$1" "${2#*.}")
		[[ ! $untold ]] || sed -i "/^[0-9]* $untold /d" "$tmp/want"
		differ trace
	fi
	[[ -s $tmp/want && -s $tmp/got ]] || wrong "nothing was compared"
	((bad)) && wrong "(in the scene $2)"
	((bad |= before))
}

# verdict_missing: the first programs on a CPU that comes up run ahead of its reader, and those of
# the storm's half there would without one
verdict_missing() {
	local execs
	execs=$(grep -c ' exec ' "$tmp/want")
	echo "$missing of $execs" >>"$tmp/missing"
	((missing <= execs / 5)) || wrong "$missing of $execs argvs are missing"
}
