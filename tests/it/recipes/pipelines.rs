//! The pipelines: every script of each is carried out, where nothing is found and where something is.

use std::path::Path;

use serde_json::Value;

use super::{clean, command, faulty, recipe, said, yaml};

/// A script of a pipeline, and what it is called there.
struct Script {
    name: String,
    text: String,
}

/// What came of a script.
struct Ran {
    name: String,
    code: i32,
    said: String,
}

/// Carries scripts out one after the other, as a service does that goes on after a failure; `shell` is how it calls its shell.
fn carry_out(scripts: &[Script], shell: &[&str], folder: &Path) -> Vec<Ran> {
    let ran = |script: &Script| {
        let mut bash = command(shell[0], folder);
        let output = bash.args(&shell[1..]).arg("-c").arg(&script.text).output().unwrap();
        Ran { name: script.name.clone(), code: output.status.code().unwrap(), said: said(&output) }
    };
    scripts.iter().map(ran).collect()
}

/// The exit codes by name.
fn codes(ran: &[Ran]) -> Vec<(&str, i32)> {
    ran.iter().map(|ran| (ran.name.as_str(), ran.code)).collect()
}

fn text(step: &Value, key: &str) -> String {
    step[key].as_str().unwrap_or_default().to_owned()
}

/// The scripts among `steps`; the one that installs rutter is looked at and left out.
fn scripts(steps: &Value, script: &str, name: &str) -> Vec<Script> {
    let steps = steps.as_array().unwrap().iter().filter(|step| step[script].is_string());
    let all = steps.map(|step| Script { name: text(step, name), text: text(step, script) });
    let (install, rest): (Vec<_>, Vec<_>) = all.partition(|script| script.name == "Install rutter");
    assert_eq!(install.len(), 1);
    installs(&install[0].text);
    rest
}

fn installs(script: &str) {
    assert_eq!(script, "cargo install --locked --git \"$RUTTER_GIT\" rutter");
}

fn is_junit(folder: &Path, file: &str, mistakes: usize) {
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    let mut reader = quick_xml::Reader::from_str(&text);
    let mut failures = 0;
    loop {
        match reader.read_event().unwrap_or_else(|why| panic!("{file}: {why}\n{text}")) {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                failures += usize::from(tag.name().as_ref() == b"failure");
            }
            _ => {}
        }
    }
    assert!(text.contains("<testsuites"), "{text}");
    assert_eq!(failures, mistakes, "{text}");
}

const GITHUB: [&str; 2] = ["bash", "-e"];

fn github() -> Vec<Script> {
    scripts(&yaml::parse(&recipe("github.yml"))["jobs"]["runbooks"]["steps"], "run", "name")
}

fn results_of_sarif(folder: &Path) -> usize {
    let log: Value = serde_json::from_slice(&std::fs::read(folder.join("rutter.sarif")).unwrap()).unwrap();
    assert_eq!(log["version"], "2.1.0");
    log["runs"][0]["results"].as_array().unwrap().len()
}

#[test]
fn github_passes_what_is_clean() {
    let folder = clean();
    let ran = carry_out(&github(), &GITHUB, folder.path());
    assert_eq!(codes(&ran), [("Lint", 0), ("Layout", 0), ("Worlds", 0), ("Lint for code scanning", 0)]);
    assert_eq!(results_of_sarif(folder.path()), 0);
}

#[test]
fn github_annotates_what_is_faulty() {
    let folder = faulty();
    let ran = carry_out(&github(), &GITHUB, folder.path());
    assert_eq!(codes(&ran), [("Lint", 2), ("Layout", 2), ("Worlds", 0), ("Lint for code scanning", 0)]);
    assert!(ran[0].said.starts_with("::warning file=faulty one.runbook,line=2,"), "{}", ran[0].said);
    assert!(ran[1].said.contains("faulty one.runbook would be laid out anew"), "{}", ran[1].said);
    assert_eq!(results_of_sarif(folder.path()), 1);
}

#[test]
fn github_uploads_the_file_that_is_written_and_may() {
    let recipe = yaml::parse(&recipe("github.yml"));
    assert_eq!(recipe["permissions"]["security-events"], "write");
    let steps = recipe["jobs"]["runbooks"]["steps"].as_array().unwrap();
    let upload =
        steps.iter().find(|step| text(step, "uses").starts_with("github/codeql-action/upload-sarif@"));
    assert_eq!(upload.unwrap()["with"]["sarif_file"], "rutter.sarif");
    let goes_on = |step: &&Value| step["if"] == "${{ !cancelled() }}";
    assert_eq!(steps.iter().filter(goes_on).count(), 4, "what comes after a failure is carried out, too");
}

/// Azure's shell goes on after a line that fails: what a step says is what its last line says.
const AZURE: [&str; 3] = ["bash", "--noprofile", "--norc"];

