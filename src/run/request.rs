//! From a request as written to one that can be sent: rendered, with its clauses read.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use zeroize::Zeroizing;

use crate::backend::{Claim, Command, Credentials, HttpCall, Operation, Request, Sensitive, Terms, origin};
use crate::ids::{RunId, StepKey};
use crate::source::Span;
use crate::syntax::ast::{self, ClauseKind, Quotes};
use crate::template::render_command;
use crate::value::{Auth, BackendKind, Effect, SecretString, Shell, Target, to_target};

use super::accept::Accept;
use super::context::Context;
use super::details::details;
use super::exposed::{Place, refuse};
use super::fault::Fault;
use super::guard::Diverted;
use super::plain;
use super::secrets::wipe;

/// A request that can be sent.
pub(super) struct Prepared<'r> {
    pub request: Request,
    /// As plans and reports show it.
    pub shown: Arc<str>,
    pub accept: Accept,
    /// How many times it is tried in all.
    pub tries: u32,
    pub done_when: Option<&'r ast::Block>,
    pub used: Use,
    /// A digest of what is not shown of it.
    pub details: String,
    /// When the guards had let it pass; nothing when none was asked.
    pub cleared: Option<Duration>,
    /// Where it was not sent on to.
    pub diverted: Diverted,
    /// It was begun in an earlier part of the run, and its host may know more of it.
    pub begun: bool,
    pub span: Span,
}

/// What a runbook takes of what a request gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// That it ended well.
    Nothing,
    /// Its outcome, under a name.
    Value,
}

impl Prepared<'_> {
    /// Whether it is not enough to know that it happened.
    pub fn is_used(&self) -> bool {
        let gives = matches!(self.request.operation, Operation::Command(_) | Operation::Http(_));
        gives && self.used == Use::Value
    }
}

/// Fills in a request and its clauses.
pub(super) fn prepare<'r>(
    context: &Context<'r>,
    asked: &'r ast::Request,
    used: Use,
) -> Result<Prepared<'r>, Fault> {
    let target = target(context, &asked.target)?;
    let clauses = Clauses::read(context, asked)?;
    let (operation, shown) = operation(context, &target, asked, &clauses)?;
    let within = clauses.within.or(target.within).unwrap_or_else(|| default_within(context, &operation));
    let within = context.time_left(within, asked.span)?;
    let credentials = credentials(context, &target, asked.span)?;
    let key = sending_key(context);
    let claim = claim(context, asked.effect.value, &target, &operation);
    let details = details(&target, &operation, &context.engine.secrets);
    let (effect, diverted) = (asked.effect.value, Diverted::default());
    let redirects = diverted.redirects(&context.engine.guards, &target, effect);
    let answers = clauses.accept.statuses.iter().flatten().filter_map(|status| u16::try_from(*status).ok());
    let terms = Terms { lane: context.lane(), fresh_for: None, redirects, answers: answers.collect() };
    let request = Request { key, effect, target, credentials, operation, within, claim, terms };
    Ok(Prepared {
        request,
        shown: shown.into(),
        accept: clauses.accept,
        tries: clauses.tries,
        done_when: clauses.done_when,
        used,
        details,
        cleared: None,
        diverted,
        begun: false,
        span: asked.span,
    })
}

/// Another after each time that a person said it did not happen: it is another sending.
fn sending_key(context: &Context<'_>) -> StepKey {
    match context.attempt() {
        0 => context.key.clone(),
        attempt => context.key.child(format_args!("again:{attempt}")),
    }
}

/// A `once` is claimed where there is a POSIX shell to claim it with.
fn claim(context: &Context<'_>, effect: Effect, target: &Target, operation: &Operation) -> Option<Claim> {
    let posix = matches!(target.shell, Shell::Sh | Shell::Bash)
        && matches!(target.backend, BackendKind::Local | BackendKind::Ssh);
    let claimed = posix && effect == Effect::Once && matches!(operation, Operation::Command(_));
    claimed.then(|| Claim {
        run: claimed_run(context),
        step: context.key.clone(),
        attempt: context.attempt(),
        fence: context.engine.fence,
    })
}

