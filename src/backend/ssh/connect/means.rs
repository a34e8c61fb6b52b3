//! What there is to log in with, in the order of OpenSSH's client (sshconnect2.c, `pubkey_prepare`):
//! certificates, keys of the agent that the configuration names, the agent's others, keys in files.

use std::path::Path;
use std::sync::Arc;

use russh::keys::agent::client::AgentClient;
use russh::keys::agent::{AgentIdentity, AgentSessionBinding};
use russh::keys::{Certificate, PrivateKey};
use tokio::net::UnixStream;

use super::super::config::HostConfig;
use super::host_key::described;
use super::keys::{KeyFile, Keys, certificate, certificate_beside};
use crate::backend::Credentials;

/// An agent that signs for one connection.
pub(super) type Agent = tokio::sync::Mutex<AgentClient<UnixStream>>;

/// One way to get in.
pub(super) enum Mean {
    File { key: Arc<PrivateKey>, shown: String },
    FileCertificate { key: Arc<PrivateKey>, certificate: Box<Certificate>, shown: String },
    Agent { agent: Arc<Agent>, identity: Box<AgentIdentity> },
}

/// A key file that the configuration names, and what it gave.
type Named<'h> = (&'h Path, KeyFile);

/// All ways by keys, in order; and why some others are none.
pub(super) async fn gather(
    host: &HostConfig,
    credentials: &Credentials,
    keys: &Keys,
    binding: Option<&AgentSessionBinding>,
) -> (Vec<Mean>, Vec<String>) {
    let mut files: Vec<Named<'_>> = Vec::new();
    for path in &host.identity_files {
        files.push((path, keys.load(path, credentials.passphrase.as_ref()).await));
    }
    let mut unfit: Vec<String> = files.iter().filter_map(|(_, file)| file.unfit()).collect();
    let mut means = certificates(host, &files);
    let mut held = Vec::new();
    match ask_agent(host, binding).await {
        Ok(None) => {}
        Ok(Some((agent, identities))) => {
            held = in_order(identities, &files, host.identities_only);
            let by_agent = |identity: &AgentIdentity| Mean::Agent {
                agent: Arc::clone(&agent),
                identity: Box::new(identity.clone()),
            };
            means.extend(held.iter().map(by_agent));
        }
        Err(_) => unfit.push("the agent does not answer".to_owned()),
    }
    means.extend(files.into_iter().filter_map(|file| by_file(file, &held)));
    (means, unfit)
}

/// The keys of the agent that the configuration names come first, in its order.
fn in_order(mut identities: Vec<AgentIdentity>, files: &[Named<'_>], only_named: bool) -> Vec<AgentIdentity> {
    let place = |identity: &AgentIdentity| {
        let held = identity.public_key();
        files.iter().position(|(_, file)| file.public().is_some_and(|key| key.key_data() == held.key_data()))
    };
    identities.retain(|identity| !only_named || place(identity).is_some());
    identities.sort_by_key(|identity| place(identity).unwrap_or(usize::MAX));
    identities
}

/// A key that the agent has too is not tried twice.
fn by_file((path, file): Named<'_>, held: &[AgentIdentity]) -> Option<Mean> {
    let KeyFile::Open(key) = file else { return None };
    let same = |identity: &AgentIdentity| matches!(identity, AgentIdentity::PublicKey { key: held, .. } if held.key_data() == key.public_key().key_data());
    let shown = format!("{} ({})", described(key.public_key()), path.display());
    (!held.iter().any(same)).then_some(Mean::File { key, shown })
}

/// The certificates that are named, and those beside the keys, as far as their keys are open.
fn certificates(host: &HostConfig, files: &[Named<'_>]) -> Vec<Mean> {
    let beside = files.iter().map(|(path, _)| certificate_beside(path));
    let paths = host.certificate_files.iter().cloned().chain(beside);
    let read = paths.filter_map(|path| Some((certificate(&path)?, path)));
    read.filter_map(|(certificate, path)| {
        let key = files.iter().find_map(|(_, file)| file.open_with(&certificate))?;
        let shown = format!("certificate {} ({})", described(key.public_key()), path.display());
        Some(Mean::FileCertificate { key, certificate: Box::new(certificate), shown })
    })
    .collect()
}

/// The agent and what it holds; nothing when there is none.
async fn ask_agent(
    host: &HostConfig,
    binding: Option<&AgentSessionBinding>,
) -> Result<Option<(Arc<Agent>, Vec<AgentIdentity>)>, russh::keys::Error> {
    let Some(path) = &host.identity_agent else { return Ok(None) };
    let mut agent = AgentClient::connect_uds(path).await?;
    if let Some(binding) = binding {
        // An agent that does not know the extension has no keys that are bound to hosts.
        let _unbound = agent.bind_session(binding, false).await;
    }
    let identities = agent.request_identities().await?;
    Ok(Some((Arc::new(Agent::new(agent)), identities)))
}