fn azure() -> Vec<Script> {
    scripts(&yaml::parse(&recipe("azure-pipelines.yml"))["steps"], "script", "displayName")
}

#[test]
fn azure_passes_what_is_clean() {
    let folder = clean();
    let ran = carry_out(&azure(), &AZURE, folder.path());
    assert!(ran.len() == 4 && ran.iter().all(|ran| ran.code == 0), "{:?}", codes(&ran));
    is_junit(folder.path(), "rutter-lint.xml", 0);
    is_junit(folder.path(), "rutter-worlds.xml", 0);
}

#[test]
fn azure_logs_what_is_faulty() {
    let folder = faulty();
    let ran = carry_out(&azure(), &AZURE, folder.path());
    assert_eq!(codes(&ran), [("Lint", 2), ("Layout", 2), ("Lint for the tab of tests", 0), ("Worlds", 0)]);
    let issue = "##vso[task.logissue type=warning;sourcepath=faulty one.runbook;linenumber=2;";
    assert!(ran[0].said.starts_with(issue), "{}", ran[0].said);
    is_junit(folder.path(), "rutter-lint.xml", 1);
}

#[test]
fn azure_publishes_the_files_that_are_written() {
    let recipe = yaml::parse(&recipe("azure-pipelines.yml"));
    let publish = recipe["steps"].as_array().unwrap().last().unwrap();
    assert_eq!(publish["task"], "PublishTestResults@2");
    let pattern = glob::Pattern::new(publish["inputs"]["testResultsFiles"].as_str().unwrap()).unwrap();
    assert!(pattern.matches("rutter-lint.xml") && pattern.matches("rutter-worlds.xml"));
}

const GITLAB: [&str; 3] = ["bash", "-eo", "pipefail"];

/// The scripts of a job; those after it are a job of their own.
fn gitlab(job: &str, part: &str) -> Script {
    let recipe = yaml::parse(&recipe("gitlab-ci.yml"));
    let lines = recipe[job][part].as_array().unwrap().iter().map(|line| line.as_str().unwrap());
    Script { name: format!("{job} {part}"), text: lines.collect::<Vec<_>>().join("\n") }
}

fn gitlab_all(folder: &Path) -> Vec<Ran> {
    let all = [("lint", "script"), ("lint", "after_script"), ("layout", "script"), ("worlds", "script")];
    carry_out(&all.map(|(job, part)| gitlab(job, part)), &GITLAB, folder)
}

#[test]
fn gitlab_passes_what_is_clean() {
    let folder = clean();
    let ran = gitlab_all(folder.path());
    assert!(ran.iter().all(|ran| ran.code == 0), "{:?}", codes(&ran));
    is_junit(folder.path(), "rutter-lint.xml", 0);
}

#[test]
fn gitlab_reports_what_is_faulty() {
    let folder = faulty();
    let ran = gitlab_all(folder.path());
    let expected = [("lint script", 2), ("lint after_script", 0), ("layout script", 2), ("worlds script", 0)];
    assert_eq!(codes(&ran), expected);
    assert!(ran[0].said.contains("unused-name"), "{}", ran[0].said);
    is_junit(folder.path(), "rutter-lint.xml", 1);
    is_junit(folder.path(), "rutter-worlds.xml", 0);
}

#[test]
fn gitlab_has_no_script_that_is_not_carried_out_here() {
    let recipe = yaml::parse(&recipe("gitlab-ci.yml"));
    installs(recipe["default"]["before_script"][0].as_str().unwrap());
    let jobs = recipe.as_object().unwrap().iter().filter(|(_, job)| job["script"].is_array());
    assert_eq!(jobs.map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["lint", "layout", "worlds"]);
    assert_eq!(recipe["lint"]["artifacts"]["reports"]["junit"], "rutter-lint.xml");
    assert_eq!(recipe["worlds"]["artifacts"]["reports"]["junit"], "rutter-worlds.xml");
}

/// A world that fails, fails the pipeline.
#[test]
fn a_world_that_fails_is_seen_by_each() {
    let folder = clean();
    let world = folder.path().join("worlds/pool-restart.world");
    let text = std::fs::read_to_string(&world).unwrap().replace("expect succeeded", "expect denied");
    std::fs::write(world, text).unwrap();
    let (github, azure) = (github(), azure());
    for (scripts, shell) in [(&github, &GITHUB[..]), (&azure, &AZURE[..])] {
        let ran = carry_out(scripts, shell, folder.path());
        assert_eq!(ran.iter().find(|ran| ran.name == "Worlds").unwrap().code, 1);
    }
    assert_eq!(carry_out(&[gitlab("worlds", "script")], &GITLAB, folder.path())[0].code, 1);
}
