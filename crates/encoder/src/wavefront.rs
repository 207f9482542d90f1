//! Rows of CTUs as ready tasks: a row runs as far as the row above allows, then returns; progress above wakes it again.
//!
//! No task waits. A row is idle, running, or running with a wake-up pending; whoever finds it idle after making
//! progress starts it. What follows the rows in order, such as filters, is woken the same way by every row that is done.
//! The order of work does not influence results, since a CTU looks only at what the wavefront guarantees: the row above
//! up to and including the above-right CTU.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

/// One row's work.
pub trait RowTask: Send {
    /// Does the CTU number `x`. CTUs of a row are done in order.
    fn ctu(&mut self, x: usize);
}

/// Whether work is wanted and somebody is at it.
struct Turn(AtomicU8);

impl Turn {
    const IDLE: u8 = 0;
    const RUNNING: u8 = 1;
    const WOKEN: u8 = 2;

    fn new() -> Self {
        Self(AtomicU8::new(Self::IDLE))
    }

    /// Asks for work. Who gets `true` has to do it.
    fn wake(&self) -> bool {
        self.0.swap(Self::WOKEN, Ordering::AcqRel) == Self::IDLE
    }

    /// Does all `work` there is, again as long as somebody asked meanwhile.
    fn take(&self, mut work: impl FnMut()) {
        use Ordering::{AcqRel, Acquire};
        loop {
            // A swap, not a store: it takes over what those who asked so far have done, whose wish it wipes out.
            self.0.swap(Self::RUNNING, AcqRel);
            work();
            if self.0.compare_exchange(Self::RUNNING, Self::IDLE, AcqRel, Acquire).is_ok() {
                return;
            }
        }
    }
}

struct Row<T> {
    /// Its work, until it is handed on.
    task: Mutex<Option<T>>,
    done: AtomicUsize,
    turn: Turn,
}

/// What follows the rows.
struct Follower<F> {
    /// The next row it gets.
    next: usize,
    follow: F,
}

/// All rows of a picture.
struct Rows<T, F> {
    rows: Vec<Row<T>>,
    /// CTUs of a row.
    width: usize,
    follower: Mutex<Follower<F>>,
    follower_turn: Turn,
}

/// Runs all rows of `width` CTUs on the current rayon pool. `follow` gets them from the top down, each when it is done, by whoever
/// did the row or is at work there already.
pub fn run<T: RowTask>(tasks: Vec<T>, width: usize, follow: impl FnMut(T) + Send) {
    let row = |task| Row { task: Mutex::new(Some(task)), done: AtomicUsize::new(0), turn: Turn::new() };
    let rows = Rows {
        rows: tasks.into_iter().map(row).collect(),
        width,
        follower: Mutex::new(Follower { next: 0, follow }),
        follower_turn: Turn::new(),
    };
    if rayon::current_num_threads() == 1 {
        for row in 0..rows.rows.len() {
            rows.advance(row, &|_| {});
            rows.follow();
        }
    } else {
        rayon::scope(|scope| rows.wake(scope, 0));
    }
}

impl<T: RowTask, F: FnMut(T) + Send> Rows<T, F> {
    fn wake<'s>(&'s self, scope: &rayon::Scope<'s>, row: usize) {
        let Some(target) = self.rows.get(row) else { return };
        if target.done.load(Ordering::Acquire) < self.width && target.turn.wake() {
            scope.spawn(move |scope| self.run_row(scope, row));
        }
    }

    fn run_row<'s>(&'s self, scope: &rayon::Scope<'s>, row: usize) {
        self.rows[row].turn.take(|| self.advance(row, &|below| self.wake(scope, below)));
        if self.is_done(row) && self.follower_turn.wake() {
            self.follower_turn.take(|| self.follow());
        }
    }

    fn is_done(&self, row: usize) -> bool {
        self.rows.get(row).is_some_and(|row| row.done.load(Ordering::Acquire) == self.width)
    }

    /// Runs a row as far as it can go now.
    fn advance(&self, row: usize, wake: &dyn Fn(usize)) {
        let current = &self.rows[row];
        // A poisoned lock means a panic, which the scope passes on.
        let Ok(mut task) = current.task.lock() else { return };
        let Some(task) = task.as_mut() else { return };
        loop {
            let x = current.done.load(Ordering::Relaxed);
            let above = row.checked_sub(1).map(|above| &self.rows[above].done);
            let is_behind = |above: &AtomicUsize| above.load(Ordering::Acquire) < (x + 2).min(self.width);
            if x == self.width || above.is_some_and(is_behind) {
                return;
            }
            task.ctu(x);
            current.done.store(x + 1, Ordering::Release);
            if x + 1 >= 2 || x + 1 == self.width {
                wake(row + 1);
            }
        }
    }

    /// Hands on the rows that are done.
    fn follow(&self) {
        let Ok(mut follower) = self.follower.lock() else { return };
        while self.is_done(follower.next) {
            let task = self.rows[follower.next].task.lock().ok().and_then(|mut task| task.take());
            let Some(task) = task else { return };
            follower.next += 1;
            (follower.follow)(task);
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

    /// Every CTU is done once, after those above and above-right, and every row is handed on once, in order and done, whatever
    /// the number of threads.
    #[test]
    fn wavefront_order_holds() {
        for threads in [1, 2, 4, 7] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            for (width, height) in [(1, 1), (1, 9), (9, 1), (2, 5), (17, 11)] {
                let grid: Arc<Vec<AtomicUsize>> =
                    Arc::new((0..width * height).map(|_| AtomicUsize::new(0)).collect());
                let tasks = (0..height).map(|row| Probe { row, width, grid: Arc::clone(&grid) }).collect();
                let mut followed = Vec::new();
                let mut follow = |probe: Probe| {
                    let row = &grid[probe.row * width..][..width];
                    assert!(
                        row.iter().all(|n| n.load(Ordering::Relaxed) == 1),
                        "row {} is not done",
                        probe.row
                    );
                    followed.push(probe.row);
                };
                pool.install(|| run(tasks, width, &mut follow));
                assert_eq!(followed, (0..height).collect::<Vec<_>>(), "{width}x{height} on {threads}");
                assert!(grid.iter().all(|n| n.load(Ordering::Relaxed) == 1), "{width}x{height} on {threads}");
            }
        }
    }
}
