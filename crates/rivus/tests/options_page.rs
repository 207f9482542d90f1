//! The page of encoder options in `docs` says what the table of options says.

use rivus::{Config, Preset, Tune};
use std::fmt::Write;
use std::path::Path;

/// The page, made from the table.
fn page() -> String {
    let mut page = String::from(
        "# Encoder options\n\n\
         Set with `Config::set(name, value)`, with `-x NAME=VALUE` on the command line, or by the flag of the same name where\n\
         there is one. `no-NAME` sets a flag to 0. What is set by name wins over the tune, the tune over the preset, the\n\
         preset over the default. This page is made from the table in `crates/encoder/src/config/options.rs`; after a\n\
         change there run `UPDATE_PAGES=1 cargo test -p rivus --test options_page`.\n",
    );
    let mut group = "";
    for option in Config::options() {
        if option.group != group {
            group = option.group;
            let _ =
                write!(page, "\n## {group}\n\n| option | values | default | meaning |\n|---|---|---|---|\n");
        }
        let (name, legal, default) = (option.name, option.legal.to_string(), option.default());
        let _ =
            writeln!(page, "| `{name}` | {} | {default} | {} |", legal.replace('|', "\\|"), option.help());
    }
    page.push_str("\n## What presets set\n\n| option |");
    Preset::NAMES.iter().for_each(|name| {
        let _ = write!(page, " {name} |");
    });
    let _ = write!(page, "\n|---{}|\n", "|---".repeat(Preset::ALL.len()));
    let value = |option: &str, of: &str, setting: &str| {
        let mut config = Config::new(64, 64);
        config.set(of, setting).expect("legal");
        config.get(option).unwrap_or_default()
    };
    for option in Config::options().iter().filter(|option| option.name != "preset") {
        let values: Vec<String> = Preset::NAMES.iter().map(|p| value(option.name, "preset", p)).collect();
        if values.iter().any(|v| *v != values[0]) {
            let _ = writeln!(page, "| `{}` | {} |", option.name, values.join(" | "));
        }
    }
    page.push_str("\n## What tunes set\n\n");
    for tune in Tune::NAMES {
        let changed = Config::options().iter().filter(|option| option.name != "tune").filter_map(|option| {
            let tuned = value(option.name, "tune", tune);
            (tuned != value(option.name, "tune", "default")).then(|| format!("`{}={tuned}`", option.name))
        });
        let changed: Vec<String> = changed.collect();
        let changed = if changed.is_empty() { "nothing".to_owned() } else { changed.join(", ") };
        let _ = writeln!(page, "* `{tune}`: {changed}");
    }
    page
}

#[test]
fn the_page_says_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/options.md");
    if std::env::var_os("UPDATE_PAGES").is_some() {
        std::fs::write(&path, page()).expect("writable");
    }
    let written = std::fs::read_to_string(&path).expect("docs/options.md is there");
    assert!(written == page(), "docs/options.md is out of date: see its first lines for how to make it anew");
}
