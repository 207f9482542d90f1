//! The last section of `docs/x265.md` says what the table says.

use rivus_x265_options::{Entry, Means, TABLE};
use std::fmt::Write;
use std::path::Path;

const TITLE: &str = "## What becomes of each option\n";

fn list(text: &mut String, title: &str, wanted: impl Fn(&Means) -> bool) {
    let names: Vec<String> =
        TABLE.iter().filter(|entry| wanted(&entry.means)).map(|entry| format!("`{}`", entry.name)).collect();
    let _ = write!(text, "\n{title}: {}.\n", names.join(", "));
}

/// The section, made from the table.
fn section() -> String {
    let mut text = format!(
        "{TITLE}\nMade from the table; after a change there run \
         `UPDATE_PAGES=1 cargo test -p rivus-x265-options --test page`.\n\n| x265 | Rivus | value |\n|---|---|---|\n"
    );
    for Entry { name, letter, means, .. } in TABLE {
        if let Means::Option { name: option, how, .. } = means {
            let letter = letter.map(|letter| format!(", `-{letter}`")).unwrap_or_default();
            let _ = writeln!(text, "| `{name}`{letter} | `{option}` | {how} |");
        }
    }
    text.push_str(
        "\nAccepted with a warning, unless they are off; the nearest option of Rivus behind the arrow:\n\n",
    );
    for Entry { name, means, .. } in TABLE {
        if let Means::Lacking { nearest, .. } = means {
            let arrow = if nearest.is_empty() { String::new() } else { format!(" → `{nearest}`") };
            let _ = writeln!(text, "* `{name}`{arrow}");
        }
    }
    list(&mut text, "Refused", |means| matches!(means, Means::Refused { .. }));
    list(&mut text, "Accepted, without effect", |means| matches!(means, Means::Idle));
    list(&mut text, "Done by the program, not by the encoder", |means| matches!(means, Means::Program));
    text
}

#[test]
fn the_page_says_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/x265.md");
    let written = std::fs::read_to_string(&path).expect("docs/x265.md is there");
    let (before, _) = written.split_once(TITLE).unwrap_or((&written, ""));
    let page = format!("{before}{}", section());
    if std::env::var_os("UPDATE_PAGES").is_some() {
        std::fs::write(&path, page).expect("writable");
        return;
    }
    assert!(written == page, "docs/x265.md is out of date: its last section says how to make it anew");
}
