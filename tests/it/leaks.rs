//! Every channel tries to leak a secret, through the real binary: all that is left behind, and all that was said
//! and drawn, is searched for it in every form.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// What quoting, escaping and encoding change, each in its own way.
const TOKEN: &str = "Kuckuck's+Nest/7 \"Uhr\" & <ei>=99$x";
const PASSWORD: &str = "Hahnen\"schrei-42\\morgens";
const KEY: &str =
    "-----BEGIN THE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\nAAAEbm9uZQAAAAAAAAABAAAAMwAAAAt\n";
/// No wait of these tests is longer.
const PATIENCE: Duration = Duration::from_secs(60);

// ---- The forms, as a searcher knows them who does not know how rutter hides them.

/// Base64 of a text with the secret in it, in both alphabets and at all three places; and of that, what
/// depends on the secret and nothing else.
fn base64_forms(bytes: &[u8]) -> Vec<Form> {
    let at = |before: usize| {
        let text = [&b"user:"[..before], bytes, b"::"].concat();
        let sure = (before * 4).div_ceil(3) + 1..(before + bytes.len()) * 4 / 3 - 1;
        let encoded = STANDARD.encode(&text);
        let safe = encoded.replace('+', "-").replace('/', "_");
        [encoded, safe]
            .map(|encoded| (encoded.clone().into_bytes(), encoded.as_bytes()[sure.clone()].to_vec()))
    };
    (0..3).flat_map(at).collect()
}

