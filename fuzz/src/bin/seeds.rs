//! Writes a corpus to start from: `seeds <folder> <stream>...`.
//!
//! The folder gets a folder per target. Byte streams are taken as they are, for `parameter_sets` without most of the slice
//! data, for `length_prefixed` with length fields and as MP4 files. `encode_config` needs no seeds.

use rivus_fuzz::drive::seeds;
use rivus_stream::mp4::looks_like_mp4;
use std::path::Path;
use std::process::ExitCode;

/// Longer streams make runs slow and find no more.
const MAX_BYTES: usize = 24 << 10;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(folder) = arguments.next() else {
        eprintln!("usage: seeds <folder> <stream>...");
        return ExitCode::FAILURE;
    };
    let folder = Path::new(&folder);
    for path in arguments {
        let path = Path::new(&path);
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let result = std::fs::read(path).and_then(|stream| {
            if stream.len() <= MAX_BYTES { write(folder, &name, &stream) } else { Ok(()) }
        });
        if let Err(error) = result {
            eprintln!("{}: {error}", path.display());
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// The inputs of all targets from one stream.
fn write(folder: &Path, name: &str, stream: &[u8]) -> std::io::Result<()> {
    for (target, input) in seeds::inputs(stream) {
        let folder = folder.join(target);
        std::fs::create_dir_all(&folder)?;
        let kind = if looks_like_mp4(&input) { "mp4" } else { "bin" };
        std::fs::write(folder.join(format!("{name}.{kind}")), input)?;
    }
    Ok(())
}
