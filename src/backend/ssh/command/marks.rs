//! What the host's shell tells rutter when a command begins.

use crate::backend::marks::{self, Nonce};

/// A command line that tells the process group and the log-in shell.
pub(super) fn tell_begin(nonce: &Nonce) -> String {
    format!("echo {} $$ \"$SHELL\" >&2", nonce.as_str())
}

/// What was told once the command began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The command's process group.
    pub group: u32,
    /// The path of the user's log-in shell.
    pub login_shell: String,
}

/// Sifts the one mark out of stderr.
pub(super) type Marks = marks::Marks<Mark>;

impl marks::Mark for Mark {
    fn read(line: &str) -> Option<Self> {
        let (group, shell) = line.strip_prefix(' ')?.split_once(' ')?;
        let group = group.parse().ok().filter(|group| *group > 1)?;
        Some(Mark { group, login_shell: shell.to_owned() })
    }

    fn is_last(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sift(chunks: &[&str]) -> (String, Vec<Mark>) {
        let mut sifter = Marks::new("rutter.00");
        let (mut plain, mut marks) = (Vec::new(), Vec::new());
        for chunk in chunks {
            let (text, found) = sifter.sift(chunk.as_bytes());
            plain.extend(text);
            marks.extend(found);
        }
        plain.extend(sifter.rest());
        (String::from_utf8(plain).unwrap(), marks)
    }

    #[test]
    fn the_mark_is_taken_out_wherever_the_stream_is_cut() {
        let whole = "motd\nrutter.00 41 /bin/bash\nold rutter news\nend";
        let mark = Mark { group: 41, login_shell: "/bin/bash".to_owned() };
        let wanted = ("motd\nold rutter news\nend".to_owned(), vec![mark]);
        for cut in 0..whole.len() {
            assert_eq!(sift(&[&whole[..cut], &whole[cut..]]), wanted, "cut at {cut}");
        }
        let bytes: Vec<String> = whole.chars().map(String::from).collect();
        assert_eq!(sift(&bytes.iter().map(String::as_str).collect::<Vec<_>>()), wanted);
    }

    #[test]
    fn after_the_mark_nothing_is_held_back() {
        let (plain, marks) = sift(&["rutter.00 41 /bin/sh\nrutter.0", "0 9 x\n"]);
        assert_eq!((plain.as_str(), marks.len()), ("rutter.00 9 x\n", 1));
    }

    #[test]
    fn what_only_looks_like_a_mark_harms_nothing() {
        assert_eq!(sift(&["rutter.00 1 x\nrutter.00 y\na"]), ("a".to_owned(), vec![]));
        let long = format!("rutter.00 {}", "9".repeat(1024));
        assert_eq!(sift(&[&long]), (long.clone(), vec![]));
    }
}
