//! `include/rivus.h` is what the code generates.

use std::path::Path;

#[test]
fn the_header_is_what_the_code_generates() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("a legal configuration");
    let bindings = cbindgen::generate_with_config(root, config).expect("a header");
    let mut generated = Vec::new();
    bindings.write(&mut generated);
    let path = root.join("include/rivus.h");
    if std::env::var_os("UPDATE_HEADER").is_some() {
        std::fs::write(&path, &generated).expect("writable");
    }
    let written = std::fs::read(&path).expect("the header is there");
    assert!(
        written == generated,
        "include/rivus.h is out of date: run UPDATE_HEADER=1 cargo test -p rivus-ffi --test header, and look at the difference"
    );
}
