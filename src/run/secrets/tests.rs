use base64::Engine;
use proptest::prelude::*;

use super::*;

fn secrets(texts: &[&str]) -> Secrets {
    texts.iter().enumerate().map(|(at, text)| (format!("s{at}"), SecretString::new(*text))).collect()
}

fn hidden(secret: &str, text: &str) -> String {
    secrets(&[secret]).hide(text).into_owned()
}

#[test]
fn secrets_are_taken_out_and_nothing_else() {
    assert_eq!(hidden("hunter22", "pw=hunter22; pw=hunter2"), "pw=•••; pw=hunter2");
    assert_eq!(hidden("abc", "abc abcabc"), "abc abcabc", "a short one would blot out everything");
    assert_eq!(hidden("a long one, really", "no such thing"), "no such thing");
    assert!(
        matches!(secrets(&["hunter22"]).hide("nothing … here"), Cow::Owned(text) if text == "nothing … here")
    );
}

#[test]
fn the_longest_of_several_is_taken_out() {
    let secrets = secrets(&["pass", "password", "word1234"]);
    assert_eq!(secrets.hide("password pass word1234 passwor"), "••• ••• ••• •••wor");
}

#[test]
fn each_line_of_a_key_is_hidden_also_in_json() {
    let key = "-----BEGIN KEY-----\nb3BlbnNzaC1rZXk=\nAAAAB3NzaC1yc2E=\n}\n-----END KEY-----";
    assert_eq!(hidden(key, "x\nAAAAB3NzaC1yc2E=\n}"), "x\n•••\n}");
    let json = serde_json::json!({ "key": key }).to_string();
    assert!(!hidden(key, &json).contains("b3Blb"));
}

#[test]
fn the_values_of_a_secret_in_json_are_hidden() {
    let secret =
        "{\n  \"user\": \"robot\",\n  \"token\": \"tick\\\"tock\",\n  \"pin\": 482911, \"on\": true\n}";
    assert_eq!(hidden(secret, "robot says tick\"tock 482911 {true}"), "••• says ••• ••• {true}");
}

#[test]
fn the_usual_forms_of_a_secret_are_hidden() {
    let secret = "it's \"5\" & märz+€";
    let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let forms = [
        serde_json::Value::from(secret).to_string(),
        r#"it'\''s "5" & märz+€"#.to_owned(),
        r#"it''s "5" & märz+€"#.to_owned(),
        "it%27s%20%225%22%20%26%20m%C3%A4rz%2B%E2%82%AC".to_owned(),
        "it%27s+%225%22+%26+m%C3%A4rz%2B%E2%82%AC".to_owned(),
        secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
    ];
    for form in forms {
        let shown = hidden(secret, &format!("<{form}>"));
        assert!(shown == "<•••>" || shown == "<\"•••\">", "{form}: {shown}");
    }
    for before in ["", "a", "ab", "abc"] {
        let text = encode(format!("{before}{secret}.").as_bytes());
        let shown = hidden(secret, &text);
        assert!(shown.contains("•••") && shown.chars().count() < 14, "{text}: {shown}");
    }
    let wide: Vec<u8> = format!("a{secret}b").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(*secrets(&[secret]).hide_bytes(&wide), *"a\0•••b\0".as_bytes());
}

/// A blank, quotes of all kinds, what URLs, JSON, HTML and shells escape.
const AWKWARD: &str = "it's a/b \"5\" & <märz>+$x`!";

#[test]
fn what_is_escaped_in_other_ways_is_hidden() {
    let forms = [
        r#"it's a/b \"5\" & <m\u00e4rz>+$x`!"#,
        r#"it's a/b \"5\" & <m\u00E4rz>+$x`!"#,
        r#"it's a/b \"5\" \u0026 \u003cmärz\u003e+$x`!"#,
        r#"it's a\/b \"5\" & <m\u00e4rz>+$x`!"#,
        r#"it's a/b \\\"5\\\" & <märz>+$x`!"#,
        "it%27s%20a/b%20%225%22%20%26%20%3Cm%C3%A4rz%3E%2B%24x%60%21",
        "it%27s+a%2fb+%225%22+%26+%3cm%c3%a4rz%3e%2b%24x%60%21",
        "it's%20a%2Fb%20%225%22%20%26%20%3Cm%C3%A4rz%3E%2B%24x%60!",
        "it%2527s%2520a%252Fb%2520%25225%2522%2520%2526%2520%253Cm%25C3%25A4rz%253E%252B%2524x%2560%2521",
        r#"it'"'"'s a/b "5" & <märz>+$x`!"#,
        r#"it's a/b \"5\" & <märz>+\$x\`!"#,
        r#"it's a/b `"5`" & <märz>+`$x``!"#,
        r#"it\'s\ a/b\ \"5\"\ \&\ \<märz\>+\$x\`\!"#,
        "it&#39;s a/b &quot;5&quot; &amp; &lt;märz&gt;+$x`!",
        "it's a/b &quot;5&quot; &amp; &lt;märz&gt;+$x`!",
        "IT'S A/B \"5\" & <MÄRZ>+$X`!",
    ];
    for form in forms {
        assert_eq!(hidden(AWKWARD, &format!("({form})")), "(•••)", "{form}");
    }
    let hex = AWKWARD.bytes().map(|byte| format!("{byte:02x}"));
    for between in ["", " ", ":"] {
        let text = hex.clone().collect::<Vec<_>>().join(between);
        assert_eq!(hidden(AWKWARD, &text), "•••");
        assert_eq!(hidden(AWKWARD, &text.to_uppercase()), "•••");
    }
    let units: String = AWKWARD.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    assert_eq!(hidden(AWKWARD, &units), "•••");
}

