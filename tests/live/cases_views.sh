# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Cases of the views and of what is said beside them. tests/golden has what they look like.
# shellcheck disable=SC2154 # tmp, tracers: of lib.sh

# SIGUSR1 is answered while it goes on, and ends nothing
case_stats() {
	local execs last
	tracer_start stats -S -e exec --json || return
	act script
	kill -USR1 "${tracers[stats]}"
	wait_until 10 grep -q 'BY PARENT' "$tmp/stats.err" ||
		wrong_file "no answer to SIGUSR1:" "$tmp/stats.err"
	act script
	execs=$(grep -c '"action":"exec"' "$tmp/truth.json")
	tracer_end stats INT 0
	[[ $(grep -c '  PROGRAM$' "$tmp/stats.err") == 2 ]] || wrong_file "not two answers:" "$tmp/stats.err"
	last=$(sed -n 's/^execsnoop-c: \([0-9]*\) exec; .*/\1/p' "$tmp/stats.err" | tail -n 1)
	((last >= 2 * execs)) || wrong_file "fewer than $((2 * execs)) execs:" "$tmp/stats.err"
	[[ $(grep -c '"action":"end"' "$tmp/stats.json") == 1 ]] || wrong "the output has no end"
}

# It is answered as often as it is asked, with the level that the journal wants
case_stats_answers() {
	local i
	: >"$tmp/answers.err"
	JOURNAL_STREAM=$(stat -c %d:%i "$tmp/answers.err") tracer_start answers -S -b bpf -e exec --json || return
	/bin/true
	wait_until 10 grep -qs '"name":"true"' "$tmp/answers.json" # before it nothing is counted
	for ((i = 1; i <= 7; ++i)); do
		kill -USR1 "${tracers[answers]}"
		wait_until 10 answered "$i" || wrong_file "no answer $i:" "$tmp/answers.err"
	done
	tracer_end answers INT 0
	awk '/^<6>execsnoop-c: [0-9]+ exec; /  { ++totals } /^<6> +EXECS  PROGRAM$/ { ++programs } !/^<6>/ { ++bare }
		/more like this/ { ++late } END { exit totals != 8 || programs != 8 || bare || late }' \
		"$tmp/answers.err" || wrong_file "not 8 answers, each line with its level:" "$tmp/answers.err"
}

# answered CNT: so many answers are there, the last one whole
answered() {
	[[ $(grep -c 'BY PARENT' "$tmp/answers.err") == "$1" ]]
}

# What the kernel leaves out is told as well while it goes on
case_stats_filtered() {
	sleep 60 &
	tracers[hold]=$!
	tracer_start filtered -b bpf -e exec -p "${tracers[hold]}" --json || return
	/bin/true
	/bin/true
	sleep 0.3
	kill -USR1 "${tracers[filtered]}"
	wait_until 10 test -s "$tmp/filtered.err" || wrong "no answer"
	grep -qE '^execsnoop-c: [01] exec; .*, ([2-9]|[0-9]{2,}) filtered$' "$tmp/filtered.err" ||
		wrong_file "no word of what was left out:" "$tmp/filtered.err"
	tracer_end filtered INT 0
	kill "${tracers[hold]}"
	tracer_reap hold 143
}

# Each process has its line, with how it ended
case_lifecycle() {
	tracer_start lifecycle -f lifecycle || return
	act signals
	kill -INT "${tracers[lifecycle]}"
	tracer_reap lifecycle 0
	jq -r 'select(.action == "exit") | if .exit_signal then "\(.pid) \(.exit_signal)" +
		if .core then " (core dumped)" else "" end else "\(.pid) exit \(.exit_code)" end' \
		"$tmp/truth.json" | signal_names | sort >"$tmp/want"
	awk 'NR == FNR { want[$1]; next } $1 in want {
		print $1, $8 ~ /^(exit|signal)$/ ? $8 " " $9 : $9 == "(core" ? $8 " (core dumped)" : $8 }' \
		"$tmp/want" "$tmp/lifecycle.json" | sort >"$tmp/got"
	[[ -s $tmp/want ]] || wrong "the actor ended nothing"
	diff "$tmp/want" "$tmp/got" >"$tmp/diff" ||
		wrong_file "< is how they ended, > what the lines say:" "$tmp/diff"
}

