#!/usr/bin/env bash
# The one command that says whether the tree is good: for people, for .ci/run and for the workflow.
# Needs the .NET SDK and nothing else. Writes under artifacts/ only.
#
#   eng/test.sh               everything
#   eng/test.sh Domain Tidy   the same, but only the tests of these projects
#
# The last line is "N passed, N failed" (and ", N skipped" when some were). A stage that fails (build, format, a tree
# that the tests have changed) counts as one failure, so that the line never says 0 failed when the exit code is 1.
# Debug, because that is what `dotnet run` and editors build: whoever has started the program has built it already.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1
# One compiler for all projects, ended with this script: each would start one of its own where the machine says so.
export UseSharedCompilation=true
trap 'dotnet build-server shutdown --vbcscompiler > /dev/null 2>&1' EXIT
# Most of what tests run, runs a few times only: counting how often costs a third more than it gives back.
export DOTNET_TieredPGO=0
configuration=Debug
results=artifacts/test-results
broken=0

# Runs a stage, with its time; its output is shown, and the stage is counted, only when it fails.
stage() {
    local name=$1 began=$SECONDS
    shift
    if "$@" > "$results/$name.log" 2>&1; then
        printf '%-24s ok      %4ds\n' "$name" $((SECONDS - began))
    else
        printf '%-24s FAILED  %4ds\n' "$name" $((SECONDS - began))
        sed 's/^/    /' "$results/$name.log"
        broken=$((broken + 1))
        return 1
    fi
}

# Runs the tests of one project and leaves its figures in a .count file: passed, failed, skipped.
# xunit's projects are programs, and starting them directly is much faster than going through `dotnet test`.
run_tests() {
    local project=$1 began=$SECONDS log="$results/$1.log" code summary
    dotnet "artifacts/bin/$project/$(echo "$configuration" | tr '[:upper:]' '[:lower:]')/Rdfe.$project.dll" -noColor -noLogo > "$log" 2>&1
    code=$?
    summary=$(grep -E "^ +Rdfe\.$project +Total: [0-9]+" "$log" | tail -n 1)
    figure() { echo "$summary" | sed -nE "s/.*$1: ([0-9]+).*/\1/p"; }
    local total failed skipped unrun
    total=$(figure Total)
    failed=$(($(figure Failed || true) + $(figure Errors || true) + 0))
    skipped=$(($(figure Skipped || true) + 0))
    unrun=$(($(figure 'Not Run' || true) + 0))
    # It crashed, hung up, or found no tests at all: none of that is a pass.
    if [ "${total:-0}" -eq 0 ] || { [ $code -ne 0 ] && [ $failed -eq 0 ]; }; then
        failed=$((failed + 1))
        total=$((${total:-0} + 1))
        echo "$project ended with exit code $code and ${summary:-no summary}" >> "$log"
    fi
    echo $((total - failed - skipped - unrun)) $failed $skipped > "$results/$project.count"
    # One printf, so that two projects that end together do not mix their lines.
    if [ $failed -eq 0 ]; then
        printf '%-24s ok      %4ds   %5d passed\n' "$project" $((SECONDS - began)) $((total - skipped - unrun))
    else
        printf '%-24s FAILED  %4ds   %5d failed\n%s\n' "$project" $((SECONDS - began)) $failed \
            "$(grep -vE '^ +(Discovering|Discovered|Starting|Finished): |^ +at System\.(Reflection|RuntimeType)' "$log" | sed 's/^/    /')"
    fi
}

# Holds the tree against its style. The third part of `dotnet format`, the analyzers, has run in the build, where its warnings
# are errors. A failure counts like a test's.
run_format() {
    local part=$1 began=$SECONDS log="$results/format-$1.log"
    if dotnet format "$part" Rdfe.sln --no-restore --verify-no-changes > "$log" 2>&1; then
        echo 0 0 0 > "$results/format-$part.count"
        printf '%-24s ok      %4ds\n' "format-$part" $((SECONDS - began))
    else
        echo 0 1 0 > "$results/format-$part.count"
        printf '%-24s FAILED  %4ds\n%s\n' "format-$part" $((SECONDS - began)) "$(sed 's/^/    /' "$log")"
    fi
}

run_job() {
    case $1 in format-*) run_format "${1#format-}" ;; *) run_tests "$1" ;; esac
}
export -f run_tests run_format run_job
export configuration results

# What git sees as changed or new, with its content; nothing where this is no clone.
changes() { git status --porcelain 2> /dev/null && git diff 2> /dev/null; }
clean() {
    [ "$(changes)" = "$1" ] || { echo "The tests have changed the tree:"; git status --short; return 1; }
}

# The slow ones first, two at a time. Api.Tests compares the OpenAPI document, Tidy.Tests holds the house rules,
# Scenarios compares what happens with the logs that people have read, Simulation lives 200 random lives.
projects=()
for name in Api Scenarios Simulation Infrastructure Domain $(ls tests | sed -n 's/\.Tests$//p'); do
    project=$name.Tests
    [ -f "tests/$project/$project.csproj" ] || project=$name
    [ -f "tests/$project/$project.csproj" ] || continue
    case " ${projects[*]:-} " in *" $project "*) continue ;; esac
    case " ${*:-$name} " in *" $name "*) projects+=("$project") ;; esac
done
[ ${#projects[@]} -gt 0 ] || { echo "There is no test project called $*."; exit 1; }

rm -rf "$results"
mkdir -p "$results"
before=$(changes)

stage restore dotnet restore Rdfe.sln || { echo "0 passed, 1 failed"; exit 1; }
stage build dotnet build Rdfe.sln --no-restore -c $configuration -v quiet || { echo "0 passed, 1 failed"; exit 1; }
jobs=("${projects[@]:0:4}" format-style format-whitespace "${projects[@]:4}")
printf '%s\n' "${jobs[@]}" | xargs -P 2 -I '{}' bash -c 'run_job "$1"' run_job '{}'

# Whoever edits while the tests run would be blamed for it, so only CI insists.
[ -z "${CI:-}" ] || stage clean-tree clean "$before"

passed=0 failed=$broken skipped=0
for job in "${jobs[@]}"; do
    read -r p f s < "$results/$job.count" || { p=0 f=1 s=0; }
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
[ $skipped -eq 0 ] && tail='' || tail=", $skipped skipped"
echo "$passed passed, $failed failed$tail"
[ $failed -eq 0 ]
