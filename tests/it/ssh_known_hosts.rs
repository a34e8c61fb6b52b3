//! Verdicts over host keys and certificates, with keys, hashed files and certificates of `ssh-keygen`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use russh::keys::ssh_key::{Certificate, PublicKey};
use rutter::backend::ssh::known_hosts::{HostName, KnownFiles, KnownHosts, Verdict};
use tempfile::TempDir;

/// Keys by one letter: hosts' keys `A` `B` (ed25519) `E` (ecdsa) `R` (rsa), authorities `X` `Y` (ed25519) `Z` (rsa).
struct Keys(TempDir);

impl Keys {
    fn new() -> Keys {
        let keys = Keys(tempfile::tempdir().unwrap());
        for (name, kind) in [
            ("A", "ed25519"),
            ("B", "ed25519"),
            ("X", "ed25519"),
            ("Y", "ed25519"),
            ("E", "ecdsa"),
            ("R", "rsa"),
            ("Z", "rsa"),
        ] {
            let bits = if kind == "rsa" { "2048" } else { "256" };
            keys.keygen(&["-q", "-t", kind, "-b", bits, "-N", "", "-C", "a host's", "-f", &keys.at(name)]);
        }
        keys
    }

    fn at(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn keygen(&self, arguments: &[&str]) -> String {
        let done = Command::new("ssh-keygen").args(arguments).output().unwrap();
        String::from_utf8(done.stdout).unwrap()
    }

    fn public(&self, name: &str) -> String {
        fs::read_to_string(self.at(&format!("{name}.pub"))).unwrap().trim().to_owned()
    }

    fn key(&self, name: &str) -> PublicKey {
        PublicKey::from_openssh(&self.public(name)).unwrap()
    }

    /// A file of known hosts; `{A}` stands for a key.
    fn file(&self, name: &str, text: &str) -> PathBuf {
        let filled = ["A", "B", "E", "R", "X", "Y", "Z"].iter().fold(text.to_owned(), |text, key| match text
            .contains(&format!("{{{key}}}"))
        {
            true => text.replace(&format!("{{{key}}}"), &self.public(key)),
            false => text,
        });
        let path = self.0.path().join(name);
        fs::write(&path, filled).unwrap();
        path
    }

    /// A certificate of the key `A` by an authority.
    fn certificate(&self, authority: &str, options: &[&str]) -> Certificate {
        let mut arguments = vec!["-q", "-I", "test"];
        let authority = self.at(authority);
        let key = self.at("A.pub");
        arguments.extend(options);
        arguments.extend(["-s", &authority, &key]);
        self.keygen(&arguments);
        let path = self.at("A-cert.pub");
        let read = fs::read_to_string(&path).unwrap();
        fs::remove_file(path).unwrap();
        Certificate::from_openssh(&read).unwrap()
    }
}

/// `trusted 2`: the word and the line.
fn short(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Trusted { line, .. } => format!("trusted {line}"),
        Verdict::Unknown => "unknown".to_owned(),
        Verdict::Changed { line, .. } => format!("changed {line}"),
        Verdict::Revoked { line, .. } => format!("revoked {line}"),
        Verdict::BadCertificate { why } | Verdict::NoRevocations { why, .. } => why.clone(),
    }
}

/// `web` or `web:2222`.
fn host(text: &str) -> HostName<'_> {
    let (host, port) = text.split_once('/').unwrap_or((text, "22"));
    HostName { host, port: port.parse().unwrap() }
}

