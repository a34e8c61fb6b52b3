//! A request to a resource, taken apart.

use std::collections::HashMap;

use axum::extract::Query;
use axum::http::Method;
use axum::http::request::Parts;
use serde_json::Value;

use super::Refusal;

/// What is asked of which resource.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: Method,
    pub subscription: String,
    /// Nothing for what belongs to the whole subscription.
    pub group: Option<String>,
    /// Such as `Microsoft.Compute`.
    pub namespace: String,
    /// Types and action in small letters, and `*` for each name: `virtualmachines/*/restart`.
    pub shape: String,
    /// The names that stand where the shape has `*`.
    pub names: Vec<String>,
    pub version: String,
    pub query: HashMap<String, String>,
    /// `null` when there was none.
    pub body: Value,
    /// The path as it was asked for.
    pub path: String,
}

impl Call {
    /// Takes a request apart; the first thing that is not as it must be is refused.
    pub(super) fn read(parts: &Parts, body: Value) -> Result<Call, Refusal> {
        let path = parts.uri.path().trim_end_matches('/').to_owned();
        let query: HashMap<String, String> =
            Query::try_from_uri(&parts.uri).map(|Query(query)| query).unwrap_or_default();
        let version = query.get("api-version").ok_or_else(Refusal::no_version)?.clone();
        let mut words = path.split('/').skip(1).map(unescaped).peekable();
        let subscription = after(&mut words, "subscriptions").ok_or_else(|| Refusal::no_path(&path))?;
        let group = after(&mut words, "resourceGroups");
        let namespace = after(&mut words, "providers").ok_or_else(|| Refusal::no_path(&path))?;
        let (mut shape, mut names) = (vec![], vec![]);
        for (at, word) in words.enumerate() {
            match at % 2 {
                0 => shape.push(word.to_ascii_lowercase()),
                _ => {
                    shape.push("*".to_owned());
                    names.push(word);
                }
            }
        }
        let (method, shape) = (parts.method.clone(), shape.join("/"));
        Ok(Call { method, subscription, group, namespace, shape, names, version, query, body, path })
    }

    /// The id of the resource that is meant, without the action on it.
    pub fn resource(&self) -> &str {
        match self.shape.ends_with('*') {
            true => &self.path,
            false => self.path.rsplit_once('/').map_or(&*self.path, |(resource, _)| resource),
        }
    }

    /// The type of the resource that is meant, as it was written: `virtualMachines`.
    pub fn kind(&self) -> String {
        let start = self.path.to_ascii_lowercase().find("/providers/").map_or(0, |at| at + 11);
        let words = self.path[start..].split('/').skip(1).step_by(2);
        let action = usize::from(!self.shape.ends_with('*') && !self.names.is_empty());
        let types: Vec<&str> = words.collect();
        types[..types.len() - action].join("/")
    }
}

/// The word behind `key`, if that is what comes next.
fn after<I: Iterator<Item = String>>(words: &mut std::iter::Peekable<I>, key: &str) -> Option<String> {
    words.next_if(|word| word.eq_ignore_ascii_case(key))?;
    words.next()
}

/// A segment of a path without its `%XX`.
fn unescaped(segment: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), segment.as_bytes());
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
