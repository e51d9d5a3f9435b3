//! Answers to Kubernetes reads: scope, selector, pages and mask as the host applies them.

use serde_json::Value;

use super::calls::{Host, World};
use super::mask::prune;
use super::outcome::Coverage;
use crate::error::{Error, Result};
use crate::host::{ListQuery, Page};
use crate::object::Kind;
use crate::reads::{PodLog, PodLogQuery, ServedKind};

impl World {
    /// Take in an object, or each of a `List`.
    pub(crate) fn add(&mut self, object: Value) {
        let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
        let (version, kind) = (text("apiVersion"), text("kind"));
        if let Some(Value::Array(items)) = object.get("items") {
            let item_kind = kind.strip_suffix("List").unwrap_or(kind);
            for item in items {
                let mut item = item.clone();
                if let Value::Object(members) = &mut item {
                    members
                        .entry("apiVersion")
                        .or_insert_with(|| Value::from(version));
                    members
                        .entry("kind")
                        .or_insert_with(|| Value::from(item_kind));
                }
                self.add(item);
            }
        } else if !kind.is_empty() {
            self.objects
                .entry(format!("{version}/{kind}"))
                .or_default()
                .push(object);
        }
    }

    fn declares(&self, kind: &str, verb: &str) -> bool {
        let needs = self.manifest.kubernetes.iter();
        needs
            .into_iter()
            .any(|need| need.kind == kind && need.verbs.iter().any(|known| known == verb))
    }

    fn is_in_scope(&self, object: &Value) -> bool {
        let namespace = metadata(object, "namespace");
        let namespaces = &self.scope.namespaces;
        namespaces.is_empty()
            || namespace.is_empty()
            || namespaces.iter().any(|known| known == namespace)
    }

    fn page<T: Kind>(&mut self, query: &ListQuery, read: u32) -> Page {
        let objects = self.objects.get(query.kind).map_or(&[][..], Vec::as_slice);
        let mut found: Vec<&Value> = objects
            .iter()
            .filter(|object| self.is_in_scope(object))
            .filter(|object| {
                query
                    .namespace
                    .as_ref()
                    .is_none_or(|namespace| metadata(object, "namespace") == namespace)
            })
            .filter(|object| {
                query
                    .labels
                    .as_ref()
                    .is_none_or(|selector| selects(selector, object))
            })
            .collect();
        found.sort_by_key(|object| (metadata(object, "namespace"), metadata(object, "name")));
        let start: usize = query
            .cursor
            .as_deref()
            .and_then(|cursor| cursor.parse().ok())
            .unwrap_or(0);
        let page: Vec<Value> = found
            .iter()
            .skip(start)
            .take(self.page_size)
            .map(|object| prune(object, &T::SHAPE))
            .collect();
        let end = start + page.len();
        let next = (end < found.len()).then(|| end.to_string());
        if self.truncated.contains(query.kind) {
            self.cover(read, Coverage::Truncated);
        }
        Page {
            read,
            items: Value::Array(page).to_string(),
            next,
        }
    }
}

impl Host {
    pub(crate) fn list<T: Kind>(&self, query: &ListQuery) -> Result<Page> {
        let mut world = self.0.borrow_mut();
        let declared = world.declares(query.kind, "list");
        let what = match &query.namespace {
            Some(namespace) => format!("list {} in {namespace}", query.kind),
            None => format!("list {}", query.kind),
        };
        world.read(query.kind, what, declared, |world, read| {
            Ok(world.page::<T>(query, read))
        })
    }

