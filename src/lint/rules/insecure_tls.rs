//! A command does not check whom it talks to over TLS.
//!
//! Without the check of the certificate anybody on the way can answer: what is downloaded, or
//! sent along, is theirs. Such an option is put in while a certificate has expired one night, and
//! stays for years. Trust the authority that signed it, by name.
//!
//! ## Bad
//! ```runbook
//! runbook "Fetch"
//!
//! target host = ssh "web1"
//!
//! stage "Fetch" {
//!   run on host $ curl -fsSk -o /tmp/app.tar.gz https://files.example.org/app.tar.gz
//! }
//! ```
//!
//! ## Good
//! ```runbook
//! runbook "Fetch"
//!
//! target host = ssh "web1"
//!
//! stage "Fetch" {
//!   run on host $ curl -fsS --cacert /etc/ssl/own-ca.pem -o /tmp/app.tar.gz https://files.example.org/app.tar.gz
//! }
//! ```

use crate::finding::Finding;
use crate::lint::curl;
use crate::lint::options::{has_any_case, has_long, has_short, is_program};
use crate::lint::sent::{Command, commands};
use crate::lint::subject::File;
use crate::shell::Word;
use crate::value::Shell;

pub(in crate::lint) fn check(file: &File<'_>) -> Vec<Finding> {
    let blind = commands(file).into_iter().filter(|command| command.find(trusts_anyone).is_some());
    blind.map(|command| finding(&command)).collect()
}

fn trusts_anyone(words: &[Word], shell: Shell) -> Option<()> {
    let blind = match shell {
        Shell::Sh | Shell::Bash | Shell::Cmd => program_trusts(words),
        Shell::PowerShell | Shell::Pwsh => {
            let web = ["invoke-webrequest", "invoke-restmethod"];
            web.contains(&words.first()?.to_lowercase().as_str())
                && has_any_case(words, "-SkipCertificateCheck")
        }
    };
    (blind && !words.iter().any(|word| curl::is_loopback(word))).then_some(())
}

fn program_trusts(words: &[Word]) -> bool {
    let Some(program) = words.first() else { return false };
    match &**program {
        "curl" => has_short(words, 'k', curl::VALUED) || has_long(words, &["--insecure"]),
        "wget" => has_long(words, &["--no-check-certificate"]),
        "kubectl" | "oc" => has_long(words, &["--insecure-skip-tls-verify"]) && !is_off(words),
        "git" => words.iter().any(|word| word.eq_ignore_ascii_case("http.sslVerify=false")),
        _ => is_program(words, &["helm"]) && has_long(words, &["--kube-insecure-skip-tls-verify"]),
    }
}

fn is_off(words: &[Word]) -> bool {
    words.iter().any(|word| word.ends_with("verify=false"))
}

fn finding(command: &Command<'_>) -> Finding {
    command
        .warning("insecure-tls", "this command takes any certificate", "whoever answers is believed")
        .help("trust the authority that signed it, such as with `--cacert FILE`, and take the option out")
}
