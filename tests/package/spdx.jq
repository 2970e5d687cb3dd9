# SPDX-License-Identifier: BSD-2-Clause
#
# What an SPDX 2.3 document must have; says what is wrong. The specification, clause 6 (document), 7
# (package), 11 (relationships) and annex D (license expressions).

def must(holds; text): if holds then empty else text end;
def id: type == "string" and test("^SPDXRef-[A-Za-z0-9.-]+$");
def filled: type == "string" and length > 0;
def license: filled and test("^[(A-Za-z0-9][A-Za-z0-9.+ ()-]*$");
def relations: ["DESCRIBES", "STATIC_LINK"];

([.SPDXID] + [.packages[].SPDXID]) as $ids |
must(.spdxVersion == "SPDX-2.3"; "spdxVersion: \(.spdxVersion)"),
must(.dataLicense == "CC0-1.0"; "dataLicense: \(.dataLicense)"),
must(.SPDXID == "SPDXRef-DOCUMENT"; "SPDXID: \(.SPDXID)"),
must(.name | filled; "no name"),
must(.documentNamespace | filled and test("^[a-z]+:[^#]+$"); "documentNamespace: \(.documentNamespace)"),
must(.creationInfo.created | filled and test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$");
	"created: \(.creationInfo.created)"),
must(.creationInfo.creators | length > 0 and all(test("^(Tool|Person|Organization): .+")); "creators"),
must(($ids | unique | length) == ($ids | length); "an SPDXID twice"),
(.packages[] |
	must(.SPDXID | id; "SPDXID of a package: \(.SPDXID)"),
	must(.name | filled; "a package without a name"),
	must(.versionInfo | filled; "\(.name): no version"),
	must(.downloadLocation | filled; "\(.name): no downloadLocation"),
	must(.filesAnalyzed == false; "\(.name): filesAnalyzed, with no files"),
	must(.licenseDeclared | license; "\(.name): licenseDeclared: \(.licenseDeclared)"),
	must(.licenseConcluded | license; "\(.name): licenseConcluded: \(.licenseConcluded)"),
	must(.copyrightText | filled; "\(.name): no copyrightText"),
	(.externalRefs // [] | .[] |
		must(.referenceLocator | test("^pkg:deb/debian/[a-z0-9.%+-]+@[^ ]+\\?arch=[a-z0-9]+$");
			"purl: \(.referenceLocator)"))),
(.relationships[] |
	must(.relationshipType | IN(relations[]); "relationship: \(.relationshipType)"),
	must(.spdxElementId | IN($ids[]); "a relationship of \(.spdxElementId), which is not there"),
	must(.relatedSpdxElement | IN($ids[]); "a relationship to \(.relatedSpdxElement), which is not there")),
must([.relationships[] | select(.relationshipType == "DESCRIBES").relatedSpdxElement] == ["SPDXRef-execsnoop-c"];
	"it must describe execsnoop-c"),
must(($ids - [.relationships[].relatedSpdxElement]) == ["SPDXRef-DOCUMENT"]; "a package without a relationship")
