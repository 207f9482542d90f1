//! The decoder on the vectors carried in the repository, and on those of the folder `RIVUS_VECTORS` if it is set.

mod damaged;
mod streams;
mod vectors;
