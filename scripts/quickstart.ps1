#!/usr/bin/env pwsh
# The whole story against a running server, for PowerShell 7: a fabric, a subscription, a package, a deployment with its
# steps and the reason for its cluster, an availability set with virtual machines, scale out, reboot, quota, delete.
# Its twin scripts/quickstart.sh is run by the tests; this one has not been run where it was written (no PowerShell there).
#
#   $env:RDFE_URL   where the server is       (http://127.0.0.1:5080)
#   $env:RDFE_KEY   the operator's key        (data/operator.key of this repository)
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3
Set-Location (Join-Path $PSScriptRoot '..')

$url = $env:RDFE_URL ?? 'http://127.0.0.1:5080'
$key = $env:RDFE_KEY ?? (Get-Content -Raw 'data/operator.key').Trim()
$headers = @{ Authorization = "Bearer $key" }

function Send([string] $Method, [string] $Path, $Body = $null, [string] $File = $null) {
    $uri = $Path.StartsWith('http') ? $Path : "$url$Path"
    $arguments = @{ Method = $Method; Uri = $uri; Headers = $headers }
    if ($File) { $arguments.InFile = $File; $arguments.ContentType = 'application/zip' }
    elseif ($null -ne $Body) { $arguments.Body = $Body | ConvertTo-Json -Depth 10; $arguments.ContentType = 'application/json' }
    Invoke-RestMethod @arguments
}

function Wait-Operation($Resource) {
    if (-not $Resource -or -not $Resource.PSObject.Properties['operation'] -or -not $Resource.operation) { return }
    do {
        Start-Sleep -Milliseconds 300
        $state = Send GET $Resource.operation
        if ($state.status -in 'failed', 'canceled') { throw "The operation $($state.status): $($state | ConvertTo-Json -Depth 5)" }
    } until ($state.status -eq 'succeeded')
    $state.steps | ForEach-Object { '    {0,-18} {1}' -f $_.name, $_.status }
}

function Show-Instances([string] $Path) {
    (Send GET "$Path/instances").value | Format-Table name, status, updateDomain, faultDomain, node, dip -AutoSize
}

if ((Send GET '/fabric/clock').rate -eq 0) {
    throw "The fabric's clock stands still: PUT /fabric/clock { `"rate`": 60 } lets it run."
}

$subscription = [guid]::NewGuid().ToString()
$service = "shop-$($subscription.Substring(0, 8))"
$base = "/subscriptions/$subscription"
$region = (Send GET '/fabric/regions').value[0].name
$slot = "$base/services/$service/deployments/production"
$machines = 1..3 | ForEach-Object { "$base/virtualMachines/front-$_" }
$package = Join-Path ([IO.Path]::GetTempPath()) "shop-$subscription.zip"
try {
    "`nThe fabric"
    (Send GET '/fabric/load').value | Format-Table cluster, load -AutoSize

    "`nA subscription, a package"
    $null = Send PUT $base @{ displayName = 'Quick start' }
    & scripts/pack.ps1 samples/shop $package | Out-Null
    $stored = Send PUT "$base/packages/shop" -File $package
    "  sha256 $($stored.sha256)"
    $stored.advice | ForEach-Object { "  advice: $($_.message)" }

    "`nA hosted service and its deployment"
    $null = Send PUT "$base/services/$service" @{ region = $region }
    $configuration = Get-Content -Raw 'samples/shop/ServiceConfiguration.cscfg'
    Wait-Operation (Send PUT $slot @{ package = 'shop'; configuration = $configuration; label = 'first' })
    $deployment = Send GET $slot
    "  cluster $($deployment.cluster), because:"
    $deployment.allocation.candidates | Format-Table cluster, verdict, why -AutoSize
    Show-Instances $slot

    "`nAn availability set with three virtual machines"
    $null = Send PUT "$base/availabilitySets/front" @{ region = $region }
    $image = ((Send GET '/fabric/images?top=1000').value | Where-Object kind -EQ 'vm')[0].name
    $created = $machines | ForEach-Object { Send PUT $_ @{ availabilitySet = 'front'; size = 'Small'; image = $image } }
    $created | ForEach-Object { $null = Wait-Operation $_ }
    $machines | ForEach-Object { Send GET $_ } | ForEach-Object {
        '  {0,-10} {1,-9} UD {2} FD {3} {4}' -f $_.name, $_.instanceView.status, $_.instanceView.updateDomain, $_.instanceView.faultDomain, $_.instanceView.node
    }

    "`nScale out"
    $scaled = ([regex] '<Instances count="\d+"').Replace($configuration, '<Instances count="5"', 1)
    Wait-Operation (Send POST "$slot/configuration" @{ configuration = $scaled; mode = 'auto' })

    "`nReboot one instance"
    $instance = (Send GET "$slot/instances").value[0].name
    Wait-Operation (Send POST "$slot/instances/$instance/reboot")

    "`nUsage of quota"
    (Send GET "$base/quotas").value | Format-Table resource, used, limit -AutoSize
}
finally {
    "`nDelete everything"
    foreach ($path in @($machines) + $slot) { try { $null = Wait-Operation (Send DELETE $path) } catch { Write-Warning $_ } }
    foreach ($path in "$base/availabilitySets/front", "$base/services/$service", "$base/packages/shop", $base) {
        try { $null = Send DELETE $path } catch { Write-Warning $_ }
    }
    Remove-Item $package -ErrorAction SilentlyContinue
}
