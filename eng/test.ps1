# eng/test.sh for PowerShell: the same stages in the same order, and the same last line. Needs the .NET SDK only.
Set-Location (Join-Path $PSScriptRoot '..') -ErrorAction Stop
$env:DOTNET_NOLOGO = '1'; $env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'; $env:DOTNET_CLI_UI_LANGUAGE = 'en'
$env:MSBUILDDISABLENODEREUSE = '1'
$passed = 0; $failed = 0; $skipped = 0

function Stage([string] $name, [string[]] $arguments) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $said = & dotnet @arguments 2>&1
    $good = $LASTEXITCODE -eq 0
    '{0,-24} {1,-6} {2,5:0}s' -f $name, $(if ($good) { 'ok' } else { 'FAILED' }), $watch.Elapsed.TotalSeconds | Out-Host
    if (-not $good) { $said | ForEach-Object { "    $_" } | Out-Host; $script:failed++ }
    $good
}

if (-not (Stage 'restore' 'restore', 'Rdfe.sln') -or
    -not (Stage 'build' 'build', 'Rdfe.sln', '--no-restore', '-c', 'Debug', '-v', 'quiet')) {
    '0 passed, 1 failed'
    exit 1
}

foreach ($part in 'whitespace', 'style') {
    [void] (Stage "format-$part" 'format', $part, 'Rdfe.sln', '--no-restore', '--verify-no-changes')
}

foreach ($project in @('Scenarios', 'Simulation') + (Get-ChildItem tests -Directory -Filter '*.Tests').Name) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $said = & dotnet "artifacts/bin/$project/debug/Rdfe.$project.dll" -noColor -noLogo 2>&1 | ForEach-Object { "$_" }
    $code = $LASTEXITCODE
    $summary = $said | Where-Object { $_ -match "^ +Rdfe\.$([regex]::Escape($project)) +Total: " } | Select-Object -Last 1
    $figure = { param($word) if ("$summary" -match "${word}: (\d+)") { [int] $Matches[1] } else { 0 } }
    $total = & $figure 'Total'
    $bad = (& $figure 'Failed') + (& $figure 'Errors')
    $left = & $figure 'Skipped'
    # It crashed, hung up, or found no tests at all: none of that is a pass.
    if ($total -eq 0 -or ($code -ne 0 -and $bad -eq 0)) { $bad++; $total++ }
    $good = $total - $bad - $left - (& $figure 'Not Run')
    '{0,-24} {1,-6} {2,5:0}s   {3,5} passed' -f $project, $(if ($bad) { 'FAILED' } else { 'ok' }), $watch.Elapsed.TotalSeconds, $good | Out-Host
    if ($bad) { $said | ForEach-Object { "    $_" } | Out-Host }
    $passed += $good; $failed += $bad; $skipped += $left
}

"$passed passed, $failed failed" + $(if ($skipped) { ", $skipped skipped" })
exit [int] ($failed -gt 0)
