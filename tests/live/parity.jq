# SPDX-License-Identifier: BSD-2-Clause
#
# Says in which fields two traces of the same actor differ, each difference once:
#
#	jq -nr --slurpfile truth TRUTH --slurpfile reference TRACE -f parity.jq TRACE
#
# A line is event, field, what of it, separated by tabs, and two examples: `missing` the reference
# has it, `extra` the reference has it not, `other` both have it. The n-th event of a
# kind and process is the same in both. Times are the same if they are near, as /proc tells
# them in ticks.

def near_s: 0.03;

def seconds: capture("^(?<s>[^.Z]*)(?<f>[.][0-9]*)?Z$")
	| ("\(.s)Z" | fromdate) + ((.f // "0") | tonumber);
def is_time: endswith("timestamp") or . == "process.start" or . == "process.end";

# {"a.b": value, ...} of what is not of the run; an array is a value
def leaves($path):
	if type == "object" then
		to_entries[] | .key as $key | .value | leaves($path + [$key])
	else {key: ($path | join(".")), value: .} end;
def leaves: [leaves([])]
	| map(select(.key | test("^(event[.]sequence|agent[.].*|host[.].*|ecs[.].*)$") | not))
	| from_entries;

def same($field; $a; $b):
	if $field | is_time then ($a | seconds) - ($b | seconds) | fabs < near_s
	elif $field == "event.duration" then $a - $b | fabs < near_s * 1e9
	else $a == $b end;

def differences($a; $b):
	([$a, $b | keys_unsorted[]] | unique[]) as $field
	| if $b | has($field) | not then [$field, "missing"]
	  elif $a | has($field) | not then [$field, "extra"]
	  elif same($field; $a[$field]; $b[$field]) then empty
	  else [$field, "other"] end
	| . + [$a[$field], $b[$field] | tojson | .[:60]];

def pids: map({key: (.pid | tostring), value: true}) | from_entries;

# The events of the actor's descendants by action, pid and number
def numbered($family):
	reduce (.[] | select(.process.pid) | select($family[.process.pid | tostring])) as $e
		({cnt: {}, events: {}};
		 "\($e.event.action) \($e.process.pid)" as $key
		 | .cnt[$key] += 1
		 | .events["\($key) \(.cnt[$key])"] = ($e | leaves))
	| .events;

($truth | map(select(.action != "actor")) | pids) as $family
| ($reference | numbered($family)) as $a
| ([inputs] | numbered($family)) as $b
| [($a + $b | keys_unsorted[]) as $key
   | ($key | split(" ")[0]) as $action
   | if $b[$key] == null then [$action, "-", "missing", $key, ""]
     elif $a[$key] == null then [$action, "-", "extra", "", $key]
     else [$action] + differences($a[$key]; $b[$key]) end]
| unique_by(.[:3])[] | join("\t")
