//! `rutter explain`: the page of a lint rule.

use super::failure::{Error, Exit};
use super::screen::Screen;
use crate::finding::nearest;
use crate::lint::{self, RULES};

const EXAMPLES: &str = "\
Examples:
  rutter explain once-in-loop
  rutter explain                            every rule's code";

/// Explain a lint rule, with a bad and a good example.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Explain {
    /// The code in the brackets of a warning; without one, the codes are listed.
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

impl Explain {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let text = match &self.code {
            Some(code) => lint::explain(code).ok_or_else(|| unknown(code))?,
            None => RULES.iter().map(|rule| format!("{}\n", rule.code)).collect(),
        };
        screen.print(&text)?;
        Ok(Exit::Done)
    }
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
