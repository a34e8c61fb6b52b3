//! The regex of a `matching`, held against a few short texts.
//!
//! In: a pattern. Out: whether it is one, and whether it matches a text as a whole. Must not know: where it was written. It is built
//! without what makes long searches fast, which costs more than all that is asked of it before a run.

use regex_automata::nfa::thompson::pikevm::PikeVM;
use regex_automata::nfa::thompson::{self, NFA};
use regex_syntax::hir::{Hir, Look};

/// What [`regex::Regex`] takes at most, in bytes.
const LARGEST: usize = 10 << 20;

/// A regex that matches a text as a whole or not at all.
#[derive(Debug)]
pub struct WholeMatch(PikeVM);

impl WholeMatch {
    /// `pattern` in the syntax of [`regex`], or why it is none.
    pub fn new(pattern: &str) -> Result<Self, String> {
        let parsed = regex_syntax::parse(pattern).map_err(|error| error.to_string())?;
        let whole = Hir::concat(vec![Hir::look(Look::Start), parsed, Hir::look(Look::End)]);
        let limits = thompson::Config::new().nfa_size_limit(Some(LARGEST));
        let states: NFA = thompson::Compiler::new()
            .configure(limits)
            .build_from_hir(&whole)
            .map_err(|error| error.to_string())?;
        PikeVM::new_from_nfa(states).map(Self).map_err(|error| error.to_string())
    }

    /// Whether all of `text` matches.
    #[must_use]
    pub fn fits(&self, text: &str) -> bool {
        self.0.is_match(&mut self.0.create_cache(), text)
    }
}

#[cfg(test)]
mod tests {
    use super::WholeMatch;

    #[test]
    fn a_text_matches_as_a_whole_or_not() {
        let fits = |pattern, text| WholeMatch::new(pattern).map(|regex| regex.fits(text));
        assert_eq!(fits("a|ab", "ab"), Ok(true));
        assert_eq!(fits("[0-9]+", "12x"), Ok(false));
        assert_eq!(fits("(?i)é", "É"), Ok(true));
        assert!(fits("a)(b", "ab").is_err());
        assert!(fits("(((a{999}){999}){999})", "a").is_err());
    }
}
