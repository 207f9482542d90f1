//! Walks real streams: every parameter set, slice header and SEI message of the base layer must be read without
//! error and, unless it holds extension data this library drops, written back bit for bit; damaged streams must not
//! panic.
//!
//! The streams are looked for in the directory named by the environment variable `RIVUS_VECTORS`
//! (subdirectories `v1`, `rext`, `scc` and `damaged`, files `*.bit`); without it the tests say so and pass.

use rivus_syntax::Error;
use rivus_syntax::bits::{BitWriter, Rbsp};
use rivus_syntax::nal::{ByteStreamSplitter, NalHeader, NalUnitType, NalUnits};
use rivus_syntax::ps::{ActivePps, ParameterSetStore, Pps, Sps, Vps};
use rivus_syntax::sei::{BufferingPeriod, SeiMessages, SeiPayload};
use rivus_syntax::slice_header::{SliceSegment, SliceSegmentHeader, SliceSegmentStart};
use std::path::PathBuf;

/// The streams of the given subdirectories, or none if there is no vector directory.
fn streams(folders: &[&str]) -> Vec<PathBuf> {
    let Some(root) = std::env::var_os("RIVUS_VECTORS").map(PathBuf::from).filter(|p| p.is_dir()) else {
        println!("skipped: RIVUS_VECTORS names no directory");
        return Vec::new();
    };
    let files = folders.iter().filter_map(|folder| std::fs::read_dir(root.join(folder)).ok());
    let mut files: Vec<PathBuf> = files.flatten().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "bit"));
    files.sort();
    assert!(!files.is_empty(), "no streams in {}", root.display());
    files
}

/// How often each kind of unit was seen and written back.
#[derive(Debug, Default)]
struct Counts {
    parameter_sets: usize,
    slices: usize,
    substreams: usize,
    sei_messages: usize,
    sei_typed: usize,
    rewritten: usize,
}

/// Reads the units of one stream as a decoder would.
#[derive(Default)]
struct Walker {
    store: ParameterSetStore,
    active: Option<ActivePps>,
    previous: Option<SliceSegmentHeader>,
    /// The SPS that SEI messages refer to: of the last buffering period, else the last received.
    sei_sps_id: u8,
    counts: Counts,
    errors: Vec<String>,
}

impl Walker {
    fn check_rewrite(&mut self, what: &str, original: &[u8], written: &[u8]) {
        // Parameter sets may be followed by zero bytes (cabac_zero_words).
        let trimmed = original.iter().rposition(|&b| b != 0).map_or(0, |i| i + 1);
        if original == written || original[..trimmed] == *written {
            self.counts.rewritten += 1;
        } else {
            self.errors.push(format!("{what} is written differently"));
        }
    }

    fn unit(&mut self, nal: NalHeader, rbsp: &Rbsp) -> Result<(), Error> {
        let bytes = rbsp.bytes();
        match nal.nal_unit_type {
            NalUnitType::VPS_NUT => {
                let vps = Vps::parse(bytes)?;
                if !vps.vps_extension_flag {
                    self.check_rewrite("VPS", bytes, &vps.to_rbsp());
                }
                self.store.put_vps(vps);
            }
            NalUnitType::SPS_NUT => {
                let sps = Sps::parse(bytes)?;
                if !sps.has_ignored_extension_data {
                    self.check_rewrite("SPS", bytes, &sps.to_rbsp());
                }
                self.sei_sps_id = sps.sps_seq_parameter_set_id;
                self.store.put_sps(sps);
            }
            NalUnitType::PPS_NUT => {
                let pps = Pps::parse(bytes)?;
                if !pps.has_ignored_extension_data {
                    self.check_rewrite("PPS", bytes, &pps.to_rbsp());
                }
                self.store.put_pps(pps);
            }
            NalUnitType::PREFIX_SEI_NUT | NalUnitType::SUFFIX_SEI_NUT => return self.sei(nal, bytes),
            _ if nal.nal_unit_type.is_slice() => return self.slice(nal, rbsp),
            _ => return Ok(()),
        }
        self.counts.parameter_sets += 1;
        Ok(())
    }

