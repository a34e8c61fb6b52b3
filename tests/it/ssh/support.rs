//! Requests to the hosts of a lab, through the library and through the binary.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Program, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rutter::backend::{
    Backend, Command, ConfigFiles, Credentials, Cut, Operation, OutputSink, Reply, Request, Router,
    Sensitive, Settings,
};
use rutter::ids::{RunId, StepKey};
use rutter::value::{
    BackendKind, CommandOutcome, Effect, HostKey, Login, Outcome, SecretString, Shell, Target,
};
use tokio_util::sync::CancellationToken;

use super::lab::Lab;

/// A request to be changed before it is sent: a command for `sh` on an ssh host, by default within a
/// minute.
pub fn on(host: &str, text: &str) -> Request {
    to(host, Operation::Command(Command { text: text.to_owned(), ..Command::default() }))
}

pub fn to(host: &str, operation: Operation) -> Request {
    Request {
        key: StepKey("stage:1/0".into()),
        effect: Effect::Run,
        target: Arc::new(target(host)),
        credentials: Credentials::default(),
        operation,
        within: Duration::from_secs(60),
        claim: None,
        terms: Default::default(),
    }
}

fn target(host: &str) -> Target {
    Target {
        name: host.to_owned(),
        backend: BackendKind::Ssh,
        address: host.to_owned(),
        shell: Shell::Sh,
        user: None,
        port: None,
        jump: None,
        login: Login::default(),
        auth: None,
        headers: vec![],
        env: vec![],
        within: None,
    }
}

/// What a test says of a request beyond its text.
pub trait Saying: Sized {
    fn target(self, change: impl FnOnce(&mut Target)) -> Self;
    fn command(self, change: impl FnOnce(&mut Command)) -> Self;
    fn credentials(self, change: impl FnOnce(&mut Credentials)) -> Self;
    fn within(self, limit: Duration) -> Self;

    fn user(self, user: &str) -> Self {
        self.target(|target| target.user = Some(user.to_owned()))
    }

    fn shell(self, shell: Shell) -> Self {
        self.target(|target| target.shell = shell)
    }

    fn identity(self, path: &Path) -> Self {
        self.target(|target| target.login.identity = Some(path.display().to_string()))
    }

    fn jump(self, jump: &str) -> Self {
        self.target(|target| target.jump = Some(jump.to_owned()))
    }

    fn unchecked(self) -> Self {
        self.target(|target| target.login.host_key = HostKey::Unchecked)
    }

    fn script(self) -> Self {
        self.command(|command| command.script = true)
    }

    fn stdin(self, text: &str) -> Self {
        self.command(|command| command.stdin = Some(Sensitive::Plain(text.to_owned())))
    }

    fn secret_stdin(self, text: &str) -> Self {
        self.command(|command| command.stdin = Some(secret(text)))
    }

    fn secret_env(self, name: &str, value: &str) -> Self {
        self.command(|command| command.env.push((name.to_owned(), secret(value))))
    }

    fn password(self, password: &str) -> Self {
        self.target(|target| target.login.password = Some("login".to_owned()))
            .credentials(|credentials| credentials.password = Some(SecretString::new(password)))
    }

    fn passphrase(self, passphrase: &str) -> Self {
        self.target(|target| target.login.passphrase = Some("phrase".to_owned()))
            .credentials(|credentials| credentials.passphrase = Some(SecretString::new(passphrase)))
    }

    fn sudo(self, password: &str) -> Self {
        self.target(|target| target.login.sudo = Some("root".to_owned()))
            .credentials(|credentials| credentials.sudo = Some(SecretString::new(password)))
    }
}

fn secret(text: &str) -> Sensitive {
    Sensitive::Secret(SecretString::new(text))
}

impl Saying for Request {
    fn target(mut self, change: impl FnOnce(&mut Target)) -> Request {
        change(Arc::make_mut(&mut self.target));
        self
    }

    fn command(mut self, change: impl FnOnce(&mut Command)) -> Request {
        match &mut self.operation {
            Operation::Command(command) => change(command),
            other => panic!("not a command: {other:?}"),
        }
        self
    }

    fn credentials(mut self, change: impl FnOnce(&mut Credentials)) -> Request {
        change(&mut self.credentials);
        self
    }

    fn within(self, within: Duration) -> Request {
        Request { within, ..self }
    }
}

