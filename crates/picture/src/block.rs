//! Rectangular views into sample memory.
//!
//! A view is a pointer, a stride and a size. Constructing one proves that the whole rectangle lies in memory
//! that the view may use; narrowing one is checked against its own size. After that, SIMD kernels can load
//! and store inside the rectangle through [`Block::as_ptr`] without further checks, and safe code uses rows.
//!
//! Only the rectangle belongs to a view: the samples between the end of one row and the start of the next may
//! belong to another view that is alive at the same time, also on another thread. So no code may form a
//! slice longer than one row of a view, nor load or store beyond a row.

use std::fmt;
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::slice;

/// A read-only rectangle of elements (samples, or `i16` values).
///
/// Invariant: for every `y < height`, the `width` elements starting at `ptr + y * stride` lie in one
/// allocation, are initialised, and nobody writes them during `'a`. `stride >= width` if `height > 1`.
pub struct Block<'a, T> {
    ptr: NonNull<T>,
    stride: usize,
    width: usize,
    height: usize,
    data: PhantomData<&'a [T]>,
}

/// A writable rectangle of elements.
///
/// Invariant: as for [`Block`], and nobody but the holder of this view reads or writes the rectangle
/// during `'a`.
pub struct BlockMut<'a, T> {
    ptr: NonNull<T>,
    stride: usize,
    width: usize,
    height: usize,
    data: PhantomData<&'a mut [T]>,
}

// SAFETY: a `Block` gives what a `&[T]` to the rectangle gives, which is `Send` and `Sync` if `T: Sync`.
unsafe impl<T: Sync> Send for Block<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Block<'_, T> {}
// SAFETY: a `BlockMut` gives what a `&mut [T]` to the rectangle gives, which is `Send` if `T: Send`.
unsafe impl<T: Send> Send for BlockMut<'_, T> {}
// SAFETY: through `&BlockMut` the rectangle can only be read, as through `&&mut [T]`.
unsafe impl<T: Sync> Sync for BlockMut<'_, T> {}

impl<T> Clone for Block<'_, T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Block<'_, T> {}

/// Panics unless a rectangle of `width` x `height` at `offset` with `stride` lies inside `len` elements.
#[inline]
#[track_caller]
fn check_bounds(len: usize, offset: usize, stride: usize, width: usize, height: usize) {
    if width == 0 || height == 0 {
        assert!(offset <= len, "block starts at {offset}, beyond {len} elements");
        return;
    }
    assert!(width <= stride || height == 1, "block rows of {width} overlap at stride {stride}");
    let end = (height - 1)
        .checked_mul(stride)
        .and_then(|rows| rows.checked_add(width))
        .and_then(|size| size.checked_add(offset));
    assert!(
        end.is_some_and(|end| end <= len),
        "block {width}x{height} at {offset}, stride {stride}, leaves {len} elements"
    );
}

/// Panics unless the rectangle `w` x `h` at `(x, y)` lies inside `width` x `height`.
#[inline]
#[track_caller]
fn check_sub(width: usize, height: usize, x: usize, y: usize, w: usize, h: usize) {
    let inside = x <= width && w <= width - x && y <= height && h <= height - y;
    assert!(inside, "sub-block {w}x{h} at ({x}, {y}) leaves block {width}x{height}");
}

/// Element offset of `(x, y)`, 0 for an empty rectangle: then the sum could leave the allocation.
#[inline]
fn sub_offset(stride: usize, x: usize, y: usize, w: usize, h: usize) -> usize {
    if w == 0 || h == 0 { 0 } else { y * stride + x }
}

impl<'a, T: Copy> Block<'a, T> {
    /// The rectangle of `width` x `height` elements whose first row starts at `data[offset]`, with `stride`
    /// elements from row to row.
    ///
    /// # Panics
    /// If the rectangle does not lie inside `data`, or its rows overlap.
    #[inline]
    #[track_caller]
    pub fn new(data: &'a [T], offset: usize, stride: usize, width: usize, height: usize) -> Self {
        check_bounds(data.len(), offset, stride, width, height);
        // SAFETY: `check_bounds` proved the rectangle to be inside `data`, which is borrowed for `'a`.
        unsafe { Self::from_raw(NonNull::from(data).cast::<T>().add(offset), stride, width, height) }
    }

