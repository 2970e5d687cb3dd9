# SPDX-License-Identifier: BSD-2-Clause
#
# Of the lines of a tracer: their number, gaps and repetitions in the sequence, events lost, and how many
# of the programs that the load counts, which are in the folder `mine`, were told of.

function number(key,   at) {
	at = index($0, key)
	return at ? substr($0, at + length(key)) + 0 : -1
}

{
	if (number("\"sequence\":") != NR - 1 + shift) {
		gaps++
		shift = number("\"sequence\":") - (NR - 1)
	}
}

/"action":"lost"/ { lost += number("\"count\":") }
!index($0, mine) || !/"action":"exec"/ { next }
/"soak-mark-[0-9a-z]*"/ { marks++ }
/"args":\["storm","storm-[0-9]*"/ { storms++ }

END { print NR + 0, gaps + 0, lost + 0, marks + 0, storms + 0 }
