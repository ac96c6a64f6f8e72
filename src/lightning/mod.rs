//! The channel system.
