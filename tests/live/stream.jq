# SPDX-License-Identifier: BSD-2-Clause
#
# Says what is wrong with the order of a complete run: the first line is `start`, the last `end`,
# neither comes again, and event.sequence rises by one with every line.
#
#	jq -nr -f stream.jq TRACE

[inputs | .event | {action, sequence}]
| (if .[0].action != "start" then "the first line is not start but \(.[0].action)" else empty end),
  (if .[-1].action != "end" then "the last line is not end but \(.[-1].action)" else empty end),
  (.[1:-1][] | select(.action == "start" or .action == "end") | "\(.action) in the middle"),
  (range(1; length) as $i
   | select(.[$i].sequence != .[$i - 1].sequence + 1)
   | "after sequence \(.[$i - 1].sequence) comes \(.[$i].sequence)")
