//! Sets of bytes: which bytes can stand at a place of a file name.

/// A set of byte values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ByteSet([u64; 4]);

impl ByteSet {
    /// The set of the bytes given.
    pub fn of(bytes: &[u8]) -> Self {
        let mut set = Self::default();
        for byte in bytes {
            set.insert(*byte);
        }
        set
    }

    /// The ten digits.
    pub fn digits() -> Self {
        Self::of(b"0123456789")
    }

    /// Adds a byte.
    pub fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    /// Whether a byte is in it.
    pub fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] & (1 << (byte & 63)) != 0
    }

    /// All bytes of both.
    pub fn union(self, other: Self) -> Self {
        let mut all = self;
        for (mine, theirs) in all.0.iter_mut().zip(other.0) {
            *mine |= theirs;
        }
        all
    }
}
