//! The secrets of a runbook, fetched before its run begins: from the environment, files, commands.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use super::failure::{Error, reason};
use super::ready::refused;
use super::screen::Screen;
use super::veil;
use crate::finding::Finding;
use crate::plan::Plan;
use crate::resolve::Module;
use crate::run::Secrets;
use crate::syntax::ast::{ItemKind, Secret, SecretSource, Text};
use crate::template::{self, Scope};
use crate::value::SecretString;
use std::sync::Arc;

/// Fetches every secret; those that can't be had are all named at once.
pub fn fetch(plan: &Plan, screen: &Screen) -> Result<Secrets, Error> {
    fetch_those(plan, screen, |_name| true)
}

/// The same, for some of the secrets.
pub fn fetch_those(plan: &Plan, screen: &Screen, wanted: impl Fn(&str) -> bool) -> Result<Secrets, Error> {
    let (mut secrets, mut missing) = (Secrets::default(), Vec::new());
    for (module, scope) in plan.runbook.modules.iter().zip(&plan.scopes) {
        for secret in declared(module).filter(|secret| wanted(&secret.name.value)) {
            match fetch_one(secret, module, scope) {
                Ok(text) => secrets.insert(secret.name.value.clone(), text),
                Err(finding) => missing.push(finding),
            }
        }
    }
    veil::draw(&secrets);
    missing.extend(too_short(plan, &secrets));
    if missing.is_empty() { Ok(secrets) } else { Err(refused(&missing, &plan.sources, screen)) }
}

/// Those that can be had without asking anybody: from variables and files. Paths are relative to `folder`.
pub fn at_hand(plan: &Plan, folder: &Path) -> Secrets {
    let mut secrets = Secrets::default();
    for (module, scope) in plan.runbook.modules.iter().zip(&plan.scopes) {
        for secret in declared(module) {
            let filled = |text| filled(text, module, scope).ok();
            let fetched = match &secret.source {
                SecretSource::Env(name) => filled(name).and_then(|name| from_env(&name).ok()),
                SecretSource::File(path) => {
                    filled(path).and_then(|path| from_file(&path, &folder.join(&module.path)).ok())
                }
                SecretSource::Command(_) => None,
            };
            if let Some(text) = fetched {
                secrets.insert(secret.name.value.clone(), SecretString::new(text));
            }
        }
    }
    secrets
}

/// What can't be kept out of what is shown is not taken.
fn too_short(plan: &Plan, secrets: &Secrets) -> Vec<Finding> {
    let of = |name: &str| {
        let declared = plan.runbook.modules.iter().flat_map(declared);
        let secret = declared.filter(|secret| secret.name.value == name).last()?;
        let title = format!("the secret `{name}` is too short to be hidden");
        let label = "what it stands for has less than four characters";
        let help =
            "so short a text stands in everything by chance: make it longer, or a `param` if it is none";
        Some(Finding::error("short-secret", title, secret.name.span, label).help(help))
    };
    secrets.too_short().filter_map(of).collect()
}

fn declared(module: &Module) -> impl Iterator<Item = &Secret> {
    module.file.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Secret(secret) => Some(secret),
        _ => None,
    })
}

fn fetch_one(secret: &Secret, module: &Module, scope: &Arc<Scope>) -> Result<SecretString, Finding> {
    let (source, help) = match &secret.source {
        SecretSource::Env(name) => (name, "set it, and run again"),
        SecretSource::File(path) => (path, "the path is relative to the runbook"),
        SecretSource::Command(command) => (command, "it is run by sh, and prints the secret"),
    };
    let filled = filled(source, module, scope)?;
    let fetched = match &secret.source {
        SecretSource::Env(_) => from_env(&filled),
        SecretSource::File(_) => from_file(&filled, &module.path),
        SecretSource::Command(_) => from_command(&filled),
    };
    let known = |text: String| if text.is_empty() { Err("it is empty".to_owned()) } else { Ok(text) };
    fetched.and_then(known).map(SecretString::new).map_err(|why| {
        let title = format!("the secret `{}` can't be had", secret.name.value);
        Finding::error("missing-secret", title, source.span, why).help(help)
    })
}

fn filled(text: &Text, module: &Module, scope: &Arc<Scope>) -> Result<String, Finding> {
    let rendered = template::render(text, module, scope);
    rendered.map_err(|error| Finding::error("missing-secret", error.title, error.span, error.label))
}

fn from_env(name: &str) -> Result<String, String> {
    match std::env::var(name) {
        Ok(text) => Ok(text),
        Err(std::env::VarError::NotPresent) => Err(format!("the variable {name} is not set")),
        Err(std::env::VarError::NotUnicode(_)) => Err(format!("the variable {name} is no text")),
    }
}

fn from_file(path: &str, runbook: &Path) -> Result<String, String> {
    let path = runbook.with_file_name("").join(path);
    std::fs::read_to_string(&path)
        .map(without_line_break)
        .map_err(|error| format!("{} can't be read: {}", path.display(), reason(&error)))
}

/// Its complaints, and a password that it asks for, go to the terminal.
fn from_command(command: &str) -> Result<String, String> {
    let output =
        Command::new("sh").args(["-c", command]).stderr(Stdio::inherit()).stdin(Stdio::inherit()).output();
    let output = output.map_err(|error: io::Error| format!("sh can't be started: {}", reason(&error)))?;
    if !output.status.success() {
        return Err(format!("the command failed: {}", output.status));
    }
    let text = String::from_utf8(output.stdout).map_err(|_| "what it printed is no text".to_owned())?;
    Ok(without_line_break(text))
}

fn without_line_break(mut text: String) -> String {
    let end = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(end);
    text
}
