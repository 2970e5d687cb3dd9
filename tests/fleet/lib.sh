# shellcheck shell=bash disable=SC2154,SC2034  # run and this file set what the other reads
# SPDX-License-Identifier: BSD-2-Clause
#
# Brokers, a database and both shippers, in a folder of their own. Each is ended by its pid.

# wait_until SECONDS COMMAND...: false if the command stays false for so long
wait_until() {
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		((SECONDS > end)) && return 1
		sleep 0.1
	done
}

gone() {
	! kill -0 "$1" 2>/dev/null
}

# end NAME SIGNAL SECONDS: false if it had to be killed
end() {
	local pid=${pids[$1]-} in_time=0

	[ -n "$pid" ] || return 0
	kill "-$2" "$pid" 2>/dev/null
	wait_until "$3" gone "$pid" || {
		in_time=1
		kill -KILL "$pid"
	}
	wait_until 5 gone "$pid"
	unset "pids[$1]"
	return $in_time
}

sql() {
	psql -qAtX -v ON_ERROR_STOP=1 -c "$1"
}

# ---- brokers ----

start_brokers() {
	mkfifo "$tmp/brokers.in"
	build/tests/mock execsnoop <"$tmp/brokers.in" >"$tmp/brokers.out" 2>/dev/null &
	pids[brokers]=$!
	disown # bash shall not tell how it ended
	exec {brokers}>"$tmp/brokers.in"
	wait_until 10 test -s "$tmp/brokers.out"
}

# tell_brokers down|up
tell_brokers() {
	local before

	before=$(wc -l <"$tmp/brokers.out")
	echo "$1" >&"$brokers"
	wait_until 10 brokers_answered "$before" && [ "$(tail -n 1 "$tmp/brokers.out")" = ok ]
}

brokers_answered() {
	[ "$(wc -l <"$tmp/brokers.out")" -gt "$1" ]
}

# ---- the database ----

as_postgres() {
	setpriv --reuid postgres --regid postgres --clear-groups "$@"
}

postgres() {
	as_postgres "$pg_bin/pg_ctl" -D "$tmp/pg/data" -w -s -l "$tmp/pg/log" -m fast \
		-o "-k $tmp/pg -c listen_addresses=" "$1"
}

start_postgres() {
	pg_bin=$(find /usr/lib/postgresql/*/bin /usr/bin -name initdb -printf '%h\n' 2>/dev/null |
		sort -V | tail -n 1)
	install -d -o postgres "$tmp/pg"
	as_postgres "$pg_bin/initdb" -D "$tmp/pg/data" -A trust -E UTF8 --locale=C -N >"$tmp/initdb" 2>&1 &&
		postgres start || return 1
	export PGHOST=$tmp/pg PGUSER=postgres PGDATABASE=postgres
	sql 'CREATE DATABASE execsnoop'
	export PGDATABASE=execsnoop
	psql -qX -v ON_ERROR_STOP=1 -f packaging/rsyslog/schema.sql
}

# ---- the shippers ----

# The configuration that is delivered, with this test's places.
configure() {
	local servers

	read -r servers <"$tmp/brokers.out"
	mkdir -p "$tmp/edge" "$tmp/central"
	sed "s|/var/spool/execsnoop-c-central|$tmp/central|
		s|/var/spool/execsnoop-c|$tmp/edge|
		s|/var/log/execsnoop-c/events.json|$file|
		s|\"127.0.0.1:9092\"|\"${servers//,/\",\"}\"|
		s|host=/run/postgresql|host=$tmp/pg|" "packaging/rsyslog/$1.conf" >"$tmp/$1.conf"
}

# start edge|central
start() {
	rm -f "$tmp/$1.pid"
	rsyslogd -n -f "$tmp/$1.conf" -i "$tmp/$1.pid" >>"$tmp/$1.log" 2>&1 {brokers}>&- &
	pids[$1]=$!
	disown
	wait_until 10 test -s "$tmp/$1.pid"
}

# ---- lines ----

# new_run: sets run to a new agent.ephemeral_id, and $want to lines of it, LINES of a golden capture
new_run() {
	read -r run </proc/sys/kernel/random/uuid
	want=$tmp/want.$run
	head -n "$1" "$tmp/lines" | sed "s/\"ephemeral_id\":\"[^\"]*\"/\"ephemeral_id\":\"$run\"/" >"$want"
}

# trace COMMAND...: sets run, and $want to what the tracer writes of it
trace() {
	want=$tmp/want.traced
	if ! build/execsnoop-c --json -o "$want" -- "$@" >"$tmp/traced" 2>&1; then
		wrong "the tracer failed: $(tail -n 1 "$tmp/traced")"
		return 1
	fi
	run=$(jq -r .agent.ephemeral_id "$want" | sort -u)
}

append() {
	cat "$@" >>"$file"
}

arrived() {
	[ "$(sql "SELECT count(*) FROM execsnoop.event WHERE ephemeral_id = '$run'")" -ge "$1" ]
}

# all_there SECONDS: every line of the run came, once, and is the line of the file
all_there() {
	local n

	n=$(wc -l <"$want")
	wait_until "$1" arrived "$n"
	sql "SELECT line FROM execsnoop.event WHERE ephemeral_id = '$run' ORDER BY sequence" >"$tmp/got"
	cmp -s "$want" "$tmp/got" ||
		wrong "$(wc -l <"$tmp/got") of $n lines came: $(cmp "$want" "$tmp/got" 2>&1)"
}

gaps() {
	sql "SELECT first || '-' || last FROM execsnoop.gap WHERE ephemeral_id = '$run' ORDER BY first" |
		tr '\n' ' '
}

# wrong TEXT: the test has failed
wrong() {
	bad=1
	printf '%s\n' "$*" >>"$tmp/notes"
}
