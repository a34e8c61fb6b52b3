//! `rutter explain`: the page of a lint rule or an error.

use super::failure::{Error, Exit};
use super::screen::Screen;
use crate::errors::{self, ErrorPage};
use crate::finding::nearest;
use crate::lint::{self, Group, RULES};

const EXAMPLES: &str = "\
Examples:
  rutter explain once-in-loop
  rutter explain wrong-type
  rutter explain                            every rule and every error, in its group";

/// Explain a lint rule or an error, with a bad and a good example.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Explain {
    /// The code in the brackets of a warning or an error; without one, all are listed.
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

impl Explain {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let text = match &self.code {
            Some(code) => page(code).ok_or_else(|| unknown(code))?,
            None => list(),
        };
        screen.print(&text)?;
        Ok(Exit::Done)
    }
}

fn page(code: &str) -> Option<String> {
    let of_error = || errors::error(code).map(|(_, page)| page.text.to_owned());
    lint::explain(code).or_else(of_error)
}

fn list() -> String {
    let rules: String = Group::ALL.iter().map(|(group, word)| rules_of(*group, word)).collect();
    let errors: String = errors::GROUPS.iter().map(|(word, pages)| errors_of(word, pages)).collect();
    format!(
        "RULES, which say what is allowed and yet worth a second look\n{rules}\nERRORS, which keep a runbook from being planned and run\n{errors}"
    )
}

fn rules_of(group: Group, word: &str) -> String {
    let rules = RULES.iter().filter(|rule| rule.group == group);
    listed(word, rules.map(|rule| (rule.code, rule.summary())))
}

fn errors_of(word: &str, pages: &[ErrorPage]) -> String {
    listed(word, pages.iter().map(|page| (page.code, page.summary())))
}

fn listed(word: &str, codes: impl Iterator<Item = (&'static str, &'static str)>) -> String {
    let lines = codes.map(|(code, summary)| format!("  {code:24} {summary}\n"));
    format!("\n{word}\n{}", lines.collect::<String>())
}

fn unknown(code: &str) -> Error {
    let codes = RULES.iter().map(|rule| rule.code).chain(errors::all().map(|page| page.code));
    let error = Error::input(format!("there is no lint rule and no error `{code}`"));
    match nearest(code, codes) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help("`rutter explain` lists them all"),
    }
}
