//! A library that programs load in place of libx265: the entry points and structs of its build 199, with Rivus behind them.
//!
//! Programs that were compiled for x265 ask the system for `libx265.so.199`; this library has that name, and goes to a directory
//! of its own that `LD_LIBRARY_PATH` can put in front (see `docs/x265.md`). It was written from the public documentation, from
//! measured sizes and offsets and from what programs do, not from x265's code or header.
//!
//! [`layout`] has the structs, [`exports`] the functions, [`api`] the table of functions that most programs ask for. A [`Param`]
//! carries everything in its own bytes (`fields` knows which), since programs copy it and put it on their stacks; `collect`
//! makes a configuration of it, and `session` encodes. Options by name go through the table that the command line uses, too.
//!
//! No panic leaves the library (`guard`), and no state is global: handles share nothing.
//!
//! [`Param`]: layout::Param

pub mod api;
mod collect;
mod defaults;
pub mod exports;
mod fields;
mod guard;
mod input;
pub mod layout;
mod log;
mod output;
mod parse;
mod session;
mod statistics;
