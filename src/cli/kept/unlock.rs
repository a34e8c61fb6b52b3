//! `rutter locks` and `rutter unlock`: who holds what, and taking it from them.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::place::{Place, StoreOption, typed};
use super::runs::Format;
use super::said;
use super::take::{self, Held};
use crate::cli::failure::{Error, Exit};
use crate::cli::screen::Screen;
use crate::cli::who;
use crate::finding::nearest;
use crate::journal::store::Lease;
use crate::report::{self, LeaseRow};

/// Show which runs are being carried out, and which locks they hold.
#[derive(Debug, clap::Args)]
pub struct Locks {
    /// How they are written.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,

    #[command(flatten)]
    store: StoreOption,
}

impl Locks {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        let rows: Vec<_> = match self.store.find()? {
            Some(place) => leases(&place)?.into_iter().map(row).collect(),
            None => Vec::new(),
        };
        match self.format {
            Format::Json => screen.print_json(&report::leases_as_json(&rows))?,
            Format::Text if rows.is_empty() => screen.print("no locks\n")?,
            Format::Text => {
                screen.print(&report::leases_as_text(&rows, &TimeZone::system(), screen.out()))?;
            }
        }
        Ok(Exit::Done)
    }
}

fn leases(place: &Place) -> Result<Vec<Lease>, Error> {
    place.store.leases().map_err(|error| Error::store(&error))
}

fn row(lease: Lease) -> LeaseRow {
    LeaseRow {
        dead: lease.holder.is_proven_dead(),
        name: lease.name,
        run: lease.holder.run.to_string(),
        user: lease.holder.user,
        host: lease.holder.host,
        pid: lease.holder.pid,
        taken: lease.taken,
    }
}

const EXAMPLES: &str = "\
Examples:
  rutter unlock 'lock:tenants example.com' --reason \"ops1 is gone for good\"

A lock is given back when its run ends, and is free 15 s after its holder's last sign of life: there is
seldom a need for this. Whoever held it can record nothing more, and so begins no new step; a step that
is under way there is not ended by it.

Exit codes: 0 it is free · 2 invalid input · 3 its holder lives";

/// Take a lock from the run that holds it; who did so, and why, is on record.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Unlock {
    /// The lock, exactly as `rutter locks` names it.
    #[arg(value_name = "NAME")]
    name: String,

    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: String,

    /// Take it also from a holder that lives.
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    store: StoreOption,
}

/// How often it is looked whether a holder still lives.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

impl Unlock {
    pub fn run(self, screen: &Screen) -> Result<Exit, Error> {
        if self.reason.trim().is_empty() {
            return Err(Error::input("`--reason` says nothing").help("say why it is taken from its holder"));
        }
        let place = self.store.existing()?;
        let held = Held(self.find(&place)?);
        if !self.force && self.lives(&place, &held, screen)? {
            return Err(Error::held(format!("`{}` is held by {}, which lives", self.name, held.by())).help(
                format!(
                    "`rutter stop {}{}` stops it; `--force` takes the lock all the same",
                    held.0.holder.run, place.option
                ),
            ));
        }
        if let Some(record) = said::record(&place, &held.0.holder.run) {
            said::refuse_secrets(&place, &record, &[("--reason", Some(&self.reason))], screen)?;
        }
        let by = who::actor(None, "by rutter unlock");
        let taken =
            place.store.unlock(&self.name, &by, &self.reason).map_err(|error| Error::store(&error))?;
        screen.print(&match taken {
            Some(lease) => format!("`{}` is free; it was held by {}\n", self.name, Held(lease).by()),
            None => format!("`{}` is free: it was given back meanwhile\n", self.name),
        })?;
        Ok(Exit::Done)
    }

    fn find(&self, place: &Place) -> Result<Lease, Error> {
        let leases = leases(place)?;
        let names: Vec<_> = leases.iter().map(|lease| lease.name.clone()).collect();
        let found = leases.into_iter().find(|lease| lease.name == self.name);
        found.ok_or_else(|| {
            let error = Error::input(format!("nobody holds `{}`", self.name));
            match nearest(&self.name, names.iter().map(String::as_str)) {
                Some(near) => error.help(format!("did you mean {}?", typed(near))),
                None => error.help(format!("`rutter locks{}` lists what is held", place.option)),
            }
        })
    }

    /// Looks until a sign of life comes, or none has come for so long that the lease has expired.
    fn lives(&self, place: &Place, held: &Held, screen: &Screen) -> Result<bool, Error> {
        let mut before = held.0.clone();
        if take::is_gone(&before) {
            return Ok(false);
        }
        screen.remark(&format!("`{}` is held by {}: waiting for a sign of life", self.name, held.by()));
        loop {
            std::thread::sleep(LOOK_AGAIN);
            let now = leases(place)?.into_iter().find(|lease| lease.name == self.name);
            match now {
                None => return Ok(false),
                Some(now) if take::is_gone(&now) => return Ok(false),
                Some(now) if take::lives(&before, &now) => return Ok(true),
                Some(now) => before = now,
            }
        }
    }
}
