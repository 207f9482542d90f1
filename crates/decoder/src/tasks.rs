//! Running tasks: on the calling thread, or on a pool.
//!
//! A task never waits. It runs as far as it can, leaves itself with whatever it lacks, and returns; whoever provides that
//! spawns it again. So any number of threads makes progress, and one thread is simply a pool of one that the caller
//! runs.

use crate::sync::{Condvar, Mutex, MutexGuard, ThreadPool, thread_pool};
use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// A piece of work that does not wait for anything.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// Where tasks run.
#[derive(Clone)]
pub(crate) enum Executor {
    /// In the order they were spawned, when the owner calls [`Executor::run_inline`].
    Inline(Arc<Mutex<VecDeque<Job>>>),
    /// On worker threads, oldest first.
    Pool(Arc<ThreadPool>, Arc<Unfinished>),
}

/// The number of tasks that are queued or running.
#[derive(Default)]
pub(crate) struct Unfinished {
    count: Mutex<usize>,
    none: Condvar,
}

impl Executor {
    /// An executor with this many threads; 1 is the calling thread.
    pub(crate) fn new(threads: usize) -> Result<Self, rayon::ThreadPoolBuildError> {
        if threads == 1 {
            return Ok(Self::Inline(Arc::default()));
        }
        Ok(Self::Pool(Arc::new(thread_pool(threads)?), Arc::default()))
    }

    /// Hands over a task.
    pub(crate) fn spawn(&self, job: Job) {
        match self {
            Self::Inline(queue) => lock(queue).push_back(job),
            Self::Pool(pool, unfinished) => {
                *lock(&unfinished.count) += 1;
                let unfinished = Arc::clone(unfinished);
                pool.spawn_fifo(move || {
                    job();
                    let mut count = lock(&unfinished.count);
                    *count -= 1;
                    if *count == 0 {
                        unfinished.none.notify_all();
                    }
                });
            }
        }
    }

    /// Waits until no task is queued or running, so that all that such tasks hold is given up. Tasks that were left with
    /// what they lack are none of these. Must not be called from a task.
    pub(crate) fn wait_until_idle(&self) {
        let Self::Pool(_, unfinished) = self else { return self.run_inline() };
        let mut count = lock(&unfinished.count);
        while *count > 0 {
            count = unfinished.none.wait(count).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Runs all tasks, those they spawn included, if they run on this thread.
    pub(crate) fn run_inline(&self) {
        let Self::Inline(queue) = self else { return };
        loop {
            // The lock must not be held while the task runs, since it may spawn.
            let job = lock(queue).pop_front();
            match job {
                Some(job) => job(),
                None => return,
            }
        }
    }
}

/// Locks a mutex whether or not a thread panicked while it held it: every state we keep under a lock is valid at any
/// time, and panics are turned into damage reports by the task that had them.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A value that is set once by a task, for an API thread to wait for.
pub(crate) struct Completion<T> {
    value: Mutex<Option<T>>,
    changed: Condvar,
}

impl<T> Default for Completion<T> {
    fn default() -> Self {
        Self { value: Mutex::new(None), changed: Condvar::new() }
    }
}

impl<T: Clone> Completion<T> {
    /// Sets the value and wakes who waits for it.
    pub(crate) fn set(&self, value: T) {
        *lock(&self.value) = Some(value);
        self.changed.notify_all();
    }

    /// The value, if it is set.
    pub(crate) fn get(&self) -> Option<T> {
        lock(&self.value).clone()
    }

    /// Waits for the value. Must not be called from a task.
    pub(crate) fn wait(&self) -> T {
        let mut guard = lock(&self.value);
        loop {
            if let Some(value) = &*guard {
                return value.clone();
            }
            // The time limit only bounds the harm of a wake-up lost to a panicking thread.
            guard = self
                .changed
                .wait_timeout(guard, Duration::from_millis(100))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn inline_tasks_run_in_order_with_those_they_spawn() {
        let executor = Executor::new(1).expect("no threads to start");
        let order = Arc::new(Mutex::new(vec![]));
        for i in 0..2 {
            let (executor, order) = (executor.clone(), Arc::clone(&order));
            executor.clone().spawn(Box::new(move || {
                lock(&order).push(i);
                let order = Arc::clone(&order);
                executor.spawn(Box::new(move || lock(&order).push(10 + i)));
            }));
        }
        executor.run_inline();
        assert_eq!(*lock(&order), [0, 1, 10, 11]);
    }

    #[test]
    fn a_waiting_thread_sees_the_value_of_a_pool_task() {
        let executor = Executor::new(2).expect("two threads");
        let done = Arc::new(Completion::default());
        let runs = Arc::new(AtomicUsize::new(0));
        let (task_done, task_runs) = (Arc::clone(&done), Arc::clone(&runs));
        executor.spawn(Box::new(move || {
            task_runs.fetch_add(1, Ordering::Relaxed);
            task_done.set(7);
        }));
        assert_eq!(done.wait(), 7);
        assert_eq!(done.get(), Some(7));
        assert_eq!(runs.load(Ordering::Relaxed), 1);
    }
}
