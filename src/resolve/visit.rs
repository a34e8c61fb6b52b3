//! One walk over the tree of a file, for whoever needs only some of its nodes.
//!
//! In: a node and a [`Visit`]. Out: a call for every node inside, in the order they stand.
//! Must not know: what is looked for.

use crate::syntax::ast::*;

/// What to do at each kind of node. A method that is overridden goes on inside by calling the
/// `walk_…` function of its kind.
pub trait Visit<'a> {
    /// An item at the top level.
    fn item(&mut self, item: &'a Item) {
        walk_item(self, item);
    }

    /// Statements in braces.
    fn block(&mut self, block: &'a Block) {
        walk_block(self, block);
    }

    /// A statement of a block.
    fn statement(&mut self, statement: &'a Statement) {
        walk_statement(self, statement);
    }

    /// A request, on its own or right of a `let`.
    fn request(&mut self, request: &'a Request) {
        walk_request(self, request);
    }

    /// A call of an action, on its own or right of a `let`.
    fn call(&mut self, call: &'a Call) {
        walk_arguments(self, &call.args);
    }

    /// A string.
    fn text(&mut self, text: &'a Text) {
        text.holes().for_each(|hole| self.expr(hole));
    }

    /// An expression, also one in a hole.
    fn expr(&mut self, _expr: &'a Expr) {}
}

/// Walks all items of a file.
pub fn walk_file<'a>(visit: &mut (impl Visit<'a> + ?Sized), file: &'a File) {
    visit.text(&file.title);
    file.items.iter().for_each(|item| visit.item(item));
}

/// Walks what is inside an item.
pub fn walk_item<'a>(visit: &mut (impl Visit<'a> + ?Sized), item: &'a Item) {
    match &item.kind {
        ItemKind::About(text) | ItemKind::Lock(text) => visit.text(text),
        ItemKind::Use(item) => walk_use(visit, item),
        ItemKind::Param(param) => walk_declaration(visit, &param.ty, param.default.as_ref()),
        ItemKind::Secret(secret) => walk_secret(visit, secret),
        ItemKind::Let(item) => walk_let(visit, item),
        ItemKind::Target(target) => walk_target(visit, target),
        ItemKind::Guard(guard) => walk_guard(visit, guard),
        ItemKind::Invariant(invariant) => walk_invariant(visit, invariant),
        ItemKind::Action(action) => walk_action(visit, action),
        ItemKind::Commands(_) => {}
        ItemKind::Stage(stage) => walk_stage(visit, stage),
        ItemKind::Checklist(checklist) => walk_checklist(visit, checklist),
        ItemKind::Rehearses(rehearses) => {
            visit.text(&rehearses.file);
            maybe(visit, rehearses.params.as_ref());
        }
        ItemKind::State(state) => visit.expr(&state.value),
        ItemKind::Handler(handler) => visit.block(&handler.body),
        ItemKind::Always(always) => {
            visit.text(&always.title);
            visit.block(&always.body);
        }
        ItemKind::Scenario(scenario) => walk_scenario(visit, scenario),
    }
}

fn maybe<'a>(visit: &mut (impl Visit<'a> + ?Sized), expr: Option<&'a Expr>) {
    if let Some(expr) = expr {
        visit.expr(expr);
    }
}

fn maybe_text<'a>(visit: &mut (impl Visit<'a> + ?Sized), text: Option<&'a Text>) {
    if let Some(text) = text {
        visit.text(text);
    }
}

fn maybe_block<'a>(visit: &mut (impl Visit<'a> + ?Sized), block: Option<&'a Block>) {
    if let Some(block) = block {
        visit.block(block);
    }
}

fn walk_use<'a>(visit: &mut (impl Visit<'a> + ?Sized), item: &'a Use) {
    match &item.path {
        UsePath::Std(_) => {}
        UsePath::File(text) => visit.text(text),
    }
}

fn walk_declaration<'a>(visit: &mut (impl Visit<'a> + ?Sized), ty: &'a TypeExpr, default: Option<&'a Expr>) {
    walk_type(visit, ty);
    maybe(visit, default);
}

/// Walks the defaults and strings inside a type.
pub fn walk_type<'a>(visit: &mut (impl Visit<'a> + ?Sized), ty: &'a TypeExpr) {
    match &ty.kind {
        TypeKind::Named(_) => {}
        TypeKind::List(of) | TypeKind::Map(of) | TypeKind::Optional(of) => walk_type(visit, of),
        TypeKind::Record(fields, _) => {
            fields.iter().for_each(|field| walk_declaration(visit, &field.ty, field.default.as_ref()));
        }
        TypeKind::OneOf(words) => words.iter().for_each(|word| visit.text(word)),
        TypeKind::Matching(of, regex) => {
            walk_type(visit, of);
            visit.text(regex);
        }
    }
}

fn walk_secret<'a>(visit: &mut (impl Visit<'a> + ?Sized), secret: &'a Secret) {
    match &secret.source {
        SecretSource::Env(text) | SecretSource::File(text) | SecretSource::Command(text) => visit.text(text),
    }
}

