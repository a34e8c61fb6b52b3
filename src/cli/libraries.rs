//! `rutter std`: the libraries that rutter ships, as they are written.

use super::failure::{Error, Exit};
use super::screen::Screen;
use crate::finding::nearest;
use crate::resolve::{std_library, std_names};

const EXAMPLES: &str = "\
Examples:
  rutter std                                every library, with what it is for
  rutter std swarm                          the actions of std.swarm, as they are written";

/// Show a library that rutter ships.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Std {
    /// What stands after `std.` in a `use`; without one, the libraries are listed.
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

impl Std {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        match &self.name {
            Some(name) => {
                let plain = name.strip_prefix("std.").unwrap_or(name);
                screen.print(std_library(plain).ok_or_else(|| unknown(plain))?)?;
            }
            None => screen.print(&listing())?,
        }
        Ok(Exit::Done)
    }
}

/// A line for each library: its name and its title.
fn listing() -> String {
    let width = std_names().map(str::len).max().unwrap_or_default();
    std_names().map(|name| format!("std.{name:width$}  {}\n", title(name))).collect()
}

/// What stands in quotes after `library` on the first line.
fn title(name: &str) -> &'static str {
    std_library(name).and_then(|text| text.split('"').nth(1)).unwrap_or_default()
}

fn unknown(name: &str) -> Error {
    let error = Error::input(format!("there is no library `std.{name}`"));
    match nearest(name, std_names()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help("`rutter std` lists the libraries"),
    }
}
