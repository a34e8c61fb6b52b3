//! Getting in: keys of every kind, encrypted ones, agents, certificates, passwords.

use super::lab::{Host, Lab, Sshd, User};
use super::support::{Client, Saying, on};

#[tokio::test]
async fn by_a_key_of_each_kind() {
    let (lab, web) = Lab::with_one(Sshd::new().host_keys(&["ed25519", "rsa", "ecdsa"]));
    for kind in ["ed25519", "rsa", "ecdsa"] {
        let key = lab.new_key(&format!("key_{kind}"), kind, "");
        lab.authorize(&format!("key_{kind}"));
        let client = Client::of(&lab);
        assert_eq!(client.text(&on("web", "echo in").identity(&key)).await, "in");
        assert!(web.log().contains(&lab.fingerprint(&format!("key_{kind}"))), "{kind}");
    }
}

#[tokio::test]
async fn the_second_key_is_tried_when_the_first_is_not_taken() {
    let (mut lab, web) = Lab::with_one(Sshd::new());
    lab.new_key("stranger", "ed25519", "");
    lab.configure(&format!("IdentityFile {}\n", lab.text("stranger")));
    assert_eq!(Client::of(&lab).text(&on("web", "echo in")).await, "in");
    assert_eq!((web.connections(), web.log_ins()), (1, 1));
}

#[tokio::test]
async fn a_key_that_nobody_knows_does_not_come_in() {
    let (lab, web) = Lab::with_one(Sshd::new());
    let stranger = lab.new_key("stranger", "ed25519", "");
    let why = Client::of(&lab).not_sent(&on("web", "echo in").identity(&stranger)).await;
    assert!(why.contains(&super::lab::me()) && why.contains(&lab.fingerprint("stranger")), "{why}");
    assert_eq!(web.log_ins(), 0);
}

#[tokio::test]
async fn a_key_that_others_may_read_is_not_used() {
    let (lab, web) = Lab::with_one(Sshd::new());
    super::lab::permit(&lab.path("id_ed25519"), 0o644);
    let why = Client::of(&lab).not_sent(&on("web", "echo in")).await;
    assert!(why.contains("id_ed25519") && why.contains("open to others"), "{why}");
    assert_eq!(web.log_ins(), 0);
}

#[tokio::test]
async fn an_encrypted_key_is_opened_by_its_passphrase() {
    let (lab, web) = Lab::with_one(Sshd::new());
    for kind in ["ed25519", "rsa"] {
        let name = format!("locked_{kind}");
        let key = lab.new_key(&name, kind, "open sesame");
        lab.authorize(&name);
        let request = on("web", "echo in").identity(&key);
        let client = Client::of(&lab);
        let why = client.not_sent(&request).await;
        assert!(why.contains(&name) && why.contains("encrypted"), "{why}");
        let why = client.not_sent(&request.clone().passphrase("wrong")).await;
        assert!(why.contains("passphrase") && !why.contains("wrong"), "{why}");
        assert_eq!(client.text(&request.passphrase("open sesame")).await, "in");
    }
    assert_eq!(web.log_ins(), 2);
}

/// A server that knows the key `held`, which only an agent has.
fn with_agent() -> (Lab, Host) {
    let (mut lab, web) = Lab::with_one(Sshd::new());
    lab.new_key("held", "ed25519", "");
    lab.new_key("other", "rsa", "");
    lab.authorize("held");
    let socket = lab.agent(&["other", "held"]);
    std::fs::remove_file(lab.path("held")).unwrap();
    std::fs::remove_file(lab.path("id_ed25519")).unwrap();
    lab.configure(&format!("IdentityAgent {}\n", socket.display()));
    (lab, web)
}

#[tokio::test]
async fn an_agent_signs() {
    let (mut lab, web) = with_agent();
    lab.configure("IdentitiesOnly no\n");
    assert_eq!(Client::of(&lab).text(&on("web", "echo in")).await, "in");
    assert!(web.log().contains(&lab.fingerprint("held")));
}

#[tokio::test]
async fn identities_only_picks_the_agents_key_by_its_public_half() {
    let (mut lab, web) = with_agent();
    let why = Client::of(&lab).not_sent(&on("web", "echo in")).await;
    assert!(!why.contains(&lab.fingerprint("held")), "not offered: {why}");
    lab.configure(&format!("IdentityFile {}.pub\n", lab.text("held")));
    assert_eq!(Client::of(&lab).text(&on("web", "echo in")).await, "in");
    assert!(!web.log().contains(&lab.fingerprint("other")), "not offered");
}

#[tokio::test]
async fn an_agent_that_is_gone_is_no_obstacle() {
    let (mut lab, _web) = Lab::with_one(Sshd::new());
    lab.configure(&format!("IdentityAgent {}\n", lab.text("nobody")));
    assert_eq!(Client::of(&lab).text(&on("web", "echo in")).await, "in");
}

