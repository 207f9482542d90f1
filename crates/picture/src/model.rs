//! Model checking of who may touch the samples of a shared picture. Threads are switched at every atomic operation: of the
//! smallest cases every order of events is run, of larger ones many.

use crate::sync::Mutex;
use crate::{Band, ChromaFormat, DividedBand, PictureFormat, SharedPicture, Strip};
use shuttle::scheduler::DfsScheduler;
use shuttle::{Config, Runner, check_pct, check_random, thread};
use std::sync::Arc;

/// Orders of events to try of cases that have too many.
const ORDERS: usize = 3000;

/// Bands of two luma rows.
fn picture(bands: usize) -> (Arc<SharedPicture<u8>>, Vec<Band<u8>>) {
    let format = PictureFormat {
        width: 8,
        height: 2 * bands,
        chroma: ChromaFormat::Yuv420,
        bit_depth_luma: 8,
        bit_depth_chroma: 8,
    };
    SharedPicture::new(format, 2)
}

/// What the writer of a band puts there.
fn mark(index: usize) -> [u8; 3] {
    [0, 100, 200].map(|plane| plane + 1 + index as u8)
}

/// Writes bands, the lowest first.
fn write(bands: Vec<Band<u8>>) {
    for mut band in bands.into_iter().rev() {
        band.fill(mark(band.index()));
        band.publish();
    }
}

/// Reads all rows that are published.
fn check_rows(picture: &SharedPicture<u8>) -> usize {
    let rows = picture.rows_published();
    for y in 0..rows {
        let block = picture.block(0, -4, y as isize, 16, 1).expect("published");
        assert!((0..16).all(|x| block.at(x, 0) == mark(y / 2)[0]), "row {y} of {rows}");
    }
    rows
}

/// Runs every order of events of a case; gives their number.
fn every_order(case: impl Fn() + Send + Sync + 'static) -> usize {
    Runner::new(DfsScheduler::new(None, false), Config::new()).run(case)
}

/// Every order of two writers: the count of published bands does not stop before a gap that is filled.
#[test]
fn no_published_band_is_lost() {
    let orders = every_order(|| {
        let (picture, mut bands) = picture(2);
        let lower = bands.split_off(1);
        let writer = thread::spawn(move || write(lower));
        write(bands);
        writer.join().expect("no panic");
        assert_eq!(check_rows(&picture), 4);
        assert!(picture.all_published());
    });
    assert!(orders > 100, "{orders} orders");
}

/// Every order of a writer and a reader: the reader sees all that was written of what it may read.
#[test]
fn published_rows_are_whole() {
    let orders = every_order(|| {
        let (picture, bands) = picture(2);
        let writer = thread::spawn(move || write(bands));
        let rows = check_rows(&picture);
        assert!(check_rows(&picture) >= rows, "rows are never taken back");
        writer.join().expect("no panic");
        assert_eq!(check_rows(&picture), 4);
    });
    assert!(orders > 100, "{orders} orders");
}

/// Three writers and two readers.
#[test]
fn many_writers_and_readers() {
    fn case() {
        let (picture, bands) = picture(6);
        let mut parts: [Vec<Band<u8>>; 3] = Default::default();
        for band in bands {
            parts[band.index() % 3].push(band);
        }
        let writers = parts.map(|part| thread::spawn(move || write(part)));
        let readers = [(); 2].map(|()| {
            let picture = Arc::clone(&picture);
            thread::spawn(move || {
                let rows = check_rows(&picture);
                assert!(check_rows(&picture) >= rows, "rows are never taken back");
            })
        });
        for thread in writers.into_iter().chain(readers) {
            thread.join().expect("no panic");
        }
        assert_eq!(check_rows(&picture), 12);
    }
    check_random(case, ORDERS);
    check_pct(case, ORDERS, 3);
}

/// Threads that look for bands nobody finished: each is given to one of them, and only after its writer gave it up.
#[test]
fn a_band_has_one_writer() {
    fn case() {
        let (picture, mut bands) = picture(2);
        let (lower, upper) = (bands.split_off(1), bands);
        let writers = [thread::spawn(move || drop(upper)), thread::spawn(move || write(lower))];
        let finders = [(); 2].map(|()| {
            let picture = Arc::clone(&picture);
            thread::spawn(move || {
                let found = picture.missing_bands();
                let indices: Vec<_> = found.iter().map(Band::index).collect();
                write(found);
                indices
            })
        });
        writers.into_iter().for_each(|writer| writer.join().expect("no panic"));
        let found: Vec<_> = finders.into_iter().flat_map(|finder| finder.join().expect("no panic")).collect();
        assert!(found.is_empty() || found == [0], "{found:?}");
        picture.fill_missing(mark(0));
        assert_eq!(check_rows(&picture), 4);
    }
    check_random(case, ORDERS);
    check_pct(case, ORDERS, 3);
}

/// Every order of two writers of neighbouring strips: whoever comes last has the whole band, and nobody else.
#[test]
fn the_last_writer_of_a_divided_band_publishes_it() {
    let orders = every_order(|| {
        let (picture, mut bands) = picture(1);
        let band = Arc::new(Mutex::new((bands.pop().map(Band::divide), 2)));
        let take = |columns| {
            let guard = band.lock().expect("no panic");
            guard.0.as_ref().and_then(|band| band.take(columns)).expect("free")
        };
        let write = |mut strip: Strip<u8>, band: Arc<Mutex<(Option<DividedBand<u8>>, i32)>>| {
            let columns = strip.columns();
            for (block, value) in strip.blocks_mut(columns).iter_mut().zip(mark(0)) {
                block.fill(value);
            }
            let mut guard = band.lock().expect("no panic");
            drop(strip);
            guard.1 -= 1;
            if guard.1 == 0 {
                guard.0.take().and_then(DividedBand::whole).expect("no strip is out").publish();
            }
        };
        let (left, right, shared) = (take(0..4), take(4..8), Arc::clone(&band));
        let writer = thread::spawn(move || write(left, shared));
        write(right, band);
        writer.join().expect("no panic");
        assert_eq!(check_rows(&picture), 2);
    });
    assert!(orders > 10, "{orders} orders");
}

/// A band given up while a thread writes a strip of it: it is found missing once the strip is gone, never before.
#[test]
fn an_abandoned_band_waits_for_its_strips() {
    let orders = every_order(|| {
        let (picture, mut bands) = picture(1);
        let band = bands.pop().expect("one band").divide();
        let mut strip = band.take(0..8).expect("free");
        let writer = thread::spawn(move || {
            strip.blocks_mut(0..8)[0].fill(9);
            drop(strip);
        });
        drop(band);
        picture.fill_missing(mark(0));
        writer.join().expect("no panic");
        picture.fill_missing(mark(0));
        assert_eq!(check_rows(&picture), 2);
    });
    assert!(orders > 1, "{orders} orders");
}
