#!/usr/bin/env bash
# From a drawing export to a frozen strategy, its signals, its backtest and its picture, in ./walkthrough.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-walkthrough}
mkdir -p "$out"

run() { printf '\n$ %s\n' "$*"; "$@"; }
export=$here/ethbtc-export.json candles=$here/ETHBTC-5m.csv

printf '$ drawbridge interpret %s --candles %s --exported-at 2018-01-27T07:45:00Z > %s/draft.yaml\n' \
	"${export##*/}" "${candles##*/}" "$out"
drawbridge interpret "$export" --candles "$candles" --exported-at 2018-01-27T07:45:00Z > "$out/draft.yaml"
run drawbridge freeze "$out/draft.yaml" --strategy ethbtc-5m-long -o "$out/strategy.yaml"
run drawbridge verify "$out/strategy.yaml"
run drawbridge signals "$out/strategy.yaml" --candles "$candles"
run drawbridge backtest "$out/strategy.yaml" --candles "$candles" --chart "$out/trades.png" --report "$out/report.html"
run drawbridge chart "$export" --candles "$candles" -o "$out/export.png"
printf '\nDraft, artifact, pictures and report are in %s\n' "$out"
