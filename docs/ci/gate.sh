#!/usr/bin/env bash
# The gate as a CI job runs it: reads its settings from the environment, writes gate.{json,xml,md},
# a step summary and annotations on GitHub, and ends with the gate's own exit status.
set -uo pipefail

for name in CANDIDATE BASELINE; do
  [ -n "${!name:-}" ] || { echo "$name is not set: a lm-eval output folder or board:RUN" >&2; exit 2; }
done
options=(--margin "${MARGIN:-1.0}" --alpha "${ALPHA:-0.05}"
  --json gate.json --junit gate.xml --markdown gate.md)
[ "${STRICT:-false}" = true ] && options+=(--strict)
for field in ${ALLOW_DIFF:-}; do options+=(--allow-diff "$field"); done
[ -n "${GITHUB_ACTIONS:-}" ] && options+=(--github)

rm -f gate.json gate.xml gate.md
"${CFT_EVAL:-cft-eval}" gate --baseline="$BASELINE" "${options[@]}" -- "$CANDIDATE"
status=$?

if [ -n "${GITHUB_OUTPUT:-}" ] && [ -f gate.json ]; then
  python3 -c 'import json; print("decision=" + json.load(open("gate.json"))["decision"])' \
    >>"$GITHUB_OUTPUT"
fi
exit "$status"
