//! Groups of records as a journal holds them: whatever the bytes, they are records or an error.

use pelago_grid::RecordGroup;

pub fn check(data: &[u8]) {
    match RecordGroup::decode(data) {
        Ok(group) => {
            let bytes = group.encode().expect("what was read is written");
            let again = RecordGroup::decode(&bytes).expect("what was written is read");
            // Compared as bytes: a number that is none differs from itself.
            assert_eq!(again.encode().expect("written again"), bytes);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
