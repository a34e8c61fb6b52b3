//! Which faults strike, and where: a line that can be typed.

use std::fmt;
use std::str::FromStr;

use super::kind::Kind;
use crate::ids::StepKey;

/// A schedule without a fault.
const NONE: &str = "none";

/// Where a fault strikes: a step, and which of its sendings, intents or questions it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    pub key: StepKey,
    /// Counted from 1, over all runners of the run.
    pub number: u32,
}

/// One fault at one place.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Injection {
    pub kind: Kind,
    pub place: Place,
}

/// The faults of one play; without any it is typed `none`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Schedule(pub Vec<Injection>);

impl fmt::Display for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { key, number } = &self.place;
        write!(f, "{}@{key}", self.kind)?;
        if *number == 1 { Ok(()) } else { write!(f, "#{number}") }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults: Vec<_> = self.0.iter().map(Injection::to_string).collect();
        f.write_str(if faults.is_empty() { NONE.to_owned() } else { faults.join(" + ") }.as_str())
    }
}

/// Why a schedule can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSchedule {
    #[error("`{0}` is no fault: write KIND@STEP, or KIND@STEP#N for the N-th time")]
    NoPlace(String),
    #[error("there is no fault `{0}`; there are {list}", list = words())]
    NoKind(String),
}

fn words() -> String {
    Kind::ALL.map(Kind::word).join(", ")
}

impl FromStr for Schedule {
    type Err = NoSchedule;

    fn from_str(text: &str) -> Result<Self, NoSchedule> {
        if text == NONE {
            return Ok(Self::default());
        }
        text.split(" + ").map(|fault| fault.trim().parse()).collect::<Result<_, _>>().map(Self)
    }
}

impl FromStr for Injection {
    type Err = NoSchedule;

    fn from_str(text: &str) -> Result<Self, NoSchedule> {
        let (word, place) = text.split_once('@').ok_or_else(|| NoSchedule::NoPlace(text.to_owned()))?;
        let kind = Kind::parse(word).ok_or_else(|| NoSchedule::NoKind(word.to_owned()))?;
        let (key, number) = numbered(place);
        Ok(Self { kind, place: Place { key: StepKey(key.into()), number } })
    }
}

/// `stage:1/0#3` is the third; without a number it is the first.
pub(super) fn numbered(place: &str) -> (&str, u32) {
    let last = place.rsplit_once('#').and_then(|(key, number)| Some((key, number.parse().ok()?)));
    last.unwrap_or((place, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "none",
            "lost@stage:1/0",
            "killed-before-answer@stage:2/0/for:tenant=a@b/1#3 + declined@stage:3/0",
        ] {
            assert_eq!(text.parse::<Schedule>().map(|schedule| schedule.to_string()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_is_no_fault_is_told() {
        assert_eq!("lost".parse::<Schedule>(), Err(NoSchedule::NoPlace("lost".to_owned())));
        assert_eq!("list@a".parse::<Schedule>(), Err(NoSchedule::NoKind("list".to_owned())));
    }
}
