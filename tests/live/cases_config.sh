# shellcheck shell=bash disable=SC2154  # run sets here, root, tmp and the programs
# SPDX-License-Identifier: BSD-2-Clause
#
# The configuration file as a user meets it; what its lines may say is tests/unit/config_test.c.

# check_config STATUS TEXT COMMAND...: --check-config says that in one line, and soon
check_config() {
	timeout 10 "${@:3}" >"$tmp/config.out" 2>"$tmp/config.err" </dev/null
	status=$?
	[[ $status == "$1" ]] || wrong_file "${*:3}: status $status, not $1:" "$tmp/config.err"
	cat "$tmp/config.out" "$tmp/config.err" >"$tmp/config.said"
	[[ $(<"$tmp/config.said") == "$2" ]] || wrong_file "${*:3} does not say $2:" "$tmp/config.said"
	if (($1)); then
		[[ -s $tmp/config.out ]] && wrong "an error on standard output"
	else
		[[ -s $tmp/config.err ]] && wrong "no error on standard error"
	fi
	return 0
}

case_config_check() {
	local conf=$tmp/check.conf file check=("$execsnoop" --check-config --config)
	printf 'json\nlatency = 5\n' >"$conf"
	check_config 0 "$conf: ok" "${check[@]}" "$conf"
	check_config 0 "$conf: ok" "$execsnoop" --config="$conf" --check-config -D 1
	check_config 1 "execsnoop-c: standard output: No space left on device" \
		sh -c '"$0" "$@" >/dev/full' "${check[@]}" "$conf"
	check_config 2 "execsnoop-c: --latency 'x': milliseconds from 0 to 10000 are wanted" \
		"${check[@]}" "$conf" --latency x
	check_config 2 "execsnoop-c: --check-config runs no command" "${check[@]}" "$conf" -- true
	printf 'json\nlatency = x\njsno\n' >"$conf"
	check_config 2 "execsnoop-c: $conf:2: --latency 'x': milliseconds from 0 to 10000 are wanted
execsnoop-c: $conf:3: unknown option 'jsno'; is 'json' meant?" "${check[@]}" "$conf"
	mkfifo "$tmp/fifo.conf"
	for file in "$tmp/fifo.conf" "$tmp" /dev/zero /dev/stdin; do
		check_config 2 "execsnoop-c: $file: not a regular file" "${check[@]}" "$file"
	done
	check_config 2 "execsnoop-c: $tmp/none: No such file or directory" "${check[@]}" "$tmp/none"
	check_config 2 "execsnoop-c: --config '': a file name is wanted" "${check[@]}" ""
	truncate -s 1G "$tmp/huge.conf"
	check_config 2 "execsnoop-c: $tmp/huge.conf: longer than 64 KiB: this is no configuration file" \
		"${check[@]}" "$tmp/huge.conf"
	fallback_program
	printf 'json\n' >"$conf"
	chmod 600 "$conf"
	check_config 2 "execsnoop-c: $conf: Permission denied" \
		"${nobody[@]}" "$fallback" --check-config --config "$conf"
	rm "$tmp/fifo.conf" "$tmp/huge.conf"
}

# What cannot be taken is named as it was given.
case_usage_errors() {
	check_config 2 'execsnoop-c: unknown option -Z; see --help' "$execsnoop" --json -Zq
	check_config 2 'execsnoop-c: unknown option -Z; see --help' "$execsnoop" -qvZ --json
	check_config 2 'execsnoop-c: --json takes no value; see --help' "$execsnoop" -q --json=yes
	check_config 2 'execsnoop-c: --no-args takes no value; see --help' "$execsnoop" -t --no-args=yes
	check_config 2 'execsnoop-c: --time takes no value; see --help' "$execsnoop" --time=1
	check_config 2 'execsnoop-c: -D needs a value; see --help' "$execsnoop" --json -D
	check_config 2 'execsnoop-c: --output needs a value; see --help' "$execsnoop" --json --output
	check_config 2 'execsnoop-c: unknown option --xyzzy; see --help' "$execsnoop" --json --xyzzy -q
	check_config 2 'execsnoop-c: unknown option --jsno; is --json meant? see --help' "$execsnoop" --jsno
	check_config 2 'execsnoop-c: --re is not whole: is --redact, --readers, --record or --replay meant? see --help' \
		"$execsnoop" --re x
	check_config 2 'execsnoop-c: unknown option --=x; see --help' "$execsnoop" --=x
}

# Without --config none is read at a terminal or in a script; --check-config looks at the service's.
case_config_default() {
	local hide='mount -t tmpfs none /etc && printf "jsno\n" >/etc/execsnoop-c.conf && exec "$@"'
	check_config 2 "execsnoop-c: /etc/execsnoop-c.conf:1: unknown option 'jsno'; is 'json' meant?" \
		unshare -m sh -c "$hide" sh "$execsnoop" --check-config
	check_config 0 "$("$execsnoop" --version)" unshare -m sh -c "$hide" sh "$execsnoop" --version
}

# A tracer that is told by a file; the command line has the last word, also where it stands before.
case_config() {
	local conf=$tmp/trace.conf
	printf '%s\n' '# a comment' '' 'events = exec,fork,exit' 'format = table' \
		"output = $tmp/config.json" 'max-argv = 0' >"$conf"
	rm -f "$tmp/config.json"
	"$execsnoop" --max-argv 1G --json --config "$conf" 2>"$tmp/config.err" &
	tracer_ready config $! || return
	act chain
	tracer_end config INT 0
	compare config
}
