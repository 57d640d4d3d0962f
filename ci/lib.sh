# shellcheck shell=bash
# What the scripts of the actions share; it is sourced. They use what GitHub's runners have: bash, curl, jq, unzip.

scratch=$(mktemp -d "${RUNNER_TEMP:-/tmp}/msgdeploy.XXXXXX")

# fail TEXT: ends the script with an annotation. TEXT is ours: what others wrote could hold a command for the runner.
fail() {
	printf '::error title=msgdeploy::%s\n' "$1"
	exit 1
}

# note TEXT: says something in the log, as an annotation.
note() {
	printf '::notice title=msgdeploy::%s\n' "$1"
}

# api METHOD PATH [OPTION...]: calls GitHub's REST API with curl's OPTIONs, and prints what it answers. When GitHub
# refuses, what it said goes to stderr. The token reaches curl by a pipe, for every process can read arguments.
api() {
	local method=$1 path=$2 answer status=0 retry=()
	shift 2
	# What GitHub could not do just now is tried again, unless doing it twice would make two.
	[[ $method == POST ]] || retry=(--retry 3)
	answer=$(mktemp "$scratch/answer.XXXXXX")
	curl --silent --show-error --fail-with-body --location --max-time 60 "${retry[@]}" --request "$method" --output "$answer" \
		--header 'Accept: application/vnd.github+json' --header 'X-GitHub-Api-Version: 2022-11-28' \
		--config <(printf 'header = "Authorization: Bearer %s"\n' "$GITHUB_TOKEN") \
		"$@" "$GITHUB_API_URL$path" || status=$?
	if [[ $status != 0 ]]; then
		printf 'GitHub: %s %s: ' "$method" "$path" >&2
		jq --raw-output '.message | tostring' "$answer" >&2 2>/dev/null || echo "curl ended with $status" >&2
		return "$status"
	fi
	cat "$answer"
}

# pages PATH: prints all elements of a list of GitHub's, one JSON value a line. PATH has a query already.
pages() {
	local path=$1 page=1 list
	list=$(mktemp "$scratch/list.XXXXXX")
	while :; do
		api GET "$path&per_page=100&page=$page" >"$list" || return
		jq --compact-output '.[]' "$list"
		[[ $(jq length "$list") == 100 ]] || return 0
		page=$((page + 1))
	done
}
