//! Runs that are kept, through the real binary: files and command lines in, texts and exit codes out.

mod changed;
mod going_on;
mod locks;
mod overrides;
mod people;
mod reading;
mod support;
