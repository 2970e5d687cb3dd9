# shellcheck shell=bash disable=SC2154  # run sets what is used here
# SPDX-License-Identifier: BSD-2-Clause
#
# Execs that fail, beyond what the scenes say of them.

# failed_refused NAME COMMAND...: it must end at once and say that the connector cannot do it
failed_refused() {
	local name=$1
	shift
	timeout 20 "$@" >"$tmp/$name.out" 2>"$tmp/$name.err"
	status=$?
	[[ $status == 1 ]] || wrong_file "$*: status $status:" "$tmp/$name.err"
	[[ -s $tmp/$name.out ]] && wrong_file "$*: it traces:" "$tmp/$name.out"
	has_reason "$name" 'connector: it is not told of execs that fail \(leave out --failed\)'
}

case_failed_refused() {
	failed_refused refused "$execsnoop" -x -b connector
	failed_refused refused "$nobpf" 38 "$execsnoop" --failed
	grep -q 'bpf: there is no bpf() system call' "$tmp/refused.err" ||
		wrong_file "no word of why not bpf:" "$tmp/refused.err"
}

# Nothing is attached for them unless they are asked for; which form runs is said
case_failed_opt_in() {
	local option
	if ! command -v bpftool >/dev/null; then
		skip "no bpftool"
		return
	fi
	for option in '' -x; do
		# shellcheck disable=SC2086  # a word or none
		tracer_start opt -b bpf --json $option || return
		programs_of "${tracers[opt]}" | while IFS= read -r id; do
			bpftool prog show id "$id"
		done | grep -c 'name on_failed' >"$tmp/failed.count"
		tracer_end opt INT 0
		[[ $option ]] || [[ $(<"$tmp/failed.count") == 0 ]] || wrong "attached without -x"
	done
	(($(<"$tmp/failed.count") > 0)) || wrong "not attached with -x"
	head -n 1 "$tmp/opt.json" | jq -e '.execsnoop.note | test("^failed execs: ")' >/dev/null || wrong_file "no word of the form:" "$tmp/opt.json"
}

# The table's line is the argv to a shell, with the reason behind it
case_failed_table() {
	tracer_start table -x || return
	act failed
	kill -INT "${tracers[table]}"
	tracer_reap table 0
	grep -qF "x '' 'two words' '\$HOME' # ENOENT (No such file or directory): /nonexistent/program" \
		"$tmp/table.json" ||
		wrong_file "not quoted, or no reason:" "$tmp/table.json"
	LC_ALL=C grep -naP '[^ -~]' "$tmp/table.json" >"$tmp/json.notes" &&
		wrong_file "not for a terminal:" <(cat -v "$tmp/json.notes")
}
