//! What people say of a run: it is kept and shown, and so no secret of the run may be in it.
//!
//! The run's secrets are not in the store. Those from variables and files are fetched here once more, where they
//! can be had; no command is run for it, and what can't be had is not looked for.

use super::place::Place;
use crate::cli::failure::Error;
use crate::cli::resume;
use crate::cli::screen::Screen;
use crate::cli::{secrets, veil};
use crate::ids::RunId;
use crate::journal::store::RunRecord;

/// Refuses a text, by the option that it was given with, in which a secret of the run stands.
pub fn refuse_secrets(
    place: &Place,
    record: &RunRecord,
    texts: &[(&str, Option<&str>)],
    screen: &Screen,
) -> Result<(), Error> {
    if texts.iter().all(|(_, text)| text.is_none()) {
        return Ok(());
    }
    // A run whose plan can't be made by this rutter can be talked about all the same.
    let Ok(bundle) = resume::bundle(place, record) else { return Ok(()) };
    let Ok(plan) = resume::plan_of(&bundle, screen) else { return Ok(()) };
    let secrets = secrets::at_hand(&plan, bundle.folder.as_ref());
    veil::draw(&secrets);
    let holds = |(_, text): &&(&str, Option<&str>)| text.is_some_and(|text| secrets.count(text) > 0);
    let Some((option, text)) = texts.iter().find(holds) else { return Ok(()) };
    let whose = secrets.named_in(text.unwrap_or_default());
    let whose = whose.map_or_else(|| "a secret".to_owned(), |name| format!("the secret `{name}`"));
    Err(Error::input(format!("{whose} of this run stands in `{option}`"))
        .help("what is said of a run is kept with it, and shown: say it without; nothing was written"))
}

/// The record of the run that is called so, if it is in the store.
pub fn record(place: &Place, run: &RunId) -> Option<RunRecord> {
    let runs = place.store.runs().ok()?;
    runs.into_iter().find(|record| record.run == *run)
}
