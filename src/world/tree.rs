//! The state of a world as a tree that can be changed in place.
//!
//! A `Tree` is shared until it is written: an expression reads it as a [`Value`] without a copy,
//! and a `set` copies only what somebody still holds.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use indexmap::{Equivalent, IndexMap};
use minijinja::value::{DynObject, Enumerator, Object, ObjectRepr, ValueKind};

use crate::finding::nearest;
use crate::value::Value;

/// A state that is nested deeper is an error: it is built in a loop by mistake.
const DEEPEST: usize = 64;
/// A longer string is an error, for the same reason.
const LONGEST: usize = 16 << 20;

/// A value that can be changed in its parts.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    Leaf(Value),
    List(Arc<ListNode>),
    Map(Arc<MapNode>),
}

#[derive(Clone, Debug)]
pub(super) struct ListNode {
    items: Vec<Tree>,
    depth: usize,
}

#[derive(Clone, Debug)]
pub(super) struct MapNode {
    entries: IndexMap<Key, Tree>,
    depth: usize,
}

/// The key of a map: text, or a whole number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Text(Arc<str>),
    Int(i64),
}

/// A key that is only borrowed.
#[derive(PartialEq, Eq)]
struct TextKey<'a>(&'a str);

/// One step into a tree.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// `.field`: it must be there.
    Field(String),
    /// `[key]`: the last of a path may be new in a map.
    Index(Value),
}

/// Why a step leads nowhere, or a value can't be kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TreeError {
    /// Which step of the path, from 0; past the last one, the value itself.
    pub step: usize,
    pub why: String,
    pub help: Option<String>,
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Key::Text(text) => text.hash(state),
            Key::Int(number) => number.hash(state),
        }
    }
}

impl Hash for TextKey<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Equivalent<Key> for TextKey<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        matches!(key, Key::Text(text) if **text == *self.0)
    }
}

impl Key {
    fn of(value: &Value) -> Option<Key> {
        match value.as_str() {
            Some(text) => Some(Key::Text(text.into())),
            None => value.as_i64().map(Key::Int),
        }
    }

    fn value(&self) -> Value {
        match self {
            Key::Text(text) => Value::from(Arc::clone(text)),
            Key::Int(number) => Value::from(*number),
        }
    }
}

impl Object for MapNode {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.entries.get(&Key::of(key)?).map(Tree::value)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.entries.get(&TextKey(key)).map(Tree::value)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.entries.keys().map(Key::value).collect())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.entries.len())
    }
}

impl Object for ListNode {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.items.get(key.as_usize()?).map(Tree::value)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.items.len())
    }
}

impl Tree {
    /// Takes a value in; what it is made of is shared where it came out of a tree.
    pub(super) fn new(value: &Value) -> Result<Self, TreeError> {
        Self::nested(value, DEEPEST).map_err(|why| TreeError { step: usize::MAX, why, help: None })
    }

    fn nested(value: &Value, room: usize) -> Result<Self, String> {
        let tree = match Self::shared(value) {
            Some(tree) => tree,
            None => Self::copied(value, room)?,
        };
        if tree.depth() > room {
            return Err(format!("it is nested deeper than {DEEPEST} levels"));
        }
        Ok(tree)
    }

    fn shared(value: &Value) -> Option<Self> {
        let map = value.downcast_object::<MapNode>().map(Tree::Map);
        map.or_else(|| value.downcast_object::<ListNode>().map(Tree::List))
    }

    fn copied(value: &Value, room: usize) -> Result<Self, String> {
        match value.kind() {
            ValueKind::Map | ValueKind::Seq | ValueKind::Iterable if room == 0 => {
                Err(format!("it is nested deeper than {DEEPEST} levels"))
            }
            ValueKind::Map => Self::copied_map(value, room - 1),
            ValueKind::Seq | ValueKind::Iterable => Self::copied_list(value, room - 1),
            ValueKind::String if value.as_str().is_some_and(|text| text.len() > LONGEST) => {
                Err("it is a text of more than 16 MB".to_owned())
            }
            _ => Ok(Tree::Leaf(value.clone())),
        }
    }

