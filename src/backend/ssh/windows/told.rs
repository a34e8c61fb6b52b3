//! What came back on stderr: words for people, and the exit code.

use bytes::Bytes;

use super::clixml;

/// Before the exit code that the bootstrap tells.
const MARK: &[u8] = b"\x1eexit ";

/// stderr of PowerShell as people mean it: its XML as the messages in it, everything else as it came,
/// without the exit code.
pub(in crate::backend::ssh) fn plain_stderr(bytes: Bytes) -> Bytes {
    let end = told(&bytes).map_or(bytes.len(), |(at, _)| at);
    let said = bytes.slice(..end);
    let text = std::str::from_utf8(&said).ok().and_then(clixml::plain);
    text.map_or(said, Bytes::from)
}

/// The exit code that the bootstrap told, else the one that the server told.
///
/// A negative one, as of a program that crashed, is told as a server tells it: without its sign.
pub(in crate::backend::ssh) fn exit_code(stderr: &Bytes, told_by_server: i64) -> i64 {
    match told(stderr) {
        Some((_, code)) if told_by_server != 0 => i64::from(code.cast_unsigned()),
        Some(_) | None => told_by_server,
    }
}

/// Where the last line is that tells the exit code, and the code. PowerShell may write the end of
/// its XML behind it.
fn told(stderr: &[u8]) -> Option<(usize, i32)> {
    let at = stderr.windows(MARK.len()).rposition(|window| window == MARK)?;
    let rest = std::str::from_utf8(&stderr[at + MARK.len()..]).ok()?;
    let code = rest.strip_suffix('\n')?.trim_end_matches('\r').parse().ok()?;
    Some((at, code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_is_told_at_the_end() {
        for (stderr, server, code, plain) in [
            ("", 0, 0, ""),
            ("no\n", 1, 1, "no\n"),
            ("no\n\x1eexit 5\n", 1, 5, "no\n"),
            ("\x1eexit -1073741510\r\n", 1, 0xC000_013A, ""),
            ("\x1eexit 5\nmore", 1, 1, "\x1eexit 5\nmore"),
            ("\x1eexit x\n", 3, 3, "\x1eexit x\n"),
            ("\x1eexit 5\n", 0, 0, ""),
        ] {
            let stderr = Bytes::from(stderr);
            assert_eq!(exit_code(&stderr, server), code);
            assert_eq!(plain_stderr(stderr), plain);
        }
    }

    #[test]
    fn bytes_that_are_no_text_stay() {
        let bytes = Bytes::from_static(b"#< CLIXML\r\n\xff<Objs></Objs>");
        assert_eq!(plain_stderr(bytes.clone()), bytes);
    }
}
