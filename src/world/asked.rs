//! A request as a world sees it: where it goes, how it reads, and what handlers are told of it.

use std::cell::OnceCell;

use indexmap::IndexMap;
use minijinja::value::Serde;

use crate::backend::{Operation, Request};
use crate::shell;
use crate::value::{BackendKind, Value};

/// One request, its words taken apart once for all the patterns that it is held against.
#[derive(Debug)]
pub(super) struct Asked<'r> {
    pub request: &'r Request,
    words: OnceCell<Vec<String>>,
}

impl<'r> Asked<'r> {
    pub(super) fn new(request: &'r Request) -> Self {
        Self { request, words: OnceCell::new() }
    }

    /// What a handler's place is held against, for all but HTTP.
    pub(super) fn place(&self) -> &str {
        let target = &self.request.target;
        match &target.backend {
            BackendKind::Local => "local",
            BackendKind::Plugin(name) if target.address.is_empty() => name,
            BackendKind::Ssh | BackendKind::Http | BackendKind::Plugin(_) => &target.address,
        }
    }

    /// The words of the command; none for what is no command.
    pub(super) fn words(&self) -> &[String] {
        self.words.get_or_init(|| match &self.request.operation {
            Operation::Command(command) => shell::words(&command.text, self.request.target.shell),
            Operation::Http(_) | Operation::Put { .. } | Operation::Get { .. } | Operation::Plugin { .. } => {
                Vec::new()
            }
        })
    }

    /// The request as it is written: `$ docker ls`, `GET https://…`, `put a to b`.
    pub(super) fn text(&self) -> String {
        match &self.request.operation {
            Operation::Command(command) => format!("$ {}", command.text),
            Operation::Http(call) => format!("{} {}", call.method, call.url),
            Operation::Put { local, remote } => format!("put {local} to {remote}"),
            Operation::Get { remote, local } => format!("get {remote} to {local}"),
            Operation::Plugin { name, args } => format!("{name}({args})"),
        }
    }

    /// The request and its place, as messages say it.
    pub(super) fn told(&self) -> String {
        match &self.request.operation {
            Operation::Http(_) => format!("`{}`", self.text()),
            Operation::Command(_)
            | Operation::Put { .. }
            | Operation::Get { .. }
            | Operation::Plugin { .. } => format!("`{}` on {}", self.text(), self.place()),
        }
    }

    /// The head of a handler for exactly this request.
    pub(super) fn handler(&self) -> String {
        match &self.request.operation {
            Operation::Http(call) => {
                let (host, rest) = split_url(&call.url);
                format!("on \"{host}\" {} \"{rest}\"", call.method)
            }
            Operation::Put { remote, .. } => format!("on \"{}\" put \"{remote}\"", self.place()),
            Operation::Get { remote, .. } => format!("on \"{}\" get \"{remote}\"", self.place()),
            Operation::Plugin { name, .. } => format!("on \"{}\" {name}(...)", self.place()),
            Operation::Command(_) => format!("on \"{}\" {}", self.place(), self.text()),
        }
    }

    /// What a handler's body knows as `request`.
    pub(super) fn value(&self) -> Value {
        let mut fields = IndexMap::new();
        fields.insert("text", Value::from(self.text()));
        fields.insert("place", Value::from(self.place()));
        match &self.request.operation {
            Operation::Command(command) => {
                let stdin = command.stdin.as_ref().map(|text| text.reveal().to_owned());
                fields.insert("stdin", Value::from(stdin));
            }
            Operation::Http(call) => http_fields(call, &mut fields),
            Operation::Put { local, remote } | Operation::Get { remote, local } => {
                fields.insert("local", Value::from(local.as_str()));
                fields.insert("remote", Value::from(remote.as_str()));
            }
            Operation::Plugin { args, .. } => {
                fields.insert("args", Value::from(Serde(args)));
            }
        }
        Value::from_pairs(fields)
    }
}

fn http_fields(call: &crate::backend::HttpCall, fields: &mut IndexMap<&'static str, Value>) {
    let body = String::from_utf8_lossy(call.body.as_deref().unwrap_or_default()).into_owned();
    let json: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
    let headers = call.headers.iter().map(|(name, value)| (name.to_lowercase(), value.reveal().to_owned()));
    fields.insert("method", Value::from(call.method.as_str()));
    fields.insert("url", Value::from(call.url.as_str()));
    fields.insert("headers", Value::from_pairs(headers));
    fields.insert("json", Value::from(Serde(json)));
    fields.insert("body", Value::from(body));
}

/// The scheme and host of a URL, and the rest of it.
pub(super) fn split_url(url: &str) -> (&str, &str) {
    let host = url.find("://").map_or(0, |at| at + 3);
    let rest = url[host..].find(['/', '?', '#']).map_or(url.len(), |at| host + at);
    url.split_at(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_comes_apart_at_its_host() {
        assert_eq!(split_url("https://a.b:8/c?d"), ("https://a.b:8", "/c?d"));
        assert_eq!(split_url("https://a.b?x=/"), ("https://a.b", "?x=/"));
        assert_eq!(split_url("https://a.b"), ("https://a.b", ""));
        assert_eq!(split_url("a.b/c"), ("a.b", "/c"));
    }
}
