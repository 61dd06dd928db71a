//! What is wrong and how to mend it: configuration, cache folder, index, watcher, audit log, model hosts. One handler for the
//! command line and for editors.

mod hosts;
pub mod index;
mod machine;
mod settings;

use std::{fmt::Write, path::PathBuf};

use codecompass_ollama::pool::Role;
use serde::Serialize;

pub use hosts::{Depth, HostReport, PaceReport, VectorsReport};
pub use settings::SettingReport;

use super::hover::plain;
use crate::{
    config::{
        load::Config,
        options::key,
        report::Origin,
        settings::{Provider, Settings},
    },
    hosts::{Configured, pool_of},
};

/// Something that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What.
    pub about: String,
    /// How it is.
    pub level: Level,
    /// What was found.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// It works, but could be better.
    Warning,
    /// Something does not work.
    Problem,
}

impl Finding {
    /// As it should be.
    pub fn ok(about: impl Into<String>, message: impl Into<String>) -> Self {
        Self { about: about.into(), level: Level::Ok, message: message.into(), fix: None }
    }

    /// It works, but could be better.
    pub fn warning(about: impl Into<String>, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { about: about.into(), level: Level::Warning, message: message.into(), fix: Some(fix.into()) }
    }

    /// Something does not work.
    pub fn problem(about: impl Into<String>, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { level: Level::Problem, ..Self::warning(about, message, fix) }
    }
}

/// What is looked at.
pub struct Patient<'a> {
    /// The configuration: the values, where they come from, what is wrong.
    pub config: &'a Config,
    /// The folder of all indexes, or why there is none.
    pub cache: Result<PathBuf, String>,
    /// What is known of the index of each folder.
    pub indexes: Vec<Finding>,
    /// Folders that are watched, or would be.
    pub watched: u64,
    /// The hosts.
    pub hosts: Vec<Configured>,
}

/// Everything that was found.
#[derive(Debug, Clone, Serialize)]
pub struct Diagnosis {
    /// Whether nothing is broken.
    pub ok: bool,
    /// What was looked at.
    pub findings: Vec<Finding>,
    /// The hosts.
    pub hosts: Vec<HostReport>,
    /// The settings that somebody wrote.
    pub settings: Vec<SettingReport>,
}

/// Looks at everything. `say` hears what is looked at next. With `ask` models are asked something.
pub async fn diagnose(patient: Patient<'_>, ask: bool, say: &(dyn Fn(String) + Sync)) -> Diagnosis {
    let Patient { config, cache, indexes, watched, hosts } = patient;
    let values = &config.settings;
    say("configuration and cache folder".to_owned());
    let mut findings = settings::mistakes(config);
    findings.extend(machine::cache(cache, values.index.disk_budget));
    findings.extend(indexes);
    findings.extend(machine::watcher(watched, values.index.watcher.is_polling()));
    findings.extend(machine::audit_log(&values.privacy.audit_log));
    if values.privacy.offline {
        let origin = key("privacy.offline").map(|key| config.origin(key).to_string()).unwrap_or_default();
        findings.push(Finding::ok("offline", format!("nothing leaves this machine ({origin})")));
    }
    let configured = key("ollama.hosts").is_some_and(|key| *config.origin(key) != Origin::Default);
    let mut reports = Vec::new();
    for host in &hosts {
        say(format!("host {}", host.options.name));
        let (report, found) = hosts::examine(host, values, Depth { configured, ask }).await;
        findings.extend(found);
        reports.push(report);
    }
    if hosts.is_empty() {
        findings.push(Finding::warning("hosts", "there is no model host", "name one in `ollama.hosts`"));
    } else if configured {
        findings.extend(roles(values, hosts).await);
    }
    let ok = findings.iter().all(|finding| finding.level < Level::Problem);
    Diagnosis { ok, findings, hosts: reports, settings: settings::written(config) }
}

/// Which model on which host is used for what.
async fn roles(values: &Settings, hosts: Vec<Configured>) -> Vec<Finding> {
    let pool = pool_of(values, hosts);
    let mut findings = Vec::new();
    for role in Role::ALL {
        let about = format!("role {}", role.as_str());
        if role == Role::Embed && values.embedding.provider == Provider::Builtin {
            findings.push(Finding::ok(about, "the model inside the program makes vectors; no host is needed"));
            continue;
        }
        match pool.choose(role, None).await {
            Ok(chosen) => findings.push(Finding::ok(about, chosen.why)),
            Err(error) => findings.push(Finding::problem(about, error.to_string(), error.advice())),
        }
    }
    findings
}

const TAKES_ALL: &str = "a string takes all that is written";

/// What was found as a document.
pub fn markdown(diagnosis: &Diagnosis) -> String {
    let mut out = "# CodeCompass: doctor\n\n".to_owned();
    for Finding { about, level, message, fix } in &diagnosis.findings {
        let mark = match level {
            Level::Ok => "ok",
            Level::Warning => "**warning**",
            Level::Problem => "**problem**",
        };
        writeln!(out, "- {mark}: {}: {}", plain(about), plain(message)).expect(TAKES_ALL);
        if let Some(fix) = fix {
            writeln!(out, "  - {}", plain(fix)).expect(TAKES_ALL);
        }
    }
    if !diagnosis.settings.is_empty() {
        out.push_str("\n## Settings that somebody wrote\n\n");
    }
    for SettingReport { name, value, source } in &diagnosis.settings {
        writeln!(out, "- {name} = {} ({})", plain(value), plain(source)).expect(TAKES_ALL);
    }
    out
}
