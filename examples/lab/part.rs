//! The parts that are subcommands of the lab itself: `lab part NAME …`, each on its host.

use crate::system::Result;

/// Carries a part out, until it is ended.
pub fn run(words: &[String]) -> Result {
    let Some((name, _arguments)) = words.split_first() else { return Err("which part?".into()) };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match name.as_str() {
            _ => Err(format!("no part is called {name}").into()),
        }
    })
}
