//! What others wrote can't reach a terminal raw, by whatever way it comes: texts of runbooks, names of files,
//! params, answers of servers, people who say something, arguments.

use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rutter::report::{harmless, harmless_json, harmless_line, harmless_painted};

/// Clears the screen, sets title and clipboard, goes back to the start of the line, hides and turns around.
const HOSTILE: &str = "a\u{1b}[2Jb\u{1b}]0;title\u{7}c\u{1b}]52;c;cm0=\u{7}d\re\u{9b}1Af\u{202e}g\u{2066}h\u{200b}i\u{e0041}j\u{8}k\u{7f}l\u{2028}m\u{85}n";

/// What must not reach a terminal from outside.
fn is_raw(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[track_caller]
fn assert_safe(what: &str, said: &[u8]) {
    let text = String::from_utf8(said.to_vec()).unwrap();
    assert!(!text.chars().any(is_raw), "{what}: {text:?}");
}

/// Every character that controls something, by itself: as text, on a line, among colours, in JSON.
#[test]
fn every_control_character_becomes_a_picture() {
    let controls = (0..=0x9f).chain(0x200b..=0x200f).chain(0x2028..=0x202e).chain(0x2060..=0x206f);
    let controls = controls.chain(0xe0000..=0xe007f).chain([0xad, 0xfeff]).filter_map(char::from_u32);
    for c in controls.filter(|c| is_raw(*c)) {
        let text = format!("<{c}>");
        let picture = match c {
            '\u{7f}' => "<␡>".to_owned(),
            '\0'..='\u{1f}' => format!("<{}>", char::from_u32(0x2400 + c as u32).unwrap()),
            '\u{80}'..='\u{9f}' => "<\u{fffd}>".to_owned(),
            _ => format!("<‹U+{:04X}›>", c as u32),
        };
        assert_eq!(harmless(&text), picture);
        assert_eq!(harmless_line(&text), picture);
        assert_eq!(harmless_painted(&text), picture);
        let json = serde_json::Value::from(text.as_str()).to_string();
        assert!(!harmless_json(&json).chars().any(is_raw));
        assert_eq!(serde_json::from_str::<String>(&harmless_json(&json)).unwrap(), text);
    }
    assert_eq!(harmless("tab\tline\nä✓🚢"), "tab\tline\nä✓🚢");
}

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn rutter(&self, args: &[&str]) -> Command {
        let mut command = Command::new("setsid");
        command.arg("--wait").arg(env!("CARGO_BIN_EXE_rutter")).args(args);
        self.around(&mut command);
        command
    }

    fn around(&self, command: &mut Command) {
        command.current_dir(self.folder.path()).stdin(Stdio::null()).env("USER", "ann");
        command.env("RUTTER_STORE", self.path("runs.db")).env("XDG_STATE_HOME", self.path("state"));
        command.env("NO_COLOR", "1").env("LC_ALL", "C.UTF-8").env_remove("RUTTER_LOG");
    }

    /// What it says is safe; gives that, and its exit code.
    #[track_caller]
    fn safe(&self, args: &[&str]) -> (String, Option<i32>) {
        let output = self.rutter(args).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        assert_safe(&format!("{args:?}"), &said);
        (String::from_utf8(said).unwrap(), output.status.code())
    }

    fn run(&self) -> String {
        let store = rutter::journal::store::Store::existing(&self.path("runs.db")).unwrap().unwrap();
        store.runs().unwrap()[0].run.to_string()
    }

    /// All that can be said of the latest run.
    #[track_caller]
    fn told_later(&self) {
        let run = self.run();
        for args in [
            &["show", &run][..],
            &["show", &run, "--format", "json"],
            &["log", &run],
            &["log", &run, "--format", "json"],
            &["runs"],
            &["runs", "--format", "json"],
            &["locks"],
            &["locks", "--format", "json"],
            &["verify", &run],
        ] {
            self.safe(args);
        }
    }
}

/// A runbook with such texts wherever there can be text.
fn hostile_runbook(said: &str) -> String {
    format!(
        "# {said}\nrunbook \"Title {said}\"\nabout \"{said}\"\n\nlock \"lock {said}\"\n\nparam p: string = \"{said}\"\n\ntarget here = local\ntarget there = http \"http://127.0.0.1:1\"\n\n\
         guard \"guard {said}\" on there {{\n  forbid DELETE \"/x\"\n  because \"{said}\"\n}}\n\n\
         invariant \"invariant {said}\", every 1s {{\n  check on here $ true\n}}\n\n\
         stage \"stage {said}\" {{\n  note \"note {said} {{{{ p }}}}\"\n  let x = check on here $ cat hostile\n  \
         for each one in [\"{said}\", x.text] {{\n    run on here $ echo {{{{ one }}}}\n  }}\n  \
         approve \"go on {said} {{{{ x.text }}}}\"\n  \
         attempt {{\n    fail \"{said} {{{{ x.text }}}}\"\n  }} otherwise {{\n    pause 1ms, \"{said}\"\n  }}\n  \
         manual \"by hand {said}\"\n  \
         assert x.text == \"{said}\", \"not {said} {{{{ x.text }}}}\"\n}}\n"
    )
}

