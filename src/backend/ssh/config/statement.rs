//! Lines of ssh_config(5) as statements.
//!
//! In: one line. Out: what it says, or what is wrong with it wherever it stands.
//! Must not know: files, hosts, which statements apply.

use std::collections::HashSet;
use std::sync::LazyLock;
use std::time::Duration;

use super::criterion::{Criterion, criteria};
use super::names::{Hop, hops};
use super::words;

#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// `Host`: what follows applies to hosts of these patterns.
    Host(Vec<HostPattern>),
    /// `Match`: what follows applies when all criteria hold.
    Match(Vec<Criterion>),
    /// `Include`: the statements of other files stand here.
    Include(Vec<String>),
    Set(Setting),
    /// A keyword that OpenSSH knows and rutter has no use for.
    PassedOver,
    /// A keyword that OpenSSH does not know: an error unless an `IgnoreUnknown` before it says otherwise.
    Unknown(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    pub negated: bool,
    pub pattern: String,
}

/// What is taken from a config; words that later steps expand stand as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    HostName(String),
    User(String),
    Port(u16),
    IdentityFile(String),
    IdentitiesOnly(bool),
    CertificateFile(String),
    IdentityAgent(String),
    UserKnownHosts(Vec<String>),
    GlobalKnownHosts(Vec<String>),
    RevokedHostKeys(Vec<String>),
    HostKeyAlias(String),
    ProxyJump(Vec<Hop>),
    ProxyCommand(String),
    ConnectTimeout(Option<Duration>),
    AliveInterval(Option<Duration>),
    AliveCountMax(u32),
    IgnoreUnknown(String),
    Tag(String),
    /// Only whether names are made canonical, which makes ssh read its files twice.
    CanonicalizeHostname(bool),
    RefuseConnection(String),
}

/// The statement of a line; nothing for a blank line or a comment.
pub fn statement(line: &str) -> Result<Option<Statement>, String> {
    let Some((keyword, rest)) = words::keyword(line) else { return Ok(None) };
    let named = |why: String| format!("`{keyword}`: {why}");
    if rest.is_empty() {
        return Err(named("its value is missing".to_owned()));
    }
    let arguments = words::arguments(rest).map_err(named)?;
    block(&keyword, &arguments)
        .or_else(|| setting(&keyword, rest, &arguments).map(|set| set.map(Statement::Set)))
        .unwrap_or_else(|| Ok(other(&keyword)))
        .map(Some)
        .map_err(named)
}

fn other(keyword: &str) -> Statement {
    static PASSED_OVER: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        let lines = include_str!("passed_over.txt").lines();
        lines.filter(|line| !line.starts_with('#')).collect()
    });
    match PASSED_OVER.contains(keyword) {
        true => Statement::PassedOver,
        false => Statement::Unknown(keyword.to_owned()),
    }
}

fn block(keyword: &str, arguments: &[String]) -> Option<Result<Statement, String>> {
    Some(match keyword {
        "host" => several(arguments)
            .map(|patterns| Statement::Host(patterns.iter().map(|word| host_pattern(word)).collect())),
        "match" => criteria(arguments).map(Statement::Match),
        "include" => several(arguments).map(Statement::Include),
        _ => return None,
    })
}

fn host_pattern(word: &str) -> HostPattern {
    let (negated, pattern) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
    HostPattern { negated, pattern: pattern.to_owned() }
}

