//! What is sent.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::command::Wire;
use crate::backend::Command;
use crate::value::Shell;

/// The bootstrap as it is sent: UTF-16 in base64. Blanks fill it up, so that no `=` stands at its end.
static ENCODED: LazyLock<String> = LazyLock::new(|| {
    let mut text = bootstrap();
    while !text.encode_utf16().count().is_multiple_of(3) {
        text.push(' ');
    }
    STANDARD.encode(text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>())
});

/// The bootstrap without comments and indents.
fn bootstrap() -> String {
    let lines = include_str!("bootstrap.ps1").lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect::<Vec<_>>().join("\n")
}

/// What goes over the wire for a command. The text holds nothing that is special to cmd or to
/// PowerShell, nor anything of the command.
pub(in crate::backend::ssh) fn wire(shell: Shell, command: &Command) -> Wire {
    let program = if shell == Shell::Pwsh { "pwsh" } else { "powershell" };
    let text =
        format!("{program} -NoProfile -NonInteractive -OutputFormat Text -EncodedCommand {}", *ENCODED);
    let (way, code) = match (shell, command.script) {
        (Shell::Cmd, false) => ("cmd", command.text.clone()),
        (Shell::Cmd, true) => ("cmd", lines_of_cmd(&command.text)),
        (_, true) => ("script", command.text.clone()),
        (_, false) => ("line", command.text.clone()),
    };
    let mut fields = vec![way.to_owned(), STANDARD.encode(code)];
    for (name, value) in &command.env {
        fields.extend([STANDARD.encode(name), STANDARD.encode(value.reveal())]);
    }
    let payload = fields.join(",");
    let stdin = format!("{:010}{payload}", payload.len()).into_bytes();
    Wire { text, stdin, end: String::new() }
}

/// cmd reads one line and no more. The lines of a script are one line of commands, each of which
/// runs only when the one before went well.
fn lines_of_cmd(script: &str) -> String {
    let is_remark = |line: &str| {
        let lower = line.to_ascii_lowercase();
        lower == "rem" || lower.starts_with("rem ") || lower.starts_with("::")
    };
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty() && !is_remark(line));
    lines.collect::<Vec<_>>().join(" && ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::backend::Sensitive;
    use crate::shell::{Piece, Place, places};

    fn decoded(text: &str) -> String {
        String::from_utf8(STANDARD.decode(text).unwrap()).unwrap()
    }

    /// What the host reads of stdin: the fields, and what is left for the command.
    fn read(stdin: &[u8]) -> (Vec<String>, Vec<u8>) {
        let length: usize = std::str::from_utf8(&stdin[..10]).unwrap().parse().unwrap();
        let payload = std::str::from_utf8(&stdin[10..10 + length]).unwrap();
        let mut fields = payload.split(',');
        let way = fields.next().unwrap().to_owned();
        (std::iter::once(way).chain(fields.map(decoded)).collect(), stdin[10 + length..].to_vec())
    }

    fn command(text: &str, script: bool) -> Command {
        Command { text: text.to_owned(), script, ..Command::default() }
    }

    #[test]
    fn the_text_is_the_same_for_cmd_and_powershell_and_says_nothing() {
        for (shell, program) in
            [(Shell::PowerShell, "powershell "), (Shell::Cmd, "powershell "), (Shell::Pwsh, "pwsh ")]
        {
            let wire = wire(shell, &command("Get-Item 'secret'", true));
            assert!(wire.text.starts_with(program));
            assert!(wire.text.len() < 8_000, "cmd takes 8191 characters, not {}", wire.text.len());
            let plain = |c: char| c.is_ascii_alphanumeric() || " -+/".contains(c);
            assert!(wire.text.chars().all(plain), "{}", wire.text);
        }
        let first = wire(Shell::PowerShell, &command("a", false));
        assert_eq!(first.text, wire(Shell::PowerShell, &command("b\"'%", true)).text);
    }

    #[test]
    fn the_text_holds_the_bootstrap() {
        let text = wire(Shell::PowerShell, &command("x", false)).text;
        let bytes = STANDARD.decode(text.rsplit(' ').next().unwrap()).unwrap();
        let units = bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect::<Vec<_>>();
        assert_eq!(String::from_utf16(&units).unwrap().trim_end(), bootstrap());
    }

    #[test]
    fn the_bootstrap_is_what_was_written() {
        let text = bootstrap();
        assert!(!text.contains("$input"), "PowerShell would read stdin itself");
        assert!(text.is_ascii());
        assert!(text.starts_with("$ErrorActionPreference='Stop'\n"));
        assert!(!text.contains("# "), "comments are not sent");
        assert_eq!(text.lines().last(), Some("leave ([int]$c)"));
        // A reader of PowerShell finds every quote and bracket of it closed.
        let pieces = [Piece::Literal(&text), Piece::Literal("\nGet-Item "), Piece::Hole];
        assert_eq!(places(&pieces, Shell::PowerShell), Ok(vec![Place::Bare { alone: true }]));
    }

    #[test]
    fn what_is_sent_is_what_is_read() {
        let mut sent = command("Get-Item 'a' \u{201c}b\u{201d}\n# \u{1f600} ,\r\n", false);
        sent.env = vec![
            ("A".to_owned(), Sensitive::Plain("x,y\n\"".to_owned())),
            ("EMPTY".to_owned(), Sensitive::Plain(String::new())),
        ];
        for (shell, script, way) in
            [(Shell::PowerShell, false, "line"), (Shell::Pwsh, true, "script"), (Shell::Cmd, false, "cmd")]
        {
            sent.script = script;
            let mut stdin = wire(shell, &sent).stdin;
            assert!(stdin.is_ascii());
            stdin.extend(b"own \0 input\n");
            let (fields, rest) = read(&stdin);
            assert_eq!(fields, [way, &sent.text, "A", "x,y\n\"", "EMPTY", ""]);
            assert_eq!(rest, b"own \0 input\n");
        }
    }

    #[test]
    fn a_script_of_cmd_stops_at_the_first_command_that_fails() {
        let script = "rem first\n  cd C:\\x\r\n\n:: then\ndir \"a b\"\nREMOVE x\n";
        let (fields, _) = read(&wire(Shell::Cmd, &command(script, true)).stdin);
        assert_eq!(fields, ["cmd", "cd C:\\x && dir \"a b\" && REMOVE x"]);
    }
}
