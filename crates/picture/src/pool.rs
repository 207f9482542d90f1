//! Reuse of picture memory.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::format::PictureFormat;
use crate::picture::Picture;
use crate::sample::Sample;
use crate::shared::{SharedPicture, Unwritten};
use crate::storage::Storage;

/// Hands out memory for pictures, up to a limit, and keeps that of dropped ones for the next: fresh memory costs a page
/// fault per 4096 bytes. Memory of another size than the newest picture's is not kept: it is from before a change of
/// format.
///
/// A picture returns its memory when its last handle is dropped, on whichever thread that happens. Clones of
/// a pool are the same pool.
#[derive(Clone)]
pub struct Pool {
    inner: Arc<Home>,
}

/// Where pictures return their memory to.
pub(crate) struct Home {
    state: Mutex<State>,
    max_idle: usize,
    max_bytes: u64,
}

/// All memory that is waiting for reuse or in use.
struct State {
    /// Waiting for reuse; all of one size.
    idle: Vec<Storage>,
    /// That size, which was asked for last, in bytes.
    wanted: usize,
    /// Bytes of what is idle and what is in use.
    bytes: u64,
}

impl Pool {
    /// A pool that keeps the memory of at most `max_idle` dropped pictures; what exceeds it goes back to the system. Its
    /// pictures, and what it keeps, take `max_bytes` bytes at most.
    pub fn new(max_idle: usize, max_bytes: u64) -> Self {
        let state = Mutex::new(State { idle: Vec::with_capacity(max_idle), wanted: 0, bytes: 0 });
        Self { inner: Arc::new(Home { state, max_idle, max_bytes }) }
    }

    /// A picture to be written, as [`SharedPicture::new`]; its samples are undefined, though initialised. Only `margin`
    /// samples of its padding are filled. None if it would exceed the limit.
    ///
    /// # Panics
    /// As [`SharedPicture::new`], or if `margin` is above [`PAD`](crate::PAD) or not a multiple of 16.
    pub fn picture<S: Sample>(
        &self,
        format: PictureFormat,
        band_height: usize,
        margin: usize,
    ) -> Option<Unwritten<S>> {
        let storage = self.inner.take(SharedPicture::<S>::bytes(&format))?;
        Some(SharedPicture::from_storage(format, band_height, margin, storage, Arc::downgrade(&self.inner)))
    }

    /// A picture all of which is there, though what its samples and its padding are is undefined. None if it would exceed
    /// the limit.
    ///
    /// # Panics
    /// As [`Picture::new`].
    pub fn finished<S: Sample>(&self, format: PictureFormat) -> Option<Picture<S>> {
        let storage = self.inner.take(SharedPicture::<S>::bytes(&format))?;
        Picture::from_shared(Arc::new(SharedPicture::finished(format, storage, Arc::downgrade(&self.inner))))
    }

    /// Whether [`Pool::picture`] would give a picture of this format.
    pub fn has_room<S: Sample>(&self, format: &PictureFormat) -> bool {
        let wanted = Storage::size_for(SharedPicture::<S>::bytes(format));
        let state = self.inner.lock();
        if state.wanted == wanted && !state.idle.is_empty() {
            return true;
        }
        // Idle memory of another size makes room.
        let idle: usize = state.idle.iter().map(Storage::bytes).sum();
        state.bytes - idle as u64 + wanted as u64 <= self.inner.max_bytes
    }

    /// Number of pictures whose memory is waiting for reuse.
    pub fn idle(&self) -> usize {
        self.inner.lock().idle.len()
    }

    /// Memory in use and waiting for reuse, in bytes.
    pub fn bytes(&self) -> u64 {
        self.inner.lock().bytes
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (idle, bytes) = (self.idle(), self.bytes());
        write!(f, "Pool({idle} of {} idle, {bytes} bytes)", self.inner.max_idle)
    }
}

impl Home {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Memory for `bytes` bytes, if the limit allows it. Idle memory of another size is released.
    fn take(&self, bytes: usize) -> Option<Storage> {
        let wanted = Storage::size_for(bytes);
        let mut state = self.lock();
        if state.wanted != wanted {
            state.release_idle();
            state.wanted = wanted;
        }
        if let Some(storage) = state.idle.pop() {
            return Some(storage);
        }
        let total = state.bytes + wanted as u64;
        if total > self.max_bytes {
            return None;
        }
        state.bytes = total;
        drop(state);
        Some(Storage::zeroed(bytes))
    }

