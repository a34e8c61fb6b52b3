//! What PowerShell answers where the runbook's scripts are carried out: on the web servers, and on the
//! machine that deploys. It knows those scripts and no others.

use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use super::{MANAGEMENT, SITE};
use crate::powershell::{self, Reply};
use crate::system::Result;

/// `lab part iis-powershell`
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// What the machine keeps on its disk
    #[arg(long)]
    pub folder: PathBuf,
    /// As powershell.exe takes them
    #[arg(last = true)]
    pub arguments: Vec<String>,
}

/// Carries out one script, and exits as PowerShell does.
pub fn run(args: &Args) -> io::Result<()> {
    let code = powershell::run(&args.arguments, |script| answer(script, &args.folder))?;
    std::process::exit(code)
}

fn answer(script: &str, folder: &Path) -> Reply {
    match carry_out(script, folder) {
        Ok(Some(text)) => Reply::text(text),
        Ok(None) => Reply::unknown(script),
        Err(error) => Reply { stdout: String::new(), stderr: error.to_string(), exit: 1 },
    }
}

/// What a script prints; none if it is not known.
fn carry_out(script: &str, folder: &Path) -> Result<Option<String>> {
    let has = |text: &str| script.contains(text);
    let said = match () {
        () if has("(Get-WebsiteState -Name ") => field(script, "Get-WebsiteState -Name ", "state"),
        () if has("Stop-Website -Name ") => manage(script, "Stop-Website -Name ", "POST /site/stop"),
        () if has("Start-Website -Name ") => manage(script, "Start-Website -Name ", "POST /site/start"),
        () if has("Get-WebRequest -AppPool") => requests(),
        () if has("Move-Item -LiteralPath") => rename(script, &folder.join("site")),
        () if has("{ 'missing' }") => monitor(script, &folder.join("site")),
        () if has("Invoke-WebRequest ") => ask(script),
        () if has("$commands = @(Get-ChildItem ") => package(script, folder),
        () if has("& $deploy[0].FullName ") => deploy(script, folder),
        () => return Ok(None),
    };
    said.map(Some)
}

/// The word that stands behind a text, without its quotes.
fn word<'a>(script: &'a str, before: &str) -> Result<&'a str> {
    let rest = script.split_once(before).ok_or_else(|| format!("`{before}` does not stand there"))?.1;
    let (quote, rest) = match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => (Some(quote), &rest[1..]),
        _ => (None, rest),
    };
    let is_end = |c: char| quote.map_or(c.is_whitespace() || ")};".contains(c), |quote| c == quote);
    Ok(rest.split(is_end).next().unwrap_or(rest))
}

fn the_site(name: &str) -> Result {
    if name == SITE { Ok(()) } else { Err(format!("Cannot find path 'IIS:\\Sites\\{name}'").into()) }
}

fn manage(script: &str, before: &str, request: &str) -> Result<String> {
    the_site(word(script, before)?)?;
    request_of("127.0.0.1", MANAGEMENT, request).map(|_| String::new())
}

fn look(name: &str) -> Result<String> {
    let seen: serde_json::Value = serde_json::from_str(&request_of("127.0.0.1", MANAGEMENT, "GET /site")?)?;
    Ok(seen[name].to_string().trim_matches('"').to_owned())
}

fn field(script: &str, before: &str, name: &str) -> Result<String> {
    the_site(word(script, before)?)?;
    look(name)
}

fn requests() -> Result<String> {
    Ok(format!("{} {}", look("executing")?, look("queued")?))
}

