//! Decodes an HEVC byte stream to raw planar samples: `decode_to_yuv IN.hevc OUT.yuv`
//!
//! The output holds planes Y, Cb, Cr of one picture after the other, one byte per sample for 8-bit video, else two bytes little
//! endian. Damage is reported on standard error and does not stop decoding.

use rivus::{Decoder, DecoderConfig};
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Read, Write};

/// Writes the pictures that are ready and returns their number.
fn drain(decoder: &mut Decoder, output: &mut impl Write) -> std::io::Result<u64> {
    let (mut pictures, mut samples) = (0, Vec::new());
    loop {
        match decoder.next_picture() {
            Ok(Some(picture)) => {
                samples.clear();
                picture.write_raw(&mut samples);
                output.write_all(&samples)?;
                pictures += 1;
            }
            Ok(None) => break,
            // A part of the stream asks for what the decoder does not do; it goes on behind it.
            Err(error) => eprintln!("{error}"),
        }
    }
    for issue in decoder.take_issues() {
        eprintln!("NAL unit {}: {}", issue.nal, issue.reason);
    }
    Ok(pictures)
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [input, output] = args.as_slice() else {
        return Err("usage: decode_to_yuv IN.hevc OUT.yuv".into());
    };
    let (mut input, mut output) = (File::open(input)?, BufWriter::new(File::create(output)?));
    let mut decoder = Decoder::new(DecoderConfig::default())?;
    let mut chunk = vec![0; 1 << 16];
    let mut pictures = 0;
    loop {
        let bytes = input.read(&mut chunk)?;
        if bytes == 0 {
            break;
        }
        // A chunk may end anywhere, in the middle of a picture too.
        decoder.send_data(&chunk[..bytes], None);
        pictures += drain(&mut decoder, &mut output)?;
    }
    decoder.flush();
    pictures += drain(&mut decoder, &mut output)?;
    output.flush()?;
    println!("{pictures} pictures");
    Ok(())
}
