//! One connection a host: its sessions, its loss, and what is known then.

use std::io::Read;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use futures::future::join_all;
use rutter::backend::{Cut, Reply};

use super::lab::{Host, Lab, Sshd, alive, signal};
use super::support::{Client, Saying, answered, comes_true, not_sent, on, unknown};

/// Thirty commands at once on a server with so many sessions a connection.
async fn thirty_at_once(sessions: usize) {
    let (lab, web) = Lab::with_one(Sshd::new().option(&format!("MaxSessions {sessions}")));
    let client = Client::of(&lab);
    let asked = (0..30).map(|at| client.begin(on("web", &format!("sleep 0.1; echo {at}"))));
    for (at, reply) in join_all(asked).await.into_iter().enumerate() {
        assert_eq!(answered(reply.unwrap()).stdout, format!("{at}\n"));
    }
    assert_eq!((web.connections(), web.log_ins()), (1, 1));
}

#[tokio::test]
async fn thirty_commands_with_one_session() {
    thirty_at_once(1).await;
}

#[tokio::test]
async fn thirty_commands_with_two_sessions() {
    thirty_at_once(2).await;
}

#[tokio::test]
async fn thirty_commands_with_ten_sessions() {
    thirty_at_once(10).await;
}

#[tokio::test]
async fn a_server_that_takes_no_session_is_told() {
    let (lab, web) = Lab::with_one(Sshd::new().option("MaxSessions 0"));
    let why = Client::of(&lab).not_sent(&on("web", "echo in").within(Duration::from_secs(10))).await;
    assert!(!why.is_empty());
    assert_eq!(web.log().matches("Starting session").count(), 0);
}

#[tokio::test]
async fn a_slow_command_does_not_hold_the_others_up() {
    let (lab, web) = Lab::with_one(Sshd::new().option("MaxSessions 2"));
    let client = Client::of(&lab);
    let slow = client.begin(on("web", "sleep 30"));
    comes_true("the slow command to run", || !web.started().is_empty()).await;
    for at in 0..10 {
        assert_eq!(client.text(&on("web", &format!("echo {at}"))).await, at.to_string());
    }
    assert!(!slow.is_finished());
    slow.abort();
}

#[tokio::test]
async fn twelve_hosts_at_a_door_that_lets_two_wait() {
    let (lab, web) = Lab::with_one(Sshd::new().on_addresses(12).option("MaxStartups 2:100:2"));
    let client = Client::of(&lab);
    let asked = (0..12).map(|at| client.begin(on(&format!("web{at}"), "echo in")));
    for reply in join_all(asked).await {
        assert_eq!(answered(reply.unwrap()).stdout, "in\n");
    }
    assert!(web.log().contains("past MaxStartups"), "there was pressure: {}", web.log());
}

#[tokio::test]
async fn the_connection_is_used_again() {
    let (lab, web) = Lab::with_one(Sshd::new());
    let client = Client::of(&lab);
    for at in 0..20 {
        assert_eq!(client.text(&on("web", &format!("echo {at}"))).await, at.to_string());
    }
    assert_eq!((web.connections(), web.log_ins()), (1, 1));
}

#[tokio::test]
async fn who_comes_as_another_user_has_another_connection() {
    let (mut lab, web) = Lab::with_one(Sshd::new());
    lab.configure(&format!("Host twin\n  HostName {}\n  Port {}\nHost *\n", web.address(), web.port));
    let client = Client::of(&lab);
    client.text(&on("web", "true")).await;
    let other = lab.new_key("other", "ed25519", "");
    lab.authorize("other");
    client.text(&on("web", "true").identity(&other)).await;
    assert_eq!(web.log_ins(), 2, "{}", web.log());
}

/// A client with a command `sleep` under way on `web`.
async fn under_way(lab: &Lab, web: &Host) -> (Client, tokio::task::JoinHandle<Reply>) {
    let client = Client::of(lab);
    let reply = client.begin(on("web", "sleep 300"));
    comes_true("the command to run", || web.started().iter().any(|one| one.name == "sleep")).await;
    (client, reply)
}

#[tokio::test]
async fn a_server_that_dies_leaves_doubt_and_the_next_command_a_new_connection() {
    let (lab, web) = Lab::with_one(Sshd::new());
    let (client, reply) = under_way(&lab, &web).await;
    web.drop_connections();
    let (why, detail) = unknown(reply.await.unwrap());
    assert_eq!(why, Cut::ConnectionLost);
    assert!(!detail.is_empty());
    assert_eq!(client.text(&on("web", "echo in")).await, "in");
    assert_eq!(web.connections(), 2);
}

#[tokio::test]
async fn all_that_is_under_way_on_a_lost_connection_is_in_doubt() {
    let (lab, web) = Lab::with_one(Sshd::new());
    let client = Client::of(&lab);
    let replies: Vec<_> = (0..5).map(|_| client.begin(on("web", "sleep 300"))).collect();
    let sleeping = || web.started().iter().filter(|one| one.name == "sleep").count();
    comes_true("five commands to run", || sleeping() == 5).await;
    web.drop_connections();
    for reply in join_all(replies).await {
        assert_eq!(unknown(reply.unwrap()).0, Cut::ConnectionLost);
    }
}

