//! Azure Container Apps with one app of one replica: revisions, traffic, start-up probe, termination
//! grace. Replicas are processes on the app's host.
//!
//! References: <https://learn.microsoft.com/rest/api/resource-manager/containerapps/container-apps>,
//! <https://learn.microsoft.com/azure/container-apps/health-probes>,
//! <https://learn.microsoft.com/azure/container-apps/revisions>.

use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::hop::Upstream;
use crate::place::{self, KODIAI_APP};
use crate::{namespaces, system};

pub const APP: &str = "ca-kodiai";

/// What Azure keeps of the app, and what runs of it.
pub struct Platform {
    pub mode: String,
    pub latest: String,
    pub traffic: Value,
    pub secrets: Vec<(String, String)>,
    pub revisions: Vec<Revision>,
    pub events: Vec<Value>,
    port: u16,
}

pub struct Revision {
    pub name: String,
    pub template: Value,
    pub active: bool,
    pub running: &'static str,
    pub health: &'static str,
    pub created: String,
    pub replica: Option<Replica>,
}

pub struct Replica {
    pub name: String,
    pub port: u16,
    pub ready: bool,
    pub restarts: u32,
    /// What it printed.
    pub lines: Vec<String>,
    /// The process, while there is one.
    pid: Option<u32>,
    ending: bool,
}

/// A platform that many hold.
#[derive(Clone)]
pub struct Shared(Arc<Mutex<Platform>>);

impl Shared {
    pub fn new(secrets: Vec<(String, String)>) -> Shared {
        let traffic = json!([{"latestRevision": true, "weight": 100}]);
        let (mode, latest) = ("Single".to_owned(), String::new());
        let platform =
            Platform { mode, latest, traffic, secrets, revisions: vec![], events: vec![], port: 3000 };
        Shared(Arc::new(Mutex::new(platform)))
    }

    pub fn lock(&self) -> MutexGuard<'_, Platform> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a revision. In mode Single it takes the place of the one before: that ends, then this starts.
    pub fn roll(&self, name: &str, template: Value) {
        let single = {
            let mut platform = self.lock();
            platform.revisions.push(Revision::new(name, template));
            name.clone_into(&mut platform.latest);
            platform.mode == "Single"
        };
        let (shared, name) = (self.clone(), name.to_owned());
        tokio::spawn(async move {
            if single {
                shared.end_others(&name).await;
            }
            shared.keep(name).await;
        });
    }

    async fn end_others(&self, name: &str) {
        let others: Vec<String> = {
            let platform = self.lock();
            let others = platform.revisions.iter().filter(|one| one.active && one.name != name);
            others.map(|one| one.name.clone()).collect()
        };
        for other in others {
            self.end(&other).await;
            self.change(&other, |revision| revision.active = false);
        }
    }

    /// Has a revision run that was deactivated.
    pub fn activate(&self, name: &str) {
        let idle = self.change(name, |revision| {
            revision.active = true;
            revision.replica.is_none()
        });
        if idle == Some(true) {
            tokio::spawn(self.clone().keep(name.to_owned()));
        }
    }

    pub fn deactivate(&self, name: &str) {
        self.change(name, |revision| revision.active = false);
        let (shared, name) = (self.clone(), name.to_owned());
        tokio::spawn(async move { shared.end(&name).await });
    }

    pub fn restart(&self, name: &str) {
        let (shared, name) = (self.clone(), name.to_owned());
        self.change(&name, |revision| {
            if let Some(replica) = &mut revision.replica {
                replica.ready = false;
            }
        });
        tokio::spawn(async move {
            shared.end(&name).await;
            shared.keep(name).await;
        });
    }

