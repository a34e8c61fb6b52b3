//! Files over SFTP: whole or not at all, with their modes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use rutter::backend::{Operation, Reply, Request};

use super::lab::{Host, Lab, Sshd, User, permit};
use super::support::{Client, Saying, comes_true, done, not_sent, to};

fn put(local: &Path, remote: &Path) -> Request {
    let (local, remote) = (local.display().to_string(), remote.display().to_string());
    to("web", Operation::Put { local, remote })
}

fn get(remote: &Path, local: &Path) -> Request {
    let (local, remote) = (local.display().to_string(), remote.display().to_string());
    to("web", Operation::Get { remote, local })
}

/// A lab with an empty folder `there`.
fn with_folder() -> (Lab, Host) {
    let lab_and_host = Lab::with_one(Sshd::new());
    fs::create_dir(lab_and_host.0.path("there")).unwrap();
    lab_and_host
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// The names in the folder `there`.
fn names(lab: &Lab) -> Vec<String> {
    let entries = fs::read_dir(lab.path("there")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Bytes of which no part is like another.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..len).map(next).collect()
}

#[tokio::test]
async fn files_of_all_sizes_go_there_and_back() {
    let (lab, _web) = with_folder();
    let client = Client::of(&lab);
    for size in [0, 1, 32 * 1024, 255 * 1024 + 1, 5_000_000] {
        let bytes = noise(size);
        fs::write(lab.path("from"), &bytes).unwrap();
        done(client.perform(&put(&lab.path("from"), &lab.path("there/a file"))).await);
        assert!(fs::read(lab.path("there/a file")).unwrap() == bytes, "put {size}");
        done(client.perform(&get(&lab.path("there/a file"), &lab.path("back"))).await);
        assert!(fs::read(lab.path("back")).unwrap() == bytes, "get {size}");
    }
    assert_eq!(names(&lab), ["a file"], "nothing else is left there");
}

#[tokio::test]
async fn modes_go_along() {
    let (lab, _web) = with_folder();
    let client = Client::of(&lab);
    fs::write(lab.path("from"), "#!/bin/sh\n").unwrap();
    for wanted in [0o755, 0o600, 0o644, 0o400] {
        permit(&lab.path("from"), wanted);
        let remote = lab.path(&format!("there/{wanted:o}"));
        done(client.perform(&put(&lab.path("from"), &remote)).await);
        assert_eq!(mode(&remote), wanted, "put");
        let local = lab.path(&format!("back{wanted:o}"));
        done(client.perform(&get(&remote, &local)).await);
        assert_eq!(mode(&local), wanted, "get");
    }
}

#[tokio::test]
async fn a_file_that_is_there_is_replaced() {
    let (lab, _web) = with_folder();
    let client = Client::of(&lab);
    fs::write(lab.path("from"), "new").unwrap();
    fs::write(lab.path("there/a"), "old and longer").unwrap();
    done(client.perform(&put(&lab.path("from"), &lab.path("there/a"))).await);
    assert_eq!(fs::read_to_string(lab.path("there/a")).unwrap(), "new");
    assert_eq!(names(&lab), ["a"]);
}

#[tokio::test]
async fn what_is_not_there_is_said_and_nothing_is_left() {
    let (lab, _web) = with_folder();
    let client = Client::of(&lab);
    fs::write(lab.path("from"), "new").unwrap();
    let why = not_sent(client.perform(&put(&lab.path("none"), &lab.path("there/a"))).await);
    assert!(why.contains("none"), "{why}");
    let why = not_sent(client.perform(&put(&lab.path("from"), &lab.path("nowhere/a"))).await);
    assert!(why.contains("nowhere"), "{why}");
    let why = not_sent(client.perform(&get(&lab.path("there/none"), &lab.path("there/back"))).await);
    assert!(why.contains("none"), "{why}");
    assert!(names(&lab).is_empty(), "{:?}", names(&lab));
}

#[tokio::test]
async fn a_server_without_sftp_is_said() {
    let (lab, _web) = Lab::with_one(Sshd::new().option("Subsystem sftp /bin/false"));
    fs::write(lab.path("from"), "new").unwrap();
    let reply = Client::of(&lab).perform(&put(&lab.path("from"), &lab.path("a"))).await;
    not_sent(reply);
}

#[tokio::test]
async fn who_reads_meanwhile_sees_the_old_file_or_the_new_one() {
    let (lab, _web) = with_folder();
    let client = Client::of(&lab);
    let remote = lab.path("there/a");
    fs::write(lab.path("from"), noise(3_000_000)).unwrap();
    fs::write(&remote, "old").unwrap();
    let putting = tokio::spawn({
        let (client, request) = (client.clone(), put(&lab.path("from"), &remote));
        async move { client.perform(&request).await }
    });
    while !putting.is_finished() {
        let size = fs::metadata(&remote).unwrap().len();
        assert!(size == 3 || size == 3_000_000, "{size}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    done(putting.await.unwrap());
}

#[tokio::test]
async fn a_transfer_whose_link_drops_is_taken_up_where_it_was() {
    let (lab, web) = with_folder();
    let client = Client::of(&lab);
    let bytes = noise(80_000_000);
    fs::write(lab.path("from"), &bytes).unwrap();
    let request = put(&lab.path("from"), &lab.path("there/a"));
    let first = tokio::spawn({
        let (client, request) = (client.clone(), request.clone());
        async move { client.perform(&request).await }
    });
    let arrived = || {
        let entries = fs::read_dir(lab.path("there")).unwrap();
        entries.filter_map(|entry| Some(entry.ok()?.metadata().ok()?.len())).sum::<u64>()
    };
    comes_true("a part to arrive", || arrived() > 1_000_000).await;
    web.drop_connections();
    let reply = first.await.unwrap();
    if !matches!(reply, Reply::Answered(_)) {
        assert!(!lab.path("there/a").exists(), "{reply:?}");
        done(client.perform(&request).await);
    }
    assert!(fs::read(lab.path("there/a")).unwrap() == bytes);
    assert_eq!(names(&lab), ["a"]);
}

#[tokio::test]
async fn a_part_of_another_file_is_not_taken_up() {
    let (lab, web) = with_folder();
    let client = Client::of(&lab);
    fs::write(lab.path("from"), noise(80_000_000)).unwrap();
    let request = put(&lab.path("from"), &lab.path("there/a"));
    let first = tokio::spawn({
        let (client, request) = (client.clone(), request.clone());
        async move { client.perform(&request).await }
    });
    comes_true("a part to arrive", || !names(&lab).is_empty()).await;
    web.drop_connections();
    drop(first.await.unwrap());
    let mut other = noise(80_000_000);
    other[7] ^= 1;
    fs::write(lab.path("from"), &other).unwrap();
    done(client.perform(&request).await);
    assert!(fs::read(lab.path("there/a")).unwrap() == other);
}

#[tokio::test]
async fn no_space_is_said_and_the_old_file_stays() {
    let ann = User::new("rutter-ann", "x");
    let small = "mkdir /run/small\nmount -t tmpfs -o size=1m,mode=777 tmpfs /run/small\necho old >/run/small/a\n\
                 chmod 666 /run/small/a";
    let (lab, _web) = Lab::with_one(Sshd::new().users(&[ann]).setup(small));
    let client = Client::of(&lab);
    fs::write(lab.path("from"), noise(3_000_000)).unwrap();
    let request = put(&lab.path("from"), Path::new("/run/small/a")).user("rutter-ann");
    let reply = client.perform(&request).await;
    assert!(!matches!(reply, Reply::Answered(_)), "{reply:?}");
    let said = format!("{reply:?}");
    assert!(!said.contains("panicked"), "{said}");
    let seen = super::support::on("web", "ls -A /run/small; cat /run/small/a").user("rutter-ann");
    assert_eq!(client.text(&seen).await, "a\nold");
}

#[tokio::test]
async fn a_folder_that_may_not_be_written_is_said() {
    let setup = "mkdir -m 755 /run/shut\necho old >/run/shut/a\nchmod 600 /run/shut/a";
    let (lab, _web) = Lab::with_one(Sshd::new().users(&[User::new("rutter-ann", "x")]).setup(setup));
    let client = Client::of(&lab);
    fs::write(lab.path("from"), "new").unwrap();
    let why =
        not_sent(client.perform(&put(&lab.path("from"), Path::new("/run/shut/b")).user("rutter-ann")).await);
    assert!(why.contains("/run/shut"), "{why}");
    let why =
        not_sent(client.perform(&get(Path::new("/run/shut/a"), &lab.path("back")).user("rutter-ann")).await);
    assert!(why.contains("/run/shut/a"), "{why}");
    assert!(!lab.path("back").exists());
}

#[tokio::test]
async fn paths_without_a_root_stand_in_the_home_folder() {
    let (lab, _web) = Lab::with_one(Sshd::new().users(&[User::new("rutter-ann", "x")]));
    fs::write(lab.path("from"), "new").unwrap();
    let client = Client::of(&lab);
    done(client.perform(&put(&lab.path("from"), Path::new("a")).user("rutter-ann")).await);
    assert_eq!(client.text(&super::support::on("web", "cat a").user("rutter-ann")).await, "new");
}
