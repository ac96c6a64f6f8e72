//! Rows to files: CSV, JSON, plots.