#[tokio::test]
async fn a_command_of_an_idle_connection_that_was_lost_is_sent_on_a_new_one() {
    let (lab, web) = Lab::with_one(Sshd::new());
    let client = Client::of(&lab);
    client.text(&on("web", "true")).await;
    web.drop_connections();
    // Whether the loss was noticed yet or not, nothing was sent: it is said, or mended.
    match client.perform(&on("web", "echo in")).await {
        Reply::NotSent { .. } => {}
        reply => assert_eq!(answered(reply).stdout, "in\n"),
    }
    assert_eq!(client.text(&on("web", "echo in")).await, "in");
}

#[tokio::test]
async fn a_server_that_does_not_answer_any_more_is_noticed() {
    let (mut lab, web) = Lab::with_one(Sshd::new());
    lab.configure("ServerAliveInterval 1\nServerAliveCountMax 2\n");
    let (client, reply) = under_way(&lab, &web).await;
    let serving = web.serving();
    signal("STOP", serving.iter().copied());
    let (why, detail) = unknown(reply.await.unwrap());
    assert_eq!(why, Cut::ConnectionLost, "before the command's minute was over");
    assert!(!detail.is_empty());
    assert!(serving.iter().all(|pid| alive(*pid)));
    assert_eq!(client.text(&on("web", "echo in")).await, "in");
    assert_eq!(web.connections(), 2);
}

#[tokio::test]
async fn a_command_for_a_server_that_does_not_answer_is_not_sent() {
    let (mut lab, web) = Lab::with_one(Sshd::new());
    lab.configure("ServerAliveInterval 1\nServerAliveCountMax 2\n");
    let client = Client::of(&lab);
    client.text(&on("web", "true")).await;
    signal("STOP", web.serving());
    match client.perform(&on("web", "echo in")).await {
        Reply::NotSent { .. } => {}
        reply => assert_eq!(answered(reply).stdout, "in\n"),
    }
    assert_eq!(client.text(&on("web", "echo in")).await, "in");
}

#[tokio::test]
async fn who_is_not_there_gets_nothing() {
    let mut lab = Lab::new();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    lab.configure(&format!("Host closed\n  HostName 127.0.0.1\n  Port {closed}\nHost *\n"));
    let client = Client::of(&lab);
    let limit = Duration::from_secs(10);
    let why = client.not_sent(&on("closed", "true").within(limit)).await;
    assert!(why.contains("refused") && why.contains("127.0.0.1"), "{why}");
    let why = client.not_sent(&on("no-such-host.invalid", "true").within(limit)).await;
    assert!(why.contains("no-such-host.invalid"), "{why}");
}

/// A listener that does `serve` with every connection, and its client's configuration as `odd`.
fn odd_server(serve: impl Fn(std::net::TcpStream) + Send + 'static) -> Lab {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.incoming().for_each(|stream| serve(stream.unwrap())));
    let mut lab = Lab::new();
    lab.configure(&format!("Host odd\n  HostName 127.0.0.1\n  Port {port}\nHost *\n"));
    lab
}

#[tokio::test]
async fn who_never_speaks_gets_nothing() {
    let kept = std::sync::Mutex::new(vec![]);
    let lab = odd_server(move |stream| kept.lock().unwrap().push(stream));
    let began = Instant::now();
    Client::of(&lab).not_sent(&on("odd", "true").within(Duration::from_secs(2))).await;
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn connect_timeout_is_heeded() {
    let kept = std::sync::Mutex::new(vec![]);
    let mut lab = odd_server(move |stream| kept.lock().unwrap().push(stream));
    lab.configure("ConnectTimeout 1\n");
    let began = Instant::now();
    Client::of(&lab).not_sent(&on("odd", "true")).await;
    assert!(began.elapsed() < Duration::from_secs(50), "before the command's minute");
}

#[tokio::test]
async fn who_hangs_up_at_once_gets_nothing() {
    let lab = odd_server(drop);
    Client::of(&lab).not_sent(&on("odd", "true").within(Duration::from_secs(3))).await;
}

#[tokio::test]
async fn who_speaks_another_language_gets_nothing() {
    let lab = odd_server(|mut stream| {
        use std::io::Write;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
        let _ = stream.write_all(&[b'x'; 100_000]);
        let _ = stream.read(&mut [0; 1000]);
    });
    Client::of(&lab).not_sent(&on("odd", "true").within(Duration::from_secs(5))).await;
}

#[tokio::test]
async fn a_server_that_is_shut_while_it_is_asked_is_in_doubt_or_not_sent_but_never_done() {
    let (lab, web) = Lab::with_one(Sshd::new());
    let client = Client::of(&lab);
    for round in 0..5 {
        let mark = lab.path(&format!("mark{round}"));
        let reply = client.begin(on("web", &format!("touch {}; sleep 300", mark.display())));
        tokio::time::sleep(Duration::from_millis(20 * round)).await;
        while !reply.is_finished() {
            web.drop_connections();
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        match reply.await.unwrap() {
            reply @ Reply::NotSent { .. } => {
                not_sent(reply);
                assert!(!mark.exists(), "said to be not sent, and it ran");
            }
            reply => assert_eq!(unknown(reply).0, Cut::ConnectionLost),
        }
    }
}