#[test]
fn plain_keys() {
    let keys = Keys::new();
    let table = [
        ("web {A}", "web", "A", "trusted 1"),
        ("web {A}", "WEB", "A", "trusted 1"),
        ("WEB {A}", "web", "A", "trusted 1"),
        ("web {A}", "web", "B", "changed 1"),
        ("web {A}", "db", "A", "unknown"),
        ("", "web", "A", "unknown"),
        // Another type than the one on record is a change too, as for ssh; its own type is named first.
        ("web {A}", "web", "E", "changed 1"),
        ("web {E}\nweb {A}\nweb {R}", "web", "B", "changed 2"),
        ("web {A}\nweb {B}", "web", "B", "trusted 2"),
        ("web {A}\nweb {E}", "web", "E", "trusted 2"),
        ("a,web,b {R}", "web", "R", "trusted 1"),
        ("*.example.com {A}", "web.example.com", "A", "trusted 1"),
        ("*.example.com {A}", "example.com", "A", "unknown"),
        ("*.example.com,!bad.example.com {A}", "bad.example.com", "A", "unknown"),
        ("!bad.example.com,*.example.com {A}", "good.example.com", "A", "trusted 1"),
        ("web? {A}", "web1", "A", "trusted 1"),
        ("192.0.2.1 {A}", "192.0.2.1", "A", "trusted 1"),
        // Ports.
        ("[web]:2222 {A}", "web/2222", "A", "trusted 1"),
        ("[web]:2222 {A}", "web", "A", "unknown"),
        ("[web]:2222 {A}", "web/2223", "A", "unknown"),
        ("[*.example.com]:2222 {A}", "a.example.com/2222", "A", "trusted 1"),
        ("[::1]:2222 {A}", "::1/2222", "A", "trusted 1"),
        ("web {A}", "web/2222", "A", "trusted 1"),
        ("web {A}", "web/2222", "B", "unknown"),
        ("web {A}\n[web]:2222 {B}", "web/2222", "A", "changed 2"),
        // Markers.
        ("@revoked web {A}\nweb {A}", "web", "A", "revoked 1"),
        ("web {A}\n@revoked * {A}", "web", "A", "revoked 2"),
        ("@revoked web {A}", "web", "B", "unknown"),
        ("@revoked db {A}\nweb {A}", "web", "A", "trusted 2"),
        ("@revoked web {A}", "web/2222", "A", "revoked 1"),
        ("@cert-authority web {A}", "web", "A", "unknown"),
        // Lines that make no sense spoil nothing.
        (
            "web\n\n   # note\nweb ssh-ed25519 AAAA\nweb ssh-ed25519 !!!!\n@odd web {A}\n@revoked @cert-authority web {A}\n|1|x|y {A}\n \tweb\t {A} ",
            "web",
            "A",
            "trusted 9",
        ),
        ("web 1024 37 1234567\nweb {A}", "web", "A", "trusted 2"),
        ("web ssh-rsa {A}", "web", "A", "unknown"),
        ("web {A}\r\nweb {B}\r\n", "web", "B", "trusted 2"),
    ];
    for (text, name, key, wanted) in table {
        let known = KnownHosts::load(&[keys.file("known", text)]);
        assert_eq!(short(&known.judge(&host(name), &keys.key(key))), wanted, "{text}: {name} with {key}");
    }
}

#[test]
fn several_files_in_their_order() {
    let keys = Keys::new();
    let first = keys.file("first", "# nothing\nweb {A}");
    let second = keys.file("second", "web {B}\n@revoked web {E}");
    let files = KnownFiles::default();
    let known = files.open(&[keys.0.path().join("missing"), first.clone(), second.clone()], &[]);
    assert_eq!(known.judge(&host("web"), &keys.key("A")), Verdict::Trusted { file: first.clone(), line: 2 });
    assert_eq!(known.judge(&host("web"), &keys.key("B")), Verdict::Trusted { file: second.clone(), line: 1 });
    assert_eq!(known.judge(&host("web"), &keys.key("E")), Verdict::Revoked { file: second, line: 2 });
    assert_eq!(known.judge(&host("web"), &keys.key("X")), Verdict::Changed { file: first, line: 2 });
}

