//! Which rights the granted reads of the checks need, and what the cluster says of each.
//!
//! Rights in one namespace are answered from one list of rules for each namespace. A list of rules has no cluster-wide
//! form, and an authorizer behind a webhook puts none into it: there, each distinct right is one question.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;

use super::examination::{Allowed, Right, Rule};
use crate::capability::ReadError;
use crate::capability::kubernetes::{Access, Connection};
use crate::cmd::known::Known;
use crate::grant::{Gate, Namespaces};
use crate::manifest::{KindName, Verb};

/// Requests for one examination. Fifty checks need about a hundred distinct rights; beyond this it would be load, and
/// what is left over is said to be unknown.
const MAX_QUESTIONS: usize = 400;

/// One right that a check needs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Wanted {
    verb: &'static str,
    kind: String,
    question: Question,
}

/// What is asked once, however many checks need it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Question {
    access: Access,
    /// `None` is the whole cluster.
    namespace: Option<String>,
    namespaced: bool,
}

type Answers = BTreeMap<Question, Result<bool, ReadError>>;

/// The rights of each check, in the order of its manifest; `asked` narrows those in namespaces.
pub(super) fn wanted(checks: &[Known], asked: &[String]) -> Vec<Vec<Wanted>> {
    let gates: Vec<Option<Gate>> = checks.iter().map(Known::gate).collect();
    let listed = listed(gates.iter().flatten());
    let of_gate = |gate: &Gate| of_gate(gate, asked, &listed);
    gates
        .iter()
        .map(|gate| gate.as_ref().map(of_gate).unwrap_or_default())
        .collect()
}

/// Where each kind is listed by some check. The objects of a list answer the gets, too.
fn listed<'a>(gates: impl Iterator<Item = &'a Gate>) -> BTreeMap<KindName, Namespaces> {
    let mut listed: BTreeMap<KindName, Namespaces> = BTreeMap::new();
    let reads = gates.flat_map(Gate::reads);
    for read in reads.filter(|read| read.verb == Verb::List) {
        let nowhere = Namespaces::Only(Vec::new());
        let namespaces = listed.entry(read.resource.kind).or_insert(nowhere);
        *namespaces = namespaces.union(&read.namespaces);
    }
    listed
}

fn of_gate(gate: &Gate, asked: &[String], listed: &BTreeMap<KindName, Namespaces>) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    for read in gate.reads() {
        let kind = &read.resource.kind;
        let is_listed = || {
            let lists = listed.get(kind);
            lists.is_some_and(|lists| read.namespaces.outside(lists).is_none())
        };
        let verb = match read.verb {
            Verb::List => "list",
            Verb::Get if is_listed() => continue,
            Verb::Get => "get",
        };
        let access = Access {
            verb,
            group: kind.group.clone(),
            resource: read.resource.plural.clone(),
        };
        let places = places(read.resource.namespaced, &read.namespaces, asked);
        let namespaced = read.resource.namespaced;
        wanted.extend(places.into_iter().map(|namespace| Wanted {
            verb,
            kind: kind.to_string(),
            question: Question {
                access: access.clone(),
                namespace,
                namespaced,
            },
        }));
    }
    let logs = Access {
        verb: "get",
        group: String::new(),
        resource: "pods/log".to_owned(),
    };
    let places = places(true, &gate.pod_logs(), asked);
    wanted.extend(places.into_iter().map(|namespace| Wanted {
        verb: "logs",
        kind: "v1/Pod".to_owned(),
        question: Question {
            access: logs.clone(),
            namespace,
            namespaced: true,
        },
    }));
    let mut seen = BTreeSet::new();
    wanted.retain(|one| seen.insert((one.verb, one.question.clone())));
    wanted
}

/// The whole cluster, or namespaces by name.
fn places(namespaced: bool, granted: &Namespaces, asked: &[String]) -> Vec<Option<String>> {
    if !namespaced {
        return vec![None];
    }
    let reach = if asked.is_empty() {
        granted.clone()
    } else {
        granted.intersection(&Namespaces::only(asked.to_vec()))
    };
    match reach {
        Namespaces::All => vec![None],
        Namespaces::Only(names) => names.into_iter().map(Some).collect(),
    }
}

