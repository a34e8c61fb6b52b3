//! Values, their types, and what contacts with the world give back.
//!
//! A [`Value`] is minijinja's, so that there is one evaluator and nothing is converted on the
//! way; durations, outcomes, targets and secrets are objects in it.
//! Must not know: expressions, statements, backends.

mod complaint;
mod convert;
mod duration;
mod effect;
mod object;
mod outcome;
mod secret;
mod target;
mod types;
mod unknown;

pub use complaint::Complaint;
pub use convert::{from_json, json_of_text, to_json};
pub use duration::{duration_value, format_duration, parse_duration, to_duration};
pub use effect::Effect;
pub use minijinja::Value;
pub use object::{
    outcome_fields, outcome_value, secret_value, special_name, target_value, to_outcome, to_secret, to_target,
};
pub use outcome::{CommandOutcome, HttpOutcome, LeftOut, Outcome, Whole};
pub use secret::{Secret, SecretString};
pub use target::{Auth, BackendKind, HostKey, Login, Shell, Target};
pub use types::Type;
pub use unknown::{is_unknown, unknown};