# An orphan stands below the command like all else, and what comes after it where it belongs
case_tree_orphan() {
	local line options
	mkfifo "$tmp/orphan.go"
	while read -ra options; do
		rm -f "$tmp"/{gone,orphan.xsn}
		timeout 30 "$execsnoop" "${options[@]}" -f tree -w "$tmp/orphan.xsn" -o "$tmp/orphan.tree" -- \
			sh -c "(sh -c 'read _ <$tmp/orphan.go; /bin/true orphan; : >$tmp/gone' &); echo >$tmp/orphan.go
				until test -e $tmp/gone; do /bin/sleep .02; done; /bin/true later; :" \
			2>"$tmp/orphan.err" || wrong_file "${options[*]}:" "$tmp/orphan.err"
		for line in '[0-9]+ sh -c .*later' '    [0-9]+ /bin/true orphan' '  [0-9]+ /bin/true later'; do
			grep -qE "^$line" "$tmp/orphan.tree" ||
				wrong_file "${options[*]}: no '$line':" "$tmp/orphan.tree"
		done
		"$execsnoop" --replay "$tmp/orphan.xsn" -f tree -o "$tmp/orphan.again" 2>>"$tmp/orphan.err"
		cmp "$tmp/orphan.tree" "$tmp/orphan.again" >"$tmp/cmp" 2>&1 ||
			wrong_file "${options[*]}, replayed:" "$tmp/cmp"
	done <<<"-b bpf
-b connector
-b bpf --follow"
}

# PID NUMBER... becomes PID NAME... as in the view
signal_names() {
	local pid word rest name
	while read -r pid word rest; do
		if [[ $word != exit ]]; then
			name=$(kill -l "$word")
			[[ $name == SIG* ]] || name=SIG$name
			[[ $name == SIGRT* ]] && name="signal $word"
			word=$name
		fi
		echo "$pid $word${rest:+ $rest}"
	done
}

# Each example of the manual does as it is told: for two seconds, if it has no end of its own
case_manual_examples() {
	local line cnt=0 examples=$tmp/examples bin=$tmp/bin logs
	logs=$(mktemp -d) && chmod 755 "$logs" || return # where another user may go, too
	mkdir -p "$examples" "$bin"
	cp "$execsnoop" "$bin/execsnoop-c"
	while IFS= read -r line; do
		((++cnt))
		line=${line//-D 10/-D 1}
		line=${line//\/var\/log/$logs}
		[[ $line == execsnoop-c || $line == *' -w '* ]] && line+=' -D 1'
		(cd "$examples" && PATH=$bin:$PATH timeout 20 bash -o pipefail -c "$line") \
			>"$examples/out" 2>"$examples/err"
		status=$?
		((status == 0)) || wrong_file "status $status of $line:" "$examples/err"
	done < <(sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/s/^\.Dl # //p' "$root/docs/execsnoop-c.8")
	((cnt >= 9)) || wrong "$cnt examples"
	rm -r "$logs"
}

# completes WANTED WORD...: bash makes that of the last word, WANTED one word a line; without the bash-completion package
completes() {
	bash -c '. "$1"; declare -F _command_offset && exit
		compopt() { [[ $* == "-o filenames" ]] && echo filenames; }
		COMP_WORDS=(execsnoop-c "${@:2}"); COMP_CWORD=$(($# - 1)); _execsnoop_c
		printf "%s\n" "${COMPREPLY[@]}"' bash "$tmp/complete.bash" "${@:2}" >"$tmp/completed" 2>&1
	[[ $(<"$tmp/completed") == "$1" ]] || wrong_file "bash completes ${*:2} to:" "$tmp/completed"
}

# What a shell is told to complete is of that shell
case_completions() {
	"$execsnoop" --completion bash >"$tmp/complete.bash" && bash -n "$tmp/complete.bash" ||
		wrong "bash does not take it"
	: >"$tmp/of bash.xsn"
	completes --format --form
	completes connector --backend c
	completes table --format = ta
	completes $'table\ntree' -f t
	completes $'auto\nbpf\nconnector' --backend =
	completes exec,exec-failed -e exec,exec-
	completes pid,pcomm --columns = pid,pco
	completes "" --max-argv ""
	completes $'filenames\n'"$tmp/of bash.xsn" -o "$tmp/of"
	completes $'filenames\n'"$tmp/of bash.xsn" --replay = "$tmp/of"
	completes $'filenames\n'"$tmp/of bash.xsn" --replay x "$tmp/of"
	completes --format --replay x --form
	completes "" "$tmp/of"
	completes mkfifo -e exit -- mkfif
	completes $'filenames\n'"$tmp/of bash.xsn" -- cat "$tmp/of"
	"$execsnoop" --completion csh >/dev/null 2>"$tmp/complete.err"
	(($? == 2)) || wrong "csh is taken"
}
