//! The way to a host: through others, or by a program.

use super::lab::{Host, Lab, Sshd};
use super::support::{Client, Saying, on};

/// `first`, `second` and `web`, each a server.
fn three() -> (Lab, [Host; 3]) {
    let mut lab = Lab::new();
    let hosts = ["first", "second", "web"].map(|name| lab.start(name, Sshd::new()));
    (lab, hosts)
}

/// How many log-ins each has seen.
fn log_ins(hosts: &[Host; 3]) -> [usize; 3] {
    [hosts[0].log_ins(), hosts[1].log_ins(), hosts[2].log_ins()]
}

#[tokio::test]
async fn through_two_hosts() {
    let (mut lab, hosts) = three();
    lab.configure("Host web\n  ProxyJump first,second\nHost *\n");
    let client = Client::of(&lab);
    for _ in 0..3 {
        assert_eq!(client.text(&on("web", "echo in")).await, "in");
    }
    assert_eq!(log_ins(&hosts), [1, 1, 1]);
}

#[tokio::test]
async fn hosts_on_the_way_have_ways_of_their_own() {
    let (mut lab, hosts) = three();
    lab.configure("Host web\n  ProxyJump second\nHost second\n  ProxyJump first\nHost *\n");
    assert_eq!(Client::of(&lab).text(&on("web", "echo in")).await, "in");
    assert_eq!(log_ins(&hosts), [1, 1, 1]);
}

#[tokio::test]
async fn the_target_names_its_way() {
    let (mut lab, hosts) = three();
    lab.configure("Host web\n  ProxyJump no-such-host.invalid\nHost *\n");
    let way = format!("first,{}@{}:{}", super::lab::me(), hosts[1].address(), hosts[1].port);
    assert_eq!(Client::of(&lab).text(&on("web", "echo in").jump(&way)).await, "in");
    assert_eq!(log_ins(&hosts), [1, 1, 1]);
}

#[tokio::test]
async fn hosts_behind_one_door_share_it() {
    let (mut lab, hosts) = three();
    lab.configure("Host second web\n  ProxyJump first\nHost *\n");
    let client = Client::of(&lab);
    let (second, web) = (on("second", "echo 2"), on("web", "echo 3"));
    let (second, web) = tokio::join!(client.text(&second), client.text(&web));
    assert_eq!((second.as_str(), web.as_str()), ("2", "3"));
    assert_eq!(log_ins(&hosts), [1, 1, 1]);
}

#[tokio::test]
async fn more_hosts_behind_one_door_than_it_has_sessions() {
    let mut lab = Lab::new();
    let door = lab.start("door", Sshd::new().option("MaxSessions 1"));
    lab.start("web", Sshd::new().on_addresses(12).option("MaxStartups 100"));
    lab.configure("Host web*\n  ProxyJump door\nHost *\n");
    let client = Client::of(&lab);
    let asked = (0..12).map(|at| client.begin(on(&format!("web{at}"), "sleep 1; echo in")));
    for reply in futures::future::join_all(asked).await {
        assert_eq!(super::support::answered(reply.unwrap()).stdout, "in\n");
    }
    assert!(door.log_ins() <= 12, "{}", door.log_ins());
}

#[tokio::test]
async fn an_unknown_host_on_the_way_ends_it() {
    let mut lab = Lab::new();
    let door = lab.start("door", Sshd::new().unknown());
    let web = lab.start("web", Sshd::new());
    lab.configure("Host web\n  ProxyJump door\nHost *\n");
    let why = Client::of(&lab).not_sent(&on("web", "echo in")).await;
    assert!(why.contains("door") && why.contains("is not known"), "{why}");
    assert_eq!((door.log_ins(), web.connections()), (0, 0));
}

#[tokio::test]
async fn a_way_that_leads_nowhere_is_told() {
    let (mut lab, _hosts) = three();
    lab.configure(
        "Host nowhere\n  HostName 127.0.0.1\n  Port 1\n  ProxyJump first\nHost loop\n  ProxyJump loop\nHost *\n",
    );
    let client = Client::of(&lab);
    let why = client.not_sent(&on("nowhere", "echo in")).await;
    assert!(why.contains("nowhere") || why.contains("127.0.0.1"), "{why}");
    let why = client.not_sent(&on("loop", "echo in")).await;
    assert!(!why.is_empty());
}

#[tokio::test]
async fn a_program_carries_the_connection() {
    let (mut lab, hosts) = three();
    let carrier = format!("ssh -F {} -o ProxyCommand=none -W %h:%p second", lab.config().display());
    lab.configure(&format!("Host web\n  ProxyCommand {carrier}\nHost *\n"));
    let client = Client::of(&lab);
    assert_eq!(client.text(&on("web", "echo in")).await, "in");
    assert_eq!(log_ins(&hosts), [0, 1, 1]);
    drop(client);
}

#[tokio::test]
async fn a_program_that_fails_carries_nothing() {
    let (mut lab, hosts) = three();
    lab.configure("Host web\n  ProxyCommand echo no way out >&2; exit 7\nHost *\n");
    let why =
        Client::of(&lab).not_sent(&on("web", "echo in").within(std::time::Duration::from_secs(4))).await;
    assert!(!why.is_empty());
    assert_eq!(log_ins(&hosts), [0, 0, 0]);
}
