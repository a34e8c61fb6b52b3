//! The types that a file writes.
//!
//! In: a file. Out: every type of its params and of those of its actions, those inside others too.

use super::subject::File;
use crate::syntax::ast::{ItemKind, TypeExpr, TypeKind};

/// Every type, the outer before the inner.
pub(super) fn types<'a>(file: &File<'a>) -> Vec<&'a TypeExpr> {
    let outer = file.tree.items.iter().flat_map(|item| match &item.kind {
        ItemKind::Param(param) => vec![&param.ty],
        ItemKind::Action(action) => action.params.iter().map(|param| &param.ty).collect(),
        _ => Vec::new(),
    });
    outer.flat_map(with_inner).collect()
}

fn with_inner(ty: &TypeExpr) -> Vec<&TypeExpr> {
    let inner: Vec<&TypeExpr> = match &ty.kind {
        TypeKind::Named(_) | TypeKind::OneOf(_) => Vec::new(),
        TypeKind::List(of) | TypeKind::Map(of) | TypeKind::Optional(of) | TypeKind::Matching(of, _) => {
            vec![of]
        }
        TypeKind::Record(fields, _) => fields.iter().map(|field| &field.ty).collect(),
    };
    std::iter::once(ty).chain(inner.into_iter().flat_map(with_inner)).collect()
}
