//! How much of somebody else's files is taken in.

/// Bounds of one bundle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Files, folders and links together.
    pub(super) entries: usize,
    /// Folders within folders.
    pub(super) depth: usize,
    /// Bytes of one name.
    pub(super) name: usize,
    /// Bytes of one file. What is larger is there and not read.
    pub(super) file: u64,
    /// Bytes that are held in memory.
    pub(super) kept: u64,
    /// Bytes that come out of an archive, kept or not.
    pub(super) unpacked: u64,
    /// How many times larger than itself an archive may become, once it has come to more than [`RATIO_FROM`].
    pub(super) ratio: u64,
}

/// Below this a high ratio costs nothing: a small archive of one repeated log line.
pub(super) const RATIO_FROM: u64 = 64 << 20;

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Ten thousand pods with the logs of three containers each are a fifth of it.
            entries: 200_000,
            // Bundles are five folders deep.
            depth: 32,
            // What a file system takes as one name is 255; a path of four of them.
            name: 1_024,
            // The pods of a namespace stand in one file: twenty thousand of them.
            file: 256 << 20,
            // As a recording: a replay holds as much.
            kept: 1 << 30,
            // Inflated at 300 MB/s, this protects some ten seconds.
            unpacked: 4 << 30,
            // Lists of objects shrink to a thirtieth, repeated log lines to a three-hundredth; deflate ends at 1,032.
            ratio: 500,
        }
    }
}