fn percent(text: &str, keep: &str, blank: &str) -> String {
    let one = |byte: u8| match byte {
        b' ' => blank.to_owned(),
        _ if byte.is_ascii_alphanumeric() || keep.as_bytes().contains(&byte) => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

/// `%2F` as `%2f`
fn small_digits(text: &str) -> String {
    let mut parts = text.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| format!("{text}%{}{}", part[..2].to_lowercase(), &part[2..]))
}

/// What is printed, and what is sought of it.
type Form = (Vec<u8>, Vec<u8>);

/// Everything that must be nowhere because of one secret text of one line.
fn forms(secret: &str) -> Vec<Form> {
    let wide: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let json = serde_json::Value::from(secret).to_string();
    let units: String = secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let texts = [
        secret.to_owned(),
        secret[..secret.len() / 2].to_owned(),
        secret[secret.len() / 2..].to_owned(),
        percent(secret, "-._~", "%20"),
        percent(secret, "-._~", "+"),
        small_digits(&percent(secret, "-._~", "%20")),
        json[1..json.len() - 1].to_owned(),
        units,
        html.replace('\'', "&#39;"),
        html,
        secret.replace('\'', r"'\''"),
        secret.replace('\'', r#"'"'"'"#),
        secret.replace('\'', "''"),
        hex.to_uppercase(),
        hex,
    ];
    let texts = texts.into_iter().map(String::into_bytes).chain([wide.clone()]);
    let texts = texts.map(|text| (text.clone(), text));
    texts.chain(base64_forms(secret.as_bytes())).chain(base64_forms(&wide)).collect()
}

/// The secrets, line by line and leaf by leaf, in all forms.
fn all_forms() -> Vec<Form> {
    let lines = KEY.lines().skip(1).chain([TOKEN, PASSWORD]);
    let mut all: Vec<_> = lines.flat_map(forms).filter(|(_, sought)| sought.len() >= 8).collect();
    all.sort();
    all.dedup();
    all
}

/// As it is, and as it reads when lines are joined and colours taken away.
fn ways_to_read(bytes: &[u8]) -> [Vec<u8>; 2] {
    let plain = console::strip_ansi_codes(&String::from_utf8_lossy(bytes)).into_owned();
    let joined = plain.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    [bytes.to_vec(), joined]
}

fn holds(bytes: &[u8], form: &[u8]) -> bool {
    bytes.windows(form.len()).any(|window| window == form)
}

/// The forms that stand somewhere in `bytes`.
fn found(bytes: &[u8]) -> Vec<String> {
    let ways = ways_to_read(bytes);
    let stands = |form: &Vec<u8>| {
        let pattern: String = form.iter().map(|byte| format!("\\x{byte:02x}")).collect();
        let pattern = regex::bytes::Regex::new(&format!("(?-u){pattern}")).unwrap();
        ways.iter().any(|way| pattern.is_match(way))
    };
    let all = all_forms().into_iter().map(|(_, sought)| sought).filter(stands);
    all.map(|form| String::from_utf8_lossy(&form).into_owned()).collect()
}

#[track_caller]
fn assert_clean(what: &str, bytes: &[u8]) {
    let found = found(bytes);
    assert!(found.is_empty(), "{what} holds {found:#?}\nin\n{}", String::from_utf8_lossy(bytes));
}

// ---- A folder with a runbook and its secrets.

struct Place {
    folder: tempfile::TempDir,
}

const INPUTS: [&str; 5] = ["it.runbook", "forms.txt", "secret.json", "secret.key", "wide.bin"];

impl Place {
    /// `stage` on the target `here`, with the secrets `token`, `known` and `key`; `web` is at `port`.
    fn of(stage: &str, port: u16) -> Self {
        let secrets = "secret token = env \"TOKEN\"\nsecret known = file \"secret.json\"\nsecret key = command \"cat secret.key\"";
        Self::with(secrets, stage, port)
    }

    fn with(secrets: &str, stage: &str, port: u16) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        let text = format!(
            "runbook \"Leaks\"\n\n{secrets}\n\ntarget here = local\ntarget web = http \"http://127.0.0.1:{port}\", bearer token\n\
             target named = http \"http://127.0.0.1:{port}\", basic \"robot\" token\n\nstage \"Try\" {{\n{stage}\n}}\n"
        );
        place.write("it.runbook", text.as_bytes());
        let printed: Vec<_> = all_forms().into_iter().map(|(printed, _)| printed).collect();
        place.write("forms.txt", &[printed.join(&b'\n'), b"\n".to_vec()].concat());
        place.write(
            "secret.json",
            serde_json::json!({"user": "robot", "password": PASSWORD}).to_string().as_bytes(),
        );
        place.write("secret.key", KEY.as_bytes());
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("setsid");
        command.arg("--wait").arg(env!("CARGO_BIN_EXE_rutter")).args(args);
        self.around(&mut command);
        command
    }

    fn around(&self, command: &mut Command) {
        command.current_dir(self.folder.path()).stdin(Stdio::null()).env("TOKEN", TOKEN);
        command.env("RUTTER_STORE", self.path("runs.db")).env("XDG_STATE_HOME", self.path("state"));
        command.env("DECOY", "something else entirely").env("RUTTER_LOG", "trace").env("LC_ALL", "C.UTF-8");
    }

    fn said(&self, args: &[&str]) -> (Vec<u8>, Option<i32>) {
        let Output { stdout, stderr, status } = self.command(args).output().unwrap();
        ([stdout, stderr].concat(), status.code())
    }

    /// What the run, and all that tells of it later, says: with the exit code of the run.
    fn played(&self, format: &str) -> (Vec<u8>, Option<i32>) {
        let (mut said, code) = self.said(&["run", "it.runbook", "--format", format]);
        said.extend(self.told_later());
        (said, code)
    }

    fn told_later(&self) -> Vec<u8> {
        let run = self.run();
        let ways: [&[&str]; 7] = [
            &["show", &run],
            &["show", &run, "--format", "json"],
            &["log", &run],
            &["log", &run, "--format", "json"],
            &["runs"],
            &["runs", "--format", "json"],
            &["verify", &run],
        ];
        ways.iter().flat_map(|args| self.said(args).0).collect()
    }

    fn run(&self) -> String {
        let store = rutter::journal::store::Store::existing(&self.path("runs.db")).unwrap().unwrap();
        store.runs().unwrap()[0].run.to_string()
    }

    /// All bytes in the folder but for what the test put there: the store with its log, long outputs, whatever.
    fn left_behind(&self) -> Vec<u8> {
        let mut all = Vec::new();
        gather(self.folder.path(), &mut all);
        all
    }
}

fn gather(folder: &Path, all: &mut Vec<u8>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        all.extend(name.as_bytes());
        match path.is_dir() {
            true => gather(&path, all),
            false if INPUTS.contains(&name.as_str()) => {}
            false => all.extend(fs::read(&path).unwrap()),
        }
    }
}

/// Plays `stage` in both formats; nothing is to be found anywhere, and the run ends with `code`.
#[track_caller]
fn clean(stage: &str, port: u16, code: i32) {
    for format in ["text", "json"] {
        let place = Place::of(stage, port);
        let (said, ended) = place.played(format);
        assert_eq!(ended, Some(code), "{}", String::from_utf8_lossy(&said));
        assert_clean(&format!("what was said as {format}"), &said);
        assert_clean("what was left behind", &place.left_behind());
        assert!(holds(&said, "•••".as_bytes()), "something was hidden");
    }
}

