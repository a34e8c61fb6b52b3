//! What `--format sarif` prints is valid by the schema that OASIS publishes for SARIF 2.1.0, and says where things are.

use std::process::Command;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/sarif-2.1.0.schema.json");
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");

fn schema() -> (Schemas, SchemaIndex) {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    let index = compiler.compile(SCHEMA, &mut schemas).unwrap();
    (schemas, index)
}

fn sarif(paths: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_rutter"))
        .args(["lint", "--format", "sarif"])
        .args(paths)
        .current_dir(FIXTURES)
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_finding_of_the_fixtures_is_valid_sarif() {
    let (schemas, index) = schema();
    let log = sarif(&["lint", "types", "names", "effects", "formats"]);
    schemas.validate(&log, index).unwrap_or_else(|error| panic!("{error:#}"));
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert!(results.len() > 100, "{}", results.len());
}

#[test]
fn the_schema_refuses_what_is_no_sarif() {
    let (schemas, index) = schema();
    let mut log = sarif(&["formats"]);
    log["runs"][0]["results"][0]["level"] = "severe".into();
    assert!(schemas.validate(&log, index).is_err());
}

#[test]
fn an_absolute_path_is_a_uri() {
    let path = format!("{FIXTURES}/formats/sarif.runbook");
    let log = sarif(&[&path]);
    let location = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert!(location["artifactLocation"]["uri"].as_str().unwrap().starts_with("file:///"), "{location}");
}