#[test]
fn texts_of_a_runbook_and_of_people_reach_no_terminal_raw() {
    let place = Place::new();
    place.write("hostile", HOSTILE);
    // As far as a runbook may have them at all: what it may not have is shown in a finding.
    for said in [HOSTILE, "x\u{202e}y\u{2066}z\u{200b}", "x\u{9b}2Jy", "plain"] {
        place.write("it.runbook", &hostile_runbook(said));
        place.safe(&["lint", "it.runbook"]);
        place.safe(&["lint", "it.runbook", "--format", "json"]);
        place.safe(&["plan", "it.runbook"]);
        place.safe(&["plan", "it.runbook", "--format", "json"]);
        place.safe(&["rehearse", "it.runbook"]);
        for format in ["text", "json"] {
            place.safe(&["run", "it.runbook", "--format", format]);
        }
    }
    let (said, code) = place.safe(&["run", "it.runbook", "-p", &format!("p={HOSTILE}")]);
    assert_eq!(code, Some(3), "{said}");
    place.told_later();
    let name = format!("bob\n? Approve all of it {HOSTILE}");
    let (said, code) = place.safe(&["approve", &place.run(), "--by", &name, "--reason", HOSTILE]);
    assert_eq!(code, Some(0), "{said}");
    place.told_later();
    let (said, _) = place.safe(&["resume", &place.run()]);
    assert!(said.contains("approved by bob ? Approve all of it a [2Jb"), "{said}");
    place.told_later();
}

#[test]
fn arguments_names_of_files_and_params_reach_no_terminal_raw() {
    let place = Place::new();
    let name = "it\u{1b}[2J\u{202e}\nerror: fine.runbook";
    place.write(name, "runbook \"x\"\n\nparam p: int\ntarget here = local\n\nstage \"s\" {\n  run on here $ true\n  nonsense\n}\n");
    place.write("params.yaml", "p: \"\\e[2J\\u202e\"\nq\u{202e}\u{9b}: 1\n");
    let name = place.path(name).display().to_string();
    place.write(
        "it.runbook",
        "runbook \"x\"\n\nparam p: int\ntarget here = local\n\nstage \"s\" {\n  run on here $ true\n}\n",
    );
    for args in [
        &["lint", &name][..],
        &["lint", &name, "--format", "json"],
        &["plan", &name],
        &["run", &name],
        &["run", "it.runbook", "--params", "params.yaml"],
        &["run", "it.runbook", "-p", &format!("{HOSTILE}=1")],
        &["run", "it.runbook", "-p", &format!("p={HOSTILE}")],
        &["run", HOSTILE],
        &["show", HOSTILE],
        &["resume", HOSTILE],
        &["explain", HOSTILE],
        &["unlock", HOSTILE, "--reason", HOSTILE],
        &["run", "it.runbook", "--on-failure", HOSTILE],
        &[HOSTILE],
        &[&format!("--{HOSTILE}")],
    ] {
        let args: Vec<_> = args.iter().filter(|arg| !arg.contains('\0')).copied().collect();
        let (_, code) = place.safe(&args);
        assert_eq!(code, Some(2), "{args:?}");
    }
    let bytes = OsString::from_vec(b"no\xfftext\x1b[2J".to_vec());
    let output = place.rutter(&["run"]).arg(bytes).output().unwrap();
    assert_safe("bytes that are no text", &[output.stdout, output.stderr].concat());
}

/// In its status, headers and body, and as no answer at all.
#[test]
fn answers_of_servers_reach_no_terminal_raw() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut buffer = [0; 4096];
            let count = stream.read(&mut buffer).unwrap_or(0);
            let asked = String::from_utf8_lossy(&buffer[..count]).into_owned();
            let answer = match asked.split(' ').nth(1).unwrap_or_default() {
                "/rubbish" => format!("{HOSTILE}\r\n\r\n"),
                "/moved" => {
                    format!("HTTP/1.1 302 x\r\nLocation: http://{HOSTILE}/\r\nContent-Length: 0\r\n\r\n")
                }
                _ => format!(
                    "HTTP/1.1 500 it \u{85}\u{202e}\r\nX-Told: \u{202e}\u{9b}x\r\nContent-Length: {}\r\n\r\n{HOSTILE}",
                    HOSTILE.len()
                ),
            };
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    let place = Place::new();
    for path in ["rubbish", "moved", "error"] {
        let text = format!(
            "runbook \"x\"\n\ntarget web = http \"http://127.0.0.1:{port}\"\n\nstage \"s\" {{\n  let x = check on web GET \"/{path}\", within 5s, accept status 200 or 500\n  \
             note \"{{{{ x.text }}}} {{{{ x.headers | json }}}}\"\n  check on web GET \"/{path}\", within 5s\n}}\n"
        );
        place.write("it.runbook", &text);
        for format in ["text", "json"] {
            let (said, code) = place.safe(&["run", "it.runbook", "--format", format]);
            assert_eq!(code, Some(1), "{said}");
        }
        place.told_later();
    }
}

/// Drawn live: the only codes are colours and those that draw the frame.
#[test]
fn a_live_terminal_gets_no_codes_but_its_own() {
    let place = Place::new();
    place.write("hostile", HOSTILE);
    place.write(
        "it.runbook",
        &hostile_runbook("plain")
            .replace("  approve", "  run on here $ cat hostile; cat hostile >&2; false\n  approve"),
    );
    let line = format!("{} run it.runbook --color always", env!("CARGO_BIN_EXE_rutter"));
    let mut script = Command::new("script");
    place.around(&mut script);
    let output = script.args(["-qec", &line, "/dev/null"]).env("TERM", "xterm-256color").output().unwrap();
    let drawn = String::from_utf8(output.stdout).unwrap();
    let own =
        regex::Regex::new("\u{1b}\\[[0-9;]*m|\u{1b}\\[\\?(2026|25)[hl]|\r\u{1b}\\[[0-9]+A\u{1b}\\[J|\r+\n")
            .unwrap();
    assert!(own.is_match(&drawn) && drawn.contains("a␛[2Jb"), "{drawn:?}");
    let rest = own.replace_all(&drawn, "");
    assert!(!rest.chars().any(is_raw), "{rest:?}");
}
