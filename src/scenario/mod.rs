//! TOML as written to a checked scenario.
