//! The values of expressions, and what they run on the way.

use super::tree::{Brackets, Expr, Step};
use super::values::{Kind, Objects, Val, cast, computed, operation, unary};
use super::walk::Walker;
use crate::shell::Word;
use crate::shell::known::rows;

impl Walker {
    pub(super) fn value(&mut self, of: &Expr) -> Val {
        match of {
            Expr::Text(text) => Val::Text(text.clone()),
            Expr::Number(text) => Val::Number(text.clone()),
            Expr::Joined(parts) => self.joined(parts),
            Expr::Variable(name) => self.variable(name),
            Expr::Sub(brackets, body) => self.brackets(*brackets, body),
            Expr::Hash(pairs) => self.hash(pairs),
            Expr::Block(block) => {
                self.elsewhere(block);
                Val::Block(block.clone())
            }
            Expr::Cast { to, of } => self.cast(to, of),
            Expr::Postfix { of, steps } => self.postfix(of, steps),
            Expr::Unary { operator, of } => {
                let value = self.value(of);
                if operator == "++" {
                    self.names.variables.clear();
                }
                unary(operator, value)
            }
            Expr::Operation { operands, operators } => {
                let values = operands.iter().map(|operand| self.value(operand)).collect();
                operation(values, operators)
            }
            Expr::Type(_) | Expr::Unknown(_) => Val::Unknown,
        }
    }

    fn joined(&mut self, parts: &[Expr]) -> Val {
        let values: Vec<Val> = parts.iter().map(|part| self.value(part)).collect();
        let texts: Option<Vec<String>> = values.iter().map(Val::text).collect();
        texts.map_or(Val::Unknown, |texts| Val::Text(texts.concat()))
    }

    /// What a variable holds here.
    pub(super) fn variable(&self, name: &str) -> Val {
        let text = |text: &str| Val::Text(text.to_owned());
        match name {
            "true" => text("True"),
            "false" => text("False"),
            "env:systemroot" | "env:windir" => text("C:\\Windows"),
            "env:comspec" => text("C:\\Windows\\System32\\cmd.exe"),
            "env:systemdrive" => text("C:"),
            "env:programfiles" => text("C:\\Program Files"),
            "env:programdata" => text("C:\\ProgramData"),
            "psitem" => self.variable("_"),
            _ => self.names.variables.get(name).cloned().unwrap_or(Val::Unknown),
        }
    }

    fn brackets(&mut self, brackets: Brackets, body: &[super::tree::Statement]) -> Val {
        if let (Brackets::Round, [only]) = (brackets, body) {
            return self.assigned(only);
        }
        let block = super::tree::Block { parameters: Vec::new(), body: body.to_vec() };
        match (brackets, self.block(&block)) {
            (Brackets::List, value) => value.text().map_or(value, |text| Val::List(vec![text])),
            (Brackets::Dollar, Val::List(mut items)) if items.len() == 1 => Val::Text(items.remove(0)),
            (Brackets::Dollar | Brackets::Round, value) => value,
        }
    }

    fn hash(&mut self, pairs: &[(Expr, super::tree::Statement)]) -> Val {
        let mut found = Some(Vec::new());
        for (key, value) in pairs {
            let key = self.value(key).text();
            let block = super::tree::Block { parameters: Vec::new(), body: vec![value.clone()] };
            let value = self.block(&block);
            match (&mut found, key) {
                (Some(found), Some(key)) => found.push((key.to_lowercase(), value)),
                _ => found = None,
            }
        }
        found.map_or(Val::Unknown, Val::Hash)
    }

    fn cast(&mut self, to: &str, of: &Expr) -> Val {
        let value = self.value(of);
        if to == "ref" {
            self.names.variables.clear();
        }
        cast(to, value)
    }

    fn postfix(&mut self, of: &Expr, steps: &[Step]) -> Val {
        let mut value = self.value(of);
        let mut at = 0;
        while let Some(step) = steps.get(at) {
            let call = steps.get(at + 1);
            value = match (step, call) {
                (Step::Static(name), Some(Step::Call(arguments))) => {
                    at += 1;
                    self.static_method(of, name, arguments)
                }
                (Step::Member(name), Some(Step::Call(arguments))) => {
                    at += 1;
                    self.method(of, value, name, arguments)
                }
                (Step::Member(name), _) => {
                    let name = self.value(name).text();
                    property(value, name.as_deref())
                }
                (Step::Index(index), _) => indexed(value, self.value(index)),
                (Step::Counted, _) => {
                    self.names.variables.clear();
                    Val::Unknown
                }
                (Step::Static(_) | Step::Call(_), _) => Val::Unknown,
            };
            at += 1;
        }
        value
    }

    fn arguments(&mut self, arguments: &[Expr]) -> Vec<Val> {
        arguments.iter().map(|argument| self.value(argument)).collect()
    }

