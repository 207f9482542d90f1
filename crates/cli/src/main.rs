#![forbid(unsafe_code)]
//! The program `rivus`: encode, decode, inspect and compare HEVC video.
//!
//! One module per subcommand in [`commands`]; [`input`] opens whatever is given, [`output`] writes under a temporary
//! name until all is whole, [`codec`] is the only place that calls the codec.

mod args;
mod codec;
mod commands;
mod failure;
mod image;
mod input;
mod interrupt;
mod metrics;
mod output;
mod progress;
mod text;
mod usage;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::parse_from(commands::x265::separate(std::env::args_os()));
    let cleanup = interrupt::install();
    let result = match &cli.command {
        Command::Encode(args) => commands::encode::run(args, &cleanup),
        Command::Decode(args) => commands::decode::run(args, &cleanup),
        Command::Info(args) => commands::info::run(args),
        Command::Compare(args) => commands::compare::run(args, &cleanup),
        Command::X265(args) => commands::x265::run(args, &cleanup),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("rivus: {failure}");
            ExitCode::from(failure.code as u8)
        }
    }
}
