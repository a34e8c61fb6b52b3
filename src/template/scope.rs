//! Frames of names and their values.
//!
//! A frame is a map behind a lock, so that a block of many `let`s costs the same for each of
//! them, and minijinja reads it in place: evaluating copies nothing.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use foldhash::fast::FixedState;
use minijinja::value::{Enumerator, Object, ObjectRepr};

use crate::value::Value;

/// Names and their values: one frame of a block, and through `parent` those around it.
#[derive(Debug, Default)]
pub struct Scope {
    parent: Option<Arc<Scope>>,
    names: RwLock<Names>,
}

/// Who writes a runbook gives the names: nothing is won by names that are slow to find.
type Names = HashMap<Box<str>, Value, FixedState>;

impl Scope {
    /// A scope with nothing around it.
    #[must_use]
    pub fn root() -> Arc<Self> {
        Arc::default()
    }

    /// A scope inside this one.
    #[must_use]
    pub fn child(self: &Arc<Self>) -> Arc<Self> {
        Arc::new(Self { parent: Some(Arc::clone(self)), names: RwLock::default() })
    }

    /// A copy of this frame, inside the same ones.
    #[must_use]
    pub fn copied(&self) -> Arc<Self> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner).clone();
        Arc::new(Self { parent: self.parent.clone(), names: RwLock::new(names) })
    }

    /// The same frames with `to` in the place of `from`, if that is among them.
    #[must_use]
    pub fn moved(self: &Arc<Self>, from: &Arc<Self>, to: &Arc<Self>) -> Arc<Self> {
        if Arc::ptr_eq(self, from) {
            return Arc::clone(to);
        }
        let Some(parent) = &self.parent else { return Arc::clone(self) };
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner).clone();
        Arc::new(Self { parent: Some(parent.moved(from, to)), names: RwLock::new(names) })
    }

    /// Names a value in this frame.
    pub fn set(&self, name: &str, value: Value) {
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        names.insert(name.into(), value);
    }

    /// The value of a name here or around.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value> {
        self.frames().find_map(|frame| {
            let names = frame.names.read().unwrap_or_else(PoisonError::into_inner);
            names.get(name).cloned()
        })
    }

    /// Every name that can be seen from here, in alphabetical order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut all = Vec::new();
        for frame in self.frames() {
            let names = frame.names.read().unwrap_or_else(PoisonError::into_inner);
            all.extend(names.keys().map(ToString::to_string));
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    fn frames(&self) -> impl Iterator<Item = &Scope> {
        std::iter::successors(Some(self), |frame| frame.parent.as_deref())
    }
}

impl Object for Scope {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.get(key)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_frames_hide_outer_ones() {
        let root = Scope::root();
        root.set("a", Value::from(1));
        root.set("b", Value::from(2));
        let inner = root.child();
        inner.set("a", Value::from(3));
        assert_eq!(inner.get("a"), Some(Value::from(3)));
        assert_eq!(inner.get("b"), Some(Value::from(2)));
        assert_eq!(root.get("a"), Some(Value::from(1)));
        assert_eq!(inner.get("c"), None);
        assert_eq!(inner.names(), ["a", "b"]);
    }

    #[test]
    fn frames_that_are_moved_see_the_names_of_the_copy() {
        let root = Scope::root();
        root.set("a", Value::from(1));
        let inner = root.child();
        inner.set("b", Value::from(2));
        let copy = root.copied();
        let moved = inner.child().moved(&root, &copy);
        copy.set("a", Value::from(3));
        assert_eq!((moved.get("a"), moved.get("b")), (Some(Value::from(3)), Some(Value::from(2))));
        assert_eq!(inner.get("a"), Some(Value::from(1)));
        assert!(Arc::ptr_eq(&copy, &root.moved(&root, &copy)));
    }
}
