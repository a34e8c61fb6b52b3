//! Patterns of ssh_config(5), section PATTERNS: `*`, `?` and lists with `!`.
//!
//! In: a name and a pattern as written. Out: whether it matches, as OpenSSH's `match.c` says.
//! Must not know: where the pattern stands.

/// What a list of patterns says of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// A pattern matches and no negated one does.
    Yes,
    /// A negated pattern (`!…`) matches, whatever else does.
    Refused,
    /// Nothing matches.
    No,
}

/// Whether the whole of `text` matches `pattern`: `*` any run of characters, `?` any one.
#[must_use]
pub fn matches(text: &str, pattern: &str) -> bool {
    let (text, pattern) = (text.as_bytes(), pattern.as_bytes());
    let (mut at, mut next) = (0, 0);
    // The last `*`: where the pattern goes on after it, and how much of the text it has eaten.
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match (pattern.get(next), star) {
            (Some(b'*'), _) => {
                next += 1;
                star = Some((next, at));
            }
            (Some(&wanted), _) if wanted == b'?' || wanted == text[at] => (at, next) = (at + 1, next + 1),
            (_, Some((after, eaten))) => {
                (at, next) = (eaten + 1, after);
                star = Some((after, eaten + 1));
            }
            (_, None) => return false,
        }
    }
    pattern[next..].iter().all(|byte| *byte == b'*')
}

/// Whether `text` is in a list of patterns between commas, letters as they are.
#[must_use]
pub fn listed(text: &str, list: &str) -> Listed {
    let mut found = Listed::No;
    for entry in list.split(',') {
        let (negated, pattern) = entry.strip_prefix('!').map_or((false, entry), |rest| (true, rest));
        if matches(text, pattern) {
            if negated {
                return Listed::Refused;
            }
            found = Listed::Yes;
        }
    }
    found
}

/// [`listed`] for host names: capital and small letters are the same.
#[must_use]
pub fn host_listed(host: &str, list: &str) -> Listed {
    listed(&host.to_ascii_lowercase(), &list.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{Listed, host_listed, listed, matches};

    #[test]
    fn stars_and_question_marks() {
        let table = [
            ("", "", true),
            ("", "*", true),
            ("a", "", false),
            ("web1", "web?", true),
            ("web", "web?", false),
            ("web10", "web?", false),
            ("a.example.com", "*.example.com", true),
            ("example.com", "*.example.com", false),
            ("aXbXc", "a*b*c", true),
            ("aXbXcd", "a*b*c", false),
            ("aaab", "*ab", true),
            ("anything", "**", true),
        ];
        for (text, pattern, wanted) in table {
            assert_eq!(matches(text, pattern), wanted, "{text} {pattern}");
        }
        assert!(!matches(&"a".repeat(20_000), &"*a".repeat(50).replace("*a*a", "*a*ab")), "ends soon");
    }

    #[test]
    fn lists_with_negation() {
        assert_eq!(listed("web1", "web*,!web1"), Listed::Refused);
        assert_eq!(listed("web2", "!web1,web*"), Listed::Yes);
        assert_eq!(listed("db", "web*,!web1"), Listed::No);
        assert_eq!(host_listed("WEB.Example", "web.exAMPLE"), Listed::Yes);
    }
}