/// One row for each right of each check. Where the whole cluster is forbidden, a run lists the `fallback` namespaces one
/// by one, so those are asked about too. Without a connection nothing is known.
pub(super) async fn rows(
    connection: Option<&Connection>,
    wanted: &[Vec<Wanted>],
    fallback: &[String],
) -> Vec<Vec<Right>> {
    let Some(connection) = connection else {
        let rows = |wanted: &Vec<Wanted>| wanted.iter().map(|one| right(one, None)).collect();
        return wanted.iter().map(rows).collect();
    };
    let questions = |wanted: &[Vec<Wanted>]| -> BTreeSet<Question> {
        let all = wanted.iter().flatten();
        all.map(|one| one.question.clone()).collect()
    };
    let mut answers = ask(connection, &questions(wanted)).await;
    let wanted = with_fallback(wanted, &answers, fallback);
    let more = questions(&wanted);
    let more = more.into_iter().filter(|one| !answers.contains_key(one));
    let more = ask(connection, &more.collect()).await;
    answers.extend(more);
    let rows = |wanted: &Vec<Wanted>| {
        let rights = wanted.iter();
        rights
            .map(|one| right(one, answers.get(&one.question)))
            .collect()
    };
    wanted.iter().map(rows).collect()
}

fn with_fallback(
    wanted: &[Vec<Wanted>],
    answers: &Answers,
    fallback: &[String],
) -> Vec<Vec<Wanted>> {
    let is_forbidden = |one: &Wanted| {
        let question = &one.question;
        question.namespaced
            && question.namespace.is_none()
            && matches!(answers.get(question), Some(Ok(false)))
    };
    let spread = |one: &Wanted| {
        let names: &[String] = if is_forbidden(one) { fallback } else { &[] };
        let named = names.iter().map(|name| {
            let mut one = one.clone();
            one.question.namespace = Some(name.clone());
            one
        });
        std::iter::once(one.clone())
            .chain(named)
            .collect::<Vec<_>>()
    };
    wanted
        .iter()
        .map(|wanted| wanted.iter().flat_map(spread).collect())
        .collect()
}

async fn ask(connection: &Connection, questions: &BTreeSet<Question>) -> Answers {
    let mut by_namespace: BTreeMap<Option<&str>, Vec<&Question>> = BTreeMap::new();
    for question in questions.iter().take(MAX_QUESTIONS) {
        let namespace = question.namespace.as_deref();
        by_namespace.entry(namespace).or_default().push(question);
    }
    let asked = by_namespace
        .into_iter()
        .map(|(namespace, questions)| async move {
            match namespace {
                None => one_by_one(connection, questions).await,
                Some(namespace) => by_rules(connection, namespace, questions).await,
            }
        });
    join_all(asked).await.into_iter().flatten().collect()
}

type Answered = Vec<(Question, Result<bool, ReadError>)>;

async fn one_by_one(connection: &Connection, questions: Vec<&Question>) -> Answered {
    let asked = questions.into_iter().map(|question| async move {
        let namespace = question.namespace.as_deref();
        let answer = connection.may(&question.access, namespace).await;
        (question.clone(), answer)
    });
    join_all(asked).await
}

async fn by_rules(connection: &Connection, namespace: &str, questions: Vec<&Question>) -> Answered {
    let rules = match connection.rules(namespace).await {
        Ok(rules) => rules,
        Err(error) => {
            let failed = |question: &Question| (question.clone(), Err(error.clone()));
            return questions.into_iter().map(failed).collect();
        }
    };
    let (allowed, others): (Vec<_>, Vec<_>) = questions
        .into_iter()
        .partition(|question| rules.allow(&question.access));
    let mut answers: Answered = allowed
        .into_iter()
        .map(|question| (question.clone(), Ok(true)))
        .collect();
    if rules.is_incomplete {
        answers.extend(one_by_one(connection, others).await);
    } else {
        let others = others.into_iter();
        answers.extend(others.map(|question| (question.clone(), Ok(false))));
    }
    answers
}

fn right(wanted: &Wanted, answer: Option<&Result<bool, ReadError>>) -> Right {
    let (allowed, said) = match answer {
        Some(Ok(true)) => (Allowed::Yes, None),
        Some(Ok(false)) => (Allowed::No, None),
        Some(Err(error)) => (Allowed::Unknown, Some(error.message.clone())),
        None => (Allowed::Unknown, Some("it was not asked".to_owned())),
    };
    let access = &wanted.question.access;
    Right {
        verb: wanted.verb,
        kind: wanted.kind.clone(),
        namespace: wanted.question.namespace.clone(),
        allowed,
        said,
        rule: (allowed == Allowed::No).then(|| Rule::from(access)),
    }
}
