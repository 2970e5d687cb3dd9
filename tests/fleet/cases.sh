# shellcheck shell=bash disable=SC2154,SC2034,SC1003,SC2016  # run and lib.sh set and read these
# SPDX-License-Identifier: BSD-2-Clause
#
# The cases of tests/fleet/run, each a function case_NAME. A case leaves everything running.

per_second() {
	echo $(($1 * 1000000 / (${EPOCHREALTIME/./} - ${2/./})))
}

seconds_since() {
	local ms=$(((${EPOCHREALTIME/./} - ${1/./}) / 1000))

	printf '%d.%d' $((ms / 1000)) $((ms % 1000 / 100))
}

# Any bytes, thousands of lines.
case_plain() {
	local at

	new_run 6000
	at=$EPOCHREALTIME
	append "$want"
	all_there 30
	figures="$(per_second "$(wc -l <"$want")" "$at") lines/s from file to database"
}

# What the tracer itself writes, storm and end line: the run is ended and whole.
case_tracer() {
	trace build/tests/storm -n 1000 -m fleet build/tests/true || return
	append "$want"
	all_there 30
	[ "$(sql "SELECT count(*) FROM execsnoop.unended WHERE ephemeral_id = '$run'")" = 0 ] ||
		wrong "its end is not seen"
	[ "$(sql "SELECT count(*) FROM execsnoop.doc WHERE ephemeral_id = '$run' AND
		doc->'process'->'args'->>0 = 'build/tests/true'")" = 1000 ] || wrong "not each of 1000 programs"
}

