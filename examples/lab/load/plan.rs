//! What is asked, how often, and what is a right answer.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::tenants::Tenant;

/// A load, on one or more targets in turn.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    pub targets: Vec<Target>,
    /// Requests a second, over all targets.
    pub rate: f64,
    /// How long, if not until it is ended.
    pub seconds: Option<f64>,
    /// Seconds after which a request that is due has failed: longer than proxies wait, so that what they
    /// have to say of a failure is heard.
    #[serde(default = "timeout")]
    pub timeout: f64,
    /// The certificate of the authority that servers are checked by; PEM.
    pub authority: Option<PathBuf>,
    /// Where `load.jsonl`, `report.json` and `report.txt` go.
    pub folder: PathBuf,
}

/// What is asked for, and what is a right answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Target {
    /// As the report calls it.
    pub name: String,
    /// `http://…` or `https://…`
    pub url: String,
    /// Where to connect, as ADDRESS:PORT, if not to where the URL's name leads.
    pub at: Option<String>,
    #[serde(default = "two_hundred")]
    pub status: u16,
    /// Fields of the JSON body, and the text that each must be.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// What says who served it.
    #[serde(default)]
    pub served_by: Witness,
}

/// What of an answer says who served it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Witness {
    /// A field of the JSON body; an answer without it is wrong.
    Field(String),
    /// A header; an answer without it is wrong.
    Header(String),
    /// The body, all of it.
    Body,
    #[default]
    Nothing,
}

fn timeout() -> f64 {
    15.0
}

fn two_hundred() -> u16 {
    200
}

impl Plan {
    /// The flagship's load: each tenant's health check through the edge at `at`.
    pub fn of_tenants(tenants: &[Tenant], at: &str, rate: f64, authority: PathBuf, folder: PathBuf) -> Self {
        let targets = tenants.iter().map(|tenant| Target {
            name: tenant.name.clone(),
            url: tenant.url.clone(),
            at: Some(at.to_owned()),
            status: two_hundred(),
            fields: BTreeMap::from([("tenant".to_owned(), tenant.name.clone())]),
            served_by: Witness::Field("side".to_owned()),
        });
        let (targets, authority) = (targets.collect(), Some(authority));
        Self { targets, rate, seconds: None, timeout: timeout(), authority, folder }
    }

    pub fn timeout(&self) -> Duration {
        Duration::from_secs_f64(self.timeout)
    }

    /// The file of a line a second.
    pub fn lines(&self) -> PathBuf {
        self.folder.join("load.jsonl")
    }
}
