//! Reuse of picture memory.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::format::PictureFormat;
use crate::sample::Sample;
use crate::shared::{Band, SharedPicture};
use crate::storage::Storage;

/// Keeps the memory of dropped pictures for the next ones: fresh memory costs a page fault per 4096 bytes.
///
/// A picture returns its memory when its last handle is dropped, on whichever thread that happens. Clones of
/// a pool are the same pool.
#[derive(Clone)]
pub struct Pool {
    inner: Arc<Idle>,
}

/// Memory that is waiting for reuse, at most `cap` pictures of it.
pub(crate) struct Idle {
    storages: Mutex<Vec<Storage>>,
    cap: usize,
}

impl Pool {
    /// A pool that keeps at most `cap` pictures' memory; what exceeds it goes back to the system.
    pub fn new(cap: usize) -> Self {
        Self { inner: Arc::new(Idle { storages: Mutex::new(Vec::with_capacity(cap)), cap }) }
    }

    /// A picture to be written, as [`SharedPicture::new`]; its samples are undefined, though initialised.
    ///
    /// # Panics
    /// As [`SharedPicture::new`].
    pub fn picture<S: Sample>(
        &self,
        format: PictureFormat,
        band_height: usize,
    ) -> (Arc<SharedPicture<S>>, Vec<Band<S>>) {
        let bytes = SharedPicture::<S>::bytes(&format);
        let storage = self.inner.take(bytes).unwrap_or_else(|| Storage::zeroed(bytes));
        SharedPicture::from_storage(format, band_height, storage, Arc::downgrade(&self.inner))
    }

    /// Number of pictures whose memory is waiting for reuse.
    pub fn idle(&self) -> usize {
        self.inner.storages.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pool({} of {} idle)", self.idle(), self.inner.cap)
    }
}

impl Idle {
    /// Memory for `bytes` bytes. Memory of other sizes is from before a change of format: it is released.
    fn take(&self, bytes: usize) -> Option<Storage> {
        let mut storages = self.storages.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = bytes.next_multiple_of(crate::storage::ALIGN);
        if storages.last().is_some_and(|storage| storage.bytes() != wanted) {
            storages.retain(|storage| storage.bytes() == wanted);
        }
        storages.pop()
    }

    /// Keeps the memory for reuse, unless the pool is gone or full.
    pub(crate) fn give_back(pool: &Weak<Self>, storage: Storage) {
        if let Some(idle) = pool.upgrade() {
            let mut storages = idle.storages.lock().unwrap_or_else(PoisonError::into_inner);
            if storages.len() < idle.cap {
                storages.push(storage);
            }
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

    #[test]
    fn memory_is_reused_up_to_the_cap() {
        let pool = Pool::new(2);
        let pictures: Vec<_> = (0..3).map(|_| pool.picture::<u8>(format(64), 64)).collect();
        assert_eq!(pool.idle(), 0);
        drop(pictures);
        assert_eq!(pool.idle(), 2);
        let picture = pool.picture::<u8>(format(64), 64);
        assert_eq!(pool.idle(), 1);
        drop(pool);
        drop(picture);
    }

    #[test]
    fn a_change_of_format_releases_the_old_memory() {
        let pool = Pool::new(4);
        drop((pool.picture::<u8>(format(64), 64), pool.picture::<u8>(format(64), 64)));
        assert_eq!(pool.idle(), 2);
        let picture = pool.picture::<u16>(format(640), 64);
        assert_eq!(pool.idle(), 0);
        drop(picture);
        assert_eq!(pool.idle(), 1);
    }
}
