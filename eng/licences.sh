#!/usr/bin/env bash
# What is the program made of, and who lets us use it? Writes docs/dependencies.md from what a restore has left: the
# graphs in artifacts/obj/*/project.assets.json, and each package's own .nuspec. Run it after a version has changed:
#
#   dotnet restore && dotnet tool restore && eng/licences.sh
#
# No network, and nothing but a shell. A test of tests/Tidy.Tests fails where a package of Directory.Packages.props, its
# version or a licence is missing from the page.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages=${NUGET_PACKAGES:-$HOME/.nuget/packages}
page=docs/dependencies.md
graphs=$(mktemp)
trap 'rm -f "$graphs"' EXIT

# What a package of ours is for. A direct one that is not here stops the script: say why it is needed, or leave it out.
purpose() {
    case $1 in
        NodaTime) echo 'calendars, time zones, 29 February' ;;
        Microsoft.EntityFrameworkCore.Sqlite) echo 'the embedded store' ;;
        SQLitePCLRaw.core | SQLitePCLRaw.bundle_e_sqlite3) echo 'SQLite itself, held back ([0006](adr/0006-sqlitepclraw.md))' ;;
        MediatR) echo 'commands and what each passes ([0003](adr/0003-mediatr.md))' ;;
        FluentValidation) echo 'rules on request bodies' ;;
        Swashbuckle.AspNetCore) echo 'the OpenAPI document and its pages' ;;
        Microsoft.OpenApi) echo 'pinned, so that the document changes with us only' ;;
        OpenTelemetry) echo 'traces and metrics' ;;
        OpenTelemetry.Exporter.OpenTelemetryProtocol) echo 'sends them, where an endpoint is configured' ;;
        Microsoft.CodeAnalysis.BannedApiAnalyzers) echo 'forbidden calls are build errors; nothing of it is shipped' ;;
        Microsoft.NET.Test.Sdk) echo 'builds test projects' ;;
        xunit.v3) echo 'the tests' ;;
        xunit.runner.visualstudio) echo 'the tests in an IDE' ;;
        FsCheck) echo 'properties, with shrinking' ;;
        dotnet-stryker) echo 'mutation testing, by command only ([mutation-testing.md](mutation-testing.md))' ;;
        Microsoft.AspNetCore.Mvc.Testing) echo 'the program behind an in-memory server' ;;
        *) return 1 ;;
    esac
}

# SPDX as the package says it; else what a person has looked up, by name and version.
licence() {
    local text
    text=$(sed -n 's:.*<license type="expression">\([^<]*\)</license>.*:\1:p' "$1" | head -n 1)
    case $text:$2/$3 in
        # Its package has an address only, of a branch that has another text today: docs/adr/0003.
        :MediatR/5.1.0) text=Apache-2.0 ;;
        # Its package has the text as a file.
        :dotnet-stryker/*) text=Apache-2.0 ;;
    esac
    echo "${text:-unknown}"
}

# Every edge of the graph of a project's restore, as "who whom version", and every package as ". name version".
edges() {
    awk '
        /^  "targets"/ { in_targets = 1 } /^  "libraries"/ { in_targets = 0 }
        in_targets && match($0, /^      "[^"]+\/[^"]+": \{/) { split(substr($0, 8), n, /[\/"]/); name = n[1]; version = n[2]; next }
        in_targets && /^        "type": "package"/ { print ".", name, version }
        in_targets && /^        "dependencies": \{/ { inside = 1; next }
        in_targets && /^        }/ { inside = 0 }
        in_targets && inside { split($0, d, "\""); print name, d[2], d[4] }' "$1"
}

direct=$(sed -n 's:.*<PackageVersion Include="\([^"]*\)" Version="\([^"]*\)".*:\1 \2:p' Directory.Packages.props)
[ -f artifacts/obj/Api/project.assets.json ] || { echo 'Restore first: dotnet restore' >&2; exit 1; }

# The rows of one table: the packages on standard input.
rows() {
    local name version nuspec why by
    while read -r name version; do
        nuspec="$packages/$(echo "$name/$version/$name" | tr '[:upper:]' '[:lower:]').nuspec"
        if grep -q "^$name " <<< "$direct"$'\n'"$tools"; then
            why=$(purpose "$name") || { echo "eng/licences.sh does not know what $name is for" >&2; return 1; }
        else
            by=$(awk -v n="$name" '$1 != "." && tolower($2) == tolower(n) { print $1 }' "$graphs" | LC_ALL=C sort -u | sed -n 1,3p | paste -sd, - | sed 's:,:, :g')
            why="for ${by:-a target that is not built}"
        fi
        echo "| $name | $version | $(licence "$nuspec" "$name" "$version") | $why |"
    done
}

for graph in artifacts/obj/*/project.assets.json; do edges "$graph"; done | LC_ALL=C sort -u > "$graphs"
all=$(sed -n 's:^\. ::p' "$graphs" | LC_ALL=C sort -u)
tools=$(awk -F'"' '/"tools"/ { inside = 1; next } inside && /": \{/ { name = $2 } inside && $2 == "version" { print name, $4 }' .config/dotnet-tools.json)
shipped=$(edges artifacts/obj/Api/project.assets.json | sed -n 's:^\. ::p' | grep -v '^Microsoft.CodeAnalysis.BannedApiAnalyzers ' | LC_ALL=C sort -u)
tested=$(LC_ALL=C comm -23 <(echo "$all") <(echo "$shipped"))
is_direct() { while read -r name version; do if grep -q "^$name " <<< "$direct"; then echo "$name $version"; fi; done; }
is_not() { while read -r name version; do if ! grep -q "^$name " <<< "$direct"; then echo "$name $version"; fi; done; }

table() {
    echo
    echo '| package | version | licence | what it is for |'
    echo '|---|---|---|---|'
    rows
}

{
    echo '# Dependencies and licences'
    echo
    echo 'Every NuGet package that a restore brings in, direct and transitive, as [eng/licences.sh](../eng/licences.sh) found it: the script'
    echo 'writes this page, so change that one. Versions are those that the projects resolve to ([Directory.Packages.props](../Directory.Packages.props)'
    echo 'pins the direct ones); a package in two versions is resolved differently by two projects. The shared framework, .NET and ASP.NET Core, comes with the SDK (MIT). No package is loaded from a page: Swagger UI'
    echo '(Apache-2.0) is inside Swashbuckle, SQLite (public domain) inside SQLitePCLRaw. What an advisory says of a package: `dotnet list package --vulnerable --include-transitive`.'
    echo
    echo '## Shipped: what we ask for'
    is_direct <<< "$shipped" | table
    echo
    echo '## Shipped: what those bring along'
    is_not <<< "$shipped" | table
    echo
    echo '## Not shipped: what builds and checks it'
    is_direct <<< "$tested" | table
    echo
    echo '## Not shipped: what those bring along'
    is_not <<< "$tested" | table
    echo
    echo '## Not shipped: tools that commands use'
    table <<< "$tools"
} > "$page.new"
mv "$page.new" "$page"
echo "$page: $(grep -c '^| [A-Za-z]' "$page") lines of packages, $(grep -c '| unknown |' "$page" || true) of an unknown licence"
