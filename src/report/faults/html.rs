//! What came of a sweep, as one page that needs nothing beside itself.

use std::fmt::Write as _;

use super::{Spent, at, at_short, file, harms, mark, reproducing, table, text};
use crate::rehearse::faults::{
    Conclusion, Counts, Extent, Fate, Kind, Line, Row, ScenarioSweep, Story, SweepReport, Tally, Told,
    Verdict, WorldSweep,
};
use crate::report::Look;
use crate::report::findings_as_text;
use crate::report::harmless::{harmless, harmless_line};
use crate::report::words::{grouped, length, plural};
use crate::source::Sources;

const STYLE: &str = include_str!("page.css");
/// So many stories of a harm are told.
const TOLD: usize = 3;

/// The page: for each scenario a map of statements by kinds of fault, and below it what did harm.
#[must_use]
pub fn sweeps_as_html(report: &SweepReport, spent: Option<Spent>) -> String {
    let mut page = head();
    let summary = text::sweeps_as_text(report, spent, Look::PLAIN);
    let style = mark(report.conclusion()).1.to_lowercase();
    let _ = write!(page, "<h1>Faults</h1>\n<p class=\"{style}\">{}</p>\n{}", escaped(&summary), legend());
    for world in &report.worlds {
        push_world(&mut page, world, &report.extent);
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

/// Nothing may be loaded or run: no script, no image, no font.
fn head() -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>rutter test --faults</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"
    )
}

/// What stands in a page as text.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in harmless(text.trim_end()).chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

fn legend() -> String {
    let item = |fate: Fate| {
        let word = fate.word();
        format!("<li class=\"{word}\"><b>{word}</b>: {}</li>\n", meaning(fate))
    };
    format!(
        "<p>Each scenario was played again for every fault at every statement. What became of it:</p>\n\
         <ul class=\"legend\">\n{}</ul>\n",
        Fate::ALL.map(item).concat()
    )
}

fn meaning(fate: Fate) -> &'static str {
    match fate {
        Fate::CameThrough => "it ended as it does without the fault, and nobody had to do anything",
        Fate::Resumed => "so it did when it was resumed",
        Fate::Settled => "so it did after a person had said whether a step in doubt had happened",
        Fate::Undone => "what had begun was taken back",
        Fate::Stopped => "it stopped, and what goes on is for a person to say",
        Fate::Harm => "something happened that must not",
    }
}

fn push_world(page: &mut String, world: &WorldSweep, extent: &Extent) {
    let (title, file) = (escaped(&harmless_line(&world.title)), escaped(&file(world)));
    let _ = writeln!(page, "<section>\n<h2>{title} <small><code>{file}</code></small></h2>");
    if !world.findings.is_empty() {
        let findings = findings_as_text(&world.findings, &world.sources, Look::PLAIN);
        let _ = writeln!(page, "<pre>{}</pre>", escaped(&findings));
    }
    for sweep in &world.scenarios {
        push_scenario(page, sweep, world, extent);
    }
    for title in &world.not_begun {
        push_not_begun(page, title);
    }
    if extent.only.is_none() {
        push_coverage(page, world);
    }
    page.push_str("</section>\n");
}

fn push_scenario(page: &mut String, sweep: &ScenarioSweep, world: &WorldSweep, extent: &Extent) {
    page.push_str("<section>\n");
    push_heading(page, sweep.conclusion(), &sweep.scenario);
    match &sweep.without {
        Ok(without) => {
            let _ = writeln!(page, "<p>{}</p>", escaped(&text::fates(sweep)));
            for harm in &without.harms {
                let harm = escaped(&harm.to_string());
                let _ = writeln!(page, "<p class=\"fail\">Without a fault: {harm}</p>");
            }
            push_explored(page, sweep, extent);
            push_map(page, &sweep.tally(), &world.sources);
            push_harms(page, sweep, world);
            if let Some(story) = &sweep.story {
                let _ = write!(page, "<h4>What happened</h4>\n{}", story_as_html(story));
            }
        }
        Err(findings) => {
            let findings = findings_as_text(findings, &world.sources, Look::PLAIN);
            let _ = writeln!(page, "<pre>{}</pre>", escaped(&findings));
        }
    }
    page.push_str("</section>\n");
}

