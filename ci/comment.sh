#!/usr/bin/env bash
# comment.sh keeps exactly one comment on pull request NUMBER for the stack STACK of FILE, with the text of REPORT.
#
# The comment is found by a hidden marker in its first line, among those that AUTHOR wrote: the marker comes from the
# workflow's inputs and never from the report, which may be of a stranger.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# GitHub's limit, in characters.
readonly longest=65536

[[ $NUMBER =~ ^[0-9]+$ ]] || fail 'The number of the pull request is none.'
key=${FILE//[^A-Za-z0-9._\/-]/_}
stack=${STACK//[^A-Za-z0-9._\/-]/_}
marker="<!-- msgdeploy-comment:$key#$stack -->"

body=$scratch/body.md
{
	echo "$marker"
	cat "$REPORT"
} >"$body"
payload=$scratch/payload.json
jq --null-input --rawfile body "$body" '{body: $body}' >"$payload"
[[ $(jq '.body | length' "$payload") -le $longest ]] || fail "The report has more than GitHub's $longest characters."

pages "/repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments?sort=created" |
	jq --arg author "$AUTHOR" --arg marker "$marker" \
		'select(.user.login == $author and (.body | split("\n")[0] | rtrimstr("\r")) == $marker) | {id, body}' |
	jq --slurp . >"$scratch/own.json"

if [[ $(jq length "$scratch/own.json") == 0 ]]; then
	api POST "/repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments" --data-binary "@$payload" >"$scratch/created.json"
	echo "Comment $(jq .id "$scratch/created.json") was created."
	exit
fi

# Two runs at once may have made two.
for extra in $(jq '.[1:][].id' "$scratch/own.json"); do
	api DELETE "/repos/$GITHUB_REPOSITORY/issues/comments/$extra"
done
id=$(jq '.[0].id' "$scratch/own.json")
if jq --exit-status --slurpfile new "$payload" '.[0].body == $new[0].body' "$scratch/own.json" >/dev/null; then
	echo "Comment $id says so already."
	exit
fi
api PATCH "/repos/$GITHUB_REPOSITORY/issues/comments/$id" --data-binary "@$payload" >"$scratch/updated.json"
echo "Comment $id was updated."
