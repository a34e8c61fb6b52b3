//! Options of the commands that connect to hosts.

use std::path::PathBuf;

use super::failure::Error;
use crate::backend::ConfigFiles;
use crate::backend::ssh::config::SshConfig;

/// Which ssh_config is read.
#[derive(Debug, clap::Args)]
pub struct SshOptions {
    /// Read this ssh_config instead of ~/.ssh/config and /etc/ssh/ssh_config; `none` reads none.
    #[arg(long, value_name = "FILE", env = "RUTTER_SSH_CONFIG", hide_env_values = true)]
    ssh_config: Option<PathBuf>,
}

impl SshOptions {
    /// The files to read, as `ssh -F` takes them. A file that is named must be one that can be read.
    pub fn files(&self) -> Result<ConfigFiles, Error> {
        match &self.ssh_config {
            None => Ok(ConfigFiles::Standard),
            Some(path) if path.as_os_str() == "none" => Ok(ConfigFiles::None),
            Some(path) => {
                readable(ConfigFiles::Only(path.clone()))?;
                // A run that goes on does so in the folder that it was begun in.
                Ok(ConfigFiles::Only(std::path::absolute(path).unwrap_or_else(|_| path.clone())))
            }
        }
    }
}

/// Better said before the first host is asked than by each of them.
fn readable(files: ConfigFiles) -> Result<(), Error> {
    SshConfig::load(&files).map(drop).map_err(|error| {
        Error::input(error.to_string()).help("give `--ssh-config` a file that `ssh -F` takes")
    })
}
