# SPDX-License-Identifier: BSD-2-Clause
#
# Which layer a file of user/ is in, and that it includes nothing of a higher one. A source
# never includes a sink, nor the reverse.

BEGIN {
	split("buf caps clock config json log namespace pattern parts pidmap text util version", l0)
	split("env event field privilege sysfilter thread", l1)
	split("capture capture_block capture_format capture_read capture_write cgroup cn decode procfs ring users", l2)
	split("enrich filter proctab stats", l3)
	split("command metrics metrics_file notify out peer record record_sync", l4)
	split("doctor doctor_probe doctor_report flow main opts opts_config opts_filter opts_help opts_output opts_record opts_table pipeline", l5)
	for (i in l0) layer[l0[i]] = 0
	for (i in l1) layer[l1[i]] = 1
	for (i in l2) layer[l2[i]] = 2
	for (i in l3) layer[l3[i]] = 3
	for (i in l4) layer[l4[i]] = 4
	for (i in l5) layer[l5[i]] = 5
}

function base(path) {
	sub(/.*\//, "", path)
	sub(/\.[ch]$/, "", path)
	return path
}

function layer_of(path) {
	if (path ~ /(source|sink)\//) return 4
	if (path ~ /bench\//) return 5
	return (base(path) in layer) ? layer[base(path)] : -1
}

FNR == 1 {
	mine = layer_of(FILENAME)
	if (mine < 0) print FILENAME ": in no layer; add it to tests/lint/layers.awk"
}

/^#include "/ {
	inc = $2
	gsub(/"/, "", inc)
	if (inc ~ /skel\.h$|wire\.h$|\.inc$/) next
	if (FILENAME ~ /user\/(source|sink)\// && inc !~ /\//) inc = "source/" inc
	if (FILENAME ~ /user\/bench\// && inc !~ /\//) inc = "bench/" inc
	other = layer_of(inc)
	if (other < 0) print FILENAME ": " inc " is in no layer"
	if (other > mine) print FILENAME ": layer " mine " includes " inc " of layer " other
	if (FILENAME ~ /source\// && inc ~ /sink\//) print FILENAME ": a source includes a sink"
	if (FILENAME ~ /sink\// && $2 ~ /source\//) print FILENAME ": a sink includes a source"
}
