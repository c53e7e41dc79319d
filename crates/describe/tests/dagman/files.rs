//! Files that refer to each other.
