//! What may be asked of a reader.

use crate::network::params::FileFormat;

/// Options of reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// The format; found from the content where it is not given.
    pub format: Option<FileFormat>,
    /// Replace names that do not match `[A-Za-z0-9_.:-]{1,80}` by their index.
    pub rename: bool,
    /// Skip channels of a node with itself, which are refused otherwise.
    pub drop_self_loops: bool,
}