/// As `-EncodedCommand` has it, wherever the secret stands in the command.
#[test]
fn base64_of_utf_16_is_hidden() {
    for before in ["", "x", "xy", "xyz"] {
        let wide: Vec<u8> = format!("{before}{AWKWARD};").encode_utf16().flat_map(u16::to_le_bytes).collect();
        let text = base64::engine::general_purpose::STANDARD.encode(&wide);
        let shown = hidden(AWKWARD, &text);
        assert!(shown.contains("•••") && shown.chars().count() < 20, "{text}: {shown}");
    }
}

#[test]
fn line_breaks_hide_nothing() {
    let secret = "a-long-secret-that-is-more-than-a-line-of-base64-0123456789";
    let text = base64::engine::general_purpose::STANDARD.encode(format!("user:{secret}"));
    let wrapped = |width: usize, end: &str| {
        let lines = text.as_bytes().chunks(width).map(|line| String::from_utf8_lossy(line).into_owned());
        lines.collect::<Vec<_>>().join(end)
    };
    for (width, end) in [(76, "\n"), (64, "\r\n"), (7, "\n")] {
        let shown = hidden(secret, &wrapped(width, end));
        assert!(
            shown.contains("•••") && shown.chars().filter(|c| c.is_alphanumeric()).count() < 12,
            "{shown}"
        );
    }
    assert_eq!(hidden("hunter22", "hun\nter\r\n22\n"), "•••\n");
    assert_eq!(hidden("hunter22", "hun\n\nter 22\n"), "hun\n\nter 22\n");
}

#[test]
fn half_a_secret_is_hidden_wherever_it_is_cut() {
    let secret = "correct-horse-battery";
    for at in 10..secret.len() {
        assert_eq!(hidden(secret, &format!("{} / x", &secret[..at])), "••• / x");
        assert_eq!(hidden(secret, &format!("x / {}", &secret[secret.len() - at..])), "x / •••");
    }
    assert_eq!(hidden(secret, "a correct horse, and a battery"), "a correct horse, and a battery");
}

#[test]
fn what_can_not_be_hidden_is_told_by_its_name() {
    let names = ["a", "abc", " x ", "ab\ncd", "abcd", "{\"a\": 1}"];
    let secrets: Secrets = names.iter().map(|text| (*text, SecretString::new(*text))).collect();
    assert_eq!(secrets.too_short().collect::<Vec<_>>(), [" x ", "a", "ab\ncd", "abc"]);
    assert_eq!(secrets.hide("a letter abc"), "a letter abc");
}

#[test]
fn bytes_that_are_no_text_are_searched_too() {
    let bytes = [&[0xff, 0xfe][..], b"hunter22", &[0x80, 0]].concat();
    let shown = [&[0xff, 0xfe][..], "•••".as_bytes(), &[0x80, 0]].concat();
    assert_eq!(*secrets(&["hunter22"]).hide_bytes(&bytes), *shown);
}

#[test]
fn what_a_cut_leaves_of_a_secret_is_hidden() {
    let secrets = secrets(&["correct horse"]);
    assert_eq!(secrets.hide("it is correct hor…"), "it is •••…");
    assert_eq!(secrets.hide("…ct horse it is… cor…"), "…••• it is… cor…");
    let (left, at) = secrets.hide_around(b"a correct ho--se b correct horse", 12);
    assert_eq!((String::from_utf8(left).unwrap().as_str(), at), ("a •••--se b •••", 11));
    let (left, at) = secrets.hide_around(b"axxrrect horse", 3);
    assert_eq!((String::from_utf8(left).unwrap().as_str(), at), ("axx•••", 3));
}

proptest! {
    /// However a stream is cut into pieces, what comes out is the same.
    #[test]
    fn pieces_make_no_difference(
        text in "(ab|abc|abcd|bcde|ssss|x|\u{e4}){0,60}",
        cuts in prop::collection::vec(1usize..9, 0..80),
    ) {
        let secrets = secrets(&["abcd", "bcdeb", "sssss", "abcdabcx"]);
        let (mut hider, mut out, mut rest) = (secrets.hider(), Vec::new(), text.as_bytes());
        for cut in cuts {
            let (piece, later) = rest.split_at(cut.min(rest.len()));
            hider.push(piece, &mut out);
            rest = later;
        }
        hider.push(rest, &mut out);
        hider.finish(&mut out);
        let shown = String::from_utf8(out).unwrap();
        prop_assert_eq!(&shown, &*secrets.hide(&text));
        prop_assert!(!shown.contains("abcd") && !shown.contains("bcdeb") && !shown.contains("sssss"));
    }
}