    /// A view from its parts.
    ///
    /// # Safety
    /// The invariant of [`Block`] holds for `'a`.
    #[inline]
    pub(crate) unsafe fn from_raw(ptr: NonNull<T>, stride: usize, width: usize, height: usize) -> Self {
        Self { ptr, stride, width, height, data: PhantomData }
    }

    /// Elements per row.
    #[inline]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows.
    #[inline]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Elements from the start of one row to the start of the next.
    #[inline]
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// Pointer to the first element. Row `y` starts `y * stride()` elements on and is `width()` long;
    /// no other element may be touched.
    #[inline]
    pub fn as_ptr(&self) -> *const T {
        self.ptr.as_ptr()
    }

    /// Row `y`, `width()` elements.
    ///
    /// # Panics
    /// If `y >= height()`.
    #[inline]
    #[track_caller]
    pub fn row(&self, y: usize) -> &'a [T] {
        assert!(y < self.height, "row {y} of a block of height {}", self.height);
        // SAFETY: type invariant, `y < height`.
        unsafe { slice::from_raw_parts(self.ptr.as_ptr().add(y * self.stride), self.width) }
    }

    /// The rows from top to bottom, each `width()` elements.
    #[inline]
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &'a [T]> + use<'a, T> {
        let block = *self;
        (0..self.height).map(move |y| block.row(y))
    }

    /// Asks the processor to bring the rectangle into its caches, without waiting for it.
    #[inline]
    pub fn prefetch(&self) {
        #[cfg(target_arch = "x86_64")]
        for y in 0..self.height {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            const LINE: usize = 64;
            let row = self.ptr.as_ptr().wrapping_add(y * self.stride).cast::<i8>();
            let bytes = self.width * size_of::<T>();
            // From the start of the line that the row begins in.
            let skew = row.addr() % LINE;
            let mut at = 0;
            while at < skew + bytes {
                // SAFETY: a hint; it accesses nothing in the sense of the language.
                unsafe { _mm_prefetch::<_MM_HINT_T0>(row.wrapping_sub(skew).wrapping_add(at)) };
                at += LINE;
            }
        }
    }

    /// Element `x` of row `y`.
    ///
    /// # Panics
    /// If `(x, y)` lies outside.
    #[inline]
    #[track_caller]
    pub fn at(&self, x: usize, y: usize) -> T {
        self.row(y)[x]
    }

    /// The rectangle of `w` x `h` elements at `(x, y)`.
    ///
    /// # Panics
    /// If it does not lie inside this one.
    #[inline]
    #[track_caller]
    pub fn sub(&self, x: usize, y: usize, w: usize, h: usize) -> Self {
        check_sub(self.width, self.height, x, y, w, h);
        let offset = sub_offset(self.stride, x, y, w, h);
        // SAFETY: `check_sub` proved the rectangle to be inside this one.
        unsafe { Self::from_raw(self.ptr.add(offset), self.stride, w, h) }
    }
}

impl<'a, T: Copy> BlockMut<'a, T> {
    /// The rectangle of `width` x `height` elements whose first row starts at `data[offset]`, with `stride`
    /// elements from row to row.
    ///
    /// # Panics
    /// If the rectangle does not lie inside `data`, or its rows overlap.
    #[inline]
    #[track_caller]
    pub fn new(data: &'a mut [T], offset: usize, stride: usize, width: usize, height: usize) -> Self {
        check_bounds(data.len(), offset, stride, width, height);
        // SAFETY: `check_bounds` proved the rectangle to be inside `data`, which is borrowed for `'a`.
        unsafe { Self::from_raw(NonNull::from(data).cast::<T>().add(offset), stride, width, height) }
    }

