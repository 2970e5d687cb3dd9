# SPDX-License-Identifier: BSD-2-Clause
#
# Says where a tracer's figures are not those of wait4(2): CPU time to 5 % or a tick of 10 ms, as what the
# last thread used since its last tick is not yet counted when it ends; memory to some pages.
#
#	jq -nr --slurpfile truth TRUTH -f usage.jq TRACE

def near($a; $b; $room): $a != null and ($a - $b | fabs) <= $room;
def cpu_room($truth): [1e7, ($truth.cpu_user_ns + $truth.cpu_system_ns) * 0.05] | max;

($truth | map(select(.action == "usage") | {key: (.pid | tostring), value: .}) | from_entries) as $usage
| [inputs | select(.event.action == "exit") | {pid: .process.pid, said: .execsnoop.usage}] as $exits
| $usage[] as $t
| ($exits | map(select(.pid == $t.pid))) as $found
| if $found | length != 1 then "\($found | length) exits of \($t)"
  else
	$found[0].said as $s
	| select((near($s.cpu_user_ns; $t.cpu_user_ns; cpu_room($t))
		  and near($s.cpu_system_ns; $t.cpu_system_ns; cpu_room($t))
		  and near($s.memory_max_bytes; $t.memory_max_bytes; 65536)) | not)
	| "\($s), and not \($t)"
  end