    fn static_method(&mut self, of: &Expr, name: &Expr, arguments: &[Expr]) -> Val {
        let values = self.arguments(arguments);
        let name = self.value(name).text().unwrap_or_default().to_lowercase();
        let Expr::Type(of) = of else {
            self.opaque(format!("what the method `{name}` does is not known"));
            return Val::Unknown;
        };
        match (of.as_str(), name.as_str(), values.as_slice()) {
            ("string", "concat" | "join" | "format", [value]) => text_method(&name, value),
            ("scriptblock" | "management.automation.scriptblock", "create", [Val::Text(code)]) => {
                let code = code.clone();
                self.code(&code);
                Val::Unknown
            }
            (_, "new", _) if is_listed("type", of) => Val::Unknown,
            _ if name != "new" && is_listed("type", of) => Val::Unknown,
            _ if is_listed("static", &format!("{of}::{name}")) => Val::Unknown,
            _ => {
                self.opaque(format!("what `[{of}]::{name}(…)` does is not known"));
                Val::Unknown
            }
        }
    }

    fn method(&mut self, of: &Expr, value: Val, name: &Expr, arguments: &[Expr]) -> Val {
        let name = self.value(name).text().unwrap_or_default().to_lowercase();
        if let ("foreach" | "where", [Expr::Block(block)]) = (name.as_str(), arguments) {
            return self.for_each(std::slice::from_ref(block), Some(&value));
        }
        let values = self.arguments(arguments);
        match (&value, name.as_str()) {
            (Val::Text(text), _) if is_listed("method", &name) => computed(text, &name, &texts(&values)),
            (Val::Objects(objects), _) if self.object_method(objects, &name) => Val::Unknown,
            // A list or table that the text itself made.
            (_, "add" | "addrange" | "remove" | "clear" | "set_item") if is_own(of) => {
                self.forget_tables();
                Val::Unknown
            }
            (Val::Block(_), "invoke" | "getnewclosure") => value,
            _ if is_listed("method", &name) => Val::Unknown,
            _ => {
                self.opaque(format!("what the method `{name}` does is not known"));
                Val::Unknown
            }
        }
    }

    /// A method of fetched services or processes that does what a command does.
    pub(super) fn object_method(&mut self, objects: &Objects, name: &str) -> bool {
        let command = match (objects.kind, name) {
            (Kind::Service, "stop") => "Stop-Service",
            (Kind::Service, "start") => "Start-Service",
            (Kind::Service, "pause") => "Suspend-Service",
            (Kind::Service, "continue") => "Resume-Service",
            (Kind::Process, "kill" | "closemainwindow") => "Stop-Process",
            (Kind::Service | Kind::Process, _) => return false,
        };
        let words = std::iter::once(Word::known(command)).chain(objects.chosen.iter().cloned());
        self.words(words.collect());
        true
    }
}

/// Variables of the text's own, of which a change of parts changes nothing else.
fn is_own(of: &Expr) -> bool {
    matches!(of, Expr::Variable(name) if !super::walk::is_sensitive(name) && !name.contains(':'))
}

fn texts(values: &[Val]) -> Vec<String> {
    match values {
        [value] => value.items().unwrap_or_else(|| vec![String::new(); 9]),
        _ => Vec::new(),
    }
}

fn property(value: Val, name: Option<&str>) -> Val {
    let name = name.unwrap_or_default().to_lowercase();
    match value {
        Val::Objects(objects) => {
            let names = match objects.kind {
                Kind::Service => ["name", "servicename", "name"],
                Kind::Process => ["name", "processname", "id"],
            };
            if names.contains(&name.as_str()) { Val::Objects(objects) } else { Val::Unknown }
        }
        Val::Hash(pairs) => {
            pairs.into_iter().find(|(key, _)| *key == name).map_or(Val::Unknown, |(_, value)| value)
        }
        _ => Val::Unknown,
    }
}

fn indexed(value: Val, index: Val) -> Val {
    match (value, index) {
        (Val::List(mut items), Val::Number(at)) => match at.parse::<usize>() {
            Ok(at) if at < items.len() => Val::Text(items.swap_remove(at)),
            Ok(_) | Err(_) => Val::Unknown,
        },
        (value @ Val::Hash(_), Val::Text(key)) => property(value, Some(&key)),
        (Val::Objects(objects), Val::Number(_)) => Val::Objects(objects),
        _ => Val::Unknown,
    }
}

/// `[string]::Concat('a', 'b')`, `[string]::Join('', 'a', 'b')`, `[string]::Format(…)`
fn text_method(name: &str, value: &Val) -> Val {
    let Some(items) = value.items() else { return Val::Unknown };
    match (name, items.split_first()) {
        ("concat", _) => Val::Text(items.concat()),
        ("join", Some((between, items))) => Val::Text(items.join(between)),
        ("format", Some((format, items))) => {
            let values = vec![Val::Text(format.clone()), Val::List(items.to_vec())];
            operation(values, &["-f".to_owned()])
        }
        _ => Val::Unknown,
    }
}

/// Whether `methods.txt` has a line `KIND NAME`.
pub(super) fn is_listed(kind: &str, name: &str) -> bool {
    let mut lines = rows(include_str!("../methods.txt")).filter_map(|row| row.split_once(' '));
    lines.any(|(of, names)| {
        of == kind && names.split_whitespace().any(|known| known.eq_ignore_ascii_case(name))
    })
}