/// The lines that `ssh-keygen -F` finds are those that we find, plain and hashed.
#[test]
fn names_are_found_as_ssh_keygen_finds_them() {
    let keys = Keys::new();
    let text = "web {A}\n[web]:2222 {A}\na.example.com,b.example.com,192.0.2.7 {A}\n[::1]:2200 {A}\n\
                *.wild,!no.wild {A}\nMixed.Case {A}\n@revoked old {A}\n@cert-authority *.corp {X}\n";
    let plain = keys.file("plain", text);
    let hashed = keys.file("hashed", text);
    keys.keygen(&["-q", "-H", "-f", &hashed.display().to_string()]);
    let spelt = fs::read_to_string(&hashed).unwrap();
    assert!(spelt.contains("|1|") && !spelt.contains("192.0.2.7"), "{spelt}");
    for file in [&plain, &hashed] {
        let known = KnownHosts::load(std::slice::from_ref(file));
        for name in [
            "web",
            "web/2222",
            "a.example.com",
            "192.0.2.7",
            "::1/2200",
            "x.wild",
            "no.wild",
            "mixed.case",
            "none",
            "c.example.com",
        ] {
            let said = short(&known.judge(&host(name), &keys.key("A")));
            assert_eq!(said, found(&keys, file, name), "{}: {name}", file.display());
        }
        assert!(short(&known.judge(&host("old"), &keys.key("A"))).starts_with("revoked "));
        assert!(known.has_authority(&host("x.corp")) && !known.has_authority(&host("web")));
    }
}

fn found(keys: &Keys, file: &Path, name: &str) -> String {
    let name = match name.split_once('/') {
        Some((host, port)) => format!("[{host}]:{port}"),
        None => name.to_owned(),
    };
    let said = keys.keygen(&["-F", &name, "-f", &file.display().to_string()]);
    let line = said.lines().next().and_then(|line| line.rsplit_once(" line "));
    line.map_or("unknown".to_owned(), |(_, line)| format!("trusted {}", line.trim()))
}

#[test]
fn what_to_ask_a_host_for() {
    let keys = Keys::new();
    let file = keys.file(
        "known",
        "web {R}\nweb {A}\nweb {B}\n@revoked web {E}\n@cert-authority web {X}\n[web]:2222 {E}",
    );
    let known = KnownHosts::load(&[file]);
    let names = |name| known.algorithms(&host(name)).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names("web"), ["ssh-rsa", "ssh-ed25519"]);
    assert_eq!(names("web/2222"), ["ecdsa-sha2-nistp256"]);
    assert_eq!(names("web/2223"), ["ssh-rsa", "ssh-ed25519"]);
    assert!(known.has_authority(&host("web")) && !known.has_authority(&host("db")));
}

