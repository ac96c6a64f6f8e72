//! Summaries as folds over rows.
