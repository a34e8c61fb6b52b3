//! Which handler answers a request.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::asked::{Asked, split_url};
use crate::backend::Operation;
use crate::finding::Finding;
use crate::resolve::ResolvedWorld;
use crate::shell::{Captures, Pattern};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, RequestPattern};
use crate::value::Shell;

const SHELLS: [Shell; 5] = [Shell::Sh, Shell::Bash, Shell::PowerShell, Shell::Pwsh, Shell::Cmd];

/// `PLACE PATTERN`, as it stands in a handler and in an `expect`.
#[derive(Debug)]
pub(super) struct Matcher {
    place: Pattern,
    request: RequestMatcher,
    /// As written, for finding the nearest.
    text: String,
}

#[derive(Debug)]
enum RequestMatcher {
    /// One reading for each shell, since each has words of its own.
    Command(Vec<(Shell, Pattern)>),
    Http {
        method: String,
        address: Address,
    },
    File {
        verb: String,
        path: Pattern,
    },
    Operation(String),
}

/// Where a URL pattern is held against.
#[derive(Debug)]
enum Address {
    /// `"https://host"`: the URL begins so, and its rest, or the whole of it, matches.
    Url { joined: Option<Pattern>, begins: Pattern, whole: Pattern },
    /// `"host"`: the URL's host, and its rest, or the whole of it.
    Host(Pattern),
}

/// One `on PLACE PATTERN {…}`.
#[derive(Debug)]
pub(super) struct Handler {
    pub matcher: Matcher,
    pub body: Arc<ast::Block>,
    pub span: Span,
}

/// The handlers of a world in the order they stand.
#[derive(Debug)]
pub(super) struct Handlers(Vec<Handler>);

impl Handlers {
    pub(super) fn new(world: &ResolvedWorld) -> Result<Self, Finding> {
        let handlers = world.file.items.iter().filter_map(|item| match &item.kind {
            ast::ItemKind::Handler(handler) => Some((handler, item.span)),
            _ => None,
        });
        handlers.map(|(handler, span)| Handler::new(handler, span)).collect::<Result<_, _>>().map(Self)
    }

    /// The first that answers, and what its names caught.
    pub(super) fn find(&self, asked: &Asked<'_>) -> Option<(&Handler, Captures)> {
        self.0.iter().find_map(|handler| Some((handler, handler.matcher.matches(asked)?)))
    }

    /// The one that was most likely meant to answer.
    pub(super) fn nearest(&self, asked: &Asked<'_>) -> Option<&Handler> {
        let told = asked.handler();
        let likeness = |handler: &&Handler| {
            let spelling = strsim::normalized_damerau_levenshtein(&handler.matcher.text, &told);
            (1000.0 * (spelling + handler.matcher.same_place(asked))) as u64
        };
        // Of several alike the first: `max_by_key` would take the last.
        self.0.iter().rev().max_by_key(likeness).filter(|handler| likeness(handler) > 300)
    }
}

impl Handler {
    fn new(handler: &ast::Handler, span: Span) -> Result<Self, Finding> {
        let matcher = Matcher::new(&handler.place, &handler.request)?;
        Ok(Self { matcher, body: Arc::new(handler.body.clone()), span: head(span, handler) })
    }
}

/// The handler without its block.
fn head(span: Span, handler: &ast::Handler) -> Span {
    let end = handler.body.span.start.max(span.start);
    Span { end, ..span }
}

impl Matcher {
    pub(super) fn new(place: &Spanned<String>, request: &RequestPattern) -> Result<Self, Finding> {
        let text = format!("on \"{}\" {}", place.value, written(request));
        let request = RequestMatcher::new(place, request)?;
        Ok(Self { place: string(place)?, request, text })
    }

    /// What the names in place and pattern caught, if both match.
    pub(super) fn matches(&self, asked: &Asked<'_>) -> Option<Captures> {
        let request = match (&self.request, &asked.request.operation) {
            (RequestMatcher::Http { method, address }, Operation::Http(call)) => {
                let same = method.split('|').any(|method| method.eq_ignore_ascii_case(&call.method));
                return same.then(|| address.matches(&self.place, &call.url))?;
            }
            (RequestMatcher::Command(patterns), Operation::Command(_)) => {
                let shell = asked.request.target.shell;
                let (_, pattern) = patterns.iter().find(|(of, _)| *of == shell)?;
                pattern.match_words(asked.words())?
            }
            (RequestMatcher::File { verb, path }, Operation::Put { remote, .. }) if verb == "put" => {
                path.match_string(remote)?
            }
            (RequestMatcher::File { verb, path }, Operation::Get { remote, .. }) if verb == "get" => {
                path.match_string(remote)?
            }
            (RequestMatcher::Operation(wanted), Operation::Plugin { name, .. }) if wanted == name => {
                BTreeMap::new()
            }
            _ => return None,
        };
        both(self.place.match_string(asked.place())?, request)
    }

