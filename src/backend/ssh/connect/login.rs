//! Getting in: by keys, then by a password; and what was tried, for when none of it opens.

use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse as Asked};
use russh::keys::agent::AgentIdentity;
use russh::keys::{Algorithm, HashAlg, PrivateKeyWithHashAlg, PublicKey};
use russh::{MethodKind, MethodSet};

use super::super::config::HostConfig;
use super::super::refusal::Refusal;
use super::host_key::{Judge, Watch, described};
use super::keys::Keys;
use super::means::{Agent, Mean, gather};
use crate::backend::Credentials;

/// Logs in, and says by what.
pub(super) async fn log_in(
    handle: &mut Handle<Judge>,
    watch: &Watch,
    (host, credentials): (&HostConfig, &Credentials),
    keys: &Keys,
) -> Result<String, Refusal> {
    let (means, tried) = gather(host, credentials, keys, handle.agent_session_binding()).await;
    let mut door = Door { handle, watch, user: &host.user, rsa: None, takes: None, tried };
    for mean in means {
        if let Some(by) = door.knock(mean).await? {
            return Ok(by);
        }
    }
    if let Some(password) = &credentials.password
        && door.password(password.reveal()).await?
    {
        return Ok("password".to_owned());
    }
    Err(Refusal::Refused(door.shut()))
}

/// The host while it decides.
struct Door<'d> {
    handle: &'d mut Handle<Judge>,
    watch: &'d Watch,
    user: &'d str,
    /// The hash that the host takes with RSA, once it was asked.
    rsa: Option<Option<HashAlg>>,
    /// The methods that it says it takes.
    takes: Option<MethodSet>,
    tried: Vec<String>,
}

impl Door<'_> {
    /// What was tried opened the door, and its name; nothing when it did not.
    async fn knock(&mut self, mean: Mean) -> Result<Option<String>, Refusal> {
        if !self.may(MethodKind::PublicKey) {
            return Ok(None);
        }
        let (answer, shown) = match mean {
            Mean::File { key, shown } => {
                let hash = self.hash(&key.algorithm()).await;
                let key = PrivateKeyWithHashAlg::new(key, hash);
                (self.handle.authenticate_publickey(self.user, key).await, shown)
            }
            Mean::FileCertificate { key, certificate, shown } => {
                (self.handle.authenticate_openssh_cert(self.user, key, *certificate).await, shown)
            }
            Mean::Agent { agent, identity } => self.by_agent(&agent, *identity).await,
        };
        let open = self.answered(answer)?;
        if !open {
            self.tried.push(shown.clone());
        }
        Ok(open.then_some(shown))
    }

    async fn by_agent(
        &mut self,
        agent: &Agent,
        identity: AgentIdentity,
    ) -> (Result<AuthResult, russh::Error>, String) {
        let mut signer = agent.lock().await;
        let hash = self.hash(&identity.public_key().algorithm()).await;
        let (answer, shown) = match identity {
            AgentIdentity::PublicKey { key, .. } => {
                let shown = format!("{} (agent)", described(&key));
                (self.handle.authenticate_publickey_with(self.user, key, hash, &mut *signer).await, shown)
            }
            AgentIdentity::Certificate { certificate, .. } => {
                let public = PublicKey::new(certificate.public_key().clone(), "");
                let shown = format!("certificate {} (agent)", described(&public));
                let answer =
                    self.handle.authenticate_certificate_with(self.user, certificate, hash, &mut *signer);
                (answer.await, shown)
            }
        };
        // An agent that declines to sign is a key that does not fit; the next one may.
        let declined = || AuthResult::Failure {
            remaining_methods: MethodSet::client_supported(),
            partial_success: false,
        };
        (Ok(answer.unwrap_or_else(|_| declined())), shown)
    }

    async fn hash(&mut self, algorithm: &Algorithm) -> Option<HashAlg> {
        if !matches!(algorithm, Algorithm::Rsa { .. }) {
            return None;
        }
        if self.rsa.is_none() {
            let best = self.handle.best_supported_rsa_hash().await.ok().flatten();
            self.rsa = Some(best.unwrap_or(Some(HashAlg::Sha256)));
        }
        self.rsa.flatten()
    }

    async fn password(&mut self, password: &str) -> Result<bool, Refusal> {
        if self.may(MethodKind::Password) {
            let answer = self.handle.authenticate_password(self.user, password).await;
            if self.answered(answer)? {
                return Ok(true);
            }
            self.tried.push("the password".to_owned());
        }
        match self.may(MethodKind::KeyboardInteractive) {
            true => self.keyboard(password).await,
            false => Ok(false),
        }
    }

    /// Answers the one question that is asked without an echo; other questions are for people.
    async fn keyboard(&mut self, password: &str) -> Result<bool, Refusal> {
        let told = |error: russh::Error| Refusal::Dropped(super::failure::plainly(&error));
        let mut asked =
            self.handle.authenticate_keyboard_interactive_start(self.user, None).await.map_err(told)?;
        loop {
            let answers = match asked {
                Asked::Success => return Ok(true),
                Asked::Failure { .. } => return Ok(false),
                Asked::InfoRequest { prompts, .. } => match prompts.as_slice() {
                    [] => vec![],
                    [one] if !one.echo => vec![password.to_owned()],
                    _ => return Ok(false),
                },
            };
            asked = self.handle.authenticate_keyboard_interactive_respond(answers).await.map_err(told)?;
        }
    }

    fn may(&self, method: MethodKind) -> bool {
        self.takes.as_ref().is_none_or(|takes| takes.contains(&method))
    }

    /// A host that hangs up instead of answering has had enough of us, or too many others.
    fn answered(&mut self, answer: Result<AuthResult, russh::Error>) -> Result<bool, Refusal> {
        let why = match answer {
            Ok(AuthResult::Success) => return Ok(true),
            Ok(AuthResult::Failure { remaining_methods, .. }) if !self.handle.is_closed() => {
                self.takes = Some(remaining_methods);
                return Ok(false);
            }
            Ok(AuthResult::Failure { .. }) => {
                self.watch.lost().unwrap_or_else(|| "the host closed the connection".to_owned())
            }
            Err(error) => super::failure::plainly(&error),
        };
        Err(match self.tried.is_empty() {
            true => Refusal::Dropped(why),
            false => Refusal::Refused(format!("{}; {why}", self.shut())),
        })
    }

    fn shut(&self) -> String {
        let tried = match self.tried.as_slice() {
            [] => "there was nothing to try".to_owned(),
            tried => format!("tried {}", tried.join(", ")),
        };
        let takes = self.takes.as_ref().map(|takes| {
            let names: Vec<&str> = takes.iter().map(|method| method.into()).collect();
            format!("; it takes {}", names.join(", "))
        });
        format!("{} is not let in: {tried}{}", self.user, takes.unwrap_or_default())
    }
}
