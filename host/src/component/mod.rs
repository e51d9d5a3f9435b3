//! From bytes to something that can be started: source, manifest section, preflight, cache.
