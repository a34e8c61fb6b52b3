//! Types: from how they are written to what is known of values.
//!
//! In: a [`TypeExpr`]. Out: a [`Type`], and whether one type can stand where another is wanted.
//! What can't be known before a run fits everywhere.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::syntax::ast::{TypeExpr, TypeKind};
use crate::value::Type;

/// The words that are types on their own.
pub(super) const TYPE_WORDS: [&str; 8] =
    ["string", "int", "number", "bool", "duration", "any", "target", "secret"];

/// The type that `ty` declares, its constraints and defaults aside. An unknown word is [`Type::Any`].
#[must_use]
pub fn lower(ty: &TypeExpr) -> Type {
    match &ty.kind {
        TypeKind::Named(word) => named(word).unwrap_or(Type::Any),
        TypeKind::List(of) => Type::List(Box::new(lower(of))),
        TypeKind::Map(of) => Type::Map(Box::new(lower(of))),
        TypeKind::Record(fields, _) => {
            let fields = fields.iter().map(|field| (field.name.value.clone(), lower(&field.ty)));
            Type::Record(Arc::new(fields.collect()))
        }
        TypeKind::OneOf(words) => Type::OneOf(words.iter().filter_map(|word| word.as_literal()).collect()),
        TypeKind::Optional(of) => Type::Optional(Box::new(lower(of))),
        TypeKind::Matching(of, _) => lower(of),
    }
}

/// The type that a word means.
pub(super) fn named(word: &str) -> Option<Type> {
    Some(match word {
        "string" => Type::String,
        "int" => Type::Int,
        "number" => Type::Number,
        "bool" => Type::Bool,
        "duration" => Type::Duration,
        "any" => Type::Any,
        "target" => Type::Target,
        "secret" => Type::Secret,
        _ => return None,
    })
}

/// Whether a value of type `found` may stand where `wanted` is: true also where it isn't known.
pub(super) fn fits(found: &Type, wanted: &Type) -> bool {
    match (found, wanted) {
        (Type::Any, _) | (_, Type::Any) => true,
        (Type::None, Type::Optional(_)) => true,
        (Type::Optional(found), wanted) => fits(found, wanted),
        (found, Type::Optional(wanted)) => fits(found, wanted),
        (Type::OneOf(_), Type::String) | (Type::String, Type::OneOf(_)) => true,
        (Type::OneOf(found), Type::OneOf(wanted)) => found.iter().any(|word| wanted.contains(word)),
        (Type::Int, Type::Number) => true,
        (Type::List(found), Type::List(wanted)) | (Type::Map(found), Type::Map(wanted)) => {
            fits(found, wanted)
        }
        (Type::Record(fields), Type::Map(wanted)) => fields.values().all(|field| fits(field, wanted)),
        (Type::Map(found), Type::Record(fields)) => fields.values().all(|field| fits(found, field)),
        (Type::Record(found), Type::Record(wanted)) => record_fits(found, wanted),
        (found, wanted) => found == wanted,
    }
}

/// Fields that are missing may have defaults; fields that nobody declared may not be there.
fn record_fits(found: &IndexMap<String, Type>, wanted: &IndexMap<String, Type>) -> bool {
    std::ptr::eq(found, wanted)
        || found.iter().all(|(name, ty)| wanted.get(name).is_some_and(|wanted| fits(ty, wanted)))
}

/// The type of a value that is either of two.
pub(super) fn either(one: Type, other: Type) -> Type {
    match (one, other) {
        (one, other) if one == other => one,
        // What may be a secret is treated as one.
        (Type::Secret, _) | (_, Type::Secret) => Type::Secret,
        (Type::Int, Type::Number) | (Type::Number, Type::Int) => Type::Number,
        (Type::String | Type::OneOf(_), Type::String | Type::OneOf(_)) => Type::String,
        (Type::None, Type::Optional(of)) | (Type::Optional(of), Type::None) => Type::Optional(of),
        (Type::None, of) | (of, Type::None) if of != Type::Any => Type::Optional(Box::new(of)),
        (Type::List(one), Type::List(other)) => Type::List(Box::new(either(*one, *other))),
        (Type::Map(one), Type::Map(other)) => Type::Map(Box::new(either(*one, *other))),
        (Type::Record(one), Type::Record(other)) if one.keys().eq(other.keys()) => {
            let fields = one.iter().zip(other.values());
            let fields =
                fields.map(|((name, one), other)| (name.clone(), either(one.clone(), other.clone())));
            Type::Record(Arc::new(fields.collect()))
        }
        (one, _) if holds_secret(&one) => one,
        (_, other) if holds_secret(&other) => other,
        _ => Type::Any,
    }
}

/// Whether a secret is in it, as far as is known.
pub(super) fn holds_secret(ty: &Type) -> bool {
    match ty {
        Type::Secret => true,
        Type::List(of) | Type::Map(of) | Type::Optional(of) => holds_secret(of),
        Type::Record(fields) => fields.values().any(holds_secret),
        Type::Any
        | Type::None
        | Type::String
        | Type::Int
        | Type::Number
        | Type::Bool
        | Type::Duration
        | Type::Target
        | Type::OneOf(_)
        | Type::CommandOutcome
        | Type::HttpOutcome
        | Type::Transfer => false,
    }
}

