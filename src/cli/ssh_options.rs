//! Options of the commands that connect to hosts.

use std::path::PathBuf;

use crate::backend::ConfigFiles;

/// Which ssh_config is read.
#[derive(Debug, clap::Args)]
pub struct SshOptions {
    /// Read this ssh_config instead of ~/.ssh/config and /etc/ssh/ssh_config; `none` reads none.
    #[arg(long, value_name = "FILE", env = "RUTTER_SSH_CONFIG", hide_env_values = true)]
    ssh_config: Option<PathBuf>,
}

impl SshOptions {
    /// The files to read, as `ssh -F` takes them.
    pub fn files(&self) -> ConfigFiles {
        match &self.ssh_config {
            None => ConfigFiles::Standard,
            Some(path) if path.as_os_str() == "none" => ConfigFiles::None,
            Some(path) => ConfigFiles::Only(path.clone()),
        }
    }
}