/// Names of runs are short, and two stores may give the same one; not in the same millisecond.
fn claimed_run(context: &Context<'_>) -> RunId {
    let started = context.engine.dispatcher.started().as_millisecond();
    RunId(format!("{}.{started}", context.engine.run).into())
}

fn target(context: &Context<'_>, name: &ast::Name) -> Result<Arc<Target>, Fault> {
    let value = context.scope.get(&name.value);
    let target = value.as_ref().and_then(to_target).cloned();
    target.ok_or_else(|| {
        let title = format!("`{}` is not a target", name.value);
        context.failed(title, name.span, "a request needs a place to go to")
    })
}

fn credentials(context: &Context<'_>, target: &Target, span: Span) -> Result<Credentials, Fault> {
    let secret = |name: &Option<String>| {
        let found = name.as_ref().map(|name| plain::secret(context, name, span));
        found.transpose()
    };
    let login = &target.login;
    let (passphrase, password) = (secret(&login.passphrase)?, secret(&login.password)?);
    Ok(Credentials { passphrase, password, sudo: secret(&login.sudo)? })
}

/// A probe that hangs must not hold up what waits for its answer.
fn default_within(context: &Context<'_>, operation: &Operation) -> Duration {
    Duration::from_secs(match operation {
        _ if context.in_guard => 30,
        Operation::Http(_) => 30,
        Operation::Command(_) | Operation::Plugin { .. } => 5 * 60,
        Operation::Put { .. } | Operation::Get { .. } => 10 * 60,
    })
}

/// The clauses of a request, evaluated.
struct Clauses<'r> {
    within: Option<Duration>,
    tries: u32,
    accept: Accept,
    stdin: Option<Sensitive>,
    env: Vec<(String, Sensitive)>,
    headers: Vec<(String, Sensitive)>,
    body: Option<Body>,
    done_when: Option<&'r ast::Block>,
}

struct Body {
    bytes: Bytes,
    content_type: Option<&'static str>,
}

impl<'r> Clauses<'r> {
    fn read(context: &Context<'r>, asked: &'r ast::Request) -> Result<Self, Fault> {
        let mut clauses = Self {
            within: None,
            tries: 1,
            accept: Accept::default(),
            stdin: None,
            env: Vec::new(),
            headers: Vec::new(),
            body: None,
            done_when: None,
        };
        for clause in &asked.clauses {
            clauses.take(context, &clause.kind)?;
        }
        Ok(clauses)
    }

    fn take(&mut self, context: &Context<'r>, clause: &'r ClauseKind) -> Result<(), Fault> {
        match clause {
            ClauseKind::Within(expr) => self.within = Some(context.duration(expr)?),
            ClauseKind::Retry(expr) => self.tries = context.count(expr, 1)?,
            ClauseKind::AcceptExit(codes) => self.accept.exits = Some(values(codes)),
            ClauseKind::AcceptStatus(codes) => self.accept.statuses = Some(values(codes)),
            ClauseKind::Stdin(expr) => self.stdin = Some(plain::sensitive(context, expr)?),
            ClauseKind::Env(expr) => self.env = plain::sensitive_map(context, expr)?,
            ClauseKind::Json(expr) => {
                self.body =
                    Some(Body { bytes: json(context, expr)?, content_type: Some("application/json") });
            }
            ClauseKind::Form(expr) => {
                let form = "application/x-www-form-urlencoded";
                let bytes = plain::wiped(form_body(&plain::sensitive_map(context, expr)?));
                self.body = Some(Body { bytes, content_type: Some(form) });
            }
            ClauseKind::Body(expr) => {
                let text = plain::sensitive(context, expr)?.reveal().to_owned();
                self.body = Some(Body { bytes: plain::wiped(text), content_type: None });
            }
            ClauseKind::Header(name, value) => {
                let name = open_text(context, name, Place::HeaderName)?;
                self.headers.push((name.to_lowercase(), header_value(context, value)?));
            }
            ClauseKind::DoneWhen(block) => self.done_when = Some(block),
        }
        Ok(())
    }
}

fn values(codes: &[crate::source::Spanned<i64>]) -> Vec<i64> {
    codes.iter().map(|code| code.value).collect()
}

