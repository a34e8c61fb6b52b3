//! The pipelines of a script as they are written: what is piped where, and who heeds how it ends.

use brush_parser::ast;

use super::lex::lex_word;
use super::token::Part;
use crate::shell::units::mark;
use crate::shell::{End, Pipeline, Quotes, Stage};

/// Every pipeline of a script, in the order they stand.
pub(super) fn pipelines(program: &ast::Program, bash: bool) -> Vec<Pipeline> {
    let mut outline = Outline { bash, found: Vec::new() };
    program.complete_commands.iter().for_each(|list| outline.list(list, End::Ignored));
    if let Some(last) = outline.found.iter_mut().rev().find(|pipeline| !pipeline.nested)
        && last.end == End::Ignored
    {
        last.end = End::Told;
    }
    outline.found
}

struct Outline {
    bash: bool,
    found: Vec<Pipeline>,
}

impl Outline {
    /// `end` is what becomes of how the last one of the list ends.
    fn list(&mut self, list: &ast::CompoundList, end: End) {
        let last = list.0.len().saturating_sub(1);
        for (at, ast::CompoundListItem(commands, separator)) in list.0.iter().enumerate() {
            match separator {
                ast::SeparatorOperator::Async => self.and_or(commands, End::Background),
                ast::SeparatorOperator::Sequence if at == last => self.and_or(commands, end),
                ast::SeparatorOperator::Sequence => self.and_or(commands, End::Ignored),
            }
        }
    }

    fn and_or(&mut self, commands: &ast::AndOrList, end: End) {
        let asked = |at: usize| if at < commands.additional.len() { End::Asked } else { end };
        self.pipeline(&commands.first, false, asked(0));
        for (at, next) in commands.additional.iter().enumerate() {
            match next {
                ast::AndOr::And(pipeline) => self.pipeline(pipeline, false, asked(at + 1)),
                ast::AndOr::Or(pipeline) => self.pipeline(pipeline, true, asked(at + 1)),
            }
        }
    }

    fn pipeline(&mut self, pipeline: &ast::Pipeline, otherwise: bool, end: End) {
        let end = if pipeline.bang { End::Asked } else { end };
        let stages = pipeline.seq.iter().map(|command| self.stage(command)).collect();
        self.found.push(Pipeline { stages, otherwise, nested: false, end });
        let from = self.found.len();
        pipeline.seq.iter().for_each(|command| self.inside(command, end));
        self.found[from..].iter_mut().for_each(|pipeline| pipeline.nested = true);
    }

    fn inside(&mut self, command: &ast::Command, end: End) {
        use ast::CompoundCommand as Compound;
        let ast::Command::Compound(compound, _) = command else { return };
        match compound {
            Compound::BraceGroup(group) => self.list(&group.list, end),
            Compound::Subshell(subshell) => self.list(&subshell.list, end),
            Compound::IfClause(clause) => self.if_clause(clause, end),
            Compound::ForClause(clause) => self.list(&clause.body.list, end),
            Compound::WhileClause(clause) | Compound::UntilClause(clause) => {
                self.list(&clause.0, End::Asked);
                self.list(&clause.1.list, end);
            }
            Compound::ArithmeticForClause(clause) => self.list(&clause.body.list, end),
            Compound::CaseClause(clause) => {
                clause
                    .cases
                    .iter()
                    .filter_map(|case| case.cmd.as_ref())
                    .for_each(|list| self.list(list, end));
            }
            Compound::Arithmetic(_) | Compound::Coprocess(_) => {}
        }
    }

    fn if_clause(&mut self, clause: &ast::IfClauseCommand, end: End) {
        self.list(&clause.condition, End::Asked);
        self.list(&clause.then, end);
        for branch in clause.elses.iter().flatten() {
            branch.condition.iter().for_each(|condition| self.list(condition, End::Asked));
            self.list(&branch.body, end);
        }
    }

    fn stage(&self, command: &ast::Command) -> Stage {
        let mut stage = Stage::default();
        if let ast::Command::Simple(simple) = command {
            simple.word_or_name.iter().for_each(|word| self.word(&mut stage, word));
            let before = simple.prefix.iter().flat_map(|prefix| &prefix.0);
            before
                .chain(simple.suffix.iter().flat_map(|suffix| &suffix.0))
                .for_each(|item| self.item(&mut stage, item));
        }
        stage
    }

    fn item(&self, stage: &mut Stage, item: &ast::CommandPrefixOrSuffixItem) {
        use ast::CommandPrefixOrSuffixItem as Item;
        match item {
            Item::IoRedirect(redirect) => stage.redirects.push(redirect.to_string()),
            Item::Word(word) => self.word(stage, word),
            // Its value is one word whatever it holds.
            Item::AssignmentWord(_, word) if !stage.words.is_empty() => stage.words.push(word.value.clone()),
            Item::AssignmentWord(..) => {}
            Item::ProcessSubstitution(_, subshell) => stage.words.push(format!("<{subshell}")),
        }
    }

    fn word(&self, stage: &mut Stage, word: &ast::Word) {
        let Ok(read) = lex_word(&word.value, self.bash, 0, false) else {
            return stage.words.push(word.value.clone());
        };
        stage.words.push(read.text(&mark));
        stage.split.extend(read.parts.into_iter().filter_map(|part| match part {
            Part::Expansion { source, inside: Quotes::None, .. } => Some(source),
            _ => None,
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::sh::script;

    fn ends(text: &str) -> Vec<(String, End)> {
        let program =
            |pipeline: &Pipeline| pipeline.stages.iter().map(|stage| stage.words.join(" ")).collect();
        let (_, found) = script(text, true);
        found
            .iter()
            .map(|pipeline| (program(pipeline), pipeline.end))
            .map(|(words, end): (Vec<_>, _)| (words.join("|"), end))
            .collect()
    }

    #[test]
    fn each_pipeline_stands_there_with_what_becomes_of_it() {
        let told = |words: &str, end| (words.to_owned(), end);
        assert_eq!(ends("a; b 'x y' | c"), [told("a", End::Ignored), told("b x y|c", End::Told)]);
        assert_eq!(ends("a && b || c"), [told("a", End::Asked), told("b", End::Asked), told("c", End::Told)]);
        assert_eq!(ends("a & ! b"), [told("a", End::Background), told("b", End::Asked)]);
        let branches = ends("if a; then b; c; fi");
        assert_eq!(branches[1..3], [told("a", End::Asked), told("b", End::Ignored)]);
    }

    #[test]
    fn expansions_without_quotes_are_told_apart() {
        let (_, found) = script(r#"X=$a rm $b "$c" '$d' ${e}"#, false);
        assert_eq!(found[0].stages[0].split, ["$b", "${e}"]);
    }
}