#[test]
fn certificates() {
    let keys = Keys::new();
    let by_x = "@cert-authority *.example.com,web {X}";
    let good: &[&str] = &["-h", "-n", "web,*.example.com", "-V", "-1d:+1d"];
    let table: [(&str, &str, &str, &[&str], &str); 22] = [
        (by_x, "web", "X", good, "trusted 1"),
        (by_x, "WEB", "X", good, "trusted 1"),
        (by_x, "a.example.com", "X", good, "trusted 1"),
        ("@cert-authority [web]:2222 {X}", "web/2222", "X", good, "trusted 1"),
        (by_x, "web/2222", "X", good, "trusted 1"),
        (by_x, "web", "Y", good, "unknown"),
        (by_x, "db", "X", good, "unknown"),
        ("web {X}", "web", "X", good, "changed 1"),
        ("@cert-authority web {Z}", "web", "Z", good, "trusted 1"),
        (
            "@cert-authority web {Z}",
            "web",
            "Z",
            &["-t", "ssh-rsa", "-h", "-n", "web"],
            "it is signed in a way that is no longer safe",
        ),
        (by_x, "web", "X", &["-h", "-n", "db,cache"], "it is for db, cache and not for web"),
        (by_x, "web", "X", &["-h"], "it names no host"),
        (by_x, "web", "X", &["-n", "web"], "it is for a user and not for a host"),
        (by_x, "web", "X", &["-h", "-n", "web", "-V", "-2d:-1d"], "it has expired"),
        (by_x, "web", "X", &["-h", "-n", "web", "-V", "+1d:+2d"], "it is not valid yet"),
        (
            by_x,
            "web",
            "X",
            &["-h", "-n", "web", "-O", "critical:odd=1"],
            "it makes the condition `odd`, which means nothing here",
        ),
        ("@cert-authority web {X}\n@revoked * {X}", "web", "X", good, "revoked 2"),
        ("@cert-authority web {X}\n@revoked * {A}", "web", "X", good, "revoked 2"),
        // Where the certificate is no good, its plain key may be.
        ("@cert-authority web {X}\nweb {A}", "web", "Y", good, "trusted 2"),
        ("@cert-authority web {X}\nweb {A}", "web", "X", &["-h", "-n", "db"], "trusted 2"),
        ("@cert-authority web {X}\nweb {B}", "web", "Y", good, "changed 2"),
        ("@cert-authority web {X}\nweb {B}", "web", "X", &["-h", "-n", "db"], "changed 2"),
    ];
    for (text, name, authority, options, wanted) in table {
        let known = KnownHosts::load(&[keys.file("known", text)]);
        let certificate = keys.certificate(authority, options);
        let said = known.judge_certificate(&host(name), &certificate, now());
        assert_eq!(short(&said), wanted, "{text}: {name} signed by {authority} {options:?}");
    }
}

fn now() -> SystemTime {
    SystemTime::now()
}

#[test]
fn the_edges_of_a_validity() {
    let keys = Keys::new();
    let known = KnownHosts::load(&[keys.file("known", "@cert-authority web {X}")]);
    let certificate = keys.certificate("X", &["-h", "-n", "web", "-V", "0x1000:0x2000"]);
    let at = |seconds| {
        short(&known.judge_certificate(
            &host("web"),
            &certificate,
            SystemTime::UNIX_EPOCH + Duration::from_secs(seconds),
        ))
    };
    assert_eq!(at(0xfff), "it is not valid yet");
    assert_eq!(at(0x1000), "trusted 1");
    assert_eq!(at(0x1fff), "trusted 1");
    assert_eq!(at(0x2000), "it has expired");
}

