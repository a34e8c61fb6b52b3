//! Sweeps: a scenario played once without a fault, then again for each fault at each point of it.
//!
//! In: a rehearsal, and how far to look. Out: a [`Sweep`], which says of each [`Schedule`] what became of it, and what it
//! broke. A schedule is the same each time it is played. Must not know: how any of it is shown.

mod baseline;
mod batch;
mod coverage;
mod foresight;
mod gate;
mod judge;
mod junctions;
mod kind;
mod legs;
mod life;
mod output;
mod people;
mod points;
mod record;
mod safeguards;
mod schedule;
mod seen;
mod series;
mod situation;
mod steady;
mod story;
mod sweep;
mod tally;
mod town;
mod trial;
mod verdict;

pub use coverage::{Coverage, Precaution, Undecided};
pub use judge::Harm;
pub use kind::Kind;
pub use points::Where;
pub use safeguards::{
    Depth, Exposure, Loss, Means, NotTakenOut, Safeguard, SafeguardReport, Safeguards, Spot, Without,
    WorldSafeguards,
};
pub use schedule::{Injection, Place, Schedule};
pub use series::Series;
pub use story::{Line, Story, Told};
pub use sweep::{Conclusion, Extent, ScenarioSweep, Sweep, SweepReport, WorldSweep};
pub use tally::{Counts, Explored, Fate, Part, Row, Tally};
pub use verdict::{End, Sometimes, Verdict};
