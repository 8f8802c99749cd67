#!/usr/bin/env bash
# The gate as a CI job runs it: reads its settings from the environment, writes gate.{json,xml,md},
# a step summary and annotations on GitHub, and ends with the gate's own exit status.
#
#   CANDIDATE    lm-eval output folder, frozen file or board:RUN
#   BASELINE     the same; several lines are a window of runs of one model
#   MORE         further runs of the candidate, a line each
#   MARGIN ALPHA STRICT ALLOW_DIFF TASK_MARGIN FLOOR EACH_TASK SEEDS TRUNCATION LENGTH COST SHOW COMMENT
#   COMMENT_NAME as the options of that name; HTML=true writes gate.html
set -ufo pipefail # f: a * in a list of names is a name, not the files of the folder

# "true", "True", "1", "yes" and "on" switch on; anything unknown is an error, not "off".
is_on() {
  case "$(printf %s "${!1:-}" | tr '[:upper:]' '[:lower:]')" in
    true | 1 | yes | on) return 0 ;;
    false | 0 | no | off | '') return 1 ;;
    # %q: a runner obeys a line that begins with ::, whoever put it into the value.
    *) printf 'cft-eval: %s=%q: true or false\n' "$1" "${!1}" >&2 && exit 2 ;;
  esac
}

candidate=${CANDIDATE:-}
candidate=${candidate%$'\n'}
candidate=${candidate%$'\r'}
sources=("$candidate")
compared=()

# OPTION for each line of LINES, whose endings may be Windows'.
compare() {
  while IFS= read -r line; do
    line=${line%$'\r'}
    [ -n "$line" ] && sources+=("$line") && compared+=("$1=$line")
  done <<<"$2"
}
compare --baseline "${BASELINE:-}"
[ "${#compared[@]}" -gt 0 ] || compared=(--baseline=)
compare --more "${MORE:-}"

is_compared() {
  for source in "${sources[@]}"; do
    for report in "$1.json" "$1.xml" "$1.md" "$1.html"; do [ "$source" -ef "$report" ] && return 0; done
  done
  return 1
}
name=gate
while is_compared "$name"; do name+=-report; done
# Should the gate not even start, no report of an earlier build is left.
rm -f "$name.json" "$name.xml" "$name.md"
is_on HTML && rm -f "$name.html"

options=("--margin=${MARGIN:-1.0}" "--alpha=${ALPHA:-0.05}"
  "--json=$name.json" "--junit=$name.xml" "--markdown=$name.md" "${compared[@]}")
for field in ${ALLOW_DIFF:-}; do options+=("--allow-diff=$field"); done
for term in ${TASK_MARGIN:-}; do options+=("--task-margin=$term"); done
for term in ${FLOOR:-}; do options+=("--floor=$term"); done
[ -n "${TRUNCATION:-}" ] && options+=("--truncation=$TRUNCATION")
[ -n "${LENGTH:-}" ] && options+=("--length=$LENGTH")
[ -n "${COST:-}" ] && options+=("--cost=$COST")
[ -n "${SHOW:-}" ] && options+=("--show=$SHOW")
[ -n "${COMMENT_NAME:-}" ] && options+=("--comment-name=$COMMENT_NAME")
is_on HTML && options+=("--html=$name.html")
is_on STRICT && options+=(--strict)
is_on EACH_TASK && options+=(--each-task)
is_on SEEDS && options+=(--seeds)
is_on COMMENT && options+=(--comment)
[ "${GITHUB_ACTIONS:-}" = true ] && options+=(--github)

"${CFT_EVAL:-cft-eval}" gate "${options[@]}" -- "$candidate"
status=$?

if [ -n "${GITHUB_OUTPUT:-}" ] && [ -f "$name.json" ]; then
  python3 -c 'import json, sys; print("decision=" + json.load(open(sys.argv[1]))["decision"])' \
    "$name.json" >>"$GITHUB_OUTPUT"
fi
exit "$status"
