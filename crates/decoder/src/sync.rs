//! Locks and threads: those of the standard library and of rayon, or with the feature `model` those of a model checker.

#[cfg(not(feature = "model"))]
mod real {
    pub(crate) use rayon::ThreadPool;
    pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};

    /// A pool with this many threads.
    pub(crate) fn thread_pool(threads: usize) -> Result<ThreadPool, rayon::ThreadPoolBuildError> {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("rivus-decode-{i}"))
            .build()
    }
}

#[cfg(feature = "model")]
mod model {
    pub(crate) use shuttle::sync::{Condvar, Mutex, MutexGuard};

    /// A thread for every task, which allows every order of events that a pool does.
    pub(crate) struct ThreadPool;

    impl ThreadPool {
        /// Hands over a task.
        pub(crate) fn spawn_fifo(&self, task: impl FnOnce() + Send + 'static) {
            shuttle::thread::spawn(task);
        }
    }

    /// A pool of any number of threads.
    pub(crate) fn thread_pool(_threads: usize) -> Result<ThreadPool, rayon::ThreadPoolBuildError> {
        Ok(ThreadPool)
    }
}

#[cfg(feature = "model")]
pub(crate) use model::*;
#[cfg(not(feature = "model"))]
pub(crate) use real::*;