/// Printed as it is, in all forms, in pieces, over lines, as bytes, in the trace of a shell, and so much of it that it
/// goes into a file of its own.
const PRINTING: &str = r#"
  run on here, env {"T": token} $ echo "$T"; echo "$T" >&2
  run on here, env {"T": token} $ printf %s "$T" | cut -c 1-9 | tr -d '\n'; sleep 0.3; printf %s "$T" | cut -c 10-
  run on here, env {"T": token} $ printf %s "$T" | cut -c 1-20; sleep 0.3; printf %s "$T" | cut -c 21-
  run on here, env {"T": token} $ printf %s "$T" | fold -w 12; echo
  run on here, env {"T": token} $ echo "$T" | cut -c 18-; echo "$T" | cut -c 1-17
  run on here, env {"T": token} $ set -x; : "$T" /"$T"/
  run on here, env {"T": token} $ printf %s "$T" | base64 -w 20; printf %s "$T" | od -An -tx1
  run on here, stdin key $ cat; echo now without; 
  run on here, stdin key $ base64 -w 0
  run on here, stdin known $ cat
  run on here $ cat forms.txt
  run on here $ printf '\377\376'; cat forms.txt; printf '\200'
  run on here $ head -c 1048000 /dev/zero; cat forms.txt; head -c 3000000 /dev/zero; cat forms.txt
"#;

#[test]
fn what_a_host_prints_leaks_nothing() {
    clean(PRINTING, 9, 0);
}

/// The same, and the secrets are others: then all of it is to be found, in what was said and in what was left behind.
#[test]
fn what_is_no_secret_is_found_in_every_form() {
    let secrets = "secret token = env \"DECOY\"\nsecret known = env \"DECOY\"\nsecret key = env \"DECOY\"";
    let place = Place::with(secrets, "  run on here $ cat forms.txt", 9);
    let (said, code) = place.said(&["run", "it.runbook"]);
    assert_eq!(code, Some(0));
    for (what, bytes) in [("said", said), ("left behind", place.left_behind())] {
        let found = found(&bytes).len();
        let all = all_forms().len();
        // The store has texts as JSON: what JSON escapes stands there otherwise, and text with bytes of UTF-16 as base64.
        assert!(
            all > 60 && found * 10 > all * if what == "said" { 9 } else { 6 },
            "{what}: {found} of {all}"
        );
    }
}

/// What failed, what was compared, what came up again in texts, keys and loops, and what was refused.
const FAILING: &str = r#"
  let said = check on here, env {"T": token} $ echo "$T"
  let other = check on here, stdin known $ cat
  attempt {
    run on here, env {"T": token} $ echo "no $T" >&2; exit 3
  } otherwise {
    note "it said {{ said.text }} and {{ other.json.password }}"
  }
  attempt {
    run on here $ login {{ said.text }}
  } otherwise {
    note "refused"
  }
  attempt {
    check on web GET "/{{ said.text }}?key={{ other.json.password }}"
  } otherwise {
    note "{{ said.text | base64 }}"
  }
  attempt {
    run on here, within 1s, env {"T": token} $ echo "$T"; sleep 30
  } otherwise {
    note "{{ said.text | upper }}"
  }
  attempt {
    fail "no {{ said.text }}"
  } otherwise {
    note "dealt with"
  }
  for each one in [said.text, "{{ said.text }}/{{ said.text }}", other.json] {
    attempt {
      run on here, env {"X": "{{ one | json }}"}, stdin said.text $ cat; echo "$X"
    } otherwise {
      note "no {{ one | json }}"
    }
  }
  attempt {
    wait until "{{ said.text }} is gone", within 1s, every 300ms {
      check on here, env {"T": token} $ echo "$T" >&2; false
    } on failure {
      diagnose said.exit == 0, cause "it is {{ said.text }}", fix "undo {{ other.text }}"
    }
  } otherwise {
    pause 10ms, "for {{ said.text }}"
  }
  attempt {
    assert said.text | length == 3 and said.text[:5] == "x" and other.json.password | upper == "Y", "is it {{ said.text }}?"
  } otherwise {
    note "no"
  }
  assert said.lines == ["a"] and other.json == {} and said.text in ["b"], "is it {{ said.text }}?"