fn push_not_begun(page: &mut String, title: &str) {
    page.push_str("<section>\n");
    push_heading(page, Conclusion::Stopped, title);
    page.push_str("<p>The sweep was stopped before this began.</p>\n</section>\n");
}

fn push_heading(page: &mut String, conclusion: Conclusion, title: &str) {
    let (word, title) = (mark(conclusion).1, escaped(&harmless_line(title)));
    let style = word.to_lowercase();
    let _ = writeln!(page, "<h3><span class=\"{style}\">{word}</span> {title}</h3>");
}

fn push_explored(page: &mut String, sweep: &ScenarioSweep, extent: &Extent) {
    if extent.only.is_some() {
        return;
    }
    page.push_str("<ul class=\"dim\">\n");
    for line in text::explored(&sweep.explored(extent), extent) {
        let _ = writeln!(page, "<li>{}</li>", escaped(&line));
    }
    page.push_str("</ul>\n");
}

fn push_map(page: &mut String, tally: &Tally, sources: &Sources) {
    let kinds = tally.kinds();
    page.push_str(
        "<p class=\"dim\">What became of each kind of fault at each statement: the worst, and how many of how many schedules; \
         where nothing stands none was played, since it can't strike there or another stands for it.</p>\n\
         <div class=\"scroll\" role=\"region\" aria-label=\"Statements by kinds of fault\" tabindex=\"0\">\n\
         <table class=\"map\">\n\
         <thead><tr><th scope=\"col\">Statement</th>",
    );
    for kind in &kinds {
        let (word, tells) = (kind.word(), escaped(kind.tells()));
        let _ = write!(page, "<th scope=\"col\" class=\"kind\" title=\"{tells}\"><span>{word}</span></th>");
    }
    page.push_str("</tr></thead>\n");
    for rows in tally.rows.chunk_by(|one, other| one.place.stage == other.place.stage) {
        push_part(page, rows, &kinds, sources);
    }
    page.push_str("</table>\n</div>\n");
}

fn push_part(page: &mut String, rows: &[Row], kinds: &[Kind], sources: &Sources) {
    let Some(first) = rows.first() else { return };
    let (columns, part) = (kinds.len() + 1, escaped(&table::part(&first.place)));
    let _ = writeln!(
        page,
        "<tbody>\n<tr><th scope=\"rowgroup\" colspan=\"{columns}\"><span>{part}</span></th></tr>"
    );
    for row in rows {
        let at = row.place.span.map(|span| format!("<small>{}</small>", escaped(&at_short(span, sources))));
        let effect = row.place.effect.map_or("asks", crate::value::Effect::word);
        let request = escaped(&harmless_line(&row.place.text));
        let at = at.unwrap_or_default();
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{effect} <code title=\"{request}\">{request}</code>{at}</th>"
        );
        kinds.iter().for_each(|kind| page.push_str(&cell(*kind, row.kinds.get(kind))));
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n");
}

/// The worst, and how many of how many; where such a fault can't strike, nothing.
fn cell(kind: Kind, counts: Option<&Counts>) -> String {
    let Some((counts, worst)) = counts.and_then(|counts| Some((counts, counts.worst()?))) else {
        return "<td></td>".to_owned();
    };
    let fates = Fate::ALL.into_iter().filter(|fate| counts.of(*fate) > 0);
    let fates: Vec<_> = fates.map(|fate| format!("{} {}", counts.of(fate), fate.tells())).collect();
    let title = escaped(&format!("{kind}: {}", fates.join(", ")));
    let (word, count, total) = (worst.word(), counts.of(worst), counts.total());
    let of = if count == total { String::new() } else { format!("/{total}") };
    format!("<td class=\"{word}\" title=\"{title}\">{count}{of}<small>{word}</small></td>")
}

