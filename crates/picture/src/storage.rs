//! Memory for samples, aligned to cache lines.

use bytemuck::{Pod, Zeroable};

/// Alignment of storage and of every row's first sample, in bytes: a cache line and a 512-bit register.
pub(crate) const ALIGN: usize = 64;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([u8; ALIGN]);

/// Cache-line aligned, initialised bytes, viewed as samples of either type.
#[derive(Clone, Default)]
pub(crate) struct Storage {
    lines: Vec<Line>,
}

impl Storage {
    /// Zeroed room for at least `bytes` bytes.
    pub(crate) fn zeroed(bytes: usize) -> Self {
        // dynamic allocation: once per plane, or per picture not served by a pool
        Self { lines: vec![Line::zeroed(); bytes.div_ceil(ALIGN)] }
    }

    /// Size of room for `bytes` bytes.
    pub(crate) fn size_for(bytes: usize) -> usize {
        bytes.next_multiple_of(ALIGN)
    }

    /// Size in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.lines.len() * ALIGN
    }

    /// All of it as samples.
    pub(crate) fn as_slice<S: Pod>(&self) -> &[S] {
        bytemuck::cast_slice(&self.lines)
    }

    /// All of it as samples, for writing.
    pub(crate) fn as_mut_slice<S: Pod>(&mut self) -> &mut [S] {
        bytemuck::cast_slice_mut(&mut self.lines)
    }
}
