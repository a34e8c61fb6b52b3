//! The store of runs on disks that fail, among processes that die.

mod damage;
mod disk;
mod disks;
mod processes;
mod support;
