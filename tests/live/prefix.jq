# SPDX-License-Identifier: BSD-2-Clause
#
# Says what is wrong with execs of which argv may be cut: what is there must be the first bytes of
# the truth, the sizes must be true, and a cut must be told with its reason.
#
#	jq -nr --arg reason ring-full --slurpfile truth TRUTH -f prefix.jq TRACE

def base64_len: length / 4 * 3 - (if endswith("==") then 2 elif endswith("=") then 1 else 0 end);
def block: map(. + "\u0000") | add // "" | @base64;

($truth | map(select(.action == "exec") | {key: (.pid | tostring), value: .})
 | from_entries) as $all
| inputs
| select(.event.action == "exec")
| $all[.process.pid | tostring] as $true
| select($true)
| .execsnoop as $x
| ($true.args | base64_len) as $bytes
| ($x.args_base64 // (.process.args // [] | block)) as $got
| ($x.args_captured / 3 | floor * 4) as $whole
| [(select($x.args_bytes != $bytes) | "args_bytes \($x.args_bytes)"),
   (select($x.args_captured > $bytes) | "args_captured \($x.args_captured)"),
   (select(.process.args_count != $true.args_count) | "args_count \(.process.args_count)"),
   (select($got[:$whole] != $true.args[:$whole]) | "other bytes"),
   (select(($x.args_captured < $bytes) != ($x.args_truncated == $reason))
    | "args_truncated \($x.args_truncated)")]
| select(length > 0)
| "captured \($x.args_captured) of \($bytes) bytes: \(join(", "))"
