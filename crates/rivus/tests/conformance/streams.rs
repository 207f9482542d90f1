//! Every stream of the vector manifests: md5 of all output, and the picture hash SEI messages, at every kernel tier of
//! this machine, with one thread and with two, fed in chunks of various sizes.

use crate::vectors::{self, Stream};
use md5::{Digest, Md5};
use rivus::{Decoder, DecoderConfig, Tier};

/// Groups that are decoded completely; screen content is refused.
const GROUPS: [&str; 2] = ["v1", "rext"];

/// Decodes `data` in chunks and compares with what the manifest says; the error tells what differs first.
fn check(stream: &Stream, data: &[u8], config: &DecoderConfig, chunk: usize) -> Result<(), String> {
    let mut decoder = Decoder::new(config.clone()).map_err(|e| e.to_string())?;
    let (mut md5, mut raw, mut frames) = (Md5::new(), Vec::new(), 0);
    let mut drain = |decoder: &mut Decoder| {
        while let Some(picture) = decoder.next_picture().map_err(|e| e.to_string())? {
            raw.clear();
            picture.write_raw(&mut raw);
            md5.update(&raw);
            frames += 1;
        }
        Ok::<(), String>(())
    };
    for chunk in data.chunks(chunk) {
        decoder.send_data(chunk, None);
        drain(&mut decoder)?;
    }
    decoder.flush();
    drain(&mut decoder)?;
    let md5: String = md5.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let statistics = decoder.statistics();
    let first_issue =
        || decoder.take_issues().first().map(|issue| format!("NAL {}: {}", issue.nal, issue.reason));
    if frames != stream.frames {
        return Err(format!("{frames} pictures instead of {}; {:?}", stream.frames, { first_issue }()));
    }
    if md5 != stream.md5 || statistics.hash_mismatches > 0 {
        return Err(format!("output differs; {:?}", { first_issue }()));
    }
    if stream.picture_hash != "none" && statistics.hash_matches == 0 {
        return Err("no picture hash was verified".into());
    }
    Ok(())
}

fn configurations() -> Vec<DecoderConfig> {
    let tiers = Tier::ALL.into_iter().filter(|tier| tier.is_supported());
    tiers
        .flat_map(|tier| [1, 2].map(|threads| (tier, threads)))
        .map(|(tier, threads)| DecoderConfig {
            threads,
            tier: Some(tier),
            verify_hash: true,
            ..DecoderConfig::default()
        })
        .collect()
}

#[test]
fn every_stream_decodes_to_its_md5() {
    let mut failures = vec![];
    let mut checked = 0;
    for manifest in vectors::manifests() {
        for stream in manifest.streams.iter().filter(|stream| GROUPS.contains(&stream.group.as_str())) {
            let data = std::fs::read(&stream.file).expect("a stream of the manifest");
            for (config, chunk) in
                configurations().iter().zip([usize::MAX, 4096, 1000, 61].into_iter().cycle())
            {
                checked += 1;
                if let Err(what) = check(stream, &data, config, chunk) {
                    let (threads, tier) = (config.threads, config.tier.map_or("", Tier::name));
                    failures.push(format!(
                        "{} ({threads} threads, {tier}, chunks of {chunk}): {what}",
                        stream.name
                    ));
                }
            }
        }
    }
    assert!(checked > 0, "no streams found");
    assert!(failures.is_empty(), "{} of {checked} failed:\n{}", failures.len(), failures.join("\n"));
}
