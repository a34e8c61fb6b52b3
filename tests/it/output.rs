//! What commands print, through the real binary: long, binary, secret, hostile.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rutter::event::{Event, EventKind, Recorded, RecordedOutcome, StepResult};
use rutter::journal::store::Store;
use rutter::value::LeftOut;

/// A run of a runbook in a folder of its own.
struct Played {
    folder: tempfile::TempDir,
    output: Output,
}

const TOKEN: &str = "correct-horse-battery";

impl Played {
    /// Runs `stage` on the target `here`; `token` is a secret.
    fn of(stage: &str) -> Self {
        Self::by(stage, |rutter| rutter.args(["run", "it.runbook", "--store", "runs.db"]))
    }

    fn by(stage: &str, args: impl FnOnce(&mut Command) -> &mut Command) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "runbook \"Output\"\n\nsecret token = env \"TOKEN\"\ntarget here = local\n\nstage \"Print\" {{\n{stage}\n}}\n"
        );
        std::fs::write(folder.path().join("it.runbook"), text).unwrap();
        let mut rutter = Command::new(env!("CARGO_BIN_EXE_rutter"));
        rutter.current_dir(folder.path()).env("TOKEN", TOKEN).env("NO_COLOR", "1").stdin(Stdio::null());
        let output = args(&mut rutter).output().unwrap();
        Self { folder, output }
    }

    fn said(&self) -> String {
        format!(
            "{}{}",
            String::from_utf8_lossy(&self.output.stdout),
            String::from_utf8_lossy(&self.output.stderr)
        )
    }

    #[track_caller]
    fn well(self) -> Self {
        assert!(self.output.status.success(), "{}", self.said());
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn outputs(&self) -> Vec<PathBuf> {
        let files = |folder: &Path| {
            let folder = std::fs::read_dir(folder).into_iter().flatten();
            folder.map(|file| file.unwrap().path()).collect::<Vec<_>>()
        };
        let mut files: Vec<_> =
            files(&self.path("runs.db.outputs")).iter().flat_map(|run| files(run)).collect();
        files.sort();
        files
    }

    /// The outcomes on record, those of failed steps too.
    fn outcomes(&self) -> Vec<RecordedOutcome> {
        let store = Store::existing(&self.path("runs.db")).unwrap().unwrap();
        let run = store.runs().unwrap().remove(0).run;
        store.events(&run, 0).unwrap().into_iter().filter_map(|Event { kind, .. }| finished(kind)).collect()
    }

    /// All bytes that are left in the folder, but for the runbook, and all that was said.
    fn everything(&self) -> Vec<u8> {
        let store = ["runs.db", "runs.db-wal"].map(|name| std::fs::read(self.path(name)).unwrap_or_default());
        let files = self.outputs().into_iter().map(|path| std::fs::read(path).unwrap());
        files.chain(store).chain([self.said().into_bytes()]).collect::<Vec<_>>().concat()
    }
}

fn finished(kind: EventKind) -> Option<RecordedOutcome> {
    match kind {
        EventKind::StepFinished { result: StepResult::Ok { outcome, .. }, .. } => Some(outcome),
        EventKind::StepFinished { result: StepResult::Failed { outcome, .. }, .. } => outcome,
        _ => None,
    }
}