    /// As written, with its place.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// 0.3 when the request goes to the handler's place.
    fn same_place(&self, asked: &Asked<'_>) -> f64 {
        let same = match (&asked.request.operation, &self.request) {
            (Operation::Http(call), RequestMatcher::Http { address, .. }) => {
                address.is_at(&self.place, &call.url)
            }
            (Operation::Http(_), _) => false,
            (
                Operation::Command(_)
                | Operation::Put { .. }
                | Operation::Get { .. }
                | Operation::Plugin { .. },
                _,
            ) => self.place.match_string(asked.place()).is_some(),
        };
        if same { 0.3 } else { 0.0 }
    }
}

impl RequestMatcher {
    fn new(place: &Spanned<String>, request: &RequestPattern) -> Result<Self, Finding> {
        Ok(match request {
            RequestPattern::Command(text) => Self::Command(commands(text)?),
            RequestPattern::Http { method, url } => {
                Self::Http { method: method.value.clone(), address: Address::new(place, url)? }
            }
            RequestPattern::File { verb, path } => {
                Self::File { verb: verb.value.clone(), path: string(path)? }
            }
            RequestPattern::Operation(name) => Self::Operation(name.value.clone()),
        })
    }
}

impl Address {
    fn new(place: &Spanned<String>, url: &Spanned<String>) -> Result<Self, Finding> {
        let whole = string(url)?;
        if !place.value.contains("://") {
            return Ok(Address::Host(whole));
        }
        let begins = Spanned::new(format!("{}...", place.value), place.span);
        let joined = Pattern::string(&format!("{}{}", place.value, url.value)).ok();
        Ok(Address::Url { joined, begins: string(&begins)?, whole })
    }

    fn matches(&self, place: &Pattern, url: &str) -> Option<Captures> {
        match self {
            Address::Url { joined, begins, whole } => {
                let joined = joined.as_ref().and_then(|pattern| pattern.match_string(url));
                joined.or_else(|| both(begins.match_string(url)?, whole.match_string(url)?))
            }
            Address::Host(pattern) => {
                let caught = place.match_string(host(url))?;
                let rest = pattern.match_string(split_url(url).1).or_else(|| pattern.match_string(url));
                both(caught, rest?)
            }
        }
    }

    fn is_at(&self, place: &Pattern, url: &str) -> bool {
        match self {
            Address::Url { begins, .. } => begins.match_string(url).is_some(),
            Address::Host(_) => place.match_string(host(url)).is_some(),
        }
    }
}

fn host(url: &str) -> &str {
    let origin = split_url(url).0;
    origin.split_once("://").map_or(origin, |(_, host)| host)
}

/// The captures of both, unless they disagree on a name.
fn both(mut first: Captures, second: Captures) -> Option<Captures> {
    for (name, text) in second {
        if first.get(&name).is_some_and(|before| *before != text) {
            return None;
        }
        first.insert(name, text);
    }
    Some(first)
}

fn string(text: &Spanned<String>) -> Result<Pattern, Finding> {
    Pattern::string(&text.value).map_err(|error| bad_pattern(text, error))
}

fn commands(text: &Spanned<String>) -> Result<Vec<(Shell, Pattern)>, Finding> {
    let read = |shell| Pattern::command(&text.value, shell).map(|pattern| (shell, pattern));
    let readings: Vec<_> = SHELLS.into_iter().map(read).collect();
    if let Some(Err(error)) = readings.iter().find(|_| readings.iter().all(Result::is_err)) {
        return Err(bad_pattern(text, error.clone()));
    }
    Ok(readings.into_iter().flatten().collect())
}

fn bad_pattern(text: &Spanned<String>, (at, why): (usize, String)) -> Finding {
    let title = format!("the pattern `{}` can't be read", text.value);
    let start = (text.span.start as usize + at).min(text.span.end as usize);
    Finding::error("bad-pattern", title, Span::new(text.span.file, start, text.span.end as usize), why)
}