"#;

#[test]
fn failures_and_what_is_made_of_output_leak_nothing() {
    clean(FAILING, 9, 1);
}

/// The lengths that were compared are not told either.
#[test]
fn how_long_a_secret_is_and_how_it_begins_is_not_told() {
    let stage = r#"
  let said = check on here, env {"T": token} $ echo "$T"
  assert said.text | length == 3 and said.text | upper == "x" and said.text | split(" ") | length == 1"#;
    let place = Place::of(stage, 9);
    let (said, code) = place.said(&["run", "it.runbook"]);
    let said = String::from_utf8_lossy(&said).into_owned();
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("said.text | length = •••") && !said.contains(&format!("= {}", TOKEN.len())),
        "{said}"
    );
}

// ---- Over HTTP.

/// A server that says back what it was told, wherever an answer has room for it.
fn parrot() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(answer(stream))));
    port
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    while !is_whole(&request) {
        match stream.read(&mut buffer)? {
            0 => break,
            count => request.extend_from_slice(&buffer[..count]),
        }
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let path = head.split(' ').nth(1).unwrap_or_default();
    let told = head.lines().find_map(|line| line.strip_prefix("authorization: ")).unwrap_or_default();
    for part in reply(path, told, body) {
        stream.write_all(part.as_bytes())?;
        stream.flush()?;
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.and_then(|length| length.parse().ok()).unwrap_or(0) <= body.len()
}

/// The parts of an answer, sent one after another.
fn reply(path: &str, told: &str, body: &str) -> Vec<String> {
    let encoded = STANDARD.encode(format!("you are {told}"));
    let safe = URL_SAFE_NO_PAD.encode(told);
    match path {
        "/moved" => {
            let to = percent(told, "-._~", "%20");
            vec![format!(
                "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/?to={to}\r\nContent-Length: 0\r\n\r\n"
            )]
        }
        "/rubbish" => vec![format!("{told} is no status\r\n{body}\r\n\r\n")],
        "/broken" => vec![format!("HTTP/1.1 200 OK\r\nX: {told}\r\nContent-Length: 99999\r\n\r\n{body}")],
        "/slow" => {
            let text = format!("{told} {body} {told}");
            let parts = text.as_bytes().chunks(11).map(|part| String::from_utf8_lossy(part).into_owned());
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", text.len());
            [head].into_iter().chain(parts).collect()
        }
        _ => {
            let json = serde_json::json!({"error": format!("{told} may not"), "sent": body, "b64": encoded, "safe": safe});
            let html = told.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
            let text = format!("{json:#}\n<p>{html}</p>\n{}", percent(told, "-._~", "+"));
            let head =
                format!("HTTP/1.1 500 {told} is wrong\r\nX-Told: {told}\r\nSet-Cookie: s={encoded}\r\n");
            vec![format!("{head}Content-Length: {}\r\n\r\n{text}", text.len())]
        }
    }
}

#[test]
fn a_server_that_says_back_what_it_is_told_leaks_nothing() {
    let stage = r#"
  for each path in ["moved", "rubbish", "broken", "error"] {
    attempt {
      run on web POST "/{{ path }}", json {"t": token, "all": [known, {"k": key}]}, within 5s
    } otherwise {
      note "no {{ path }}"
    }
    attempt {
      run on named POST "/{{ path }}", form {"t": token, "k": key}, header "X-Key" "key {{ token }}", within 5s
    } otherwise {
      note "no {{ path }}"
    }
  }
  let slow = check on web GET "/slow", body token
  note "it said {{ slow.text }} and {{ slow.headers }}"
"#
    .replace(" and {{ slow.headers }}", "");
    let stage = format!("{stage}  check on web GET \"/error\"\n");
    clean(&stage, parrot(), 1);
}

// ---- Ended in the middle, drawn on a terminal, said by people.

fn until(what: &str, is: impl Fn() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < PATIENCE, "{what} never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_run_that_is_killed_and_goes_on_leaks_nothing() {
    let stage = r#"
  let said = check on here, env {"T": token} $ echo "$T"
  run on here, stdin said.text, env {"K": key} $ cat; printf %s "$K"
  for each one in [said.text] {
    run on here, env {"T": token} $ echo "$T"; cat forms.txt; touch there; while [ ! -e go ]; do sleep 0.05; done
  }
  note "it was {{ said.text }}"
"#;
    let place = Place::of(stage, 9);
    let mut command = Command::new(env!("CARGO_BIN_EXE_rutter"));
    place.around(&mut command);
    let (out, err) =
        (fs::File::create(place.path("out")).unwrap(), fs::File::create(place.path("err")).unwrap());
    let child =
        command.args(["run", "it.runbook", "--format", "json"]).stdout(out).stderr(err).spawn().unwrap();
    let mut killed = Killed(child);
    until("the step", || place.path("there").exists());
    killed.0.kill().unwrap();
    killed.0.wait().unwrap();
    assert_clean("what a killed run left", &place.left_behind());
    assert_clean("what is told of a killed run", &place.told_later());
    place.write("go", b"");
    let (said, code) = place.said(&["resume", &place.run()]);
    assert_eq!(code, Some(0), "{}", String::from_utf8_lossy(&said));
    assert_clean("what a resumed run said", &said);
    assert_clean("what is told of it", &place.told_later());
    assert_clean("what it left", &place.left_behind());
}

#[test]
fn a_terminal_is_shown_nothing() {
    let stage = format!("{PRINTING}{FAILING}");
    let place = Place::of(&stage, 9);
    let line = format!("{} run it.runbook --color always", env!("CARGO_BIN_EXE_rutter"));
    let mut script = Command::new("script");
    place.around(&mut script);
    script.args(["-qec", &line, "typescript"]).env("TERM", "xterm-256color").env_remove("RUTTER_LOG");
    let output = script.output().unwrap();
    let drawn = fs::read(place.path("typescript")).unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&drawn));
    assert!(holds(&drawn, b"\x1b[?2026h") && holds(&drawn, "•••".as_bytes()), "it was live");
    assert_clean("the terminal", &output.stdout);
    assert_clean("what was left behind, with all that was drawn", &place.left_behind());
}

