//! The criteria of a `Match` line, as written.
//!
//! In: the words after `Match`. Out: criteria in their order.
//! Must not know: hosts; what holds is seen while a config is walked.

/// One criterion, perhaps behind a `!`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criterion {
    pub negated: bool,
    pub subject: Subject,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    All,
    /// The name that `HostName` gave so far.
    Host(String),
    /// The name that was asked for.
    OriginalHost(String),
    User(String),
    LocalUser(String),
    /// A command of the local shell that ends well.
    Exec(String),
    /// The second reading of the files, once the name is settled; `canonical` is the same.
    Final,
    Canonical,
    Tagged(String),
    /// The command to be run, which is not known when a connection is made.
    Command(String),
    SessionType(String),
    Version(String),
}

/// Criteria up to a comment. `all` stands alone, or behind `final` or `canonical`.
pub fn criteria(arguments: &[String]) -> Result<Vec<Criterion>, String> {
    let mut words = arguments.iter().map(String::as_str);
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        let (negated, name) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
        if name.eq_ignore_ascii_case("all") {
            if found.len() > 1 || words.next().is_some_and(|word| !word.is_empty()) {
                return Err("`all` cannot stand with other criteria".to_owned());
            }
            found.push(Criterion { negated, subject: Subject::All });
            return Ok(found);
        }
        found.push(Criterion { negated, subject: subject(name, &mut words)? });
    }
    if found.is_empty() {
        return Err("its value is missing".to_owned());
    }
    Ok(found)
}

/// `name value` or `name=value`.
fn subject<'a>(name: &'a str, words: &mut impl Iterator<Item = &'a str>) -> Result<Subject, String> {
    let (name, attached) = name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
    let lower = name.to_ascii_lowercase();
    match (lower.as_str(), attached) {
        ("final", None) => return Ok(Subject::Final),
        ("canonical", None) => return Ok(Subject::Canonical),
        _ => {}
    }
    let with = with_value(&lower).ok_or_else(|| unknown(&lower, name))?;
    let value = attached.or_else(|| words.next()).filter(|value| !value.starts_with('#'));
    let may_be_empty = matches!(lower.as_str(), "tagged" | "command");
    match value {
        Some(value) if may_be_empty || !value.is_empty() => Ok(with(value.to_owned())),
        _ => Err(format!("the value of `{name}` is missing")),
    }
}

fn with_value(name: &str) -> Option<fn(String) -> Subject> {
    Some(match name {
        "host" => Subject::Host,
        "originalhost" => Subject::OriginalHost,
        "user" => Subject::User,
        "localuser" => Subject::LocalUser,
        "exec" => Subject::Exec,
        "tagged" => Subject::Tagged,
        "command" => Subject::Command,
        "sessiontype" => Subject::SessionType,
        "version" => Subject::Version,
        _ => return None,
    })
}

fn unknown(lower: &str, name: &str) -> String {
    match lower {
        "localnetwork" => {
            "rutter cannot tell which networks it stands in, so `localnetwork` cannot be matched".to_owned()
        }
        _ => format!("`{name}` is not a criterion of Match"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Criterion, Subject, criteria};

    fn read(text: &str) -> Result<Vec<Criterion>, String> {
        criteria(&text.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn values_and_negation() {
        let host = Criterion { negated: true, subject: Subject::Host("a,b".into()) };
        let user = Criterion { negated: false, subject: Subject::User("x".into()) };
        assert_eq!(read("!host a,b USER=x"), Ok(vec![host, user]));
        let last = Criterion { negated: false, subject: Subject::Final };
        let all = Criterion { negated: false, subject: Subject::All };
        assert_eq!(read("final all"), Ok(vec![last, all]));
        assert_eq!(read("tagged ").map(|found| found.len()), Ok(1));
    }

    #[test]
    fn mistakes() {
        for text in
            ["host", "host ", "all host a", "host a user b all", "host a final x", "localnetwork 10.0.0.0/8"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