    /// A view from its parts.
    ///
    /// # Safety
    /// The invariant of [`BlockMut`] holds for `'a`.
    #[inline]
    pub(crate) unsafe fn from_raw(ptr: NonNull<T>, stride: usize, width: usize, height: usize) -> Self {
        Self { ptr, stride, width, height, data: PhantomData }
    }

    /// Elements per row.
    #[inline]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows.
    #[inline]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Elements from the start of one row to the start of the next.
    #[inline]
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// Pointer to the first element. Row `y` starts `y * stride()` elements on and is `width()` long;
    /// no other element may be touched.
    #[inline]
    pub fn as_mut_ptr(&mut self) -> *mut T {
        self.ptr.as_ptr()
    }

    /// The same view for a shorter time.
    #[inline]
    pub fn rb(&mut self) -> BlockMut<'_, T> {
        // SAFETY: `self` is borrowed mutably as long as the new view lives.
        unsafe { BlockMut::from_raw(self.ptr, self.stride, self.width, self.height) }
    }

    /// The rectangle for reading.
    #[inline]
    pub fn as_block(&self) -> Block<'_, T> {
        // SAFETY: `self` is borrowed as long as the new view lives, so nobody writes.
        unsafe { Block::from_raw(self.ptr, self.stride, self.width, self.height) }
    }

    /// The rectangle for reading, for the rest of its life.
    #[inline]
    pub fn into_block(self) -> Block<'a, T> {
        // SAFETY: `self` was the only view that could write, and is gone.
        unsafe { Block::from_raw(self.ptr, self.stride, self.width, self.height) }
    }

    /// Row `y`, `width()` elements.
    ///
    /// # Panics
    /// If `y >= height()`.
    #[inline]
    #[track_caller]
    pub fn row(&self, y: usize) -> &[T] {
        self.as_block().row(y)
    }

    /// Row `y` for writing, `width()` elements.
    ///
    /// # Panics
    /// If `y >= height()`.
    #[inline]
    #[track_caller]
    pub fn row_mut(&mut self, y: usize) -> &mut [T] {
        assert!(y < self.height, "row {y} of a block of height {}", self.height);
        // SAFETY: type invariant, `y < height`; the slice borrows `self` mutably.
        unsafe { slice::from_raw_parts_mut(self.ptr.as_ptr().add(y * self.stride), self.width) }
    }

    /// The rectangle of `w` x `h` elements at `(x, y)`, for a shorter time.
    ///
    /// # Panics
    /// If it does not lie inside this one.
    #[inline]
    #[track_caller]
    pub fn sub_mut(&mut self, x: usize, y: usize, w: usize, h: usize) -> BlockMut<'_, T> {
        self.rb().into_sub(x, y, w, h)
    }

    /// The rectangle of `w` x `h` elements at `(x, y)`, replacing this view.
    ///
    /// # Panics
    /// If it does not lie inside this one.
    #[inline]
    #[track_caller]
    pub fn into_sub(self, x: usize, y: usize, w: usize, h: usize) -> Self {
        check_sub(self.width, self.height, x, y, w, h);
        let offset = sub_offset(self.stride, x, y, w, h);
        // SAFETY: `check_sub` proved the rectangle to be inside this one, and `self` is gone.
        unsafe { Self::from_raw(self.ptr.add(offset), self.stride, w, h) }
    }

    /// The first `rows` rows, and the rest.
    ///
    /// # Panics
    /// If `rows > height()`.
    #[inline]
    #[track_caller]
    pub fn split_at_row(self, rows: usize) -> (Self, Self) {
        check_sub(self.width, self.height, 0, rows, self.width, self.height - rows.min(self.height));
        let offset = sub_offset(self.stride, 0, rows, self.width, self.height - rows);
        // SAFETY: the two rectangles share no row, both lie inside this one, and `self` is gone.
        unsafe {
            (
                Self::from_raw(self.ptr, self.stride, self.width, rows),
                Self::from_raw(self.ptr.add(offset), self.stride, self.width, self.height - rows),
            )
        }
    }

    /// Sets every element to `v`.
    #[inline]
    pub fn fill(&mut self, v: T) {
        for y in 0..self.height {
            self.row_mut(y).fill(v);
        }
    }

    /// Copies `src`, which has the same size.
    ///
    /// # Panics
    /// If the sizes differ.
    #[inline]
    #[track_caller]
    pub fn copy_from(&mut self, src: Block<'_, T>) {
        assert!(
            (self.width, self.height) == (src.width, src.height),
            "copy between blocks of different sizes"
        );
        match self.width {
            64 => self.copy_rows::<64>(src),
            32 => self.copy_rows::<32>(src),
            16 => self.copy_rows::<16>(src),
            8 => self.copy_rows::<8>(src),
            // With a border of one.
            66 => self.copy_rows::<66>(src),
            34 => self.copy_rows::<34>(src),
            _ => {
                for y in 0..self.height {
                    self.row_mut(y).copy_from_slice(src.row(y));
                }
            }
        }
    }

    /// Copies rows of a width known to the compiler, which are plain moves: a call per row would cost more.
    #[inline]
    fn copy_rows<const W: usize>(&mut self, src: Block<'_, T>) {
        for y in 0..self.height {
            self.row_mut(y)[..W].copy_from_slice(&src.row(y)[..W]);
        }
    }
}

