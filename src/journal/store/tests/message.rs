//! Messages for whoever carries a run out.

use super::support::*;
use crate::journal::store::{Message, StoreError};

fn approve(yes: bool) -> Message {
    Message::Approve { gate: "stage:1/0".to_owned(), plan: "f00".to_owned(), yes, reason: None }
}

#[test]
fn messages_come_from_elsewhere_in_order() {
    let (place, store, run) = Place::with_run();
    let other = super::support::run("other");
    create(&store, &other);
    let elsewhere = place.open();
    elsewhere.post(&run, &Message::Stop { cancel: false }, &mia()).unwrap();
    elsewhere.post(&other, &Message::Stop { cancel: true }, &mia()).unwrap();
    place.hands.pass(3);
    elsewhere.post(&run, &approve(true), &mia()).unwrap();
    let got = store.messages(&run, 0).unwrap();
    let what: Vec<_> = got.iter().map(|(_, posted)| posted.message.clone()).collect();
    assert_eq!(what, [Message::Stop { cancel: false }, approve(true)]);
    assert_eq!((&got[1].1.by, got[1].1.at), (&mia(), noon(3)));
    assert_eq!(store.messages(&run, got[0].0).unwrap(), got[1..]);
    assert_eq!(store.messages(&run, got[1].0).unwrap(), []);
}

#[test]
fn what_was_dealt_with_does_not_come_again() {
    let (place, store, run) = Place::with_run();
    store.post(&run, &approve(true), &mia()).unwrap();
    let (number, _) = store.messages(&run, 0).unwrap()[0];
    store.post(&run, &approve(false), &mia()).unwrap();
    store.dealt_with(&run, number).unwrap();
    let left = place.open().messages(&run, 0).unwrap();
    assert_eq!(left.iter().map(|(_, posted)| &posted.message).collect::<Vec<_>>(), [&approve(false)]);
}

#[test]
fn a_run_that_is_not_there_gets_none() {
    let (_place, store, _) = Place::with_run();
    let missing = store.post(&run("nobody"), &approve(true), &mia()).unwrap_err();
    assert_eq!(missing, StoreError::NoRun { run: "nobody".to_owned() });
}
