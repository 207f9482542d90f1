//! What becomes of defects of the decoder itself. Kernels that panic stand in for them: one of reconstruction, whose chain
//! then conceals what is left, and one of the in-loop filters, whose picture is given up.

use crate::assembly::Engine;
use crate::error::Reason;
use crate::output::Statistics;
use crate::{Decoder, DecoderConfig};
use rivus_kernels::Kernels;
use rivus_kernels::deblock::{DeblockKernels, DeblockLuma, EdgeParams};
use rivus_kernels::intra::IntraKernels;
use rivus_picture::{BlockMut, Frame};
use rivus_recon::params::picture_format;
use rivus_syntax::bits::Rbsp;
use rivus_syntax::nal::{NalHeader, NalUnitType, NalUnits};
use rivus_syntax::ps::Sps;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicIsize, Ordering};

/// Makes one call of a kernel panic.
pub(crate) struct Fuse(AtomicIsize);

impl Fuse {
    /// The call to panic, from 1.
    pub(crate) fn set(&self, call: isize) {
        self.0.store(call, Ordering::Relaxed);
    }

    fn call(&self) {
        assert!(self.0.fetch_sub(1, Ordering::Relaxed) != 1, "a fault");
    }

    /// Calls since it was set to `from`.
    fn calls_since(&self, from: isize) -> isize {
        from - self.0.load(Ordering::Relaxed)
    }
}

/// That of deblocking.
pub(crate) static FILTER: Fuse = Fuse(AtomicIsize::new(0));
/// That of intra prediction.
static INTRA: Fuse = Fuse(AtomicIsize::new(0));

/// Kernels with this deblocking of vertical luma edges.
fn with_deblocking(luma_v: DeblockLuma<u8>) -> Kernels<u8> {
    let best = *Kernels::best();
    Kernels { deblock: DeblockKernels { luma_v, ..best.deblock }, ..best }
}

/// Kernels whose deblocking fails when [`FILTER`] says so.
pub(crate) fn failing_filter() -> &'static Kernels<u8> {
    fn luma_v(block: BlockMut<'_, u8>, edges: &[EdgeParams], bit_depth: u8) {
        FILTER.call();
        (Kernels::best().deblock.luma_v)(block, edges, bit_depth);
    }
    static TABLE: OnceLock<Kernels<u8>> = OnceLock::new();
    TABLE.get_or_init(|| with_deblocking(luma_v))
}

/// Kernels whose deblocking never works.
fn broken_filter() -> &'static Kernels<u8> {
    fn luma_v(_: BlockMut<'_, u8>, _: &[EdgeParams], _: u8) {
        panic!("a fault");
    }
    static TABLE: OnceLock<Kernels<u8>> = OnceLock::new();
    TABLE.get_or_init(|| with_deblocking(luma_v))
}

/// Kernels whose intra prediction fails when [`INTRA`] says so.
fn failing_intra() -> &'static Kernels<u8> {
    fn planar(block: BlockMut<'_, u8>, top: &[u8], left: &[u8]) {
        INTRA.call();
        (Kernels::best().intra.planar)(block, top, left);
    }
    static TABLE: OnceLock<Kernels<u8>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let best = *Kernels::best();
        Kernels { intra: IntraKernels { planar, ..best.intra }, ..best }
    })
}

/// A carried stream.
fn stream(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors/streams");
    std::fs::read(folder.join(name)).expect("a carried stream")
}

/// A decoder that checks picture hashes, with these kernels for pictures of the format that `stream` has.
pub(crate) fn decoder(stream: &[u8], threads: usize, kernels: &'static Kernels<u8>) -> Decoder {
    let config = DecoderConfig { threads, verify_hash: true, ..DecoderConfig::default() };
    let mut decoder = Decoder::new(config).expect("a legal configuration");
    let mut rbsp = Rbsp::new();
    let sps = NalUnits::new(stream).find_map(|range| {
        let (header, payload) = NalHeader::parse(&stream[range]).expect("a header");
        rbsp.unescape(payload);
        (header.nal_unit_type == NalUnitType::SPS_NUT).then(|| Sps::parse(rbsp.bytes()).expect("an SPS"))
    });
    let sps = sps.expect("parameter sets come first");
    decoder.engine_u8 = Some(Engine::new(picture_format(&sps), sps.ctb_log2_size() as u8, kernels));
    decoder
}