    fn copied_map(value: &Value, room: usize) -> Result<Self, String> {
        let mut entries = IndexMap::new();
        for key in value.try_iter().map_err(|error| error.to_string())? {
            let item = value.get_item(&key).map_err(|error| error.to_string())?;
            let key = Key::of(&key).ok_or("its keys must be strings or whole numbers")?;
            entries.insert(key, Self::nested(&item, room)?);
        }
        let depth = 1 + entries.values().map(Tree::depth).max().unwrap_or(0);
        Ok(Tree::Map(Arc::new(MapNode { entries, depth })))
    }

    fn copied_list(value: &Value, room: usize) -> Result<Self, String> {
        let items = value.try_iter().map_err(|error| error.to_string())?;
        let items: Vec<Tree> = items.map(|item| Self::nested(&item, room)).collect::<Result<_, _>>()?;
        let depth = 1 + items.iter().map(Tree::depth).max().unwrap_or(0);
        Ok(Tree::List(Arc::new(ListNode { items, depth })))
    }

    fn depth(&self) -> usize {
        match self {
            Tree::Leaf(_) => 0,
            Tree::List(list) => list.depth,
            Tree::Map(map) => map.depth,
        }
    }

    /// The tree as an expression sees it, now; later changes are not seen through it.
    pub(super) fn value(&self) -> Value {
        match self {
            Tree::Leaf(value) => value.clone(),
            Tree::List(list) => Value::from_dyn_object(DynObject::new(Arc::clone(list))),
            Tree::Map(map) => Value::from_dyn_object(DynObject::new(Arc::clone(map))),
        }
    }

    /// Puts `value` at the end of `path`.
    pub(super) fn set(&mut self, path: &[Step], value: Tree) -> Result<(), TreeError> {
        if path.len() + value.depth() > DEEPEST {
            let why = format!("the state would be nested deeper than {DEEPEST} levels");
            return Err(TreeError { step: path.len(), why, help: None });
        }
        self.set_from(path, 0, value)
    }

    fn set_from(&mut self, path: &[Step], at: usize, value: Tree) -> Result<(), TreeError> {
        let Some(step) = path.get(at) else {
            *self = value;
            return Ok(());
        };
        let deep = path.len() - at + value.depth();
        let last = at + 1 == path.len();
        let place = self.place(step, last, deep).map_err(|(why, help)| TreeError { step: at, why, help })?;
        place.set_from(path, at + 1, value)
    }

    /// The part of this tree that `step` leads to; `deep` is how deep it will be from here.
    fn place(&mut self, step: &Step, last: bool, deep: usize) -> Result<&mut Tree, (String, Option<String>)> {
        match (self, step) {
            (Tree::Leaf(value), _) => Err((format!("this is a {}: it has no parts", value.kind()), None)),
            (Tree::List(list), step) => {
                let list = Arc::make_mut(list);
                list.depth = list.depth.max(deep);
                list.item(step).map_err(|why| (why, None))
            }
            (Tree::Map(map), step) => {
                let map = Arc::make_mut(map);
                map.depth = map.depth.max(deep);
                map.entry(step, last)
            }
        }
    }
}

impl ListNode {
    fn item(&mut self, step: &Step) -> Result<&mut Tree, String> {
        let count = self.items.len();
        let index = match step {
            Step::Field(name) => return Err(format!("this is a list: it has no field `{name}`")),
            Step::Index(index) => index.as_usize(),
        };
        let item = index.and_then(|index| self.items.get_mut(index));
        item.ok_or_else(|| format!("the list has {count} items, counted from 0"))
    }
}

impl MapNode {
    fn entry(&mut self, step: &Step, last: bool) -> Result<&mut Tree, (String, Option<String>)> {
        let (key, may_be_new) = match step {
            Step::Field(name) => (Some(Key::Text(name.as_str().into())), false),
            Step::Index(index) => (Key::of(index), last),
        };
        let key = key.ok_or_else(|| ("a key is a string or a whole number".to_owned(), None))?;
        if !may_be_new && !self.entries.contains_key(&key) {
            return Err(self.missing(&key, last));
        }
        Ok(self.entries.entry(key).or_insert_with(|| Tree::Leaf(Value::from(()))))
    }

