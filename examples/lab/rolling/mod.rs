//! The scene of `iis-webdeploy-rolling`: a real HAProxy, two web servers behind it that behave as IIS does, and
//! the machine that deploys to them.

pub mod iis;
pub mod scripts;
mod site;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::load::{Plan, Report, Target, Witness};
use crate::place::{self, BALANCER, DEPLOYER, Host, LOAD, SERVERS};
use crate::run::Options;
use crate::scene::{Measure, Scene};
use crate::system::{Result, output, wait_until};
use crate::{machine, parts, ssh};

/// The site in IIS.
const SITE: &str = "MyWebsite";
/// So many files make the application.
const FILES: usize = 8;
/// Where a web server is managed and deployed to.
const MANAGEMENT: u16 = 8172;
/// HAProxy's socket, on its host.
const SOCKET: &str = "/run/haproxy/admin.sock";
const OLD: &str = "1.0";
const NEW: &str = "2.0";

/// The builds of the page's JSON file, and what each is deployed by.
const PACKAGES: [(&str, &str); 2] = [
    ("MyWebsite (Pkg)", "MyWebsite.deploy.cmd"),
    ("MyApp.Db.Sql.Deploy (Pkg)", "MyApp.Db.Sql.Deploy.deploy.cmd"),
];

#[derive(Clone, Copy, Debug)]
pub struct Rolling;

impl Scene for Rolling {
    fn runbook(&self) -> &'static str {
        "iis-webdeploy-rolling"
    }

    fn hosts(&self) -> Vec<Host> {
        [&[BALANCER, DEPLOYER, LOAD], &SERVERS[..]].concat()
    }

    fn names(&self) -> Vec<(Host, String)> {
        vec![(BALANCER, "www.example.com".to_owned())]
    }

    fn secrets(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn up(&self) -> Result {
        for host in SERVERS.into_iter().chain([DEPLOYER]) {
            machine::boot(host)?;
            ssh::serve(host, Some(&powershell_of(host)?))?;
        }
        machine::boot(BALANCER)?;
        ssh::serve(BALANCER, None)
    }

    fn reset(&self, options: &Options) -> Result {
        parts::end("load")?;
        prepare_deployer()?;
        for server in SERVERS {
            restart(server, options.failing.as_deref() == Some(server.name))?;
        }
        balancer()?;
        both_are_up()
    }

    fn params(&self, _options: &Options) -> Result<Vec<PathBuf>> {
        Ok(vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks/iis-webdeploy-rolling.builds.json")])
    }

    fn safeguards(&self) -> &'static str {
        include_str!("without-safeguards.diff")
    }

    fn begin_load(&self, options: &Options) -> Result {
        let folder = place::path("load-rolling");
        fs::create_dir_all(&folder)?;
        let file = folder.join("plan.json");
        fs::write(&file, serde_json::to_string_pretty(&plan(options, folder.clone()))?)?;
        let _ = fs::remove_file(folder.join("report.json"));
        parts::own("load", LOAD, &["part", "load", "--plan", &file.display().to_string()])
    }

    fn end_load(&self) -> Result<Option<Measure>> {
        parts::end("load")?;
        let plan: Plan = serde_json::from_slice(&fs::read(place::path("load-rolling/plan.json"))?)?;
        let report = Report::read(&plan)?;
        let (requests, failures) = (report.requests, report.failed);
        Ok(Some(Measure { requests, failures, report: report.to_string() }))
    }

    /// What is in doubt can only be the database's deployment: the web servers' may be repeated.
    fn settle(&self, _doubt: &Value) -> Result<Vec<String>> {
        let happened = !deployed_databases().is_empty();
        Ok(vec![if happened { "--happened" } else { "--did-not" }.to_owned()])
    }

    fn verify(&self, options: &Options) -> Result {
        let failing = SERVERS.iter().position(|server| options.failing.as_deref() == Some(server.name));
        for (at, server) in SERVERS.into_iter().enumerate() {
            let (status, version) = match failing {
                Some(failing) if at == failing => ("MAINT", None),
                Some(failing) if at > failing => ("UP", Some(OLD)),
                _ => ("UP", Some(NEW)),
            };
            expect(&format!("{} for the balancer", server.name), &self::status(server)?, status)?;
            if let Some(version) = version {
                expect(&format!("the version on {}", server.name), &deployed(server)?, version)?;
            }
        }
        let databases = if failing.is_some() { "" } else { NEW };
        expect("what was deployed to the database", deployed_databases().trim(), databases)
    }
}

fn expect(what: &str, seen: &str, wanted: &str) -> Result {
    if seen == wanted { Ok(()) } else { Err(format!("{what}: {seen:?}, not {wanted:?}").into()) }
}

