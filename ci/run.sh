#!/usr/bin/env bash
# run.sh runs one command of msgdeploy on a stack, with what the action's inputs say: COMMAND, FILE, STACK, BASE,
# OFFLINE, FAIL_ON, PLAN, ALLOW_DATA_LOSS, BACKEND. ANNOTATED=true says that a step before has annotated the spec's errors.
#
# One run gives all: the annotations on stdout, the outputs, and the report, which msgdeploy writes as a step summary.
# It exits as msgdeploy does.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# option NAME VALUE: one more option, unless VALUE is empty.
option() {
	[[ -z $2 ]] || args+=("--$1=$2")
}

args=("$COMMAND" "--file=$FILE" --output=github)
option stack "$STACK"
case $COMMAND in
validate) ;;
preview) [[ $OFFLINE != true ]] || args+=(--offline) ;;
up) args+=(--yes) ;;
*) fail 'The input `command` is none of validate, preview and up.' ;;
esac
if [[ $COMMAND != validate ]]; then
	option base "$BASE"
	option fail-on "$FAIL_ON"
	option plan "$PLAN"
	option allow-data-loss "$ALLOW_DATA_LOSS"
	option backend "$BACKEND"
fi

report=$scratch/report.md
: >"$report"
if [[ ${ANNOTATED:-} == true ]]; then exec 3>/dev/null; else exec 3>&1; fi
status=0
GITHUB_STEP_SUMMARY=$report msgdeploy "${args[@]}" >&3 || status=$?

if [[ $COMMAND != validate && $status != 0 && ! -s $report ]]; then
	case $status in
	3) what='the spec has errors' ;;
	4) what='refused by a guard' ;;
	5) what='the stack is locked' ;;
	130) what=interrupted ;;
	*) what=failed ;;
	esac
	printf '### msgdeploy %s: %s\n\nNothing is known of what would change. [The log of the run](%s) says why; the exit code is %s.\n' \
		"$COMMAND" "$what" "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID" "$status" >"$report"
fi
# GitHub refuses a summary of more than 1 MiB.
head -c 1000000 "$report" >>"$GITHUB_STEP_SUMMARY"
{
	echo "exit-code=$status"
	if [[ -s $report ]]; then echo "report=$report"; fi
} >>"$GITHUB_OUTPUT"
exit "$status"
