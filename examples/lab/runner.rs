//! The machine on which rutter runs, as an operator's laptop or a jump host: its keys, what it trusts,
//! its environment. Runs are kept in its home, in the lab's folder.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::place::{self, RUNNER};
use crate::scene::Scene;
use crate::system::Result;
use crate::{machine, trust};

/// Boots the runner.
pub fn up() -> Result {
    fs::create_dir_all(home())?;
    machine::boot(RUNNER)
}

/// Begins a command line of rutter on the runner, in the folder of the sources.
pub fn rutter(scene: &dyn Scene) -> Command {
    let mut command = shell(scene);
    command.arg(place::path("bin/rutter"));
    command
}

/// Begins any command line on the runner, with rutter's environment for a scene.
pub fn shell(scene: &dyn Scene) -> Command {
    let mut command = machine::enter(RUNNER);
    command.args(["env", "-C", env!("CARGO_MANIFEST_DIR")]);
    command.env_clear().envs(environment()).envs(scene.secrets());
    command
}

fn environment() -> Vec<(&'static str, String)> {
    let home = home().display().to_string();
    vec![
        (
            "PATH",
            format!(
                "{}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                place::path("bin").display()
            ),
        ),
        ("XDG_STATE_HOME", format!("{home}/.local/state")),
        ("HOME", home),
        ("USER", "lab".to_owned()),
        ("TERM", std::env::var("TERM").unwrap_or_else(|_| "xterm".to_owned())),
        ("RUTTER_SSH_CONFIG", place::path("ssh/config").display().to_string()),
        ("LANG", "C.UTF-8".to_owned()),
        ("SSL_CERT_FILE", trust::authority().display().to_string()),
    ]
}

fn home() -> PathBuf {
    RUNNER.folder().join("operator")
}