    fn missing(&self, key: &Key, last: bool) -> (String, Option<String>) {
        let name = key.value().to_string();
        let known = self.entries.keys().filter_map(|key| match key {
            Key::Text(text) => Some(&**text),
            Key::Int(_) => None,
        });
        let help = match nearest(&name, known) {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if last => Some(format!("a new key is made with brackets: `[\"{name}\"]`")),
            None => None,
        };
        (format!("there is no `{name}` here"), help)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::context;

    fn field(name: &str) -> Step {
        Step::Field(name.to_owned())
    }

    fn index(key: impl Into<Value>) -> Step {
        Step::Index(key.into())
    }

    fn vm() -> Tree {
        Tree::new(&context! { vm => context! { up => true, boots => 1 }, hosts => vec!["a", "b"] }).unwrap()
    }

    fn leaf(value: impl Into<Value>) -> Tree {
        Tree::Leaf(value.into())
    }

    #[test]
    fn a_part_is_changed_and_what_was_read_before_stays() {
        let mut tree = vm();
        let before = tree.value();
        tree.set(&[field("vm"), field("up")], leaf(false)).unwrap();
        tree.set(&[field("hosts"), index(1)], leaf("c")).unwrap();
        assert_eq!(
            tree.value(),
            context! { vm => context! { up => false, boots => 1 }, hosts => vec!["a", "c"] }
        );
        assert_eq!(before, vm().value());
    }

    #[test]
    fn what_nobody_holds_is_changed_in_place() {
        let mut tree = vm();
        let Tree::Map(map) = &tree else { panic!("a map") };
        let address = Arc::as_ptr(map);
        tree.set(&[field("vm"), field("up")], leaf(false)).unwrap();
        let Tree::Map(map) = &tree else { panic!("a map") };
        assert_eq!(Arc::as_ptr(map), address);
    }

    #[test]
    fn a_key_in_brackets_may_be_new_and_a_field_may_not() {
        let mut tree = vm();
        tree.set(&[field("vm"), index("sku")], leaf("D4")).unwrap();
        let error = tree.set(&[field("vm"), field("uup")], leaf(1)).unwrap_err();
        assert_eq!((error.step, error.why.as_str()), (1, "there is no `uup` here"));
        assert_eq!(error.help.as_deref(), Some("did you mean `up`?"));
        let error = tree.set(&[field("vm"), field("colour")], leaf(1)).unwrap_err();
        assert_eq!(error.help.as_deref(), Some("a new key is made with brackets: `[\"colour\"]`"));
        let error = tree.set(&[index("nope"), index("x")], leaf(1)).unwrap_err();
        assert_eq!((error.step, error.why.as_str()), (0, "there is no `nope` here"));
    }

    #[test]
    fn steps_into_what_has_no_parts_are_errors() {
        let mut tree = vm();
        let error = tree.set(&[field("vm"), field("boots"), field("x")], leaf(1)).unwrap_err();
        assert_eq!((error.step, error.why.as_str()), (2, "this is a number: it has no parts"));
        let error = tree.set(&[field("hosts"), index(2)], leaf(1)).unwrap_err();
        assert_eq!(error.why, "the list has 2 items, counted from 0");
        let error = tree.set(&[field("hosts"), field("a")], leaf(1)).unwrap_err();
        assert_eq!(error.why, "this is a list: it has no field `a`");
    }

    #[test]
    fn a_state_that_grows_without_end_is_refused() {
        let mut tree = Tree::new(&Value::from(vec![1])).unwrap();
        let refused = (0..100).find_map(|_| {
            let wrapped = Tree::new(&Value::from(vec![tree.value()]));
            wrapped.map(|wrapped| tree = wrapped).err()
        });
        assert_eq!(refused.unwrap().why, "it is nested deeper than 64 levels");
    }

    #[test]
    fn keys_may_be_numbers() {
        let one = Value::from_pairs([(Value::from(1), Value::from("x"))]);
        let mut tree = Tree::new(&one).unwrap();
        tree.set(&[index(1)], leaf("y")).unwrap();
        assert_eq!(tree.value().get_item(&Value::from(1)).unwrap(), Value::from("y"));
    }
}
