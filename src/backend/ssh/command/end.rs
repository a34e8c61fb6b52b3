//! Ending what was begun on a host: its whole process group, not only the channel.
//!
//! sshd lets go of a command whose channel is closed, and does not end it. So the group is told to
//! end (SIGTERM), and after a while made to (SIGKILL), by a command of its own, on a connection of its
//! own where this one has no place for it; and where that can't be, by sshd itself, which does so for
//! users other than root (RFC 4254, 6.9).

use std::time::Duration;

use russh::{ChannelMsg, Sig};
use tokio::time::timeout;

use super::super::connect::Connection;
use super::channel::Running;
use crate::backend::Credentials;

/// How long a process that was told to end may take to tidy up.
const GRACE: Duration = Duration::from_secs(2);
/// How long all of it may take.
const LONGEST: Duration = Duration::from_secs(12);

/// How sure it is that a command is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    Seen,
    /// Why nobody knows.
    Unseen(String),
}

/// What ends a command on a POSIX host.
pub(super) struct Ender<'e> {
    pub connection: &'e Connection,
    pub credentials: &'e Credentials,
    pub uses_sudo: bool,
}

impl Ender<'_> {
    /// Ends what runs; `another` opens a further connection, for a host that takes no further session
    /// on this one.
    pub async fn end(self, running: &mut Running, another: impl Future<Output = Option<Connection>>) -> End {
        let ended = timeout(LONGEST, async {
            let by_command = match running.heard().group {
                Some(group) => beside(self.by_command(group, another), running).await,
                None => None,
            };
            match by_command {
                Some(true) => End::Seen,
                Some(false) => End::Unseen("something that it started is still running there".to_owned()),
                None => by_signal(running).await,
            }
        });
        let silent = || End::Unseen("the host did not answer when told to end it".to_owned());
        let ended = ended.await.unwrap_or_else(|_| silent());
        running.close().await;
        ended
    }

    /// Whether the group is gone; nothing when the host takes no further command.
    async fn by_command(
        &self,
        group: u32,
        another: impl Future<Output = Option<Connection>>,
    ) -> Option<bool> {
        match self.told(self.connection, group).await {
            Some(gone) => Some(gone),
            None => self.told(&another.await?, group).await,
        }
    }

    async fn told(&self, connection: &Connection, group: u32) -> Option<bool> {
        let mut channel = connection.handle.channel_open_session().await.ok()?;
        let password = self.credentials.sudo.as_ref().map(|password| format!("{}\n", password.reveal()));
        let sudo = match (self.uses_sudo, &password) {
            (false, _) => "",
            (true, None) => "sudo -n",
            (true, Some(_)) => "sudo -S -p ''",
        };
        channel.exec(true, script(group, sudo)).await.ok()?;
        let input = password.filter(|_| self.uses_sudo).unwrap_or_default().repeat(4);
        channel.data_bytes(input.into_bytes()).await.ok()?;
        channel.eof().await.ok()?;
        let mut gone = None;
        while let Some(message) = channel.wait().await {
            if let ChannelMsg::ExitStatus { exit_status } = message {
                gone = Some(exit_status == 0);
            }
        }
        gone
    }
}

/// Does `work` while what the command still prints is read: unread, it would keep everything else on
/// the connection waiting.
async fn beside<T>(work: impl Future<Output = T>, running: &mut Running) -> T {
    tokio::pin!(work);
    let mut open = true;
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = running.drain(), if open => open = false,
        }
    }
}

/// Exit 0: nothing of the group is left. What belongs to another user can't be signalled, and is
/// not gone. The script holds nothing that a shell unlike sh would read otherwise.
fn script(group: u32, sudo: &str) -> String {
    let again = match sudo {
        "" => String::new(),
        sudo => format!("{sudo} kill -$1 -{group} 2>/dev/null; "),
    };
    let lines = [
        format!("tell() {{ kill -$1 -{group} 2>/dev/null; {again}}}"),
        format!(
            "left() {{ e=$(LC_ALL=C kill -0 -{group} 2>&1) && return 0; case $e in *ermitted*) return 0;; esac; return 1; }}"
        ),
        "tell TERM; n=0".to_owned(),
        "while left; do n=$((n+1)); case $n in 20) tell KILL;; 40) exit 1;; esac; sleep 0.1; done".to_owned(),
    ];
    format!("exec sh -c '{}'", lines.join("; ").replace('\'', r"'\''"))
}

/// By sshd, which does not say whether it did; the end of the command's output does.
async fn by_signal(running: &mut Running) -> End {
    for signal in [Sig::TERM, Sig::KILL] {
        running.signal(signal).await;
        if timeout(GRACE, running.drain()).await.is_ok() {
            return match running.heard().exit {
                Some(_) => End::Seen,
                None => End::Unseen("the host did not say how it ended".to_owned()),
            };
        }
    }
    End::Unseen("the host did not end it".to_owned())
}
