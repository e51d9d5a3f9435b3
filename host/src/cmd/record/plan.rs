//! What a recording will take: each read once, with the reasons of the checks that want it, and its expected size.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;

use super::RecordArgs;
use crate::capability::kubernetes::{Connection, Sample};
use crate::capability::{ListRequest, Mask, ReadError, Resource};
use crate::cmd::known::{Known, known};
use crate::manifest::{KindName, Verb};
use crate::report::{Screen, Sheet, words};
use crate::run::wide;
use crate::settings::{Places, connect_options};
use crate::ui::Fault;

/// How long the server may take to be asked for sizes.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// A list that will be taken.
struct Listed {
    resource: Resource,
    mask: Mask,
    reasons: BTreeSet<String>,
}

/// Draw the plan. A cluster that does not answer leaves the sizes open, no more.
pub(super) async fn plan(
    args: &RecordArgs,
    places: &Places,
    screen: Screen,
) -> Result<String, Fault> {
    let all = known(&args.selection, &args.grant, places)?;
    let all: Vec<Known> = all.into_iter().filter(|one| admits(one, args)).collect();
    let lists = lists(&all, args.wide);
    let samples = samples(args, &lists).await;
    let mut sheet = Sheet::new(screen);
    sheet.title(&format!("{} would read", words::count(all.len(), "check")));
    if let Err(fault) = &samples {
        sheet.row("", &format!("sizes are not known: {}", fault.sentence()));
    }
    sheet.section("lists");
    let samples = samples.unwrap_or_default();
    for (index, list) in lists.iter().enumerate() {
        let size = size(samples.get(index));
        sheet.title(&format!("list {}{size}", list.resource.kind));
        for reason in &list.reasons {
            sheet.row("", reason);
        }
    }
    sheet.section("other reads, as checks come to need them");
    for (call, reasons) in others(&all) {
        sheet.title(&call);
        for reason in reasons {
            sheet.row("", &reason);
        }
    }
    let total: u64 = samples.iter().flatten().map(|sample| sample.bytes).sum();
    sheet.section(&format!(
        "{} in lists; logs are cut at what each check says, answers of endpoints at 8 MiB",
        words::bytes(total)
    ));
    Ok(sheet.finish())
}

fn admits(known: &Known, args: &RecordArgs) -> bool {
    let answers = |symptom| {
        let manifest = known.manifest.as_ref();
        manifest.is_none_or(|manifest| manifest.symptoms.contains(&symptom))
    };
    known.is_ready() && args.symptom.is_none_or(answers)
}

fn lists(all: &[Known], is_wide: bool) -> Vec<Listed> {
    let mut lists: BTreeMap<KindName, Listed> = BTreeMap::new();
    let mut add = |resource: &Resource, mask: &Mask, reason: String| {
        let listed = lists
            .entry(resource.kind.clone())
            .or_insert_with(|| Listed {
                resource: resource.clone(),
                mask: Mask::default(),
                reasons: BTreeSet::new(),
            });
        listed.mask = listed.mask.union(mask);
        listed.reasons.insert(reason);
    };
    for gate in all.iter().filter_map(Known::gate) {
        for read in gate.reads().iter().filter(|read| read.verb == Verb::List) {
            let needs = gate.manifest().kubernetes.iter();
            let why = needs
                .filter(|need| need.kind == read.resource.kind && need.verbs.contains(&Verb::List));
            let why: Vec<&str> = why.map(|need| need.why.trim()).collect();
            let reason = format!("{}: {}", gate.manifest().id, why.join("; "));
            add(&read.resource, &read.mask, reason);
        }
    }
    if is_wide {
        for resource in wide::resources() {
            add(
                &resource,
                &Mask::All,
                "--wide: whole, for checks that are written later".to_owned(),
            );
        }
    }
    lists.into_values().collect()
}

/// Needs that are no lists, with the reasons of each.
fn others(all: &[Known]) -> BTreeMap<String, BTreeSet<String>> {
    let mut others: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for manifest in all.iter().filter_map(|known| known.manifest.as_ref()) {
        for need in manifest.needs_in_words() {
            if !need.call.starts_with("list ") {
                let reason = format!("{}: {}", manifest.id, need.why);
                others.entry(need.call).or_default().insert(reason);
            }
        }
    }
    others
}

async fn samples(
    args: &RecordArgs,
    lists: &[Listed],
) -> Result<Vec<Result<Sample, ReadError>>, Fault> {
    let options = connect_options(&args.connection, PATIENCE)?;
    let (connection, _) = Connection::open(&options, Arc::default()).await?;
    let connection = &connection;
    let namespaces = args.scope.namespaces.as_slice();
    let asked = lists.iter().map(|list| async move {
        let request = |namespace: Option<&String>| ListRequest {
            resource: list.resource.clone(),
            namespace: namespace.cloned(),
            mask: list.mask.clone(),
            facts: false,
            cursor: None,
        };
        if namespaces.is_empty() || !list.resource.namespaced {
            return connection.sample(&request(None)).await;
        }
        let mut whole = Sample::default();
        for namespace in namespaces {
            let sample = connection.sample(&request(Some(namespace))).await?;
            whole.objects += sample.objects;
            whole.bytes += sample.bytes;
        }
        Ok(whole)
    });
    Ok(join_all(asked).await)
}

fn size(sample: Option<&Result<Sample, ReadError>>) -> String {
    match sample {
        None => String::new(),
        Some(Ok(sample)) => {
            let objects = words::count(
                usize::try_from(sample.objects).unwrap_or(usize::MAX),
                "object",
            );
            format!(": {objects}, about {}", words::bytes(sample.bytes))
        }
        Some(Err(error)) => format!(": {}", error.message),
    }
}
