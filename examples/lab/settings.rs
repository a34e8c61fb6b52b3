//! What of the flagship's scene may be set: how long things take, and what does not go smoothly. A file in
//! the lab's folder, which the parts read when they start.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::cloud::arm::Throttling;
use crate::place;
use crate::system::Result;

/// All that may be set; what a file does not say is as here by default. Times are in seconds.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// For how long a Windows worker is away when it reboots.
    pub boot: f64,
    /// Whether an update is staged on the workers.
    pub staged: bool,
    /// At which boot a staged update is finalized; 99 for never.
    pub reboots_needed: u32,
    /// How long a pipeline runs before it deploys.
    pub deploy: f64,
    /// For how long the edge goes on with a connector that has said that it goes.
    pub drain: f64,
    /// How often reads of Azure's Resource Manager are refused.
    pub throttling: Throttling,
    /// How many pipelines Azure DevOps lists at once; it has more than ten.
    pub pipelines_a_page: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            boot: 25.0,
            staged: true,
            reboots_needed: 1,
            deploy: 4.0,
            drain: 20.0,
            throttling: Throttling::default(),
            pipelines_a_page: 10,
        }
    }
}

impl Settings {
    /// As they were last written; without a file, the default.
    pub fn read() -> Result<Settings> {
        if file().exists() { load(&file()) } else { Ok(Settings::default()) }
    }

    /// Parts that start from now on go by these.
    pub fn write(&self) -> Result {
        Ok(fs::write(file(), serde_json::to_string_pretty(self)?)?)
    }
}

/// What of the settings is said on the command line, for one run.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "The flagship's scene")]
#[group(id = "settings")]
pub struct Options {
    /// All settings, as a JSON file
    #[arg(long = "settings", value_name = "FILE")]
    file: Option<PathBuf>,
    /// Seconds for which a worker is away when it reboots
    #[arg(long, value_name = "SECONDS")]
    boot: Option<f64>,
    /// At which boot the update is finalized; 99 for never
    #[arg(long, value_name = "N")]
    reboots_needed: Option<u32>,
    /// Seconds before a pipeline deploys
    #[arg(long, value_name = "SECONDS")]
    deploy: Option<f64>,
    /// After so many reads Azure refuses some; 0 for never
    #[arg(long, value_name = "N")]
    throttle: Option<u32>,
}

impl Options {
    /// The settings of a run: what is not said is as by default, whatever a run before has set.
    pub fn read(&self) -> Result<Settings> {
        let mut settings = match &self.file {
            Some(file) => load(file)?,
            None => Settings::default(),
        };
        settings.boot = self.boot.unwrap_or(settings.boot);
        settings.reboots_needed = self.reboots_needed.unwrap_or(settings.reboots_needed);
        settings.deploy = self.deploy.unwrap_or(settings.deploy);
        settings.throttling.every = self.throttle.unwrap_or(settings.throttling.every);
        Ok(settings)
    }
}

fn load(file: &Path) -> Result<Settings> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?)
}

/// A number of seconds.
pub fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

fn file() -> PathBuf {
    place::path("settings.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_what_differs_and_nothing_unknown() {
        let read = |text| serde_json::from_str::<Settings>(text);
        let slow = read(r#"{"boot": 90, "throttling": {"every": 7}}"#).unwrap();
        assert_eq!((slow.boot, slow.throttling.every, slow.throttling.seconds), (90.0, 7, 5));
        assert_eq!(slow.reboots_needed, 1);
        assert!(read(r#"{"boots": 2}"#).is_err());
    }
}