/// A server that takes certificates of `ca` alone, and a key `id_ed25519` that it has not listed.
fn with_authority() -> (Lab, Host) {
    let mut lab = Lab::new();
    lab.new_key("ca", "ed25519", "");
    std::fs::write(lab.path("authorized_keys"), "").unwrap();
    let trust = format!("TrustedUserCAKeys {}.pub", lab.text("ca"));
    let web = lab.start("web", Sshd::new().option(&trust));
    (lab, web)
}

#[tokio::test]
async fn a_certificate_beside_the_key_is_used() {
    let (lab, web) = with_authority();
    let request = on("web", "echo in");
    Client::of(&lab).not_sent(&request).await;
    lab.certify("ca", "id_ed25519", &["-n", "nobody-here"]);
    Client::of(&lab).not_sent(&request).await;
    lab.certify("ca", "id_ed25519", &["-n", &super::lab::me(), "-V", "20200101:20200102"]);
    Client::of(&lab).not_sent(&request).await;
    assert_eq!(web.log_ins(), 0);
    lab.certify("ca", "id_ed25519", &["-n", &super::lab::me(), "-V", "+1h"]);
    assert_eq!(Client::of(&lab).text(&request).await, "in");
    assert!(web.log().contains("ED25519-CERT"), "by certificate");
}

#[tokio::test]
async fn certificate_file_names_a_certificate_elsewhere() {
    let (mut lab, _web) = with_authority();
    let made = lab.certify("ca", "id_ed25519", &["-n", &super::lab::me()]);
    std::fs::rename(made, lab.path("elsewhere")).unwrap();
    lab.configure(&format!("CertificateFile {}\n", lab.text("elsewhere")));
    assert_eq!(Client::of(&lab).text(&on("web", "echo in")).await, "in");
}

#[tokio::test]
async fn an_agents_certificate_is_used() {
    let (mut lab, web) = with_authority();
    lab.certify("ca", "id_ed25519", &["-n", &super::lab::me()]);
    let socket = lab.agent(&["id_ed25519"]);
    for name in ["id_ed25519", "id_ed25519-cert.pub"] {
        std::fs::remove_file(lab.path(name)).unwrap();
    }
    lab.configure(&format!("IdentitiesOnly no\nIdentityAgent {}\n", socket.display()));
    assert_eq!(Client::of(&lab).text(&on("web", "echo in")).await, "in");
    assert!(web.log().contains("ED25519-CERT"), "by certificate");
}

fn ann() -> User {
    User::new("rutter-ann", "pässword; $x")
}

#[tokio::test]
async fn by_password() {
    let sshd = Sshd::new().users(&[ann()]).option("PasswordAuthentication yes");
    let (lab, web) = Lab::with_one(sshd.option("PubkeyAuthentication no"));
    let request = on("web", "id -un").user("rutter-ann");
    let why = Client::of(&lab).not_sent(&request).await;
    assert!(why.contains("rutter-ann") && why.contains("password"), "{why}");
    let why = Client::of(&lab).not_sent(&request.clone().password("wrong")).await;
    assert!(!why.contains("wrong"), "{why}");
    assert_eq!(web.log_ins(), 0);
    assert_eq!(Client::of(&lab).text(&request.password("pässword; $x")).await, "rutter-ann");
}

/// PAM of the namespace's own: what asks for a password as a conversation.
const PAM: &str = "printf 'auth required pam_unix.so\\naccount required pam_unix.so\\n\
                   session required pam_permit.so\\n' >/etc/pam.d/sshd";

#[tokio::test]
async fn by_a_password_that_is_asked_for_in_a_conversation() {
    let sshd = Sshd::new().users(&[ann()]).setup(PAM).option("UsePAM yes");
    let sshd = sshd.option("KbdInteractiveAuthentication yes").option("PubkeyAuthentication no");
    let (lab, web) = Lab::with_one(sshd);
    let request = on("web", "id -un").user("rutter-ann");
    Client::of(&lab).not_sent(&request.clone().password("wrong")).await;
    assert_eq!(Client::of(&lab).text(&request.password("pässword; $x")).await, "rutter-ann");
    assert!(web.log().contains("Accepted keyboard-interactive"));
}

#[tokio::test]
async fn by_a_key_and_then_a_password() {
    let sshd = Sshd::new().users(&[ann()]).option("PasswordAuthentication yes");
    let (lab, web) = Lab::with_one(sshd.option("AuthenticationMethods publickey,password"));
    let request = on("web", "id -un").user("rutter-ann");
    Client::of(&lab).not_sent(&request).await;
    assert_eq!(Client::of(&lab).text(&request.password("pässword; $x")).await, "rutter-ann");
    assert_eq!(web.log_ins(), 1);
}
