#!/usr/bin/env bash
# Mutation testing: changes the code in small ways, one after the other, and says which changes no test of Domain.Tests notices.
# By command, never by eng/test.sh or CI: it takes from minutes (the promise) to hours (everything). docs/mutation-testing.md has the
# scores, and why what survives does.
#
#   eng/mutate.sh promise               the arbiter; also placement, planners: one of them or several
#   eng/mutate.sh Placement/Search.cs   a file below src/Domain, or a pattern of them
#   CONCURRENCY=1 eng/mutate.sh ...     one test process at a time; two otherwise
#
# It works on a copy below artifacts/, so the tree can be edited and built meanwhile. In the copy every file that is not asked for
# begins with a comment that tells Stryker to leave it alone: else it would mutate and compile all of Domain before it picks.
# In those asked for it leaves sentences for people alone: a test of each of them would restate it.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1
# What analyzers say has been said in the tree; here they would only take their time.
export RunAnalyzers=false

[ $# -gt 0 ] || { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0"; exit 1; }
patterns=()
for what in "$@"; do
    case $what in
        promise) patterns+=('Arbiter/*') ;;
        placement) patterns+=('Placement/*') ;;
        planners) patterns+=('Planning/*') ;;
        *) patterns+=("$what") ;;
    esac
done
wanted() {
    local pattern
    for pattern in "${patterns[@]}"; do
        # Without quotes, since it is a pattern.
        # shellcheck disable=SC2053
        [[ $1 == $pattern ]] && return
    done
    return 1
}

name=$(IFS=+; echo "$*" | tr -c 'A-Za-z0-9+\n' '-')
copy=$PWD/artifacts/mutation/tree out=$PWD/artifacts/mutation/$name
rm -rf "$copy/src" "$copy/tests" "$out"
mkdir -p "$copy" "$out"
# With their times, so that the copy is built again only where something has changed.
git ls-files -z --cached --others --exclude-standard | tar -c --null --ignore-failed-read -T - 2> /dev/null | tar -x -C "$copy" || exit 1

found=0
while IFS= read -r file; do
    off=all
    wanted "${file#src/Domain/}" && { off=string; found=$((found + 1)); }
    # On the first line, so that lines keep their numbers.
    sed -i "1s/^\xef\xbb\xbf//; 1s/^/\/* Stryker disable $off : see eng\/mutate.sh *\/ /" "$copy/$file"
    touch -r "$file" "$copy/$file"
done < <(cd "$copy" && find src/Domain -name '*.cs')
[ $found -gt 0 ] || { echo "No file below src/Domain is like ${patterns[*]}."; exit 1; }

cd "$copy/tests/Domain.Tests" || exit 1
dotnet tool restore > "$out/tool.log" || { cat "$out/tool.log"; exit 1; }
echo "$found files; this takes a while. What it does is in $out/stryker.log"
dotnet stryker -f ../../eng/stryker.json -O "$out" --concurrency "${CONCURRENCY:-2}" --skip-version-check > "$out/stryker.log" 2>&1
code=$?

# What no test notices, by file and line; then what was noticed of how much, by file. Uncompilable and ignored ones count for nothing.
report=$out/reports/mutation-report.json
[ -f "$report" ] || { tail -n 20 "$out/stryker.log"; exit 1; }
sed 's/"[^"]*\/src\/Domain\/\([^"]*\.cs\)":{"language"/\n=\1\n/g; s/{"id":"/\n&/g' "$report" | awk '
    /^=/ { file = substr($0, 2) }
    /^\{"id":/ && match($0, /"status":"(Survived|NoCoverage|Killed|Timeout)"/) {
        status = substr($0, RSTART + 10, RLENGTH - 11)
        if (!(file in of)) { files[++count] = file }
        of[file]++; all++
        if (status == "Killed" || status == "Timeout") { noticed[file]++; any++; next }
        match($0, /"start":\{"line":[0-9]+/); line = substr($0, RSTART + 16, RLENGTH - 16)
        match($0, /"mutatorName":"[^"]*"/); kind = substr($0, RSTART + 15, RLENGTH - 16)
        match($0, /"replacement":"([^"\\]|\\.)*"/); text = substr($0, RSTART + 15, RLENGTH - 16)
        gsub(/\\u003C/, "<", text); gsub(/\\u003E/, ">", text); gsub(/\\n */, " ", text)
        printf "%-10s %s:%s  %s: %s\n", status, file, line, kind, substr(text, 1, 100)
    }
    END {
        for (i = 1; i <= count; i++) { f = files[i]; printf "%6.1f %%  %4d of %4d  %s\n", 100 * noticed[f] / of[f], noticed[f], of[f], f }
        if (!any) { print "Nothing was noticed: the run itself is broken."; exit 1 }
        printf "%6.1f %%  %4d of %4d  in all\n", 100 * any / all, any, all
    }' || code=1
exit $code