impl<T> fmt::Debug for Block<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Block({}x{}, stride {})", self.width, self.height, self.stride)
    }
}

impl<T> fmt::Debug for BlockMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlockMut({}x{}, stride {})", self.width, self.height, self.stride)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp() -> Vec<u16> {
        (0..60).collect()
    }

    #[test]
    fn rows_and_sub_blocks_address_the_right_elements() {
        let data = ramp();
        let block = Block::new(&data, 11, 10, 8, 4);
        assert_eq!(block.row(2), &data[31..39]);
        let sub = block.sub(2, 1, 3, 2);
        assert_eq!(sub.rows().collect::<Vec<_>>(), [&data[23..26], &data[33..36]]);
        assert_eq!(sub.at(2, 1), 35);
    }

    #[test]
    fn writes_stay_inside_the_rectangle() {
        let mut data = ramp();
        let mut block = BlockMut::new(&mut data, 11, 10, 8, 4);
        block.sub_mut(1, 1, 2, 2).fill(100);
        let patch = [7u16; 4];
        block.rb().into_sub(6, 2, 2, 2).copy_from(Block::new(&patch, 0, 2, 2, 2));
        let changed: Vec<_> = (0..60).filter(|&i| data[i] != i as u16).collect();
        assert_eq!(changed, [22, 23, 32, 33, 37, 38, 47, 48]);
    }

    #[test]
    fn split_parts_are_disjoint_and_complete() {
        let mut data = ramp();
        let (mut top, mut bottom) = BlockMut::new(&mut data, 0, 10, 10, 6).split_at_row(2);
        assert_eq!((top.height(), bottom.height()), (2, 4));
        top.fill(1);
        bottom.fill(2);
        assert!(data[..20].iter().all(|&v| v == 1) && data[20..].iter().all(|&v| v == 2));
        let (_, empty) = BlockMut::new(&mut data, 0, 10, 10, 6).split_at_row(6);
        assert_eq!(empty.height(), 0);
    }

    #[test]
    #[should_panic(expected = "leaves 60 elements")]
    fn a_rectangle_beyond_the_end_is_refused() {
        let data = ramp();
        Block::new(&data, 11, 10, 10, 5);
    }

    #[test]
    #[should_panic(expected = "leaves 60 elements")]
    fn overflow_of_the_bounds_is_refused() {
        let data = ramp();
        Block::new(&data, 1, usize::MAX, 1, 3);
    }

    #[test]
    #[should_panic(expected = "leaves block 8x4")]
    fn a_sub_block_beyond_the_edge_is_refused() {
        let data = ramp();
        Block::new(&data, 0, 10, 8, 4).sub(6, 0, 3, 1);
    }
}
