//! The store on a disk that crashes and fails: all that SQLite asks of it is recorded, and refused at will.

mod crashes;
mod faults;
mod judge;
mod luck;
mod platter;
mod recorder;
mod script;
mod vfs;
