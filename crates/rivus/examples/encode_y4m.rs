//! Encodes a y4m file (4:2:0, 8 bits) to an HEVC byte stream: `encode_y4m IN.y4m OUT.hevc [NAME=VALUE...]`
//!
//! The pairs are encoder options, such as `preset=fast crf=26`. The y4m reader is as short as can be; the program `rivus`
//! has a complete one.

use rivus::{Config, Encoder, InputPicture};
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};

/// The next line without its line feed, empty at the end of the file.
fn line(input: &mut impl BufRead) -> std::io::Result<String> {
    let mut line = Vec::new();
    input.take(1024).read_until(b'\n', &mut line)?;
    Ok(String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned())
}

/// Writes the packets that are ready.
fn drain(encoder: &mut Encoder, output: &mut impl Write) -> Result<(), Box<dyn Error>> {
    while let Some(packet) = encoder.receive_packet()? {
        output.write_all(&packet.data)?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [input, output, options @ ..] = args.as_slice() else {
        return Err("usage: encode_y4m IN.y4m OUT.hevc [NAME=VALUE...]".into());
    };
    let (mut input, mut output) = (BufReader::new(File::open(input)?), BufWriter::new(File::create(output)?));

    let header = line(&mut input)?;
    let tags = header.strip_prefix("YUV4MPEG2 ").ok_or("not a y4m file")?;
    let tag = |name: char| tags.split(' ').find_map(|tag| tag.strip_prefix(name));
    if !matches!(tag('C'), None | Some("420" | "420jpeg" | "420mpeg2" | "420paldv")) {
        return Err("only 4:2:0 with 8 bits".into());
    }
    let width: u32 = tag('W').ok_or("no width")?.parse()?;
    let height: u32 = tag('H').ok_or("no height")?.parse()?;

    let mut config = Config::new(width, height);
    if let Some(rate) = tag('F') {
        config.set("fps", rate)?;
    }
    for option in options {
        let (name, value) = option.split_once('=').ok_or("options are NAME=VALUE")?;
        config.set(name, value)?;
    }
    // Refuses sizes that no level allows, before memory is taken for them.
    let mut encoder = Encoder::new(&config)?;

    let (w, h) = (width as usize, height as usize);
    let (chroma_width, chroma_height) = (w.div_ceil(2), h.div_ceil(2));
    let mut samples = vec![0; w * h + 2 * chroma_width * chroma_height];
    for pts in 0.. {
        if !line(&mut input)?.starts_with("FRAME") {
            break;
        }
        input.read_exact(&mut samples)?;
        let (luma, chroma) = samples.split_at(w * h);
        let (cb, cr) = chroma.split_at(chroma_width * chroma_height);
        let planes = [(luma, w), (cb, chroma_width), (cr, chroma_width)];
        encoder.send_picture(&InputPicture::from_u8(w, h, planes, pts)?)?;
        drain(&mut encoder, &mut output)?;
    }
    encoder.flush();
    drain(&mut encoder, &mut output)?;
    output.flush()?;
    let statistics = encoder.statistics();
    println!("{} pictures, {} bytes", statistics.packets_out, statistics.bytes);
    Ok(())
}
