#!/bin/sh
# Makes a service package of a folder: scripts/pack.sh <folder> [out.zip]
#
# The package has ServiceDefinition.csdef and the role folders; configurations (*.cscfg) stay outside, since one package
# is deployed with many. Equal folders give equal packages (equal hashes) with the same tool: names are sorted and times
# are fixed. It uses what is there: python3, zip, or the .NET SDK, which is always there because Rdfe needs it.
# PACK_WITH=python3|zip|dotnet chooses one.
set -eu

folder=${1:?usage: scripts/pack.sh <folder> [out.zip]}
folder=${folder%/}
out=${2:-$(basename "$(cd "$folder" && pwd)").zip}
here=$(cd "$(dirname "$0")" && pwd)

[ -f "$folder/ServiceDefinition.csdef" ] || {
    echo "pack.sh: $folder has no ServiceDefinition.csdef" >&2
    exit 1
}

case $out in
/*) ;;
*) out=$PWD/$out ;;
esac
mkdir -p "$(dirname "$out")"

# A name that exists is not yet a tool that runs: macOS offers a python3 that only installs another.
works() {
    case $1 in
    python3) python3 -c 'import zipfile, zlib' >/dev/null 2>&1 ;;
    zip) zip -v >/dev/null 2>&1 ;;
    dotnet) dotnet --version >/dev/null 2>&1 ;;
    *) false ;;
    esac
}

tool=${PACK_WITH:-}
for candidate in python3 zip dotnet; do
    [ -n "$tool" ] && break
    if works "$candidate"; then tool=$candidate; fi
done
works "$tool" || {
    echo "pack.sh: needs python3, zip or the .NET SDK${tool:+ (PACK_WITH is '$tool')}" >&2
    exit 1
}

# The package appears whole or not at all.
part=$out.part$$.zip
trap 'rm -rf "$part" "$part.d"' EXIT
case $tool in
python3)
    python3 - "$folder" "$part" <<'PYTHON'
import os, sys, zipfile
folder, out = sys.argv[1:]
names = []
for at, folders, files in os.walk(folder):
    folders[:] = sorted(f for f in folders if not f.startswith("."))
    for name in files:
        path = os.path.join(at, name)
        if not name.startswith(".") and not name.lower().endswith(".cscfg") and not os.path.islink(path):
            names.append(os.path.relpath(path, folder).replace(os.sep, "/"))
with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
    for name in sorted(names):
        entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o100644 << 16
        with open(os.path.join(folder, name), "rb") as source, package.open(entry, "w", force_zip64=False) as target:
            while chunk := source.read(1 << 20):
                target.write(chunk)
PYTHON
    ;;
zip)
    # zip stores each file's time and mode: a copy with fixed ones makes the result depend on content alone.
    mkdir "$part.d"
    (cd "$folder" && find . -type f ! -path '*/.*' ! -iname '*.cscfg' | LC_ALL=C sort) >"$part.d/.names"
    while IFS= read -r name; do
        mkdir -p "$part.d/$(dirname "$name")"
        cp "$folder/$name" "$part.d/$name"
        chmod 644 "$part.d/$name"
        TZ=UTC touch -t 198001010000.00 "$part.d/$name"
    done <"$part.d/.names"
    (cd "$part.d" && TZ=UTC zip -q -X -D "$part" -@ <.names)
    ;;
dotnet)
    dotnet run "$here/pack.cs" -- "$folder" "$part"
    ;;
esac
mv "$part" "$out"
echo "$out"
