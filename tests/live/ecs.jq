# SPDX-License-Identifier: BSD-2-Clause
#
# Says which fields of JSON lines the Elastic Common Schema does not have, or has with another type:
#
#	jq -nr --rawfile fields tests/data/ecs-fields.tsv -f ecs.jq TRACE

def is_date: type == "string" and
	test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?Z$");
def is_long: type == "number" and . == floor;

def fits($kind):
	if $kind == "date" then is_date
	elif $kind == "long" then is_long
	elif $kind == "boolean" then type == "boolean"
	else type == "string" end;

def known:
	$fields | split("\n")
	| map(select(length > 0 and (startswith("#") | not)) | split("\t")
	      | {key: .[0], value: {type: .[1], array: (.[2] == "array")}})
	| from_entries;

# Every field outside `execsnoop`, as {name, value}; an array is one value.
def leaves($path):
	if type == "object" then
		to_entries[] | select($path != "" or .key != "execsnoop")
		| .key as $key | .value
		| leaves(if $path == "" then $key else "\($path).\($key)" end)
	else {name: $path, value: .} end;

def complaint($known):
	$known[.name] as $field
	| .name as $name
	| .value
	| if $field == null then "\($name): not a field"
	  elif $field.array != (type == "array") then "\($name): an array, or not one"
	  elif all(if type == "array" then .[] else . end; fits($field.type)) then empty
	  else "\($name): not a \($field.type)" end;

known as $known
| foreach inputs as $line (0; . + 1;
	. as $number | $line | leaves("") | complaint($known) | "line \($number): \(.)")
