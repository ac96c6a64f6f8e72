//! The life of one payment.
