//! Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004) with 8x8 windows on a grid of 4 samples, unweighted:
//! the variant of FFmpeg's `ssim` filter and of x264, whose numbers it gives.

/// Distance of windows in samples; a window is two by two such blocks.
const GRID: usize = 4;

/// Sums over one 4x4 block.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    a: u64,
    b: u64,
    squares: u64,
    products: u64,
}

impl Sums {
    fn add(&mut self, a: u16, b: u16) {
        let (a, b) = (u64::from(a), u64::from(b));
        self.a += a;
        self.b += b;
        self.squares += a * a + b * b;
        self.products += a * b;
    }

    fn plus(self, other: Self) -> Self {
        Self {
            a: self.a + other.a,
            b: self.b + other.b,
            squares: self.squares + other.squares,
            products: self.products + other.products,
        }
    }

    /// SSIM of a window of `count` samples. With n the count, n² times the (co)variances stay integers; the two
    /// constants are scaled likewise, and the second one by n / (n - 1) for the unbiased estimate.
    fn similarity(self, count: u64, depth: u8) -> f64 {
        let peak = f64::from((1u32 << depth) - 1);
        let n = count as f64;
        let c1 = (0.01 * peak).powi(2) * n * n;
        // A single sample has no variance; any positive constant keeps 0 / 0 away.
        let c2 = (0.03 * peak).powi(2) * n * (n - 1.0).max(1.0);
        let (a, b) = (self.a as f64, self.b as f64);
        let covariance = self.products as f64 * n - a * b;
        let variances = self.squares as f64 * n - a * a - b * b;
        (2.0 * a * b + c1) * (2.0 * covariance + c2) / ((a * a + b * b + c1) * (variances + c2))
    }
}

/// Mean SSIM of two planes of the same `width`. Planes below 8 samples in a direction are one single window.
pub(super) fn ssim(a: &[u16], b: &[u16], width: usize, depth: u8) -> f64 {
    let height = a.len() / width.max(1);
    let (columns, rows) = (width / GRID, height / GRID);
    if columns < 2 || rows < 2 {
        let mut sums = Sums::default();
        a.iter().zip(b).for_each(|(&a, &b)| sums.add(a, b));
        return sums.similarity(a.len() as u64, depth);
    }
    let mut previous = block_row(a, b, width, 0);
    let mut total = 0.0;
    for row in 1..rows {
        let current = block_row(a, b, width, row);
        for (upper, lower) in previous.windows(2).zip(current.windows(2)) {
            let window = upper[0].plus(upper[1]).plus(lower[0]).plus(lower[1]);
            total += window.similarity((4 * GRID * GRID) as u64, depth);
        }
        previous = current;
    }
    total / ((columns - 1) * (rows - 1)) as f64
}

/// Sums of all whole 4x4 blocks of block row `row`.
fn block_row(a: &[u16], b: &[u16], width: usize, row: usize) -> Vec<Sums> {
    let mut sums = vec![Sums::default(); width / GRID];
    for y in row * GRID..(row + 1) * GRID {
        let line = y * width..(y + 1) * width;
        let blocks = a[line.clone()].chunks_exact(GRID).zip(b[line].chunks_exact(GRID));
        for (sum, (a, b)) in sums.iter_mut().zip(blocks) {
            a.iter().zip(b).for_each(|(&a, &b)| sum.add(a, b));
        }
    }
    sums
}

/// -10 log10(1 - ssim), at most 100 dB.
pub(super) fn decibels(ssim: f64) -> f64 {
    if ssim >= 1.0 { 100.0 } else { (-10.0 * (1.0 - ssim).log10()).min(100.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(width: usize, height: usize, f: impl Fn(usize, usize) -> u16) -> Vec<u16> {
        (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| f(x, y)).collect()
    }

    #[test]
    fn constant_planes_depend_on_their_means_alone() {
        let (a, b) = (vec![100; 256], vec![110; 256]);
        let c1 = (0.01f64 * 255.0).powi(2);
        let expected = (2.0 * 100.0 * 110.0 + c1) / (100.0f64.powi(2) + 110.0f64.powi(2) + c1);
        assert!((ssim(&a, &b, 16, 8) - expected).abs() < 1e-12);
    }

    #[test]
    fn noise_lowers_it_and_small_planes_work() {
        let a = plane(24, 16, |x, y| (x * 9 + y * 5) as u16 % 256);
        let b: Vec<u16> = a.iter().enumerate().map(|(i, &v)| (v + (i % 3) as u16 * 20).min(255)).collect();
        let value = ssim(&a, &b, 24, 8);
        assert!((0.1..0.99).contains(&value), "{value}");
        assert!((ssim(&a, &a, 24, 8) - 1.0).abs() < 1e-12);
        for (width, height) in [(1, 1), (3, 9), (9, 3), (7, 7), (8, 8)] {
            let a = plane(width, height, |x, y| (x + y) as u16);
            assert!((ssim(&a, &a, width, 8) - 1.0).abs() < 1e-12, "{width}x{height}");
        }
    }

    #[test]
    fn decibels_are_bounded() {
        assert_eq!(decibels(1.0), 100.0);
        assert!((decibels(0.99) - 20.0).abs() < 1e-9);
    }
}