/// A folder with a `powershell` that is the lab's own part, on what the host keeps.
fn powershell_of(host: Host) -> Result<PathBuf> {
    let folder = host.folder().join("bin");
    fs::create_dir_all(&folder)?;
    let (program, lab) = (folder.join("powershell"), place::path("bin/lab"));
    let line =
        format!("exec {} part iis-powershell --folder {} -- \"$@\"", lab.display(), windows(host).display());
    fs::write(&program, format!("#!/bin/sh\n{line}\n"))?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
    Ok(folder)
}

/// What the Windows machine keeps on its disk; whoever logs in may change it.
fn windows(host: Host) -> PathBuf {
    host.folder().join("c")
}

fn open_to_all(path: &Path) -> Result {
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o777))?)
}

/// The packages of the new version, and no trace of an earlier deployment.
fn prepare_deployer() -> Result {
    let folder = windows(DEPLOYER);
    let _ = fs::remove_dir_all(&folder);
    for (build, command) in PACKAGES {
        let package = folder.join("packages").join(build);
        fs::create_dir_all(&package)?;
        fs::write(package.join(command), NEW)?;
        fs::write(package.join("SetParameters.Release.xml"), "<parameters/>")?;
    }
    open_to_all(&folder)
}

/// Starts a web server afresh, with the old version.
fn restart(server: Host, locked: bool) -> Result {
    let part = format!("iis-{}", server.name);
    parts::end(&part)?;
    let folder = windows(server);
    let _ = fs::remove_dir_all(&folder);
    let site = folder.join("site");
    fs::create_dir_all(&site)?;
    for number in 0..FILES {
        fs::write(site.join(site::file(number)), OLD)?;
    }
    fs::write(site.join("monitor.htm"), "OK")?;
    if locked {
        fs::write(folder.join("locked"), "")?;
    }
    open_to_all(&site)?;
    let root = site.display().to_string();
    parts::own(&part, server, &["part", "iis", "--server", server.name, "--root", &root])?;
    parts::await_port(&part, site::PORT, Duration::from_secs(20))?;
    parts::await_port(&part, MANAGEMENT, Duration::from_secs(20))
}

/// Starts HAProxy afresh: what it was told at its socket is forgotten.
fn balancer() -> Result {
    parts::end("haproxy")?;
    let config = BALANCER.folder().join("haproxy.cfg");
    let server =
        |server: &Host| format!("  server {} {}:{} check\n", server.name, server.address, site::PORT);
    let servers: String = SERVERS.iter().map(server).collect();
    fs::write(&config, format!("{}{servers}", include_str!("haproxy.cfg")))?;
    let start = format!("mkdir -p /run/haproxy && exec haproxy -db -f {}", config.display());
    parts::program("haproxy", BALANCER, &["sh", "-c", &start])?;
    parts::await_port("haproxy", 80, Duration::from_secs(20))
}

fn both_are_up() -> Result {
    wait_until("the balancer sends to all servers", Duration::from_secs(20), || {
        let up = SERVERS.iter().map(|server| Ok(status(*server)? == "UP")).collect::<Result<Vec<bool>>>()?;
        Ok(up.iter().all(|up| *up))
    })
}

/// What a server is to the balancer: UP, DOWN, MAINT.
fn status(server: Host) -> Result<String> {
    let ask = format!("echo show stat mywebsite 4 -1 | socat stdio {SOCKET}");
    let mut command: Command = machine::enter(BALANCER);
    let seen = output(command.args(["sh", "-c", &ask]))?;
    let row = seen.lines().find(|line| line.starts_with(&format!("mywebsite,{},", server.name)));
    Ok(row.and_then(|row| row.split(',').nth(17)).unwrap_or_default().to_owned())
}

/// The version of all of a server's files; several, parted by blanks, if they differ.
fn deployed(server: Host) -> Result<String> {
    let site = windows(server).join("site");
    let mut versions = (0..FILES)
        .map(|number| Ok(fs::read_to_string(site.join(site::file(number)))?))
        .collect::<Result<Vec<String>>>()?;
    versions.dedup();
    Ok(versions.join(" "))
}

fn deployed_databases() -> String {
    fs::read_to_string(windows(DEPLOYER).join("database")).unwrap_or_default()
}

/// Pages that take some milliseconds, and one that takes longer than the rest: a stop would cut it off.
fn plan(options: &Options, folder: PathBuf) -> Plan {
    let target = |name: &str| Target {
        name: name.to_owned(),
        url: format!("http://www.example.com/{name}"),
        at: Some(format!("{}:80", BALANCER.address)),
        status: 200,
        fields: BTreeMap::from([("site".to_owned(), SITE.to_owned())]),
        served_by: Witness::Field("server".to_owned()),
    };
    let targets = ["home", "list", "item", "report"].map(target).into();
    let rate = f64::from(options.rate);
    Plan { targets, rate, seconds: None, timeout: 5.0, authority: None, folder }
}
