//! Plans of small runbooks, as a run or a world gets them.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::resolve::{Resolution, Subject, resolve};
use crate::value::from_json;

struct Files(HashMap<String, String>);

impl Loader for Files {
    fn read(&self, path: &Path) -> Result<Vec<u8>, std::io::Error> {
        let text = self.0.get(&path.display().to_string());
        text.map(|text| text.clone().into_bytes()).ok_or_else(|| std::io::ErrorKind::NotFound.into())
    }
}

const TENANTS: &str = r#"runbook "Tenants"

param domain: string = "example.com"
param tenants: list of {
  name:  string matching "[a-z0-9-]+",
  stack: string = "{{ name }}-stack",
  limit: duration = 5m,
  url:   string = "https://{{ name }}.{{ domain }}",
}

target web = ssh "web1"

lock "tenants {{ domain }}"

stage "Look" {
  for each tenant in tenants, 10 at a time {
    check on web, within tenant.limit $ docker stack ps {{ tenant.stack }}
    let page = check on web $ curl {{ tenant.url }}
    if page.text != "ok" {
      run on web, within 1m $ docker service update --force {{ tenant.stack }}
    }
  }
}
"#;

fn files(params: &str) -> Files {
    let files = [("main.runbook", TENANTS), ("params.yaml", params)];
    Files(files.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect())
}

fn resolved(files: &Files) -> (Arc<ResolvedRunbook>, Sources) {
    let Resolution { sources, findings, subject } = resolve(Path::new("main.runbook"), files);
    let Some(Subject::Runbook(runbook)) = subject else { panic!("{findings:?}") };
    (Arc::new(runbook), sources)
}

fn planned(params: &str, settings: &[(&str, &str)]) -> Result<Plan, Rejected> {
    let files = files(params);
    let (runbook, sources) = resolved(&files);
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let env = IndexMap::from([("HOME".to_owned(), "/home/me".to_owned())]);
    let inputs = Inputs { files: vec!["params.yaml".into()], settings: settings.collect(), env };
    plan(runbook, sources, &inputs, &files)
}

/// All that a plan says, as bytes.
fn written(plan: &Plan) -> String {
    let params = canonical_params(&plan.params);
    let preview = serde_json::to_string(&plan.preview()).unwrap();
    format!("{} {:?} {params} {preview} {:?}", plan.hash, plan.locks, plan.targets)
}

fn many(count: usize) -> String {
    (0..count).fold("tenants:\n".to_owned(), |mut text, index| {
        _ = write!(text, "  - name: t{index}\n    stack: \"{{{{ name }}}}-v2\"\n");
        text
    })
}

#[test]
fn the_environment_is_there_for_params_files_and_nowhere_else() {
    let plan = planned("tenants: [{name: a, url: \"file://{{ env.HOME }}\"}]", &[]).unwrap();
    assert_eq!(canonical_params(&plan.params)["tenants"][0]["url"], "file:///home/me");
    assert!(plan.scopes[0].get("env").is_none());
}

#[test]
fn the_hash_names_what_would_be_done() {
    let hash = |params: &str, settings: &[(&str, &str)]| planned(params, settings).unwrap().hash;
    let one = hash("tenants: [{name: a}]", &[]);
    assert_eq!(one.len(), 64);
    assert_eq!(one, hash("# a comment\ntenants:\n  - {\"name\": 'a'}\n", &[]));
    assert_eq!(one, hash("tenants: [{name: a, stack: a-stack}]", &[("domain", "example.com")]));
    assert_ne!(one, hash("tenants: [{name: b}]", &[]));
    assert_ne!(one, hash("tenants: [{name: a}]", &[("domain", "example.org")]));
}

#[test]
fn params_that_were_bound_give_the_same_plan_when_they_are_bound_again() {
    let plan = planned("tenants: [{name: b, limit: 90s}, {name: a, url: \"x {{ name }}\"}]", &[]).unwrap();
    let kept = params_as_json(&plan.params).to_string();
    let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
    let values = kept.as_object().unwrap().iter();
    let again = values.map(|(name, value)| (name.clone(), (from_json(value), Span::default()))).collect();
    let files = files("");
    let (runbook, sources) = resolved(&files);
    let bound = plan_with_values(&runbook, &Arc::new(sources), &again, &files).unwrap();
    assert_eq!((written(&bound), params_as_json(&bound.params)), (written(&plan), kept));
}