/// The backends of one run, and the lines of output that they told.
#[derive(Clone)]
pub struct Client {
    router: Arc<Router>,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Client {
    pub fn of(lab: &Lab) -> Client {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        let output = Arc::new(move |_: &StepKey, line: &str| sink.lock().unwrap().push(line.to_owned()));
        let sink: OutputSink = output;
        let settings = Settings { ssh_config: ConfigFiles::Only(lab.config()) };
        let router = Router::new(&RunId("test".into()), sink, settings);
        Client { router: Arc::new(router), lines }
    }

    pub async fn perform(&self, request: &Request) -> Reply {
        self.router.perform(request, &CancellationToken::new()).await
    }

    pub async fn perform_until(&self, request: &Request, cancel: &CancellationToken) -> Reply {
        self.router.perform(request, cancel).await
    }

    /// The reply to a request that goes on beside the test.
    pub fn begin(&self, request: Request) -> tokio::task::JoinHandle<Reply> {
        let client = self.clone();
        tokio::spawn(async move { client.perform(&request).await })
    }

    /// What a command answers.
    pub async fn answer(&self, request: &Request) -> CommandOutcome {
        answered(self.perform(request).await)
    }

    /// The text of a command that must end well.
    pub async fn text(&self, request: &Request) -> String {
        let outcome = self.answer(request).await;
        assert_eq!(outcome.exit, 0, "{}", String::from_utf8_lossy(&outcome.stderr));
        String::from_utf8_lossy(&outcome.stdout).trim_end().to_owned()
    }

    pub async fn not_sent(&self, request: &Request) -> String {
        not_sent(self.perform(request).await)
    }

    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

#[track_caller]
pub fn answered(reply: Reply) -> CommandOutcome {
    match reply {
        Reply::Answered(Outcome::Command(outcome)) => outcome,
        other => panic!("{other:?}"),
    }
}

/// Why nothing was sent, for now or for good.
#[track_caller]
pub fn not_sent(reply: Reply) -> String {
    match reply {
        Reply::NotSent { why } | Reply::Refused { why } | Reply::Untrusted { why } => why,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
pub fn untrusted(reply: Reply) -> String {
    match reply {
        Reply::Untrusted { why } => why,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
pub fn unknown(reply: Reply) -> (Cut, String) {
    match reply {
        Reply::Unknown { why, detail } => (why, detail),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
pub fn done(reply: Reply) -> serde_json::Value {
    match reply {
        Reply::Answered(Outcome::Done { value, .. }) => value,
        other => panic!("{other:?}"),
    }
}

/// Waits for something that the servers do, while the client goes on.
pub async fn comes_true(what: &str, mut holds: impl FnMut() -> bool) {
    let end = super::lab::patience();
    while !holds() {
        assert!(std::time::Instant::now() < end, "gave up waiting for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How the binary ended.
#[derive(Debug)]
pub struct Ended {
    pub out: String,
    pub err: String,
    pub code: Option<i32>,
}

/// The binary with a lab's settings, a home of its own, and nothing of the environment.
pub fn rutter(lab: &Lab, args: &[&str]) -> Program {
    let mut program = Program::new(env!("CARGO_BIN_EXE_rutter"));
    program.env_clear().env("PATH", std::env::var("PATH").unwrap()).env("HOME", lab.folder());
    program.env("XDG_STATE_HOME", lab.path("state")).env("USER", "ann").current_dir(lab.folder());
    program.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    program
}

/// A runbook `NAME.runbook` in the lab's folder; its text lacks only the first line.
pub fn runbook(lab: &Lab, name: &str, text: &str) -> PathBuf {
    let path = lab.path(&format!("{name}.runbook"));
    fs::write(&path, format!("runbook \"{name}\"\n{text}")).unwrap();
    path
}

/// Carries `text` out with the lab's configuration, and `args`.
pub fn run(lab: &Lab, text: &str, args: &[&str]) -> Ended {
    run_with(lab, text, args, |_| {})
}

/// The same with more settings of the process.
pub fn run_with(lab: &Lab, text: &str, args: &[&str], change: impl FnOnce(&mut Program)) -> Ended {
    let mut program = running(lab, text, args);
    change(&mut program);
    ended(program.output().unwrap())
}

/// `rutter run` about to start.
pub fn running(lab: &Lab, text: &str, args: &[&str]) -> Program {
    let path = runbook(lab, "test", text);
    let mut program = rutter(lab, &["run"]);
    program.arg(path).arg("--ssh-config").arg(lab.config()).args(args);
    program
}

pub fn ended(output: std::process::Output) -> Ended {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ended { out: text(&output.stdout), err: text(&output.stderr), code: output.status.code() }
}

/// Everything that runs left behind in the lab's state folder.
pub fn left_behind(lab: &Lab) -> Vec<u8> {
    let mut all = vec![];
    gather(&lab.path("state"), &mut all);
    all
}

fn gather(folder: &Path, all: &mut Vec<u8>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { gather(&path, all) } else { all.extend(fs::read(&path).unwrap()) }
    }
}