#[test]
fn questions_and_what_people_say_leak_nothing() {
    let stage = r#"
  let said = check on here, env {"T": token} $ echo "$T"
  approve "Go on with {{ said.text }} and {{ said.text | base64 }}?"
"#;
    let place = Place::of(stage, 9);
    let (said, code) = place.played("text");
    assert_eq!(code, Some(3), "{}", String::from_utf8_lossy(&said));
    let (refused, code) = place.said(&["approve", &place.run(), "--reason", &format!("I saw {TOKEN}")]);
    assert_eq!(code, Some(2), "{}", String::from_utf8_lossy(&refused));
    assert!(
        holds(&refused, b"the secret `token` of this run stands in `--reason`"),
        "{}",
        String::from_utf8_lossy(&refused)
    );
    let encoded = STANDARD.encode(PASSWORD);
    let (hidden, code) = place.said(&["approve", &place.run(), "--reason", &encoded]);
    assert_eq!(code, Some(2), "{}", String::from_utf8_lossy(&hidden));
    let (yes, code) = place.said(&["approve", &place.run(), "--reason", "I saw nothing"]);
    assert_eq!(code, Some(0), "{}", String::from_utf8_lossy(&yes));
    let (resumed, code) = place.said(&["resume", &place.run()]);
    assert_eq!(code, Some(0), "{}", String::from_utf8_lossy(&resumed));
    for (what, bytes) in
        [("asked", said), ("refused", refused), ("hidden", hidden), ("yes", yes), ("resumed", resumed)]
    {
        assert_clean(what, &bytes);
    }
    assert_clean("what is told", &place.told_later());
    assert_clean("what was left behind", &place.left_behind());
}

#[test]
fn a_secret_that_can_not_be_hidden_is_refused_by_name() {
    for short in ["x", "abc", "ab\ncd"] {
        let place = Place::of("  run on here $ touch sent", 9);
        let output = place.command(&["run", "it.runbook"]).env("TOKEN", short).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("the secret `token` is too short to be hidden"), "{said}");
        assert!(!place.path("sent").exists() && !place.path("runs.db").exists());
    }
}

/// What programs read must be readable whatever a secret is.
#[test]
fn a_secret_that_is_a_common_word_leaves_json_whole() {
    for word in ["event", "stage", "null", "kind", "result"] {
        let place = Place::of("  run on here, stdin token $ cat", 9);
        let run = &mut place.command(&["run", "it.runbook", "--format", "json"]);
        let output = run.env("TOKEN", word).env_remove("RUTTER_LOG").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{text}");
        let events: Vec<rutter::event::Event> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(events.len() > 5, "{text}");
    }
}
