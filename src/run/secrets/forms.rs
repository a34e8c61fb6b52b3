//! The forms in which a secret may turn up in what programs print.

use base64::Engine;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{GeneralPurpose, general_purpose::PAD};
use zeroize::{Zeroize, Zeroizing};

use super::SHORTEST_HIDDEN;

/// A shorter form than this stands in too many texts by chance.
const SHORTEST_FORM: usize = 6;
/// A shorter part of a secret than this stands in too many texts by chance.
const SHORTEST_PART: usize = 8;
/// Of a secret this long its halves are looked for, too.
const HALVED: usize = 10;
/// Of a longer line the halves are not looked for: whoever prints a part of it prints whole forms as well.
const LONGEST_HALVED: usize = 256;

type Form = Zeroizing<Vec<u8>>;

/// All that is looked for because of one secret.
pub(super) fn of(secret: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    for piece in pieces(secret) {
        let derived = derived(&piece).into_iter().filter(|form| form.len() >= SHORTEST_FORM);
        forms.extend(derived.filter(|form| ***form != *piece.as_bytes()));
        forms.extend(parts(&piece));
        forms.push(Zeroizing::new(piece.as_bytes().to_vec()));
    }
    forms
}

/// Its lines, and the values in it where it is JSON.
fn pieces(secret: &str) -> Vec<Zeroizing<String>> {
    let mut pieces: Vec<_> = secret.lines().map(|line| Zeroizing::new(line.to_owned())).collect();
    if let Ok(mut json @ (serde_json::Value::Object(_) | serde_json::Value::Array(_))) =
        serde_json::from_str(secret)
    {
        leaves(&json, &mut pieces);
        wipe(&mut json);
    }
    let trimmed: Vec<_> = pieces.iter().map(|piece| Zeroizing::new(piece.trim().to_owned())).collect();
    pieces.extend(trimmed);
    pieces.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    pieces.dedup_by(|one, other| one.as_str() == other.as_str());
    pieces.retain(|piece| piece.trim().chars().count() >= SHORTEST_HIDDEN);
    pieces
}

fn leaves(json: &serde_json::Value, pieces: &mut Vec<Zeroizing<String>>) {
    match json {
        serde_json::Value::String(text) => {
            pieces.extend(text.lines().map(|line| Zeroizing::new(line.to_owned())));
        }
        serde_json::Value::Number(number) => pieces.push(Zeroizing::new(number.to_string())),
        serde_json::Value::Array(list) => list.iter().for_each(|value| leaves(value, pieces)),
        serde_json::Value::Object(map) => map.values().for_each(|value| leaves(value, pieces)),
        serde_json::Value::Null | serde_json::Value::Bool(_) => {}
    }
}

/// Overwrites the texts in it.
pub(in crate::run) fn wipe(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::String(text) => text.zeroize(),
        serde_json::Value::Array(list) => list.iter_mut().for_each(wipe),
        serde_json::Value::Object(map) => map.values_mut().for_each(wipe),
        serde_json::Value::Number(_) | serde_json::Value::Null | serde_json::Value::Bool(_) => {}
    }
}

/// Its halves and all that is as long: half a secret, wherever it is cut, is hidden as well.
fn parts(piece: &str) -> Vec<Form> {
    let bytes = piece.as_bytes();
    if !(HALVED..=LONGEST_HALVED).contains(&bytes.len()) {
        return Vec::new();
    }
    let length = (bytes.len() / 2).max(SHORTEST_PART);
    let is_telling = |part: &&[u8]| part.iter().any(|byte| *byte != part[0]);
    bytes.windows(length).filter(is_telling).map(|part| Zeroizing::new(part.to_vec())).collect()
}

