//! `cargo +nightly fuzz run syntax runbooks`: any text is read without a panic, and its layout holds.
//! `tests/it/syntax.rs` runs the same function, bounded, with every build.
#![no_main]

#[path = "../../tests/it/shared/syntax_holds.rs"]
mod syntax_holds;

libfuzzer_sys::fuzz_target!(|text: &str| syntax_holds::syntax_holds(text));
