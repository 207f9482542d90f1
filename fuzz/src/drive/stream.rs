//! A byte stream given at once.

use super::session::{Session, bounded, config};

/// Decodes a byte stream that is given at once, on one thread.
pub fn whole_stream(data: &[u8]) {
    let mut session = Session::new(config(1));
    session.decoder().send_data(bounded(data), None);
    let output = session.finish();
    assert_eq!(output.pictures.len() as u64, output.statistics.output_pictures);
    assert_eq!(output.issues.len() as u64, output.statistics.issues);
}
