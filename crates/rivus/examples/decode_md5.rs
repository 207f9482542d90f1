//! Decodes Annex B files and prints the md5 of all output:
//! `decode_md5 [--threads N] [--frames N] [--tier NAME] [--pictures] [--speed] FILE...`
//!
//! With `--pictures` it prints a line per picture as well, and every report about damage. Picture hash SEI messages are
//! verified. With `--speed` it only decodes, and prints the pictures per second.

use md5::{Digest, Md5};
use rivus::{Decoder, DecoderConfig, Picture};
use std::error::Error;
use std::time::Instant;

struct Options {
    config: DecoderConfig,
    pictures: bool,
    speed: bool,
    files: Vec<String>,
}

fn options() -> Result<Options, Box<dyn Error>> {
    let config = DecoderConfig { threads: 1, verify_hash: true, ..DecoderConfig::default() };
    let mut options = Options { config, pictures: false, speed: false, files: vec![] };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--threads" => options.config.threads = args.next().ok_or("--threads needs a number")?.parse()?,
            "--frames" => {
                options.config.frames_in_flight = args.next().ok_or("--frames needs a number")?.parse()?;
            }
            "--tier" => {
                let name = args.next().ok_or("--tier needs a name")?;
                options.config.tier = Some(name.parse()?);
            }
            "--pictures" => options.pictures = true,
            "--speed" => (options.speed, options.config.verify_hash) = (true, false),
            _ => options.files.push(arg),
        }
    }
    Ok(options)
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn measure(path: &str, options: &Options) -> Result<(), Box<dyn Error>> {
    let stream = std::fs::read(path)?;
    let start = Instant::now();
    let mut decoder = Decoder::new(options.config.clone())?;
    decoder.send_data(&stream, None);
    decoder.flush();
    let mut pictures = 0;
    while decoder.next_picture()?.is_some() {
        pictures += 1;
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{pictures} pictures in {seconds:.3} s: {:.1} per second {path}", f64::from(pictures) / seconds);
    Ok(())
}

fn decode(path: &str, options: &Options) -> Result<(), Box<dyn Error>> {
    let stream = std::fs::read(path)?;
    let mut decoder = Decoder::new(options.config.clone())?;
    let mut total = Md5::new();
    let mut raw = Vec::new();
    let mut show = |picture: &Picture| {
        raw.clear();
        picture.write_raw(&mut raw);
        total.update(&raw);
        if options.pictures {
            let (info, md5) = (picture.info(), hex(&Md5::digest(&raw)));
            let (w, h) = (picture.width(), picture.height());
            println!(
                "  poc {} {:?} number {} {w}x{h} {md5}",
                info.poc, info.picture_type, info.decode_number
            );
        }
    };
    decoder.send_data(&stream, None);
    decoder.flush();
    loop {
        match decoder.next_picture() {
            Ok(Some(picture)) => show(&picture),
            Ok(None) => break,
            Err(error) => println!("  {error}"),
        }
    }
    if options.pictures {
        for issue in decoder.take_issues() {
            println!("  NAL unit {} {:?}: {}", issue.nal, issue.nal_unit_type, issue.reason);
        }
    }
    let statistics = decoder.statistics();
    println!("{} {path}", hex(&total.finalize()));
    if statistics.issues > 0 || options.pictures {
        println!("  {statistics:?}");
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = options()?;
    for path in &options.files {
        if options.speed { measure(path, &options)? } else { decode(path, &options)? }
    }
    Ok(())
}
