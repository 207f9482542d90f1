//! The same stream through different kernels and numbers of threads.

use super::choices;
use super::session::{Output, Session, bounded, config};
use rivus::{DecoderConfig, Tier};

/// Decodes a byte stream with the best kernels on one thread, then with those of another tier, then with more threads;
/// all that comes out must be equal. Which tier, and how many threads, the last bytes of the input say.
pub fn differential(data: &[u8]) {
    let [tier, threads] = choices(data);
    let data = bounded(data);
    let expected = decode(data, config(1));
    let tier = Tier::ALL[usize::from(tier) % Tier::ALL.len()].capped();
    let output = decode(data, DecoderConfig { tier: Some(tier), ..config(1) });
    assert_eq!(output, expected, "{tier}");
    let (threads, frames_in_flight) = (2 + usize::from(threads & 1), usize::from(threads >> 1) % 6);
    let output = decode(data, DecoderConfig { frames_in_flight, ..config(threads) });
    assert_eq!(output, expected, "{threads} threads, {frames_in_flight} frames in flight");
}

fn decode(data: &[u8], config: DecoderConfig) -> Output {
    let mut session = Session::new(config);
    session.decoder().send_data(data, None);
    session.finish()
}