/// A file of the site's root, by its path in the drive `IIS:`.
fn in_site<'a>(path: &'a str, root: &Path) -> Result<(PathBuf, &'a str)> {
    let rest = path.strip_prefix(r"IIS:\Sites\").ok_or_else(|| format!("what is {path}?"))?;
    let (site, name) = rest.split_once('\\').ok_or_else(|| format!("what is {path}?"))?;
    the_site(site)?;
    Ok((root.join(name), name))
}

fn rename(script: &str, root: &Path) -> Result<String> {
    let (old, _) = in_site(word(script, "if (Test-Path ")?, root)?;
    let new = root.join(word(script, "(Join-Path $file.DirectoryName ")?);
    if old.exists() {
        fs::rename(old, new)?;
    } else if !new.exists() {
        return Err("neither name is there".into());
    }
    Ok(String::new())
}

fn monitor(script: &str, root: &Path) -> Result<String> {
    let (enabled, _) = in_site(word(script, "if (Test-Path ")?, root)?;
    let (disabled, _) = in_site(word(script, "elseif (Test-Path ")?, root)?;
    let state = match (enabled.exists(), disabled.exists()) {
        (true, _) => "enabled",
        (false, true) => "disabled",
        (false, false) => "missing",
    };
    Ok(state.to_owned())
}

fn ask(script: &str) -> Result<String> {
    let url = word(script, "-Uri ")?;
    let rest = url.strip_prefix("http://localhost:").ok_or_else(|| format!("what is {url}?"))?;
    let (port, path) = rest.split_once('/').ok_or_else(|| format!("what is {url}?"))?;
    request_of("127.0.0.1", port.parse()?, &format!("GET /{path}"))?;
    Ok("200".to_owned())
}

/// A path of the machine that deploys, as Windows has it, in its folder.
fn on_disk(path: &str, folder: &Path) -> PathBuf {
    folder.join(path.trim_start_matches(r"C:\").replace('\\', "/"))
}

/// How many files of a package's folder end in `.deploy.cmd`.
fn commands(script: &str, folder: &Path) -> Result<Vec<PathBuf>> {
    let pattern = word(script, "Get-ChildItem ")?;
    let package = pattern.strip_suffix(r"\*.deploy.cmd").ok_or_else(|| format!("what is {pattern}?"))?;
    let files = fs::read_dir(on_disk(package, folder)).into_iter().flatten().flatten();
    let paths = files.map(|file| file.path());
    Ok(paths.filter(|path| path.to_string_lossy().ends_with(".deploy.cmd")).collect())
}

fn package(script: &str, folder: &Path) -> Result<String> {
    let parameters = on_disk(word(script, "Test-Path -LiteralPath ")?, folder).exists();
    let parameters = if parameters { "True" } else { "False" };
    Ok(format!("{} {parameters}", commands(script, folder)?.len()))
}

/// A `.deploy.cmd` of the lab holds the version that it deploys: to a server, or, without one, to the database.
fn deploy(script: &str, folder: &Path) -> Result<String> {
    let found = commands(script, folder)?;
    let [command] = &found[..] else {
        return Err(format!("{} files end in .deploy.cmd", found.len()).into());
    };
    let parameters = script.split_once("-setParamFile:").and_then(|(_, rest)| rest.split('"').next());
    let parameters = parameters.ok_or("no -setParamFile")?;
    if !on_disk(parameters, folder).exists() {
        return Err(format!("{parameters} is not there").into());
    }
    let version = fs::read_to_string(command)?;
    if script.contains("\"/M:") {
        return request_of(
            word(script, "/M:")?.trim_end_matches('"'),
            MANAGEMENT,
            &format!("POST /deploy/{version}"),
        );
    }
    let mut database = fs::File::options().create(true).append(true).open(folder.join("database"))?;
    writeln!(database, "{version}")?;
    Ok("Total changes: 1 (0 added, 0 deleted, 1 updated)".to_owned())
}

/// What a server answers to a request such as `GET /site`; fails with it unless it is a 200.
fn request_of(host: &str, port: u16, request: &str) -> Result<String> {
    let mut stream = TcpStream::connect((host, port)).map_err(|error| format!("{host}:{port}: {error}"))?;
    write!(
        stream,
        "{request} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("the connection was closed")?;
    let status = head.lines().next().unwrap_or_default();
    match status.split(' ').nth(1) {
        Some("200") => Ok(body.to_owned()),
        _ => Err(format!("{status}: {body}").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_where_powershell_ends_them() {
        assert_eq!(word("(Get-WebsiteState -Name MyWebsite).Value", "-Name ").unwrap(), "MyWebsite");
        assert_eq!(
            word("Get-ChildItem \"C:\\a (b)\\*.cmd\")", "Get-ChildItem ").unwrap(),
            "C:\\a (b)\\*.cmd"
        );
        assert_eq!(word("-Uri 'http://localhost:80/' -Headers", "-Uri ").unwrap(), "http://localhost:80/");
    }
}
