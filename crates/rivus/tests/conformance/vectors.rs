//! Vector folders and their manifests.

use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A stream and what it decodes to.
#[derive(Deserialize)]
pub(crate) struct Stream {
    pub(crate) name: String,
    pub(crate) file: PathBuf,
    #[serde(default)]
    pub(crate) group: String,
    pub(crate) frames: usize,
    pub(crate) md5: String,
    pub(crate) picture_hash: String,
}

/// A broken stream.
#[derive(Deserialize)]
pub(crate) struct Damaged {
    pub(crate) name: String,
    pub(crate) file: PathBuf,
}

#[derive(Deserialize)]
pub(crate) struct Manifest {
    pub(crate) streams: Vec<Stream>,
    pub(crate) damaged: Vec<Damaged>,
}

/// The folder in the repository and, if `RIVUS_VECTORS` names one, that; files made absolute.
pub(crate) fn manifests() -> Vec<Manifest> {
    let carried = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors/streams");
    let mut folders = vec![carried];
    folders.extend(std::env::var_os("RIVUS_VECTORS").map(PathBuf::from));
    folders.iter().map(|folder| manifest(folder)).collect()
}

fn manifest(folder: &Path) -> Manifest {
    let path = folder.join("manifest.json");
    let text = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut manifest: Manifest =
        serde_json::from_slice(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    for stream in &mut manifest.streams {
        stream.file = folder.join(&stream.file);
    }
    for stream in &mut manifest.damaged {
        stream.file = folder.join(&stream.file);
    }
    manifest
}
