# Makes a service package of a folder: scripts/pack.ps1 <folder> [out.zip]
# As pack.sh does: the definition and the role folders go in, *.cscfg stay outside; equal folders give equal packages.
param(
    [Parameter(Mandatory)] [string] $Folder,
    [string] $Out
)
$ErrorActionPreference = 'Stop'
Add-Type -AssemblyName System.IO.Compression
Add-Type -AssemblyName System.IO.Compression.FileSystem

$root = (Resolve-Path -LiteralPath $Folder).ProviderPath.TrimEnd('\', '/')
if (-not (Test-Path -LiteralPath (Join-Path $root 'ServiceDefinition.csdef'))) {
    throw "$Folder has no ServiceDefinition.csdef"
}
if (-not $Out) { $Out = (Split-Path $root -Leaf) + '.zip' }
$target = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Out)
$part = "$target.part"

$names = @(Get-ChildItem -LiteralPath $root -Recurse -File |
    ForEach-Object { $_.FullName.Substring($root.Length + 1).Replace('\', '/') } |
    Where-Object { $_ -notmatch '\.cscfg$' -and $_ -notmatch '(^|/)\.' })
[Array]::Sort($names, [StringComparer]::Ordinal)

try {
    $stream = [IO.File]::Create($part)
    $package = New-Object IO.Compression.ZipArchive($stream, [IO.Compression.ZipArchiveMode]::Create)
    foreach ($name in $names) {
        $entry = $package.CreateEntry($name, [IO.Compression.CompressionLevel]::Optimal)
        $entry.LastWriteTime = New-Object DateTimeOffset(1980, 1, 1, 0, 0, 0, [TimeSpan]::Zero)
        $content = $entry.Open()
        $source = [IO.File]::OpenRead((Join-Path $root $name))
        try { $source.CopyTo($content) } finally { $source.Dispose(); $content.Dispose() }
    }
    $package.Dispose()
    Move-Item -LiteralPath $part -Destination $target -Force
}
finally {
    if ($package) { $package.Dispose() }
    if ($stream) { $stream.Dispose() }
    if (Test-Path -LiteralPath $part) { Remove-Item -LiteralPath $part }
}
$target