fn walk_let<'a>(visit: &mut (impl Visit<'a> + ?Sized), item: &'a Let) {
    match &item.value {
        LetValue::Expr(expr) => visit.expr(expr),
        LetValue::Request(request) => visit.request(request),
        LetValue::Call(call) => visit.call(call),
        LetValue::Load(text) => visit.text(text),
        LetValue::Each(each) => walk_for_each(visit, &each.value),
    }
}

fn walk_target<'a>(visit: &mut (impl Visit<'a> + ?Sized), target: &'a TargetDecl) {
    maybe_text(visit, target.address.as_ref());
    for clause in &target.clauses {
        match &clause.kind {
            TargetClauseKind::Shell(_) | TargetClauseKind::HostKeyUnchecked => {}
            TargetClauseKind::User(expr)
            | TargetClauseKind::Port(expr)
            | TargetClauseKind::Jump(expr)
            | TargetClauseKind::Identity(expr)
            | TargetClauseKind::Passphrase(expr)
            | TargetClauseKind::Password(expr)
            | TargetClauseKind::Sudo(expr)
            | TargetClauseKind::Bearer(expr)
            | TargetClauseKind::Within(expr)
            | TargetClauseKind::Env(expr) => visit.expr(expr),
            TargetClauseKind::Basic(user, secret) => {
                visit.text(user);
                visit.expr(secret);
            }
            TargetClauseKind::Header(name, value) => {
                visit.text(name);
                visit.text(value);
            }
        }
    }
}

fn walk_guard<'a>(visit: &mut (impl Visit<'a> + ?Sized), guard: &'a Guard) {
    visit.text(&guard.title);
    maybe_block(visit, guard.when.as_ref());
    maybe_text(visit, guard.because.as_ref());
}

fn walk_invariant<'a>(visit: &mut (impl Visit<'a> + ?Sized), invariant: &'a Invariant) {
    visit.text(&invariant.title);
    for expr in [&invariant.every, &invariant.within, &invariant.tolerating] {
        maybe(visit, expr.as_ref());
    }
    maybe_text(visit, invariant.during.as_ref());
    visit.block(&invariant.body);
}

fn walk_action<'a>(visit: &mut (impl Visit<'a> + ?Sized), action: &'a Action) {
    for param in &action.params {
        walk_declaration(visit, &param.ty, param.default.as_ref());
    }
    visit.block(&action.body);
}

fn walk_stage<'a>(visit: &mut (impl Visit<'a> + ?Sized), stage: &'a Stage) {
    visit.text(&stage.title);
    visit.block(&stage.body);
    maybe_block(visit, stage.undo.as_ref().map(|undo| &undo.body));
    maybe_block(visit, stage.on_failure.as_ref());
}

fn walk_checklist<'a>(visit: &mut (impl Visit<'a> + ?Sized), checklist: &'a Checklist) {
    visit.text(&checklist.title);
    for item in &checklist.items {
        visit.text(&item.title);
        match &item.check {
            ItemCheck::Body(block) => visit.block(block),
            ItemCheck::Manual => {}
        }
    }
}

fn walk_scenario<'a>(visit: &mut (impl Visit<'a> + ?Sized), scenario: &'a Scenario) {
    visit.text(&scenario.title);
    for clause in &scenario.clauses {
        match &clause.kind {
            ScenarioClauseKind::Given(set) => walk_set(visit, set),
            ScenarioClauseKind::With(expr) | ScenarioClauseKind::ExpectState(expr) => visit.expr(expr),
            ScenarioClauseKind::At(after) => walk_after(visit, after),
            ScenarioClauseKind::Answer { text, .. } | ScenarioClauseKind::ExpectSaid { text, .. } => {
                visit.text(text);
            }
            ScenarioClauseKind::ExpectEnd { stage, because, .. } => {
                maybe_text(visit, stage.as_ref());
                maybe_text(visit, because.as_ref());
            }
            ScenarioClauseKind::ExpectRequests { .. } => {}
        }
    }
}

/// Walks all statements of a block.
pub fn walk_block<'a>(visit: &mut (impl Visit<'a> + ?Sized), block: &'a Block) {
    block.statements.iter().for_each(|statement| visit.statement(statement));
}

