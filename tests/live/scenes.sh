# shellcheck shell=bash disable=SC2154  # run sets here, tmp, the programs and scene_args
# SPDX-License-Identifier: BSD-2-Clause
#
# How a scene is run on each backend.

# scene_names: plain, ..., connector/plain, ..., ordinary/plain, ...
scene_names() {
	"$actor" --list | awk '
		{ name[NR] = $1 }
		# The connector is not told of these.
		$2 ~ /exec-failed/ { bpf[NR] = 1 }
		# Too many programs to let each live for a moment.
		$1 ~ /^(boundaries|sweep|burst|storm|restless|names)$/ || $2 !~ /exec/ { quick[NR] = 1 }
		END {
			for (i = 1; i <= NR; i++) print name[i]
			for (i = 1; i <= NR; i++) if (!bpf[i]) print "connector/" name[i]
			for (i = 1; i <= NR; i++) if (!quick[i] && !bpf[i]) print "ordinary/" name[i]
		}'
}

# scene_events SCENE: what the tracer must be asked for
scene_events() {
	"$actor" --list | awk -v scene="$1" '$1 == scene { print $2 }'
}

# run_scene [BACKEND/]SCENE
run_scene() {
	local scene=${1##*/} events
	events=$(scene_events "$scene")
	case $1 in
	connector/*) scene_connector "$scene" "$events" ;;
	ordinary/*) scene_ordinary "$scene" "$events" ;;
	*) scene_bpf "$scene" "$events" ;;
	esac
}

# scene_bpf SCENE EVENTS
scene_bpf() {
	tracer_start scene -b bpf -e "$2" --json "${scene_args[@]}" || return
	act "$1"
	tracer_end scene INT 0
	compare scene
}

# scene_connector SCENE EVENTS
scene_connector() {
	local mass=1
	# Many programs, all alike: the comparison with the truth will do.
	if ! [[ $1 =~ ^(boundaries|sweep|burst|storm|restless|names)$ ]]; then
		mass=
		tracer_start reference -b bpf -e "$2" --json --buffer 64M || return
	fi
	tracer_start scene -b connector -e "$2" --json "${scene_args[@]}" || return
	ACTOR_ONE_CODE=1 act "$1"
	tracer_end scene INT 0
	compare scene
	check_times scene
	[[ $mass ]] && return
	kill -INT "${tracers[reference]}"
	tracer_reap reference 0
	parity scene
}

# scene_ordinary SCENE EVENTS
scene_ordinary() {
	tracer_start scene -b connector --no-realtime -e "$2" --json "${scene_args[@]}" || return
	ACTOR_SLOW=1 ACTOR_ONE_CODE=1 act "$1"
	tracer_end scene INT 0
	compare scene
}

# parity NAME: its trace does not differ from that of the reference, but as the list allows
parity() {
	jq -nr --slurpfile truth "$tmp/truth.json" --slurpfile reference "$tmp/reference.json" \
		-f "$here/parity.jq" "$tmp/$1.json" >"$tmp/parity" 2>"$tmp/json.notes" ||
		wrong_file "the traces cannot be compared:" "$tmp/json.notes"
	cut -f 1-3 "$tmp/parity" >>"$tmp/parity.seen"
	differences_each | cut -f 1-3 |
		awk -F '\t' 'NR == FNR { allowed[$0] = 1; next } !(($1 FS $2 FS $3) in allowed)' \
			- "$tmp/parity" >"$tmp/json.notes"
	[[ -s $tmp/json.notes ]] && wrong_file "not in differences.tsv:" "$tmp/json.notes"
}

# differences_each: the list, with a line for each event
differences_each() {
	differences | awk -F '\t' -v OFS='\t' '
		{ cnt = split($1, events, ","); for (i = 1; i <= cnt; i++) { $1 = events[i]; print } }'
}

# check_differences: after all scenes, each difference in the list was seen
check_differences() {
	differences | awk -F '\t' 'NF != 4 { print "not four columns: " $0 }' >"$tmp/json.notes"
	[[ -s $tmp/json.notes ]] && wrong_file "differences.tsv:" "$tmp/json.notes"
	differences_each | cut -f 1-3 | sort >"$tmp/want"
	sort -u "$tmp/parity.seen" | comm -23 "$tmp/want" - >"$tmp/got"
	[[ -s $tmp/got ]] && wrong_file "in differences.tsv, and no scene differs so:" "$tmp/got"
}
