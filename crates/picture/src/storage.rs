//! Memory for samples, aligned to cache lines.

use bytemuck::{Pod, Zeroable};
use memmap2::MmapMut;

/// Alignment of storage and of every row's first sample, in bytes: a cache line and a 512-bit register.
pub(crate) const ALIGN: usize = 64;

/// Size of the pages that the system is asked for under larger storage, in bytes. A block of a picture touches as many
/// small pages as it has rows, more than the processor keeps addresses of.
const LARGE_PAGE: usize = 1 << 21;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([u8; ALIGN]);

/// Cache-line aligned, initialised bytes, viewed as samples of either type.
pub(crate) struct Storage {
    memory: Memory,
}

enum Memory {
    Heap(Vec<Line>),
    /// `bytes` bytes of the mapping from `start` on, which is the beginning of a large page.
    Mapped {
        map: MmapMut,
        start: usize,
        bytes: usize,
    },
}

impl Storage {
    /// Zeroed room for at least `bytes` bytes.
    pub(crate) fn zeroed(bytes: usize) -> Self {
        let bytes = Self::size_for(bytes);
        let mapped = if bytes >= LARGE_PAGE { Memory::mapped(bytes) } else { None };
        // dynamic allocation: once per plane, or per picture not served by a pool
        let memory = mapped.unwrap_or_else(|| Memory::Heap(vec![Line::zeroed(); bytes / ALIGN]));
        Self { memory }
    }

    /// Size of room for `bytes` bytes.
    pub(crate) fn size_for(bytes: usize) -> usize {
        bytes.next_multiple_of(ALIGN)
    }

    /// Size in bytes.
    pub(crate) fn bytes(&self) -> usize {
        match &self.memory {
            Memory::Heap(lines) => lines.len() * ALIGN,
            Memory::Mapped { bytes, .. } => *bytes,
        }
    }

    /// All of it as samples.
    pub(crate) fn as_slice<S: Pod>(&self) -> &[S] {
        match &self.memory {
            Memory::Heap(lines) => bytemuck::cast_slice(lines),
            Memory::Mapped { map, start, bytes } => bytemuck::cast_slice(&map[*start..][..*bytes]),
        }
    }

    /// All of it as samples, for writing.
    pub(crate) fn as_mut_slice<S: Pod>(&mut self) -> &mut [S] {
        match &mut self.memory {
            Memory::Heap(lines) => bytemuck::cast_slice_mut(lines),
            Memory::Mapped { map, start, bytes } => bytemuck::cast_slice_mut(&mut map[*start..][..*bytes]),
        }
    }
}

impl Memory {
    /// Zeroed memory straight from the system, on large pages as far as it has them; None where it gives none.
    fn mapped(bytes: usize) -> Option<Self> {
        let map = MmapMut::map_anon(bytes + LARGE_PAGE).ok()?;
        let start = map.as_ptr().align_offset(LARGE_PAGE);
        // A wish only: without it all is right, though slower.
        #[cfg(target_os = "linux")]
        let _ = map.advise_range(memmap2::Advice::HugePage, start, bytes);
        Some(Self::Mapped { map, start, bytes })
    }
}

impl Default for Storage {
    fn default() -> Self {
        Self { memory: Memory::Heap(vec![]) }
    }
}

impl Clone for Storage {
    fn clone(&self) -> Self {
        let mut copy = Self::zeroed(self.bytes());
        copy.as_mut_slice::<u8>().copy_from_slice(self.as_slice());
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small storage from the heap and large from the system alike: aligned, zeroed, writable to the end, cloned by value.
    #[test]
    fn storage_is_aligned_and_zeroed() {
        for bytes in [1, 1000, LARGE_PAGE - ALIGN, LARGE_PAGE, 3 * LARGE_PAGE + 5] {
            let mut storage = Storage::zeroed(bytes);
            assert_eq!(storage.bytes(), Storage::size_for(bytes));
            let samples = storage.as_mut_slice::<u16>();
            assert!(samples.as_ptr().cast::<Line>().is_aligned() && samples.iter().all(|&v| v == 0));
            *samples.last_mut().unwrap() = 7;
            let copy = storage.clone();
            assert_eq!(copy.as_slice::<u8>(), storage.as_slice::<u8>());
            assert_eq!(copy.as_slice::<u16>().last(), Some(&7));
        }
    }
}
