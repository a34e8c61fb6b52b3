# What a host runs to carry out a command. Comments and indents are not sent.
# `$input` stands nowhere in it: the host of PowerShell looks for that name, and would read stdin itself.
$ErrorActionPreference='Stop'
$ProgressPreference='SilentlyContinue'
# No BOM: it would be written to the stdin of every program that is piped to.
$u=New-Object Text.UTF8Encoding $false
try{[Console]::InputEncoding=$u}catch{}
# Without a console, there is no code page to set.
try{[Console]::OutputEncoding=$u}catch{[Console]::SetOut((New-Object IO.StreamWriter([Console]::OpenStandardOutput(),$u) -Property @{AutoFlush=$true}))}
$OutputEncoding=$u
$s=[Console]::OpenStandardInput()
# PowerShell as the server's shell makes 1 of every exit code but 0: the code is told on stderr, too.
function leave($c){if($c){[Console]::Error.Write("$([char]30)exit $c`n")};exit $c}
# Just so many bytes: what follows is the command's own.
function take($n){
  $b=New-Object byte[] $n
  for($h=0;$h -lt $n;$h+=$g){
    $g=$s.Read($b,$h,$n-$h)
    if($g -le 0){[Console]::Error.WriteLine('the command did not arrive whole');leave 1}
  }
  [Text.Encoding]::ASCII.GetString($b)
}
function text($t){$u.GetString([Convert]::FromBase64String($t))}
$f=(take ([int](take 10))).Split(',')
for($e=2;$e -lt $f.Length;$e+=2){[Environment]::SetEnvironmentVariable((text $f[$e]),(text $f[$e+1]))}
$m=$f[0]
$t=text $f[1]
$f=$null
if($m -eq 'cmd'){
  $i=New-Object Diagnostics.ProcessStartInfo($env:ComSpec,('/d /s /c "'+$t+'"'))
  $i.UseShellExecute=$false
  $p=[Diagnostics.Process]::Start($i)
  $p.WaitForExit()
  leave $p.ExitCode
}
$global:LASTEXITCODE=0
$global:RutterOk=$true
try{
  $k=[ScriptBlock]::Create($t)
  $a=$k.Ast
  # Whether the last statement went well is known only right behind it.
  if($a.EndBlock -and $a.EndBlock.Unnamed -and -not $a.BeginBlock -and -not $a.ProcessBlock){
    $k=[ScriptBlock]::Create($t+"`n`n"+'$global:RutterOk=$?')
  }
  $n=@($a.FindAll({param($x)$x -is [Management.Automation.Language.VariableExpressionAst] -and $x.VariablePath.UserPath -eq 'input'},$true)).Count
  if($n){$r=New-Object IO.StreamReader($s,$u)}
  function lines{while($null -ne ($l=$r.ReadLine())){$l}}
  if($m -eq 'script'){if($n){lines|. $k}else{. $k}}
}catch{
  [Console]::Error.WriteLine(($_|Out-String -Width 4096).Trim())
  leave 1
}
if($m -eq 'line'){
  $ErrorActionPreference='Continue'
  if($n){lines|. $k}else{. $k}
}
$c=$global:LASTEXITCODE
if(-not $c -and -not $global:RutterOk){$c=1}
leave ([int]$c)
