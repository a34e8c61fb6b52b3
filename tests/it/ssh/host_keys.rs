//! A host proves who it is, or nothing is sent to it.

use super::lab::{Host, Lab, Sshd};
use super::support::{Client, Saying, on, run, untrusted};

/// The fingerprint of a server's key.
fn fingerprint(lab: &Lab, host: &Host, kind: &str) -> String {
    lab.fingerprint(&format!("sshd-{}/host_{kind}", host.name))
}

/// Why a request is not sent, to a server that nobody logs in to.
async fn refused(lab: &Lab, host: &Host) -> String {
    let why = untrusted(Client::of(lab).perform(&on("web", "echo in")).await);
    assert_eq!(host.log_ins(), 0, "nothing is sent to a host that is not the one: {}", host.log());
    why
}

#[tokio::test]
async fn hashed_names_are_found() {
    let (lab, _web) = Lab::with_one(Sshd::new());
    lab.hash_known_hosts();
    let known = std::fs::read_to_string(lab.path("known_hosts")).unwrap();
    assert!(known.starts_with("|1|"), "{known}");
    assert_eq!(Client::of(&lab).text(&on("web", "echo in")).await, "in");
}

#[tokio::test]
async fn an_unknown_key_stops_with_its_fingerprint() {
    let (lab, web) = Lab::with_one(Sshd::new().unknown());
    let why = refused(&lab, &web).await;
    let key = format!("ssh-ed25519 {}", fingerprint(&lab, &web, "ed25519"));
    assert!(why.contains("is not known") && why.contains(&key), "{why}");
}

#[tokio::test]
async fn no_setting_takes_an_unknown_key() {
    let (mut lab, web) = Lab::with_one(Sshd::new().unknown());
    lab.configure("StrictHostKeyChecking no\nVerifyHostKeyDNS yes\nUpdateHostKeys yes\n");
    assert!(refused(&lab, &web).await.contains("is not known"));
    assert_eq!(std::fs::read_to_string(lab.path("known_hosts")).unwrap(), "", "nothing is learnt");
}

#[tokio::test]
async fn a_changed_key_stops_with_both_its_fingerprint_and_the_line_at_fault() {
    let (lab, web) = Lab::with_one(Sshd::new().unknown());
    lab.new_key("former", "ed25519", "");
    lab.know("elsewhere.example", &lab.public("id_ed25519"));
    lab.know(&format!("[{}]:{}", web.address(), web.port), &lab.public("former"));
    let why = refused(&lab, &web).await;
    assert!(why.contains("has changed") && why.contains(&fingerprint(&lab, &web, "ed25519")), "{why}");
    assert!(why.contains(&format!("{}:2", lab.text("known_hosts"))), "{why}");
    lab.hash_known_hosts();
    assert!(refused(&lab, &web).await.contains(&format!("{}:2", lab.text("known_hosts"))));
}

#[tokio::test]
async fn a_revoked_key_stops_though_it_is_also_known() {
    let (lab, web) = Lab::with_one(Sshd::new());
    lab.know("@revoked *", &web.public_key("ed25519"));
    let why = refused(&lab, &web).await;
    assert!(why.contains("revoked") && why.contains(&fingerprint(&lab, &web, "ed25519")), "{why}");
    assert!(why.contains(&format!("{}:2", lab.text("known_hosts"))), "{why}");
}

#[tokio::test]
async fn unchecked_takes_any_key() {
    let (lab, _web) = Lab::with_one(Sshd::new().unknown());
    let client = Client::of(&lab);
    assert_eq!(client.text(&on("web", "echo in").unchecked()).await, "in");
    let why = client.not_sent(&on("web", "echo in")).await;
    assert!(why.contains("is not known"), "another target's connection is no proof: {why}");
}

#[tokio::test]
async fn of_several_keys_the_one_that_is_known_is_asked_for() {
    for known in ["ed25519", "rsa", "ecdsa"] {
        let (lab, web) = Lab::with_one(Sshd::new().host_keys(&["ed25519", "rsa", "ecdsa"]).unknown());
        lab.know(&format!("[{}]:{}", web.address(), web.port), &web.public_key(known));
        assert_eq!(Client::of(&lab).text(&on("web", "echo in")).await, "in", "{known}");
    }
}

#[tokio::test]
async fn an_alias_stands_for_the_host() {
    let (mut lab, web) = Lab::with_one(Sshd::new().unknown());
    lab.know("the-alias", &web.public_key("ed25519"));
    assert!(refused(&lab, &web).await.contains("is not known"));
    lab.configure("HostKeyAlias the-alias\n");
    assert_eq!(Client::of(&lab).text(&on("web", "echo in")).await, "in");
}

/// A server whose key an authority `ca` vouches for by a certificate made with `args`.
fn certified(args: &[&str]) -> (Lab, Host) {
    let mut lab = Lab::new();
    lab.new_key("ca", "ed25519", "");
    lab.new_key("certified", "ed25519", "");
    lab.certify("ca", "certified", &[&["-h"], args].concat());
    let own =
        format!("HostKey {}\nHostCertificate {}-cert.pub", lab.text("certified"), lab.text("certified"));
    let web = lab.start("web", Sshd::new().option(&own).host_keys(&[]).unknown());
    lab.know(&format!("@cert-authority [{}]:*", web.address()), &lab.public("ca"));
    (lab, web)
}

#[tokio::test]
async fn an_authority_vouches_for_a_host() {
    let mut lab_and_host = certified(&["-n", "127.*", "-V", "+1h"]);
    assert_eq!(Client::of(&lab_and_host.0).text(&on("web", "echo in")).await, "in");
    lab_and_host.0.configure("HostKeyAlias other.example\n");
    assert!(!refused_again(&lab_and_host).await.is_empty());
}

/// Why a further request is not sent to a server that was logged in to once.
async fn refused_again((lab, host): &(Lab, Host)) -> String {
    let why = Client::of(lab).not_sent(&on("web", "echo in")).await;
    assert_eq!(host.log_ins(), 1);
    why
}

#[tokio::test]
async fn a_certificate_for_another_host_or_time_is_no_good() {
    for args in [&["-n", "other.example"][..], &["-n", "127.*", "-V", "20200101:20200102"]] {
        let (lab, web) = certified(args);
        let why = refused(&lab, &web).await;
        assert!(why.contains("certificate"), "{why}");
    }
}

#[tokio::test]
async fn a_certificate_of_a_revoked_key_or_authority_is_no_good() {
    for revoked in ["ca", "certified"] {
        let (lab, web) = certified(&["-n", "127.*", "-V", "+1h"]);
        lab.know("@revoked *", &lab.public(revoked));
        let why = refused(&lab, &web).await;
        assert!(why.contains("revoked"), "{why}");
    }
}

#[test]
fn the_run_stops_and_says_what_to_do() {
    let (lab, web) = Lab::with_one(Sshd::new().unknown());
    let text = "target web = ssh \"web\"\nstage \"One\" {\n  retry 50 times, every 10s {\n    \
                run on web $ echo in\n  }\n}\n";
    let ended = run(&lab, text, &[]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.out.contains(&fingerprint(&lab, &web, "ed25519")), "{}", ended.out);
    assert_eq!((web.log_ins(), web.connections()), (0, 1), "asking again changes nothing");
}
