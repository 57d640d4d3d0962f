#!/usr/bin/env bash
# harmless.sh reads a report in Markdown that a stranger may have written, and prints it so that it can be posted: what
# would mention somebody, refer to an issue, link, load an image or be HTML is broken by a WORD JOINER (U+2060), which is
# seen neither in text nor in code. It refuses what is no report: other than UTF-8, with control characters or characters
# that turn the direction of text, or without msgdeploy's marker in the first line.
set -euo pipefail

text=$(mktemp "${RUNNER_TEMP:-/tmp}/msgdeploy-text.XXXXXX")
trap 'rm -f "$text"' EXIT
cat >"$text"

iconv --from-code UTF-8 --to-code UTF-8 "$text" >/dev/null 2>&1 || exit 1
# From here on bytes are compared: what is not UTF-8 is refused already.
export LC_ALL=C
[[ $(tr -d '\t\n\040-\176\200-\377' <"$text" | wc -c) -eq 0 ]] || exit 1
# The C1 control characters, U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069.
if grep -qE $'\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]' "$text"; then exit 1; fi
marker='^<!-- msgdeploy:[a-z0-9-]*/[A-Za-z0-9._-]* -->$'
[[ $(head -n 1 "$text") =~ $marker ]] || exit 1

# Mentions; references to issues; URLs; links, images and their definitions, twice for `][` after `][`; entities other
# than those of characters that mean something in Markdown; tags other than those that a report is folded with.
j=$'\xe2\x81\xa0'
tail -n +2 "$text" | sed -E \
	-e "s/@/@$j/g" \
	-e "s/#([0-9])/#$j\1/g" -e "s/([gG][hH])-([0-9])/\1-$j\2/g" \
	-e "s|://|:$j//|g" -e "s/([wW][wW][wW])\./\1$j./g" \
	-e "s/\]([(:[])/]$j\1/g" -e "s/\]([(:[])/]$j\1/g" \
	-e "s/&/&$j/g" -e "s/&$j(amp|lt|gt|quot|nbsp);/\&\1;/g" \
	-e "s/&$j#$j(33|34|35|39|40|41|42|43|45|58|60|62|91|92|93|95|96|124|126);/\&#\1;/g" \
	-e "s/</<$j/g" -e "s/<$j(\/?(details|summary|sub|br|b|code|strong|em|table|thead|tbody|tr|td|th)|details open|br ?\/)>/<\1>/g"
