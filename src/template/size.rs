//! How large a value is with each part counted as often as it stands in it.
//!
//! Parts are shared, so that a short runbook can name a value that no machine could write out:
//! `[x, x]` of `[x, x]` of `[x, x]`, sixty times over. It is refused where it is made.

use minijinja::value::ValueKind;

use super::engine::LONGEST_TEXT;
use super::tree::{Node, NodeKind};
use crate::value::{Complaint, Value, special_name};

/// What a value takes beside its text.
const EACH: usize = 16;
/// How deep lists and records may be nested.
const DEEPEST: usize = 128;

/// Refuses values that are too large or too deep to be worked with.
pub(super) fn fits(value: &Value) -> Result<(), Complaint> {
    Room { left: LONGEST_TEXT }.take(value, DEEPEST)
}

/// Whether what `node` gives may be larger than what it is made of; a mere name or field never is.
pub(super) fn may_grow(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Var(_) | NodeKind::Const(_) => false,
        NodeKind::Attr { base, .. } => may_grow(base),
        NodeKind::Index { base, key } => may_grow(base) || may_grow(key),
        _ => true,
    }
}

struct Room {
    left: usize,
}

impl Room {
    fn take(&mut self, value: &Value, depth: usize) -> Result<(), Complaint> {
        let text = value.as_str().map_or(0, str::len);
        self.left = self.left.checked_sub(EACH + text).ok_or_else(too_large)?;
        let holds = matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable | ValueKind::Map);
        if !holds || special_name(value).is_some() {
            return Ok(());
        }
        let deeper = depth.checked_sub(1).ok_or_else(too_deep)?;
        for item in value.try_iter().into_iter().flatten() {
            if value.kind() == ValueKind::Map {
                self.take(&value.get_item(&item).unwrap_or_default(), deeper)?;
            }
            self.take(&item, deeper)?;
        }
        Ok(())
    }
}

fn too_large() -> Complaint {
    Complaint::new(format!("the value grows beyond {} MB", LONGEST_TEXT >> 20))
        .help("what stands in it several times is counted each time")
}

fn too_deep() -> Complaint {
    Complaint::new(format!("the value is nested deeper than {DEEPEST} levels"))
}