    /// SIGTERM to a revision's replica, and SIGKILL when its termination grace period is over.
    async fn end(&self, name: &str) {
        let grace = self.change(name, |revision| {
            let grace = revision.template["terminationGracePeriodSeconds"].as_u64().unwrap_or(30);
            let replica = revision.replica.as_mut()?;
            replica.ending = true;
            signal("TERM", replica.pid);
            Some(Duration::from_secs(grace))
        });
        let Some(Some(grace)) = grace else { return };
        if timeout(grace, self.gone(name)).await.is_err() {
            self.change(name, |revision| signal("KILL", revision.replica.as_ref().and_then(|one| one.pid)));
            self.gone(name).await;
        }
    }

    async fn gone(&self, name: &str) {
        while self.change(name, |revision| revision.replica.is_some()) == Some(true) {
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Keeps a replica of a revision running until it is told to end.
    async fn keep(self, name: String) {
        let Some(port) = self.add_replica(&name) else { return };
        loop {
            let code = self.carry_out(&name, port).await;
            let message = format!(
                "Container '{APP}' was terminated with exit code '{code}' and reason 'ProcessExited'"
            );
            self.event(&name, "ContainerTerminated", &message);
            if self.ends(&name) {
                break;
            }
            self.failed(&name);
            sleep(Duration::from_secs(1)).await;
            if self.ends(&name) {
                break;
            }
        }
        self.change(&name, |revision| {
            revision.replica = None;
            (revision.running, revision.health) = ("Stopped", "None");
        });
    }

    fn add_replica(&self, name: &str) -> Option<u16> {
        let port = {
            let mut platform = self.lock();
            platform.port += 1;
            platform.port
        };
        self.change(name, |revision| {
            revision.replica = Some(Replica::new(format!("{name}-{port:x}"), port));
            (revision.running, revision.health) = ("Processing", "None");
        })?;
        Some(port)
    }

    fn failed(&self, name: &str) {
        self.change(name, |revision| {
            (revision.running, revision.health) = ("Failed", "Unhealthy");
            if let Some(replica) = &mut revision.replica {
                (replica.ready, replica.pid) = (false, None);
                replica.restarts += 1;
                replica.lines.clear();
            }
        });
    }

    fn ends(&self, name: &str) -> bool {
        self.change(name, |one| one.replica.as_ref().is_none_or(|replica| replica.ending)).unwrap_or(true)
    }

    /// One life of the container: its exit code.
    async fn carry_out(&self, name: &str, port: u16) -> i32 {
        let Some(mut child) = self.begin(name, port) else { return 127 };
        self.change(name, |revision| {
            if let Some(replica) = &mut revision.replica {
                replica.pid = child.id();
                // It may have been told to end before it began.
                if replica.ending {
                    signal("TERM", replica.pid);
                }
            }
        });
        self.follow(name, child.stdout.take());
        self.follow(name, child.stderr.take());
        let probe = tokio::spawn(self.clone().probe(name.to_owned(), port));
        let status = child.wait().await;
        probe.abort();
        status.map_or(127, exit_code)
    }

    fn begin(&self, name: &str, port: u16) -> Option<Child> {
        let platform = self.lock();
        let container = &platform.revisions.iter().find(|one| one.name == name)?.template["containers"][0];
        let mut command = namespaces::enter(KODIAI_APP);
        command.arg(place::path("bin/lab")).args(["part", "kodiai", "--port", &port.to_string(), "--image"]);
        command.arg(container["image"].as_str().unwrap_or_default());
        for variable in container["env"].as_array().into_iter().flatten() {
            let secret = |name: &Value| {
                platform.secrets.iter().find(|(known, _)| Some(known.as_str()) == name.as_str())
            };
            let value = variable["value"].as_str().map(str::to_owned);
            let value = value.or_else(|| Some(secret(&variable["secretRef"])?.1.clone()));
            command.env(variable["name"].as_str()?, value.unwrap_or_default());
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Command::from(command).kill_on_drop(true).spawn().ok()
    }

    /// Keeps what a container prints, with the time at which it came.
    fn follow(&self, name: &str, output: Option<impl AsyncRead + Unpin + Send + 'static>) {
        let (shared, name) = (self.clone(), name.to_owned());
        let Some(output) = output else { return };
        tokio::spawn(async move {
            let mut lines = BufReader::new(output).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let line = format!("{} stdout F {line}", Timestamp::now());
                shared.change(&name, |revision| {
                    if let Some(replica) = &mut revision.replica {
                        replica.lines.push(line);
                    }
                });
            }
        });
    }

    /// The start-up probe: once it passes, the replica is ready; when it has failed too often, it is ended.
    async fn probe(self, name: String, port: u16) {
        let probe = self.change(&name, |revision| startup_probe(&revision.template)).unwrap_or_default();
        let period = Duration::from_secs(probe["periodSeconds"].as_u64().unwrap_or(10));
        let upstream = Upstream::new(format!("{}:{port}", KODIAI_APP.address), Duration::from_secs(3));
        for _ in 0..probe["failureThreshold"].as_u64().unwrap_or(3) {
            sleep(period).await;
            let path = format!("http://{APP}{}", probe["httpGet"]["path"].as_str().unwrap_or("/"));
            let Ok(request) = Request::get(path).body(Full::new(Bytes::new())) else { return };
            if upstream.send(request).await.is_ok_and(|answer| answer.status().is_success()) {
                self.change(&name, |revision| {
                    (revision.running, revision.health) = ("Running", "Healthy");
                    revision.replica.iter_mut().for_each(|replica| replica.ready = !replica.ending);
                });
                return;
            }
        }
        self.event(&name, "ProbeFailed", &format!("Container {APP} failed startup probe, will be restarted"));
        self.change(&name, |revision| signal("KILL", revision.replica.as_ref().and_then(|one| one.pid)));
    }

    fn event(&self, name: &str, reason: &str, message: &str) {
        let event = json!({
            "TimeStamp": Timestamp::now().to_string(), "Type": "Normal", "ContainerAppName": APP,
            "RevisionName": name, "Reason": reason, "Msg": message, "EventSource": "ContainerAppController",
        });
        self.lock().events.push(event);
    }

    /// Changes a revision, if there is one of this name.
    pub fn change<T>(&self, name: &str, change: impl FnOnce(&mut Revision) -> T) -> Option<T> {
        self.lock().revisions.iter_mut().find(|revision| revision.name == name).map(change)
    }

    /// Where requests go: to the revision that gets the traffic, and as long as that is not ready, to one
    /// that is still there.
    pub fn way(&self) -> Option<u16> {
        let platform = self.lock();
        let ready = |revision: &&Revision| revision.replica.as_ref().is_some_and(|replica| replica.ready);
        let served = platform.revisions.iter().filter(|one| platform.weight(&one.name) > 0).find(ready);
        let draining = || platform.revisions.iter().find(ready);
        served.or_else(draining)?.replica.as_ref().map(|replica| replica.port)
    }
}

impl Platform {
    /// How much of the traffic a revision gets.
    pub fn weight(&self, name: &str) -> u64 {
        let to = |rule: &&Value| match rule["latestRevision"].as_bool() {
            Some(true) => self.latest == name,
            _ => rule["revisionName"] == name,
        };
        let rules = self.traffic.as_array().into_iter().flatten().filter(to);
        rules.filter_map(|rule| rule["weight"].as_u64()).sum()
    }
}

impl Revision {
    fn new(name: &str, template: Value) -> Revision {
        Revision {
            name: name.to_owned(),
            template,
            active: true,
            running: "Processing",
            health: "None",
            created: Timestamp::now().to_string(),
            replica: None,
        }
    }
}

impl Replica {
    fn new(name: String, port: u16) -> Replica {
        Replica { name, port, ready: false, restarts: 0, lines: vec![], pid: None, ending: false }
    }
}

fn startup_probe(template: &Value) -> Value {
    let probes = template["containers"][0]["probes"].as_array();
    probes.into_iter().flatten().find(|probe| probe["type"] == "Startup").cloned().unwrap_or_default()
}

fn signal(name: &str, pid: Option<u32>) {
    if let Some(pid) = pid {
        system::signal(name, &pid.to_string());
    }
}

fn exit_code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}