/// Whether a secret in `found` would be taken for something else as `wanted`.
pub(super) fn loses_secret(found: &Type, wanted: &Type) -> bool {
    match (found, wanted) {
        (found, Type::Any) => holds_secret(found),
        (Type::Optional(found), wanted) => loses_secret(found, wanted),
        (found, Type::Optional(wanted)) => loses_secret(found, wanted),
        (Type::List(found), Type::List(wanted)) | (Type::Map(found), Type::Map(wanted)) => {
            loses_secret(found, wanted)
        }
        (Type::Record(fields), Type::Map(wanted)) => fields.values().any(|field| loses_secret(field, wanted)),
        (Type::Record(found), Type::Record(wanted)) => {
            let known = |name| wanted.get(name).unwrap_or(&Type::Any);
            found.iter().any(|(name, ty)| loses_secret(ty, known(name)))
        }
        _ => false,
    }
}

/// A type of this many parts is not looked into: types hold types, and would grow without end.
const MOST_PARTS: usize = 1_000;

/// The type of something written out, unless it has grown too large to be looked into.
pub(super) fn bounded(ty: Type) -> Type {
    if take_parts(&ty, MOST_PARTS).is_some() { ty } else { Type::Any }
}

/// What is left of `parts` when each part of the type has taken one.
fn take_parts(ty: &Type, parts: usize) -> Option<usize> {
    let left = parts.checked_sub(1)?;
    match ty {
        Type::List(of) | Type::Map(of) | Type::Optional(of) => take_parts(of, left),
        Type::Record(fields) => fields.values().try_fold(left, |left, field| take_parts(field, left)),
        Type::Any
        | Type::None
        | Type::String
        | Type::Int
        | Type::Number
        | Type::Bool
        | Type::Duration
        | Type::Target
        | Type::Secret
        | Type::OneOf(_)
        | Type::CommandOutcome
        | Type::HttpOutcome
        | Type::Transfer => Some(left),
    }
}

/// The type without `or none`.
pub(super) fn present(ty: &Type) -> &Type {
    match ty {
        Type::Optional(of) => present(of),
        other => other,
    }
}

/// `a string`, `an int`, `a list of string`: a type as a sentence has it.
pub(super) fn a(ty: &Type) -> String {
    match ty {
        Type::Any => "a value".to_owned(),
        Type::None => "none".to_owned(),
        Type::Int => "an int".to_owned(),
        Type::CommandOutcome => "the outcome of a command".to_owned(),
        Type::HttpOutcome => "the outcome of an HTTP request".to_owned(),
        Type::Transfer => "the outcome of a file transfer".to_owned(),
        Type::Record(_) => "a record".to_owned(),
        Type::OneOf(words) => one_of(words),
        Type::List(of) => format!("a list of {}", many(of)),
        Type::Map(of) => format!("a map of {}", many(of)),
        Type::Optional(of) => format!("{} or none", a(of)),
        Type::String | Type::Number | Type::Bool | Type::Duration | Type::Target | Type::Secret => {
            format!("a {ty}")
        }
    }
}

fn many(ty: &Type) -> String {
    match ty {
        Type::Any => "values".to_owned(),
        Type::None => "none".to_owned(),
        Type::OneOf(_) => "strings".to_owned(),
        Type::Record(_) => "records".to_owned(),
        Type::List(of) => format!("lists of {}", many(of)),
        Type::Map(of) => format!("maps of {}", many(of)),
        Type::Optional(of) => format!("{} or none", many(of)),
        Type::CommandOutcome | Type::HttpOutcome | Type::Transfer => "outcomes".to_owned(),
        Type::String
        | Type::Int
        | Type::Number
        | Type::Bool
        | Type::Duration
        | Type::Target
        | Type::Secret => format!("{ty}s"),
    }
}

/// `"a", "b" or "c"`
pub(super) fn one_of(words: &[String]) -> String {
    match words {
        [] => "one of nothing".to_owned(),
        [only] => format!("\"{only}\""),
        [first @ .., last] => {
            let first: Vec<_> = first.iter().map(|word| format!("\"{word}\"")).collect();
            format!("{} or \"{last}\"", first.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(fields: &[(&str, Type)]) -> Type {
        Type::Record(Arc::new(fields.iter().map(|(name, ty)| ((*name).to_owned(), ty.clone())).collect()))
    }

    #[test]
    fn what_is_not_known_fits_everywhere() {
        for ty in [Type::String, Type::Duration, Type::List(Box::new(Type::Int)), Type::Target] {
            assert!(fits(&Type::Any, &ty) && fits(&ty, &Type::Any));
        }
    }

    #[test]
    fn a_record_fits_unless_it_has_a_field_that_nobody_declared() {
        let wanted = record(&[("name", Type::String), ("port", Type::Int)]);
        assert!(fits(&record(&[("name", Type::String)]), &wanted));
        assert!(!fits(&record(&[("nmae", Type::String)]), &wanted));
        assert!(!fits(&record(&[("port", Type::String)]), &wanted));
    }

    #[test]
    fn a_type_that_grows_without_end_is_not_looked_into() {
        let twice = |ty: Type| bounded(record(&[("a", ty.clone()), ("b", ty)]));
        let ty = (0..40).fold(Type::Int, |ty, _| twice(ty));
        assert!(take_parts(&ty, MOST_PARTS).is_some());
    }

    #[test]
    fn either_of_two_types_is_as_much_as_both_share() {
        assert_eq!(either(Type::Int, Type::Number), Type::Number);
        assert_eq!(either(Type::None, Type::String), Type::Optional(Box::new(Type::String)));
        assert_eq!(either(Type::String, Type::Bool), Type::Any);
    }
}
