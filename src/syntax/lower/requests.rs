//! Contacts with the world.

use crate::source::Spanned;
use crate::syntax::ast::{Effect, Operation, Request, RequestPattern};
use crate::syntax::grammar::{Node, Rule};

use super::form::Form;
use super::{Lowering, parts};

impl<'t> Lowering<'t> {
    /// `EFFECT on TARGET …`
    pub(super) fn request(&mut self, node: Node<'t>) -> Option<Request> {
        let mut form = self.form(node);
        let span = form.span;
        let effect = form.parts.take(Rule::effect).map(|node| self.effect(&node));
        let target = form.parts.take(Rule::on_target).and_then(|node| parts(node).next());
        let target = target.map(|node| self.name(&node));
        let target = self.need(&mut form, target, "`on` and a target");
        let swallowed = self.swallowed;
        let clauses = self.clauses(&mut form);
        form.broken |= self.swallowed && !swallowed;
        let operation = form.parts.take_if(is_operation).map(|node| self.operation(node));
        let operation = self.need(&mut form, operation, "what is done there");
        let clauses = self.more_clauses(&mut form, clauses);
        let clauses = self.request_clauses(&mut form, clauses);
        let request = effect.zip(target).zip(operation);
        let request =
            request.map(|((effect, target), operation)| Request { effect, target, operation, clauses, span });
        self.finish(form, request)
    }

    fn effect(&self, node: &Node<'_>) -> Spanned<Effect> {
        let effect = match node.as_str() {
            "check" => Effect::Check,
            "run" => Effect::Run,
            _ => Effect::Once,
        };
        Spanned::new(effect, self.span(node))
    }

    fn operation(&mut self, node: Node<'t>) -> Operation {
        let rule = node.as_rule();
        match rule {
            Rule::script => return Operation::Command(self.script(&node)),
            Rule::command => {
                let text = self.command(&node);
                self.swallowed_brace(&node);
                return Operation::Command(text);
            }
            _ => {}
        }
        let nodes: Vec<_> = node.into_inner().collect();
        match (rule, nodes.as_slice()) {
            (Rule::http, [method, url]) => Operation::Http { method: self.name(method), url: self.text(url) },
            (Rule::put, [local, remote]) => {
                Operation::Put { local: self.text(local), remote: self.text(remote) }
            }
            (Rule::get, [remote, local]) => {
                Operation::Get { remote: self.text(remote), local: self.text(local) }
            }
            (Rule::plugin, [name, args]) => {
                let inside = &args.as_str()[1..args.as_str().len() - 1];
                let args = self.arguments(args.as_span().start() + 1, inside);
                Operation::Plugin { name: self.name(name), args }
            }
            (other, _) => unreachable!("{other:?} is not an operation"),
        }
    }

    /// Reports a `}` that was meant to close a block and became a part of a command.
    fn swallowed_brace(&mut self, node: &Node<'_>) {
        let (start, command) = (node.as_span().start(), node.as_str());
        let line = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let brace = unmatched(command).filter(|_| self.text[line..start].contains('{'));
        let Some(brace) = brace else { return };
        self.swallowed = true;
        self.error(
            "this `}` is part of the command, and does not close the block",
            self.span(node).part(brace, 1),
            "a `$` takes the rest of its line",
            "put the `}` on a line of its own",
        );
    }

    /// What a guard or a world holds requests against. Takes the next part, if it is one.
    pub(super) fn request_pattern(&mut self, form: &mut Form<'t>) -> Option<RequestPattern> {
        let node = form.parts.take_if(is_pattern)?;
        let rule = node.as_rule();
        if matches!(rule, Rule::command | Rule::handler_command) {
            return Some(RequestPattern::Command(self.pattern_text(&node)));
        }
        let nodes: Vec<_> = node.into_inner().collect();
        Some(match (rule, nodes.as_slice()) {
            (Rule::http_pattern, [method, url]) => {
                RequestPattern::Http { method: self.name(method), url: self.pattern_text(url) }
            }
            (Rule::file_pattern, [verb, path]) => {
                RequestPattern::File { verb: self.name(verb), path: self.pattern_text(path) }
            }
            (Rule::operation_pattern, [name, args]) => {
                self.any_arguments(args);
                RequestPattern::Operation(self.name(name))
            }
            (other, _) => unreachable!("{other:?} is not a pattern"),
        })
    }

    /// A pattern of an operation says nothing of its arguments.
    fn any_arguments(&mut self, args: &Node<'_>) {
        let inside = args.as_str().trim_start_matches('(').trim_end_matches(')').trim();
        if !matches!(inside, "" | "...") {
            let help = "write `NAME(...)`, which stands for any arguments";
            self.error("a pattern can't look into an operation's arguments", self.span(args), "", help);
        }
    }
}

/// The first `}` that nothing in the text opens.
fn unmatched(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    text.bytes().position(|byte| match byte {
        b'{' => {
            depth += 1;
            false
        }
        b'}' if depth == 0 => true,
        b'}' => {
            depth -= 1;
            false
        }
        _ => false,
    })
}

fn is_operation(rule: Rule) -> bool {
    matches!(rule, Rule::script | Rule::command | Rule::put | Rule::get | Rule::http | Rule::plugin)
}

fn is_pattern(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::command
            | Rule::handler_command
            | Rule::http_pattern
            | Rule::file_pattern
            | Rule::operation_pattern
    )
}