    /// Keeps the memory for reuse, unless the pool is gone or full, or now has pictures of another size.
    pub(crate) fn give_back(home: &Weak<Self>, storage: Storage) {
        let Some(home) = home.upgrade() else { return };
        let mut state = home.lock();
        if state.idle.len() < home.max_idle && storage.bytes() == state.wanted {
            state.idle.push(storage);
        } else {
            state.bytes -= storage.bytes() as u64;
        }
    }
}

impl State {
    fn release_idle(&mut self) {
        for storage in self.idle.drain(..) {
            self.bytes -= storage.bytes() as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::ChromaFormat;

    fn format(width: usize) -> PictureFormat {
        PictureFormat {
            width,
            height: 64,
            chroma: ChromaFormat::Yuv420,
            bit_depth_luma: 8,
            bit_depth_chroma: 8,
        }
    }

    fn picture<S: Sample>(pool: &Pool, width: usize) -> Unwritten<S> {
        pool.picture(format(width), 64, 0).expect("below the limit")
    }

    #[test]
    fn memory_is_reused_up_to_the_cap() {
        let pool = Pool::new(2, u64::MAX);
        let pictures: Vec<_> = (0..3).map(|_| picture::<u8>(&pool, 64)).collect();
        let each = pool.bytes() / 3;
        assert_eq!(pool.idle(), 0);
        drop(pictures);
        assert_eq!((pool.idle(), pool.bytes()), (2, 2 * each));
        let picture = picture::<u8>(&pool, 64);
        assert_eq!((pool.idle(), pool.bytes()), (1, 2 * each));
        drop(pool);
        drop(picture);
    }

    /// Pictures to be written and finished ones of the same format use the same memory; a clone that is written does not.
    #[test]
    fn a_finished_picture_returns_its_memory() {
        let pool = Pool::new(2, u64::MAX);
        drop(picture::<u8>(&pool, 64));
        let mut finished: Picture<u8> = pool.finished(format(64)).expect("below the limit");
        assert_eq!(pool.idle(), 0);
        finished.plane_mut(0).row_mut(63).fill(9);
        finished.pad();
        let mut copy = finished.clone();
        copy.plane_mut(0).row_mut(63).fill(8);
        assert_eq!((finished.block(0, 70, 70, 1, 1).at(0, 0), finished.plane(0).row(63)[0]), (9, 9));
        drop((finished, copy));
        assert_eq!(pool.idle(), 1);
    }

    #[test]
    fn a_change_of_format_releases_the_old_memory() {
        let pool = Pool::new(4, u64::MAX);
        drop((picture::<u8>(&pool, 64), picture::<u8>(&pool, 64)));
        assert_eq!(pool.idle(), 2);
        let picture = picture::<u16>(&pool, 640);
        assert_eq!(pool.idle(), 0);
        assert_eq!(pool.bytes(), SharedPicture::<u16>::bytes(&format(640)) as u64);
        drop(picture);
        assert_eq!(pool.idle(), 1);
    }

    /// Pictures of before a change of format may be dropped after pictures of the new one.
    #[test]
    fn old_memory_is_not_kept_when_it_is_returned_late() {
        let pool = Pool::new(4, u64::MAX);
        let old = picture::<u8>(&pool, 640);
        let new = picture::<u8>(&pool, 64);
        drop(old);
        assert_eq!((pool.idle(), pool.bytes()), (0, SharedPicture::<u8>::bytes(&format(64)) as u64));
        drop(new);
        assert_eq!(pool.idle(), 1);
    }

    #[test]
    fn nothing_is_handed_out_beyond_the_limit() {
        let each = SharedPicture::<u8>::bytes(&format(64)) as u64;
        let pool = Pool::new(4, 2 * each + each / 2);
        let (first, second) = (picture::<u8>(&pool, 64), picture::<u8>(&pool, 64));
        assert!(pool.picture::<u8>(format(64), 64, 0).is_none() && !pool.has_room::<u8>(&format(64)));
        assert_eq!(pool.bytes(), 2 * each);
        drop(second);
        assert!(pool.has_room::<u8>(&format(64)));
        let second = picture::<u8>(&pool, 64);
        drop((first, second));
        // What is idle makes room for pictures of another size.
        assert!(pool.has_room::<u16>(&format(64)));
        assert!(pool.picture::<u16>(format(64), 64, 0).is_some());
    }
}