/// Walks what is inside a statement.
pub fn walk_statement<'a>(visit: &mut (impl Visit<'a> + ?Sized), statement: &'a Statement) {
    match &statement.kind {
        StatementKind::Let(item) => walk_let(visit, item),
        StatementKind::Target(target) => walk_target(visit, target),
        StatementKind::Request(request) => visit.request(request),
        StatementKind::Call(call) => visit.call(call),
        StatementKind::Assert(assert) => {
            visit.expr(&assert.condition);
            maybe_text(visit, assert.message.as_ref());
        }
        StatementKind::Wait(wait) => walk_wait(visit, wait),
        StatementKind::Retry(retry) => {
            visit.expr(&retry.times);
            maybe(visit, retry.every.as_ref());
            visit.block(&retry.body);
        }
        StatementKind::Pause(pause) => {
            visit.expr(&pause.duration);
            maybe_text(visit, pause.reason.as_ref());
        }
        StatementKind::ForEach(each) => walk_for_each(visit, each),
        StatementKind::Together(block) => visit.block(block),
        StatementKind::If(branches) => walk_if(visit, branches),
        StatementKind::Attempt(attempt) => {
            visit.block(&attempt.body);
            visit.block(&attempt.otherwise);
            maybe_block(visit, attempt.always.as_ref());
        }
        StatementKind::Approve(approve) => {
            visit.text(&approve.text);
            maybe(visit, approve.by.as_ref());
            maybe(visit, approve.within.as_ref());
        }
        StatementKind::Manual(manual) => {
            visit.text(&manual.text);
            maybe_block(visit, manual.body.as_ref());
        }
        StatementKind::Diagnose(diagnose) => {
            visit.expr(&diagnose.condition);
            visit.text(&diagnose.cause);
            visit.text(&diagnose.fix);
        }
        StatementKind::Note(text) | StatementKind::Fail(text) => visit.text(text),
        StatementKind::Return(expr) => visit.expr(expr),
        StatementKind::Set(set) => walk_set(visit, set),
        StatementKind::After(after) => walk_after(visit, after),
        StatementKind::Reply(reply) => walk_reply(visit, reply),
    }
}

fn walk_wait<'a>(visit: &mut (impl Visit<'a> + ?Sized), wait: &'a Wait) {
    maybe_text(visit, wait.title.as_ref());
    visit.expr(&wait.within);
    maybe(visit, wait.every.as_ref());
    maybe(visit, wait.stable.as_ref());
    visit.block(&wait.body);
    maybe_block(visit, wait.on_failure.as_ref());
}

fn walk_for_each<'a>(visit: &mut (impl Visit<'a> + ?Sized), each: &'a ForEach) {
    visit.expr(&each.list);
    maybe(visit, each.at_a_time.as_ref());
    match &each.tolerating {
        Some(Tolerance::Failures(expr) | Tolerance::Percent(expr)) => visit.expr(expr),
        None => {}
    }
    visit.block(&each.body);
    maybe_block(visit, each.on_failure.as_ref());
}

fn walk_if<'a>(visit: &mut (impl Visit<'a> + ?Sized), branches: &'a If) {
    for (condition, block) in &branches.branches {
        visit.expr(condition);
        visit.block(block);
    }
    maybe_block(visit, branches.otherwise.as_ref());
}

fn walk_set<'a>(visit: &mut (impl Visit<'a> + ?Sized), set: &'a Set) {
    for step in &set.path {
        match step {
            PathStep::Field(_) => {}
            PathStep::Index(expr) => visit.expr(expr),
        }
    }
    visit.expr(&set.value);
}

fn walk_after<'a>(visit: &mut (impl Visit<'a> + ?Sized), after: &'a After) {
    visit.expr(&after.delay);
    visit.block(&after.body);
}

fn walk_reply<'a>(visit: &mut (impl Visit<'a> + ?Sized), reply: &'a Reply) {
    match &reply.kind {
        ReplyKind::Command { stdout, exit, stderr } => {
            [stdout, exit, stderr].into_iter().for_each(|part| maybe(visit, part.as_ref()));
        }
        ReplyKind::Http { status, json, body, headers } => {
            visit.expr(status);
            maybe(visit, json.as_ref());
            maybe(visit, body.as_ref());
            for (name, value) in headers {
                visit.text(name);
                visit.text(value);
            }
        }
        ReplyKind::Unreachable | ReplyKind::Lost => {}
    }
    maybe(visit, reply.latency.as_ref());
}

/// Walks the strings, expressions and blocks of a request.
pub fn walk_request<'a>(visit: &mut (impl Visit<'a> + ?Sized), request: &'a Request) {
    match &request.operation {
        Operation::Command(text) | Operation::Http { url: text, .. } => visit.text(text),
        Operation::Put { local, remote } | Operation::Get { remote, local } => {
            visit.text(local);
            visit.text(remote);
        }
        Operation::Plugin { args, .. } => walk_arguments(visit, args),
    }
    request.clauses.iter().for_each(|clause| walk_clause(visit, clause));
}

fn walk_clause<'a>(visit: &mut (impl Visit<'a> + ?Sized), clause: &'a Clause) {
    match &clause.kind {
        ClauseKind::Within(expr)
        | ClauseKind::Retry(expr)
        | ClauseKind::Stdin(expr)
        | ClauseKind::Env(expr)
        | ClauseKind::Json(expr)
        | ClauseKind::Form(expr)
        | ClauseKind::Body(expr) => visit.expr(expr),
        ClauseKind::AcceptExit(_) | ClauseKind::AcceptStatus(_) => {}
        ClauseKind::Header(name, value) => {
            visit.text(name);
            visit.text(value);
        }
        ClauseKind::DoneWhen(block) => visit.block(block),
    }
}

/// Walks the values of arguments.
pub fn walk_arguments<'a>(visit: &mut (impl Visit<'a> + ?Sized), args: &'a [Argument]) {
    args.iter().for_each(|arg| visit.expr(&arg.value));
}
