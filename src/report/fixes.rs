//! What a program can do about findings: how many of them, and each fix as JSON and SARIF.
//!
//! In: files with their findings. Out: a line for people, values for programs. Must not know: how fixes are made.

use serde_json::{Value, json};

use super::annotations::{Inspected, Place, region, uri};
use crate::finding::{Edit, Fix, Label, Sureness};
use crate::source::Sources;

/// How many findings `rutter lint --fix` can fix, if any: those of the files that were named.
#[must_use]
pub fn fixable(inspected: &[Inspected<'_>]) -> Option<String> {
    let fixes: Vec<&Fix> = inspected.iter().flat_map(|file| fixes(file, inspected)).collect();
    let safe = fixes.iter().filter(|fix| fix.sureness == Sureness::Safe).count();
    match (safe, fixes.len() - safe) {
        (0, 0) => None,
        (0, more) => Some(format!("{more} can be fixed by `rutter lint --fix --unsafe-fixes`")),
        (safe, 0) => Some(format!("{safe} can be fixed by `rutter lint --fix`")),
        (safe, more) => {
            Some(format!("{safe} can be fixed by `rutter lint --fix`, {more} more with `--unsafe-fixes`"))
        }
    }
}

fn fixes<'a>(file: &Inspected<'a>, named: &[Inspected<'_>]) -> Vec<&'a Fix> {
    let sources = file.sources;
    let is_named = |edit: &Edit| {
        let path = sources.get(edit.span.file).path.to_string_lossy().replace('\\', "/");
        named.iter().any(|file| file.path == path)
    };
    let fixes = file.findings.iter().filter_map(|finding| finding.fix.as_deref());
    fixes.filter(|fix| fix.edits.iter().all(&is_named)).collect()
}

/// A fix as a JSON value, each edit with its place.
pub(super) fn fix_as_json(fix: &Fix, sources: &Sources) -> Value {
    let edits: Vec<_> = fix.edits.iter().map(|edit| edit_as_json(edit, sources)).collect();
    json!({ "title": fix.title, "applicability": fix.sureness.word(), "edits": edits })
}

fn edit_as_json(edit: &Edit, sources: &Sources) -> Value {
    let label = Label { span: edit.span, text: edit.text.clone() };
    super::findings::label_as_json(&label, sources)
}

/// A `fix` object of SARIF. All edits of a fix are in one file.
pub(super) fn fix_as_sarif(fix: &Fix, sources: &Sources) -> Value {
    let places = fix.edits.iter().map(|edit| (Place::of_span(edit.span, sources), &edit.text));
    let places: Vec<_> = places.collect();
    let replacements = places
        .iter()
        .map(|(place, text)| json!({ "deletedRegion": region(place), "insertedContent": { "text": text } }));
    let replacements: Vec<_> = replacements.collect();
    let path = places.first().map(|(place, _)| uri(&place.path)).unwrap_or_default();
    json!({
        "description": { "text": fix.title },
        "artifactChanges": [{ "artifactLocation": { "uri": path }, "replacements": replacements }],
        "properties": { "applicability": fix.sureness.word() },
    })
}
