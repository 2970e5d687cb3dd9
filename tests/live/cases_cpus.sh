# shellcheck shell=bash disable=SC2154  # run sets here, tmp and the programs
# SPDX-License-Identifier: BSD-2-Clause
#
# The live tests of the connector backend where it may not use each CPU: its readers belong one to
# each of them.

cpuset='' hog=''

# An affinity is a habit and no bound: each reader leaves it for its own CPU.
case_affinity() {
	several_cpus || return
	connector_below affinity taskset -c 0 || return
	[[ -z $(note affinity) ]] || wrong "all CPUs are to be had, and it says $(note affinity)"
	ACTOR_STORM=2000 act storm
	tracer_end affinity INT 0
	compare affinity
	check_totals affinity
}

# A cpuset is a bound: there are readers where it lets them be, and start says how many. Elsewhere
# argv is a race. Nothing is tried again for each program there, which would cost more than it.
case_cpuset() {
	local want tried scene
	want="1 of $(nproc --all) CPUs have a real-time reader"
	several_cpus && cpuset_make || return
	connector_below cpuset sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$cpuset" || return
	[[ $(note cpuset) == "$want" ]] || wrong "start says '$(note cpuset)', not '$want'"
	act_on 0 storm
	mv "$tmp/truth.json" "$tmp/truth.inside"
	ACTOR_SLOW=1 act_on 1 script
	mv "$tmp/truth.json" "$tmp/truth.slow"
	act_on 1 storm
	mv "$tmp/truth.json" "$tmp/truth.outside"
	act_on 1 chain
	tracer_end cpuset INT 0
	compare_or_missing cpuset
	mv "$tmp/truth.outside" "$tmp/truth.json"
	compare_or_missing cpuset
	for scene in inside slow; do
		mv "$tmp/truth.$scene" "$tmp/truth.json"
		compare cpuset
	done
	check_totals cpuset
	tried=$(grep -c 'no real-time reader for CPU 1' "$tmp/cpuset.err")
	((tried > 0 && tried < 20)) || wrong "a reader for CPU 1 was tried $tried times"
}

# A reader that is taken from its CPU while it runs is no longer there in time. It must not pass for
# one that is; and back again, it must be.
case_cpuset_moved() {
	local try
	several_cpus && cpuset_make || return
	for try in 1 2; do
		connector_below moved || return
		[[ -z $(note moved) ]] || wrong "all CPUs are to be had, and it says $(note moved)"
		echo "${tracers[moved]}" >"$cpuset/cgroup.procs"
		hog_start
		ACTOR_SLOW=1 act_on 1 chain
		hog_end
		mv "$tmp/truth.json" "$tmp/truth.chain"
		act_on 1 storm
		mv "$tmp/truth.json" "$tmp/truth.storm"
		echo "${tracers[moved]}" >"$(dirname "$cpuset")/cgroup.procs"
		act_on 1 plain # which calls it back
		act_on 1 storm
		tracer_end moved INT 0
		compare moved
		mv "$tmp/truth.storm" "$tmp/truth.json"
		compare_or_missing moved
		mv "$tmp/truth.chain" "$tmp/truth.json"
		compare_or_missing moved
		check_totals moved
	done
}

several_cpus() {
	[[ $(nproc) == "$(nproc --all)" ]] && (($(nproc) > 1)) && return
	skip "there is but one CPU to use"
	return 1
}

# connector_below NAME COMMAND...: a tracer below COMMAND, which must end in exec
connector_below() {
	rm -f "$tmp/$1.json"
	"${@:2}" "$execsnoop" -v -b connector -e exec,fork,exit --json -o "$tmp/$1.json" \
		2>"$tmp/$1.err" &
	tracer_ready "$1" $!
}

# hog_start: what keeps readers from CPU 0 for longer than a program of a slow actor lives
hog_start() {
	local i
	for ((i = 0; i < 50; i++)); do
		timeout 0.15 taskset -c 0 chrt -f 50 sh -c 'while :; do :; done'
		sleep 0.02
	done &
	hog=$!
}

hog_end() {
	kill "$hog"
	wait "$hog"
} 2>/dev/null

# note NAME: what start says that it does without
note() {
	head -n 1 "$tmp/$1.json" | jq -r '.execsnoop.note // ""'
}

# act_on CPU SCENE
act_on() {
	local all
	all=$(taskset -p $BASHPID) # of this shell, which the actor inherits it from
	taskset -cp "$1" $BASHPID >/dev/null
	ACTOR_STORM=1000 act "$2"
	taskset -p "${all##* }" $BASHPID >/dev/null
}

# cpuset_make: a cgroup without any CPU but 0 in $cpuset, or the case is skipped
cpuset_make() {
	local root
	root=$(awk '$3 == "cgroup" && $4 ~ /(^|,)cpuset(,|$)/ { print $2; exit }' /proc/mounts)
	if [[ ! $root ]]; then
		root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
		[[ $root ]] && echo +cpuset >"$root/cgroup.subtree_control" 2>/dev/null || {
			skip "no hierarchy of cgroups here has cpusets"
			return 1
		}
	fi
	cpuset=$root/execsnoop-c-test-$$
	box_make "$cpuset" && echo 0 >"$cpuset/cpuset.cpus" &&
		cat "$root/cpuset.mems"* | head -n 1 >"$cpuset/cpuset.mems" && return
	wrong "$cpuset cannot be made"
	return 1
}