#[test]
fn a_world_gives_values_and_they_are_not_templates() {
    let files = files("");
    let (runbook, sources) = resolved(&files);
    let tenant = Value::from_pairs([("name", "a"), ("stack", "{{ name }}")]);
    let given = IndexMap::from([("tenants".to_owned(), (Value::from(vec![tenant]), Span::default()))]);
    let plan = plan_with_values(&runbook, &Arc::new(sources), &given, &files).unwrap();
    assert_eq!(canonical_params(&plan.params)["tenants"][0]["stack"], "{{ name }}");
    let preview = serde_json::to_string(&plan.preview()).unwrap();
    assert!(preview.contains("docker stack ps '{{ name }}'"), "{preview}");
}

#[test]
fn ten_thousand_tenants() {
    let plan = planned(&many(10_000), &[]).unwrap();
    let preview = plan.preview();
    assert!(!preview.cut);
    assert_eq!(preview.stages[0].steps[0].steps.len(), 10_000);
    let minutes = preview.worst_case.as_secs() / 60;
    assert_eq!(minutes, 1000 * (5 + 5 + 1));
}

#[test]
fn so_many_mistakes_are_not_all_told() {
    let text = (0..10_000).fold("tenants:\n".to_owned(), |text, _| text + "  - name: A B\n");
    let findings = planned(&text, &[]).unwrap_err().findings;
    assert!((10..=60).contains(&findings.len()), "{}", findings.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn planning_twice_gives_the_same_bytes(
        names in prop::collection::vec("[a-z][a-z0-9-]{0,6}", 1..6),
        domain in "[ -~]{0,12}",
        minutes in 1_u32..600,
    ) {
        let tenants = names.iter().map(|name| format!("  - {{name: {name}x, limit: {minutes}m}}\n"));
        let text = format!("tenants:\n{}", tenants.collect::<String>());
        let twice = [(); 2].map(|()| written(&planned(&text, &[("domain", &domain)]).unwrap()));
        prop_assert_eq!(&twice[0], &twice[1]);
    }
}

/// The login of the one target of a runbook in the folder `deploy`.
fn login(clauses: &str) -> Result<crate::value::Login, Rejected> {
    let text = format!(
        "runbook \"Login\"\n\nparam key: string = \"\"\nsecret root = env \"ROOT\"\n\ntarget web = ssh \"web1\", {clauses}\n\n\
         stage \"Look\" {{\n  check on web $ ls\n}}\n"
    );
    let files = Files(HashMap::from([("deploy/main.runbook".to_owned(), text)]));
    let Resolution { sources, findings, subject } = resolve(Path::new("deploy/main.runbook"), &files);
    let Some(Subject::Runbook(runbook)) = subject else { panic!("{findings:?}") };
    assert_eq!(findings, []);
    let plan = plan(Arc::new(runbook), sources, &Inputs::default(), &files)?;
    Ok(plan.targets[0].login.clone())
}

#[test]
fn keys_stand_at_home_or_beside_the_runbook() {
    let identity = |clause: &str| login(clause).unwrap().identity.unwrap();
    assert_eq!(identity(r#"identity "~/.ssh/web""#), "~/.ssh/web");
    assert_eq!(identity(r#"identity "keys/web""#), "deploy/keys/web");
    assert_eq!(identity(r#"identity "/etc/keys/web""#), "/etc/keys/web");
    assert!(login("identity key").is_err(), "an empty path");
    assert!(login(r#"identity "~/.ssh/""#).is_err(), "a folder");
}

#[test]
fn logins_name_secrets_and_hold_none() {
    let found = login("passphrase root, password root, sudo root, host key unchecked").unwrap();
    let named = Some("root".to_owned());
    assert_eq!((&found.passphrase, &found.password, &found.sudo), (&named, &named, &named));
    assert_eq!(found.host_key, crate::value::HostKey::Unchecked);
    assert_eq!(login("user \"ops\"").unwrap(), crate::value::Login::default());
}
