//! What others can read of a request on its way: no secret may stand in it.
//!
//! A secret itself is no text, and `rutter lint` says so. What a host printed is text, and may hold one.

use crate::syntax::ast;

use super::context::Context;
use super::fault::Fault;

/// Where a text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    CommandLine,
    Url,
    FileName,
    HeaderName,
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Place::CommandLine => "command line",
            Place::Url => "URL",
            Place::FileName => "name of a file",
            Place::HeaderName => "name of a header",
        }
    }

    fn help(self) -> &'static str {
        match self {
            Place::CommandLine => {
                "everybody on the host can read command lines: hand it over with `stdin` or `env`"
            }
            Place::Url => {
                "URLs stand in the logs of all that they pass: hand it over with `header` or in the body"
            }
            Place::FileName | Place::HeaderName => "name it otherwise, and put the secret into what it holds",
        }
    }
}

/// Fails if what was filled into `text` put a secret there; what the runbook itself says is none.
pub(super) fn refuse(
    context: &Context<'_>,
    text: &ast::Text,
    filled: &str,
    place: Place,
) -> Result<(), Fault> {
    let secrets = &context.engine.secrets;
    let found = secrets.count(filled);
    if found == 0 || found <= secrets.count(&written(text)) {
        return Ok(());
    }
    let whose =
        secrets.named_in(filled).map_or_else(|| "a secret".to_owned(), |name| format!("the secret `{name}`"));
    let title = format!("{whose} would stand in this {}", place.name());
    let label = "what is filled in holds it, or another form of it";
    Err(context.failed(title, text.span, label).help(place.help()))
}

fn written(text: &ast::Text) -> String {
    let part = |part: &ast::Part| match part {
        ast::Part::Literal(literal) => literal.value.clone(),
        ast::Part::Hole(_) => "\0".to_owned(),
    };
    text.parts.iter().map(part).collect()
}