/// The pattern as it stands in the file.
fn written(request: &RequestPattern) -> String {
    match request {
        RequestPattern::Command(text) => format!("$ {}", text.value),
        RequestPattern::Http { method, url } => format!("{} \"{}\"", method.value, url.value),
        RequestPattern::File { verb, path } => format!("{} \"{}\"", verb.value, path.value),
        RequestPattern::Operation(name) => format!("{}(...)", name.value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::{Command, Credentials, HttpCall, Request};
    use crate::ids::StepKey;
    use crate::value::{BackendKind, Effect, Login, Target};

    fn spanned(text: &str) -> Spanned<String> {
        Spanned::new(text.to_owned(), Span::default())
    }

    fn request(backend: BackendKind, address: &str, operation: Operation) -> Request {
        let target = Target {
            name: "target".to_owned(),
            backend,
            address: address.to_owned(),
            shell: Shell::Sh,
            user: None,
            port: None,
            jump: None,
            login: Login::default(),
            auth: None,
            headers: Vec::new(),
            env: Vec::new(),
            within: None,
        };
        let within = std::time::Duration::from_secs(1);
        Request {
            key: StepKey::root(),
            effect: Effect::Run,
            target: Arc::new(target),
            credentials: Credentials::default(),
            operation,
            within,
            claim: None,
            terms: Default::default(),
        }
    }

    fn caught(place: &str, pattern: RequestPattern, request: &Request) -> Option<String> {
        let matcher = Matcher::new(&spanned(place), &pattern).unwrap();
        let caught = matcher.matches(&Asked::new(request))?;
        Some(
            caught.iter().map(|(name, text)| format!("{name}={text} ")).collect::<String>().trim().to_owned(),
        )
    }

    fn http(place: &str, method: &str, url: &str, asked: &str) -> Option<String> {
        let call = HttpCall { method: "GET".to_owned(), url: asked.to_owned(), ..HttpCall::default() };
        let request = request(BackendKind::Http, "https://base", Operation::Http(call));
        let pattern = RequestPattern::Http { method: spanned(method), url: spanned(url) };
        caught(place, pattern, &request)
    }

    fn command(place: &str, pattern: &str, address: &str, text: &str) -> Option<String> {
        let command = Command { text: text.to_owned(), ..Command::default() };
        let request = request(BackendKind::Ssh, address, Operation::Command(command));
        caught(place, RequestPattern::Command(spanned(pattern)), &request)
    }

    #[test]
    fn a_url_is_held_against_place_and_rest_or_the_whole() {
        const URL: &str = "https://a.example/v1/vms/web1/restart?api=2";
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            http("https://a.example", "GET", "/v1/vms/<vm>/restart?<q>", URL),
            some("q=api=2 vm=web1")
        );
        assert_eq!(http("https://a.example", "GET", ".../restart?<q>", URL), some("q=api=2"));
        assert_eq!(http("https://a.example/v1", "GET", "/vms/<vm>/...", URL), some("vm=web1"));
        assert_eq!(http("https://<host>.example", "GET", "...", URL), some("host=a"));
        assert_eq!(http("https://a.example", "GET", "https://a.example/v1/...", URL), some(""));
        assert_eq!(http("a.example", "GET", "/v1/...", URL), some(""));
        assert_eq!(http("<host>.example", "get", "https://a.example/v1/...", URL), some("host=a"));
    }

    #[test]
    fn another_host_method_or_rest_is_not_taken() {
        const URL: &str = "https://a.example/v1/vms";
        assert_eq!(http("https://b.example", "GET", "...", URL), None);
        assert_eq!(http("b.example", "GET", "...", URL), None);
        assert_eq!(http("https://a.example", "POST", "...", URL), None);
        assert_eq!(http("https://a.example", "GET", "/v1", URL), None);
        assert_eq!(http("https://a.example", "GET", "/v1/vms/<x>", URL), None);
    }

    #[test]
    fn a_command_is_held_against_place_and_words() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            command("P-<pair>-L", "scale <s>=<n>", "P-WEB1-L", "scale  'a'=0"),
            some("n=0 pair=WEB1 s=a")
        );
        assert_eq!(command("P-<pair>-L", "scale <s>=<n>", "P-WEB1-W", "scale a=0"), None);
        assert_eq!(command("P-<pair>-L", "scale <s>=<n>", "P-WEB1-L", "scale a=0 b=0"), None);
        assert_eq!(command("<x>", "look <x>", "a", "look a"), some("x=a"));
        assert_eq!(command("<x>", "look <x>", "a", "look b"), None);
    }
}
