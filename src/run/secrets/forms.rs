//! The forms in which a secret may turn up in what programs print.

use base64::Engine;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{GeneralPurpose, general_purpose::NO_PAD};

use super::SHORTEST_HIDDEN;

/// A shorter form than this stands in too many texts by chance.
const SHORTEST_FORM: usize = 6;

/// All that is looked for because of one secret.
pub(super) fn of(secret: &str) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for piece in pieces(secret) {
        let derived = derived(&piece).into_iter().filter(|form| form.len() >= SHORTEST_FORM);
        forms.extend(derived);
        forms.push(piece.into_bytes());
    }
    forms
}

/// Its lines, and the values in it where it is JSON.
fn pieces(secret: &str) -> Vec<String> {
    let mut pieces: Vec<String> = secret.lines().map(str::to_owned).collect();
    if let Ok(json @ (serde_json::Value::Object(_) | serde_json::Value::Array(_))) =
        serde_json::from_str(secret)
    {
        leaves(&json, &mut pieces);
    }
    pieces.retain(|piece| piece.trim().len() >= SHORTEST_HIDDEN);
    pieces
}

fn leaves(json: &serde_json::Value, pieces: &mut Vec<String>) {
    match json {
        serde_json::Value::String(text) => pieces.extend(text.lines().map(str::to_owned)),
        serde_json::Value::Number(number) => pieces.push(number.to_string()),
        serde_json::Value::Array(list) => list.iter().for_each(|value| leaves(value, pieces)),
        serde_json::Value::Object(map) => map.values().for_each(|value| leaves(value, pieces)),
        serde_json::Value::Null | serde_json::Value::Bool(_) => {}
    }
}

fn derived(piece: &str) -> Vec<Vec<u8>> {
    let json = serde_json::Value::from(piece).to_string();
    let texts = [
        json[1..json.len() - 1].to_owned(),
        piece.replace('\'', r"'\''"),
        piece.replace('\'', "''"),
        percent(piece, "%20"),
        percent(piece, "+"),
        piece.bytes().map(|byte| format!("{byte:02x}")).collect(),
        piece.bytes().map(|byte| format!("{byte:02X}")).collect(),
    ];
    let wide = piece.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let base64 = [STANDARD, URL_SAFE].into_iter().flat_map(|alphabet| in_base64(piece, &alphabet));
    texts.into_iter().map(String::into_bytes).chain([wide]).chain(base64).collect()
}

fn percent(piece: &str, blank: &str) -> String {
    let escaped = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        b' ' => blank.to_owned(),
        _ => format!("%{byte:02X}"),
    };
    piece.bytes().map(escaped).collect()
}

/// What base64 of a text with the piece in it surely holds, wherever in it the piece stands.
fn in_base64(piece: &str, alphabet: &Alphabet) -> Vec<Vec<u8>> {
    let engine = GeneralPurpose::new(alphabet, NO_PAD);
    let shifted = |shift: usize| {
        let whole = engine.encode([&vec![0; shift], piece.as_bytes()].concat());
        let sure = (shift + piece.len()) * 8 / 6;
        let unsure = (shift * 8).div_ceil(6);
        whole.as_bytes()[unsure..sure].to_vec()
    };
    (0..3).map(shifted).collect()
}
