# Installs the agent of Assist and makes this machine known to its server. Made by an Assist server for its own CA and
# its own packages: what is downloaded is compared with the SHA-256 below, and the server's certificate with the
# fingerprint below, so that nothing rests on the connection this came over. `assist activation create` prints the line
# that fetches this file and compares it with its SHA-256 before anything runs. In PowerShell, as administrator.
#   $env:ASSIST_ACTIVATION_CODE holds the code of the activation.
param(
  [string]$Server,
  [string]$Download,
  [string]$ActivationId,
  [string]$CaFingerprint, # system: the server is believed by this system's certificates, not by its CA
  [string]$Name,
  [string[]]$Tag
)
$ErrorActionPreference = 'Stop'
if ($PSVersionTable.PSVersion.Major -ge 6) { throw 'assist install: run it in Windows PowerShell (powershell.exe)' }
$ownFingerprint = '@CA_FINGERPRINT@'
$file = '@SETUP_FILE@'
$sha256 = '@SETUP_SHA256@'

if (-not $CaFingerprint) { $CaFingerprint = $ownFingerprint }
function Fail([string]$why) { throw "assist install: $why" }

if ($Server -notmatch '^https?://[^"\s]+$') { Fail "-Server: '$Server' is no address such as https://assist.example.com:8443" }
if (-not $Download) { $Download = $Server }
if ($ActivationId -notmatch '^[^"\s]+$') { Fail '-ActivationId is missing' }
if (-not $env:ASSIST_ACTIVATION_CODE) { Fail 'the activation code is missing: put it into $env:ASSIST_ACTIVATION_CODE' }
if (-not $file) { Fail "$Server has no setup program for Windows" }
$me = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) { Fail 'run it as administrator' }
if ([IntPtr]::Size -ne 8) { Fail 'there is no agent for 32 bits: open the 64-bit PowerShell' }
foreach ($value in @($Name) + @($Tag)) { if ($value -match '"') { Fail "a name or tag must not have quotation marks: $value" } }

$work = Join-Path $env:SystemRoot ('Temp\assist-' + [Guid]::NewGuid().ToString('N'))
$null = New-Item -ItemType Directory -Path $work
$callback = [Net.ServicePointManager]::ServerCertificateValidationCallback
try {
  # Only administrators and the system may change what is started below.
  $null = & icacls.exe $work /inheritance:r /grant '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-18:(OI)(CI)F'
  if ($LASTEXITCODE -ne 0) { Fail "the rights of $work could not be set" }
  [Net.ServicePointManager]::SecurityProtocol = 3072
  [Net.ServicePointManager]::ServerCertificateValidationCallback = { $true } # what comes is compared below
  $setup = Join-Path $work 'setup.exe'
  Write-Host "assist install: fetching $file from $Download"
  $bytes = (New-Object Net.WebClient).DownloadData("$($Download.TrimEnd('/'))/download/$file")
  $got = [BitConverter]::ToString([Security.Cryptography.SHA256]::Create().ComputeHash($bytes)).Replace('-', '').ToLower()
  if ($got -ne $sha256) {
    Fail "$file is not what this script was made for (SHA-256 $got, not $sha256): somebody changed it on its way, or the server has newer packages; let ``assist activation create`` print a new line"
  }
  [IO.File]::WriteAllBytes($setup, $bytes)
  $arguments = @('/S', "/SERVER=$($Server.TrimEnd('/'))", "/ACTIVATION_ID=$ActivationId")
  if ($CaFingerprint -and $CaFingerprint -ne 'system') { $arguments += "/CA_FINGERPRINT=$CaFingerprint" }
  if ($Name) { $arguments += "`"/NAME=$Name`"" }
  foreach ($one in $Tag) { if ($one) { $arguments += "`"/TAG=$one`"" } }
  $done = Start-Process -FilePath $setup -ArgumentList $arguments -Wait -PassThru
  if ($done.ExitCode -ne 0) {
    $log = Join-Path $env:ProgramFiles 'Assist\setup.log'
    if ($done.ExitCode -eq 2) { $log = Join-Path $env:TEMP 'assist-agent-setup.log' } # nothing was made yet
    if (Test-Path $log) { Get-Content $log | Select-Object -Last 15 | Write-Host }
    Fail "$file ended with exit code $($done.ExitCode); $log says why"
  }
  Write-Host 'assist install: done; this machine is registered and its agent runs'
} finally {
  [Net.ServicePointManager]::ServerCertificateValidationCallback = $callback
  Remove-Item -Recurse -Force $work -ErrorAction SilentlyContinue # a scanner may hold it
}
