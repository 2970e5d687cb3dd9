# shellcheck shell=bash disable=SC2154  # run sets here, root, tmp and the programs
# SPDX-License-Identifier: BSD-2-Clause
#
# The live tests of what it does where BPF is not to be had: with --backend bpf it says so and
# ends; else it goes on with the connector and says why.

nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all)

# One line of standard error names the better backend, its cause, and a cure.
fallback_line='using the connector backend, since bpf: .+ \(.+\)'

case_not_root() {
	if [[ $(uname -r) =~ ^([0-9]+)\.([0-9]+) ]] &&
		((BASH_REMATCH[1] * 1000 + BASH_REMATCH[2] < 6006)); then
		skip "before Linux 6.6 nobody may listen but root"
		return
	fi
	fallback_program
	refuses_bpf nobody 'CAP_BPF' "${nobody[@]}" || return
	# Without real-time priority, which is worth a line too.
	falls_back nobody 'CAP_BPF' 2 "${nobody[@]}" || return
	[[ $(jq -r '.execsnoop.note // ""' <"$tmp/start") == *CAP_SYS_NICE* ]] ||
		wrong "start does not say that the readers are missing"
	# /proc shows it the command line of others, and neither their binary nor their memory.
	fallback_act nobody ' file exe' || return
	# Of its own user it sees all, and its truth does not say which user that is.
	falls_back nobody 'CAP_BPF' 2 "${nobody[@]}" || return
	nobody_act script
	tracer_end nobody INT 0
	compare nobody 0 ' user'
}

case_no_capability() {
	local less
	for less in -bpf,-sys_admin -perfmon,-sys_admin; do
		refuses_bpf less 'CAP_BPF' setpriv "--bounding-set=$less" || return
		falls_back less 'CAP_BPF' 1 setpriv "--bounding-set=$less" || return
		fallback_act less
	done
	# The right to real-time priority too: then argv is a race, which the slow win.
	refuses_bpf less 'CAP_BPF' setpriv --bounding-set=-bpf,-sys_admin,-sys_nice || return
	falls_back less 'CAP_BPF' 2 setpriv --bounding-set=-bpf,-sys_admin,-sys_nice || return
	[[ $(jq -r '.execsnoop.note // ""' <"$tmp/start") == *CAP_SYS_NICE* ]] ||
		wrong "start does not say that the readers are missing"
	fallback_act less
}

case_no_btf() {
	local hide='mount -t tmpfs none /sys/kernel/btf && exec "$@"'
	[[ -e /sys/kernel/btf/vmlinux ]] || {
		skip "this kernel has no BTF to hide"
		return
	}
	refuses_bpf btf BTF unshare -m sh -c "$hide" sh || return
	falls_back btf BTF 1 unshare -m sh -c "$hide" sh || return
	fallback_act btf
	# A kernel that has neither: the want of bpf() is the reason.
	refuses_bpf btf 'no bpf\(\)' unshare -m sh -c "$hide" sh "$nobpf" 38
}

case_no_bpf() {
	local error
	for error in 38 1; do
		refuses_bpf bpf seccomp "$nobpf" "$error" || return
		falls_back bpf seccomp 1 "$nobpf" "$error" || return
		fallback_act bpf
	done
}

# In a container neither is to be had
case_neither() {
	neither user unshare -Urpf --mount-proc
	neither user unshare -Ur
	neither net unshare -n "$nobpf" 38
	neither pid unshare -pf --mount-proc "$nobpf" 1
}

# fallback_program: where everybody may run it
fallback_program() {
	mkdir -p "$tmp/bin"
	cp "$execsnoop" "$tmp/bin/execsnoop-c"
	fallback=$tmp/bin/execsnoop-c
}
fallback=

# refuses_bpf NAME PATTERN COMMAND...: below COMMAND --backend bpf fails, and says why in one line
refuses_bpf() {
	timeout 10 "${@:3}" "${fallback:-$execsnoop}" --backend bpf --json \
		>"$tmp/$1.out" 2>"$tmp/$1.err"
	status=$?
	((status == 1)) || wrong_file "--backend bpf ends with status $status:" "$tmp/$1.err"
	[[ -s $tmp/$1.out ]] && wrong_file "--backend bpf writes:" "$tmp/$1.out"
	has_reason "$1" 'bpf: .+ \(.+\)$'
	has_reason "$1" "$2"
	grep -q connector "$tmp/$1.err" && wrong_file "--backend bpf says too much:" "$tmp/$1.err"
	((!bad))
}

# falls_back NAME PATTERN LINES COMMAND...: below COMMAND a tracer runs with the connector, which
# says why, in $tmp/start and in the first of so many lines
falls_back() {
	local name=$1
	rm -f "$tmp/$name.json"
	"${@:4}" "${fallback:-$execsnoop}" -e exec,fork,exit --json \
		>"$tmp/$name.json" 2>"$tmp/$name.err" &
	tracer_ready "$name" $! || return
	head -n 1 "$tmp/$name.json" >"$tmp/start"
	[[ $(jq -r .execsnoop.backend "$tmp/start") == connector ]] ||
		wrong_file "start does not say connector:" "$tmp/start"
	jq -r '.execsnoop.fallback_reason // ""' "$tmp/start" | grep -E -- "$2" |
		grep -qE '^bpf: .+ \(.+\)$' ||
		wrong_file "start does not say why:" "$tmp/start"
	has_reason "$name" "$fallback_line" "$3"
	[[ $(grep -cE "$fallback_line" "$tmp/$name.err") == 1 ]] ||
		wrong_file "not one line of why:" "$tmp/$name.err"
	((!bad))
}

# fallback_act NAME [MASK]: what it then traces is the truth
fallback_act() {
	local scene
	for scene in script chain; do
		ACTOR_SLOW=1 act "$scene"
		mv "$tmp/truth.json" "$tmp/truth.$scene"
	done
	tracer_end "$1" INT 0
	for scene in script chain; do
		mv "$tmp/truth.$scene" "$tmp/truth.json"
		compare "$1" 0 "${2-}"
	done
}

# neither NAMESPACE COMMAND...: below COMMAND it ends soon, with both reasons in one line
neither() {
	local start=$EPOCHREALTIME
	timeout 10 "${@:2}" "$execsnoop" --json >"$tmp/neither.out" 2>"$tmp/neither.err"
	status=$?
	((status == 1)) || wrong "$1: status $status"
	(($(milliseconds_since "$start") < 4000)) || wrong "$1: it took too long"
	[[ -s $tmp/neither.out ]] && wrong_file "$1: it writes:" "$tmp/neither.out"
	has_reason neither 'bpf: .+ \(.+\); connector: .*'"$1"'.* \(.+\)$'
}

# nobody_act SCENE: as act, slowly, by another user; the truth does not say which
nobody_act() {
	mkdir -p "$tmp/nobody"
	chown 65534:65534 "$tmp/nobody"
	cp "$actor" "$tmp/bin/actor"
	ACTOR_SLOW=1 TMPDIR=$tmp/nobody "${nobody[@]}" "$tmp/bin/actor" "$1" \
		>"$tmp/truth.json" 2>"$tmp/actor.err" || wrong_file "the actor failed:" "$tmp/actor.err"
}
