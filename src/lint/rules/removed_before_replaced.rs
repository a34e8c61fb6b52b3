//! Something that serves is removed, and brought up again later.
//!
//! Between the two there is nothing that serves: images are pulled, containers start, and if the
//! deploy fails there is nothing to fall back on. `docker stack deploy`, `docker service update` and
//! `docker compose up` replace in place what has changed, and leave the rest alone.
//!
//! ## Bad
//! ```runbook
//! runbook "Deploy the shop"
//!
//! target manager = ssh "manager1"
//!
//! stage "Deploy" {
//!   approve "Deploy the shop?"
//!   run on manager $ sudo docker stack rm shop
//!   run on manager $ sudo docker stack deploy --detach=false -c shop.yaml shop
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Deploy the shop"
//!
//! target manager = ssh "manager1"
//!
//! stage "Deploy" {
//!   approve "Deploy the shop?"
//!   run on manager $ sudo docker stack deploy --detach=false -c shop.yaml shop
//! }
//! ```

use crate::finding::Finding;
use crate::lint::order::{Step, steps};
use crate::lint::sent::{Command, commands};
use crate::lint::served::{Served, brought, removed};
use crate::lint::subject::File;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let (steps, commands) = (steps(file), commands(file));
    let deeds: Vec<Deed<'_, '_>> = steps.iter().flat_map(|step| deeds(step, &commands)).collect();
    let removals = deeds.iter().enumerate().filter(|(_, deed)| deed.removes);
    removals.filter_map(|(at, removal)| Some(finding(removal, replaced(removal, &deeds[at..])?))).collect()
}

/// What a command takes away, or brings up.
struct Deed<'s, 'a> {
    step: &'s Step<'a>,
    served: Served,
    removes: bool,
}

fn deeds<'s, 'a>(step: &'s Step<'a>, commands: &[Command<'a>]) -> Vec<Deed<'s, 'a>> {
    let of_step = |command: &&Command<'a>| command.request.span == step.request.span && may_serve(command);
    let simple = commands.iter().filter(of_step).flat_map(Command::named);
    let deeds = simple.flat_map(|words| {
        let gone = removed(words).into_iter().map(|served| Deed { step, served, removes: true });
        let back = brought(words).map(|served| Deed { step, served, removes: false });
        gone.chain(back).collect::<Vec<_>>()
    });
    deeds.collect()
}

/// All that is known to serve is docker's.
fn may_serve(command: &Command<'_>) -> bool {
    command.changes() && command.filled().contains("docker")
}

/// What brings the same up again, on the same target and in the same run.
fn replaced<'d, 's, 'a>(removal: &Deed<'s, 'a>, later: &'d [Deed<'s, 'a>]) -> Option<&'d Deed<'s, 'a>> {
    later.iter().find(|deed| {
        let there = deed.step.request.target.value == removal.step.request.target.value;
        !deed.removes && there && deed.served == removal.served && removal.step.leads_to(deed.step)
    })
}

fn finding(removal: &Deed<'_, '_>, back: &Deed<'_, '_>) -> Finding {
    let title = "what serves is removed before it is replaced";
    let label = "from here on nothing serves";
    let finding = Finding::warning("removed-before-replaced", title, removal.step.request.span, label);
    let finding = match removal.step.request.span == back.step.request.span {
        true => finding,
        false => finding.also(back.step.request.span, "until this is up"),
    };
    finding.help(back.served.instead())
}
