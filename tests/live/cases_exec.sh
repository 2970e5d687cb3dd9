# shellcheck shell=bash disable=SC2154  # run sets here, tmp and the programs
# SPDX-License-Identifier: BSD-2-Clause
#
# What an exec and an exit say beside who and how.

# What the kernel tells the parent through wait4(2) is what the tracer says; further options for it
case_used() {
	tracer_start used -b bpf -e exit --json "$@" || return
	act resources
	tracer_end used INT 0
	jq -nr --slurpfile truth "$tmp/truth.json" -f "$here/usage.jq" "$tmp/used.json" \
		>"$tmp/json.notes" 2>&1
	[[ -s $tmp/json.notes ]] && wrong_file "wait4(2) says otherwise:" "$tmp/json.notes"
	grep -qF '"usage"' "$tmp/truth.json" || wrong "the actor told nothing"
	check_storage
}

# check_storage: the last process of the scene wrote and read a mebibyte
check_storage() {
	local pid written storage
	pid=$(jq -r 'select(.action == "usage").pid' "$tmp/truth.json" | tail -n 1)
	jq -c --argjson pid "$pid" 'select(.process.pid == $pid).execsnoop.usage' "$tmp/used.json" \
		>"$tmp/event"
	jq -e '.write_chars | . >= 1048576 and . < 1052672' "$tmp/event" >/dev/null ||
		wrong_file "a mebibyte was written:" "$tmp/event"
	jq -e '.read_chars | . >= 1048576 and . < 1052672' "$tmp/event" >/dev/null ||
		wrong_file "a mebibyte was read:" "$tmp/event"
	storage=$(stat -f -c %T "$tmp")
	written=$(jq .write_bytes "$tmp/event")
	# A file system in memory has no storage.
	if [[ $storage == tmpfs ]]; then
		[[ $written == 0 ]] || wrong "$written bytes were written to memory"
	else
		((written >= 1048576)) || wrong "$written bytes went to $storage"
	fi
}

# Programs that must not notice, with an argv of any size
case_environment() {
	local backend scene
	for backend in bpf connector; do
		for scene in plain script boundaries large; do
			tracer_start env -b "$backend" -e exec --json --env all || return
			# On one CPU: another that is idle may take a program from its reader.
			act_on 0 "$scene"
			tracer_end env INT 0
			sed -i '/"action":"\(fork\|exit\)"/d' "$tmp/truth.json"
			compare env
			check_env env '["ACTOR_CHILD=exit"]' 17
		done
	done
}

# check_env NAME ARRAY BYTES: of each exec of the actor
check_env() {
	jq -r 'select(.action == "exec").pid' "$tmp/truth.json" >"$tmp/pids"
	[[ -s $tmp/pids ]] || wrong "the actor told nothing"
	jq -nc --rawfile pids "$tmp/pids" --argjson want "$2" --argjson bytes "$3" '
		($pids | split("\n")) as $pids | inputs
		| select(.process.pid | tostring | IN($pids[]))
		| [.process.env_vars, .execsnoop.env_bytes, .execsnoop.env_truncated]
		| select(. != [$want, $bytes, null])' "$tmp/$1.json" >"$tmp/json.notes" 2>&1
	[[ -s $tmp/json.notes ]] && wrong_file "not the environment:" "$tmp/json.notes"
}

# env_of NAME MARKER: env_vars of the exec of /bin/true with that argument, and whether they are cut
env_of() {
	grep -F "\"$2\"" "$tmp/$1.json" |
		jq -c 'select(.process.args == ["/bin/true", "'"$2"'"])
			| [.process.env_vars, .execsnoop.env_bytes, .execsnoop.env_truncated]'
}

case_environment_chosen() {
	local backend large got
	large=$(printf '%040000d' 0)
	for backend in bpf connector; do
		tracer_start env -b "$backend" -e exec --json --env 'A_*,Z' --redact 'a_secret' ||
			return
		env -i A_B=1 A_SECRET=x B=2 Z= /bin/true "chosen-$$"
		env -i B="$large" Z=1 /bin/true "large-$$"
		env -i /bin/true "none-$$"
		env -i "A_X=$(printf '\377\n')" /bin/true "odd-$$"
		sleep 0.3
		tracer_end env INT 0
		got=$(env_of env "chosen-$$")
		[[ $got == '[["A_B=1","A_SECRET=[redacted]","Z="],24,null]' ]] || wrong "$backend: $got"
		got=$(env_of env "large-$$")
		[[ $got == '[[],40007,true]' ]] || wrong "$backend: $got"
		got=$(env_of env "none-$$")
		[[ $got == '[[],0,null]' ]] || wrong "$backend: $got"
		got=$(grep -F "odd-$$" "$tmp/env.json" | jq -r '.execsnoop.env_base64 // empty' | base64 -d |
			od -An -c | tr -d ' \n')
		[[ $got == 'A_X=377\0' ]] || wrong "$backend: $got"
	done
}

# Nobody asked for it
case_environment_unasked() {
	local backend
	for backend in bpf connector; do
		tracer_start env -b "$backend" -e exec --json --redact X || return
		act plain
		tracer_end env INT 0
		has_line "$tmp/env.json" ACTOR_CHILD && wrong "$backend: the environment is shown"
	done
}

# An environment that does not fit the ring costs itself, not the event
case_environment_small_ring() {
	local try got large
	large=$(printf '%033000d' 0)
	for try in 1 2 3 4 5; do
		tracer_start ring -b bpf -e exec --json --buffer 16384 --env A || return
		A=$large /bin/true "small-$$-$try" # not with env(1), whose argv would fill the ring
		sleep 0.3
		tracer_end ring INT 0
		got=$(env_of ring "small-$$-$try")
		[[ $got ]] && break # else others took all the room
	done
	[[ $got == '[[],'*',true]' ]] || wrong "small ring: ${got:-no event in $try tries}"
}
