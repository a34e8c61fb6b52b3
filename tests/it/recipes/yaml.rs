//! YAML as JSON, for the little that is asked of a recipe.

use saphyr_parser::{Event, Parser};
use serde_json::{Map, Value};

/// Reads one document; scalars are texts.
pub fn parse(text: &str) -> Value {
    let mut events = Parser::new_from_str(text).map(|event| event.unwrap().0);
    let first = events.by_ref().find(|event| !is_around(event)).unwrap();
    let value = value(first, &mut events);
    assert!(events.all(|event| is_around(&event)), "there is more than one document");
    value
}

fn is_around(event: &Event<'_>) -> bool {
    matches!(
        event,
        Event::Nothing | Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::StreamEnd
    )
}

fn value<'t>(event: Event<'t>, rest: &mut impl Iterator<Item = Event<'t>>) -> Value {
    match event {
        Event::Scalar(text, ..) => Value::String(text.into_owned()),
        Event::SequenceStart(..) => {
            let mut list = Vec::new();
            while let Some(event) = rest.next().filter(|event| *event != Event::SequenceEnd) {
                list.push(value(event, rest));
            }
            Value::Array(list)
        }
        Event::MappingStart(..) => {
            let mut map = Map::new();
            while let Some(Event::Scalar(key, ..)) = rest.next() {
                let event = rest.next().unwrap();
                let before = map.insert(key.to_string(), value(event, rest));
                assert!(before.is_none(), "`{key}` stands there twice");
            }
            Value::Object(map)
        }
        other => panic!("recipes have no {other:?}"),
    }
}
