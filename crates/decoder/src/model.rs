//! Model checking of how tasks leave themselves with what they lack and are started again: threads are switched before
//! every operation on a lock, a condition variable, or the progress of a picture. A lost wake-up shows as a deadlock, since
//! waiting never times out here.

use crate::coded_picture::{CodedPicture, Need};
use crate::faults;
use crate::sync::Mutex;
use crate::tasks::{Completion, Executor, Job, lock};
use crate::{Decoder, DecoderConfig};
use rivus_coding::motion::field::MotionField;
use rivus_picture::{ChromaFormat, PictureFormat, SharedPicture};
use shuttle::scheduler::{DfsScheduler, PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner, thread};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, Ordering};

/// A task that parks until `need` is met, then looks whether it is, and counts.
fn task(picture: Arc<CodedPicture<u8>>, need: Need, runs: Arc<Mutex<usize>>) -> Job {
    Box::new(move || {
        let again = |()| task(Arc::clone(&picture), need, Arc::clone(&runs));
        if picture.park(need, (), again).is_some() {
            assert!(picture.has(need));
            *lock(&runs) += 1;
        }
    })
}

/// Runs every order of events of a case; gives their number.
fn every_order(case: impl Fn() + Send + Sync + 'static) -> usize {
    Runner::new(DfsScheduler::new(None, false), Config::new()).run(case)
}

/// Every order of a publisher and a task that waits: the task runs once, after what it waits for was published.
#[test]
fn a_parked_task_is_started_once_its_need_is_met() {
    let orders = every_order(|| {
        let format = PictureFormat {
            width: 8,
            height: 16,
            chroma: ChromaFormat::Monochrome,
            bit_depth_luma: 8,
            bit_depth_chroma: 8,
        };
        let (samples, bands) = SharedPicture::new(format, 16);
        let picture = Arc::new(CodedPicture::new(samples, MotionField::new(0, (8, 16), 4)));
        let runs = Arc::new(Mutex::new(0));
        let waiting = task(Arc::clone(&picture), Need::Rows(16), Arc::clone(&runs));
        let waiter = thread::spawn(waiting);
        bands.into_iter().for_each(|band| band.publish());
        picture.ready().into_iter().for_each(|task| task());
        waiter.join().expect("no panic");
        assert_eq!(*lock(&runs), 1);
    });
    assert!(orders > 10, "{orders} orders");
}

/// Every order of a task that sets a value and a thread that waits for it, and for the task to be gone.
#[test]
fn who_waits_sees_the_value_and_the_end_of_the_task() {
    let orders = every_order(|| {
        let executor = Executor::new(2).expect("no threads to start");
        let (done, held) = (Arc::new(Completion::default()), Arc::new(()));
        let (setter, task_holds) = (Arc::clone(&done), Arc::clone(&held));
        executor.spawn(Box::new(move || {
            setter.set(7);
            drop(task_holds);
        }));
        assert_eq!(done.wait(), 7);
        executor.wait_until_idle();
        assert_eq!(Arc::strong_count(&held), 1);
    });
    assert!(orders > 10, "{orders} orders");
}

/// The first access units of a carried stream.
fn stream(name: &str, pictures: usize) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors/streams");
    let data = std::fs::read(folder.join(name)).expect("a carried stream");
    let mut begun = 0;
    let mut cut = data.len();
    for range in rivus_syntax::nal::NalUnits::new(&data) {
        let nal = &data[range.clone()];
        let is_first_slice = nal[0] >> 1 < 22 && nal[2] & 0x80 != 0;
        begun += usize::from(is_first_slice);
        if begun > pictures {
            cut = range.start;
            break;
        }
    }
    data[..cut].to_vec()
}

/// Decodes a stream, in an order of events that the scheduler chooses; picture hashes tell whether the samples are right.
fn decode(stream: &[u8]) {
    let config = DecoderConfig { threads: 2, verify_hash: true, ..DecoderConfig::default() };
    let mut decoder = Decoder::new(config).expect("a legal configuration");
    decoder.send_data(stream, None);
    decoder.flush();
    let mut pictures = 0;
    while decoder.next_picture().expect("a supported stream").is_some() {
        pictures += 1;
    }
    let statistics = decoder.statistics();
    assert!(pictures > 1 && statistics.hash_matches == statistics.decoded_pictures, "{statistics:?}");
}

/// Streams in which tasks wait for each other in every way: rows of wavefronts, tiles, slices, rows and motion of
/// reference pictures.
const STREAMS: [&str; 5] =
    ["rs_wpp_w2.bit", "rs_wpp_dslices.bit", "rs_tiles_slices.bit", "rs_inter_b.bit", "rs_slices.bit"];

/// Orders of events to try for each.
const ORDERS: usize = 60;

fn decode_all(scheduler: impl Fn() -> Box<dyn Scheduler + Send>) {
    for name in STREAMS {
        let data = stream(name, 3);
        let mut config = Config::new();
        config.stack_size = 1 << 20;
        let orders = Runner::new(scheduler(), config).run(move || decode(&data));
        assert_eq!(orders, ORDERS, "{name}");
    }
}

#[test]
fn whole_streams_decode_in_random_orders() {
    decode_all(|| Box::new(RandomScheduler::new(ORDERS)));
}

/// Orders in which some thread lags as far as can be (probabilistic concurrency testing).
#[test]
fn whole_streams_decode_in_orders_with_late_threads() {
    decode_all(|| Box::new(PctScheduler::new(3, ORDERS)));
}

/// A picture whose filters fail at some point is given up, and the stream ends, whatever other tasks are doing.
#[test]
fn pictures_are_given_up_in_random_orders() {
    for name in STREAMS {
        let data = stream(name, 3);
        let mut config = Config::new();
        config.stack_size = 1 << 20;
        let call = AtomicIsize::new(0);
        let orders = Runner::new(RandomScheduler::new(ORDERS), config).run(move || {
            faults::FILTER.set(1 + call.fetch_add(1, Ordering::Relaxed) % 30);
            let mut decoder = faults::decoder(&data, 2, faults::failing_filter());
            decoder.send_data(&data, None);
            decoder.flush();
            let mut pictures = 0;
            while decoder.next_picture().expect("a supported stream").is_some() {
                pictures += 1;
            }
            let statistics = decoder.statistics();
            assert!(pictures > 1 && statistics.decoded_pictures == pictures, "{statistics:?}");
            assert!(statistics.hash_mismatches > 0, "{statistics:?}");
        });
        assert_eq!(orders, ORDERS, "{name}");
    }
}
