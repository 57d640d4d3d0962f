#!/usr/bin/env bash
# install.sh puts msgdeploy on the PATH of the steps that follow.
#
# INSTALL=source builds it from the action's own revision: what `uses:` names is what runs, and a commit there pins
# all of it. INSTALL=path takes what the workflow has installed.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

case $INSTALL in
source)
	# GOFLAGS and GOWORK of the job are for its own code.
	env -u GOFLAGS GOWORK=off make --silent -C "$GITHUB_ACTION_PATH" build "BIN=$scratch/bin/msgdeploy" "VERSION=${REF:-dev}"
	echo "$scratch/bin" >>"$GITHUB_PATH"
	"$scratch/bin/msgdeploy" version
	;;
path)
	msgdeploy version || fail 'There is no msgdeploy on the PATH. Install it in a step before, or leave `install` out.'
	;;
*)
	fail 'The input `install` is neither source nor path.'
	;;
esac