    pub(crate) fn get<T: Kind>(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<(u32, String)> {
        let mut world = self.0.borrow_mut();
        let declared = world.declares(T::KIND, "get");
        let namespace = namespace.unwrap_or_default();
        let what = format!("get {} {namespace}/{name}", T::KIND);
        world.read(T::KIND, what, declared, |world, read| {
            let objects = world.objects.get(T::KIND).into_iter().flatten();
            let is_asked = |object: &&Value| {
                metadata(object, "namespace") == namespace && metadata(object, "name") == name
            };
            let object = objects.into_iter().find(is_asked);
            let object = object.ok_or_else(|| {
                Error::new(
                    "absent",
                    format!("{} `{namespace}/{name}` not found", T::KIND),
                )
            })?;
            Ok((read, prune(object, &T::SHAPE).to_string()))
        })
    }

    pub(crate) fn kinds(&self) -> Result<Vec<ServedKind>> {
        let mut world = self.0.borrow_mut();
        let declared = !world.manifest.kubernetes.is_empty();
        world.read("kinds", "kinds".to_owned(), declared, |world, _| {
            let of_objects = world.objects.iter().filter_map(|(kind, objects)| {
                let (version, kind) = kind.rsplit_once('/')?;
                let (group, version) = version.rsplit_once('/').unwrap_or(("", version));
                Some(ServedKind {
                    group: group.to_owned(),
                    version: version.to_owned(),
                    kind: kind.to_owned(),
                    plural: format!("{}s", kind.to_ascii_lowercase()),
                    namespaced: objects
                        .iter()
                        .any(|object| !metadata(object, "namespace").is_empty()),
                })
            });
            let mut kinds = world.kinds.clone();
            let missing: Vec<_> = of_objects
                .filter(|served| {
                    !kinds
                        .iter()
                        .any(|kind| kind.kind == served.kind && kind.group == served.group)
                })
                .collect();
            kinds.extend(missing);
            Ok(kinds)
        })
    }

    pub(crate) fn pod_log(&self, query: &PodLogQuery) -> Result<PodLog> {
        let mut world = self.0.borrow_mut();
        let needs = &world.manifest.pod_logs;
        let declared = !needs.is_empty();
        let most = needs.iter().map(|need| need.tail_lines).max().unwrap_or(0);
        let PodLogQuery {
            namespace,
            pod,
            container,
            previous,
            tail,
        } = query;
        let place = format!(
            "{namespace}/{pod}/{}",
            container.as_deref().unwrap_or_default()
        );
        let what = format!(
            "log of {place}{}",
            if *previous { " (previous)" } else { "" }
        );
        world.read("pod-logs", what, declared, |world, read| {
            let log = world.pod_logs.get(&(place.clone(), *previous));
            let text = match (log, previous) {
                (Some(text), _) => text,
                (None, true) => {
                    return Err(Error::new(
                        "absent",
                        format!("`{place}` has no previous container"),
                    ));
                }
                (None, false) => {
                    return Ok(PodLog {
                        read,
                        text: String::new(),
                        truncated: false,
                    });
                }
            };
            let tail = match (usize::try_from(*tail).unwrap_or(most), most) {
                (0, most) => most,
                (tail, 0) => tail,
                (tail, most) => tail.min(most),
            };
            let lines: Vec<&str> = text.lines().collect();
            let skipped = if tail == 0 {
                0
            } else {
                lines.len().saturating_sub(tail)
            };
            let text = lines
                .into_iter()
                .skip(skipped)
                .collect::<Vec<_>>()
                .join("\n");
            Ok(PodLog {
                read,
                text,
                truncated: false,
            })
        })
    }
}

fn metadata<'a>(object: &'a Value, name: &str) -> &'a str {
    object
        .get("metadata")
        .and_then(|metadata| metadata.get(name))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// `app=web,tier!=cache,track`, as far as tests write it.
fn selects(selector: &str, object: &Value) -> bool {
    let labels = object
        .get("metadata")
        .and_then(|metadata| metadata.get("labels"));
    let label = |name: &str| {
        labels
            .and_then(|labels| labels.get(name))
            .and_then(Value::as_str)
    };
    selector
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .all(|part| {
            if let Some((name, value)) = part.split_once("!=") {
                label(name.trim()) != Some(value.trim())
            } else if let Some((name, value)) = part.split_once('=') {
                label(name.trim()) == Some(value.trim_start_matches('=').trim())
            } else if let Some(name) = part.strip_prefix('!') {
                label(name.trim()).is_none()
            } else {
                label(part).is_some()
            }
        })
}
