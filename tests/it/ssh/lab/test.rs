//! The lab itself, by OpenSSH's own client.

use super::{Lab, Sshd, User, output, patience, wait_until};

#[test]
fn a_server_is_reached_by_key_and_gone_with_its_lab() {
    let (lab, web) = Lab::with_one(Sshd::new());
    assert_eq!(output(&mut lab.ssh(&["web", "echo $RUTTER_LAB"])).trim(), lab.text("sshd-web"));
    assert_eq!((web.connections(), web.log_ins()), (1, 1));
    output(&mut lab.ssh(&["web", "sleep 600 >/dev/null 2>&1 & setsid sleep 601 >/dev/null 2>&1 &"]));
    wait_until(patience(), "both to run", || web.started().len() == 2);
    drop(lab);
    assert!(web.started().is_empty());
    assert!(std::net::TcpStream::connect((web.addresses[0], web.port)).is_err());
}

#[test]
fn several_addresses_are_several_hosts() {
    let mut lab = Lab::new();
    let web = lab.start("web", Sshd::new().on_addresses(3).host_keys(&["rsa", "ecdsa"]));
    for (host, address) in ["web0", "web1", "web2"].iter().zip(&web.addresses) {
        let seen = output(&mut lab.ssh(&[host, "set $SSH_CONNECTION; echo $3"]));
        assert_eq!(seen.trim(), address.to_string());
    }
}

#[test]
fn users_are_there_only_in_the_namespaces_of_their_server() {
    let before = std::fs::read("/etc/passwd").unwrap();
    let ann = User::new("rutter-ann", "pass word").sudoer();
    let (lab, web) = Lab::with_one(Sshd::new().users(&[ann]));
    let seen =
        output(&mut lab.ssh(&["rutter-ann@web", "id -un; pwd; echo 'pass word' | sudo -S -p '' id -un"]));
    assert_eq!(seen, format!("rutter-ann\n{}\nroot\n", lab.text("home/rutter-ann")));
    assert_eq!(std::fs::read("/etc/passwd").unwrap(), before);
    output(&mut lab.ssh(&["rutter-ann@web", "setsid sleep 601 >/dev/null 2>&1 &"]));
    wait_until(patience(), "it to run", || web.started().len() == 1);
    drop(lab);
    assert!(web.started().is_empty());
}
