//! What a command prints: bytes as they are, bounded, and harmless on the screen.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::lab::{Lab, Sshd, output, program};
use super::support::{Client, Saying, on, run, running};

#[tokio::test]
async fn output_and_exit_code_come_apart() {
    let (lab, _web) = Lab::with_one(Sshd::new());
    let client = Client::of(&lab);
    let outcome = client.answer(&on("web", "echo out; echo err >&2; exit 7")).await;
    assert_eq!((&outcome.stdout[..], &outcome.stderr[..], outcome.exit), (&b"out\n"[..], &b"err\n"[..], 7));
    assert_eq!(client.answer(&on("web", "kill -TERM $$")).await.exit, 128 + 15);
    assert_eq!(client.answer(&on("web", "exit 255")).await.exit, 255);
    assert_eq!(client.answer(&on("web", "no-such-program x")).await.exit, 127);
    let mut lines = client.lines();
    lines.truncate(2);
    lines.sort();
    assert_eq!(lines, ["err", "out"]);
}

#[tokio::test]
async fn every_byte_comes_through() {
    let (lab, _web) = Lab::with_one(Sshd::new());
    let text = "i=0; while [ $i -lt 256 ]; do printf \"\\\\$(printf %03o $i)\"; i=$((i+1)); done";
    let outcome = Client::of(&lab).answer(&on("web", text)).await;
    assert_eq!(outcome.stdout, (0..=255).collect::<Vec<u8>>());
}

#[tokio::test]
async fn a_last_line_without_an_end_is_told() {
    let (lab, _web) = Lab::with_one(Sshd::new());
    let client = Client::of(&lab);
    let outcome = client.answer(&on("web", "echo one; printf two")).await;
    assert_eq!(
        (outcome.stdout, client.lines()),
        ("one\ntwo".into(), vec!["one".to_owned(), "two".to_owned()])
    );
}

#[tokio::test]
async fn much_input_and_output_go_side_by_side() {
    let (lab, _web) = Lab::with_one(Sshd::new());
    let client = Client::of(&lab);
    let text = "0123456789abcdef".repeat(300_000);
    let outcome = client.answer(&on("web", "tee /dev/stderr | wc -c").stdin(&text)).await;
    assert_eq!(String::from_utf8_lossy(&outcome.stdout).trim(), "4800000");
    assert_eq!(outcome.stderr.len() + outcome.dropped() as usize, text.len());
    let outcome = client.answer(&on("web", "cat").stdin(&text[..2_000_000])).await;
    assert!(outcome.stdout == text[..2_000_000], "{} bytes", outcome.stdout.len());
    assert_eq!(client.answer(&on("web", "true").stdin(&text)).await.exit, 0);
    assert_eq!(client.answer(&on("web", "head -c 3").stdin(&text)).await.stdout, "012");
}

#[tokio::test]
async fn a_command_without_input_finds_its_end() {
    let (lab, _web) = Lab::with_one(Sshd::new());
    assert_eq!(Client::of(&lab).text(&on("web", "cat; echo over")).await, "over");
}

#[tokio::test]
async fn output_is_bounded_and_both_ends_are_kept() {
    let (lab, _web) = Lab::with_one(Sshd::new());
    let text = "echo first; head -c 40000000 /dev/zero; echo last; head -c 100000 /dev/zero >&2";
    let outcome = Client::of(&lab).answer(&on("web", text)).await;
    assert!(outcome.stdout.len() <= 16 * 1024 * 1024, "{}", outcome.stdout.len());
    assert!(outcome.stdout.starts_with(b"first\n") && outcome.stdout.ends_with(b"last\n"));
    assert_eq!(outcome.dropped() as usize + outcome.stdout.len(), 40_000_000 + 11);
    assert_eq!(outcome.stderr.len(), 100_000);
}

/// Carries `text` out with its report in `report.txt`; gives the exit code, and the most memory that the
/// process had at any time, in KiB.
fn peak_memory(lab: &Lab, text: &str) -> (Option<i32>, u64) {
    let report = fs::File::create(lab.path("report.txt")).unwrap();
    let mut child = running(lab, text, &[]).stdout(report).spawn().unwrap();
    let mut peak = 0;
    let ended = loop {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(peak);
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    (ended.code(), peak)
}

const GIGABYTE: &str = "\
target web = ssh \"web\"
stage \"One\" {
  let big = run on web, within 20m $ yes \"$(printf %0999d 7)\" | head -c 1000000000; echo the end
  assert big.exit == 0
}
";

#[test]
fn a_gigabyte_takes_little_memory_and_is_kept_whole() {
    let (lab, _web) = Lab::with_one(Sshd::new());
    let (code, kib) = peak_memory(&lab, GIGABYTE);
    assert_eq!(code, Some(0));
    assert!(kib < 120 * 1024, "{kib} KiB");
    let kept = kept_output(&lab.path("state"));
    assert_eq!(fs::metadata(&kept).unwrap().len(), 1_000_000_000 + 8);
    let mut end = [0; 9];
    fs::File::open(kept).unwrap().read_exact_at(&mut end, 999_999_999).unwrap();
    assert_eq!(&end, b"\nthe end\n");
}

/// The file in which the long output of a run is.
fn kept_output(folder: &Path) -> PathBuf {
    let find = format!("find {} -name '*.stdout'", folder.display());
    PathBuf::from(output(program("sh").args(["-c", &find])).trim())
}

#[test]
fn escapes_are_harmless_on_the_screen() {
    let (lab, _web) = Lab::with_one(Sshd::new());
    let text = "target web = ssh \"web\"\nstage \"One\" {\n  \
                run on web $ printf 'a\\033]0;title\\007b\\033[2Jc\\rd\\302\\233e\\342\\200\\256f\\n'\n}\n";
    let ended = run(&lab, text, &[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for harm in ["\u{1b}", "\u{7}", "\r", "\u{9b}", "\u{202e}"] {
        assert!(!ended.out.contains(harm), "{harm:?}: {:?}", ended.out);
    }
    assert!(ended.out.contains("title"), "{}", ended.out);
}