fn push_harms(page: &mut String, sweep: &ScenarioSweep, world: &WorldSweep) {
    for (harm, verdicts) in harms(sweep) {
        let times = plural(verdicts.len(), "schedule", "schedules");
        let _ = writeln!(page, "<h4 class=\"fail\">{} <small>({times})</small></h4>", escaped(&harm));
        for verdict in verdicts.iter().take(TOLD) {
            push_harmful(page, sweep, world, verdict);
        }
        let others: Vec<_> = verdicts.iter().skip(TOLD).collect();
        if !others.is_empty() {
            let _ = writeln!(page, "<details><summary>{} more</summary>\n<ul>", grouped(others.len()));
            for verdict in others {
                let line = escaped(&reproducing(world, sweep, verdict));
                let _ = writeln!(page, "<li><code>{line}</code></li>");
            }
            page.push_str("</ul>\n</details>\n");
        }
    }
}

fn push_harmful(page: &mut String, sweep: &ScenarioSweep, world: &WorldSweep, verdict: &Verdict) {
    let schedule = escaped(&verdict.schedule.to_string());
    let line = escaped(&reproducing(world, sweep, verdict));
    let _ = writeln!(
        page,
        "<details open><summary><code>{schedule}</code></summary>\n<p>Alone: <code>{line}</code></p>"
    );
    // One that was asked for alone is told below.
    if let Some(story) = verdict.story.as_ref().filter(|_| sweep.story.is_none()) {
        page.push_str(&story_as_html(story));
    }
    page.push_str("</details>\n");
}

fn story_as_html(story: &Story) -> String {
    let line = |line: &Line| {
        let style = match &line.told {
            Told::Part(_) => "part",
            Told::Struck { .. } => "fault",
            Told::Harm(_) => "broke",
            Told::Sent { .. } | Told::Known(_) | Told::Person(_) => "plain",
        };
        let (at, told) = (length(line.at), escaped(text::told(&line.told).trim()));
        format!("<li class=\"{style}\"><span class=\"at\">{at}</span> {told}</li>\n")
    };
    let lines: String = story.lines.iter().map(line).collect();
    format!("<ol class=\"story\">\n{lines}</ol>\n")
}

fn push_coverage(page: &mut String, world: &WorldSweep) {
    let coverage = &world.coverage;
    let never: Vec<_> = coverage.never_exercised().collect();
    if !never.is_empty() {
        let _ = writeln!(
            page,
            "<h3>Never exercised</h3>\n<p>{} of {} that deal with faults:</p>\n<ul>",
            never.len(),
            coverage.precautions.len()
        );
        for (what, span) in never {
            let at = escaped(&at(span, &world.sources));
            let _ = writeln!(page, "<li>{} <code>{at}</code></li>", what.word());
        }
        page.push_str("</ul>\n");
    }
    if !coverage.undecided.is_empty() {
        page.push_str("<h3>Needed a person</h3>\n<p>Without <code>done when</code>, only a person could say whether these happened:</p>\n<ul>\n");
        for undecided in &coverage.undecided {
            let (at, request) =
                (escaped(&at(undecided.span, &world.sources)), escaped(&harmless_line(&undecided.request)));
            let times = plural(undecided.schedules, "schedule", "schedules");
            let _ = writeln!(page, "<li><code>{at}</code> once <code>{request}</code> ({times})</li>");
        }
        page.push_str("</ul>\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_file_becomes_markup() {
        let text = escaped("<script>alert('\"&')</script>\u{1b}[2J");
        assert_eq!(text, "&lt;script&gt;alert(&#39;&quot;&amp;&#39;)&lt;/script&gt;␛[2J");
    }
}
