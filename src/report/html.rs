//! A self-contained page: tables of the summaries, and the plots inline.
