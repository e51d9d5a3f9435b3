//! What an exit code says.

/// `exit 137 (killed by SIGKILL)`.
pub(crate) fn describe(code: i64) -> String {
    match meaning(code) {
        Some(meaning) => format!("exit {code} ({meaning})"),
        None => format!("exit {code}"),
    }
}

fn meaning(code: i64) -> Option<&'static str> {
    Some(match code {
        0 => "ended without an error, though it should go on",
        126 => "the command cannot be executed",
        127 => "the command is not found",
        128 => "the container could not be started",
        129 => "SIGHUP",
        130 => "SIGINT",
        132 => "SIGILL: an instruction that this processor lacks",
        134 => "SIGABRT: the program gave up",
        135 => "SIGBUS: a memory mapping failed, often a full volume",
        137 => "SIGKILL: killed from outside",
        139 => "SIGSEGV: the program crashed",
        141 => "SIGPIPE",
        143 => "SIGTERM: asked to end",
        _ => return None,
    })
}