    fn sei(&mut self, nal: NalHeader, rbsp: &[u8]) -> Result<(), Error> {
        for message in SeiMessages::new(rbsp) {
            let message = message?;
            if message.payload_type == 0 {
                self.sei_sps_id = BufferingPeriod::sps_id(message.data)?;
            }
            let sps = self.store.sps(self.sei_sps_id).cloned();
            let payload = message.decode(nal.nal_unit_type, sps.as_deref())?;
            if let Some(sps) = &sps {
                self.check_rewrite("SEI", message.data, &payload.to_bytes(sps));
            }
            self.counts.sei_messages += 1;
            self.counts.sei_typed += usize::from(!matches!(payload, SeiPayload::Raw { .. }));
        }
        Ok(())
    }

    fn slice(&mut self, nal: NalHeader, rbsp: &Rbsp) -> Result<(), Error> {
        let start = SliceSegmentStart::parse(rbsp.bytes(), nal)?;
        if start.first_slice_segment_in_pic_flag {
            self.active = None;
            self.previous = None;
        }
        let pps_id = start.slice_pic_parameter_set_id;
        let active = match &self.active {
            Some(active) if active.pps.pps_pic_parameter_set_id == pps_id => active.clone(),
            _ => self.store.activate(pps_id)?,
        };
        let segment = SliceSegment::parse(rbsp, nal, &active.sps, &active.pps, self.previous.as_ref())?;
        let mut w = BitWriter::new();
        segment.header.write(&mut w, nal, &active.sps, &active.pps);
        self.check_rewrite("slice header", &rbsp.bytes()[..segment.slice_data_byte_offset], w.as_bytes());
        // Every substream but the last ends in byte_alignment(), whose byte is not zero: a wrong conversion of
        // entry points would often be caught here.
        let inner = &segment.substreams[..segment.substreams.len() - 1];
        if inner.iter().any(|s| rbsp.bytes()[s.end - 1] == 0) {
            self.errors.push("a substream ends in a zero byte".to_string());
        }
        self.counts.slices += 1;
        self.counts.substreams += segment.substreams.len();
        self.active = Some(active);
        self.previous = Some(segment.header);
        Ok(())
    }

    fn stream(&mut self, data: &[u8]) {
        let mut rbsp = Rbsp::new();
        for (i, range) in NalUnits::new(data).enumerate() {
            let result = NalHeader::parse(&data[range]).and_then(|(nal, payload)| {
                rbsp.unescape(payload);
                if nal.nuh_layer_id == 0 { self.unit(nal, &rbsp) } else { Ok(()) }
            });
            if let Err(error) = result {
                self.errors.push(format!("NAL unit {i}: {error}"));
            }
        }
    }
}

#[test]
fn valid_streams_are_read_and_written_back() {
    let mut failures = Vec::new();
    let mut total = Counts::default();
    for path in streams(&["v1", "rext", "scc"]) {
        let mut walker = Walker::default();
        walker.stream(&std::fs::read(&path).unwrap());
        total.parameter_sets += walker.counts.parameter_sets;
        total.slices += walker.counts.slices;
        total.substreams += walker.counts.substreams;
        total.sei_messages += walker.counts.sei_messages;
        total.sei_typed += walker.counts.sei_typed;
        total.rewritten += walker.counts.rewritten;
        failures.extend(walker.errors.iter().take(3).map(|e| format!("{}: {e}", path.display())));
    }
    println!("{total:?}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn damaged_streams_do_not_panic() {
    for path in streams(&["damaged"]) {
        Walker::default().stream(&std::fs::read(&path).unwrap());
    }
}

#[test]
fn chunked_input_gives_the_same_units() {
    for path in streams(&["v1", "damaged"]).iter().step_by(7) {
        let data = std::fs::read(path).unwrap();
        let mut splitter = ByteStreamSplitter::new(usize::MAX);
        let mut whole = NalUnits::new(&data);
        let mut take = |splitter: &mut ByteStreamSplitter| {
            while let Some(nal) = splitter.next_nal().unwrap() {
                assert_eq!(whole.next().map(|range| &data[range]), Some(nal), "{}", path.display());
            }
        };
        for chunk in data.chunks(4093) {
            splitter.push(chunk);
            take(&mut splitter);
        }
        splitter.finish();
        take(&mut splitter);
        assert_eq!(whole.next(), None, "{}", path.display());
    }
}
