//! 6.5.3 to 6.5.5: scan orders of sub-blocks in a transform block and of coefficients in a sub-block, as tables.

/// Up-right diagonal scan (scanIdx 0).
pub const DIAGONAL: usize = 0;
/// Horizontal scan (scanIdx 1).
pub const HORIZONTAL: usize = 1;
/// Vertical scan (scanIdx 2).
pub const VERTICAL: usize = 2;

/// ScanOrder of a square block of `1 << log2` units: `y << 4 | x` by scan position.
const fn scan<const N: usize>(log2: u32, scan_idx: usize) -> [u8; N] {
    let size = 1usize << log2;
    let mut table = [0; N];
    let (mut x, mut y, mut i) = (0usize, 0usize, 0);
    while i < N {
        table[i] = (y << 4 | x) as u8;
        i += 1;
        match scan_idx {
            HORIZONTAL => (x, y) = if x + 1 == size { (0, y + 1) } else { (x + 1, y) },
            VERTICAL => (x, y) = if y + 1 == size { (x + 1, 0) } else { (x, y + 1) },
            _ => loop {
                // Up and right; from the top edge, to the left edge of the next diagonal.
                (x, y) = if y == 0 { (0, x + 1) } else { (x + 1, y - 1) };
                if (x < size && y < size) || i == N {
                    break;
                }
            },
        }
    }
    table
}

/// Positions of the coefficients in a 4x4 sub-block, `y << 4 | x` by scanIdx and scan position.
pub static COEFFICIENTS: [[u8; 16]; 3] = [scan(2, DIAGONAL), scan(2, HORIZONTAL), scan(2, VERTICAL)];

/// Scan position of the coefficient at (x, y) of a 4x4 sub-block by scanIdx and `y << 2 | x`.
pub static COEFFICIENT_INDEX: [[u8; 16]; 3] = {
    let mut table = [[0; 16]; 3];
    let mut i = 0;
    while i < 48 {
        let at = COEFFICIENTS[i / 16][i % 16] as usize;
        table[i / 16][(at >> 4) << 2 | (at & 15)] = (i % 16) as u8;
        i += 1;
    }
    table
};

/// Raster position `y << log2_size | x` of the coefficients of the first sub-block of a transform block, by
/// `log2_size - 2`, scanIdx and scan position. Add the raster position of another sub-block's origin for its own.
pub static RASTER: [[[u8; 16]; 3]; 4] = {
    let mut table = [[[0; 16]; 3]; 4];
    let mut i = 0;
    while i < 4 * 48 {
        let (size, scan_idx, n) = (i / 48, i / 16 % 3, i % 16);
        let at = COEFFICIENTS[scan_idx][n] as usize;
        table[size][scan_idx][n] = ((at >> 4) << (size + 2) | (at & 15)) as u8;
        i += 1;
    }
    table
};

static SUB_BLOCKS_4: [u8; 1] = [0];
static SUB_BLOCKS_8: [[u8; 4]; 3] = [scan(1, DIAGONAL), scan(1, HORIZONTAL), scan(1, VERTICAL)];
static SUB_BLOCKS_16: [u8; 16] = scan(2, DIAGONAL);
static SUB_BLOCKS_32: [u8; 64] = scan(3, DIAGONAL);

/// Positions of the sub-blocks of a transform block of `1 << log2_size` (2..=5), in units of sub-blocks, `y << 4 | x`
/// by scan position. Blocks above 8x8 are scanned diagonally whatever scanIdx says: 7.4.9.11 gives them 0 only.
#[inline]
pub fn sub_blocks(log2_size: u32, scan_idx: usize) -> &'static [u8] {
    match log2_size {
        2 => &SUB_BLOCKS_4,
        3 => &SUB_BLOCKS_8[scan_idx],
        4 => &SUB_BLOCKS_16,
        _ => &SUB_BLOCKS_32,
    }
}

/// Scan position of the sub-block at (x, y) by `y << 3 | x`, for [`sub_blocks`] of 16x16 and 32x32 blocks.
static SUB_BLOCK_INDEX: [[u8; 64]; 2] = {
    let mut table = [[0; 64]; 2];
    let mut i = 0;
    while i < 64 {
        if i < 16 {
            let at = SUB_BLOCKS_16[i] as usize;
            table[0][(at >> 4) << 3 | (at & 15)] = i as u8;
        }
        let at = SUB_BLOCKS_32[i] as usize;
        table[1][(at >> 4) << 3 | (at & 15)] = i as u8;
        i += 1;
    }
    table
};

/// Scan position of the sub-block at (`x`, `y`) in the order of [`sub_blocks`].
#[inline]
pub fn sub_block_index(log2_size: u32, scan_idx: usize, x: usize, y: usize) -> usize {
    match log2_size {
        2 => 0,
        // Diagonal and vertical scans of 2x2 agree.
        3 => {
            if scan_idx == HORIZONTAL {
                y << 1 | x
            } else {
                x << 1 | y
            }
        }
        _ => usize::from(SUB_BLOCK_INDEX[usize::from(log2_size != 4)][(y << 3 | x) & 63]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The diagonal scan as 6.5.3 words it, for every size.
    #[test]
    fn diagonal_matches_clause_6_5_3() {
        for log2_size in 2..=5u32 {
            let size = 1i32 << (log2_size - 2);
            let (mut x, mut y, mut want) = (0i32, 0i32, Vec::new());
            while want.len() < (size * size) as usize {
                while y >= 0 {
                    if x < size && y < size {
                        want.push((y << 4 | x) as u8);
                    }
                    y -= 1;
                    x += 1;
                }
                y = x;
                x = 0;
            }
            assert_eq!(sub_blocks(log2_size, DIAGONAL), want);
            if log2_size == 4 {
                assert_eq!(COEFFICIENTS[DIAGONAL][..], want);
            }
        }
    }

    #[test]
    fn horizontal_and_vertical_are_transposed() {
        for n in 0..16u8 {
            assert_eq!(COEFFICIENTS[HORIZONTAL][usize::from(n)], (n >> 2) << 4 | (n & 3));
            assert_eq!(COEFFICIENTS[VERTICAL][usize::from(n)], (n & 3) << 4 | n >> 2);
        }
        assert_eq!(sub_blocks(3, HORIZONTAL), [0x00, 0x01, 0x10, 0x11]);
        assert_eq!(sub_blocks(3, VERTICAL), [0x00, 0x10, 0x01, 0x11]);
    }

    #[test]
    fn indices_invert_the_scans() {
        for scan_idx in 0..3 {
            for (n, &at) in COEFFICIENTS[scan_idx].iter().enumerate() {
                let (x, y) = (usize::from(at & 15), usize::from(at >> 4));
                assert_eq!(usize::from(COEFFICIENT_INDEX[scan_idx][y << 2 | x]), n);
                for (size, raster) in RASTER.iter().enumerate() {
                    assert_eq!(usize::from(raster[scan_idx][n]), y << (size + 2) | x);
                }
            }
            for log2_size in 2..=5 {
                for (i, &at) in sub_blocks(log2_size, scan_idx).iter().enumerate() {
                    let (x, y) = (usize::from(at & 15), usize::from(at >> 4));
                    assert_eq!(sub_block_index(log2_size, scan_idx, x, y), i);
                }
            }
        }
    }
}
