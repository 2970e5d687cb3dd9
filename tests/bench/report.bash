# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The report of tests/bench/run, from the files $dir/COLUMN.NAME that it left, a value a line:
#
#   argv      of the storm's command lines, how many are in the output whole, %
#   slow      wall time of the storm, over that of the runs without a tracer around it
#   cpu       CPU time of all threads of the tracer, us per program started
#   own       CPU time of the started program and its start, us more than without a tracer: what
#             BPF programs, tracepoints and connector messages take inside the traced programs
#   bpf       run time of the tracer's BPF programs, us per program started (fork, exec and exit)
#   tax       of a getppid(), ns more than without a tracer
#   rss       VmRSS after the start, MiB; late_rss: after the storm
#   map       bytes_memlock of the tracer's maps, MiB
#   first     from the tracer's start until it has written an event to a terminal, ms
#   bytes     of output per program started
#
# shellcheck disable=SC2154 # dir, names, ... are tests/bench/run's

# Print "MEDIAN MIN MAX" of a file of $dir, nothing if it has no values.
stats() {
	[[ -s $dir/$1 ]] || return 0
	sort -g "$dir/$1" | awk '
		{ v[NR] = $1 }
		END {
			print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2, v[1], v[NR]
		}'
}

# cell FORMAT COLUMN: the median of $name, or -
cell() {
	local mid

	read -r mid _ <<<"$(stats "$2.$name")"
	# shellcheck disable=SC2059
	[[ -z $mid ]] && echo - || printf "$1\n" "$mid"
}

# The same, marked if it lies within what runs without a tracer differ.
cell_noise() {
	local low high mid mark=

	read -r _ low high <<<"$(stats "$2.none")"
	read -r mid _ <<<"$(stats "$2.$name")"
	if [[ $name != none ]] && awk "BEGIN { exit !($mid >= $low && $mid <= $high) }"; then
		mark=" ~"
	fi
	echo "$(cell "$1" "$2")$mark"
}

# spread FORMAT COLUMN: MEDIAN (MIN..MAX)
spread() {
	local mid low high

	read -r mid low high <<<"$(stats "$2.$name")"
	# shellcheck disable=SC2059
	[[ -z $mid ]] && echo - || printf "$1 ($1..$1)\n" "$mid" "$low" "$high"
}

report_table() {
	local title

	echo "| tracer | argv complete | slowdown | tracer CPU per exec | BPF per process life" \
		"| tax on getppid() | resident | maps | first event |"
	echo "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
	for name in "${names[@]}"; do
		title=$name
		[[ $name != none ]] || title="none, against itself"
		echo "| $title | $(cell '%.2f %%' argv) | $(cell_noise '%.3f x' slow)" \
			"| $(cell '%.2f us' cpu) | $(cell '%.2f us' bpf) | $(cell_noise '%+.1f ns' tax)" \
			"| $(cell '%.1f MiB' rss) | $(cell '%.2f MiB' map) | $(cell '%.0f ms' first) |"
	done
}

report_spreads() {
	echo "| median (min..max) | argv, % | slowdown, x | tracer CPU, us | BPF, us" \
		"| added to the programs' own CPU, us | tax, ns | first event, ms" \
		"| resident after the storm, MiB | output, bytes per exec |"
	echo "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
	for name in "${names[@]}"; do
		echo "| $name | $(spread %.2f argv) | $(spread %.3f slow) | $(spread %.2f cpu)" \
			"| $(spread %.2f bpf) | $(spread %+.1f own) | $(spread %+.1f tax)" \
			"| $(spread %.0f first) | $(cell %.1f late_rss) | $(cell %.0f bytes) |"
	done
}

report_storm() {
	local mid low high

	read -r mid low high <<<"$(stats control)"
	echo "- The storm: $COUNT programs in $PIECES pieces, from $(nproc) spawners, pinned to a CPU" \
		"each, that wait for every program. A piece takes $(calc "$mid / 1e9") s" \
		"($(calc "$low / 1e9")..$(calc "$high / 1e9")) without a tracer." \
		"$ROUNDS rounds, $STATS_ROUNDS of the BPF run time."
	read -r mid low high <<<"$(stats share)"
	echo "- Without a tracer the storm had $mid ($low..$high) of the CPUs; the rest is the" \
		"kernel's threads and whatever else ran on the machine."
}

versions() {
	local package

	for package in forkstat extrace libbpf-tools bpftrace; do
		dpkg-query -W -f '${Package} ${Version}, ' $package 2>/dev/null || true
	done
	"$BUILD/execsnoop-c" --version 2>/dev/null | head -n 1
}

report_machine() {
	echo "- $(uname -srm), $(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)," \
		"$(nproc) CPUs, load $(cut -d' ' -f1-3 /proc/loadavg), $(date -u +%F)."
	echo "- $(versions)."
	echo "- \`ROUNDS=$ROUNDS COUNT=$COUNT SYSCALLS=$SYSCALLS ONLY='$ONLY' tests/bench/run\`"
	for name in "${names[@]}"; do
		[[ ${kind[$name]} = none ]] || echo "- $name: \`${command[$name]/\%OUT%/FILE}\`"
	done
}

report_notes() {
	local others

	echo "- ~: no more than runs without a tracer differ from each other."
	echo "- maps: what bpftool counts. perf buffers (libbpf-tools, bpftrace) come on top."
	others=$(awk '$1 > 0' "$dir/others" | wc -l)
	[[ $others = 0 ]] || echo "- Somebody else was tracing in $others of" \
		"$(wc -l <"$dir/others") runs without a tracer."
	[[ ${#skipped[@]} = 0 ]] ||
		echo "- Not installed: $(printf '%s, ' "${skipped[@]}" | sed 's/, $//')."
}

report() {
	report_table
	echo
	report_spreads
	echo
	report_notes
	report_storm
	report_machine
}