/// Decodes a whole stream; gives its pictures.
fn decode(decoder: &mut Decoder, stream: &[u8]) -> Vec<Frame> {
    decoder.send_data(stream, None);
    decoder.flush();
    let mut pictures = vec![];
    while let Some(picture) = decoder.next_picture().expect("a supported stream") {
        pictures.push(picture.frame);
    }
    pictures
}

/// Number of defects reported since the last call.
fn defects(decoder: &mut Decoder) -> usize {
    let issues = decoder.take_issues();
    issues.iter().filter(|issue| matches!(issue.reason, Reason::Internal(_))).count()
}

/// Pictures that only refer to themselves; pictures in wavefronts and in tiles, which wait for each other; pictures in one
/// piece.
const STREAMS: [&str; 4] =
    ["rs_intra_ctb16_sao.bit", "rs_wpp_ctb16.bit", "rs_tiles_slices.bit", "rs_inter_b.bit"];

/// Lets one call of a kernel fail (the first, the last, and some between), on one thread and several. All pictures come out,
/// the defect is reported, and it harms no picture that does not refer to the one it was in. The same decoder then decodes
/// the same stream as if nothing had been. `check` gets the counts after the fault.
fn fails_once(fuse: &Fuse, kernels: &'static Kernels<u8>, check: impl Fn(Statistics)) {
    for name in STREAMS {
        let stream = stream(name);
        fuse.set(isize::MAX);
        let mut whole = decoder(&stream, 1, kernels);
        let pictures = decode(&mut whole, &stream).len();
        let clean = whole.statistics();
        assert_eq!((clean.issues, clean.hash_matches), (0, pictures as u64), "{name}");
        let calls = fuse.calls_since(isize::MAX);
        assert!(calls > 20, "{name}: {calls} calls");
        for (threads, part) in [1, 2, 4].into_iter().flat_map(|threads| (0..6).map(move |n| (threads, n))) {
            let mut decoder = decoder(&stream, threads, kernels);
            fuse.set(1 + (calls - 1) * part / 5);
            let decoded = decode(&mut decoder, &stream).len();
            let statistics = decoder.statistics();
            let case = format!("{name}, {threads} threads, {part}: {statistics:?}");
            assert_eq!((decoded, defects(&mut decoder)), (pictures, 1), "{case}");
            assert!(statistics.hash_mismatches > 0, "{case}");
            if name.contains("intra") {
                assert_eq!(statistics.hash_mismatches, 1, "{case}");
            }
            check(statistics);
            let again = decode(&mut decoder, &stream).len();
            let matches = decoder.statistics().hash_matches - statistics.hash_matches;
            assert_eq!((again, matches as usize), (pictures, pictures), "again: {case}");
            assert_eq!(decoder.take_issues(), [], "again: {case}");
        }
    }
}

#[test]
fn a_picture_whose_filters_fail_is_given_up_and_what_follows_is_right() {
    fails_once(&FILTER, failing_filter(), |_| {});
}

#[test]
fn what_a_failing_chain_leaves_is_concealed_and_what_follows_is_right() {
    fails_once(&INTRA, failing_intra(), |statistics| {
        assert!(statistics.concealed_ctus > 0, "{statistics:?}")
    });
}

/// If filters never work, all pictures are given up, each with a report, and come out grey.
#[test]
fn pictures_that_are_given_up_are_grey() {
    for (name, threads) in STREAMS.iter().flat_map(|name| [1, 2, 4].map(|threads| (name, threads))) {
        let stream = stream(name);
        let mut decoder = decoder(&stream, threads, broken_filter());
        let pictures = decode(&mut decoder, &stream);
        assert_eq!(defects(&mut decoder), pictures.len(), "{name}, {threads} threads");
        assert_eq!(decoder.statistics().hash_mismatches, pictures.len() as u64);
        for picture in pictures {
            let Frame::U8(picture) = picture else { panic!("8 bits") };
            for plane in 0..picture.format().num_planes() {
                let plane = picture.plane(plane);
                assert!(
                    (0..plane.height()).all(|y| plane.row(y).iter().all(|&sample| sample == 128)),
                    "{name}"
                );
            }
        }
    }
}
