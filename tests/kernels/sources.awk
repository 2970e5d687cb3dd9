# SPDX-License-Identifier: BSD-2-Clause
#
# From apt's own source files, in both of their forms, those of the distribution's archives:
#
#	awk -v codename=bookworm -v want=trixie -f sources.awk FILE...
#
# prints one-line sources for the suite `want` from the same places, with that of its security
# updates if it has one.

function emit(uri, suite, signed) {
	signed = signed == "" ? "" : "[signed-by=" signed "] "
	if (suite == codename)
		print "deb " signed uri " " want " main"
	else if (suite == codename "-security" && want !~ /-backports$/)
		print "deb " signed uri " " want "-security main"
}

function stanza(	i, j, u, s, nu, ns) {
	if (types ~ /(^|[ \t])deb([ \t]|$)/ && components ~ /(^|[ \t])main([ \t]|$)/) {
		nu = split(uris, u, /[ \t]+/)
		ns = split(suites, s, /[ \t]+/)
		for (i = 1; i <= nu; i++)
			for (j = 1; j <= ns; j++)
				if (u[i] != "" && s[j] != "")
					emit(u[i], s[j], signed_by)
	}
	types = uris = suites = components = signed_by = ""
}

function value(line) {
	sub(/^[^:]*:[ \t]*/, "", line)
	return line
}

FNR == 1 { stanza() }
/^[ \t]*#/ { next }
/^[ \t]*$/ { stanza(); next }
tolower($0) ~ /^types:/ { types = value($0) }
tolower($0) ~ /^uris:/ { uris = value($0) }
tolower($0) ~ /^suites:/ { suites = value($0) }
tolower($0) ~ /^components:/ { components = value($0) }
# A key within the file is a block of lines: a path is all that one line can say.
tolower($0) ~ /^signed-by:[ \t]*\// { signed_by = value($0) }

$1 == "deb" {
	line = $0
	if (match(line, /\[[^]]*\]/)) {
		options = substr(line, RSTART + 1, RLENGTH - 2)
		if (match(options, /signed-by=[^ ]*/))
			signed_by = substr(options, RSTART + 10, RLENGTH - 10)
		sub(/\[[^]]*\]/, "", line)
	}
	split(line, word, /[ \t]+/)
	types = "deb"
	uris = word[2]
	suites = word[3]
	components = line
	stanza()
}

END { stanza() }