fn setting(keyword: &str, rest: &str, arguments: &[String]) -> Option<Result<Setting, String>> {
    let word = || one(arguments);
    let raw = rest.trim_start_matches([' ', '\t', '=']);
    Some(match keyword {
        "hostname" => word().map(Setting::HostName),
        "user" => word().map(Setting::User),
        "port" => word().and_then(|word| words::port(&word)).map(Setting::Port),
        "identityfile" | "identityfile2" => word().map(Setting::IdentityFile),
        "identitiesonly" => word().and_then(|word| words::flag(&word)).map(Setting::IdentitiesOnly),
        "certificatefile" => word().map(Setting::CertificateFile),
        "identityagent" => word().map(Setting::IdentityAgent),
        "userknownhostsfile" => files(arguments).map(Setting::UserKnownHosts),
        "globalknownhostsfile" => files(arguments).map(Setting::GlobalKnownHosts),
        "revokedhostkeys" => files(arguments).map(Setting::RevokedHostKeys),
        "hostkeyalias" => word().map(Setting::HostKeyAlias),
        "proxyjump" => hops(raw).map(Setting::ProxyJump),
        "proxycommand" => Ok(Setting::ProxyCommand(raw.to_owned())),
        "connecttimeout" => word().and_then(|word| words::time(&word)).map(Setting::ConnectTimeout),
        "serveraliveinterval" => word().and_then(|word| words::time(&word)).map(Setting::AliveInterval),
        "serveralivecountmax" => word().and_then(|word| count(&word)).map(Setting::AliveCountMax),
        "ignoreunknown" => word().map(Setting::IgnoreUnknown),
        "tag" => word().map(Setting::Tag),
        "canonicalizehostname" => word().and_then(|word| canonical(&word)).map(Setting::CanonicalizeHostname),
        "refuseconnection" => word().map(Setting::RefuseConnection),
        _ => return None,
    })
}

fn one(arguments: &[String]) -> Result<String, String> {
    match arguments {
        [] => Err("its value is missing".to_owned()),
        [word] if word.is_empty() => Err("its value is empty".to_owned()),
        [word] => Ok(word.clone()),
        [_, extra, ..] => Err(format!("`{extra}` is one word too many")),
    }
}

fn several(arguments: &[String]) -> Result<Vec<String>, String> {
    match arguments.iter().any(String::is_empty) {
        true => Err("one of its words is empty".to_owned()),
        false => Ok(arguments.to_vec()),
    }
}

/// Files, or none at all for the one word `none`.
fn files(arguments: &[String]) -> Result<Vec<String>, String> {
    let files = several(arguments)?;
    let none = files.iter().any(|file| file.eq_ignore_ascii_case("none"));
    match files.len() {
        0 => Err("its value is missing".to_owned()),
        1 if none => Ok(Vec::new()),
        _ if none => Err("`none` stands alone or not at all".to_owned()),
        _ => Ok(files),
    }
}

fn count(word: &str) -> Result<u32, String> {
    let count = word.parse::<u32>().ok().filter(|count| *count <= i32::MAX as u32);
    count.ok_or_else(|| format!("`{word}` is not a number"))
}

fn canonical(word: &str) -> Result<bool, String> {
    if word.eq_ignore_ascii_case("always") { Ok(true) } else { words::flag(word) }
}

#[cfg(test)]
mod tests {
    use super::{Setting, Statement, statement};

    #[test]
    fn what_is_wrong_is_said_in_words() {
        let table = [
            ("Port 0", "`port`: `0` is not a port"),
            ("Port", "`port`: its value is missing"),
            ("User a b", "`user`: `b` is one word too many"),
            ("User \"\"", "`user`: its value is empty"),
            ("User # nobody", "`user`: its value is missing"),
            ("User \"bob", "`user`: a quote `\"` is never closed"),
            ("IdentitiesOnly maybe", "`identitiesonly`: `maybe` is neither yes nor no"),
            ("ConnectTimeout soon", "`connecttimeout`: `soon` is not a time such as 30 or 1m30s"),
            ("UserKnownHostsFile none other", "`userknownhostsfile`: `none` stands alone or not at all"),
            ("ServerAliveCountMax -1", "`serveralivecountmax`: `-1` is not a number"),
            ("ProxyJump -oX", "`proxyjump`: `-oX` cannot be the name of a host"),
            ("Match", "`match`: its value is missing"),
            ("Match sunshine yes", "`match`: `sunshine` is not a criterion of Match"),
        ];
        for (line, wanted) in table {
            assert_eq!(statement(line), Err(wanted.to_owned()), "{line}");
        }
    }

    #[test]
    fn known_and_unknown_keywords() {
        assert_eq!(statement("ForwardAgent yes"), Ok(Some(Statement::PassedOver)));
        assert_eq!(statement("GSSAPIAuthentication no"), Ok(Some(Statement::PassedOver)));
        assert_eq!(statement("Colour red"), Ok(Some(Statement::Unknown("colour".to_owned()))));
        let command = Setting::ProxyCommand("nc -X 5 %h %p # no comment".to_owned());
        assert_eq!(statement("ProxyCommand = nc -X 5 %h %p # no comment"), Ok(Some(Statement::Set(command))));
    }
}
