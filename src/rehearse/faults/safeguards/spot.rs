//! What one safeguard of a runbook is called: a word that can be typed.

use std::fmt;
use std::str::FromStr;

use super::super::schedule::numbered;
use super::list::Means;

/// `guard@7` is the guard at line 7 of the runbook; `assert@9#2` the second assert that begins there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Spot {
    pub means: Means,
    pub line: usize,
    /// Of those of its means that begin at the line, counted from 1.
    pub number: u32,
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", typed(self.means), self.line)?;
        if self.number == 1 { Ok(()) } else { write!(f, "#{}", self.number) }
    }
}

fn typed(means: Means) -> String {
    means.word().replace(' ', "-")
}

/// Why it names no safeguard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSpot {
    #[error("`{0}` is no safeguard: write MEANS@LINE, such as `guard@7`")]
    NoLine(String),
    #[error("there is no safeguard `{0}`; there are {list}", list = Means::ALL.map(typed).join(", "))]
    NoMeans(String),
}

impl FromStr for Spot {
    type Err = NoSpot;

    fn from_str(text: &str) -> Result<Self, NoSpot> {
        let no_line = || NoSpot::NoLine(text.to_owned());
        let (word, place) = text.split_once('@').ok_or_else(no_line)?;
        let (line, number) = numbered(place);
        let line = line.parse().map_err(|_| no_line())?;
        let means = Means::ALL.into_iter().find(|means| typed(*means) == word);
        Ok(Self { means: means.ok_or_else(|| NoSpot::NoMeans(word.to_owned()))?, line, number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in ["guard@7", "done-when@30", "assert@9#2"] {
            assert_eq!(text.parse::<Spot>().map(|spot| spot.to_string()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_is_no_safeguard_is_told() {
        assert_eq!("guard".parse::<Spot>(), Err(NoSpot::NoLine("guard".to_owned())));
        assert_eq!("guard@here".parse::<Spot>(), Err(NoSpot::NoLine("guard@here".to_owned())));
        assert_eq!("gaurd@7".parse::<Spot>(), Err(NoSpot::NoMeans("gaurd".to_owned())));
    }
}
