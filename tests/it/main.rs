//! Integration tests, all in one binary: one `mod` line and one file a topic.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "tests"
)]

mod arrows;
mod backend;
mod bad_input;
mod claims;
mod cli;
mod cli_docs;
mod commands;
mod docs;
mod error_pages;
mod expressions;
mod faults;
mod fixtures;
mod fmt;
mod guide;
mod kept;
mod leaks;
mod lint_fix;
mod lint_rules;
mod lint_watch;
mod missed;
mod mutants;
mod once;
mod output;
mod real_shells;
mod recipes;
mod run;
mod safeguards;
mod sarif;
mod shell;
mod shipped;
mod ssh;
mod ssh_config;
mod ssh_known_hosts;
mod store;
mod syntax;
mod untrusted;
mod world;