fn json(context: &Context<'_>, expr: &ast::Expr) -> Result<Bytes, Fault> {
    let value = context.eval(expr)?;
    let mut json = plain::to_json(context, expr, &value)?;
    let text = json.to_string();
    wipe(&mut json);
    Ok(plain::wiped(text))
}

/// A header may hold secrets; then all of it is one.
fn header_value(context: &Context<'_>, text: &ast::Text) -> Result<Sensitive, Fault> {
    let (mut whole, mut secret) = (Zeroizing::new(String::new()), false);
    for part in &text.parts {
        match part {
            ast::Part::Literal(literal) => whole.push_str(&literal.value),
            ast::Part::Hole(expr) => {
                let part = plain::sensitive(context, expr)?;
                secret |= matches!(part, Sensitive::Secret(_));
                whole.push_str(part.reveal());
            }
        }
    }
    let whole = std::mem::take(&mut *whole);
    Ok(if secret { Sensitive::Secret(SecretString::new(whole)) } else { Sensitive::Plain(whole) })
}

/// `a=b&c=d`, everything but letters, digits and `-._~` escaped.
fn form_body(fields: &[(String, Sensitive)]) -> String {
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value.reveal())));
    pairs.collect::<Vec<_>>().join("&")
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => escaped.push(byte.into()),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
        escaped
    })
}

fn operation(
    context: &Context<'_>,
    target: &Target,
    asked: &ast::Request,
    clauses: &Clauses<'_>,
) -> Result<(Operation, String), Fault> {
    match &asked.operation {
        ast::Operation::Command(text) => command(context, target, text, clauses),
        ast::Operation::Http { method, url } => http(context, target, (method, url), clauses),
        ast::Operation::Put { local, remote } => {
            let (local, remote) = (file_name(context, local)?, file_name(context, remote)?);
            let shown = format!("put {local} to {remote}");
            Ok((Operation::Put { local: beside_runbook(context, &local), remote }, shown))
        }
        ast::Operation::Get { remote, local } => {
            let (remote, local) = (file_name(context, remote)?, file_name(context, local)?);
            let shown = format!("get {remote} to {local}");
            Ok((Operation::Get { remote, local: beside_runbook(context, &local) }, shown))
        }
        ast::Operation::Plugin { name, args } => plugin(context, name, args),
    }
}

/// A text that others can read.
fn open_text(context: &Context<'_>, text: &ast::Text, place: Place) -> Result<String, Fault> {
    let filled = context.text(text)?;
    refuse(context, text, &filled, place)?;
    Ok(filled)
}

fn file_name(context: &Context<'_>, text: &ast::Text) -> Result<String, Fault> {
    open_text(context, text, Place::FileName)
}

fn command(
    context: &Context<'_>,
    target: &Target,
    asked: &ast::Text,
    clauses: &Clauses<'_>,
) -> Result<(Operation, String), Fault> {
    let script = asked.quotes == Quotes::Script;
    let text = render_command(asked, target.shell, context.expressions(), &context.scope);
    let text = text.map_err(|error| context.eval_fault(error))?;
    refuse(context, asked, &text, Place::CommandLine)?;
    let mut env: Vec<_> =
        target.env.iter().map(|(name, value)| plain::of_target(context, name, value)).collect();
    env.extend(clauses.env.iter().cloned());
    let shown = format!("$ {text}");
    let stdin = clauses.stdin.clone();
    Ok((Operation::Command(Command { text, script, stdin, env }), shown))
}

fn http(
    context: &Context<'_>,
    target: &Target,
    (method, url): (&ast::Name, &ast::Text),
    clauses: &Clauses<'_>,
) -> Result<(Operation, String), Fault> {
    let span = url.span;
    let url = open_text(context, url, Place::Url)?;
    let url = absolute(&target.address, &url).ok_or_else(|| {
        let title = format!("`{url}` is not a whole URL, and `{}` has no base to put before it", target.name);
        context.failed(title, span, "").help("write it with `https://`, or give the target a base URL")
    })?;
    let shown = format!("{} {url}", method.value);
    let headers = headers(context, target, clauses, &url, span)?;
    let body = clauses.body.as_ref().map(|body| body.bytes.clone());
    Ok((Operation::Http(HttpCall { method: method.value.clone(), url, headers, body }), shown))
}

