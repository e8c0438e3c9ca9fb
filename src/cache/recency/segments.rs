//! An array that grows by segments of a fixed size: it never copies what it holds, so it never needs twice its memory.

use std::ops::{Index, IndexMut};

/// Items of one segment.
const SEGMENT_ITEMS: usize = 4096;

/// Items under the numbers from zero on.
#[derive(Debug)]
pub(super) struct Segments<T> {
    segments: Vec<Box<[T]>>,
    count: u32,
}

impl<T: Copy> Segments<T> {
    /// No items.
    pub(super) const fn new() -> Self {
        Self {
            segments: Vec::new(),
            count: 0,
        }
    }

    /// Items that are held.
    pub(super) const fn count(&self) -> u32 {
        self.count
    }

    /// Adds `item` at the end; its number is what [`Segments::count`] was before.
    pub(super) fn push(&mut self, item: T) {
        let (segment, place) = place_of(self.count);
        if segment == self.segments.len() {
            self.segments
                .push(vec![item; SEGMENT_ITEMS].into_boxed_slice());
        }
        self.segments[segment][place] = item;
        self.count += 1;
    }

    /// Bytes that the items and the places for more take.
    pub(super) const fn memory_bytes(&self) -> usize {
        self.segments.len() * SEGMENT_ITEMS * size_of::<T>()
            + self.segments.capacity() * size_of::<Box<[T]>>()
    }
}

impl<T> Index<u32> for Segments<T> {
    type Output = T;

    fn index(&self, number: u32) -> &T {
        let (segment, place) = place_of(number);
        &self.segments[segment][place]
    }
}

impl<T> IndexMut<u32> for Segments<T> {
    fn index_mut(&mut self, number: u32) -> &mut T {
        let (segment, place) = place_of(number);
        &mut self.segments[segment][place]
    }
}

const fn place_of(number: u32) -> (usize, usize) {
    let number = number as usize;
    (number / SEGMENT_ITEMS, number % SEGMENT_ITEMS)
}
