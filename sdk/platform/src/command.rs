//! The commands that findings give as the next step, in one form for all checks.

/// Everything of one object, with its events.
#[must_use]
pub fn describe<'a>(namespace: &'a str, kind: &'a str, name: &'a str) -> [&'a str; 6] {
    ["kubectl", "-n", namespace, "describe", kind, name]
}

/// One object as it is stored.
#[must_use]
pub fn yaml<'a>(namespace: &'a str, kind: &'a str, name: &'a str) -> [&'a str; 8] {
    ["kubectl", "-n", namespace, "get", kind, name, "-o", "yaml"]
}

/// One application of Argo CD. The full name of the resource, since other products have applications too.
#[must_use]
pub fn application<'a>(namespace: &'a str, name: &'a str) -> [&'a str; 8] {
    yaml(namespace, "applications.argoproj.io", name)
}

/// The pods of a namespace and the nodes that they are on.
#[must_use]
pub fn pods(namespace: &str) -> [&str; 7] {
    ["kubectl", "-n", namespace, "get", "pods", "-o", "wide"]
}

/// The pods with these labels.
#[must_use]
pub fn pods_with<'a>(namespace: &'a str, labels: &'a str) -> [&'a str; 7] {
    ["kubectl", "-n", namespace, "get", "pods", "-l", labels]
}

/// The end of a log: of a pod, or of `job/NAME`.
#[must_use]
pub fn log<'a>(namespace: &'a str, what: &'a str) -> [&'a str; 6] {
    ["kubectl", "-n", namespace, "logs", what, "--tail=50"]
}

/// The end of the logs of all its containers.
#[must_use]
pub fn logs<'a>(namespace: &'a str, what: &'a str) -> [&'a str; 7] {
    [
        "kubectl",
        "-n",
        namespace,
        "logs",
        what,
        "--all-containers",
        "--tail=50",
    ]
}
