//! Runs that are kept: the store they are in, and the commands that read them and act on them.

mod approve;
mod choose;
mod log;
mod place;
mod prune;
mod runs;
mod said;
mod settle;
mod show;
mod since;
mod stop;
mod take;
mod unlock;
mod verify;
mod view;

pub use approve::Approve;
pub use choose::{For, RunName};
pub use log::Log;
pub use place::{Place, StoreOption, typed};
pub use prune::Prune;
pub use runs::Runs;
pub use settle::Settle;
pub use show::Show;
pub use since::now;
pub use stop::Stop;
pub use take::take;
pub use unlock::{Locks, Unlock};
pub use verify::Verify;
pub use view::{advice, state_of, undoable};
