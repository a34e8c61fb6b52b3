#![allow(clippy::unwrap_used, reason = "tests")]

use super::table::read;
use super::*;
use crate::shell::{Only, Pattern, Rules, Verdict};

#[test]
fn every_line_of_the_tables_is_read() {
    let tables = [
        (include_str!("../known/posix.txt"), Shell::Bash),
        (include_str!("../known/windows.txt"), Shell::Cmd),
    ];
    for (text, shell) in tables {
        assert!(read(text, shell).is_ok(), "{:?}", read(text, shell).err());
    }
}

fn verdict(forbid: &str, text: &str, shell: Shell) -> &'static str {
    let rules =
        Rules::new(shell, vec![Pattern::command(forbid, shell).unwrap()], vec![], Only::NotWhatIsForbidden);
    match rules.judge(text, shell) {
        Verdict::Harmless => "pass",
        Verdict::Forbidden { .. } => "forbidden",
        Verdict::NotUnderstood { .. } => "unknown",
    }
}

#[test]
fn what_is_forbidden_is_known_by_what_it_does() {
    for (text, wanted) in [
        ("systemctl restart docker", "forbidden"),
        ("systemctl --no-block stop docker.socket nginx", "forbidden"),
        ("systemctl -qf restart 'doc*'", "forbidden"),
        ("systemctl restart $x", "unknown"),
        ("systemctl $x docker", "unknown"),
        ("systemctl restart -H other nginx", "unknown"),
        ("systemctl kill -s HUP docker", "pass"),
        ("systemctl kill --signal=KILL docker", "forbidden"),
        ("systemctl kill docker --sig KILL", "forbidden"),
        ("systemctl restart docker-registry", "pass"),
        ("systemctl restart nginx --no-pager", "pass"),
        ("systemctl start docker", "pass"),
        ("systemctl disable docker", "pass"),
        ("systemctl disable --now docker", "forbidden"),
        ("systemctl reboot", "forbidden"),
        ("systemctl restart --help", "pass"),
        ("systemctl --fancy status docker", "unknown"),
        ("echo b > /proc/sysrq-trigger", "forbidden"),
        ("echo b > /tmp/x", "pass"),
        ("tool", "unknown"),
    ] {
        assert_eq!(verdict("systemctl restart docker", text, Shell::Sh), wanted, "{text}");
    }
}

#[test]
fn windows_is_read_in_any_case_and_cut_short() {
    for (text, wanted) in [
        ("restart-service -Force -NAME Docker", "forbidden"),
        ("Stop-Service nginx,docker", "forbidden"),
        ("Stop-Service -DisplayName 'Docker Engine'", "forbidden"),
        ("Restart-Service -DisplayN:'Docker Engine'", "forbidden"),
        ("Restart-Service dockerhelper", "pass"),
        ("Restart-Service 'doc*'", "forbidden"),
        ("Restart-Service $x", "unknown"),
        ("Start-Service docker", "pass"),
    ] {
        let forbid = "Restart-Service|Stop-Service ... docker ...";
        let found = verdict(forbid, text, Shell::PowerShell);
        assert_eq!(found, wanted, "{text}");
    }
}

#[test]
fn a_file_is_the_same_by_another_path() {
    for (text, wanted) in [
        ("rm -rf /data/a", "forbidden"),
        ("rm -rf /data", "unknown"),
        ("rm -rf /data/a/b", "unknown"),
        ("rm -rf /", "unknown"),
        ("rm -rf ./a", "unknown"),
        ("rm -rf ../x", "unknown"),
        ("rm -rf /tmp/a", "pass"),
        ("rm -rf b", "pass"),
        ("unlink /data/a", "forbidden"),
    ] {
        assert_eq!(verdict("rm -rf /data/a", text, Shell::Sh), wanted, "{text}");
    }
}

#[test]
fn what_a_pattern_does_may_be_unknown() {
    assert_eq!(verdict("failover ...", "systemctl restart nginx", Shell::Sh), "unknown");
    assert_eq!(verdict("failover ...", "systemctl status nginx", Shell::Sh), "pass");
}