#[track_caller]
fn command(outcome: &RecordedOutcome) -> (&Recorded, &Recorded, Option<&LeftOut>) {
    let RecordedOutcome::Command { stdout, stderr, stdout_left_out, .. } = outcome else {
        panic!("{outcome:?}")
    };
    (stdout, stderr, stdout_left_out.as_ref())
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_long_output_is_whole_in_a_file_beside_the_store() {
    let played = Played::of("  run on here $ seq 1 700000 | paste -s -d ' '").well();
    let outcomes = played.outcomes();
    let (stdout, _, left_out) = command(&outcomes[0]);
    let left_out = left_out.unwrap();
    let numbers: Vec<_> = (1..=700_000).map(|number: u32| number.to_string()).collect();
    let whole = format!("{}\n", numbers.join(" "));
    let Recorded::Text(kept) = stdout else { panic!("no text") };
    let (head, tail) = kept.split_at(left_out.at as usize);
    assert!(whole.starts_with(head) && whole.ends_with(tail) && !head.is_empty());
    assert_eq!(kept.len() as u64 + left_out.bytes, whole.len() as u64);
    let path = left_out.whole.as_ref().unwrap().path.clone().unwrap();
    assert_eq!(played.outputs(), [played.path(&path)]);
    assert!(std::fs::read_to_string(played.path(&path)).unwrap() == whole);
    assert_eq!((mode(&played.path(&path)), mode(&played.path("runs.db.outputs"))), (0o600, 0o700));
    let line = format!("stdout: … {} bytes left out; the whole is in {path}", left_out.bytes);
    assert!(played.said().contains(&line), "{}", played.said());
}

#[test]
fn an_output_that_fits_leaves_no_folder() {
    let played = Played::of("  run on here $ seq 1 1000").well();
    assert!(played.outputs().is_empty() && !played.path("runs.db.outputs").exists());
}

/// Half an answer is none: a word that is not in it may stand in the part that is left out.
#[test]
fn a_long_output_can_not_be_asked_for_its_text() {
    for part in ["text", "lines | length", "json", "json_lines | length", "stdout"] {
        let stage =
            format!("  let x = check on here $ head -c 3000000 /dev/zero\n  note \"{{{{ x.{part} }}}}\"");
        let played = Played::of(&stage);
        assert_eq!(played.output.status.code(), Some(1), "{part}: {}", played.said());
        assert!(played.said().contains("the output is too long"), "{part}: {}", played.said());
        assert!(played.said().contains("/runs.db.outputs/"), "{part}: {}", played.said());
    }
    let played = Played::of(
        "  let x = check on here $ head -c 3000000 /dev/zero; echo no >&2\n  assert x.exit == 0 and x.stderr == \"no\\n\"",
    );
    played.well();
}

#[test]
fn a_step_that_fails_says_where_all_it_printed_is() {
    let played = Played::of("  run on here $ head -c 3000000 /dev/zero >&2; echo 700000 >&2; exit 3");
    assert!(!played.output.status.success());
    let said = played.said();
    assert!(said.contains("700000") && said.contains("all of stderr = "), "{said}");
    assert!(said.contains(".stderr"), "{said}");
}

#[test]
fn bytes_are_kept_as_they_are() {
    let played = Played::of(r"  run on here $ printf '\377\376\0\200end'; printf 'no line break' >&2").well();
    let outcomes = played.outcomes();
    let (stdout, stderr, _) = command(&outcomes[0]);
    assert_eq!(*stdout, Recorded::Base64("//4AgGVuZA==".to_owned()));
    assert_eq!(*stderr, Recorded::Text("no line break".to_owned()));
    assert!(played.said().contains("| no line break"), "{}", played.said());
}

#[test]
fn a_long_binary_output_is_whole_in_its_file() {
    let played = Played::of("  run on here $ head -c 5000000 /dev/zero | tr '\\0' '\\377'").well();
    let [file] = &played.outputs()[..] else { panic!("one file") };
    assert!(std::fs::read(file).unwrap() == vec![0xff; 5_000_000]);
    let (outcomes, kept) = (played.outcomes(), 2 * 1024 * 1024);
    let (stdout, _, left_out) = command(&outcomes[0]);
    assert!(matches!(stdout, Recorded::Base64(text) if text.len() == usize::div_ceil(kept, 3) * 4));
    assert_eq!(left_out.unwrap().bytes, 5_000_000 - kept as u64);
}

/// How large the process that carries out a run becomes, in KiB, when a command prints so many bytes.
///
/// The last step asks; pages of the program itself count, so that only a comparison says something.
#[cfg(target_os = "linux")]
fn peak(printed: u64) -> u64 {
    let stage = format!(
        "  run on here $ head -c {printed} /dev/zero\n  \
         run on here $ yes a line of some length | head -c 3000000 >&2\n  \
         run on here $ grep VmHWM: /proc/$PPID/status"
    );
    let played = Played::of(&stage).well();
    let outcomes = played.outcomes();
    let Recorded::Text(said) = command(&outcomes[2]).0 else { panic!("no text") };
    let mut sizes: Vec<_> =
        played.outputs().iter().map(|file| std::fs::metadata(file).unwrap().len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [3_000_000, printed]);
    said.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn memory_is_bounded_however_much_is_printed() {
    let (some, much) = (peak(4_000_000), peak(200_000_000));
    assert!(much < some + some / 2, "{some} KiB for 4 MB, {much} KiB for 200 MB");
    assert!(much < 200_000, "{much} KiB");
}

/// The limit of a file's size stands in for a full disk: writing fails in the same way.
#[test]
fn a_full_disk_cuts_the_file_and_not_the_run() {
    let stage = "  run on here $ head -c 8000000 /dev/zero | tr '\\0' x\n  note \"went on\"";
    let played = Played::by(stage, |rutter| {
        let run = "trap '' XFSZ; ulimit -f 6000; exec \"$0\" run it.runbook --store runs.db";
        let program = rutter.get_program().to_owned();
        let (folder, token) = (rutter.get_current_dir().unwrap().to_owned(), TOKEN);
        *rutter = Command::new("sh");
        rutter.args(["-c", run]).arg(program).current_dir(folder).env("TOKEN", token)
    })
    .well();
    let outcomes = played.outcomes();
    let left_out = command(&outcomes[0]).2.unwrap();
    let whole = left_out.whole.as_ref().unwrap();
    assert!(whole.why.as_ref().is_some_and(|why| why.contains("too large")), "{whole:?}");
    let said = played.said();
    assert!(said.contains("has its start, and ends early: file too large"), "{said}");
    assert!(said.contains("note: went on"), "{said}");
    let size = std::fs::metadata(&played.outputs()[0]).unwrap().len();
    assert!(size > 2_000_000 && size < 8_000_000, "{size}");
}

#[test]
fn a_folder_that_can_not_be_made_is_said_and_the_run_goes_on() {
    let stage = "  run on here $ touch runs.db.outputs; head -c 3000000 /dev/zero\n  note \"went on\"";
    let played = Played::of(stage).well();
    assert!(played.said().contains("the whole is kept nowhere: "), "{}", played.said());
    assert!(played.said().contains("note: went on"), "{}", played.said());
}

/// Printed whole, in pieces, in bytes that are no text, across the border of what is kept, in the usual forms.
#[test]
fn a_secret_that_is_printed_is_nowhere() {
    let stage = r#"
  run on here, env {"T": token} $ printf %s "$T" | cut -c 1-9 | tr -d '\n'; sleep 0.2; printf %s "$T" | cut -c 10-
  run on here, env {"T": token} $ printf '\377\376%s\200' "$T"
  run on here, env {"T": token} $ head -c 1048570 /dev/zero; printf %s "$T"; head -c 3000000 /dev/zero; printf %s "$T"; head -c 1048565 /dev/zero
  run on here, env {"T": token} $ head -c 70000 /dev/zero | tr '\0' x; for i in $(seq 20000); do printf %s "$T"; done
  run on here, env {"T": token} $ printf %s "user:$T" | base64; printf %s "$T" | od -An -tx1 | tr -d ' \n'
  attempt {
    run on here, env {"T": token} $ seq 400; echo "no $T" >&2; exit 1
  } otherwise {
    note "so it is"
  }
  let x = check on here, env {"T": token} $ echo "$T"
  note "it said {{ x.text }}"
  assert x.text == "another""#;
    let played = Played::of(stage);
    assert_eq!(played.output.status.code(), Some(1), "{}", played.said());
    let everything = played.everything();
    assert!(holds(&everything, "it said •••".as_bytes()));
    let hex: String = TOKEN.bytes().map(|byte| format!("{byte:02x}")).collect();
    for form in [TOKEN, &TOKEN[..12], &TOKEN[9..], &hex, "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5", "jb3JyZWN0LWhvcnNl"]
    {
        assert!(!holds(&everything, form.as_bytes()), "{form}");
    }
    assert_eq!(played.outputs().len(), 1, "the last is short");
    let outcomes = played.outcomes();
    assert!(matches!(command(&outcomes[1]).0, Recorded::Base64(text) if text == "//7igKLigKLigKKA"));
}

/// Every byte below 256 on its own, and what has been used against terminals.
const HOSTILE: &str = r#"
for i in 0 1 2 3; do for j in 0 1 2 3 4 5 6 7; do for k in 0 1 2 3 4 5 6 7; do printf "<\\$i$j$k>"; done; done; done
printf '\n\033]52;c;cm0gLXJmIC8=\a\033]0;title\033\\\033[2J\033[8mhidden\n'
printf '\302\233 \302\205 \302\235 C1\n'
printf 'right \342\200\256tfel\342\200\254 to \342\200\213 left \357\273\277\342\201\246\n'
printf '100%%\r  0%%\n'
printf 'tag \363\240\201\201 soft \302\255 line \342\200\250 end\n'
"#;

fn is_safe(text: &str) -> bool {
    let bad = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    !text.chars().any(bad)
}

/// The golden of what a host may print, and what a terminal is sent of it.
#[test]
fn what_a_host_prints_moves_nothing_on_the_terminal() {
    let stage = format!("  run on here $ \"\"\"{HOSTILE}\"\"\"");
    let played = Played::of(&stage).well();
    let said = String::from_utf8(played.output.stdout.clone()).unwrap();
    assert!(is_safe(&said), "{said:?}");
    let lines: Vec<_> = said.lines().filter_map(|line| line.split_once("| ").map(|(_, line)| line)).collect();
    let pictures: String = (0..32_u32).map(|at| char::from_u32(0x2400 + at).unwrap()).collect();
    let shown = lines.join("\n");
    let (before, after) = pictures.split_once('␊').unwrap();
    let quoted = |text: &str| text.chars().map(|c| format!("<{c}>")).collect::<String>();
    let before = quoted(before).replace("␉", " ");
    assert!(shown.starts_with(&format!("{before}<\n>{}", quoted(after))), "{shown}");
    assert!(shown.contains("<~><␡><\u{fffd}>"), "{shown}");
    let rest: Vec<_> = lines[2..].to_vec();
    let expected = [
        "␛]52;c;cm0gLXJmIC8=␇␛]0;title␛\\␛[2J␛[8mhidden",
        "\u{fffd} \u{fffd} \u{fffd} C1",
        "right ‹U+202E›tfel‹U+202C› to ‹U+200B› left ‹U+FEFF›‹U+2066›",
        "100%␍  0%",
        "tag ‹U+E0041› soft ‹U+00AD› line ‹U+2028› end",
    ];
    assert_eq!(rest, expected);
}

/// Titles, values, notes, causes, loop items, waits: wherever what a host said comes up again.
#[test]
fn what_a_host_said_is_harmless_wherever_it_comes_up_again() {
    let stage = r#"
  let said = check on here $ printf 'a\033[2Jb\302\233c\342\200\256d\re\001f'
  note "it said {{ said.text }}"
  for each word in [said.text] {
    run on here $ echo {{ word }} | cat -v
    attempt {
      fail "no {{ word }}"
    } otherwise {
      note "dealt with"
    }
  }
  attempt {
    wait until "{{ said.text }} is over", within 1s, every 300ms {
      check on here $ printf '\033]0;x\a' >&2; false
    } on failure {
      diagnose said.exit == 0, cause "it is {{ said.text }}", fix "undo {{ said.text }}"
    }
  } otherwise {
    pause 10ms, "for {{ said.text }}"
  }
  assert said.text == "so", "is it {{ said.text }}?""#;
    for format in ["text", "json"] {
        let args = ["run", "it.runbook", "--store", "runs.db", "--format", format];
        let played = Played::by(stage, |rutter| rutter.args(args));
        assert_eq!(played.output.status.code(), Some(1), "{}", played.said());
        assert!(is_safe(&played.said()), "{}", played.said());
        assert!(holds(&played.everything(), br"a\u001b[2Jb"), "the record has it as it was");
        if format == "json" {
            let text = String::from_utf8(played.output.stdout).unwrap();
            let events: Vec<Event> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            let notes = events.iter().filter(|event| matches!(&event.kind, EventKind::NoteWritten { text, .. } if text.contains("a\u{1b}[2Jb\u{9b}c\u{202e}d")));
            assert_eq!(notes.count(), 1);
        }
    }
}
