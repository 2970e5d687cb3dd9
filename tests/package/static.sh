# shellcheck shell=bash disable=SC2154  # run sets static, sbom and tmp
# SPDX-License-Identifier: BSD-2-Clause
#
# The static program, the list of what is in it, and the licenses of that.

# Of at most 2 MB, for any host; the symbols that were taken from it are those beside it.
case_static_program() {
	local size

	size=$(stat -c %s "$static") || return
	[ "$size" -le 2000000 ] || echo "it has $size bytes, more than 2 MB"
	! readelf -lW "$static" | grep INTERP
	! readelf -SW "$static" | grep -E '\.(symtab|debug_)'
	readelf -SW "$static.debug" | grep -q '\.debug_info' || echo "$static.debug has no symbols"
	same "the build id and that of the symbols" "$(static_build_id "$static")" \
		"$(static_build_id "$static.debug")"
	! grep -l --binary-files=text "$PWD" "$static" "$static.debug"
}

static_build_id() {
	readelf -n "$1" | sed -n 's/.*Build ID: //p'
}

case_static_sum() {
	(cd build/static && sha256sum --quiet -c execsnoop-c.sha256)
	same "the SBOM's sum" "$(sha256sum <"$static" | cut -d ' ' -f 1)" \
		"$(jq -r '.packages[] | select(.name == "execsnoop-c") | .checksums[].checksumValue' "$sbom")"
}

# SPDX 2.3, what clauses 6, 7 and 11 call mandatory; all that a relationship names is there.
case_static_sbom() {
	jq -r -f tests/package/spdx.jq "$sbom"
	for name in execsnoop-c libbpf libelf zlib glibc; do
		jq -e --arg name "$name" 'any(.packages[]; .name == $name)' "$sbom" >/dev/null ||
			echo "not in the SBOM: $name"
	done
	same "its version of execsnoop-c" "$version" \
		"$(jq -r '.packages[] | select(.name == "execsnoop-c") | .versionInfo' "$sbom")"
}

# The linker itself, asked again, took from no other files than the SBOM says.
case_static_linked() {
	local command

	command=$(make -n V=1 -W build/libexecsnoop.a "$static.debug" | sed -e ':a' -e '/\\$/N; s/\\\n//; ta' |
		grep -F -e "-o $static.debug" | sed "s,build/static,$tmp/linked,g")
	[ -n "$command" ] || { echo "make does not say how it links" && return; }
	mkdir -p "$tmp/linked"
	bash -c "${command/ -static / -static -Wl,-t,-t }" >"$tmp/trace" || return
	sed -n 's/^(\(.*\))[^)]*\.l*o$/\1/p; /^[^(].*\.o$/p' "$tmp/trace" | sort -u | xargs -d '\n' realpath |
		grep -v "^$PWD/build/" | sort -u >"$tmp/want"
	[ "$(wc -l <"$tmp/want")" -ge 5 ] || echo "the linker named only: $(cat "$tmp/want")"
	jq -r '.packages[].sourceInfo // empty | sub(".*; linked: "; "") | split(", ")[]' "$sbom" | sort |
		diff "$tmp/want" -
}

# A license for each package, not empty, and what these refer to.
case_static_licenses() {
	local name text

	while read -r name; do
		[ -s "build/static/licenses/$name" ] || echo "no license of $name"
	done < <(jq -r '.packages[].name' "$sbom")
	cmp LICENSE build/static/licenses/execsnoop-c
	grep -ohE '/usr/share/common-licenses/[A-Za-z]+(-[0-9.]*[0-9])?' build/static/licenses/* 2>/dev/null |
		sort -u >"$tmp/texts"
	[ -s "$tmp/texts" ] || echo "the licenses refer to none of Debian's texts"
	while read -r text; do
		cmp "$text" "build/static/licenses/common/${text##*/}"
	done <"$tmp/texts"
}
