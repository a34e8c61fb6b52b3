//! russh's errors in plain words, and what they mean for a connection that is being opened.

use std::io::ErrorKind;

use super::super::refusal::Refusal;

/// What went wrong, as a message has it.
pub(in crate::backend::ssh) fn plainly(error: &russh::Error) -> String {
    use russh::Error as E;
    match error {
        E::IO(error) => said(error),
        E::HUP | E::Disconnect | E::SendError | E::RecvError => "the host closed the connection".to_owned(),
        E::KeepaliveTimeout | E::InactivityTimeout | E::ConnectionTimeout => {
            "the host did not answer any more".to_owned()
        }
        E::NoCommonAlgo { kind, theirs, .. } => {
            format!("no {kind:?} algorithm in common; the host has {}", theirs.join(", ")).to_lowercase()
        }
        E::ChannelOpenFailure(why) => format!("the host opens no channel ({why:?})"),
        E::Version => "what answers there is no SSH server".to_owned(),
        other => other.to_string(),
    }
}

/// What the system says, without its number.
pub(in crate::backend::ssh) fn said(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::UnexpectedEof => "the host closed the connection".to_owned(),
        _ => crate::backend::local::process::plainly(error),
    }
}

/// Why the handshake failed. What ends early may only be a server under pressure (MaxStartups).
pub(super) fn handshake(error: &russh::Error) -> Refusal {
    use russh::Error as E;
    let why = plainly(error);
    match error {
        E::NoCommonAlgo { .. } | E::Version | E::WrongServerSig | E::UnknownKey => Refusal::Refused(why),
        _ => Refusal::Dropped(why),
    }
}
