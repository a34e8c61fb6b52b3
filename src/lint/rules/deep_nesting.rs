//! Statements are nested more than five blocks deep.
//!
//! Who follows a runbook at night holds every block around the line that runs in mind: which loop,
//! which `if`, which `attempt`. An action with a name says in one line what it is for.
//!
//! ## Bad
//! ```runbook
//! runbook "Look"
//!
//! param racks: list of { name: string, hosts: list of string }
//! param deep: bool
//!
//! stage "Look" {
//!   for each rack in racks {
//!     for each name in rack.hosts {
//!       if deep {
//!         attempt {
//!           if name == "spare" {
//!             note "{{ rack.name }} {{ name }}"
//!           }
//!         } otherwise {
//!           note "not there"
//!         }
//!       }
//!     }
//!   }
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Look"
//!
//! param racks: list of { name: string, hosts: list of string }
//!
//! action look(rack: string, name: string) {
//!   attempt {
//!     note "{{ rack }} {{ name }}"
//!   } otherwise {
//!     note "not there"
//!   }
//! }
//!
//! stage "Look" {
//!   for each rack in racks {
//!     for each name in rack.hosts {
//!       look(rack.name, name)
//!     }
//!   }
//! }
//! ```

use crate::finding::Finding;
use crate::lint::subject::File;
use crate::resolve::visit::{Visit, walk_block};
use crate::source::Span;
use crate::syntax::ast::{Block, FileKind};

/// Blocks may stand in each other this deep, that of the stage among them.
const DEEPEST: usize = 5;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let mut depth = Depth { now: 0, found: Vec::new() };
    // Nobody follows a world at night.
    if !file.is(FileKind::World) {
        file.walk(&mut depth);
    }
    depth.found.into_iter().map(finding).collect()
}

struct Depth {
    now: usize,
    /// The first statement of each block that is too deep, but not of those inside it.
    found: Vec<Span>,
}

impl<'a> Visit<'a> for Depth {
    fn block(&mut self, block: &'a Block) {
        self.now += 1;
        let first = block.statements.first().filter(|_| self.now == DEEPEST + 1);
        self.found.extend(first.map(|statement| statement.keyword));
        walk_block(self, block);
        self.now -= 1;
    }
}

fn finding(keyword: Span) -> Finding {
    let title = format!("this stands more than {DEEPEST} blocks deep");
    let finding =
        Finding::warning("deep-nesting", title, keyword, "who runs it must hold all of them in mind");
    finding.help("make an action of the inner part, and give it a name")
}
