//! CLIXML: errors and other streams of PowerShell, as it writes them for another PowerShell.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

const HEADER: &str = "#< CLIXML";
const END: &str = "</Objs>";

/// The text with each XML in it replaced by its messages; nothing when there is none to replace.
pub(super) fn plain(text: &str) -> Option<String> {
    text.contains(HEADER).then_some(())?;
    let (mut said, mut rest, mut found) = (String::new(), text, false);
    while let Some(start) = rest.find("<Objs") {
        let Some(end) = rest[start..].find(END).map(|end| start + end + END.len()) else { break };
        let Some(messages) = messages(&rest[start..end]) else { break };
        said += &without_header(&rest[..start]);
        said += &messages;
        (rest, found) = (&rest[end..], true);
    }
    said += rest;
    found.then_some(said)
}

/// What other programs wrote between the header and the XML stays.
fn without_header(text: &str) -> String {
    match text.split_once(HEADER) {
        Some((before, after)) => {
            let after = after.trim_start_matches('\r');
            format!("{before}{}", after.strip_prefix('\n').unwrap_or(after))
        }
        None => text.to_owned(),
    }
}

/// The messages of one `<Objs>`; progress is dropped. Nothing when it can't be read.
fn messages(xml: &str) -> Option<String> {
    let mut reader = Reader::from_str(xml);
    let (mut said, mut stream, mut depth) = (String::new(), None, 0_usize);
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => {
                depth += 1;
                stream = (depth == 2 && tag.name().as_ref() == b"S").then(|| stream_of(&tag)).flatten();
                if let Some(prefix) = stream {
                    said += prefix;
                }
            }
            Event::End(_) => {
                depth = depth.checked_sub(1)?;
                stream = None;
            }
            Event::Text(text) if stream.is_some() => said += &unescaped(&text.decode().ok()?),
            Event::GeneralRef(name) if stream.is_some() => {
                let c = name.resolve_char_ref().ok()?;
                let named = || quick_xml::escape::resolve_xml_entity(std::str::from_utf8(&name).ok()?);
                match c {
                    Some(c) => said.push(c),
                    None => said += named()?,
                }
            }
            Event::Eof => return (depth == 0).then(|| said.replace("\r\n", "\n")),
            _ => {}
        }
    }
}

/// What stands before the messages of a stream; nothing for one that is not shown.
fn stream_of(tag: &BytesStart<'_>) -> Option<&'static str> {
    let stream = tag.try_get_attribute("S").ok()??;
    match stream.value.to_ascii_lowercase().as_slice() {
        b"error" | b"output" | b"information" => Some(""),
        b"warning" => Some("WARNING: "),
        b"verbose" => Some("VERBOSE: "),
        b"debug" => Some("DEBUG: "),
        _ => None,
    }
}

/// `_x000D_` and the like are units of UTF-16.
fn unescaped(text: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        units.extend(rest[..at].encode_utf16());
        rest = &rest[at..];
        match escape(rest) {
            Some(unit) => {
                units.push(unit);
                rest = &rest[7..];
            }
            None => {
                units.extend("_x".encode_utf16());
                rest = &rest[2..];
            }
        }
    }
    units.extend(rest.encode_utf16());
    String::from_utf16_lossy(&units)
}

/// The unit that `_xHHHH_` at the start of a text is.
fn escape(text: &str) -> Option<u16> {
    let digits = text.get(2..6)?;
    let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    (hex && text[6..].starts_with('_')).then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: &str = "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">";
    const PROGRESS: &str = "<Obj S=\"progress\" RefId=\"0\"><TN RefId=\"0\"><T>System.Object</T></TN><MS><I64 N=\"SourceId\">1</I64><PR N=\"Record\"><AV>Preparing modules for first use.</AV><AI>0</AI><Nil /><S>x</S></PR></MS></Obj>";

    #[test]
    fn messages_are_taken_out_of_the_xml() {
        for (text, wanted) in [
            ("plain".to_owned(), None),
            (format!("no header {OPEN}</Objs>"), None),
            (
                format!(
                    "#< CLIXML\r\n{OPEN}<S S=\"Error\">boom_x000D__x000A_</S><S S=\"Error\">At line:1_x000D__x000A_</S></Objs>"
                ),
                Some("boom\nAt line:1\n"),
            ),
            (format!("#< CLIXML\r\n{OPEN}{PROGRESS}{PROGRESS}</Objs>"), Some("")),
            (
                format!(
                    "#< CLIXML\r\n{OPEN}{PROGRESS}<S S=\"warning\">w_x000D__x000A_</S><S S=\"Error\">a &lt;b&gt; &amp; &#39;c&#x27; _x0041__x005F_x000D_ _xZZ_x0042_</S></Objs>"
                ),
                Some("WARNING: w\na <b> & 'c' A_x000D_ _xZZB"),
            ),
            (
                format!(
                    "before\n#< CLIXML\nfrom a program\n{OPEN}<S S=\"Error\">one\n</S></Objs>{OPEN}<S S=\"Error\">two\n</S></Objs>after"
                ),
                Some("before\nfrom a program\none\ntwo\nafter"),
            ),
            (
                format!(
                    "#< CLIXML\r\n{OPEN}<S S=\"Error\">_xD83D__xDE00_</S></Objs>\n#< CLIXML\r\n{OPEN}<S S=\"Error\">cut"
                ),
                Some(
                    "\u{1f600}\n#< CLIXML\r\n<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\"><S S=\"Error\">cut",
                ),
            ),
            (format!("#< CLIXML\r\n{OPEN}<S S=\"Error\">cut"), None),
            (format!("#< CLIXML\r\n{OPEN}<S S=\"Error\">a</T></Objs>"), None),
        ] {
            assert_eq!(plain(&text).as_deref(), wanted, "{text}");
        }
    }
}
