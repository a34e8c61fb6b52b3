//! The people of a run: they approve what it asks for, do by hand what it leaves to them, and look what
//! became of a step that nobody knows about. Each does so from a terminal of their own.

use serde_json::Value;

use crate::scene::Scene;
use crate::session::{rutter, show};
use crate::system::Result;

/// Answers all that a run waits for, with yes.
pub fn answer(scene: &dyn Scene, run: &str) -> Result {
    for question in list(&show(scene, run)?["waiting"]) {
        let (step, text) = (text(question, "step"), text(question, "text"));
        // It may have been answered since, or the run may have ended.
        if rutter(scene, &["approve", run, step, "--by", "ann", "--reason", "seen in the lab"]).is_ok() {
            println!("lab: ann answers from another terminal: {text}");
        }
    }
    Ok(())
}

/// Settles all that is in doubt, as the scene can tell; says whether anything was.
pub fn settle(scene: &dyn Scene, run: &str) -> Result<bool> {
    let state = show(scene, run)?;
    let doubts = list(&state["in_doubt"]);
    for doubt in doubts {
        let mut words = vec!["settle".to_owned(), run.to_owned(), text(doubt, "step").to_owned()];
        words.extend(scene.settle(doubt)?);
        println!("lab: ann looks, and says: rutter {}", words.join(" "));
        words.extend(["--by", "ann", "--reason", "looked it up"].map(str::to_owned));
        rutter(scene, &words.iter().map(String::as_str).collect::<Vec<_>>())?;
    }
    Ok(!doubts.is_empty())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}