/// `url` if it has a scheme, else after `base`; nothing when there is no base.
fn absolute(base: &str, url: &str) -> Option<String> {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    if scheme.is_some_and(|scheme| !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric())) {
        return Some(url.to_owned());
    }
    if base.is_empty() {
        return None;
    }
    match url.is_empty() || url.starts_with(['/', '?']) {
        true => Some(format!("{}{url}", base.trim_end_matches('/'))),
        false => Some(format!("{}/{url}", base.trim_end_matches('/'))),
    }
}

fn headers(
    context: &Context<'_>,
    target: &Target,
    clauses: &Clauses<'_>,
    url: &str,
    span: Span,
) -> Result<Vec<(String, Sensitive)>, Fault> {
    let mut headers = Vec::new();
    if let Some(auth) = &target.auth {
        headers.push(("authorization".to_owned(), authorization(context, auth, span)?));
    }
    for (name, value) in &target.headers {
        headers.push(plain::of_target(context, &name.to_lowercase(), value));
    }
    if headers.iter().any(|(_, value)| matches!(value, Sensitive::Secret(_))) {
        stays_home(context, target, url, span)?;
    }
    if let Some(content_type) = clauses.body.as_ref().and_then(|body| body.content_type) {
        headers.push(("content-type".to_owned(), Sensitive::Plain(content_type.to_owned())));
    }
    for (name, value) in &clauses.headers {
        headers.retain(|(earlier, _)| earlier != name);
        headers.push((name.clone(), value.clone()));
    }
    Ok(headers)
}

/// A target's credentials are for the place that its base names, and go nowhere else.
fn stays_home(context: &Context<'_>, target: &Target, url: &str, span: Span) -> Result<(), Fault> {
    let (home, there) = (origin(&target.address), origin(url));
    if home.is_some() && home == there {
        return Ok(());
    }
    let there = there.unwrap_or_else(|| url.to_owned());
    let (title, help) = match home {
        Some(home) => (
            format!("the credentials of `{}` are for {home}, and this goes to {there}", target.name),
            format!(
                "give that place a target of its own: `target NAME = http \"{there}\"`, with credentials for it if it needs any"
            ),
        ),
        None => (
            format!("`{}` has credentials, and no base that says what they are for", target.name),
            format!("give it the base that they are for: `target {} = http \"{there}\", …`", target.name),
        ),
    };
    Err(context.failed(title, span, "nothing was sent").help(help))
}

fn authorization(context: &Context<'_>, auth: &Auth, span: Span) -> Result<Sensitive, Fault> {
    let text = match auth {
        Auth::Bearer { secret } => format!("Bearer {}", plain::secret(context, secret, span)?.reveal()),
        Auth::Basic { user, secret } => {
            let pair = Zeroizing::new(format!("{user}:{}", plain::secret(context, secret, span)?.reveal()));
            format!("Basic {}", STANDARD.encode(pair.as_bytes()))
        }
    };
    Ok(Sensitive::Secret(SecretString::new(text)))
}

fn plugin(
    context: &Context<'_>,
    name: &ast::Name,
    args: &[ast::Argument],
) -> Result<(Operation, String), Fault> {
    let mut given = serde_json::Map::new();
    for (at, arg) in args.iter().enumerate() {
        let value = context.eval(&arg.value)?;
        let json = plain::to_json(context, &arg.value, &value)?;
        let key = arg.name.as_ref().map_or_else(|| at.to_string(), |name| name.value.clone());
        given.insert(key, json);
    }
    let shown = format!("{}({})", name.value, plugin_args(&given));
    Ok((Operation::Plugin { name: name.value.clone(), args: given.into() }, shown))
}

fn plugin_args(given: &serde_json::Map<String, serde_json::Value>) -> String {
    let shown = given.iter().map(|(name, value)| format!("{name}={value}"));
    shown.collect::<Vec<_>>().join(", ")
}

/// Local files stand beside the file that names them.
fn beside_runbook(context: &Context<'_>, local: &str) -> String {
    match context.module.path.parent() {
        Some(folder) => folder.join(local).to_string_lossy().into_owned(),
        None => local.to_owned(),
    }
}