# The longest argv that a shell can give, with all that JSON escapes.
case_long_argv() {
	local part args i

	printf -v part '%02000d' 0
	part=${part//00/\"\\}
	for ((i = 0; i < 950; i++)); do args[i]=$part; done
	trace build/tests/true "${args[@]}" || return
	append "$want"
	all_there 30
	figures="a line of $(sql "SELECT max(length(line)) FROM execsnoop.event WHERE ephemeral_id = '$run'") bytes"
}

# refused BYTES: how often the database has refused exactly these
refused() {
	sql "SELECT count(*) FROM execsnoop.refused WHERE line = decode('$(printf %b "$1" | base64 -w 0)', 'base64')"
}

# Lines of somebody who means harm are stored or refused as they are, and nothing stops.
case_hostile() {
	local line junk n=0

	junk=("'); DROP TABLE execsnoop.event; --" '{"agent":' '\\\\' "''" "'" 'bad \0377\0300\0200 UTF-8'
		'{"@timestamp":"no","event":{"sequence":1},"agent":{"ephemeral_id":"x"}}' '%msg% $1 `id`')
	read -r run </proc/sys/kernel/random/uuid
	want=$tmp/want.hostile
	for line in 'a '\'' b' '\"); --' '\\' "\\\\''\\\\" '\u0000' '\\u0000' '\u001b[31m' 'é' '$$' '\ud83d\ude00' \
		"$(head -c 1000000 /dev/zero | tr '\0' "'")"; do
		printf '{"@timestamp":"2026-01-01T00:00:00Z","event":{"sequence":%d},"agent":{"ephemeral_id":"%s"},"x":"%s"}\n' \
			$n "$run" "$line"
		n=$((n + 1))
	done >"$want"
	append "$want"
	printf '%b\n' "${junk[@]}" >>"$file"
	printf 'a\0b\n' >>"$file"
	head -c 9000000 /dev/zero | tr '\0' x >>"$file" && echo >>"$file"
	all_there 30
	new_run 10
	append "$want"
	all_there 30
	for line in "${junk[@]}"; do
		[ "$(refused "$line")" = 1 ] || wrong "not refused once, or not as it was: $line"
	done
	[ "$(refused a)" = 1 ] || wrong "a line with a NUL is not cut there and refused"
	[ "$(sql "SELECT count(*) FROM execsnoop.refused WHERE length(line) = 8388608")" = 1 ] ||
		wrong "a line over maxMessageSize is not cut to it and refused"
}

# Brokers away: nothing is lost, and soon after they are back all is there.
case_brokers_down() {
	local at

	new_run 3000
	head -n 1000 "$want" | append
	tell_brokers down || wrong "brokers do not go down"
	sleep 1
	tail -n +1001 "$want" | append
	sleep 2
	arrived 3000 && wrong "the brokers were not down"
	at=$EPOCHREALTIME
	tell_brokers up || wrong "brokers do not come up"
	all_there 40
	figures="all there $(seconds_since "$at") s after they were back"
}

case_edge_sigterm() {
	new_run 2000
	append "$want"
	sleep 0.3
	end edge TERM 20 || wrong "edge does not end on SIGTERM"
	start edge
	all_there 30
}

# lost LINES: how many of so many the run lacks
lost() {
	echo $(($1 - $(sql "SELECT count(*) FROM execsnoop.event WHERE ephemeral_id = '$run'")))
}

# What librdkafka has is kept in a file for the next start. The line that waits for it is not; and if
# rsyslogd has to be killed, as librdkafka 2.0's own end may wait for ever, neither is the file.
case_edge_sigterm_brokers_down() {
	local most=1 n

	new_run 1500
	tell_brokers down
	append "$want"
	sleep 2
	end edge TERM 20 || most=1500
	tell_brokers up
	start edge
	wait_until 10 arrived $((1500 - most))
	sleep 1
	n=$(lost 1500)
	((n <= most)) || wrong "$n lines lost, $most could be"
	packaging/rsyslog/refill "$want" >/dev/null || wrong "refill failed"
	all_there 1
	figures="$n lines to refill"
}

case_edge_sigkill() {
	new_run 2000
	append "$want"
	sleep 0.3
	end edge KILL 10
	start edge
	all_there 30
}

# rotate LINES: logrotate as it is delivered; the tracer has the old file open until it is told, and writes these to it
rotate() {
	sed -e "s,/var/log/execsnoop-c/,$tmp/," -e 's/execsnoop-c execsnoop-c/root root/' \
		-e "s|systemctl kill .*|sleep 0.3; cat $1 >>$file.1|" packaging/execsnoop-c.logrotate >"$tmp/logrotate.conf"
	chmod 600 "$tmp/logrotate.conf"
	logrotate -f -s "$tmp/logrotate.state" "$tmp/logrotate.conf" >"$tmp/logrotate.log" 2>&1 && [ -s "$file.1" ] ||
		wrong "logrotate failed: $(tail -n 1 "$tmp/logrotate.log")"
}

# A rename, and a new file, while lines come: the shipper still reads the old file, or has read it to its end.
case_rotation() {
	local late=$tmp/late read

	for read in 1 1500; do
		new_run 3000
		head -n 1500 "$want" | append
		wait_until 20 arrived "$read"
		sed -n 1501,1510p "$want" >"$late"
		rotate "$late"
		tail -n +1511 "$want" | append
		all_there 30
	done
}

case_postgres_restart() {
	new_run 3000
	append "$want"
	sleep 0.5
	postgres restart || wrong "PostgreSQL does not start again"
	all_there 30
}

case_central_sigterm() {
	new_run 3000
	append "$want"
	sleep 0.5
	end central TERM 30 || wrong "central does not end on SIGTERM"
	start central
	all_there 30
}

# A line of each input may be missing: the one that was on its way when its offset was committed.
case_central_sigkill() {
	local n

	new_run 6000
	append "$want"
	wait_until 20 arrived 3000 # so long that offsets were committed, those of lines in memory too
	end central KILL 10
	start central
	wait_until 30 arrived 5998
	sleep 1
	n=$(lost 6000)
	((n <= 2)) || wrong "$n lines lost, not one for each input"
	packaging/rsyslog/refill "$want" >/dev/null || wrong "refill failed"
	all_there 1
	figures="$n lines to refill"
}

# Lines that never came: what is missing is told exactly, and comes from the file; no line twice.
case_gap() {
	local n said

	new_run 2000
	end edge TERM 20
	append "$want"
	# As if it had been read to the end and then lost.
	sed -i "s/\"curr_offs\": [0-9]*/\"curr_offs\": $(stat -c %s "$file")/
		s/\"strt_offs\": [0-9]*/\"strt_offs\": $(stat -c %s "$file")/" "$tmp"/edge/imfile-state*
	start edge
	head -n 1 "$want" | append
	tail -n 1 "$want" | append
	wait_until 20 arrived 2
	sleep 1
	[ "$(gaps)" = '1-1998 ' ] || wrong "the gap is said to be: $(gaps)"

	said=$(packaging/rsyslog/refill "$want") || wrong "refill failed"
	[ "$said" = 'refill: 2000 lines, 1998 were missing' ] || wrong "refill said: $said"
	all_there 1
	[ -z "$(gaps)" ] || wrong "a gap after refill: $(gaps)"

	sql "DELETE FROM execsnoop.event WHERE ephemeral_id = '$run' AND
		(sequence < 2 OR sequence BETWEEN 700 AND 799 OR sequence = 1500)"
	[ "$(gaps)" = '0-1 700-799 1500-1500 ' ] || wrong "the gaps are said to be: $(gaps)"
	said=$(PGUSER=execsnoop_feed packaging/rsyslog/refill "$want" "$want")
	[ "$said" = 'refill: 4000 lines, 103 were missing' ] || wrong "refill said: $said"
	all_there 1
}
