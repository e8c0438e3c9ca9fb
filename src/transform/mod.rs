//! What is done to an image: the ask, its geometry, the plan, and the pipeline that carries the plan out.
//!
//! Ask, plan and derivative are plain values; none is edited after it was made.

pub mod ask;
mod dihedral;
mod geometry;
mod gravity;
pub mod info;
pub mod pipeline;
pub mod plan;
mod steps;
