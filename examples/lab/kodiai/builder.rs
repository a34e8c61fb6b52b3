//! The host on which kodiai is built and deployed: its checkout with deploy.sh, the Azure CLI, and what
//! psql needs to find the database.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::{DATABASE_URL, GROUP, SHUTDOWN_GRACE, SUBSCRIPTION, api, template};
use crate::cloud::token;
use crate::place::{KODIAI_BUILDER, KODIAI_DATABASE};
use crate::system::{Result, run};
use crate::{machine, ssh, trust};

/// Both begin with lines that say `app`, `streams`, `fqdn`, `token` and `trust`.
const DEPLOY: &str = include_str!("deploy.sh");
const AZ: &str = include_str!("az.sh");

/// Starts the machine, with all that is on it.
pub fn up() -> Result {
    let folders = [checkout(), programs(), home()];
    folders.iter().try_for_each(fs::create_dir_all)?;
    script(&checkout().join("deploy.sh"), DEPLOY)?;
    script(&programs().join("az"), AZ)?;
    fs::write(checkout().join("template.json"), template().to_string())?;
    fs::write(checkout().join(".env"), environment())?;
    let service = format!("[kodiai]\nhost={}\nport=5432\ndbname=kodiai\nuser=kodiai\n", KODIAI_DATABASE.name);
    fs::write(home().join(".pg_service.conf"), service)?;
    let password = home().join(".pgpass");
    fs::write(&password, "*:5432:kodiai:kodiai:queue-of-the-lab\n")?;
    fs::set_permissions(&password, fs::Permissions::from_mode(0o600))?;
    machine::boot(KODIAI_BUILDER)?;
    for folder in [checkout(), home()] {
        run("chown", &["-R", "7077:7077", &folder.display().to_string()])?;
    }
    ssh::serve(KODIAI_BUILDER, Some(&programs()))
}

/// Which build the next deploy makes.
pub fn wants(image: &str) -> Result {
    Ok(fs::write(checkout().join("image"), image)?)
}

/// kodiai's checkout.
pub fn checkout() -> PathBuf {
    KODIAI_BUILDER.folder().join("kodiai")
}

fn programs() -> PathBuf {
    KODIAI_BUILDER.folder().join("bin")
}

/// The home of the user who logs in, as the machine below sees it.
fn home() -> PathBuf {
    KODIAI_BUILDER.folder().join("home").join(machine::USER)
}

fn environment() -> String {
    let others = [
        "GITHUB_APP_ID",
        "GITHUB_PRIVATE_KEY_BASE64",
        "GITHUB_WEBHOOK_SECRET",
        "CLAUDE_CODE_OAUTH_TOKEN",
        "VOYAGE_API_KEY",
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SLACK_BOT_USER_ID",
        "SLACK_KODIAI_CHANNEL_ID",
    ];
    let others: String = others.iter().map(|name| format!("{name}=of-the-lab\n")).collect();
    format!("DATABASE_URL={DATABASE_URL}\nSHUTDOWN_GRACE_MS={}\n{others}", SHUTDOWN_GRACE * 1000)
}

fn script(path: &Path, text: &str) -> Result {
    let resource = format!("subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}");
    let values = format!(
        "app=https://management.azure.com/{resource}/providers/Microsoft.App/containerApps/ca-kodiai\n\
         streams=https://{}/{resource}/containerApps/ca-kodiai\nfqdn={}\ntoken={}\ntrust={}\n",
        api::STREAMS,
        api::FQDN,
        token("AZURE_TOKEN"),
        trust::authority().display()
    );
    fs::write(path, format!("#!/bin/sh\nset -eu\n{values}{text}"))?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o755))?)
}
