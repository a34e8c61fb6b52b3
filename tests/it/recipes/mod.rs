//! The recipes in `recipes/` do what `docs/ci.md` says of them, as far as a machine without their service can tell.
//!
//! What a service would carry out is carried out with the shell that it takes, in a folder with a clean and one with a faulty runbook.
//! What installs rutter is called `Install rutter`, or is a `before_script`: it is looked at and not carried out.

mod container;
mod hook;
mod pipelines;
mod yaml;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// It has a mistake that lint finds, and another layout.
const FAULTY: &str = "runbook   \"Faulty\"\nlet unused = 1\nstage \"Say\" { note \"n\" }\n";

fn recipe(name: &str) -> String {
    std::fs::read_to_string(format!("{ROOT}/recipes/{name}")).unwrap()
}

/// A folder with a runbook and its world in which nothing is found.
fn clean() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("worlds")).unwrap();
    for file in ["pool-restart.runbook", "worlds/pool-restart.world"] {
        std::fs::copy(format!("{ROOT}/examples/{file}"), folder.path().join(file)).unwrap();
    }
    folder
}

/// The same with a runbook beside it that has mistakes.
fn faulty() -> TempDir {
    let folder = clean();
    std::fs::write(folder.path().join("faulty one.runbook"), FAULTY).unwrap();
    folder
}

/// A command in a folder, for which `rutter` is the one that was built, and git knows nobody's settings.
fn command(program: &str, folder: &Path) -> Command {
    let rutter = Path::new(env!("CARGO_BIN_EXE_rutter")).parent().unwrap();
    let path = format!("{}:{}", rutter.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(program);
    command.current_dir(folder).env("PATH", path).env("HOME", folder).stdin(Stdio::null());
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
        command.env_remove(name);
    }
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
