# SPDX-License-Identifier: BSD-2-Clause
#
# Two tracers of what the actor did ($truth), one given as $outside: says where their times, or what is
# made of these, differ by more than a second.

def who: "\(.event.action) \(.process.pid)";
def second: .[0:19] + "Z" | fromdate;
def ids: [.process.entity_id, .process.parent.entity_id];

(reduce $truth[] as $t ({}; .["\($t.pid)"] = true)) as $pids
| def ours: select($pids["\(.process.pid)"]);
reduce ($outside[] | ours) as $e ({}; .[$e | who] = $e)
| . as $there
| [inputs | ours
	| . as $e
	| $there[who] as $o
	| select($o)
	| if (($o["@timestamp"] | second) - (.["@timestamp"] | second) | fabs) > 1 or ($o | ids) != ids
	  then "\(who): \(.["@timestamp"]) \(ids), not \($o["@timestamp"]) \($o | ids)"
	  else null
	  end]
| if length < 10 then "only \(length) events are told by both" else empty end, (.[] | select(.))
