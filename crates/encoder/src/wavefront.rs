//! Rows of CTUs as ready tasks: a row runs as far as the row above allows, then returns; progress above wakes it again.
//!
//! No task waits. A row is idle, running, or running with a wake-up pending; whoever finds it idle after making
//! progress starts it. The order of work does not influence results, since a CTU looks only at what the wavefront
//! guarantees: the row above up to and including the above-right CTU.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

const IDLE: u8 = 0;
const RUNNING: u8 = 1;
const WOKEN: u8 = 2;

/// One row's work.
pub trait RowTask: Send {
    /// Does the CTU number `x`. CTUs of a row are done in order.
    fn ctu(&mut self, x: usize);
}

struct Row<T> {
    task: Mutex<T>,
    done: AtomicUsize,
    status: AtomicU8,
}

/// Runs all rows of `width` CTUs on the current rayon pool and gives the tasks back.
pub fn run<T: RowTask>(tasks: Vec<T>, width: usize) -> Vec<T> {
    let rows: Vec<Row<T>> = tasks
        .into_iter()
        .map(|task| Row { task: Mutex::new(task), done: AtomicUsize::new(0), status: AtomicU8::new(IDLE) })
        .collect();
    if rayon::current_num_threads() == 1 {
        for row in 0..rows.len() {
            advance(&rows, row, width, &|_| {});
        }
    } else {
        rayon::scope(|scope| wake(scope, &rows, 0, width));
    }
    // A poisoned lock means a panic, which the scope has passed on already.
    rows.into_iter().map(|row| row.task.into_inner().unwrap_or_else(|poison| poison.into_inner())).collect()
}

fn wake<'s, T: RowTask>(scope: &rayon::Scope<'s>, rows: &'s [Row<T>], row: usize, width: usize) {
    let Some(target) = rows.get(row) else { return };
    if target.done.load(Ordering::Acquire) == width {
        return;
    }
    if target.status.swap(WOKEN, Ordering::AcqRel) == IDLE {
        scope.spawn(move |scope| run_row(scope, rows, row, width));
    }
}

fn run_row<'s, T: RowTask>(scope: &rayon::Scope<'s>, rows: &'s [Row<T>], row: usize, width: usize) {
    loop {
        rows[row].status.store(RUNNING, Ordering::Release);
        advance(rows, row, width, &|below| wake(scope, rows, below, width));
        if rows[row].status.compare_exchange(RUNNING, IDLE, Ordering::AcqRel, Ordering::Acquire).is_ok() {
            return;
        }
    }
}

/// Runs a row as far as it can go now.
fn advance<T: RowTask>(rows: &[Row<T>], row: usize, width: usize, wake: &dyn Fn(usize)) {
    let current = &rows[row];
    let Ok(mut task) = current.task.lock() else { return };
    loop {
        let x = current.done.load(Ordering::Relaxed);
        if x == width || (row > 0 && rows[row - 1].done.load(Ordering::Acquire) < (x + 2).min(width)) {
            return;
        }
        task.ctu(x);
        current.done.store(x + 1, Ordering::Release);
        if x + 1 >= 2 || x + 1 == width {
            wake(row + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    struct Probe {
        row: usize,
        width: usize,
        grid: Arc<Vec<AtomicUsize>>,
    }

    impl RowTask for Probe {
        fn ctu(&mut self, x: usize) {
            if self.row > 0 {
                for above in 0..(x + 2).min(self.width) {
                    let done = self.grid[(self.row - 1) * self.width + above].load(Ordering::Relaxed);
                    assert_eq!(done, 1, "CTU {above} of row {} before CTU {x} below", self.row - 1);
                }
            }
            self.grid[self.row * self.width + x].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Every CTU is done once, after those above and above-right, whatever the number of threads.
    #[test]
    fn wavefront_order_holds() {
        for threads in [1, 2, 4, 7] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            for (width, height) in [(1, 1), (1, 9), (9, 1), (2, 5), (17, 11)] {
                let grid: Arc<Vec<AtomicUsize>> =
                    Arc::new((0..width * height).map(|_| AtomicUsize::new(0)).collect());
                let tasks = (0..height).map(|row| Probe { row, width, grid: Arc::clone(&grid) }).collect();
                pool.install(|| run(tasks, width));
                assert!(grid.iter().all(|n| n.load(Ordering::Relaxed) == 1), "{width}x{height} on {threads}");
            }
        }
    }
}
