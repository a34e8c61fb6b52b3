//! Plain scalars, as YAML 1.2's core schema reads them.

use super::NodeKind;

/// What an unquoted word of YAML means; the error is for a number that can't be held.
pub(super) fn plain(text: &str) -> Result<NodeKind, String> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(NodeKind::Null),
        "true" | "True" | "TRUE" => return Ok(NodeKind::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(NodeKind::Bool(false)),
        _ => {}
    }
    if let Some((digits, radix)) = whole_number(text) {
        return i64::from_str_radix(&digits, radix)
            .map(NodeKind::Int)
            .map_err(|_| format!("`{text}` is a number of more than 64 bits"));
    }
    if is_infinite(text) {
        return Err(format!("`{text}` is no number that can be worked with"));
    }
    match is_fraction(text).then(|| text.parse()) {
        Some(Ok(number)) if f64::is_finite(number) => Ok(NodeKind::Float(number)),
        Some(_) => Err(format!("`{text}` is a number of more than 64 bits")),
        None => Ok(NodeKind::Text(text.to_owned())),
    }
}

fn whole_number(text: &str) -> Option<(String, u32)> {
    let all = |digits: &str, radix| !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    if let Some(digits) = text.strip_prefix("0x") {
        return all(digits, 16).then(|| (digits.to_owned(), 16));
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return all(digits, 8).then(|| (digits.to_owned(), 8));
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    all(digits, 10).then(|| (text.trim_start_matches('+').to_owned(), 10))
}

fn is_infinite(text: &str) -> bool {
    let name = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(name, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN")
}

/// `[-+]? ( . [0-9]+ | [0-9]+ ( . [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_fraction(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (text, None),
    };
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    digits(whole)
        && digits(part)
        && !(whole.is_empty() && part.is_empty())
        && exponent.is_none_or(|e| !e.is_empty() && digits(e))
}
