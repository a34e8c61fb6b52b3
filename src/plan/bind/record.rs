//! Records and maps: their fields, and templates and defaults that use the fields beside them.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::finding::{Finding, nearest};
use crate::source::Span;
use crate::syntax::ast::{Expr, Field, TypeExpr, TypeKind};
use crate::template::{Expressions, Scope};
use crate::value::Value;

use super::super::params::{Entry, Node, NodeKind};
use super::mismatch;
use super::order::order;
use super::path::Path;
use super::{Binder, is_optional};

/// A field that is to get a value.
struct Wanted<'w> {
    name: &'w str,
    ty: &'w TypeExpr,
    from: From<'w>,
}

/// Where a field's value comes from.
enum From<'w> {
    Given(&'w Node),
    Default(&'w Expr),
    /// `T or none`, not given.
    Nothing,
}

impl Binder<'_> {
    pub(super) fn record(
        &self,
        node: &Node,
        fields: &[Field],
        ty: &TypeExpr,
        path: Path<'_>,
        scope: &Arc<Scope>,
    ) -> Option<Value> {
        let NodeKind::Map(entries) = &node.kind else {
            return self.refuse(mismatch::wrong_type(node, "record", ty, path));
        };
        self.unknown_fields(entries, fields, path);
        let wanted: Option<Vec<_>> =
            fields.iter().map(|field| self.wanted(field, entries, node, path)).collect();
        let bound = self.together(&wanted?, path, scope)?;
        let in_order = fields.iter().filter_map(|field| {
            let name = field.name.value.as_str();
            Some((name, bound.get(name)?.clone()))
        });
        Some(Value::from_pairs(in_order))
    }

    pub(super) fn map(
        &self,
        node: &Node,
        of: Option<&TypeExpr>,
        ty: &TypeExpr,
        path: Path<'_>,
        scope: &Arc<Scope>,
    ) -> Option<Value> {
        let NodeKind::Map(entries) = &node.kind else {
            return self.refuse(mismatch::wrong_type(node, "map", ty, path));
        };
        let wanted = |(name, entry)| Wanted { name, ty: of.unwrap_or(ty), from: From::Given(entry) };
        let given = entries.iter().map(|(name, entry)| (name.as_str(), &entry.node));
        let wanted: Vec<_> = given.map(wanted).collect();
        let bound = self.together(&wanted, path, scope)?;
        Some(Value::from_pairs(
            entries.keys().filter_map(|name| Some((name.as_str(), bound.get(name.as_str())?.clone()))),
        ))
    }

    fn unknown_fields(&self, entries: &IndexMap<String, Entry>, fields: &[Field], path: Path<'_>) {
        let names = || fields.iter().map(|field| field.name.value.as_str());
        for (name, entry) in entries.iter().filter(|(name, _)| names().all(|known| known != name.as_str())) {
            let finding =
                Finding::error("unknown-field", format!("`{path}` has no field `{name}`"), entry.key, "");
            self.report(match nearest(name, names()) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => finding.help(format!("its fields are {}", mismatch::listed(names()))),
            });
        }
    }

    fn wanted<'w>(
        &self,
        field: &'w Field,
        entries: &'w IndexMap<String, Entry>,
        node: &Node,
        path: Path<'_>,
    ) -> Option<Wanted<'w>> {
        let name = field.name.value.as_str();
        let from = match (entries.get(name), &field.default) {
            (Some(entry), _) => From::Given(&entry.node),
            (None, Some(default)) => From::Default(default),
            (None, None) if is_optional(&field.ty) => From::Nothing,
            (None, None) => {
                self.report(mismatch::missing_field(node, field, path));
                return None;
            }
        };
        Some(Wanted { name, ty: &field.ty, from })
    }

    /// Values for fields that may use one another.
    fn together<'w>(
        &self,
        wanted: &[Wanted<'w>],
        path: Path<'_>,
        scope: &Arc<Scope>,
    ) -> Option<HashMap<&'w str, Value>> {
        let order = match order(&self.needs(wanted)) {
            Ok(order) => order,
            Err(cycle) => {
                self.report(self.cycle(wanted, &cycle, path));
                return None;
            }
        };
        let inside = scope.child();
        let mut bound = HashMap::with_capacity(wanted.len());
        let mut spoilt = Vec::new();
        for field in order.into_iter().map(|index| &wanted[index]) {
            match self.field(field, path, &inside) {
                Some(value) => {
                    inside.set(field.name, value.clone());
                    bound.insert(field.name, value);
                }
                None => spoilt.extend(self.spoil(field.name)),
            }
        }
        let whole = bound.len() == wanted.len();
        spoilt.iter().for_each(|name| _ = self.failed.borrow_mut().remove(name));
        whole.then_some(bound)
    }

    /// Marks a name as having no value, and gives it back if it was not marked yet.
    fn spoil(&self, name: &str) -> Option<String> {
        self.failed.borrow_mut().insert(name.to_owned()).then(|| name.to_owned())
    }

    fn field(&self, field: &Wanted<'_>, path: Path<'_>, scope: &Arc<Scope>) -> Option<Value> {
        let path = Path::Field(&path, field.name);
        match field.from {
            From::Given(node) => self.value(node, field.ty, path, scope),
            From::Default(expr) => self.value(&self.default(expr, scope)?, field.ty, path, scope),
            From::Nothing => Some(Value::from(())),
        }
    }

    /// For each field the fields beside it that it uses.
    fn needs(&self, wanted: &[Wanted<'_>]) -> Vec<Vec<usize>> {
        let index: HashMap<_, _> = wanted.iter().enumerate().map(|(at, field)| (field.name, at)).collect();
        let needs = |field: &Wanted<'_>| {
            let mut names = Vec::new();
            match field.from {
                From::Given(node) => self.uses(node, field.ty, &mut names),
                From::Default(expr) => names.extend_from_slice(self.module.expression(expr).free_names()),
                From::Nothing => {}
            }
            let mut used: Vec<_> =
                names.iter().filter_map(|name| index.get(name.as_str()).copied()).collect();
            used.sort_unstable();
            used.dedup();
            used
        };
        wanted.iter().map(needs).collect()
    }

    /// The names that the templates in a tree take from around it.
    fn uses(&self, node: &Node, ty: &TypeExpr, names: &mut Vec<String>) {
        match &node.kind {
            NodeKind::Template(text) => {
                let free = text.holes().flat_map(|hole| self.templates.expression(hole).free_names());
                names.extend(free.cloned());
            }
            NodeKind::List(items) => items.iter().for_each(|item| self.uses(item, element(ty), names)),
            NodeKind::Map(entries) => self.uses_of_map(entries, ty, names),
            NodeKind::Null
            | NodeKind::Bool(_)
            | NodeKind::Int(_)
            | NodeKind::Float(_)
            | NodeKind::Text(_)
            | NodeKind::Duration(_) => {}
        }
    }

    /// A map's own fields come before those around it.
    fn uses_of_map(&self, entries: &IndexMap<String, Entry>, ty: &TypeExpr, names: &mut Vec<String>) {
        let mut inner = Vec::new();
        for (name, entry) in entries {
            let field = fields(ty).iter().find(|field| field.name.value == *name);
            self.uses(&entry.node, field.map_or_else(|| element(ty), |field| &field.ty), &mut inner);
        }
        let fields = fields(ty);
        let own = |name: &String| entries.contains_key(name) || fields.iter().any(|f| f.name.value == *name);
        names.extend(inner.into_iter().filter(|name| !own(name)));
    }

    fn cycle(&self, wanted: &[Wanted<'_>], cycle: &[usize], path: Path<'_>) -> Finding {
        let names: Vec<_> = cycle.iter().map(|index| wanted[*index].name).collect();
        let places: Vec<(Span, &str)> =
            cycle.iter().filter_map(|index| Some((place(&wanted[*index])?, wanted[*index].name))).collect();
        let way = names.iter().chain(names.first()).copied().collect::<Vec<_>>().join("` -> `");
        let title = format!("fields of `{path}` use one another: `{way}`");
        let (first, rest) = places.split_first().map_or((Span::default(), &[][..]), |(f, r)| (f.0, r));
        let label = match names.as_slice() {
            [name] => format!("`{name}` uses itself"),
            [name, next, ..] => format!("`{name}` uses `{next}`"),
            [] => String::new(),
        };
        let finding = Finding::error("template-cycle", title, first, label);
        let finding = rest
            .iter()
            .zip(names.iter().skip(2).chain(names.first()))
            .fold(finding, |f, ((span, name), next)| f.also(*span, format!("`{name}` uses `{next}`")));
        finding.help("write one of them out")
    }
}

fn place(field: &Wanted<'_>) -> Option<Span> {
    match field.from {
        From::Given(node) => Some(node.span),
        From::Default(expr) => Some(expr.span),
        From::Nothing => None,
    }
}

fn fields(ty: &TypeExpr) -> &[Field] {
    match &ty.kind {
        TypeKind::Record(fields, _) => fields,
        TypeKind::Optional(inner) => fields(inner),
        TypeKind::Named(_)
        | TypeKind::List(_)
        | TypeKind::Map(_)
        | TypeKind::OneOf(_)
        | TypeKind::Matching(..) => &[],
    }
}

/// The type of what is inside a list or map.
fn element(ty: &TypeExpr) -> &TypeExpr {
    match &ty.kind {
        TypeKind::List(of) | TypeKind::Map(of) => of,
        TypeKind::Optional(inner) => element(inner),
        TypeKind::Named(_) | TypeKind::Record(..) | TypeKind::OneOf(_) | TypeKind::Matching(..) => ty,
    }
}