/// `RevokedHostKeys`: lists of public keys, and lists of `ssh-keygen -k`.
#[test]
fn revoked_keys() {
    let keys = Keys::new();
    let known = [keys.file("known", "* {A}\n* {B}\n* {R}\n@cert-authority * {X}\n@cert-authority * {Y}")];
    let good = keys.certificate("X", &["-h", "-n", "web", "-I", "seven", "-z", "7"]);
    let other = keys.certificate("X", &["-h", "-n", "web", "-I", "nine", "-z", "900"]);
    let by_y = keys.certificate("Y", &["-h", "-n", "web", "-I", "of y", "-z", "7"]);
    let listed = keys.file("listed", "# gone\n\n{B}\n  {E} \n");
    let authority = keys.file("authority", "{X}");
    let bad = keys.file("bad", "{B}\nnonsense\n");
    let krl = |name: &str, specification: &str, more: &[&str]| {
        let (from, to) = (keys.file("specification", specification), keys.at(name));
        let mut arguments = vec!["-q", "-k", "-f", &to];
        arguments.extend(more);
        let from = from.display().to_string();
        arguments.push(&from);
        keys.keygen(&arguments);
        PathBuf::from(&to)
    };
    let ca = keys.at("X.pub");
    let by_key = krl("by-key", "key: {B}\n", &[]);
    let by_sha1 = krl("by-sha1", "sha1: {B}\n", &[]);
    let by_sha256 = krl("by-sha256", "sha256: {B}\n", &[]);
    let by_serial = krl("by-serial", "serial: 7\n", &["-s", &ca]);
    let by_range = krl("by-range", "serial: 5-800\n", &["-s", &ca]);
    let by_many =
        krl("by-many", "serial: 1\nserial: 3\nserial: 7\nserial: 12\nserial: 14\nserial: 31\n", &["-s", &ca]);
    let by_id = krl("by-id", "id: seven\n", &["-s", &ca]);
    let of_authority = krl("of-authority", "key: {X}\n", &[]);
    let cut = keys.at("cut");
    let whole = fs::read(&by_key).unwrap();
    fs::write(&cut, &whole[..whole.len() - 1]).unwrap();
    let missing = PathBuf::from(keys.at("missing"));
    let line = |file: &Path, plain: [&str; 2], signed: [&str; 3]| {
        let known = KnownFiles::default().open(&known, &[file.to_owned()]);
        let said = ["A", "B"].map(|key| short(&known.judge(&host("web"), &keys.key(key))));
        assert_eq!(said, plain, "{}", file.display());
        let said =
            [&good, &other, &by_y].map(|one| short(&known.judge_certificate(&host("web"), one, now())));
        assert_eq!(said, signed, "{}", file.display());
    };
    line(&listed, ["trusted 1", "revoked 3"], ["trusted 4", "trusted 4", "trusted 5"]);
    line(&authority, ["trusted 1", "trusted 2"], ["revoked 1", "revoked 1", "trusted 5"]);
    for hashed in [&by_key, &by_sha1, &by_sha256] {
        line(hashed, ["trusted 1", "revoked 0"], ["trusted 4", "trusted 4", "trusted 5"]);
    }
    for some in [&by_serial, &by_range, &by_many, &by_id] {
        line(some, ["trusted 1", "trusted 2"], ["revoked 0", "trusted 4", "trusted 5"]);
    }
    line(&of_authority, ["trusted 1", "trusted 2"], ["revoked 0", "revoked 0", "trusted 5"]);
    // What can't be read might revoke anything.
    line(&bad, ["line 2 is no public key"; 2], ["line 2 is no public key"; 3]);
    let why = "it is a list of revoked keys that is not whole";
    line(Path::new(&cut), [why; 2], [why; 3]);
    let why = "No such file or directory";
    line(&missing, [why; 2], [why; 3]);
}

/// A certificate whose words were changed after it was signed.
#[test]
fn a_forged_certificate() {
    let keys = Keys::new();
    let known = KnownHosts::load(&[keys.file("known", "@cert-authority web {X}")]);
    let mut bytes = keys.certificate("X", &["-h", "-n", "wex"]).to_bytes().unwrap();
    let at = bytes.windows(3).position(|word| word == b"wex").unwrap();
    bytes[at + 2] = b'b';
    let forged = Certificate::from_bytes(&bytes).unwrap();
    assert_eq!(forged.valid_principals(), ["web"]);
    assert_eq!(short(&known.judge_certificate(&host("web"), &forged, now())), "its signature is wrong");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever else stands in a file, a good line counts and nothing panics.
    #[test]
    fn noise_spoils_nothing(noise in "(?s)([@|#*!?\\[\\]:,a-z0-9=+/ \t\r]{0,40}\n){0,12}", bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("known");
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB9dG4kjRhQTtWTVzd2t27+t0DEHBPW7iOD23TUiYLio";
        let mut text = bytes;
        text.push(b'\n');
        text.extend_from_slice(noise.as_bytes());
        let line = text.iter().filter(|byte| **byte == b'\n').count() + 1;
        text.extend_from_slice(format!("web-1.example.org {key}\n").as_bytes());
        fs::write(&path, text).unwrap();
        let verdict = KnownHosts::load(std::slice::from_ref(&path)).judge(&host("web-1.example.org"), &PublicKey::from_openssh(key).unwrap());
        prop_assert_eq!(verdict, Verdict::Trusted { file: path, line });
    }
}
