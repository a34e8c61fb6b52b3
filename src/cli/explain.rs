//! `rutter explain`: the page of a lint rule.

use super::failure::{Error, Exit};
use super::screen::Screen;
use crate::finding::nearest;
use crate::lint::{self, Group, RULES};

const EXAMPLES: &str = "\
Examples:
  rutter explain once-in-loop
  rutter explain                            every rule, in its group";

/// Explain a lint rule, with a bad and a good example.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Explain {
    /// The code in the brackets of a warning; without one, the rules are listed.
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

impl Explain {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let text = match &self.code {
            Some(code) => lint::explain(code).ok_or_else(|| unknown(code))?,
            None => Group::ALL.iter().map(|(group, word)| listed(*group, word)).collect(),
        };
        screen.print(&text)?;
        Ok(Exit::Done)
    }
}

fn listed(group: Group, word: &str) -> String {
    let rules = RULES.iter().filter(|rule| rule.group == group);
    let lines = rules.map(|rule| format!("  {:24} {}\n", rule.code, rule.summary())).collect::<String>();
    if lines.is_empty() { lines } else { format!("{word}\n{lines}") }
}

fn unknown(code: &str) -> Error {
    let codes = RULES.iter().map(|rule| rule.code);
    let error = Error::input(format!("there is no lint rule `{code}`"));
    match nearest(code, codes) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error
            .help("`rutter explain` lists the rules; every other code is an error whose message says it all"),
    }
}
