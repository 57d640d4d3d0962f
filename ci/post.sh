#!/usr/bin/env bash
# post.sh posts the report of another run, the one of the event workflow_run, on that run's pull request.
#
# Everything in the artifact may have been written by a stranger: the run was of the pull request's code. So
#   - the pull request is the one whose head GitHub says the run was of, whatever the artifact says;
#   - only one entry of the archive is read, as a stream of bounded length: nothing is unpacked;
#   - the text must be a report, and loses all that could mention people, link, load or hide something;
#   - a pull request that changes the workflows is said to, for then its report can say anything.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
here=$(dirname -- "${BASH_SOURCE[0]}")

# In bytes: what GitHub takes in characters, all of them long.
readonly longest=262144
# How many files of a pull request GitHub lists.
readonly listed=3000

run=$scratch/run.json
jq '.workflow_run // {}' "$GITHUB_EVENT_PATH" >"$run"
[[ $GITHUB_EVENT_NAME == workflow_run && $(jq --raw-output .event "$run") == pull_request ]] ||
	fail 'This is for workflow_run, after a run of pull_request.'
id=$(jq .id "$run")
sha=$(jq --raw-output .head_sha "$run")
[[ $id =~ ^[0-9]+$ && $sha =~ ^[0-9a-f]{40}$ ]] || fail 'The event names no run.'

# pull prints the number of the open pull request that the run was of.
pull() {
	local head
	head=$(jq --raw-output '"\(.head_repository.owner.login):\(.head_branch)" | @uri' "$run")
	pages "/repos/$GITHUB_REPOSITORY/pulls?state=open&head=$head" |
		jq --arg sha "$sha" --arg base "$BASE_BRANCH" --slurpfile run "$run" 'select(
			.head.sha == $sha and .head.repo.id == $run[0].head_repository.id
			and ($base == "" or .base.ref == $base)) | .number'
}

pull >"$scratch/numbers"
case $(wc -l <"$scratch/numbers") in
0)
	note 'No open pull request has this commit as its head: it was closed, or there is a newer commit.'
	exit 0
	;;
1) NUMBER=$(cat "$scratch/numbers") ;;
*) fail 'Several pull requests have this commit as their head. The input `base-branch` says which is meant.' ;;
esac

# The newest, should the run have been repeated.
archive=$(api GET "/repos/$GITHUB_REPOSITORY/actions/runs/$id/artifacts?per_page=100" |
	jq --arg name "$ARTIFACT" '[.artifacts[] | select(.name == $name and (.expired | not))] | max_by(.id) // empty | {id, size: .size_in_bytes}')
if [[ -z $archive ]]; then
	note 'The run left no report.'
	exit 0
fi
[[ $(jq .size <<<"$archive") -le $longest ]] || fail 'The artifact is larger than any report.'
api GET "/repos/$GITHUB_REPOSITORY/actions/artifacts/$(jq .id <<<"$archive")/zip" --max-filesize "$longest" >"$scratch/report.zip"
[[ $(wc -c <"$scratch/report.zip") -le $longest ]] || fail 'The artifact is larger than any report.'

# A name, its kind and its size, as the archive has them; zipinfo begins with the mode, a hyphen for a file.
entries=$(zipinfo -1 "$scratch/report.zip") || fail 'The artifact is no archive.'
[[ $entries == report.md ]] || fail 'The artifact holds something else than report.md.'
[[ $(zipinfo "$scratch/report.zip" report.md | cut -c1) == - ]] || fail 'report.md is no regular file.'
raw=$scratch/raw.md
# What is longer is cut off here, whatever length the archive claims, and then refused.
(unzip -p "$scratch/report.zip" report.md 2>/dev/null || true) | head -c $((longest + 1)) >"$raw"
[[ -s $raw && $(wc -c <"$raw") -le $longest ]] || fail 'The report is empty, or longer than any report.'
"$here/harmless.sh" <"$raw" >"$scratch/harmless.md" || fail 'The artifact holds no report of msgdeploy.'

changed=$(pages "/repos/$GITHUB_REPOSITORY/pulls/$NUMBER/files?" |
	jq 'select(.filename, .previous_filename // "" | startswith(".github/")) | 1' | wc -l)
again=$(api GET "/repos/$GITHUB_REPOSITORY/pulls/$NUMBER")
if [[ $(jq --raw-output .head.sha <<<"$again") != "$sha" ]]; then
	note 'There is a newer commit, whose run posts its own report.'
	exit 0
fi

# Ours comes first: what follows may hide what comes after it, in a folded part or a block of code that it leaves open.
REPORT=$scratch/report.md
link="[the pull request's own run]($GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$id)"
{
	if [[ $changed != 0 || $(jq .changed_files <<<"$again") -gt $listed ]]; then
		echo '> [!CAUTION]'
		echo '> **This pull request changes files in `.github/`: the run that made this report may have been told what to say.**'
		echo
	fi
	echo "<sub>Made without secrets by $link of ${sha:0:12}, from the spec alone. Links and mentions are broken by invisible characters: do not copy values from here.</sub>"
	echo
	cat "$scratch/harmless.md"
} >"$REPORT"
# The marker that comment.sh puts above is made of FILE and STACK.
if [[ $(jq --null-input --rawfile r "$REPORT" '$r | length') -gt $((65400 - ${#FILE} - ${#STACK})) ]]; then
	echo "The report is too long for a comment: $link has it as an artifact." >"$REPORT"
fi
export FILE STACK NUMBER REPORT AUTHOR
exec "$here/comment.sh"
