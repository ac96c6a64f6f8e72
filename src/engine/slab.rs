//! A slab allocator: freed keys are reused, last freed first.
//!
//! The free list decides which id comes next, so it is state and is saved in order.

use serde::{Deserialize, Serialize};

/// Values by dense `u32` keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Slab<T> {
    places: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slab<T> {
    /// Puts a value into a free place and returns its key.
    pub fn insert(&mut self, value: T) -> u32 {
        if let Some(key) = self.free.pop() {
            self.places[key as usize] = Some(value);
            return key;
        }
        let key = u32::try_from(self.places.len()).expect("fewer than 2^32 things at once");
        self.places.push(Some(value));
        key
    }

    /// Takes the value at `key` out and frees its place.
    ///
    /// # Panics
    /// When the place is free.
    pub fn remove(&mut self, key: u32) -> T {
        let value = self.places[key as usize].take().expect("the place is taken");
        self.free.push(key);
        value
    }

    /// The value at `key`.
    ///
    /// # Panics
    /// When the place is free.
    pub fn get(&self, key: u32) -> &T {
        self.places[key as usize].as_ref().expect("the place is taken")
    }

    /// The value at `key`, if there is one.
    pub fn find(&self, key: u32) -> Option<&T> {
        self.places.get(key as usize)?.as_ref()
    }

    /// The value at `key`, to change.
    ///
    /// # Panics
    /// When the place is free.
    pub fn get_mut(&mut self, key: u32) -> &mut T {
        self.places[key as usize].as_mut().expect("the place is taken")
    }

    /// Keys in use, ascending.
    pub fn keys(&self) -> impl Iterator<Item = u32> + '_ {
        (0_u32..).zip(&self.places).filter(|(_, place)| place.is_some()).map(|(key, _)| key)
    }

    /// Values in use.
    pub const fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Whether nothing is in use.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freed_place_is_used_again_also_after_a_round_trip() {
        let mut slab = Slab::default();
        let keys: Vec<u32> = ["a", "b", "c"].map(|v| slab.insert(v.to_owned())).into();
        slab.remove(keys[0]);
        slab.remove(keys[2]);
        let saved = postcard::to_allocvec(&slab).unwrap();
        let mut again: Slab<String> = postcard::from_bytes(&saved).unwrap();
        assert_eq!((again.insert("d".into()), slab.insert("d".into())), (2, 2));
        assert_eq!(again.keys().collect::<Vec<_>>(), [1, 2]);
        assert_eq!(again.len(), 2);
    }
}
