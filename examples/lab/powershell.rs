//! Stands in for Windows PowerShell: takes what rutter starts it with, and answers as PowerShell does. What
//! a machine knows to answer is given by its part.
//!
//! rutter gives a bootstrap by `-EncodedCommand`; it reads from stdin ten digits, so many bytes, and in
//! them, parted by commas, how the command is run, its text in base64, and variables.

use std::io::{self, Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What a command came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub stdout: String,
    pub stderr: String,
    pub exit: i32,
}

impl Reply {
    /// Lines of output, and that it went well.
    pub fn text(text: impl Into<String>) -> Reply {
        Reply { stdout: text.into(), stderr: String::new(), exit: 0 }
    }

    /// As PowerShell says that it has never heard of a command.
    pub fn unknown(command: &str) -> Reply {
        let name = command.split_whitespace().next().unwrap_or_default();
        let line = command.lines().next().unwrap_or_default();
        let stderr = format!(
            "{name} : The term '{name}' is not recognized as the name of a cmdlet, function, script file, or \
             operable program. Check the spelling of the name, or if a path was included, verify that the path is \
             correct and try again.\nAt line:1 char:1\n+ {line}\n+ {}\n    + CategoryInfo          : \
             ObjectNotFound: ({name}:String) [], CommandNotFoundException\n    + FullyQualifiedErrorId : \
             CommandNotFoundException",
            "~".repeat(name.len())
        );
        Reply { stdout: String::new(), stderr, exit: 1 }
    }

    /// Writes it as a program on Windows would; gives the exit code.
    fn tell(&self, stdout: &mut impl Write, stderr: &mut impl Write) -> io::Result<i32> {
        for line in self.stdout.lines() {
            write!(stdout, "{line}\r\n")?;
        }
        for line in self.stderr.lines() {
            write!(stderr, "{line}\r\n")?;
        }
        if self.exit != 0 {
            writeln!(stderr, "\u{1e}exit {}", self.exit)?;
        }
        Ok(self.exit)
    }
}

/// Carries out one command, as `answer` knows it; gives the exit code.
pub fn run(arguments: &[String], answer: impl FnOnce(&str) -> Reply) -> io::Result<i32> {
    let reply = match asked(arguments, &mut io::stdin().lock()) {
        Ok(command) => answer(command.trim()),
        Err(why) => Reply { stdout: String::new(), stderr: why, exit: 1 },
    };
    reply.tell(&mut io::stdout().lock(), &mut io::stderr().lock())
}

/// The command that a bootstrap would read from stdin.
fn asked(arguments: &[String], stdin: &mut impl Read) -> Result<String, String> {
    let encoded = arguments.iter().skip_while(|one| !one.eq_ignore_ascii_case("-EncodedCommand")).nth(1);
    let encoded = encoded.ok_or("this stand-in takes commands by -EncodedCommand alone")?;
    let bootstrap = utf16(&decoded(encoded)?);
    if !bootstrap.contains("$s=[Console]::OpenStandardInput()") {
        return Err("this stand-in takes no other program than rutter's".to_owned());
    }
    let length: usize =
        String::from_utf8_lossy(&take(stdin, 10)?).parse().map_err(|_| NOT_WHOLE.to_owned())?;
    let payload = take(stdin, length)?;
    let payload = String::from_utf8_lossy(&payload);
    let command = payload.split(',').nth(1).ok_or(NOT_WHOLE)?;
    String::from_utf8(decoded(command)?).map_err(|error| error.to_string())
}

const NOT_WHOLE: &str = "the command did not arrive whole";

fn take(stdin: &mut impl Read, length: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = stdin.take(length as u64).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    (read == length).then_some(bytes).ok_or_else(|| NOT_WHOLE.to_owned())
}

fn decoded(text: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(text).map_err(|error| error.to_string())
}

fn utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]])).collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(bootstrap: &str) -> Vec<String> {
        let bytes: Vec<u8> = bootstrap.encode_utf16().flat_map(u16::to_le_bytes).collect();
        vec!["-NoProfile".to_owned(), "-EncodedCommand".to_owned(), STANDARD.encode(bytes)]
    }

    fn sent(command: &str) -> Vec<u8> {
        let payload =
            format!("line,{},{},{}", STANDARD.encode(command), STANDARD.encode("A"), STANDARD.encode("b"));
        format!("{:010}{payload}its own input", payload.len()).into_bytes()
    }

    const BOOTSTRAP: &str = "$ErrorActionPreference='Stop'\n$s=[Console]::OpenStandardInput()";

    #[test]
    fn the_command_is_what_stands_in_stdin() {
        let command = asked(&arguments(BOOTSTRAP), &mut sent("Test-Path 'a,b'").as_slice());
        assert_eq!(command.as_deref(), Ok("Test-Path 'a,b'"));
    }

    #[test]
    fn what_is_no_bootstrap_or_not_whole_is_refused() {
        let all = sent("x");
        assert!(asked(&["-Command".to_owned(), "x".to_owned()], &mut all.as_slice()).is_err());
        assert!(asked(&arguments("Get-Item x"), &mut all.as_slice()).is_err());
        assert_eq!(asked(&arguments(BOOTSTRAP), &mut &all[..15]), Err(NOT_WHOLE.to_owned()));
    }

    #[test]
    fn lines_end_as_on_windows_and_the_exit_code_is_told() {
        let (mut stdout, mut stderr) = (vec![], vec![]);
        let reply = Reply { stdout: "a\nb".to_owned(), stderr: "no".to_owned(), exit: 3010 };
        assert_eq!(reply.tell(&mut stdout, &mut stderr).unwrap(), 3010);
        assert_eq!(
            (stdout.as_slice(), stderr.as_slice()),
            (&b"a\r\nb\r\n"[..], &b"no\r\n\x1eexit 3010\n"[..])
        );
        assert!(
            Reply::unknown("Get-Nothing -A")
                .stderr
                .starts_with("Get-Nothing : The term 'Get-Nothing' is not")
        );
    }
}
