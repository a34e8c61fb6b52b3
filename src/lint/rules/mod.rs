//! The rules, a file each.

pub(super) mod always_denied;
pub(super) mod always_passes;
pub(super) mod changing_check;
pub(super) mod idle_guard;
pub(super) mod not_understood;
pub(super) mod nothing_to_do;
pub(super) mod once_in_loop;
pub(super) mod raw_value;
pub(super) mod unchecked_host_key;
pub(super) mod unclear_allow;
pub(super) mod unreachable;
pub(super) mod unused_allow;
pub(super) mod unused_name;