fn derived(piece: &str) -> Vec<Form> {
    let bytes = piece.as_bytes();
    let wide = Zeroizing::new(piece.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    let base64 = [STANDARD, URL_SAFE].into_iter().flat_map(|alphabet| {
        let plain = in_base64(bytes, &alphabet);
        plain.into_iter().chain(in_base64(&wide, &alphabet))
    });
    let texts = in_json(piece).into_iter().chain(quoted(piece)).chain(in_urls(piece)).chain(in_hex(bytes));
    let texts = texts.chain(in_capitals(piece)).map(|text| Zeroizing::new(text.into_bytes()));
    texts.chain(base64).chain([wide.clone()]).collect()
}

/// As the usual writers of JSON escape it: as little as must be, all that is no ASCII, what HTML or
/// JavaScript would misread, and everything; once, and as JSON in JSON.
fn in_json(piece: &str) -> Vec<String> {
    let least = |text: &str| {
        let json = serde_json::Value::from(text).to_string();
        json[1..json.len() - 1].to_owned()
    };
    let short = |c: char| "\\\"\n\r\t\u{8}\u{c}".contains(c);
    let mut forms = vec![least(piece), least(&least(piece)), least(piece).replace('/', "\\/")];
    for capital in [false, true] {
        let unit = |unit: u16| if capital { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
        let escaped = |needs: &dyn Fn(char) -> bool| -> String {
            let one = |c: char| match needs(c) {
                true => c.encode_utf16(&mut [0; 2]).iter().map(|at| unit(*at)).collect(),
                false => least(&c.to_string()),
            };
            piece.chars().map(one).collect()
        };
        forms.push(escaped(&|c| !c.is_ascii() || (c.is_control() && !short(c))));
        forms.push(escaped(&|c| !c.is_ascii()).replace('/', "\\/"));
        forms.push(escaped(&|c| "<>&\u{2028}\u{2029}".contains(c)));
        forms.push(escaped(&|c| "<>&'\"+`".contains(c) || !c.is_ascii()));
        forms.push(escaped(&|_| true));
    }
    forms
}

/// As shells, PowerShell, cmd and HTML write it.
fn quoted(piece: &str) -> Vec<String> {
    let marked = |mark: char, what: &str| -> String {
        let one = |c: char| if what.contains(c) { vec![mark, c] } else { vec![c] };
        piece.chars().flat_map(one).collect()
    };
    let html = |apostrophe: &str| {
        let html = piece.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        html.replace('"', "&quot;").replace('\'', apostrophe)
    };
    let bare = |c: char| c.is_alphanumeric() || "-_./:@%+=,".contains(c);
    let backslashed = |c: char| if bare(c) { vec![c] } else { vec!['\\', c] };
    vec![
        piece.replace('\'', r"'\''"),
        piece.replace('\'', r#"'"'"'"#),
        piece.replace('\'', "''"),
        piece.replace('\'', "\\'"),
        piece.replace('\\', "\\\\").replace('\'', "\\'"),
        piece.replace(['\'', '’', '‘', '‚', '‛'], "''"),
        piece.replace('"', "\"\""),
        marked('\\', "\\\"$`"),
        marked('\\', "\\\"$`!"),
        marked('`', "`\"$"),
        marked('^', "&|<>^\"()%!"),
        piece.chars().flat_map(backslashed).collect(),
        html("&#39;"),
        html("&#x27;"),
        html("&apos;"),
        html("'"),
    ]
}

/// As URLs and forms hold it: what stays as it is differs, so do the digits and the blank.
fn in_urls(piece: &str) -> Vec<String> {
    const LEFT: [&str; 6] =
        ["-._~", "-._~/", "-._~!'()*", "-._~;,/?:@&=+$#!'()*", "*-._", "-._~:@!$&'()*+,;="];
    let mut forms: Vec<String> = Vec::new();
    for capital in [true, false] {
        let hex = |byte: u8| if capital { format!("%{byte:02X}") } else { format!("%{byte:02x}") };
        for left in LEFT {
            for blank in ["%20", "+"] {
                let one = |byte: u8| match byte {
                    b' ' => blank.to_owned(),
                    _ if byte.is_ascii_alphanumeric() || left.as_bytes().contains(&byte) => {
                        char::from(byte).to_string()
                    }
                    _ => hex(byte),
                };
                forms.push(piece.bytes().map(one).collect());
            }
        }
        forms.push(piece.bytes().map(hex).collect());
    }
    let twice = forms[0].replace('%', "%25");
    forms.push(twice);
    forms
}

fn in_hex(bytes: &[u8]) -> Vec<String> {
    let digits = |between: &str| {
        let pairs = bytes.iter().map(|byte| format!("{byte:02x}"));
        pairs.collect::<Vec<_>>().join(between)
    };
    let lower = ["", " ", ":", "\\x"].map(digits);
    lower.iter().map(|text| text.to_uppercase().replace("\\X", "\\x")).chain(lower.clone()).collect()
}

/// All of it in one case, where it is so long that this is no word by chance.
fn in_capitals(piece: &str) -> Vec<String> {
    match piece.len() >= SHORTEST_PART {
        true => vec![piece.to_uppercase(), piece.to_lowercase()],
        false => Vec::new(),
    }
}

/// What base64 of a text with the piece in it surely holds, wherever in it the piece stands; and all
/// that it holds of a piece at the end.
fn in_base64(piece: &[u8], alphabet: &Alphabet) -> Vec<Form> {
    let engine = GeneralPurpose::new(alphabet, PAD);
    let shifted = |shift: usize| {
        let text = Zeroizing::new([&vec![0; shift], piece].concat());
        let whole = Zeroizing::new(engine.encode(&*text));
        let sure = (shift + piece.len()) * 8 / 6;
        let from = (shift * 8).div_ceil(6);
        [sure, whole.trim_end_matches('=').len(), whole.len()]
            .map(|until| Zeroizing::new(whole.as_bytes()[from..until].to_vec()))
    };
    (0..3).flat_map(shifted).collect()
}
