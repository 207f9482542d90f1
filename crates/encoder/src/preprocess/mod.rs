//! What happens to pictures before anything is decided about them.

pub(crate) mod convert;
