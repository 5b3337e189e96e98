//! Groups of unit vectors: spherical k-means, the choice of k, a hierarchy, neighbors, a map.
//!
//! Everything here is a plain function on n×d [`Embeddings`](crate::vectors::Embeddings) and n weights, bit-identical for any
//! number of threads: rows are cut into fixed blocks, every sum runs in row order, ties go to the lowest index.

mod batches;
mod by_communities;
mod centered;
mod choose;
mod closure;
mod communities;
mod consensus;
mod hierarchy;
mod kmeans;
mod layout;
mod levels;
mod lloyd;
mod misses;
mod neighbors;
mod product;
mod resamples;
mod sample;
mod seeding;
#[cfg(test)]
mod tests;
mod ward;

pub use by_communities::{Communities, by_communities};
pub use centered::{Centering, centered};
pub use choose::{ChosenK, choose_k};
pub use communities::neighbor_communities;
pub use consensus::{Consensus, consensus};
pub use hierarchy::{Groups, Hierarchy};
pub use kmeans::{Clustering, KMeans, kmeans};
pub use layout::{LAID_OUT, layout};
pub use levels::{Levels, NO_CLEAR_GROUPS, Parts, Tried, levels, parts};
pub use misses::near_misses;
#[cfg(feature = "hnsw")]
pub use neighbors::HnswIndex;
pub use neighbors::{Best, CellIndex, ExactIndex, FEW, Neighbor, NeighborIndex, Neighborhoods, neighbor_index};
pub use product::{Nearest, nearest_centroids};
pub use resamples::confidences;
pub use sample::Sample;
