# SPDX-License-Identifier: BSD-2-Clause
#
# Makes comparable lines, PID first, of the truth of an actor or of what a tracer said about the
# actor's descendants:
#
#	jq -nr --arg side truth --argjson limit 0 --arg mask "" --slurpfile truth TRUTH \
#		-f normalise.jq
#	jq -nr --arg side trace --argjson limit 0 --arg mask "" --slurpfile truth TRUTH \
#		-f normalise.jq TRACE
#
# limit: what --max-argv cuts argv to, a multiple of 3 so that base64 can be cut there; 0: no cut.
# mask: names of what not to compare, as they stand in a line.

def base64_len: length / 4 * 3 - (if endswith("==") then 2 elif endswith("=") then 1 else 0 end);
def base64_cut: if $limit > 0 then .[:$limit / 3 * 4] else . end;
def dash: if . == null then "-" else tostring end;

($mask | split(" ")) as $masked
| def item($name; $value):
	"\($name)=\(if $masked | index($name) then "?" else $value | dash end)";

def line:
	[.pid, .action,
	 (if .missing then "missing=\(.missing)"
	  elif .action == "exec" then
		item("ppid"; .ppid), item("user"; .user), item("nspid"; .nspid),
		item("count"; .count), item("elements"; .elements), item("bytes"; .bytes),
		item("captured"; .captured), item("cut"; .cut), item("file"; .file),
		item("interpreter"; .interp), item("exe"; .exe),
		item("deleted"; .deleted), item("memfd"; .memfd), item("secure"; .secure),
		item("args"; .args), (.needless // empty)
	  elif .action == "exec-failed" then
		item("ppid"; .ppid), item("tid"; .tid), item("user"; .user), item("error"; .error),
		item("count"; .count), item("bytes"; .bytes), item("captured"; .captured),
		item("cut"; .cut), item("file"; .file), item("args"; .args)
	  elif .action == "fork" then
		item("ppid"; .ppid)
	  elif .action == "exit" then
		item("code"; .code), item("signal"; .signal), item("core"; .core)
	  elif .action == "thread" then
		item("tid"; .tid)
	  elif .action == "comm" then
		item("tid"; .tid), item("name"; .name)
	  elif .action == "uid" or .action == "gid" then
		item("real"; .real), item("effective"; .effective)
	  elif .action == "ptrace" then
		item("tracer"; .tracer)
	  else empty end)] | map(tostring) | join(" ");

# From an actor, which is root where it does not say another user. What it does not know is null.
def from_truth:
	if .action == "exec" then
		(.args | base64_len) as $bytes
		| ($limit > 0 and $bytes > $limit) as $cut
		| . + {user: "\(.uid // 0):\(.gid // 0)", file: .filename,
		       deleted: (.marks == "deleted"), memfd: (.marks == "memfd"),
		       secure: (.marks == "secure"),
		       count: .args_count, bytes: $bytes, args: (.args | base64_cut)}
		| . + if $cut then {captured: $limit, cut: "limit", elements: null}
		      else {captured: $bytes, cut: null, elements: .count} end
	elif .action == "exec-failed" then
		(.args | base64_len) as $got
		| . + {user: "0:0", file: .filename, count: .args_count, captured: $got,
		       bytes: ($got + if .cut then 1 else 0 end)}
	elif .action == "exit" then
		. + {code: .exit_code, signal: .exit_signal, core: (.core // false)}
	else . end;

# An array of arguments as it lay in memory.
def block: map(. + "\u0000") | add // "" | @base64;

# The same, if that were so many bytes: the last may have been cut before its NUL.
def block_of($len): map(. + "\u0000") | add // "" | if utf8bytelength > $len then .[:-1] else . end
	| @base64;

# From a tracer; $adopted are those of whose parent the truth is silent.
def from_trace($adopted):
	.process as $p | .execsnoop as $x | .error.code as $error | .event.outcome as $outcome
	| {pid: $p.pid, action: .event.action, ppid: $p.parent.pid, missing: $x.args_missing}
	| if .action == "exec" then
		($p.pid | tostring) as $key
		| . + {count: $p.args_count, elements: (if $x.args_truncated then null
							  else $p.args | length end),
		       bytes: $x.args_bytes, captured: $x.args_captured, cut: $x.args_truncated,
		       user: "\($p.user.id):\($p.group.id)",
		       nspid: (if $p.vpid == $p.pid then null else $p.vpid end),
		       file: ($x.filename_base64 // ($x.filename // "" | @base64)),
		       exe: ($x.executable_base64 // ($p.executable // "" | @base64)),
		       deleted: ($x.executable_deleted // false),
		       memfd: ($x.executable_memfd // false), secure: ($x.secure_exec // false),
		       interp: (if $x.interpreter then $x.interpreter | @base64 else null end),
		       args: ($x.args_base64 // ($p.args // [] | block) | base64_cut)}
		| if $adopted[$key] then .ppid = null else . end
		| if $x.args_base64 and $x.args_base64 == ($p.args // [] | block)
		  then .needless = "needless-args_base64" else . end
	  elif .action == "exec-failed" then
		. + {tid: ($p.thread.id // $p.pid), user: "\($p.user.id):\($p.group.id)",
		     error: (if $outcome == "failure" then $error else "no failure" end),
		     count: $p.args_count, bytes: $x.args_bytes, captured: $x.args_captured,
		     cut: $x.args_truncated,
		     args: ($x.args_base64 // ($p.args // [] | block_of($x.args_captured))),
		     file: ($x.filename_base64
			    // (if $x | has("filename") then $x.filename | @base64 else null end))}
	  elif .action == "exit" then
		. + {code: $p.exit_code, signal: $x.exit_signal, core: ($x.core_dumped // false)}
	  else
		. + {tid: ($p.thread.id // $p.pid), name: ($p.name // "" | @base64),
		     tracer: $x.tracer_pid}
		| . + if .action == "uid" then {real: $p.real_user.id, effective: $p.user.id}
		      else {real: $p.real_group.id, effective: $p.group.id} end
	  end;

def pids: map({key: (.pid | tostring), value: true}) | from_entries;

($truth | map(select(.action != "actor" and .action != "usage"))) as $acts
| ($truth[0].pid) as $actor
| ($acts | pids) as $family
| ($acts | map(select(.action == "exec" and (has("ppid") | not))) | pids) as $adopted
| if $side == "truth" then
	$acts[] | from_truth | line
  else
	inputs
	| select(.process.pid)
	| select(.process.pid != $actor)
	| select($family[.process.pid | tostring] or .process.parent.pid == $actor
		 or $family[.process.parent.pid | tostring])
	| from_trace($adopted) | line
  end
