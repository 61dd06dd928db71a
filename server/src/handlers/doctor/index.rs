//! How the index of a folder is: as it lies on disk, or as a server keeps it.

use super::Finding;
use crate::{
    handlers::{
        facts,
        report::{self, FolderReport, Report},
        status::Status,
    },
    live::state::{Phase, WatcherMode},
};

/// The index of one folder on disk.
pub fn stored(status: anyhow::Result<Status>) -> Vec<Finding> {
    let about = "index";
    let rebuild = "`codecompass index` builds it, and so does the first search";
    let status = match status {
        Err(error) => {
            return vec![Finding::problem(about, format!("{error:#}"), "mend this, then run `codecompass index`")];
        }
        Ok(status) => status,
    };
    let Some(age) = status.index.age_s else {
        let damaged = status.errors.iter().find(|error| error.contains("builds it anew"));
        return vec![match damaged {
            Some(error) => Finding::warning(about, error, rebuild),
            None => Finding::warning(about, "there is none yet", rebuild),
        }];
    };
    let (files, changed) = (status.files.indexed, facts::ago(age));
    let mut findings = vec![Finding::ok(about, format!("{files} files of {}, changed {changed}", status.workspace))];
    findings.extend(status.errors.iter().map(|error| Finding::warning(about, error, "`codecompass status` says more")));
    findings
}

/// The indexes of all folders of a server.
pub fn live(report: &Report) -> Vec<Finding> {
    if report.folders.is_empty() {
        return vec![Finding::warning("folders", "no folder is open", "open the folder of a project")];
    }
    report.folders.iter().flat_map(of_folder).collect()
}

fn of_folder(folder: &FolderReport) -> Vec<Finding> {
    let about = format!("index of {}", folder.workspace);
    let mut findings = Vec::new();
    let said = report::said(folder);
    if folder.phase == Phase::Failed {
        let why = if folder.errors.is_empty() { said } else { folder.errors.join(". ") };
        findings.push(Finding::problem(&about, why, "mend this, then `codecompass.reindex`"));
    } else {
        let changed = folder.index.age_s.map_or_else(String::new, |age| format!(", changed {}", facts::ago(age)));
        findings.push(Finding::ok(&about, format!("{said}, {} files{changed}", folder.files.indexed)));
        let fix = "`codecompass.status` says more";
        findings.extend(folder.errors.iter().map(|error| Finding::warning(&about, error, fix)));
        if folder.phase == Phase::Ready && !folder.index.complete {
            findings.push(Finding::warning(
                &about,
                "the first build was cut off",
                "`codecompass.reindex` builds it anew",
            ));
        }
    }
    let about = format!("watcher of {}", folder.workspace);
    let watched = report::watcher(&folder.watcher);
    findings.push(match folder.watcher.mode {
        WatcherMode::Polling if !folder.watcher.reason.is_empty() => {
            let fix = "mend this, or set `index.watcher = \"polling\"` if it is meant so";
            Finding::warning(about, watched, fix)
        }
        _ => Finding::ok(about, watched),
    });
    findings
}
