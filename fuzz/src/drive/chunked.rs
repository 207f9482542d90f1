//! A byte stream given in pieces, with interruptions.

use super::choices;
use super::session::{Session, bounded, config};

/// Decodes a byte stream in chunks of many sizes.
///
/// Half of the inputs only cut: then the output must be that of the stream given at once. The other half also ends
/// access units and streams in the middle, and resets the decoder.
pub fn chunked_stream(data: &[u8]) {
    let script: [u8; 9] = choices(data);
    let data = bounded(data);
    let (mode, script) = (script[0], &script[1..]);
    let only_cuts = mode & 1 == 0;
    let threads = usize::from(mode >> 1 & 3).clamp(1, 2);
    let mut session = Session::new(config(threads));
    let mut rest = data;
    for (number, &choice) in script.iter().cycle().enumerate() {
        if rest.is_empty() {
            break;
        }
        // From one byte to two KiB, more often small; long streams are not given byte by byte.
        let size = 1 + (usize::from(choice & 31) << (choice >> 5)).max(data.len() / 1024);
        let (chunk, tail) = rest.split_at(size.min(rest.len()));
        rest = tail;
        send(&mut session, chunk, number, choice, only_cuts);
    }
    let output = session.finish();
    if only_cuts {
        let mut whole = Session::new(config(1));
        whole.decoder().send_data(data, None);
        assert_eq!(output, whole.finish(), "chunks give another result than the whole stream");
    }
}

/// Gives one chunk, and does what the choice says besides.
fn send(session: &mut Session, chunk: &[u8], number: usize, choice: u8, only_cuts: bool) {
    if only_cuts {
        session.decoder().send_data(chunk, None);
        if !choice.is_multiple_of(3) {
            session.drain();
        }
        return;
    }
    let pts = (choice % 4 == 1).then_some(number as i64);
    match choice % 7 {
        0 => session.decoder().send_nal(chunk, pts),
        1 => session.decoder().send_access_unit(chunk, pts),
        _ => session.decoder().send_data(chunk, pts),
    }
    match choice % 11 {
        0 => session.flush(),
        1 => session.decoder().flush(),
        2 if number % 8 == 2 => session.decoder().reset(),
        3 | 4 => {}
        _ => session.drain(),
    }
}
