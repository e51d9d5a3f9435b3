//! The command line as clap types, before anything is checked.
