//! Which worlds are played, over and over, and by what.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::clock::Clock;
use crate::rehearse::load::title;
use crate::resolve::Loader;
use crate::run::StopSignal;
use crate::syntax::ast::Scenario;

/// Worlds whose scenarios are played many times.
#[derive(Clone)]
pub struct Series<'a> {
    pub worlds: Vec<PathBuf>,
    pub loader: &'a dyn Loader,
    /// Only scenarios whose title holds this text.
    pub filter: Option<String>,
    pub threads: NonZeroUsize,
    pub clock: &'a dyn Clock,
    /// Told of each part as it ends, in no particular order: how many have ended, and how many there are so far.
    pub watch: &'a (dyn Fn(usize, usize) + Sync),
    /// After this was given, nothing more begins.
    pub stop: StopSignal,
}

impl Series<'_> {
    /// Whether a scenario is among those that are played.
    pub(super) fn has(&self, scenario: &Scenario) -> bool {
        self.filter.as_ref().is_none_or(|filter| title(scenario).contains(filter))
    }
}

impl std::fmt::Debug for Series<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Series").field("worlds", &self.worlds).finish_non_exhaustive()
    }
}
